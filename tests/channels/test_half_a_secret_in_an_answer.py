"""A vendor that sends back what it was sent: wherever the answer is cut for people, no piece of a secret is left."""

import json
import re
from base64 import b64encode
from collections.abc import Callable

import httpx
import pytest

from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.channels.contract import Destination, Smtp, Wire
from reconciler.channels.email.kind import Email
from reconciler.channels.email.verdict import receipt
from reconciler.channels.kinds import KINDS
from reconciler.http.outgoing import Outgoing
from reconciler.model.alert import Audience, Case
from reconciler.model.message import Message
from reconciler.model.secret import Secret

LOGIN = b64encode(b"joe:SECRETPASSWORDSECRET").decode()
CHANNELS = {
    "slack": {"url": Secret("https://hooks.slack.example/services/TAAAAAAAA/BBBBBBBBB/SECRETSECRETSECRET12")},
    "teams": {"url": Secret("https://flow.example/workflows/SECRETFLOWSECRET/manual?sig=SECRETSIGSECRETSIG")},
    "webhook": {
        "url": Secret("https://hook.example/in?token=SECRETTOKENSECRET"),
        "headers": {"X-Token": Secret("SECRETHEADERSECRETHEADER")},
        "user": "joe",
        "password": Secret("SECRETPASSWORDSECRET"),
    },
    "pagerduty": {"routing_key": Secret("SECRETROUTINGKEYSECRETROUTINGKEY")},
    "datadog": {"api_key": Secret("SECRETAPIKEYSECRETAPIKEYSECRETAP"), "site": "datadoghq.com"},
    "monte_carlo": {"key_id": Secret("SECRETKEYID12345"), "key_token": Secret("SECRETKEYTOKEN123456")},
}
PADDINGS = range(0, 200, 5)


def _echo(padding: int, wrapped: Callable[[str], str]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        headers = " ".join(f"{name}: {value}" for name, value in request.headers.items())
        body = request.content.decode("utf-8", "replace")
        return httpx.Response(400, text=wrapped(f"{'x' * padding} {request.url.raw_path!r} {headers} {body}"))

    return httpx.MockTransport(answer)


@pytest.mark.parametrize("kind", CHANNELS)
@pytest.mark.parametrize("wrapped", [str, lambda text: json.dumps({"message": text})], ids=["text", "json"])
def test_no_piece_of_a_secret_stands_at_the_end_of_a_cut_answer(kind: str, wrapped: Callable[[str], str]) -> None:
    to = Destination(name="c", kind=kind, settings=CHANNELS[kind])
    alert = synthetic_alert(Case.FAILURE)
    said = Message(kind=kind, case=alert.case, audience=Audience.ENGINEERS, alert=alert, parts={"title": "failed"})
    payload = KINDS[kind].compose(said, to)[0]
    for padding in PADDINGS:
        with_echo = Wire(http=Outgoing(transport=_echo(padding, wrapped), resolve=lambda *_: ("93.184.216.34",)))
        answer = KINDS[kind].deliver(payload, to, with_echo).answer
        assert not re.search(r"SECR", answer), (padding, answer)
        assert LOGIN[:8] not in answer, (padding, answer)
        assert 0 < len(answer) <= 400


def test_a_mail_server_that_repeats_the_password_at_the_end_of_a_long_line() -> None:
    mail = Smtp(host="smtp.example", port=587, sender="a@b.example", user="u", password=Secret("SECRETPASSWORDSECRET"))
    to = Destination(name="m", kind="email", smtp=mail)
    for padding in range(250, 300):
        answer = receipt("AUTH", (535, b"x" * padding + b" SECRETPASSWORDSECRET")).answer
        assert "SECR" not in Email().redact(answer, to)
