"""Failing on size is impossible: whatever a template made of whatever happened, the vendor's own rules take it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from reconciler.channels.exchange import json_bytes
from reconciler.channels.kinds import KINDS
from reconciler.model.alert import Action, AlertRun, Case
from reconciler.model.layers import Oncall
from reconciler.model.message import Message
from reconciler.model.outcome import Outcome
from tests.channels.http_channel_lab import to
from tests.channels.made_messages import A_MODEL, a_message, an_alert

SCHEMAS: Final = Path(__file__).parents[1] / "fixtures" / "schemas"
PARTS: Final = (
    "title", "summary", "fields", "failed", "error", "actions", "mention", "mention_id", "context", "detail",
    "fallback", "details", "links", "text", "body",
)  # fmt: skip
CHANNELS: Final = ("slack", "slack webhook", "teams", "pagerduty", "webhook")
SNIPPETS: Final = (
    "<https://x.example/a|link>", "&amp;", "```", "<!subteam^S1>", "[a](https://b)", "<at>Ana</at>", "\ud800", "\u202e",
    "\0", "\n", "|", '"\\', "👩‍👩‍👧", "é", "x" * 4000, "Label|value\n", "{{ 7*7 }}", "\u0301", "*_~`", "a line\n" * 700,
)  # fmt: skip

texts = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=5), max_size=30).map("".join)
long_texts = st.tuples(texts, st.sampled_from([1, 1, 20])).map(lambda both: both[0] * both[1])


@st.composite
def messages(draw: st.DrawFn) -> Message:
    name = draw(texts)
    alert = an_alert(
        incident=draw(texts) or "i",
        outcome=draw(st.sampled_from(Outcome)),
        severity=draw(texts),
        rank=draw(st.sampled_from([None, 1, 2, 3, 9])),
        job=replace(an_alert().job, name=name, project=name),
        run=AlertRun(id=1, url=f"https://dbt.example/{draw(texts)}"),
        runbook=draw(st.sampled_from(["", "https://wiki.example/" + "r" * 1400, 'https://w"' + name])),
        ack_url="https://relay.example/" + "a" * 1400,
        impact=name,
        owner=name,
        oncall=Oncall(teams=draw(st.sampled_from([None, "ana@acme.example", "x" * 500]))),
        failed=tuple(replace(A_MODEL, name=name, error=draw(texts)) for _ in range(draw(st.integers(0, 12)))),
        actions=tuple(Action(text=name, code=name, url="https://c.example") for _ in range(5)),
        missing=(name,) * 9,
    )
    parts = draw(st.dictionaries(st.sampled_from(PARTS), long_texts, max_size=12))
    include = draw(st.sampled_from([frozenset(), frozenset({"error", "link"})]))
    thread = draw(st.sampled_from([None, "1700000000.000100"]))
    return a_message("any", parts, alert=alert, include=include, thread=thread)


@pytest.mark.parametrize("which", CHANNELS)
@settings(max_examples=25)
@given(message=messages())
def test_whatever_the_message_nothing_is_refused(which: str, message: Message) -> None:
    kind = KINDS[which.partition(" ")[0]]
    for payload in kind.compose(message, to(which, acknowledges=True)):
        assert kind.check(payload) == ()
        judge(which, payload.content)


def judge(which: str, content: Any) -> None:  # noqa: ANN401
    """Ask somebody who is not us."""
    sent = json.loads(json_bytes(content))
    match which.partition(" ")[0]:
        case "slack":
            slack_judges(sent)
        case "teams":
            (card,) = sent["attachments"]
            teams_own = card["content"].pop("msteams")
            assert set(teams_own) <= {"width", "entities"}
            ADAPTIVE_CARD.validate(card["content"])
            assert len(json_bytes(content)) <= 20_000
        case "pagerduty":
            EVENT.validate(sent)
            assert len(json_bytes(content)) <= 512_000
        case "webhook":
            assert len(json_bytes(content)) < 20_000
            assert set(sent) == {"type", "timestamp", "data"}
        case other:
            pytest.fail(f"nobody judges {other}")


def slack_judges(sent: dict[str, Any]) -> None:
    attached = [block for each in sent.get("attachments", []) for block in each["blocks"]]
    for each in (*sent["blocks"], *attached):
        block = Block.parse(each)
        assert block is not None
        block.validate_json()


def test_the_judges_refuse_what_is_wrong() -> None:
    with pytest.raises(jsonschema_rs.ValidationError):
        EVENT.validate({"event_action": "ring", "routing_key": "r"})
    with pytest.raises(jsonschema_rs.ValidationError):
        ADAPTIVE_CARD.validate({"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "TextBlock"}]})


@pytest.mark.parametrize("which", CHANNELS)
def test_a_hundred_kilobytes_of_error_are_cut_and_said_to_be(which: str) -> None:
    error = "".join(f"line {number}: column amount does not exist\n" for number in range(2500))
    parts = {
        "title": "Daily Revenue failed", "summary": "stale", "error": error, "text": error, "details": f"Error|{error}",
    }  # fmt: skip
    message = a_message("any", parts, alert=an_alert(failed=(replace(A_MODEL, error=error),)), case=Case.FAILURE)
    (payload, *_) = KINDS[which.partition(" ")[0]].compose(message, to(which))
    assert any("shortened to" in each or "left out" in each for each in payload.cut)
    said = json_bytes(payload.content).decode()
    assert "line 0: column amount" in said
    assert "characters" in said


def _validator(name: str) -> Any:  # noqa: ANN401
    return jsonschema_rs.validator_for(json.loads((SCHEMAS / name).read_text()))


ADAPTIVE_CARD: Final = _validator("adaptive-card-1.5.0.json")
EVENT: Final = _validator("pagerduty-events-v2.json")
