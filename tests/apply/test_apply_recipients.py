"""What an apply does to recipients: additions before removals, foreign ids untouched, nothing believed unread."""

from __future__ import annotations

import pytest

from reconciler.errors import ExitCode, LedgerError
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import NotificationRow
from reconciler.model.ledger import Origin
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from reconciler.model.report import StopReason
from reconciler.plan.intent import Intent
from tests.apply.apply_lab import Lab, account
from tests.builders import dbt_email, dbt_slack, dbt_user, notification, policy, row, selector
from tests.doubles import in_doubt, refuses

MARIA, SLACK = RecipientKey.user(1), RecipientKey.slack("C0123456789")
MAIL = RecipientKey.email("finance@acme.example")
CHANNELS = (dbt_user(), dbt_email(owner="maria@acme.example"), dbt_slack())
FAILURE = Outcome.FAILURE


def tells(**routes: tuple[int, ...]) -> Policy:
    """Return a policy in which each named channel is told of failures of these jobs."""
    rules = [notification(to=(to.replace("_", "-"),), jobs=selector(ids=ids)) for to, ids in routes.items()]
    return policy(channels=CHANNELS, notifications=rules)


def applied(first: Policy, *rows: NotificationRow) -> Lab:
    made = Lab(cloud=account(*rows))
    assert made.apply(first).exit_code == 0
    made.cloud.trips.log.clear()
    made.cloud.trips.counts.clear()
    return made


def test_a_recipient_without_a_row_gets_one_with_the_settings_of_its_channel() -> None:
    made = Lab(cloud=account())
    assert made.apply(tells(data_alerts=(101,))).exit_code == 0
    (found,) = made.cloud.rows.values()
    assert (found.key, found.slack_channel_name, found.user_id) == (SLACK, "#data-alerts", 1)
    assert made.store.ledger.claims[Edge(SLACK, FAILURE, 101)].origin is Origin.CREATED


def test_foreign_ids_on_our_recipient_stay() -> None:
    made = applied(tells(maria=(101, 102)), row(id=1, key=MARIA, jobs={FAILURE: [999], Outcome.SUCCESS: [998]}))
    made.apply(tells(maria=(102, 103)))
    assert made.cloud.rows[1].jobs[FAILURE] == {102, 103, 999}
    assert made.cloud.rows[1].jobs[Outcome.SUCCESS] == {998}


def test_additions_come_before_removals_and_the_intent_before_both() -> None:
    made = applied(tells(maria=(101,)))
    made.apply(tells(data_alerts=(101,)))
    writes = [call for call in made.cloud.trips.log if call in {"save", "create_notification", "update_row"}]
    assert writes == ["save", "create_notification", "update_row", "save"]


def test_a_failed_addition_withholds_every_removal() -> None:
    made = applied(tells(maria=(101,)))
    made.cloud.trips.before[("create_notification", 0)] = refuses(400)
    report = made.apply(tells(data_alerts=(101,)))
    assert report.exit_code is ExitCode.PARTLY
    assert [len(report.failed), len(report.withheld), len(report.done)] == [1, 1, 0]
    assert Edge(MARIA, FAILURE, 101) in made.cloud.edges
    assert set(made.store.ledger.claims) == {Edge(MARIA, FAILURE, 101)}
    assert made.store.ledger.pending == {}


def test_a_write_that_is_answered_but_not_there_fails() -> None:
    made = applied(tells(maria=(101,)))
    made.cloud.trips.after[("update_row", 0)] = lambda: made.cloud.edit(_row_of(made, MARIA), {FAILURE: [101]})
    report = made.apply(tells(maria=(101, 102)))
    assert report.exit_code is ExitCode.PARTLY
    assert "re-reading does not show it" in report.failed[0].message
    assert Edge(MARIA, FAILURE, 102) not in made.store.ledger.claims


