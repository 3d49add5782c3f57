"""The two folders that templates are read from, and in which order a message's template is looked for."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Final

from jinja2 import BaseLoader, Environment, TemplateNotFound
from jinja2.exceptions import TemplateSyntaxError

from reconciler.model.alert import Case

__all__ = ["BODY", "SHIPPED", "Folders", "candidates"]

BODY: Final = "body"  # what a template that names no part is
SHIPPED: Final = "shipped/"
_MOST: Final = 100_000  # bytes of one template
_ENDING: Final = ".j2"
_CASES: Final = frozenset(Case)
_Mark = tuple[int, int, int, int]  # size, time, and which file it is
_GONE: Final[_Mark] = (0, 0, 0, 0)


def candidates(kind: str, case: str, audience: str) -> tuple[str, ...]:
    """Return the names to try, the best first; each is looked for among the overrides, then among the shipped."""
    stakeholders = (f"{kind}/stakeholders{_ENDING}",) if audience == "stakeholders" else ()
    return (*stakeholders, f"{kind}/{case}{_ENDING}", f"{kind}/base{_ENDING}")


class Folders(BaseLoader):
    """Reads templates and nothing else: below one of the two folders, through no link, not too large, UTF-8."""

    def __init__(self, *, shipped: Path, overrides: Path | None) -> None:
        self._shipped = shipped.resolve()
        self._overrides = None if overrides is None else overrides.resolve()

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:  # noqa: ARG002 - Jinja's signature
        path = self.find(template)
        if path is None:
            raise TemplateNotFound(template)
        before = _mark(path)
        if before[0] > _MOST:
            raise TemplateSyntaxError(f"the file has more than {_MOST:,} bytes", 1, template, str(path))
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as problem:
            raise TemplateSyntaxError("the file is not UTF-8", 1, template, str(path)) from problem
        return text, str(path), self._unchanged(template, path, before)

    def _unchanged(self, name: str, path: Path, before: _Mark) -> Callable[[], bool]:
        """Return what tells whether the file is still the same, and still the first. Asked for each message: cheap."""
        places = [str(place) for _, place in self._places(name)]
        file = str(path)
        earlier = tuple(takewhile(lambda place: place != file, places))
        return lambda: _mark(file) == before and all(_mark(place) == _GONE for place in earlier)

    def find(self, name: str) -> Path | None:
        """Return the file of a template: an override, else the shipped one. `shipped/…` is never an override.

        A case that a kind says no different has no file: whoever extends `shipped/slack/failure.j2` extends its base.
        """
        return next((place for folder, place in self._places(name) if _inside(folder, place)), None)

    def _places(self, name: str) -> Iterator[tuple[Path, Path]]:
        """Yield where a template may stand, the best first, each with the folder that it must not leave."""
        own = name.removeprefix(SHIPPED)
        if not _fair(own):
            return
        for file in (own, f"{own.partition('/')[0]}/base{_ENDING}") if _is_case(own) else (own,):
            if self._overrides is not None and own == name:
                yield self._overrides, self._overrides / file
            yield self._shipped, self._shipped / file

    def overridden(self, path: str) -> bool:
        return self._overrides is not None and Path(path).is_relative_to(self._overrides)


def _is_case(name: str) -> bool:
    return name.partition("/")[2].removesuffix(_ENDING) in _CASES


def _fair(name: str) -> bool:
    return (
        name.endswith(_ENDING) and "\\" not in name and "\0" not in name and not set(name.split("/")) & {"", ".", ".."}
    )


def _inside(folder: Path, path: Path) -> bool:
    """Tell whether this is a file in the folder itself: a link may lead about inside, never out."""
    try:
        real = path.resolve(strict=True)
        return stat.S_ISREG(real.stat().st_mode) and real.is_relative_to(folder)
    except RecursionError:
        raise
    except (OSError, RuntimeError, ValueError):
        return False


def _mark(path: str | Path | None) -> _Mark:
    try:
        found = os.stat(path or "")  # noqa: PTH116 - ten times for each message: a Path costs more than the call
    except OSError:
        return _GONE
    return found.st_size, found.st_mtime_ns, found.st_ino, found.st_dev
