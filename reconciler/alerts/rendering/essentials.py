"""No message of a critical job's failure is poor: what a template of one's own does not say is added below its words.

Who, what, when, impact, error, next step, run and runbook, or that they are not known: of rank 1 and 2, for engineers.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.alerts.rendering.media import Medium, escaped, medium_of
from reconciler.alerts.rendering.plain import body_part
from reconciler.model.alert import Alert, Case

__all__ = ["with_essentials"]

_RANKS: Final = frozenset({1, 2})
_BY_ITSELF: Final[Mapping[str, frozenset[str]]] = {
    "slack": frozenset({"Run", "Runbook"}),
    "teams": frozenset({"Run", "Runbook"}),
    "webhook": frozenset({"Job", "When", "Impact", "Owner", "Error", "Next", "Run", "Runbook", "Not known"}),
}
"""What the kind itself makes of an alert: buttons, the data of a webhook."""
_SAID: Final = re.compile(r"[^\w]+")
_MOST: Final = 400


def with_essentials(kind: str, alert: Alert, parts: dict[str, str], view: Mapping[str, Any]) -> dict[str, str]:
    """Return the parts with what they do not say of a failure; as they are where they say it all."""
    if alert.rank not in _RANKS or alert.case is not Case.FAILURE:
        return parts
    said = _plain("\n".join(parts.values()))
    unsaid = [(label, shown) for label, shown, signs in _essentials(kind, view) if not _told(signs, said)]
    return {**parts, **dict(_added(kind, parts, unsaid))} if unsaid else parts


def _essentials(kind: str, view: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield label, what to show, and the texts of which one tells that it is said."""
    own = _BY_ITSELF.get(kind, frozenset())
    run, steps = view["run"] or {"url": ""}, view["actions"]
    times = tuple(each["clock"] for each in (view["at"], view["started"], view["finished"]) if each)
    found = [
        ("Job", view["job"]["name"], ()),
        ("When", view["at"]["text"], times),
        ("Impact", view["impact"], ()),
        ("Error", view["error_line"], tuple(_error_signs(view))),
        ("Next", _step(steps[0]) if steps else "", tuple(each["text"] for each in steps)),
        ("Owner", view["owner"], ()),
        ("Run", run["url"], ()),
        ("Runbook", view["runbook"], ()),
        *(("Not known", each, ()) for each in view["missing"]),
    ]
    for label, shown, signs in found:
        if shown and label not in own:
            yield label, shown[:_MOST], signs or (shown[:_MOST],)


def _error_signs(view: Mapping[str, Any]) -> Iterator[str]:
    """Yield the error's first line, and for a failed test the number of its rows: either says what is wrong."""
    if view["error_line"]:
        yield view["error_line"]
    yield from (f"{each['failures']} failing row" for each in view["failed"] if each["failures"])


def _step(step: Mapping[str, Any]) -> str:
    return ": ".join(filter(None, (step["text"], step["code"] or step["url"])))


def _plain(text: str) -> str:
    """Return letters and digits alone: what a medium escapes with is none of what is said."""
    return _SAID.sub("", html.unescape(text)).replace("_", "").lower()


def _told(signs: tuple[str, ...], said: str) -> bool:
    return any(_plain(sign)[:40] in said for sign in signs)


def _added(kind: str, parts: Mapping[str, str], unsaid: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    name = body_part(kind)
    bar = "|" if kind == "pagerduty" else ": "
    medium = medium_of(kind, name)
    lines = [f"{label}{bar}{escaped(medium, shown)}" for label, shown in unsaid]
    yield name, "\n".join(filter(None, (parts.get(name, ""), *lines)))
    if kind == "email" and "html" in parts:
        rows = "".join(f"<p>{escaped(Medium.HTML, f'{label}: {shown}')}</p>" for label, shown in unsaid)
        head, end, tail = parts["html"].rpartition("</body>")
        yield "html", f"{head}{rows}{end}{tail}" if end else f"{tail}{rows}"
