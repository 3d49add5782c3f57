"""`apply --expect`: whether what is at hand is what a trusted place named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from reconciler.errors import StalePlan

__all__ = ["expect_digests"]

_SHORTEST: Final = 12
"""What plans show of a digest. It tells plans apart; who fears a forger gives all of it."""

_GIVEN: Final = re.compile(rf"(?:sha256:)?([0-9a-f]{{{_SHORTEST},64}})")


def expect_digests(expected: Iterable[str], known: Mapping[str, str]) -> None:
    """Hold each expected digest, or its beginning, against the known ones, by what has them.

    Raises StalePlan where one is nobody's, begins more than one, or is shorter than what plans show.
    """
    for given in expected:
        shape = _GIVEN.fullmatch(given)
        hexadecimal = (digest.removeprefix("sha256:") for digest in known.values())
        if shape is None or sum(digest.startswith(shape[1]) for digest in hexadecimal) != 1:
            there = "; ".join(f"{what} has {digest}" for what, digest in known.items())
            raise StalePlan(f"expected {given or 'nothing'}; {there}", next_step=_next_step(well_formed=bool(shape)))


def _next_step(*, well_formed: bool) -> str:
    if well_formed:
        return "plan again and have that plan reviewed"
    return f"give the digest, or at least its first {_SHORTEST} characters, that the review names"
