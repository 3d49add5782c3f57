"""What pydantic refuses, in our words: place, what was found, what was expected, what to type instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from reconciler.model.problem import Position, Problem
from reconciler.model.secret import MASK
from reconciler.policy.report import MAX_PROBLEMS
from reconciler.policy.shapes import keys_at
from reconciler.policy.text import first_odd_space, odd_space_problem
from reconciler.policy.way_out import way_out_of_event, way_out_of_key, way_out_of_kind, way_out_of_outcome
from reconciler.policy.way_out_days import days_meant
from reconciler.policy.words import did_you_mean, listed, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    from reconciler.policy.yaml_tree import Tree

__all__ = ["mistakes", "unlike"]

_SECRET_KEYS: Final = frozenset(
    {"url", "token", "routing_key", "api_key", "key_id", "key_token", "password", "secret", "headers"}
)
_QUOTED: Final = re.compile(r"'([^']*)'")
_SECRET_SECTIONS: Final = frozenset({"account", "canary", "channels", "relay", "smtp", "webhooks"})
"""Where a text in place of a mapping is not quoted: `my-channel: https://…`, `sign: …`, `account: …`."""
_LONGEST_WORD: Final = 200
"""Characters of a value in which an odd space is what is wrong with it; in a longer text it may be meant."""
_UNION_STEPS: Final = frozenset({"[key]"})


def mistakes(tree: Tree, model: type[BaseModel], refusal: ValidationError) -> list[Problem]:
    """Return a problem for each complaint of pydantic about one file."""
    errors = refusal.errors(include_url=False)
    told = [_blank(error, _problem(tree, model, error)) for error in errors[:MAX_PROBLEMS]]
    untold = Problem(at=Position(tree.file, 1, 1), message="")
    return told + [untold] * (len(errors) - len(told))  # the rest is only counted by the report


def unlike(found: Sequence[Problem], earlier: Sequence[Problem]) -> list[Problem]:
    """Leave out complaints about a place that YAML's rules were already unhappy with."""
    places = {problem.at for problem in earlier}
    return [problem for problem in found if problem.at not in places]


def _blank(error: ErrorDetails, problem: Problem) -> Problem:
    """Blame what looks like a blank and is none, where a key, a name or a word holds it."""
    text = error["loc"][-1] if error["type"] == "extra_forbidden" else error["input"]
    is_word = isinstance(text, str) and len(text) <= _LONGEST_WORD and "\n" not in text
    odd = first_odd_space(str(text)) if is_word else None
    return odd_space_problem(problem.at, odd[0]) if odd else problem


def _problem(tree: Tree, model: type[BaseModel], error: ErrorDetails) -> Problem:
    loc = tuple(step for step in error["loc"] if step not in _UNION_STEPS)
    if error["type"] == "extra_forbidden":
        return _unknown_key(tree, model, loc)
    if error["type"] == "missing":
        return _missing(tree, loc)
    if error["type"] in {"literal_error", "union_tag_invalid"}:
        return _unknown_word(tree, error, loc)
    context: dict[str, Any] = {**error.get("ctx", {}), "written": _written(tree, error, loc)}
    if error["type"] == "policy":
        message, expected, fix = context["message"], context["expected"], context["fix"]
    else:
        message, expected, fix = _SIMPLE.get(error["type"], _other)(context, error)
    at = tree.key_at(loc) if "[key]" in error["loc"] else tree.value_at(loc)
    message = _where(tree, loc, message)
    return Problem(at=at, message=message, found=_found(error, loc, context["written"]), expected=expected, fix=fix)


def _written(tree: Tree, error: ErrorDetails, loc: Sequence[str | int]) -> str:
    """Return a number or truth value as the file has it: `1e400` is not what Python makes of it."""
    return (tree.source(loc) or "") if isinstance(error["input"], (int, float)) else ""


def _found(error: ErrorDetails, loc: Sequence[str | int], written: str) -> str:
    """Quote what the file has, unless somebody may have put a secret there."""
    if _SECRET_KEYS.intersection(map(str, loc)):
        return MASK
    if loc[:1] and loc[0] in _SECRET_SECTIONS and _SIMPLE.get(error["type"]) is _mapping:
        return "a text" if isinstance(error["input"], str) else shown(error["input"])
    return shown(written, quote="") if written else shown(error["input"])


