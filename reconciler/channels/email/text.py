"""Texts that any mail system carries: one line for headers, plain lines for bodies, a whole document for HTML."""

from __future__ import annotations

import re
from typing import Final

from reconciler import escape

__all__ = ["document", "lines", "one_line"]

_BREAKS: Final = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNFIT: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
_BLANKS: Final = re.compile(r"\s+")
_BODY: Final = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_WHOLE: Final = re.compile(r"\s*<!doctype html", re.IGNORECASE)
_HIDDEN: Final = "display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;overflow:hidden"


def lines(text: str) -> str:
    """Return the text with line feeds alone between lines, and a mark for each character that means nothing in a mail.

    Those are controls, lone surrogates, and marks that turn the direction of what follows.
    """
    return _UNFIT.sub("\ufffd", _BREAKS.sub("\n", text))


def one_line(text: str, *, most: int) -> str:
    """Return the text as one line of at most `most` characters: no header can be begun in it."""
    line = _BLANKS.sub(" ", lines(text)).strip()
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def document(html: str, *, title: str, preheader: str) -> str:
    """Return a whole HTML document of what a template made. The preheader is what a list of mails shows of it.

    `html` is markup that is escaped already; `title` and `preheader` are plain text.
    """
    if not _WHOLE.match(html):
        html = (
            '<!DOCTYPE html>\n<html lang="en">\n'
            f'<head><meta charset="utf-8"><title>{escape.html(title)}</title></head>\n'
            f"<body>{html}</body>\n</html>"
        )
    if not preheader:
        return html
    hidden = f'<div style="{_HIDDEN}">{escape.html(preheader)}</div>'
    return _BODY.sub(lambda found: found[0] + hidden, html, count=1)
