"""From the bytes of a file to text that is safe to parse: size, encoding, characters that nobody can see."""

from __future__ import annotations

import json
import re
from typing import Final

from reconciler.model.problem import Position, Problem

__all__ = [
    "LINE_BREAK",
    "MAX_BYTES",
    "decode",
    "first_control_character",
    "first_odd_space",
    "odd_space_problem",
    "problem_with_size",
    "quoted",
    "visible",
]

MAX_BYTES: Final = 16 * 1024 * 1024
"""The largest file that is read: a policy of 120,000 lines has about 5 MB."""

_ALLOWED_BYTES: Final = bytes({*b"\t\n\r", *range(0x20, 0x7F), *range(0x80, 0x100)})
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
    "\xad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\U000e0000-\U000e007f]"
)
"""What must not stand in a file as it is: what `_CONTROL` finds, and what turns or hides the text around it.

A reviewer would not see it. Between double quotes the latter may be written as an escape, which everybody sees.
"""
_ODD_SPACE: Final = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_BOMS: Final = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
LINE_BREAK: Final = re.compile("\r\n|[\r\n]")
"""What ends a line, for YAML and for editors."""


def problem_with_size(file: str, size: int) -> Problem:
    """Say that a file is too big to be a policy. `size` is in bytes."""
    return Problem(
        at=Position(file, 1, 1),
        message="the file is too big to be read",
        found=f"{size:,} bytes",
        expected=f"at most {MAX_BYTES:,} bytes",
        fix="split the policy into several files; their names and number mean nothing",
    )


def decode(file: str, raw: bytes) -> str | Problem:
    """Return the text of a UTF-8 file without its byte-order mark, or what is wrong with it."""
    if len(raw) > MAX_BYTES:
        return problem_with_size(file, len(raw))
    for bom, encoding in _BOMS.items():
        if raw.startswith(bom):
            return _wrong_encoding(Position(file, 1, 1), encoding)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = _position(file, raw[: error.start].decode("utf-8-sig", "replace"))
        return _wrong_encoding(at, f"the byte 0x{raw[error.start]:02X}, as another encoding has it")
    if b"\0" in raw[:4096]:
        return _wrong_encoding(Position(file, 1, 1), "zero bytes, as in UTF-16 or in a file that is no text")
    if raw.isascii() and not raw.translate(None, _ALLOWED_BYTES):
        return text
    return _hidden_character(file, text) or text


def first_control_character(text: str) -> re.Match[str] | None:
    """Find the first character that no editor shows and no message should carry."""
    return _CONTROL.search(text)


def first_odd_space(text: str) -> re.Match[str] | None:
    """Find the first character that looks like a blank and is none for YAML, such as the non-breaking space."""
    return _ODD_SPACE.search(text)


def odd_space_problem(at: Position, character: str) -> Problem:
    """Say that a character of `first_odd_space` stands where YAML wants a blank."""
    what = "a non-breaking space" if character in "\u00a0\u202f" else "a space that YAML does not know"
    return Problem(
        at=at,
        message=f"{what} stands where a blank belongs",
        found=f"U+{ord(character):04X}, as pages and chats put it into what is copied from them",
        expected="a blank, U+0020",
        fix="type the blank again",
    )


def quoted(text: str) -> str:
    """Return a text in double quotes, as a policy file may hold it: what would not be seen is an escape."""
    return _HIDDEN.sub(lambda found: _escaped(found[0]), json.dumps(text, ensure_ascii=False))


def visible(text: str) -> str:
    """Return a text on one line without what a policy file may not hold; such a character is shown as its escape."""
    return _HIDDEN.sub(lambda found: _escaped(found[0]), " ".join(text.split()))


def _hidden_character(file: str, text: str) -> Problem | None:
    match = _HIDDEN.search(text)
    if match is None:
        return None
    escape = "" if _CONTROL.match(match.group()) else f', or write it as "{_escaped(match.group())}", in double quotes'
    return Problem(
        at=_position(file, text[: match.start()]),
        message="a character that cannot be seen stands in the file",
        found=f"U+{ord(match.group()):04X}",
        expected="printable text, spaces and line breaks",
        fix=f"delete the character{escape}",
    )


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def _wrong_encoding(at: Position, encoding: str) -> Problem:
    return Problem(
        at=at, message="the file is not UTF-8", found=encoding, expected="UTF-8", fix="save the file again as UTF-8"
    )


def _position(file: str, before: str) -> Position:
    lines = LINE_BREAK.split(before)
    return Position(file, len(lines), len(lines[-1]) + 1)
