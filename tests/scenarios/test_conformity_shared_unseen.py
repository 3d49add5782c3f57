"""Issue 3, sentence by sentence: what cannot be seen is not gone, and what would be lost is said before it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.errors import LedgerError
from reconciler.ledger.reading import read_ledger
from tests.scenarios.conformity_lab import LEDGER, Bench

NO_SINK = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}
notifications:
  - {to: maria, on: [failure], jobs: {project: Finance, environment: {type: production}}}
"""
POLICY = (
    NO_SINK
    + """\
webhooks:
  - name: hook
    url: "https://catalog.acme.example/dbt"
    on: [completed]
    jobs: {project: Finance}
    secret_sink: {store: file, path: .dbt-alerts/hook.secret}
"""
)
KEY = "default/hook"


@pytest.fixture
def applied(bench: Bench) -> Bench:
    bench.policy(POLICY)
    assert bench.run("apply").code == 0
    return bench


def may_not_read_webhooks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_CLOUD_TOKEN", bench.sandbox.control.add_token(permission="account_viewer")["token"])


def test_verify_does_not_call_a_webhook_gone_that_the_token_may_not_read(
    applied: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_not_read_webhooks(applied, monkeypatch)
    done = applied.run("ledger", "verify", "--json", "--detailed-exitcode")
    (finding,) = done.json["findings"]
    assert (finding["kind"], finding["asks"], finding["examples"]) == ("webhooks-unseen", False, [KEY])
    assert done.code == 0


def test_rotate_does_not_call_a_webhook_gone_that_the_token_may_not_read(
    applied: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = applied.ledger()["subscriptions"]
    may_not_read_webhooks(applied, monkeypatch)
    done = applied.run("rotate", KEY)
    assert done.code == 1
    assert "may not read webhooks" in done.err
    assert "permission set Webhook" in done.err
    assert applied.ledger()["subscriptions"] == before


def test_a_rotation_is_not_finished_by_a_token_that_cannot_see_the_old_webhook(
    applied: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be recorded as off, and stay on."""
    old = applied.sandbox.control.rows("webhooks")[0]["id"]
    ledger = applied.ledger()
    ledger["subscriptions"][0]["retired"] = [{"id": old, "receipt": None, "since": ""}]
    LEDGER.write_text(json.dumps(ledger))
    may_not_read_webhooks(applied, monkeypatch)
    assert applied.run("rotate", KEY).code == 1
    assert applied.ledger()["subscriptions"][0]["retired"][0]["since"] == ""


def test_verify_knows_a_rotation_that_did_not_end(applied: Bench) -> None:
    ledger = applied.ledger()
    ledger["subscriptions"][0]["successor"] = {"id": None, "receipt": None}
    LEDGER.write_text(json.dumps(ledger))
    (finding,) = applied.run("ledger", "verify", "--json").json["findings"]
    assert (finding["kind"], finding["asks"]) == ("webhook-unfinished", True)
    assert f"dbt-alerts rotate {KEY}" in finding["next_step"]


def test_a_rebuild_says_that_webhooks_were_not_looked_at_and_a_second_one_adds_them(
    applied: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    LEDGER.unlink()
    with monkeypatch.context() as patch:
        may_not_read_webhooks(applied, patch)
        done = applied.run("ledger", "rebuild")
        assert "may not read webhooks" in done.out
    found = applied.run("ledger", "rebuild", "--merge", "--json").json
    assert (found["edges"], found["webhooks"], found["webhooks_unseen"]) == (0, 1, False)


def test_a_rebuild_counts_the_model_notifications_that_it_claimed(bench: Bench) -> None:
    bench.policy(NO_SINK + "model_notifications: {environment: Production, project: Finance, on: [failure, skipped]}\n")
    assert bench.run("apply").code == 0
    LEDGER.unlink()
    assert "2 outcome(s) of models" in bench.run("ledger", "rebuild").out


def test_doctor_in_ci_finds_the_ledger_that_apply_would_refuse(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.policy(NO_SINK)
    monkeypatch.setenv("CI", "true")
    found = bench.run("doctor", "--json")
    failed = [each for each in found.json["checks"] if each["name"] == "ledger"]
    assert found.code == 1
    assert "DBT_ALERTS_DURABLE" in failed[0]["next_step"]
    assert bench.run("apply").code == 4
    monkeypatch.setenv("DBT_ALERTS_DURABLE", str(Path.cwd()))
    assert bench.run("doctor").code == 0
    assert bench.run("apply").code == 0


def test_nobody_is_told_to_move_another_managers_damaged_ledger_away() -> None:
    """Without it, what that manager owns would look like nobody's, and could be removed."""
    with pytest.raises(LedgerError) as damaged:
        read_ledger(b"{", "the file growth.json", None)
    assert "Another manager's must be restored" in damaged.value.next_step