def _where(tree: Tree, loc: Sequence[str | int], message: str) -> str:
    """Name the key in front of the message: the place alone does not say which of two on a line is meant."""
    name = _last_key(tree, loc)
    return f"`{shown(name, quote='')}`: {message}" if name else message


def _last_key(tree: Tree, loc: Sequence[str | int]) -> str:
    return next((step for step in reversed(tree.steps_found(loc)) if isinstance(step, str)), "")


def _unknown_key(tree: Tree, model: type[BaseModel], loc: tuple[str | int, ...]) -> Problem:
    name = str(loc[-1])
    known = [key for key in keys_at(model, loc[:-1]) if "." not in key]
    steps = (*tree.steps_found(loc[:-1]), name)
    way_out = way_out_of_outcome(name, known) if steps[-2:-1] == ("notify",) else way_out_of_key(steps, known)
    meant = did_you_mean(name, known)
    return Problem(
        at=tree.key_at(loc),
        message=f"there is no key `{shown(name, quote='')}` here",
        found=shown(name),
        expected=listed(sorted(known), most=30),
        fix=way_out or (f"did you mean `{meant}`?" if meant else "delete it, or use one of the keys expected here"),
    )


def _missing(tree: Tree, loc: tuple[str | int, ...]) -> Problem:
    name = loc[-1]
    return Problem(
        at=tree.key_at(loc[:-1]) if len(loc) > 1 else tree.value_at(()),
        message=f"`{name}` is missing",
        found="nothing",
        expected=f"the key `{name}`",
        fix=f"add `{name}: …`",
    )


def _unknown_word(tree: Tree, error: ErrorDetails, loc: tuple[str | int, ...]) -> Problem:
    context: dict[str, Any] = error.get("ctx", {})
    known = _QUOTED.findall(context.get("expected") or context.get("expected_tags") or "")
    names = [name for name in known if "." not in name]
    if "[key]" in error["loc"]:
        return _unknown_rule(tree, loc, names)
    is_tag = error["type"] == "union_tag_invalid"
    path = (*loc, str(context.get("discriminator", "")).strip("'")) if is_tag else loc
    value = context.get("tag") if is_tag else error["input"]
    if _last_key(tree, path) in {"jobs", "job"}:
        return _no_selector(tree, path, value)
    return Problem(
        at=tree.value_at(path),
        message=_where(tree, path, "this word is not known here"),
        found=shown(value),
        expected=listed(names, most=30),
        fix=_meant(value, names, tree.steps_found(path)),
    )


def _unknown_rule(tree: Tree, loc: tuple[str | int, ...], names: Sequence[str]) -> Problem:
    rule = str(loc[-1])
    meant = did_you_mean(rule, names)
    return Problem(
        at=tree.key_at(loc),
        message=f"there is no rule called `{shown(rule, quote='')}`",
        found=shown(rule),
        expected=listed(names, most=30),
        fix=f"did you mean `{meant}`?" if meant else "delete it, or use one of the rules expected here",
    )


def _no_selector(tree: Tree, path: Sequence[str | int], value: Any) -> Problem:  # noqa: ANN401
    return Problem(
        at=tree.value_at(path),
        message=_where(tree, path, "this selects no jobs"),
        found=shown(value),
        expected="a selector such as `{project: Finance, name: Daily Revenue}`, or the word `all`",
        fix=_selector_meant(value),
    )


