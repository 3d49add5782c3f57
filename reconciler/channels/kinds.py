"""Every kind of relayed channel, by the word that a policy has for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final, cast

from reconciler.channels.contract import Kind

__all__ = ["KINDS"]

_MODULES: Final = (
    "slack",
    "teams",
    "email",
    "pagerduty",
    "datadog",
    "monte_carlo",
    "webhook",
    "apprise",
)


class _Kinds(Mapping[str, Kind]):
    """Each kind's module is read when it is first asked for: a mail needs no Apprise."""

    def __getitem__(self, name: str) -> Kind:
        if name not in _MODULES:
            raise KeyError(name)
        return cast("Kind", import_module(f"reconciler.channels.{name}.kind").KIND)

    def __iter__(self) -> Iterator[str]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


KINDS: Final[Mapping[str, Kind]] = _Kinds()
