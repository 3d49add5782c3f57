"""What Slack is sent, and how it is asked afterwards."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.channels.contract import Payload, Role, Verdict
from reconciler.channels.kinds import KINDS
from reconciler.channels.slack import blocks as slack_blocks
from reconciler.channels.slack.check import problems
from reconciler.channels.slack.look import auth_test, delete, found_again, membership, read_back
from reconciler.model.alert import Lateness
from reconciler.model.message import Message
from reconciler.model.outcome import Outcome
from tests.channels.http_channel_lab import Answer, to, vendor
from tests.channels.made_messages import a_message, an_alert

PARTS = {
    "title": "[CRITICAL] R&D <daily> failed",
    "summary": "*Revenue* is stale",
    "fields": "Status|failed\nDuration|42 min\nRun|9001\nno label",
    "failed": "• `fct_revenue`",
    "error": "column amount does not exist ``` & more",
    "actions": "1. look",
    "mention": "<!subteam^S0123ABCD>",
    "context": "dbt Cloud · 08:25",
    "detail": "everything else",
    "fallback": "Daily Revenue failed",
}
ACKED = replace(an_alert(), ack_url="https://relay.example/ack/1", runbook="https://wiki.example/r")


def composed(which: str, message: Message | None = None, **given: Any) -> tuple[Payload, ...]:  # noqa: ANN401
    return KINDS["slack"].compose(message or a_message("slack", PARTS, alert=ACKED), to(which, **given))


def body(payload: Payload) -> Mapping[str, Any]:
    assert isinstance(payload.content, Mapping)
    return payload.content


def inside(payload: Payload) -> list[Mapping[str, Any]]:
    (attachment,) = body(payload)["attachments"]
    blocks: list[Mapping[str, Any]] = attachment["blocks"]
    return blocks


def buttons(payload: Payload) -> dict[str, Any]:
    found = [each for block in inside(payload) if block["type"] == "actions" for each in block["elements"]]
    return {each["text"]["text"]: each.get("url") or each.get("value") for each in found}


def test_the_headline_links_to_the_run_and_who_is_on_call_is_rung_above_the_bar() -> None:
    (main,) = composed("slack webhook")
    (block,) = body(main)["blocks"]
    assert block["text"]["text"] == (
        "*<https://ab123.us1.dbt.com/runs/9001|[CRITICAL] R&amp;D &lt;daily&gt; failed>*\n<!subteam^S0123ABCD>"
    )
    assert body(main)["text"] == "Daily Revenue failed"


def test_beside_the_bar_everything_is_in_the_order_in_which_it_is_read() -> None:
    (main,) = composed("slack webhook")
    assert [block["type"] for block in inside(main)] == [
        "section", "section", "section", "section", "section", "actions", "context",
    ]  # fmt: skip
    fields = [each["text"] for each in inside(main)[1]["fields"]]
    assert fields == ["*Status*\nfailed", "*Duration*\n42 min", "*Run*\n9001", "no label"]
    assert inside(main)[3]["text"]["text"] == "```\ncolumn amount does not exist ''' & more\n```"


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_its_colour(outcome: Outcome) -> None:
    (main,) = composed("slack webhook", a_message("slack", PARTS, alert=replace(ACKED, outcome=outcome)))
    colour = body(main)["attachments"][0]["color"]
    good = outcome in {Outcome.SUCCESS, Outcome.RECOVERED}
    assert (colour == "#2EB67D") is good
    assert (colour == "#D40E0D") is (outcome is Outcome.FAILURE)


def test_acknowledge_is_there_only_where_a_relay_answers_it() -> None:
    (plain,) = composed("slack webhook")
    (linked,) = composed("slack webhook", acknowledges=True)
    (button, _) = composed("slack", acknowledges=True)
    (silent, _) = composed("slack")
    links = {"Open run": "https://ab123.us1.dbt.com/runs/9001", "Runbook": "https://wiki.example/r"}
    assert buttons(plain) == links
    assert buttons(linked) == {**links, "Acknowledge": "https://relay.example/ack/1"}
    assert buttons(button) == {**links, "Acknowledge": ACKED.incident}
    assert buttons(silent) == links


@pytest.mark.parametrize("outcome", [Outcome.RECOVERED, Outcome.SUCCESS, Outcome.WARNING])
def test_what_is_no_incident_cannot_be_acknowledged(outcome: Outcome) -> None:
    message = a_message("slack", PARTS, alert=replace(ACKED, outcome=outcome))
    assert "Acknowledge" not in buttons(composed("slack", message, acknowledges=True)[0])


def test_what_a_channel_does_not_include_is_left_out() -> None:
    message = a_message("slack", PARTS, alert=ACKED, include=frozenset({"duration", "link"}))
    (main,) = composed("slack webhook", message)
    assert buttons(main) == {"Open run": "https://ab123.us1.dbt.com/runs/9001"}
    assert "amount" not in repr(main.content)
    assert "fct_revenue" not in repr(main.content)
    unlinked = a_message("slack", PARTS, alert=ACKED, include=frozenset({"duration"}))
    assert "https://" not in repr(composed("slack webhook", unlinked)[0].content)


def test_the_detail_goes_to_the_thread_and_a_webhook_says_that_it_has_none() -> None:
    main, detail = composed("slack")
    assert (detail.role, body(detail)["blocks"][0]["text"]["text"]) == (Role.DETAIL, "everything else")
    assert main.cut == ()
    (alone,) = composed("slack webhook")
    assert alone.cut == ("detail left out: a webhook cannot write into a thread",)


def test_a_recovery_answers_in_the_thread_and_edits_the_first_message() -> None:
    alert = replace(ACKED, outcome=Outcome.RECOVERED)
    message = a_message("slack", {"title": "recovered"}, alert=alert, thread="1.1")
    answer, edit = composed("slack", message)
    assert (answer.thread, "ts" in body(answer)) == ("1.1", False)
    assert body(edit)["ts"] == "1.1"
    assert [body(each)["metadata"]["event_payload"]["delivery_id"] for each in (answer, edit)] == [answer.key, edit.key]
    with vendor(Answer(body=b'{"ok":true,"ts":"2.2"}'), Answer(body=b'{"ok":true,"ts":"1.1"}')) as it:
        for each in (answer, edit):
            KINDS["slack"].deliver(each, to("slack", it.base), it.wire())
    assert [seen.path.rpartition("/")[2] for seen in it.seen] == ["chat.postMessage", "chat.update"]
    assert it.seen[0].data["thread_ts"] == "1.1"
    assert "thread_ts" not in it.seen[1].data


def test_what_is_completed_late_at_last_is_said_in_the_same_thread_and_can_no_longer_be_acknowledged() -> None:
    late = Lateness(name="before the market opens", due=ACKED.at, zone="UTC", completed_at=ACKED.at)
    alert = replace(ACKED, outcome=Outcome.LATE, late=late)
    message = a_message("slack", {"title": "completed 25 min late"}, alert=alert, thread="1.1")
    answer, edit = composed("slack", message, acknowledges=True)
    assert (answer.thread, "ts" in body(answer)) == ("1.1", False)
    assert body(edit)["ts"] == "1.1"
    assert "Acknowledge" not in buttons(answer)
    assert body(answer)["attachments"][0]["color"] == "#ECB22E"
    still = a_message("slack", PARTS, alert=replace(alert, late=replace(late, completed_at=None)), thread="1.1")
    first, _ = composed("slack", still, acknowledges=True)
    assert "Acknowledge" in buttons(first)


@pytest.mark.parametrize("which", ["slack", "slack webhook"])
def test_slack_links_nothing_of_its_own_and_fetches_nothing(which: str) -> None:
    texts: list[Mapping[str, Any]] = []
    for payload in composed(which):
        content = body(payload)
        assert (content["unfurl_links"], content["unfurl_media"]) == (False, False)
        blocks = [*content["blocks"], *(each for one in content.get("attachments", []) for each in one["blocks"])]
        texts += [block["text"] for block in blocks if "text" in block]
        texts += [each for block in blocks for each in (*block.get("fields", ()), *block.get("elements", ()))]
    words = [each for each in texts if each["type"] == "mrkdwn"]
    assert len(words) > 5
    assert all(each["verbatim"] for each in words)


def test_the_delivery_is_found_again_by_its_metadata() -> None:
    main, detail = composed("slack")
    delivery = body(main)["metadata"]["event_payload"]["delivery_id"]
    assert delivery == main.key
    assert composed("slack")[0].key == main.key
    assert detail.key != main.key


def test_a_template_that_writes_only_a_body_is_shown_whole() -> None:
    (main,) = composed("slack webhook", a_message("slack", {"title": "t", "body": "all of it"}, alert=ACKED))
    assert inside(main)[0]["text"]["text"] == "all of it"


def test_a_long_detail_is_cut_with_its_code_closed_and_the_thread_says_so() -> None:
    text = "```\n" + "a line of the error\n" * 2000 + "```"
    _, detail = composed("slack", a_message("slack", {**PARTS, "detail": text}, alert=ACKED))
    *sections, note = body(detail)["blocks"]
    assert all(each["text"]["text"].count("```") == 2 for each in sections)
    assert detail.cut
    assert detail.cut[0] in note["elements"][0]["text"]


def test_a_detail_of_short_pieces_has_no_more_blocks_than_a_message_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_blocks, "pieces", lambda *_, **__: iter(["short"] * 200))
    made, cut = slack_blocks.thread_body("short " * 200)
    assert len(made["blocks"]) == 50
    assert cut


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"text": " "}, "needs a `text`"),
        ({"text": "t" * 5000}, "5,000 characters"),
        ({"blocks": [{"type": "section", "text": {"text": "x" * 3001}}]}, "3,001 characters of a section"),
        ({"blocks": [{"type": "section", "fields": [{"text": "x"}] * 11}]}, "11 fields"),
        ({"blocks": [{"type": "section", "text": {"text": "x"}}] * 51}, "51 blocks"),
        ({"blocks": [{"type": "section", "text": {"text": "x" * 2900}}] * 5}, "characters together"),
        ({"blocks": [{"type": "actions", "elements": []}]}, "0 buttons"),
        ({"blocks": [{"type": "video"}]}, "video"),
    ],
)
def test_the_check_sees_what_slack_would_refuse(wrong: dict[str, Any], said: str) -> None:
    assert any(said in each for each in problems({"text": "t", "blocks": [], **wrong}))


# --- proof ----------------------------------------------------------------------------------------------------------
def test_the_token_says_who_it_is() -> None:
    with vendor(Answer(body=b'{"ok":true,"team":"Acme","user":"dbt-alerts"}')) as it:
        who = auth_test(to("slack", it.base), it.wire())
    assert (who.done, who.data["team"], it.seen[0].path) == (True, "Acme", "/channels/it/api/auth.test")
    with vendor(Answer(body=b'{"ok":false,"error":"token_revoked"}')) as it:
        assert auth_test(to("slack", it.base), it.wire()).receipt.verdict is Verdict.GONE


def test_the_bot_s_place_in_its_channel_is_seen() -> None:
    there = b'{"ok":true,"channel":{"id":"C0987654321","name":"data-alerts","is_member":true,"is_archived":false}}'
    with vendor(Answer(body=there), Answer(body=b'{"ok":false,"error":"channel_not_found"}')) as it:
        seen = membership(to("slack", it.base), it.wire())
        gone = membership(to("slack", it.base), it.wire())
    assert (seen.member, seen.archived, seen.name) == (True, False, "data-alerts")
    assert (gone.member, gone.receipt.verdict, gone.receipt.answer) == (False, Verdict.GONE, "channel_not_found")
    assert "channel=C0987654321" in it.seen[0].path


def test_a_message_is_read_back_by_its_ts_and_by_no_other() -> None:
    kept = b'{"ok":true,"messages":[{"ts":"1.1","metadata":{"event_payload":{"delivery_id":"d"}}}]}'
    with vendor(Answer(body=kept), Answer(body=kept), Answer(body=b'{"ok":false,"error":"missing_scope"}')) as it:
        found = read_back(to("slack", it.base), it.wire(), ts="1.1")
        other = read_back(to("slack", it.base), it.wire(), ts="2.2")
        barred = read_back(to("slack", it.base), it.wire(), ts="1.1")
    assert found is not None
    assert found["metadata"]["event_payload"]["delivery_id"] == "d"
    assert (other, barred) == (None, None)


def test_a_doubtful_message_is_found_again_by_its_key() -> None:
    rows = b'[null, {"ts":"1.1"}, {"ts":"2.2","metadata":{"event_payload":{"delivery_id":"ours"}}}]'
    answer = Answer(body=b'{"ok":true,"messages":%s}' % rows)
    with vendor(answer, answer, Answer(status=500)) as it:
        there = to("slack", it.base)
        looks = [found_again(there, it.wire(), key=key) for key in ("ours", "another", "ours")]
    assert looks == ["2.2", None, None]


def test_what_stands_in_a_thread_is_looked_for_there() -> None:
    answer = Answer(
        body=b'{"ok":true,"messages":[{"ts":"1.1"},{"ts":"2.2","metadata":{"event_payload":{"delivery_id":"k"}}}]}'
    )
    with vendor(answer, answer) as it:
        there = to("slack", it.base)
        assert found_again(there, it.wire(), key="k", thread="1.1") == "2.2"
        assert read_back(there, it.wire(), ts="2.2", thread="1.1") is not None
    for seen in it.seen:
        assert seen.path.startswith("/channels/it/api/conversations.replies?")
        assert "&ts=1.1" in seen.path


def test_a_test_message_is_deleted() -> None:
    with vendor(Answer(body=b'{"ok":true}')) as it:
        receipt = delete(to("slack", it.base), it.wire(), ts="1.1")
    assert receipt.verdict is Verdict.DONE
    assert it.seen[0].data == {"channel": "C0987654321", "ts": "1.1"}
