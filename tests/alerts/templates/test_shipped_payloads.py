"""What leaves for each kind of channel when a critical job fails: the shipped words inside the vendor's own shape."""

from __future__ import annotations

import json
from email.message import EmailMessage
from typing import Any, Final

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.channels.contract import Destination, Smtp
from reconciler.channels.kinds import KINDS
from reconciler.model.alert import Audience
from reconciler.model.message import Message
from reconciler.model.secret import Secret
from tests.alerts.templates.shipped_messages import ALERTS, parts_of

SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "slack": {"url": Secret("https://hooks.slack.com/services/T/B/X")},
    "teams": {"url": Secret("https://flow.example/x")},
    "email": {"to": ["oncall@acme.example"]},
    "pagerduty": {"routing_key": Secret("5" * 32)},
}
SMTP: Final = Smtp(host="smtp.acme.example", port=587, sender="dbt-alerts@acme.example")


def payloads(kind: str, name: str) -> list[dict[str, Any]]:
    alert = ALERTS[name]
    message = Message(kind=kind, case=alert.case, audience=Audience.ENGINEERS, alert=alert, parts=parts_of(kind, alert))
    to = Destination(name="data-critical", kind=kind, settings=SETTINGS[kind], smtp=SMTP)
    made = KINDS[kind].compose(message, to)
    assert [problem for each in made for problem in KINDS[kind].check(each)] == []
    assert [each.cut for each in made if any("detail" not in cut for cut in each.cut)] == [], "nothing had to be cut"
    return [{"role": each.role.value, "content": shown(each.content)} for each in made]


def shown(content: Any) -> Any:  # noqa: ANN401 - a payload of any kind
    if not isinstance(content, EmailMessage):
        return content
    return {name: value for name, value in content.items() if name in {"Subject", "From", "To", "Importance"}}


@pytest.mark.parametrize("kind", list(SETTINGS))
def test_a_failure_as_it_leaves(kind: str, snapshot: SnapshotAssertion) -> None:
    assert json.dumps(payloads(kind, "failure"), indent=1, ensure_ascii=False) == snapshot


@pytest.mark.parametrize("kind", list(SETTINGS))
@pytest.mark.parametrize("name", list(ALERTS))
def test_no_shipped_message_has_to_be_cut(kind: str, name: str) -> None:
    assert payloads(kind, name)