def _selector_meant(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return f"write `{{id: {value}}}`"
    return f"write `{{name: {shown(value, quote='')}}}`" if isinstance(value, str) else "write a selector"


def _meant(value: Any, names: Sequence[str], path: Sequence[str | int]) -> str:  # noqa: ANN401
    if not isinstance(value, str):
        return f"write one of the words expected here, such as {listed(names[:1])}"
    if way_out := _way_out_of_word(value, names, path):
        return way_out
    meant = did_you_mean(value, names)
    return f"did you mean `{meant}`?" if meant else f"write one of the words expected here, such as {listed(names[:1])}"


def _way_out_of_word(word: str, names: Sequence[str], path: Sequence[str | int]) -> str:
    if "weekdays" in path or path[-1:] == ("weekday",):
        return _way_out_of_days(word, path)
    if "on" in path:
        return way_out_of_event(word) if "webhooks" in path else way_out_of_outcome(word, names)
    return way_out_of_kind(word) if path[0] == "channels" and path[-1] == "type" else ""


def _way_out_of_days(word: str, path: Sequence[str | int]) -> str:
    """Name every day that was meant: one of five would be a calendar that nobody wanted."""
    days = days_meant(word)
    if not days:
        return "" if word.isalpha() else "write each day by its word, as in `[mon, tue]`"
    if len(days) == 1:
        return f"did you mean `{days[0]}`?"
    if path[-1:] == ("weekday",):
        return f"write one day, such as `{days[0]}`"
    written = ", ".join(days)
    return f"write `{written}` in its place" if isinstance(path[-1], int) else f"write `[{written}]`"


def _text(context: dict[str, Any], _error: ErrorDetails) -> tuple[str, str, str]:
    written = shown(context["written"], quote="")
    fix = f'put it in quotes: "{written}"' if written else "write text"
    return "this must be text", "text", fix


def _mapping(_context: dict[str, Any], error: ErrorDetails) -> tuple[str, str, str]:
    value = error["input"]
    fix = "write `key: value` lines, indented below the key"
    if error["loc"][-1:] == ("match",) and isinstance(value, str):
        fix = f"write `{{name: {shown(value, quote='')}}}`, or another selector"
    return "this must be keys and values", "a mapping", fix


def _list(_context: dict[str, Any], _error: ErrorDetails) -> tuple[str, str, str]:
    return "this must be a list", "a list", "write `- ` in front of each entry"


def _number(_context: dict[str, Any], error: ErrorDetails) -> tuple[str, str, str]:
    digits = isinstance(error["input"], str) and error["input"].isdigit()
    return "this must be a whole number", "a whole number", "remove the quotes" if digits else "write digits only"


def _truth(_context: dict[str, Any], _error: ErrorDetails) -> tuple[str, str, str]:
    return "this must be true or false", "`true` or `false`", "write `true` or `false`, without quotes"


def _empty(_context: dict[str, Any], error: ErrorDetails) -> tuple[str, str, str]:
    what = "list" if isinstance(error["input"], list) else "text"
    return f"this {what} is empty", f"a {what} that holds something", "give it a value, or delete the key"


def _limit(context: dict[str, Any], _error: ErrorDetails) -> tuple[str, str, str]:
    limits = {"ge": "at least", "le": "at most", "gt": "more than", "lt": "less than", "max_length": "at most"}
    expected = " ".join(f"{words} {context[name]}" for name, words in limits.items() if name in context)
    return "this is outside the limits", expected, f"write a value of {expected}"


def _pattern(context: dict[str, Any], _error: ErrorDetails) -> tuple[str, str, str]:
    expected = _PATTERNS.get(context.get("pattern", ""), f"text like {context.get('pattern')}")
    return "this text does not have the right form", expected, f"write {expected}"


def _tag_missing(context: dict[str, Any], _error: ErrorDetails) -> tuple[str, str, str]:
    name = str(context.get("discriminator", "")).strip("'")
    return f"`{name}` is missing: it says what this is", f"the key `{name}`", f"add `{name}: …`"


def _other(_context: dict[str, Any], error: ErrorDetails) -> tuple[str, str, str]:
    return error["msg"][:1].lower() + error["msg"][1:], "another value", "correct the value"


_PATTERNS: Final = {
    r"^[^\s+\-$]\S{0,99}$": "a name without spaces that does not begin with +, - or $, at most 100 long",
    r"^[+-]?[^\s+\-$]\S{0,99}$": "the name of a channel, perhaps with + or - in front",
    "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$": "letters, digits, dots and dashes, at most 63",
    "^[A-Z][A-Z0-9]+$": "an id of Slack, such as C0123456789: capitals and digits, not a name",
    r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$": "the name of a header: letters, digits and dashes",
    "^[A-Z]{2}$": "two capitals, such as US",
    "^[A-Z0-9]{1,6}$": "capitals and digits, such as NY",
}

_SIMPLE: Final[dict[str, Callable[[dict[str, Any], ErrorDetails], tuple[str, str, str]]]] = {
    "string_type": _text,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "dict_type": _mapping,
    "list_type": _list,
    "int_type": _number,
    "int_from_float": _number,
    "bool_type": _truth,
    "too_short": _empty,
    "string_too_short": _empty,
    "string_too_long": _limit,
    "greater_than_equal": _limit,
    "less_than_equal": _limit,
    "string_pattern_mismatch": _pattern,
    "union_tag_not_found": _tag_missing,
}
