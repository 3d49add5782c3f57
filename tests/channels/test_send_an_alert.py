"""From an alert to what happened: references opened, the main message first, the rest only if it arrived."""

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.channels.contract import Destination, Payload, Receipt, Role, Smtp, Verdict, Wire
from reconciler.channels.destination import address, destination, environ_opener, masked
from reconciler.channels.kinds import KINDS
from reconciler.channels.send import Sender, told
from reconciler.errors import RuntimeFailure
from reconciler.http.outgoing import Outgoing
from reconciler.model.alert import Alert, Audience
from reconciler.model.message import Message, Trouble
from reconciler.model.policy import RelayedChannel
from reconciler.model.problem import Position
from reconciler.model.secret import MASK, Reference, Secret
from tests.channels.http_channel_lab import Answer, to, vendor
from tests.channels.made_messages import a_message, an_alert

AT = Position("channels.yml", 3, 5)


class Renderer:
    """Says what it was asked for."""

    def __init__(self, parts: Mapping[str, str] | None = None, trouble: Trouble | None = None) -> None:
        self.parts = parts or {"title": "t"}
        self.trouble = trouble
        self.asked: dict[str, Any] = {}

    def render(self, alert: Alert, kind: str, **asked: Any) -> Message:  # noqa: ANN401
        self.asked = asked
        given = {name: asked[name] for name in ("audience", "thread", "include")}
        return a_message(kind, self.parts, alert=alert, trouble=self.trouble, **given)


