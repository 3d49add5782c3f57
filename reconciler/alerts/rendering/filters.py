"""The filters of templates: few, none that makes markup, none that can make much of little."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from jinja2.environment import Environment
from jinja2.exceptions import TemplateRuntimeError
from jinja2.filters import FILTERS
from jinja2.utils import pass_environment

from reconciler.alerts.rendering.jinja_words import pen_of
from reconciler.alerts.rendering.made import LIMIT, Made

__all__ = ["filters"]

_OF_JINJA: Final = (
    *("abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "int", "items", "last"),
    *("length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse", "round", "select"),
    *("selectattr", "sort", "sum", "title", "unique", "upper"),
)
_MORE: Final = "…"


def first_line(text: object) -> str:
    """Return the first line that says something."""
    return next((line.strip() for line in _plain(text).splitlines() if line.strip()), "")


def shorten(text: object, most: int = 80) -> str:
    """Return at most so many characters, with … where something was cut."""
    whole = _plain(text)
    return whole if len(whole) <= most else whole[: max(most - 1, 0)].rstrip() + _MORE


def first_lines(text: object, most: int = 5) -> str:
    """Return at most so many lines, with … where something was cut."""
    found = _plain(text).splitlines()
    return "\n".join(found if len(found) <= most else [*found[:most], _MORE])


def plural(count: int, one: str, many: str = "") -> str:
    """Return `1 model` or `3 models`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def trim(text: str | Made) -> str | Made:
    return Made(text.text.strip(), text.medium) if isinstance(text, Made) else _plain(text).strip()


def replace(text: object, old: str, new: str) -> str:
    whole = _plain(text)
    if len(whole) + whole.count(old) * len(new) > LIMIT:
        raise TemplateRuntimeError(f"the text grew over {LIMIT:,} characters")
    return whole.replace(old, new)


def _plain(text: object) -> str:
    if text is None:
        return ""
    if isinstance(text, str | int | float | Made):
        return str(text)
    raise TemplateRuntimeError(f"a {type(text).__name__} is not text")


@pass_environment
def join(
    environment: Environment, values: Iterable[Any], between: str | Made = "", attribute: str | None = None
) -> str | Made:
    """Join values, or one thing of each; what is between them is escaped like them."""
    pieces = [environment.getattr(each, attribute) if attribute else each for each in values]
    together = [piece for each in pieces for piece in (between, each)][1:]
    return pen_of(environment).join(together)


def filters() -> Mapping[str, Callable[..., Any]]:
    """Return all of them by name."""
    ours = (first_line, first_lines, shorten, plural, trim, replace, join)
    return {name: FILTERS[name] for name in _OF_JINJA} | {each.__name__: each for each in ours}
