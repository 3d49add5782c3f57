"""A mail as a mail program shows it: its head, its HTML in a frame of its own, and the plain text beside it."""

from __future__ import annotations

import re
from email.message import EmailMessage, MIMEPart
from typing import Any, Final

__all__ = ["mail_styles", "mail_values"]

_STYLE: Final = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_LINE_END: Final = re.compile(r"\r\n?")


def mail_values(mail: EmailMessage) -> dict[str, Any]:
    """Return what the page draws of one mail. The frame's document is the HTML part, as it is sent."""
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    return {
        "subject": str(mail["Subject"] or ""),
        "sender": str(mail["From"] or ""),
        "to": str(mail["To"] or ""),
        "html": "" if html is None else _content(html),
        "text": "" if text is None else _content(text),
        "attachments": [str(each.get_filename()) for each in mail.iter_attachments() if each.get_filename()],
    }


def _content(part: MIMEPart) -> str:
    """Return a part's text with the line ends that a browser sees, so that a hash of it is the browser's too."""
    return _LINE_END.sub("\n", str(part.get_content()))


def mail_styles(html: str) -> tuple[str, ...]:
    """Return the style sheets in a mail's HTML: the page's own policy has to name them, or they would not count."""
    return tuple(_STYLE.findall(html))
