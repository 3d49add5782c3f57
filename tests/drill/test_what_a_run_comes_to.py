"""A run of alert-test: stages in their order, evidence kept before it is shown, and the proof that a code gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from reconciler.drill.bench import Bench
from reconciler.drill.codes import seal
from reconciler.drill.run import STAGES, confirmed, perform
from reconciler.errors import RuntimeFailure, UsageError
from reconciler.model.evidence import Evidence, Stage, Standing
from tests.drill.bench_lab import Vendor, bench, receipt, route
from tests.drill.evidence_lab import NOON, seen

CODE = "7f3a9c-AAAAA-BBBBB"


def sent(route: str, code: str, *, standing: Standing = Standing.ACCEPTED) -> Evidence:
    return seen(route, standing=standing, sealed=seal(code))


def given(history: Sequence[Evidence], code: str, *channels: str) -> list[str]:
    found = confirmed(history, code, channels=channels, at=NOON, number=lambda: "9", by="maria")
    assert all(each.standing is Standing.PROVED and each.answer == "maria gave the code back" for each in found)
    return [each.route for each in found]


# --- running --------------------------------------------------------------------------------------------------------
def test_each_piece_is_kept_before_it_is_shown() -> None:
    kept: list[Evidence] = []
    used = bench(routes=[route("a"), route("b")], vendor=Vendor([receipt()]))
    run = perform(used, [Stage.DELIVER, Stage.RENDER], keep=kept.append, may_page=lambda _: True)
    shown = []
    for each in run:
        shown.append(each)
        assert kept == shown
    assert [each.stage for each in shown] == [Stage.RENDER] * 2 + [Stage.DELIVER] * 2


def test_what_may_not_ring_is_rendered_and_not_written_to() -> None:
    vendor = Vendor([receipt()])
    used = bench(routes=[route("pager", pages=True)], vendor=vendor)
    found = perform(used, [Stage.RENDER, Stage.DELIVER], keep=lambda _: None, may_page=lambda _: False)
    assert [each.stage for each in found] == [Stage.RENDER]
    assert vendor.said == []
    assert used.notebook.skipped == ["pager wakes people: `--page --tier TIER` tests it"]


def test_a_stage_that_breaks_off_is_its_own_failure_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Bench) -> Iterator[Evidence]:
        yield seen("first", stage=Stage.CONTACTS)
        raise RuntimeFailure("dbt Cloud answered 503", next_step="look at its status page")

    monkeypatch.setattr("reconciler.drill.run.STAGES", {**STAGES, Stage.CONTACTS: broken})
    used = bench(routes=[route("a")], vendor=Vendor([receipt()]))
    found = list(perform(used, [Stage.CONTACTS, Stage.DELIVER], keep=lambda _: None, may_page=lambda _: True))
    assert [(each.route, each.standing) for each in found] == [
        ("first", Standing.ACCEPTED),
        ("stage:contacts", Standing.FAILED),
        ("a", Standing.ACCEPTED),
    ]
    assert (found[1].answer, found[1].fix) == ("dbt Cloud answered 503", "look at its status page")


# --- a code that is given back --------------------------------------------------------------------------------------
def test_a_code_proves_its_own_message_alone() -> None:
    history = [sent("mail", CODE), sent("leads", "7f3a9c-CCCCC-DDDDD")]
    assert given(history, CODE) == ["mail"]
    assert given(history, "7F3A9C ccccc ddddd") == ["leads"]


@pytest.mark.parametrize("nothing", ["7f3a9c", "7f3a9c-AAAAA-CCCCC", "", "-"])
def test_the_tests_id_alone_proves_nothing(nothing: str) -> None:
    with pytest.raises(UsageError, match="no test waits for the code"):
        given([sent("mail", CODE), seen("old", correlation="7f3a9c")], nothing)


def test_a_failed_or_read_back_message_waits_for_no_code() -> None:
    for standing in (Standing.FAILED, Standing.PROVED):
        with pytest.raises(UsageError):
            given([sent("mail", CODE, standing=standing)], CODE)


def test_a_code_of_another_channel_is_refused_with_its_own() -> None:
    with pytest.raises(UsageError, match="the code 7f3a9c-AAAAA-BBBBB went to: mail"):
        given([sent("mail", CODE), sent("leads", "x")], CODE, "leads")


def test_what_was_proved_before_is_not_proved_again() -> None:
    waiting = sent("mail", CODE)
    history = [waiting, *confirmed([waiting], CODE, channels=(), at=NOON, number=lambda: "2", by="maria")]
    assert given(history, CODE) == []


def test_a_proof_of_last_month_is_none_of_this_months() -> None:
    last, now = sent("mail", "aaaaaa-AAAAA-BBBBB"), sent("mail", CODE)
    proof = confirmed([last], "aaaaaa-AAAAA-BBBBB", channels=(), at=NOON, number=lambda: "2", by="maria")
    assert given([last, *proof, now], CODE) == ["mail"]


def test_the_canarys_code_is_its_run_and_the_channel_has_to_be_named() -> None:
    history = [seen(name, stage=Stage.CANARY, correlation="4711") for name in ("maria", "room")]
    with pytest.raises(UsageError, match="went to: maria, room"):
        given(history, "4711")
    assert given(history, "4711", "room") == ["room"]
    assert given(history[:1], "4711") == ["maria"]
    with pytest.raises(UsageError):
        given(history, "")
