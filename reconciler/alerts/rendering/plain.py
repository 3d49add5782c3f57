"""The message that stands in for a broken template: made here, of the same view, in nobody's templates.

Complete rather than pretty: who, what, when, impact, the error's first lines, the next step, the run and the runbook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.alerts.rendering.media import Medium, code, escaped, link, medium_of, mention, preformatted

__all__ = ["body_part", "plain_parts", "plain_title", "title_parts"]

_ERROR_LINES: Final = 10
_MOST_OF_A_LINE: Final = 500
_UNKNOWN: Final = "not known"
_TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("subject",),
    "slack": ("title", "fallback"),
    "pagerduty": ("summary",),
}
_BODIES: Final[Mapping[str, str]] = {
    "slack": "summary",
    "teams": "summary",
    "email": "text",
    "monte_carlo": "description",
    "apprise": "body",
    "pagerduty": "details",
}


def plain_parts(kind: str, view: Mapping[str, Any]) -> dict[str, str]:
    """Return the parts of a channel kind's plain message: nothing here can fail for what an alert says."""
    parts = title_parts(kind, view) | _body(kind, view)
    return {name: text.strip() for name, text in parts.items() if text.strip()}


def title_parts(kind: str, view: Mapping[str, Any]) -> dict[str, str]:
    """Return the title, in each part that the kind has for one."""
    return {name: escaped(medium_of(kind, name), plain_title(view)) for name in _TITLES.get(kind, ("title",))}


def body_part(kind: str) -> str:
    """Return the part in which a kind's composer looks for the text of a message."""
    return _BODIES.get(kind, "text")


def plain_title(view: Mapping[str, Any]) -> str:
    """Return `[TEST] [CRITICAL] Daily Revenue failed · Production`."""
    job = view["job"]
    marks = "".join(f"[{mark}] " for mark in (view["mark"], view["severity"]) if mark)
    return f"{marks}{view['headline'] or job['name']}"


def _body(kind: str, view: Mapping[str, Any]) -> dict[str, str]:
    """Return everything that is no title, by what the kind's composer looks for."""
    if kind == "pagerduty":
        return _pagerduty(view)
    if kind == "email":
        html = "\n".join(line if line.startswith("<pre>") else f"<p>{line}</p>" for line in _lines(Medium.HTML, view))
        return {"text": "\n".join(_lines(Medium.LINE, view)), "html": html, "attachment": _attachment(view)}
    name = body_part(kind)
    parts = {name: "\n".join(_lines(medium_of(kind, name), view))}
    if kind in ("slack", "teams"):
        parts |= {"mention": mention(medium_of(kind, "mention"), view["oncall"])}
    return parts


def _pagerduty(view: Mapping[str, Any]) -> dict[str, str]:
    facts = [f"{label}|{escaped(Medium.LINE, value)}" for label, value in _facts(view)]
    error = [f"Error|{escaped(Medium.LINE, line)}" for line in _error(view)[:1]]
    actions = [f"Next|{step}" for step in _steps(Medium.LINE, view)]
    links = [f"{text}|{escaped(Medium.LINE, url)}" for text, url in _links(view)]
    return {"details": "\n".join([*facts, *error, *actions]), "links": "\n".join(links)}


def _lines(medium: Medium, view: Mapping[str, Any]) -> Iterator[str]:
    for label, value in _facts(view):
        yield f"{label}: {escaped(medium, value)}"
    error = _error(view)
    if error:
        yield preformatted(medium, "\n".join(error))
    yield from (f"{number}. {step}" for number, step in enumerate(_steps(medium, view), start=1))
    yield from (link(medium, url, text) for text, url in _links(view))


def _facts(view: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give labels and values, unescaped. What tiers 1 and 2 must know is said to be missing."""
    job, test, duration = view["job"], view["test"], view["duration"]
    if test:
        asked = f", asked for by {test['asked_by']}" if test["asked_by"] else ""
        yield "Test", f"{test['what'] or 'this is a test'}{asked} ({test['correlation']}); nothing has to be done"
    if test and test["code"]:
        yield "Prove it", f"dbt-alerts alert-test confirm {test['code']}"
    yield "Job", " · ".join(filter(None, (job["name"], job["project"], job["environment"])))
    yield "What", view["failed_words"] or f"{view['outcome']}{' · ' + view['cause'] if view['cause'] else ''}"
    yield "When", f"{view['at']['text']} ({view['at']['ago']})" + (f", after {duration['text']}" if duration else "")
    yield from ((label, words) for label, words in _special(view) if words)
    if "impact" not in view["left_out"]:
        yield "Impact", view["impact"] or _UNKNOWN
    if "owner" not in view["left_out"]:
        yield "Owner", view["owner"] or view["team"] or _UNKNOWN
    yield "On call", (view["oncall"] or {}).get("name") or (view["oncall"] or {}).get("email") or _UNKNOWN
    if view["missing"]:
        yield "Not known", ", ".join(view["missing"])


def _special(view: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give what only some cases have."""
    for label, name in (("Late", "late"), ("Slow", "slow"), ("Escalation", "escalated")):
        yield label, (view[name] or {}).get("words") or ""
    grouped, likely = view["grouped"], view["likely"]
    yield "Likely cause", likely["sentence"] if likely else ""
    for member in grouped["members"] if grouped else ():
        yield "Also", member["headline"]
    for entry in view["digest"]["failures"] if view["digest"] else ():
        yield entry["job"], entry["words"]


def _error(view: Mapping[str, Any]) -> list[str]:
    found = [line[:_MOST_OF_A_LINE] for line in str(view["error"] or "").splitlines() if line.strip()]
    return found if len(found) <= _ERROR_LINES else [*found[:_ERROR_LINES], "…"]


def _attachment(view: Mapping[str, Any]) -> str:
    return escaped(Medium.LINES, view["error"] or "")


def _steps(medium: Medium, view: Mapping[str, Any]) -> list[str]:
    """Return the next steps, ready to copy or to open; without any there is still the run's log."""
    instead: list[str] = [] if "actions" in view["left_out"] else ["Open the run and read its log"]
    return [_step(medium, step) for step in view["actions"]] or instead


def _step(medium: Medium, step: Mapping[str, Any]) -> str:
    if step["url"]:
        return link(medium, step["url"], step["text"])
    return escaped(medium, step["text"]) + (f": {code(medium, step['code'])}" if step["code"] else "")


def _links(view: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    run = view["run"]
    if run and run["url"]:
        yield "Open the run", run["url"]
    elif view["job"]["url"]:
        yield "Open the job", view["job"]["url"]
    if view["runbook"]:
        yield "Runbook", view["runbook"]
    if view["ack_url"]:
        yield "Acknowledge", view["ack_url"]
