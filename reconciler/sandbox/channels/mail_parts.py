"""A mail taken apart: what a mail client would show of it."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from reconciler.sandbox.store import Row

__all__ = ["read_mail"]

_KEPT_ATTACHMENT = 20_000
_HEADERS = ("From", "To", "Cc", "Reply-To", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted")


def read_mail(raw: bytes) -> Row:
    """Return subject, text, html, attachments and headers; a mail that is broken is shown as far as it can be read."""
    parsed: Any = message_from_bytes(raw, policy=default)
    mail: EmailMessage = parsed
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    headers = {name: str(mail[name]) for name in _HEADERS if mail[name] is not None}
    extra = {name: str(value) for name, value in mail.items() if name.lower().startswith("x-")}
    return {
        "subject": str(mail["Subject"] or ""),
        "text": _content(plain),
        "html": _content(html),
        "message_id": headers.get("Message-ID"),
        "mail_headers": headers | extra,
        "attachments": [_attachment(part) for part in mail.iter_attachments()] if mail.is_multipart() else [],
        "defects": [type(each).__name__ for each in mail.defects],
        "bytes": len(raw),
        "raw": raw[:200_000].decode("utf-8", "replace"),
    }


def _content(part: Any) -> str:
    if part is None:
        return ""
    try:
        found = part.get_content()
    except (LookupError, ValueError, KeyError):
        found = part.get_payload(decode=True) or b""
    return found if isinstance(found, str) else bytes(found).decode("utf-8", "replace")


def _attachment(part: Any) -> Row:
    raw = part.get_payload(decode=True) or b""
    text = part.get_content_maintype() == "text"
    return {
        "name": part.get_filename() or "",
        "type": part.get_content_type(),
        "bytes": len(raw),
        "text": raw[:_KEPT_ATTACHMENT].decode("utf-8", "replace") if text else "",
    }
