"""YAML's own complaints in our words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from reconciler.model.problem import Position, Problem
from reconciler.model.secret import MASK
from reconciler.policy.compose import MAX_DEPTH, MAX_EXPANDED, MAX_NODES, PURE_LIMIT, TooDeepError, TooManyError
from reconciler.policy.text import LINE_BREAK, first_odd_space, odd_space_problem

if TYPE_CHECKING:
    from ruamel.yaml.error import YAMLError

__all__ = ["syntax_problem"]

_BRACE_REFERENCE: Final = re.compile(r"[\[{,:]\s*\$\{")
_SECRET: Final = re.compile(r"""((?:token|key|password|secret|url|id)["']?\s*:\s*)[^\s$,}]+""", re.IGNORECASE)

_INSIDE_A_WORD: Final = re.compile(r"[^\s,\[\]{}][:?][^\s,\[\]{}]")
"""What only the fast engine refuses between brackets: the place of its complaint, and a character to each side."""

_BEFORE_A_VALUE: Final = re.compile(r"[ \t]*(?:-(?=\s)[ \t]*)*(?:[\w.-]{1,100}:(?=\s)[ \t]*|-(?=\s))?")
"""The beginning of a line up to where a blank belongs: indentation, `- `, `key: `."""
_LONGEST_LINE: Final = 2000
"""Characters of a line that are looked through for what it may show."""
_QUOTE: Final = "put the value in quotes"
_INDENT: Final = "correct the indentation"
_CLOSE: Final = "close it, or put the value in quotes"
_SLASH: Final = "write `\\\\` for a backslash, or put the text in single quotes"
_BLOCK: Final = "begin the text on the next line, or put the value in quotes"
_NO_DIRECTIVE: Final = "delete the lines that begin with %, or put the value in quotes"
_WRONG_COLUMN: Final = "the indentation does not fit"

_WORDS: Final = (
    (
        "another document",
        "there is a second document in the file",
        "one document",
        "delete the `---` or `...` between them, or use two files",
    ),
    ("escape", "what follows the backslash is no escape", 'an escape such as `\\n`, `\\"` or `\\u00E9`', _SLASH),
    ("chomping or indentation", "`|` or `>` ends its line", "the text on the lines below", _BLOCK),
    ("indentation indicator", "`|` or `>` ends its line", "the text on the lines below", _BLOCK),
    ("YAML document", "this version of YAML is not read", "YAML 1.2, which needs no such line", "delete the line"),
    ("YAML directive", "the file says twice which YAML it is", "YAML 1.2, which needs no such line", _NO_DIRECTIVE),
    ("expected a digit", "this directive cannot be read", "YAML 1.2, which needs no such line", _NO_DIRECTIVE),
    ("'<document start>'", "this line is no part of what is above it", "`key: value` lines", _INDENT),
    ("document end marker", "something follows `...`, which ends the file", "nothing", "delete the line, or quote it"),
    ("URI", "a tag that cannot be read", "plain values", "delete the tag, or put the value in quotes"),
    ("tag handle", "a tag that cannot be read", "plain values", "delete the tag, or put the value in quotes"),
    ("alphabetic or numeric", "`&` or `*` without a name", "the name of an anchor right after it", _QUOTE),
    ("sequence entries", "a list cannot begin here", "`- ` on a line of its own, below the key", _INDENT),
    ("mapping keys", "a key cannot begin here", "`key: value` lines", f"{_QUOTE}, or {_INDENT}"),
    ("cannot start any token", "this character cannot begin a value", "text", _QUOTE),
    ("'\\t'", "a tab cannot indent", "spaces", "replace the tab by spaces"),
    ("undefined alias", "an alias of nothing", "`&name` before `*name`", f"define the anchor, or {_QUOTE}"),
    (
        "mapping values are not",
        "a `: ` stands where no key can be",
        "one `key: value` per line",
        f"{_QUOTE}, or {_INDENT}",
    ),
    ("expected ':'", "a key without a colon", "`key: value`", "add the colon, or indent the line as text"),
    ("expected ',' or '}'", "a `{` is not closed here", "`,` or `}`", _CLOSE),
    ("expected ',' or ']'", "a `[` is not closed here", "`,` or `]`", _CLOSE),
    ("unexpected end of stream", "a quote is not closed", "the closing quote", "close it"),
    ("expected <block end>", _WRONG_COLUMN, "the column of the lines above", _INDENT),
    ("did not find expected key", _WRONG_COLUMN, "a key in the column of the keys above", _INDENT),
    ("node content", "a value is missing here, or a bracket is not closed", "a value", _CLOSE),
    ("'-' indicator", _WRONG_COLUMN, "`- ` in the column of the items above", _INDENT),
    ("unexpected ':'", "a `:` inside an unquoted value between braces", "quotes around it", _QUOTE),
)


def syntax_problem(file: str, text: str, error: YAMLError) -> Problem:
    """Return what the YAML engine refused, where, and what to type instead."""
    mark = _mark(error)
    at = _place(file, text, mark)
    lines = LINE_BREAK.split(text, at.line)
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    if isinstance(error, TooManyError):
        return _too_many(at)
    if isinstance(error, TooDeepError) or "depth" in str(getattr(error, "problem", "")):
        return _too_deep(at)
    return _odd_space(file, lines[: at.line]) or _refused(at, text, line, error)


def _refused(at: Position, text: str, line: str, error: YAMLError) -> Problem:
    complaint = str(getattr(error, "problem", None) or error).partition("\n")[0]
    found = _quotable(line) or "the end of the file"
    if _BRACE_REFERENCE.search(line):
        return Problem(
            at=at,
            message="an unquoted `${` cannot stand between braces",
            found=found,
            expected="`$NAME`",
            fix='write `$NAME`, or quote it: "${NAME}"',
        )
    if len(text) > PURE_LIMIT and _INSIDE_A_WORD.fullmatch(line[max(at.column - 2, 0) : at.column + 1]):
        return _too_long_for_bare_colons(at, found)
    if "cannot start any token" in complaint and line[at.column - 1 : at.column] == "\t":
        complaint = "'\\t'"
    for sign, message, expected, fix in _WORDS:
        if sign in complaint:
            return Problem(at=at, message=message, found=found, expected=expected, fix=fix)
    return Problem(at=at, message="this is not YAML", found=found, expected=complaint, fix="correct the line")


def _odd_space(file: str, lines: list[str]) -> Problem | None:
    """Return the odd space that YAML stumbled over: of several lines with one, down to the last given, the first."""
    found: Problem | None = None
    for number in range(len(lines), 0, -1):
        line = lines[number - 1][:_LONGEST_LINE]
        begun = _BEFORE_A_VALUE.match(line)
        column = begun.end() if begun else 0
        odd = first_odd_space(line[column : column + 1])
        if odd is not None:
            found = odd_space_problem(Position(file, number, column + 1), odd[0])
        elif found is not None or number < len(lines) - 1:
            break
    return found


def _quotable(line: str) -> str:
    """Return the beginning of a line without what might be a secret."""
    from reconciler.lint.secrets_in_text import secret_spans  # noqa: PLC0415 - most policies are right

    shown = _SECRET.sub(rf"\1{MASK}", line.strip()[:_LONGEST_LINE])
    for start, end in reversed(secret_spans(shown)):
        shown = f"{shown[:start]}{MASK}{shown[end:]}"
    return shown[:80]


def _mark(error: YAMLError) -> Any:  # noqa: ANN401 - both engines have mark types of their own
    """Return where it went wrong; of what is not closed, where it was opened."""
    complaint = str(getattr(error, "problem", ""))
    opened = getattr(error, "context_mark", None)
    if opened is not None and any(sign in complaint for sign in ("or '}'", "or ']'", "end of stream")):
        return opened
    return getattr(error, "problem_mark", None) or opened


def _place(file: str, text: str, mark: Any) -> Position:  # noqa: ANN401 - both engines have mark types of their own
    """Return the mark's place; where only blanks follow, the end of the last line that says something."""
    if mark is None:
        return Position(file, 1, 1)
    said = LINE_BREAK.split(text.rstrip())
    if mark.line >= len(said):
        return Position(file, len(said), len(said[-1]) + 1)
    return Position(file, mark.line + 1, mark.column + 1)


def _too_many(at: Position) -> Problem:
    return Problem(
        at=at,
        message="the file holds more than a policy can",
        found=f"more than {MAX_NODES:,} keys and values",
        expected=f"at most {MAX_NODES:,} keys and values",
        fix="split the policy into several files; their names and number mean nothing",
    )


def _too_long_for_bare_colons(at: Position, found: str) -> Problem:
    most = PURE_LIMIT >> 10
    return Problem(
        at=at,
        message=f"in a file of more than {most} KiB a value between brackets needs quotes if it holds `:` or `?`",
        found=found,
        expected='quotes around it, as in {at: "10:00"}',
        fix=f"put it in quotes, or split the file: up to {most} KiB none are needed",
    )


def _too_deep(at: Position) -> Problem:
    return Problem(
        at=at,
        message="the values nest or repeat beyond measure",
        found="collections within collections, or aliases of aliases",
        expected=f"at most {MAX_DEPTH} levels and {MAX_EXPANDED:,} repeated entries",
        fix="write the values out",
    )
