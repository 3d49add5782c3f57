"""A message as a mail: text and HTML side by side, the full error attached, headers that make threads of incidents."""

from __future__ import annotations

from collections.abc import Iterable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from reconciler import escape
from reconciler.channels.contract import Destination
from reconciler.channels.email.addresses import recipients, sender
from reconciler.channels.email.text import document, lines, one_line
from reconciler.channels.keys import delivery_key, short_key
from reconciler.model.alert import Audience
from reconciler.model.message import Message

__all__ = ["POLICY", "mail"]

POLICY: Final = SMTP.clone(cte_type="7bit")
"""Every octet that leaves is ASCII, so that no server needs to know an extension."""

_MOST_SUBJECT: Final = 180
_MOST_PREHEADER: Final = 200
_MOST_TEXT: Final = 60_000
_MOST_HTML: Final = 100_000
"""Gmail shows the first 102 kB of a mail's HTML and hides the rest behind a link."""
_MOST_ATTACHED: Final = 1_000_000


def mail(message: Message, to: Destination) -> tuple[EmailMessage, tuple[str, ...]]:
    """Return the mail, and what was cut. The same message to the same channel is the same mail to the octet."""
    who, left_out = recipients(to.settings, message.alert.node_owners)
    made = EmailMessage(policy=POLICY)
    cut = list(left_out)
    _head(made, message, to, who)
    _bodies(made, message, cut)
    _attach(made, message, cut)
    for part in made.walk():
        if part.is_multipart():
            part.set_boundary(f"=_{short_key(delivery_key(message, to), part.get_content_type())}")
    return made, tuple(cut)


def subject(message: Message) -> str:
    """Return the template's subject, else one that says the least that must be said."""
    alert = message.alert
    plain = f"[{alert.severity}] {alert.job.name} {alert.outcome.value}"
    return one_line(message.parts.get("subject", ""), most=_MOST_SUBJECT) or one_line(plain, most=_MOST_SUBJECT)


def _head(made: EmailMessage, message: Message, to: Destination, who: Iterable[Address]) -> None:
    alert = message.alert
    writer = sender(to.smtp)
    root = f"<{short_key(alert.conversation or alert.incident)}@{writer.domain}>"
    thread = _message_id(message.thread) or root
    made["From"] = Address(display_name="dbt alerts", username=writer.username, domain=writer.domain)
    made["To"] = tuple(who)
    made["Subject"] = subject(message)
    made["Date"] = alert.now
    made["Message-ID"] = f"<{delivery_key(message, to)}@{writer.domain}>"
    made["In-Reply-To"] = thread
    made["References"] = root if thread == root else f"{root} {thread}"
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made["X-Dbt-Alerts-Incident"] = one_line(alert.incident, most=200)
    made["X-Dbt-Alerts-Severity"] = one_line(alert.severity, most=60)
    if alert.run is not None:
        made["X-Dbt-Alerts-Run"] = str(alert.run.id)
    if alert.test is not None:
        made["X-Dbt-Alerts-Test"] = one_line(alert.test.correlation, most=200)
    if alert.rank == 1:
        made["Importance"] = "high"


def _message_id(thread: str | None) -> str | None:
    """Return what the store kept of the first mail, if it can stand in a header as it is."""
    plain = thread is not None and thread.isascii() and thread.isprintable() and " " not in thread
    return thread if plain and 3 <= len(thread or "") <= 250 else None


def _bodies(made: EmailMessage, message: Message, cut: list[str]) -> None:
    text = lines(message.parts.get("text") or message.parts.get("body") or subject(message))
    html = lines(message.parts.get("html", ""))
    if len(html) > _MOST_HTML:
        cut.append(f"html: {len(html)} characters are too long; the text stands in for it")
        html = ""
    text = _bounded("text", text, _MOST_TEXT, cut)
    made.set_content(text + "\n")
    preheader = one_line(message.parts.get("preheader", ""), most=_MOST_PREHEADER)
    body = html or f'<pre style="white-space:pre-wrap">{_escaped(text)}</pre>'
    made.add_alternative(document(body, title=subject(message), preheader=preheader) + "\n", subtype="html")


def _bounded(part: str, text: str, most: int, cut: list[str]) -> str:
    over = len(text) - most
    if over <= 0:
        return text
    cut.append(f"{part}: {over} of {len(text)} characters")
    return f"{text[:most].rstrip()}\n[… {over} characters cut]"


def _escaped(text: str) -> str:
    return "\n".join(escape.html(line) for line in text.split("\n"))


def _attach(made: EmailMessage, message: Message, cut: list[str]) -> None:
    """Attach the full error: for engineers, and only where the channel's `include` does not leave errors out."""
    text = lines(message.parts.get("attachment", ""))
    if not text or message.audience is Audience.STAKEHOLDERS:
        return
    if message.include and "error" not in message.include:
        return
    text = _bounded("attachment", text, _MOST_ATTACHED, cut)
    run = message.alert.run
    made.add_attachment(text + "\n", filename=f"error-run-{run.id}.txt" if run else "error.txt")
