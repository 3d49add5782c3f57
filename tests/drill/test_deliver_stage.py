"""Stage deliver: what evidence says of each answer, what a message carries, who is written to first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from reconciler.channels.contract import Destination, Verdict
from reconciler.drill.codes import fits
from reconciler.drill.stages.deliver import stage
from reconciler.errors import RuntimeFailure
from reconciler.model.evidence import Standing
from reconciler.model.secret import Secret
from tests.drill.bench_lab import Vendor, bench, receipt, route


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=4, cap=True)
    yield
    stamina.set_testing(False)


def test_what_was_taken_is_accepted_and_waits_for_its_code() -> None:
    vendor = Vendor([receipt(seconds=0.25)])
    (found,) = stage(bench(routes=[route()], vendor=vendor))
    (alert,) = vendor.said
    assert alert.test is not None
    assert (found.standing, found.seconds, found.owners) == (Standing.ACCEPTED, 0.25, ("maria@acme.example",))
    assert found.answer.startswith("ok; whoever reads it proves it")
    assert fits(alert.test.code, found.sealed)
    assert alert.test.code not in repr(found)


def test_each_message_has_its_own_code_and_incident_and_one_test_has_one_id() -> None:
    vendor = Vendor([receipt()])
    found = list(stage(bench(routes=[route("a"), route("b")], vendor=vendor)))
    assert len({alert.test.code for alert in vendor.said if alert.test}) == 2
    assert len({alert.incident for alert in vendor.said}) == 2
    assert {each.correlation for each in found} == {"7f3a9c21"}
    assert {alert.oncall for alert in vendor.said} == {None}


@pytest.mark.parametrize("settings", [{"token": Secret("xoxb"), "channel_id": "C1"}])
def test_where_the_vendor_shows_the_message_again_nobody_is_asked(settings: dict[str, object]) -> None:
    vendor = Vendor([receipt(Verdict.GONE, "is_archived")])
    (found,) = stage(bench(routes=[route(kind="slack")], vendor=vendor, settings=settings))
    assert vendor.said[0].test is not None
    assert (vendor.said[0].test.code, found.sealed) == ("", "")


def test_a_vendor_that_shows_us_our_message_does_not_give_the_code_away() -> None:
    vendor = Vendor([receipt(answer="taken: 7f3a9c21-AAAA2-BBBB2")])
    (found,) = stage(bench(routes=[route()], vendor=vendor))
    assert found.answer.startswith("taken: (the code);")


@pytest.mark.parametrize("verdict", [each for each in Verdict if each is not Verdict.DONE])
def test_every_other_answer_is_a_failure_with_something_to_do(verdict: Verdict) -> None:
    (found,) = stage(bench(routes=[route()], vendor=Vendor([receipt(verdict, "no")])))
    assert (found.standing, found.answer, found.sealed) == (Standing.FAILED, f"{verdict}: no", "")
    assert found.fix


@pytest.mark.parametrize("passing", [Verdict.THROTTLED, Verdict.TRANSIENT])
def test_the_same_message_is_tried_again(passing: Verdict) -> None:
    vendor = Vendor([receipt(passing), receipt(passing), receipt()])
    (found,) = stage(bench(routes=[route()], vendor=vendor))
    assert found.standing is Standing.ACCEPTED
    assert len(vendor.said) == 3
    assert vendor.said[0] == vendor.said[1] == vendor.said[2]


def test_a_recipient_who_was_refused_is_a_failure() -> None:
    (found,) = stage(bench(routes=[route()], vendor=Vendor([receipt(untold=("old@acme.example",))])))
    assert (found.standing, found.answer) == (Standing.FAILED, "old@acme.example was refused")


def test_nothing_to_send_is_a_failure() -> None:
    (found,) = stage(bench(routes=[route()], vendor=Vendor()))
    assert found.standing is Standing.FAILED


def test_a_reference_without_a_value_is_a_failure_of_its_route_alone() -> None:
    def opened(name: str) -> Destination:
        if name == "unset":
            raise RuntimeFailure("the variable X is not set", next_step="export X=…")
        return Destination(name=name, kind="webhook")

    found = {each.route: each for each in stage(bench(routes=[route("a"), route("unset")], destination=opened))}
    assert {name: each.standing for name, each in found.items()} == {"a": Standing.ACCEPTED, "unset": Standing.FAILED}
    assert (found["unset"].answer, found["unset"].fix) == ("the variable X is not set", "export X=…")


def test_whoever_is_not_woken_is_written_to_before_whoever_is() -> None:
    vendor = Vendor([receipt()])
    routes = [route("phone", pages=True), route("room"), route("pager", pages=True), route("mail")]
    found = [each.route for each in stage(bench(routes=routes, vendor=vendor))]
    assert {*found[:2]} == {"room", "mail"}
    assert {*found[2:]} == {"phone", "pager"}


def test_native_channels_are_the_canarys() -> None:
    assert list(stage(bench(routes=[route(kind="dbt_user", relayed=False)]))) == []
