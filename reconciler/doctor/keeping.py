"""What must be kept between two runs: webhooks' secrets and the ledger."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

from reconciler.doctor.patient import Patient
from reconciler.errors import AlertsError
from reconciler.model.checkup import Check
from reconciler.model.policy import SecretSink, SinkKind
from reconciler.secrets.command import COMMAND

__all__ = ["check_ledger", "check_sinks"]


def check_sinks(patient: Patient) -> Iterator[Check]:
    """Look at the sink of every webhook without running anything: the operator's program runs in `apply` only."""
    policy = patient.policy
    sinks = [(rule.key, rule.secret_sink) for rule in policy.webhooks if rule.secret_sink is not None]
    if policy.relay_sink is not None:
        sinks.append(("relay", policy.relay_sink))
    for key, sink in sinks:
        yield _sink(key, sink, patient)


def _sink(key: str, sink: SecretSink, patient: Patient) -> Check:
    try:
        patient.sinks(sink, key)
    except AlertsError as error:
        return Check.failed("sinks", error.message, error.next_step)
    trouble = _missing_program(patient) if sink.kind is SinkKind.COMMAND else _closed_folder(sink)
    if trouble is not None:
        return Check.failed("sinks", f"the sink of {key}: {trouble[0]}", trouble[1])
    return Check.ok("sinks", f"the sink of {key} ({sink.kind.value}) is there")


def _missing_program(patient: Patient) -> tuple[str, str] | None:
    program = shlex.split(patient.environ[COMMAND])[0]
    if shutil.which(program, path=patient.environ.get("PATH")) is not None:
        return None
    return f"the program {program} is not found, or may not be run", f"correct {COMMAND}"


def _closed_folder(sink: SecretSink) -> tuple[str, str] | None:
    folder = Path(sink.path or ".").absolute().parent
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if os.access(there, os.W_OK | os.X_OK):
        return None
    return f"{there} is not writable", "let this user write there, or give another `path`"


def check_ledger(patient: Patient) -> Iterator[Check]:
    """Read the ledger, and those of other managers where the store is shared."""
    store = patient.ledgers()
    place = (patient.host, patient.account_id, patient.policy.manager)
    ledger, others = store.load(*place), store.others(*place)
    if ledger.empty:
        yield Check.warning(
            "ledger",
            "the ledger is empty: new, or lost. Without it nothing is ever removed",
            "before the first apply that is as it should be; a lost one comes back by `dbt-alerts ledger rebuild`",
        )
    else:
        owned = f"{len(ledger.claims)} edges and {len(ledger.subscriptions)} webhooks"
        yield Check.ok("ledger", f"generation {ledger.generation}, owns {owned}")
    if patient.readable and (lost := [edge for edge in ledger.claims if edge.job_id not in patient.inventory.jobs]):
        yield Check.failed(
            "ledger",
            f"{len(lost)} alerts of ours are on jobs that the token does not see",
            "has it lost a project? Nothing of them is removed, and nothing of them is watched",
        )
    if ledger.pending:
        yield Check.warning(
            "ledger",
            f"{len(ledger.pending)} edges are pending: a run died or could not verify them",
            "run `dbt-alerts apply` again: it finds out what became of them",
        )
    if others.ledgers:
        names = ", ".join(sorted(each.manager for each in others.ledgers))
        yield Check.ok("ledger", f"other managers of this account: {names}")
