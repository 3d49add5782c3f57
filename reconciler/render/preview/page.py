"""Messages on one page of HTML, drawn as Slack, a mail program, Teams and PagerDuty will draw them.

What is drawn comes out of the payloads, so that the picture is what is sent. Nothing is loaded; every value is escaped
on its way out of the template. Style and script are named by their hashes in the page's Content-Security-Policy. A
mail's HTML stands in a frame that runs nothing, under the same policy; style attributes are what mails are made of.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from hashlib import sha256
from typing import Any, Final

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from reconciler.escape import html
from reconciler.render.preview.mail import mail_styles, mail_values
from reconciler.render.preview.pagerduty import pagerduty_values
from reconciler.render.preview.slack import slack_values
from reconciler.render.preview.teams import teams_values
from reconciler.shipped import Shipped, shipped

__all__ = ["Exhibit", "Preview", "Scene", "preview_page"]

_TITLES: Final = {
    "slack": "Slack",
    "email": "E-mail",
    "teams": "Microsoft Teams",
    "pagerduty": "PagerDuty",
    "datadog": "Datadog",
    "monte_carlo": "Monte Carlo",
    "webhook": "Webhook",
    "apprise": "Apprise",
}
_DRAWN: Final = {"slack": slack_values, "teams": teams_values, "pagerduty": pagerduty_values}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One payload, as data. `cut` says what was shortened."""

    role: str
    content: Mapping[str, Any] | EmailMessage
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What one channel gets. `when` is in the words of `explain`; `trouble` is about a template that broke."""

    channel: str
    kind: str
    when: str
    exhibits: tuple[Exhibit, ...]
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the page says above its messages: whose they are, and what was made up. `notes` are whole sentences.

    `at` is shown as the time of each message, by products that show one.
    """

    title: str
    origin: str
    at: str
    notes: tuple[str, ...] = ()


def preview_page(scene: Scene, previews: Sequence[Preview], *, phone: bool = False) -> str:
    """Render the page; `phone` shows the messages 390 pixels wide, as its button does."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([shipped(Shipped.TEMPLATES)]),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_escaped,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = (_source(name) for name in ("preview/page.css", "preview/page.js"))
    messages = [_message(each, number) for number, each in enumerate(previews)]
    return environment.get_template("preview/page.html.j2").render(
        {
            "scene": scene,
            "messages": messages,
            "phone": phone,
            "style": Markup(style),  # noqa: S704 - our own file, in which nothing is filled in
            "script": Markup(script),  # noqa: S704 - the same
            "style_hashes": [_hash(each) for each in dict.fromkeys([style, *_mail_styles(messages)])],
            "script_hash": _hash(script),
        }
    )


def _source(name: str) -> str:
    return (shipped(Shipped.TEMPLATES) / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _escaped(value: object) -> object:
    """Escape a text once, its invisible characters too, line by line; what is escaped already is left."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return Markup("\n".join(html(line) for line in value.split("\n")))  # noqa: S704 - escaped just now
    return value


def _message(preview: Preview, number: int) -> dict[str, Any]:
    return {
        "id": f"m{number}",
        "channel": preview.channel,
        "kind": preview.kind,
        "title": _TITLES.get(preview.kind, preview.kind),
        "when": preview.when,
        "trouble": preview.trouble,
        "exhibits": [_exhibit(preview.kind, each) for each in preview.exhibits],
    }


def _exhibit(kind: str, exhibit: Exhibit) -> dict[str, Any]:
    shared = {"role": exhibit.role, "cut": exhibit.cut}
    if isinstance(exhibit.content, EmailMessage):
        values = mail_values(exhibit.content)
        frame = Markup(_attribute(values["html"]))  # noqa: S704 - escaped just now, for an attribute
        return {**shared, **values, "drawn": "mail", "source": str(exhibit.content["Subject"] or ""), "frame": frame}
    source = json.dumps(exhibit.content, indent=2, ensure_ascii=False)
    drawn = _DRAWN.get(kind)
    if drawn is None:
        return {**shared, "drawn": "text", "source": source}
    return {**shared, **drawn(exhibit.content), "drawn": kind, "source": source}


def _attribute(text: str) -> str:
    """Escape a whole document for `srcdoc`. Unlike a name in a page of ours it keeps its invisible characters."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def _mail_styles(messages: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for message in messages:
        for exhibit in message["exhibits"]:
            yield from mail_styles(exhibit.get("html", ""))
