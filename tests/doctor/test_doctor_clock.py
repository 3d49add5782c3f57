"""Clocks are compared, and what a host does not say is not held against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from reconciler.cloud.probe import Probe
from reconciler.doctor.connection import check_clock
from reconciler.doctor.patient import Patient
from reconciler.http import Client
from reconciler.model.checkup import Verdict

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@dataclass
class Host:
    said: datetime | None

    def server_time(self) -> datetime | None:
        return self.said


@dataclass
class Machine:
    probe: Host

    def clock(self) -> datetime:
        return NOW


@pytest.mark.parametrize(
    ("said", "verdict", "word"),
    [
        (NOW + timedelta(seconds=60), Verdict.OK, "agrees"),
        (NOW + timedelta(seconds=61), Verdict.WARNING, "61 s behind"),
        (NOW - timedelta(hours=1), Verdict.WARNING, "3600 s ahead of"),
        (None, Verdict.UNKNOWN, "do not say"),
    ],
)
def test_a_minute_is_near_enough(said: datetime | None, verdict: Verdict, word: str) -> None:
    (found,) = check_clock(cast("Patient", Machine(Host(said))))
    assert found.verdict is verdict
    assert word in found.found


def test_a_date_that_is_none_is_no_time() -> None:
    assert Probe(cast("Client", Silent()), 1).server_time() is None


class Silent:
    server_date = "yesterday"
