"""Delivery against a real server on loopback: what each kind sends, and every way in which a vendor fails."""

import gzip
import json
from base64 import b64decode
from dataclasses import replace
from datetime import UTC
from http.server import BaseHTTPRequestHandler
from threading import Event

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from reconciler.channels.contract import Payload, Receipt, Role, Verdict, Wire
from reconciler.channels.kinds import KINDS
from reconciler.http.outgoing import Limits
from reconciler.model.secret import Secret
from tests.channels.http_channel_lab import (
    IMPATIENT,
    NOW,
    ROUTING_KEY,
    SETTINGS,
    SIGNING,
    Answer,
    Vendor,
    garbage,
    reset,
    reset_mid_answer,
    to,
    vendor,
)
from tests.channels.made_messages import a_message, an_alert

CHANNELS = ("slack", "slack webhook", "teams", "pagerduty", "webhook")
GOOD = {
    "slack": Answer(body=b'{"ok":true,"channel":"C0987654321","ts":"1700000000.000100"}'),
    "slack webhook": Answer(body=b"ok"),
    "teams": Answer(status=202),
    "pagerduty": Answer(status=202, body=b'{"status":"success","message":"Event processed","dedup_key":"k-1"}'),
    "webhook": Answer(status=204),
}
PARTS = {"title": "Daily Revenue failed", "summary": "stale", "fallback": "failed", "text": "failed", "error": "no"}


def deliver(which: str, it: Vendor, *, limits: Limits | None = None) -> Receipt:
    kind = KINDS[which.partition(" ")[0]]
    there = to(which, it.base)
    (payload, *_) = kind.compose(a_message(there.kind, PARTS), there)
    return kind.deliver(payload, there, it.wire(limits=limits))


@pytest.mark.parametrize("which", CHANNELS)
def test_a_message_that_is_taken_is_done(which: str) -> None:
    with vendor(GOOD[which]) as it:
        receipt = deliver(which, it)
    assert receipt.verdict is Verdict.DONE
    assert len(it.seen) == 1
    assert it.seen[0].headers["Content-Type"].startswith("application/json")


PATHS = {
    "slack": "/channels/it/api/chat.postMessage",
    "slack webhook": "/channels/it/services/T00000000/B00000000/secretsecret",
    "teams": "/channels/it/workflows/abcdef/run?api-version=1&sig=verysecretsignature",
    "pagerduty": "/channels/it/v2/enqueue",
    "webhook": "/channels/it/hook/secret-path",
}


@pytest.mark.parametrize("which", CHANNELS)
def test_an_operator_s_base_replaces_the_host_and_keeps_path_and_query(which: str) -> None:
    with vendor(GOOD[which]) as it:
        deliver(which, it)
    assert it.seen[0].path == PATHS[which]


FAILURES = [
    (Answer(status=429, headers={"Retry-After": "17"}), Verdict.THROTTLED, 17.0),
    (Answer(status=500, body=b"<html>oops</html>"), Verdict.TRANSIENT, None),
    (Answer(status=503, headers={"Retry-After": "Fri, 20 Nov 2026 08:12:40 GMT"}), Verdict.TRANSIENT, 40.0),
    (Answer(status=302, headers={"Location": "http://169.254.169.254/latest"}), Verdict.PERMANENT, None),
    (Answer(status=404), Verdict.GONE, None),
    (Answer(status=410), Verdict.GONE, None),
    (Answer(instead=reset), Verdict.IN_DOUBT, None),
    (Answer(instead=garbage), Verdict.IN_DOUBT, None),
]


@pytest.mark.parametrize("which", CHANNELS)
@pytest.mark.parametrize(("answer", "verdict", "pause"), FAILURES)
def test_every_failure_of_a_vendor_is_a_verdict(
    which: str, answer: Answer, verdict: Verdict, pause: float | None
) -> None:
    with vendor(answer) as it:
        receipt = deliver(which, it)
    assert (receipt.verdict, receipt.retry_after) == (verdict, pause)
    assert len(it.seen) == 1, "nothing here tries again, and no redirect is followed"


@pytest.mark.parametrize("which", CHANNELS)
def test_no_receipt_holds_a_secret_even_if_the_vendor_sends_it_back(which: str) -> None:
    secrets = [each.reveal() for each in SETTINGS[which].values() if isinstance(each, Secret)]
    echoed = " ".join([*secrets, "secretsecret", "verysecretsignature"]).encode()
    with vendor(Answer(status=400, body=echoed)) as it:
        receipt = deliver(which, it)
    for secret in (*secrets, *(["secretsecret"] if "slack w" in which else [])):
        assert secret not in repr(receipt)


def test_nobody_listening_is_worth_another_try() -> None:
    with vendor() as it:
        pass
    receipt = deliver("pagerduty", it)
    assert (receipt.verdict, receipt.answer) == (Verdict.TRANSIENT, "no connection to 127.0.0.1")


def test_a_vendor_that_takes_too_long_leaves_the_message_in_doubt() -> None:
    def slow(handler: object) -> None:
        hold.wait(2)

    hold = Event()
    with vendor(Answer(instead=slow)) as it:
        receipt = deliver("pagerduty", it, limits=IMPATIENT)
        hold.set()
    assert receipt.verdict is Verdict.IN_DOUBT
    assert receipt.answer == "127.0.0.1 took too long to answer"


