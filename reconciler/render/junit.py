"""Checks as a JUnit file, which every CI system shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from junitparser import TestCase

__all__ = ["CheckCase", "junit_text"]

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckCase:
    """One thing that was checked. `group` is what it belongs to, as a file or a rule; None for `problem` is success.

    The first line of `problem` is shown where there is room for one. `skipped` says why it was not checked.
    """

    name: str
    group: str
    seconds: float = 0.0
    problem: str | None = None
    skipped: str | None = None


def junit_text(cases: Iterable[CheckCase], *, name: str) -> str:
    """Return the XML of one suite, in the order of the cases."""
    from junitparser import JUnitXml, TestSuite  # noqa: PLC0415 - only who asks for JUnit pays for it

    suite = TestSuite(_clean(name))
    suite.add_testcases([_case(each) for each in cases])
    document = JUnitXml(_clean(name))
    document.add_testsuite(suite)
    document.update_statistics()
    written = document.tostring()
    text = written.decode("utf-8") if isinstance(written, bytes) else written
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _case(case: CheckCase) -> TestCase:
    from junitparser import Failure, Skipped, TestCase  # noqa: PLC0415

    made = TestCase(_clean(case.name), _clean(case.group), case.seconds)
    if case.problem is not None:
        failure = Failure(_clean(case.problem.partition("\n")[0]))
        failure.text = _clean(case.problem)
        made.result = [failure]
    elif case.skipped is not None:
        made.result = [Skipped(_clean(case.skipped))]
    return made


def _clean(text: str) -> str:
    """Return text without what no XML may hold, each such character as its code."""
    return _NOT_IN_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
