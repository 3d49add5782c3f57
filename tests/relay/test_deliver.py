from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import stamina

from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.channels.contract import Destination, Payload, Receipt, Role, Verdict
from reconciler.channels.send import Sent
from reconciler.errors import RuntimeFailure
from reconciler.model.alert import Alert, Case
from reconciler.relay.deliver import Deliverer

ALERT = synthetic_alert(Case.FAILURE)


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=4, cap=True)
    yield
    stamina.set_testing(False)


def receipt(verdict: Verdict, answer: str = "", *, retry_after: float | None = None) -> Receipt:
    return Receipt(verdict=verdict, answer=answer or verdict.value, retry_after=retry_after)


@dataclass
class Vendors:
    """Answers by channel, one for each try; the last one again and again."""

    answers: dict[str, list[Receipt]]
    tries: list[str] = field(default_factory=list)

    def send(self, alert: Alert, to: Destination, *, thread: str | None = None) -> tuple[Sent, ...]:
        self.tries.append(to.name)
        answers = self.answers[to.name]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        payload = Payload(role=Role.MAIN, content={}, key=alert.id)
        return (Sent(channel=to.name, kind=to.kind, payload=payload, receipt=found),)


def open_all(name: str) -> Destination:
    if name == "unset":
        raise RuntimeFailure("channel `unset` cannot be reached: the variable SLACK_URL is not set")
    return Destination(name=name, kind="slack")


def desk(vendors: Vendors, **fallbacks: str) -> Deliverer:
    return Deliverer(sender=vendors, destinations=open_all, fallbacks=fallbacks.get)


def test_what_arrives_at_once_is_sent_once() -> None:
    vendors = Vendors({"team": [receipt(Verdict.DONE)]})
    found = desk(vendors).deliver(ALERT, "team")
    assert (found.arrived, found.through, found.failed, vendors.tries) == (True, "team", (), ["team"])


@pytest.mark.parametrize("passing", [Verdict.THROTTLED, Verdict.TRANSIENT])
def test_what_passes_is_tried_again(passing: Verdict) -> None:
    vendors = Vendors({"team": [receipt(passing, retry_after=1.0), receipt(passing), receipt(Verdict.DONE)]})
    assert desk(vendors).deliver(ALERT, "team").arrived
    assert vendors.tries == ["team"] * 3


def test_a_message_in_doubt_is_not_sent_twice_and_the_fallback_is_told_too() -> None:
    vendors = Vendors({"team": [receipt(Verdict.IN_DOUBT, "no answer")], "mail": [receipt(Verdict.DONE)]})
    found = desk(vendors, team="mail").deliver(ALERT, "team")
    assert (found.arrived, found.through) == (True, "mail")
    assert found.failed == (("team", "it may have arrived: no answer"),)
    assert vendors.tries == ["team", "mail"]


def test_a_doubt_without_a_fallback_is_not_an_arrival() -> None:
    vendors = Vendors({"team": [receipt(Verdict.IN_DOUBT, "no answer")]})
    found = desk(vendors).deliver(ALERT, "team")
    assert not found.arrived
    assert found.failed == (("team", "it may have arrived: no answer"),)


@pytest.mark.parametrize("kind", ["pagerduty", "webhook", "monte_carlo"])
def test_a_vendor_that_tells_repetitions_by_their_key_is_asked_again_in_doubt(kind: str) -> None:
    vendors = Vendors({"oncall": [receipt(Verdict.IN_DOUBT), receipt(Verdict.DONE)]})
    deliverer = Deliverer(
        sender=vendors, destinations=lambda name: Destination(name=name, kind=kind), fallbacks={"oncall": "mail"}.get
    )
    assert deliverer.deliver(ALERT, "oncall").through == "oncall"
    assert vendors.tries == ["oncall", "oncall"]


@pytest.mark.parametrize("lasting", [Verdict.GONE, Verdict.PERMANENT])
def test_what_will_never_arrive_goes_through_the_fallback_at_once(lasting: Verdict) -> None:
    vendors = Vendors({"team": [receipt(lasting, "channel_is_archived")], "mail": [receipt(Verdict.DONE)]})
    found = desk(vendors, team="mail").deliver(ALERT, "team")
    assert (found.arrived, found.through) == (True, "mail")
    assert found.failed == (("team", "channel_is_archived"),)
    assert vendors.tries == ["team", "mail"]


def test_after_the_last_try_the_fallback_is_used() -> None:
    vendors = Vendors({"team": [receipt(Verdict.TRANSIENT)], "mail": [receipt(Verdict.DONE)]})
    assert desk(vendors, team="mail").deliver(ALERT, "team").through == "mail"
    assert vendors.tries == ["team"] * 4 + ["mail"]


def test_a_vendor_that_wants_longer_than_anybody_waits_is_left_for_the_fallback() -> None:
    vendors = Vendors({"team": [receipt(Verdict.THROTTLED, retry_after=3600.0)], "mail": [receipt(Verdict.DONE)]})
    assert desk(vendors, team="mail").deliver(ALERT, "team").through == "mail"
    assert vendors.tries == ["team", "mail"]


def test_a_reference_without_a_value_is_a_channel_that_failed() -> None:
    vendors = Vendors({"mail": [receipt(Verdict.DONE)]})
    found = desk(vendors, unset="mail").deliver(ALERT, "unset")
    assert found.through == "mail"
    assert found.failed[0][0] == "unset"
    assert "SLACK_URL is not set" in found.failed[0][1]


def test_where_nothing_helps_every_answer_is_told() -> None:
    vendors = Vendors({"team": [receipt(Verdict.GONE, "no_service")], "mail": [receipt(Verdict.PERMANENT, "550 no")]})
    found = desk(vendors, team="mail").deliver(ALERT, "team")
    assert not found.arrived
    assert found.failed == (("team", "no_service"), ("mail", "550 no"))