def test_the_run_stops_at_the_first_foreign_loss() -> None:
    made = applied(tells(maria=(101,)), row(id=1, key=MARIA, jobs={FAILURE: [999]}))
    made.cloud.trips.after[("update_row", 1)] = lambda: made.cloud.edit(1, {FAILURE: [101, 102]})
    report = made.apply(tells(maria=(102,)))
    assert report.foreign_lost == (Edge(MARIA, FAILURE, 999),)
    assert report.stopped is not None
    assert report.stopped.reason is StopReason.FOREIGN_LOST
    assert report.exit_code is ExitCode.FAILURE
    assert made.cloud.calls("update_row") == 1


def test_a_create_in_doubt_that_took_effect_is_found_and_not_repeated() -> None:
    made = Lab(cloud=account())
    made.cloud.trips.after[("create_notification", 1)] = in_doubt
    assert made.apply(tells(data_alerts=(101,))).exit_code == 0
    assert made.cloud.creates == [str(SLACK)]


def test_a_create_in_doubt_that_had_no_effect_is_made_after_looking() -> None:
    made = Lab(cloud=account())
    made.cloud.trips.before[("create_notification", 1)] = in_doubt
    assert made.apply(tells(data_alerts=(101,))).exit_code == 0
    looks = [call for call in made.cloud.trips.log if call in {"notifications_for", "create_notification"}]
    assert looks[:4] == ["notifications_for", "create_notification", "notifications_for", "create_notification"]


def test_an_update_in_doubt_is_decided_by_reading() -> None:
    made = applied(tells(maria=(101,)))
    made.cloud.trips.after[("update_row", 1)] = in_doubt
    assert made.apply(tells(maria=(101, 102))).exit_code == 0
    assert made.cloud.calls("update_row") == 1


def test_a_definite_refusal_is_not_tried_again() -> None:
    made = Lab(cloud=account())
    made.cloud.trips.before[("create_notification", 0)] = refuses(400)
    made.apply(tells(data_alerts=(101,)))
    assert made.cloud.calls("create_notification") == 1


def test_two_rows_that_appear_after_the_plan_block_the_recipient() -> None:
    made = applied(tells(maria=(101,)))
    plan = made.plan(tells(maria=(101, 102)))
    made.cloud.rows[77] = row(id=77, key=MARIA)
    report = made.run(plan)
    assert "2 rows" in report.failed[0].message
    assert made.cloud.calls("update_row") == 0


def test_a_deleted_row_is_revived_with_our_edges_only_and_what_it_held_is_told() -> None:
    made = Lab(cloud=account(row(id=1, key=SLACK, jobs={FAILURE: [555]}, deleted=True)))
    report = made.apply(tells(data_alerts=(101,)))
    assert made.cloud.edges == {Edge(SLACK, FAILURE, 101)}
    assert made.cloud.creates == []
    assert "failure of job 555" in report.notes[0]


def test_a_deleted_row_that_cannot_be_revived_is_followed_by_a_new_one() -> None:
    made = Lab(cloud=account(row(id=1, key=SLACK, jobs={FAILURE: [555]}, deleted=True)))
    made.cloud.revivable = False
    assert made.apply(tells(data_alerts=(101,))).exit_code == 0
    assert made.cloud.edges == {Edge(SLACK, FAILURE, 101)}


def test_a_duplicate_that_nobody_sees_is_blocked() -> None:
    made = Lab(cloud=account())
    detail = "Key (account_id, external_email)=(1, finance@acme.example) already exists."
    made.cloud.trips.before[("create_notification", 0)] = refuses(400, detail)
    report = made.apply(tells(finance_mail=(101,)))
    assert report.failed[0].message.startswith("blocked:")
    assert report.exit_code is ExitCode.PARTLY


def test_settle_does_again_what_a_concurrent_writer_undid() -> None:
    made = applied(tells(maria=(101,)))
    row_id = _row_of(made, MARIA)
    # The third look at the row is the settle pass: after the write's verification, and after the other recipient's.
    made.cloud.trips.before[("notification", 3)] = lambda: made.cloud.edit(row_id, {FAILURE: [101]})
    report = made.apply(tells(maria=(101, 102), data_alerts=(103,)))
    assert report.exit_code == 0
    assert made.cloud.calls("update_row") == 2
    assert Edge(MARIA, FAILURE, 102) in made.cloud.edges
    assert Edge(MARIA, FAILURE, 102) in made.store.ledger.claims


