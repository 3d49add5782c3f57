"""The round: every check in its order, each a plain function of the patient. A new one is appended to CHECKS.

A check that meets an error of ours reports it with its next step; what depends on it says that it was not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from reconciler.doctor.connection import check_clock, check_host, check_token
from reconciler.doctor.keeping import check_ledger, check_sinks
from reconciler.doctor.patient import Patient
from reconciler.doctor.people import check_recipients, check_slack_linkers
from reconciler.doctor.sight import check_permissions, check_scope, check_writing
from reconciler.errors import AlertsError
from reconciler.model.checkup import Check

__all__ = ["CHECKS", "Patient", "examine"]

CHECKS: Final[tuple[tuple[str, Callable[[Patient], Iterator[Check]]], ...]] = (
    ("host", check_host),
    ("token", check_token),
    ("clock", check_clock),
    ("permissions", check_permissions),
    ("writing", check_writing),
    ("scope", check_scope),
    ("people", check_recipients),
    ("slack", check_slack_linkers),
    ("sinks", check_sinks),
    ("ledger", check_ledger),
)


def examine(patient: Patient) -> Iterator[Check]:
    """Yield what each check finds, as it finds it."""
    for name, check in CHECKS:
        try:
            yield from check(patient)
        except AlertsError as error:
            yield Check.failed(name, error.message, error.next_step)
