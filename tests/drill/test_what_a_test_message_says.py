"""What leaves as a test: TEST, who asked, the id, that nothing has to be done, and where its code is given back."""

from __future__ import annotations

import json
from email.message import EmailMessage

import pytest

from reconciler.alerts.rendering.plain import plain_parts
from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.alerts.words.view import view
from reconciler.channels.contract import Destination, Payload, Smtp
from reconciler.channels.kinds import KINDS
from reconciler.model.alert import Audience, Case, Drill
from reconciler.model.message import Message
from reconciler.model.secret import Secret
from tests.alerts.templates.shipped_messages import KIND_NAMES, parts_of

CODE = "7f3a9c21-K4TQ9-XMW2H"
ALERT = synthetic_alert(
    Case.TEST, drill=Drill(correlation="7f3a9c21", asked_by="maria@acme.example", what="channel x", code=CODE)
)
SECRETS = {name: Secret("x" * 32) for name in ("url", "routing_key", "api_key", "key_id", "key_token")}
SMTP = Smtp(host="smtp.acme.example", port=587, sender="alerts@acme.example")


def sent(kind: str, parts: dict[str, str], audience: Audience) -> str:
    to = Destination(name="x", kind=kind, settings={**SECRETS, "to": ("a@acme.example",)}, smtp=SMTP)
    message = Message(kind=kind, case=Case.TEST, audience=audience, alert=ALERT, parts=parts)
    payloads = KINDS[kind].compose(message, to)
    assert not [wrong for each in payloads for wrong in KINDS[kind].check(each)]
    text = "\n".join(map(_shown, payloads))
    return text.replace("\\\\", "").replace("\u2060", "").replace("\u200b", "")


def _shown(payload: Payload) -> str:
    if not isinstance(payload.content, EmailMessage):
        return json.dumps(payload.content, ensure_ascii=False)
    bodies = [part.get_content() for part in payload.content.walk() if part.get_content_maintype() == "text"]
    return "\n".join([str(payload.content["subject"]), *bodies])


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("kind", KIND_NAMES)
def test_every_kind_says_that_it_is_a_test_and_what_to_do_about_it(kind: str, audience: Audience) -> None:
    said = sent(kind, parts_of(kind, ALERT, audience=audience), audience)
    for wanted in ("TEST", "7f3a9c21", "maria@acme.example", "nothing has to be done"):
        assert wanted in said, wanted
    assert f"dbt-alerts alert-test confirm {CODE}" in said


@pytest.mark.parametrize("kind", KIND_NAMES)
def test_so_does_the_message_that_stands_in_for_a_broken_template(kind: str) -> None:
    said = sent(kind, plain_parts(kind, view(ALERT)), Audience.ENGINEERS)
    for wanted in ("TEST", "7f3a9c21", "maria@acme.example", "nothing has to be done", f"alert-test confirm {CODE}"):
        assert wanted in said, wanted
