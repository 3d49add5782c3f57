"""From the bytes of a file to text that is safe to parse: size, encoding, characters that nobody can see."""

from __future__ import annotations

import re
from typing import Final

from reconciler.model.problem import Position, Problem

__all__ = ["MAX_BYTES", "decode", "first_control_character", "problem_with_size"]

MAX_BYTES: Final = 16 * 1024 * 1024
"""The largest file that is read: a policy of 120,000 lines has about 5 MB."""

_ALLOWED_BYTES: Final = bytes({*b"\t\n\r", *range(0x20, 0x7F), *range(0x80, 0x100)})
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_BOMS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\x00\x00\xfe\xff": "UTF-32"}


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
        return _wrong_encoding(
            _position(file, raw[: error.start].decode("utf-8", "replace")), "bytes of another encoding"
        )
    if raw.isascii() and not raw.translate(None, _ALLOWED_BYTES):
        return text
    return _hidden_character(file, text) or text


def first_control_character(text: str) -> re.Match[str] | None:
    """Find the first character that no editor shows and no message should carry."""
    return _CONTROL.search(text)


def _hidden_character(file: str, text: str) -> Problem | None:
    match = first_control_character(text)
    if match is None:
        return None
    return Problem(
        at=_position(file, text[: match.start()]),
        message="a character that cannot be seen stands in the file",
        found=f"U+{ord(match.group()):04X}",
        expected="printable text, spaces and line breaks",
        fix="delete the character",
    )


def _wrong_encoding(at: Position, encoding: str) -> Problem:
    return Problem(
        at=at, message="the file is not UTF-8", found=encoding, expected="UTF-8", fix="save the file again as UTF-8"
    )


def _position(file: str, before: str) -> Position:
    last_line = before.rpartition("\n")[2]
    return Position(file, before.count("\n") + 1, len(last_line) + 1)
