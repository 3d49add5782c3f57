"""`ignore_drift` ends with the first moment of its day, where the policy's people live."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from reconciler.drift.ignore import sift
from reconciler.drift.looked import Looked
from reconciler.model.drift import DriftFinding, DriftKind, Repair
from reconciler.model.edge import RecipientKey
from reconciler.model.ledger import Ledger
from reconciler.model.plan import Plan
from reconciler.model.policy import IgnoredDrift
from reconciler.plan.desire import desire
from tests.builders import ACCOUNT_ID, HOST, at, claim, edge, inventory, job, policy, selector

MARIA = RecipientKey.user(1)
FINDING = DriftFinding(
    kind=DriftKind.EDGE_REMOVED,
    what="",
    next_step="",
    repair=Repair.REPAIR_DRIFT,
    recipient=MARIA,
    jobs=(101, 102, 999),
)
HOOK = replace(FINDING, kind=DriftKind.WEBHOOK_PAUSED, recipient=None, webhook="finance/lineage", jobs=(101,))
ENTRY = IgnoredDrift(at=at(), team="finance", until=date(2026, 3, 1), reason="moved")


def looked(now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> Looked:
    live = inventory(jobs=[job(), job(id=102, name="Gone", deleted=True)])
    owned = claim(edge(key=MARIA), channel="maria")
    held = Ledger(host=HOST, account_id=ACCOUNT_ID, manager="acme", generation=1, claims={owned.edge: owned})
    plan = Plan(host=HOST, account_id=ACCOUNT_ID, manager="acme", policy_digest="")
    return Looked(plan=plan, desired=desire(policy(), live), inventory=live, ledger=held, now=now)


def left(entry: IgnoredDrift, *, finding: DriftFinding = FINDING) -> tuple[int, ...] | None:
    """Return the jobs that are still told; None where nothing is."""
    sifted = sift([finding], [entry], looked=looked(), timezone="UTC")
    return sifted.findings[0].jobs if sifted.findings else None


@pytest.mark.parametrize(
    ("moment", "timezone", "told"),
    [
        ("2026-02-28T23:59:59+00:00", "UTC", False),
        ("2026-03-01T00:00:00+00:00", "UTC", True),
        ("2026-03-01T04:59:59+00:00", "America/New_York", False),
        ("2026-03-01T05:00:00+00:00", "America/New_York", True),
        ("2026-02-28T22:59:59+00:00", "Europe/Berlin", False),
        ("2026-02-28T23:00:00+00:00", "Europe/Berlin", True),
    ],
)
def test_an_entry_ends_at_midnight_where_the_policy_is(moment: str, timezone: str, told: bool) -> None:
    entry = replace(ENTRY, to="maria")
    sifted = sift([FINDING], [entry], looked=looked(datetime.fromisoformat(moment)), timezone=timezone)
    assert bool(sifted.findings) is told
    assert bool(sifted.ignored) is not told
    assert bool(sifted.notes) is told


def test_a_channel_covers_what_the_ledger_knows_by_its_name() -> None:
    assert left(replace(ENTRY, to="maria")) is None
    assert left(replace(ENTRY, to="somebody")) == FINDING.jobs


def test_jobs_cover_their_part_deleted_ones_too_and_one_in_no_list_by_its_id() -> None:
    assert left(replace(ENTRY, jobs=selector(names=["Daily Revenue"]))) == (102, 999)
    assert left(replace(ENTRY, jobs=selector(names=["Gone"]))) == (101, 999)
    assert left(replace(ENTRY, jobs=selector(ids=[999]))) == (101, 102)
    assert left(replace(ENTRY, jobs=selector(everything=True))) is None


def test_both_keys_must_hold() -> None:
    assert left(replace(ENTRY, to="somebody", jobs=selector(everything=True))) == FINDING.jobs


def test_a_webhook_is_covered_by_its_name_in_its_team_and_by_nothing_else() -> None:
    assert left(replace(ENTRY, webhook="lineage"), finding=HOOK) is None
    assert left(replace(ENTRY, webhook="lineage", team="growth"), finding=HOOK) == (101,)
    assert left(replace(ENTRY, jobs=selector(everything=True)), finding=HOOK) == (101,)
    assert left(replace(ENTRY, webhook="lineage")) == FINDING.jobs


def test_a_lost_ledger_cannot_be_ignored() -> None:
    lost = replace(FINDING, kind=DriftKind.LEDGER_LOST, recipient=None, about="the ledger", jobs=())
    assert left(replace(ENTRY, jobs=selector(everything=True)), finding=lost) == ()


def test_what_is_ignored_is_what_was_found() -> None:
    sifted = sift([FINDING], [replace(ENTRY, jobs=selector(ids=[101]))], looked=looked(), timezone="UTC")
    (ignored,) = sifted.ignored
    assert [finding.jobs for finding in (*ignored.findings, *sifted.findings)] == [(101,), (102, 999)]