def test_what_is_taken_back_again_and_again_is_reported_and_not_claimed() -> None:
    made = applied(tells(maria=(101,)))
    row_id = _row_of(made, MARIA)

    def overwrites() -> bool:
        made.cloud.edit(row_id, {FAILURE: [101]})
        return False

    report = made.apply(tells(maria=(101, 102)), stop=overwrites)
    assert report.exit_code is ExitCode.PARTLY
    assert "another writer" in report.failed[0].message
    assert set(made.store.ledger.claims) == {Edge(MARIA, FAILURE, 101)}


def test_an_edge_that_somebody_else_made_meanwhile_is_adopted() -> None:
    made = applied(tells(maria=(101,)))
    plan = made.plan(tells(maria=(101, 102)))
    made.cloud.edit(_row_of(made, MARIA), {FAILURE: [101, 102]})
    assert made.run(plan).exit_code == 0
    assert made.store.ledger.claims[Edge(MARIA, FAILURE, 102)].origin is Origin.ADOPTED


def test_drift_is_left_alone_until_asked() -> None:
    made = applied(tells(maria=(101, 102)))
    made.cloud.edit(_row_of(made, MARIA), {FAILURE: [101]})
    report = made.apply(tells(maria=(101, 102)))
    assert report.exit_code == 0
    assert [result.message for result in report.deferred] == ["drift, which `--repair-drift` puts back"]
    assert made.cloud.edges == {Edge(MARIA, FAILURE, 101)}
    repair = Intent(repair_drift=True)
    assert made.apply(tells(maria=(101, 102)), intent=repair).exit_code == 0
    assert made.cloud.edges == {Edge(MARIA, FAILURE, 101), Edge(MARIA, FAILURE, 102)}


def test_additions_only_adds_and_takes_nothing() -> None:
    made = applied(tells(maria=(101, 102)))
    report = made.apply(tells(maria=(102, 103)), intent=Intent(additions_only=True))
    assert made.cloud.edges == {Edge(MARIA, FAILURE, number) for number in (101, 102, 103)}
    assert report.exit_code == 0
    assert len(report.deferred) == 1
    assert Edge(MARIA, FAILURE, 101) in made.store.ledger.claims


def test_an_interruption_finishes_the_write_in_hand_and_says_where_it_stands() -> None:
    made = applied(tells(maria=(101,)))
    answers = iter([False, True])
    report = made.apply(tells(maria=(101, 102), data_alerts=(103,)), stop=lambda: next(answers))
    assert report.exit_code is ExitCode.INTERRUPTED
    assert [len(report.done), len(report.withheld)] == [1, 1]
    assert len(made.store.ledger.pending) == 1
    assert made.apply(tells(maria=(101, 102), data_alerts=(103,))).exit_code == 0
    assert made.store.ledger.pending == {}


def test_a_ledger_that_cannot_be_written_stops_the_run_before_the_first_write() -> None:
    made = applied(tells(maria=(101,)))
    made.store.fails = True
    with pytest.raises(LedgerError, match="the ledger was written by somebody else"):
        made.apply(tells(data_alerts=(101,)))
    assert made.cloud.calls("create_notification") == made.cloud.calls("update_row") == 0


def test_a_plan_without_differences_writes_neither_dbt_cloud_nor_the_ledger() -> None:
    made = applied(tells(maria=(101,)))
    assert made.apply(tells(maria=(101,))).exit_code == 0
    assert made.cloud.trips.log == []


def test_an_addition_that_re_reading_does_not_show_withholds_the_removals() -> None:
    made = applied(tells(maria=(101,), data_alerts=(102,)))
    slack_row = _row_of(made, SLACK)
    made.cloud.trips.after[("update_row", 0)] = lambda: made.cloud.edit(slack_row, {FAILURE: [102]})
    report = made.apply(tells(data_alerts=(101, 102)))
    assert [len(report.failed), len(report.withheld)] == [1, 1]
    assert Edge(MARIA, FAILURE, 101) in made.cloud.edges


def _row_of(made: Lab, key: RecipientKey) -> int:
    return next(each.id for each in made.cloud.rows.values() if each.key == key and not each.deleted)