class Told:
    """A kind that makes one payload of each role and answers as scripted."""

    name = "told"

    def __init__(self, verdict: Verdict = Verdict.DONE, wrong: tuple[str, ...] = ()) -> None:
        self.verdict = verdict
        self.wrong = wrong
        self.sent: list[Payload] = []

    def compose(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        detail = Payload(role=Role.DETAIL, content={}, key="d", thread=message.thread)
        return (detail, Payload(role=Role.MAIN, content={}, key="m", thread=message.thread))

    def check(self, payload: Payload) -> tuple[str, ...]:
        return self.wrong

    def deliver(self, payload: Payload, to: Destination, wire: Wire) -> Receipt:
        self.sent.append(payload)
        return Receipt(verdict=self.verdict, answer="", vendor_id=f"id of {payload.key}")

    def redact(self, text: str, to: Destination) -> str:
        return text.replace("geheim", MASK)


def sender(kind: Told, renderer: Renderer | None = None) -> Sender:
    return Sender(renderer=renderer or Renderer(), wire=Wire(http=Outgoing()), kinds={"told": kind})


THERE = Destination(name="critical", kind="told")


def test_the_main_payload_goes_first_and_what_follows_goes_into_its_thread() -> None:
    kind = Told()
    sent = sender(kind).send(an_alert(), THERE)
    assert [(each.key, each.thread) for each in kind.sent] == [("m", None), ("d", "id of m")]
    assert [each.role for each in sent] == [Role.MAIN, Role.DETAIL]
    assert told(sent) is sent[0]


def test_in_an_incident_s_thread_everything_goes_there() -> None:
    kind = Told()
    sender(kind).send(an_alert(), THERE, thread="first")
    assert [each.thread for each in kind.sent] == ["first", "first"]


@pytest.mark.parametrize("verdict", [each for each in Verdict if each is not Verdict.DONE])
def test_nothing_follows_a_message_that_did_not_arrive(verdict: Verdict) -> None:
    kind = Told(verdict)
    (sent,) = sender(kind).send(an_alert(), THERE)
    assert (sent.role, sent.receipt.verdict) == (Role.MAIN, verdict)


def test_what_the_vendor_would_refuse_is_not_sent_and_says_why() -> None:
    kind = Told(wrong=("geheim is too long",))
    (sent,) = sender(kind).send(an_alert(), THERE)
    assert kind.sent == []
    assert sent.receipt.verdict is Verdict.PERMANENT
    assert sent.receipt.answer == f"not sent, the vendor would refuse it: {MASK} is too long"


def test_a_channel_s_audience_and_what_it_includes_reach_the_renderer() -> None:
    renderer = Renderer()
    there = Destination(name="c", kind="told", settings={"audience": "stakeholders", "include": ("error", "link")})
    sender(Told(), renderer).send(an_alert(), there)
    assert renderer.asked["audience"] is Audience.STAKEHOLDERS
    assert renderer.asked["include"] == {"error", "link"}


def test_a_broken_template_is_reported_beside_what_was_sent() -> None:
    trouble = Trouble(template="slack/failure.j2", why="undefined")
    sent = sender(Told(), Renderer(trouble=trouble)).send(an_alert(), THERE)
    assert {each.trouble for each in sent} == {trouble}


# --- Slack's threads, end to end ------------------------------------------------------------------------------------
def test_slack_s_detail_goes_into_the_thread_of_the_message_that_was_just_sent() -> None:
    parts = {"title": "failed", "detail": "everything else"}
    ok = b'{"ok":true,"ts":"%s"}'
    with vendor(Answer(body=ok % b"1.1"), Answer(body=ok % b"2.2")) as it:
        sending = Sender(renderer=Renderer(parts), wire=it.wire())
        sent = sending.send(an_alert(), to("slack", it.base))
    main, detail = it.seen
    assert "thread_ts" not in main.data
    assert detail.data["thread_ts"] == "1.1"
    assert [each.receipt.vendor_id for each in sent] == ["1.1", "2.2"]


# --- destinations ---------------------------------------------------------------------------------------------------
def channel(**settings: Any) -> RelayedChannel:  # noqa: ANN401
    return RelayedChannel(name="critical", at=AT, kind="webhook", settings=settings)


def test_references_are_opened_wherever_they_stand_and_literals_stay_masked() -> None:
    environ = {"URL": " https://x.example/secret ", "TOKEN": "tok", "SIGN": "whsec_x"}
    asked = channel(
        url=Reference("URL"), headers={"X": Reference("TOKEN"), "Y": Secret("lit")}, sign={"secret": Reference("SIGN")}
    )
    there = destination(asked, open=environ_opener(environ), smtp=None, environ=environ)
    assert there.settings["url"] == Secret("https://x.example/secret")
    assert there.settings["headers"] == {"X": Secret("tok"), "Y": Secret("lit")}
    assert there.settings["sign"] == {"secret": Secret("whsec_x")}
    for secret in ("x.example", "tok'", "whsec"):
        assert secret not in repr(there)


@pytest.mark.parametrize(("environ", "state"), [({}, "is not set"), ({"URL": "  "}, "is empty")])
def test_a_missing_reference_names_the_channel_and_the_variable(environ: dict[str, str], state: str) -> None:
    with pytest.raises(RuntimeFailure, match=f"channels.yml:3:5: channel `critical` .* the variable URL {state}"):
        destination(channel(url=Reference("URL")), open=environ_opener(environ), smtp=None, environ=environ)


def test_an_operator_s_base_stands_in_front_of_path_and_query() -> None:
    environ = {"DBT_ALERTS_BASE_WEBHOOK": "http://127.0.0.1:8580/channels/webhook/", "DBT_ALERTS_BASE_SLACK": "x"}
    there = destination(channel(), open=environ_opener({}), smtp=None, environ=environ)
    assert address(there, "https://t.example/a/b?c=d") == "http://127.0.0.1:8580/channels/webhook/a/b?c=d"
    assert address(there, "https://t.example") == "http://127.0.0.1:8580/channels/webhook"
    assert address(to("webhook"), "https://t.example/a") == "https://t.example/a"


def test_masking_takes_whole_secrets_and_the_parts_of_an_address_but_not_its_host() -> None:
    url = Secret("https://flow.example/workflows/abcdefgh/run?api-version=1&sig=verysecret")
    smtp = Smtp(host="h", port=25, sender="a@b.example", password=Secret("mailpassword"))
    there = Destination(name="c", kind="teams", settings={"url": url, "nested": {"a": (Secret("inner-s"),)}}, smtp=smtp)
    text = "flow.example said abcdefgh, verysecret, run, inner-s, mailpassword, 1"
    assert masked(text, there) == f"flow.example said {MASK}, {MASK}, run, {MASK}, {MASK}, 1"


def test_every_kind_of_the_policy_has_one_here() -> None:
    assert set(KINDS) == {"slack", "teams", "email", "pagerduty", "datadog", "monte_carlo", "webhook", "apprise"}
    assert {name: KINDS[name].name for name in ("slack", "teams", "pagerduty", "webhook")} == {
        name: name for name in ("slack", "teams", "pagerduty", "webhook")
    }
    with pytest.raises(KeyError):
        KINDS["pigeon"]