def test_an_answer_that_drips_ends_with_the_request_s_time() -> None:
    hold = Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not hold.wait(0.05):
            handler.wfile.write(b"a")
            handler.wfile.flush()

    with vendor(Answer(instead=drip)) as it:
        receipt = deliver("webhook", it, limits=replace(IMPATIENT, wait=1.0, total=1.5))
        hold.set()
    assert receipt.verdict is Verdict.IN_DOUBT


def test_half_an_answer_means_what_its_status_says_unless_the_body_decides() -> None:
    for which, verdict in (("webhook", Verdict.DONE), ("slack", Verdict.IN_DOUBT)):
        with vendor(Answer(instead=reset_mid_answer)) as it:
            assert deliver(which, it).verdict is verdict


def test_a_huge_answer_and_a_packed_one_are_read_to_a_bound() -> None:
    bomb = gzip.compress(b"a" * 50_000_000)
    plain: dict[str, str] = {}
    for body, headers in ((b"a" * 3_000_000, plain), (bomb, {"Content-Encoding": "gzip"})):
        with vendor(Answer(body=body, headers=headers)) as it:
            got = it.wire().http.request("POST", f"{it.base}/x", headers={})
        assert (got.status, got.whole, len(got.body)) == (200, False, 64 * 1024)


def test_a_packed_answer_that_nobody_asked_for_is_read() -> None:
    packed = gzip.compress(b'{"ok":true,"ts":"1"}')
    with vendor(Answer(body=packed, headers={"Content-Encoding": "gzip"})) as it:
        assert deliver("slack", it).verdict is Verdict.DONE
        assert it.seen[0].headers["Accept-Encoding"] == "identity"


# --- what each kind sends -------------------------------------------------------------------------------------------
def test_slack_s_bot_names_itself_and_returns_what_the_message_is_called() -> None:
    with vendor(GOOD["slack"]) as it:
        receipt = deliver("slack", it)
    assert it.seen[0].headers["Authorization"] == "Bearer xoxb-this-is-the-token"
    assert it.seen[0].data["channel"] == "C0987654321"
    assert receipt.vendor_id == "1700000000.000100"


def test_pagerduty_s_key_is_put_in_only_when_the_event_leaves() -> None:
    there = to("pagerduty")
    (payload,) = KINDS["pagerduty"].compose(a_message("pagerduty", PARTS), there)
    assert ROUTING_KEY not in repr(payload)
    with vendor(GOOD["pagerduty"]) as it:
        receipt = deliver("pagerduty", it)
    assert it.seen[0].data["routing_key"] == ROUTING_KEY
    assert receipt.vendor_id == "k-1"


def test_a_webhook_s_signature_is_what_the_standard_s_own_library_wants() -> None:
    with vendor(GOOD["webhook"]) as it:
        there = to("webhook", it.base)
        (payload,) = KINDS["webhook"].compose(a_message("webhook", PARTS), there)
        KINDS["webhook"].deliver(payload, there, Wire(http=it.wire().http))  # the library reads the true clock
    (seen,) = it.seen
    headers = {name.lower(): value for name, value in seen.headers.items()}
    assert Webhook(SIGNING).verify(seen.body, headers) == json.loads(seen.body)
    with pytest.raises(WebhookVerificationError):
        Webhook(SIGNING).verify(seen.body + b" ", headers)
    assert headers["x-token"] == "header-secret"
    assert b64decode(headers["authorization"].removeprefix("Basic ")) == b"alerts:basic-secret"


def test_a_webhook_s_id_is_the_same_in_every_try_and_another_for_another_alert() -> None:
    there = to("webhook")
    kind = KINDS["webhook"]
    ids = []
    for alert in (an_alert(), an_alert(), an_alert(id="another")):
        with vendor(GOOD["webhook"]) as it:
            (payload,) = kind.compose(a_message("webhook", PARTS, alert=alert), there)
            kind.deliver(payload, to("webhook", it.base), it.wire())
            ids.append({name.lower(): value for name, value in it.seen[0].headers.items()}["webhook-id"])
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_", "", "whsec_a"])
def test_a_secret_that_cannot_sign_sends_nothing(secret: str) -> None:
    with vendor() as it:
        there = to("webhook", it.base, settings={"sign": {"secret": Secret(secret)}})
        (payload,) = KINDS["webhook"].compose(a_message("webhook", PARTS), there)
        receipt = KINDS["webhook"].deliver(payload, there, it.wire())
    assert receipt.verdict is Verdict.PERMANENT
    assert it.seen == []


def test_a_policy_s_headers_can_neither_forge_a_signature_nor_move_the_request() -> None:
    hostile = {"Host": "evil", "webhook-id": "mine", "Content-Length": "1", "X-Fine": "yes"}
    with vendor() as it:
        there = to("webhook", it.base, settings={"headers": {k: Secret(v) for k, v in hostile.items()}})
        payload = Payload(role=Role.MAIN, content={"type": "t", "timestamp": "n", "data": {"a": 1}}, key="ours")
        KINDS["webhook"].deliver(payload, there, it.wire())
    headers = {name.lower(): value for name, value in it.seen[0].headers.items()}
    assert (headers["webhook-id"], headers["x-fine"]) == ("ours", "yes")
    assert headers["host"].startswith("127.0.0.1")
    assert headers["webhook-timestamp"] == str(int(NOW.astimezone(UTC).timestamp()))
