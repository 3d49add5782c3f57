"""Selectors by job type and schedule against a snapshot as the API gives it, not against values of our own making."""

import pytest

from reconciler.cloud import Reader
from reconciler.model.selector import Frequency
from reconciler.routing.selection import JobIndex
from tests.builders import selector


def test_jobs_are_selected_by_type_and_by_how_often_they_run(reader: Reader) -> None:
    inventory = reader.inventory()
    index = JobIndex(inventory)

    def chosen(**keys: object) -> set[str]:
        return {inventory.jobs[each].name for each in index.select(selector(**keys))}  # pyrefly: ignore

    assert chosen(job_types=["ci"]) == {"CI Finance", "CI Finance Full", "CI Growth", "CI Platform"}
    assert chosen(job_types=["merge"]) == {"Merge Growth"}
    hourly = {"Hourly Orders", "Hourly Payments", "Hourly Events", "Hourly Vendor Ingest", "Hourly Heartbeat"}
    assert chosen(at_least=Frequency.HOURLY) == {*hourly, "Source Freshness"}
    daily = chosen(at_least=Frequency.DAILY, environments=["Production"])
    assert {"Daily Revenue", "Experiment Results", "Snapshots", *hourly} <= daily
    assert daily.isdisjoint({"Invoice Export", "Weekly Funnel", "Old Attribution", "Legacy Marketing Load"})
    weekly = chosen(at_least=Frequency.WEEKLY, environments=["Production"])
    assert weekly - daily == {"Invoice Export", "Weekly Funnel", "Docs", "Budget Load [[budget-load]]"}
    monthly = chosen(at_least=Frequency.MONTHLY, environments=["Production"])
    assert monthly - weekly == {"Month Close"}


@pytest.mark.parametrize("frequency", list(Frequency))
def test_a_schedule_that_is_switched_off_is_none(reader: Reader, frequency: Frequency) -> None:
    """`cron` is there even when nothing is scheduled (reference §4.2)."""
    inventory = reader.inventory()
    chosen = JobIndex(inventory).select(selector(at_least=frequency))
    by_hand = {job.id for job in inventory.jobs.values() if not job.scheduled}
    assert by_hand
    assert chosen.isdisjoint(by_hand)
