"""Drift only reads; it says nothing of what is not ours or is known, and never calls a blind spot peace."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler import reconcile
from reconciler.ledger.codec import decode, encode
from tests.scenarios.conformity_lab import HEAD, LEDGER, Bench
from tests.scenarios.drift_lab import Hands, findings, kinds, wants


@pytest.fixture
def hands(bench: Bench) -> Hands:
    bench.policy(wants())
    assert bench.apply()["exit_code"] == 0
    return Hands(bench)


# --- it only reads -------------------------------------------------------------------------------------------------
def test_it_sends_gets_only_and_never_the_get_that_delivers(bench: Bench, hands: Hands) -> None:
    hands.breaks_everything_repairable()
    ledger = LEDGER.read_bytes()
    bench.sandbox.control.clear_log()
    assert findings(bench)
    requests = bench.sandbox.control.log()
    assert {each["method"] for each in requests} == {"GET"}
    assert not [each for each in requests if each["path"].rstrip("/").endswith("/test") or each["effect"]]
    assert LEDGER.read_bytes() == ledger


def test_it_is_handed_nothing_that_can_write() -> None:
    taken = inspect.signature(reconcile.look_for_drift).parameters
    assert list(taken) == ["policy", "observer", "ledgers", "run"]
    offered = {name for seam in (reconcile.Observer, reconcile.LedgerReader) for name in vars(seam) if name[0] != "_"}
    assert not offered & {"save", "hold", "change_row", "create_subscription", "store", "acquire"}


def test_it_makes_no_writer_takes_no_lease_and_opens_no_sink(
    bench: Bench, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.breaks_everything_repairable()

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("drift wants to write")

    for place in ("cloud.writer.Writer.__init__", "ledger.FileStore.save", "ledger.FileStore.hold"):
        monkeypatch.setattr(f"reconciler.{place}", refuse)
    monkeypatch.setattr("reconciler.cli.places.sink_factory", refuse)
    assert findings(bench)


# --- it is quiet about others ----------------------------------------------------------------------------------------
def test_what_others_have_and_do_is_nobodys_drift(bench: Bench, hands: Hands) -> None:
    control, row = bench.sandbox.control, hands.user_row("maria")
    control.change("notifications", row["id"], on_failure=[*row["on_failure"], bench.job("Invoice Export")["id"]])
    hands.takes_out(hands.user_row("maria"), "Daily Ledger")
    control.change("notifications", bench.row(external_email="finance-data@acme.example")["id"], on_failure=[])
    control.change("webhooks", bench.webhook("incident bridge")["id"], active=False, deactivate_reason="dead")
    control.remove("webhooks", bench.webhook("everything to the lake")["id"])
    assert findings(bench) == []
    assert bench.run("drift").out.splitlines()[-1].startswith("No drift: ")


def test_what_was_given_up_is_ours_no_longer(bench: Bench, hands: Hands) -> None:
    orders = "  - {to: jonas, on: [failure], jobs: {project: Finance, environment: Production, name: Hourly Orders}}\n"
    text = wants("release:\n  - {to: jonas}\n  - {webhook: off}\n").replace(orders, "")
    hook = next(line for line in text.splitlines(keepends=True) if "name: off," in line)
    bench.policy(text.replace(hook, ""))
    hands.deactivates("jonas")
    hands.switches_off("off")
    assert findings(bench) == []


def test_what_the_policy_does_not_want_any_more_is_a_plans_business(bench: Bench, hands: Hands) -> None:
    hands.takes_out(hands.user_row("maria"), "Daily Revenue")
    bench.policy(wants().replace("[Daily Revenue, Month Close]", "Month Close"))
    assert findings(bench) == []
    assert "the policy in this folder is not the one last applied" in bench.run("drift").out
    assert bench.run("drift", "--json").json["policy_applied"] is False


# --- ignore_drift ----------------------------------------------------------------------------------------------------
def ignoring(*entries: str) -> str:
    return wants("ignore_drift:\n" + "".join(f"  - {{{each}}}\n" for each in entries))


Breaks = Callable[[Hands], None]


@pytest.mark.parametrize(
    ("breaks", "entry"),
    [
        (lambda hands: hands.switches_off("off"), 'webhook: "off"'),
        (lambda hands: hands.deletes(hands.user_row("maria")), "jobs: {project: Finance}"),
        (lambda hands: hands.deactivates("platform"), "to: room"),
    ],
)
def test_known_drift_is_counted_and_does_not_signal(bench: Bench, hands: Hands, breaks: Breaks, entry: str) -> None:
    breaks(hands)
    assert bench.run("drift", "--detailed-exitcode").code == 2
    bench.policy(ignoring(f"{entry}, until: 2999-01-01, reason: it is being moved"))
    quiet = bench.run("drift", "--detailed-exitcode")
    assert quiet.code == 0
    assert "ignored until 2999-01-01: it is being moved" in quiet.out
    document = bench.run("drift", "--json").json
    assert (document["findings"], document["counts"]["ignored"] > 0) == ([], True)


def test_an_entry_that_ended_covers_nothing_and_is_told(bench: Bench, hands: Hands) -> None:
    hands.switches_off("off")
    bench.policy(ignoring('webhook: "off", until: 2020-01-01, reason: a week'))
    told = bench.run("drift", "--detailed-exitcode")
    assert told.code == 2
    assert "ignore_drift of off ended on 2020-01-01 and covers nothing any more: remove it (policies" in told.out


def test_an_entry_that_matches_nothing_is_told(bench: Bench, hands: Hands) -> None:
    bench.policy(ignoring("to: jonas, until: 2999-01-01, reason: none"))
    told = bench.run("drift", "--detailed-exitcode")
    assert told.code == 0
    assert "ignore_drift of jonas covers nothing that was found" in told.out


def test_a_channel_that_is_being_moved_does_not_excuse_silence(bench: Bench, hands: Hands) -> None:
    hands.deletes(hands.user_row("maria"))
    bench.policy(ignoring("to: maria, until: 2999-01-01, reason: on leave"))
    assert kinds(bench) == ["coverage-lost"]


def test_the_rest_of_a_finding_is_still_told(bench: Bench, hands: Hands) -> None:
    hands.deletes(hands.user_row("maria"))
    bench.policy(ignoring("jobs: {name: Month Close}, until: 2999-01-01, reason: once a month"))
    revenue = bench.job("Daily Revenue")["id"]
    assert [[job["id"] for job in each["jobs"]] for each in findings(bench)] == [[revenue]] * 2


# --- blind spots -----------------------------------------------------------------------------------------------------
def test_an_empty_ledger_says_that_nothing_can_be_drift(bench: Bench) -> None:
    bench.policy(wants())
    told = bench.run("drift")
    assert told.code == 0
    assert told.out.splitlines()[-1].startswith("Nothing can be drift: the ledger is empty, new or lost")


def test_a_ledger_that_owns_nothing_is_no_peace_either(bench: Bench, hands: Hands) -> None:
    ledger = decode(LEDGER.read_text())
    LEDGER.write_text(encode(replace(ledger, claims={}, pending={}, subscriptions={})))
    assert "the ledger owns nothing" in bench.run("drift").out


def test_webhooks_that_the_token_may_not_read_are_not_gone(
    bench: Bench, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.switches_off("off")
    monkeypatch.setenv("DBT_CLOUD_TOKEN", bench.sandbox.control.add_token(permission="account_viewer")["token"])
    assert findings(bench) == []
    assert "this token may not read webhooks: whether ours are still there was not looked at" in bench.run("drift").out


def test_a_snapshot_shows_the_same_drift(bench: Bench, hands: Hands) -> None:
    hands.switches_off("off")
    hands.changes_webhook("narrowed", client_url="https://elsewhere.example/secret-path")
    assert bench.run("snapshot", "--out", "live.json").code == 0
    live = [(each["kind"], each["webhook"]) for each in findings(bench)]
    assert [(each["kind"], each["webhook"]) for each in findings(bench, "--live", "live.json")] == live
    assert "live is a snapshot of " in bench.run("drift", "--live", "live.json").out


# --- what it says ----------------------------------------------------------------------------------------------------
def test_a_url_is_told_by_its_fingerprint_only(bench: Bench, hands: Hands) -> None:
    hands.changes_webhook("narrowed", client_url="https://elsewhere.example/secret-path")
    for form in ((), ("--json",), ("--markdown",)):
        told = bench.run("drift", *form).out
        assert "elsewhere" in told
        assert "secret-path" not in told


@pytest.mark.parametrize("dispatched_at", ["1741082400000000", "2025-03-04T10:00:00+00:00"])
def test_the_last_delivery_is_told_in_words_on_either_backend(bench: Bench, hands: Hands, dispatched_at: str) -> None:
    hands.switches_off("off", dispatched_at=dispatched_at)
    assert "year" in findings(bench)[0]["details"][1]
    assert findings(bench)[0]["details"][1].endswith("ago, answered 410")


def test_json_and_markdown_are_one_or_the_other(bench: Bench) -> None:
    Path("policies").mkdir()
    Path("policies/a.yml").write_text(HEAD)
    assert bench.run("drift", "--json", "--markdown").code == 64


def test_a_wrong_policy_and_a_wrong_token_end_as_everywhere(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.policy("nonsense: true\n")
    assert bench.run("drift", "--detailed-exitcode").code == 3
    bench.policy(wants())
    monkeypatch.setenv("DBT_CLOUD_TOKEN", "wrong")
    assert bench.run("drift", "--detailed-exitcode").code == 1
