"""The steps of a run: which there are, which one goes wrong, and what they log (reference §5.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from reconciler.sandbox.outcomes import Outcome
from reconciler.sandbox.store import Store

__all__ = ["DOCS", "FRESHNESS", "Step", "StepKind", "impossible_commands", "planned_steps", "troubled_step"]

FRESHNESS = "dbt source freshness"
DOCS = "dbt docs generate"


class StepKind(StrEnum):
    """What a step's command leaves behind."""

    PREPARE = "prepare"  # clone, profile, deps: no artifact
    NODES = "nodes"  # run_results.json and manifest.json
    OPERATION = "operation"
    FRESHNESS = "freshness"  # sources.json
    DOCS = "docs"  # catalog.json


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step; `index` counts from 1, as `?step=N` does. `command` is empty for what dbt Cloud does itself."""

    index: int
    name: str
    command: str
    kind: StepKind
    verb: str


def planned_steps(commands: Sequence[str], *, sources: bool, docs: bool) -> tuple[Step, ...]:
    """List a run's steps: dbt Cloud's own three, freshness if asked for, the job's commands, docs if asked for."""
    asked = [*([FRESHNESS] if sources else []), *commands, *([DOCS] if docs else [])]
    named = [
        ("Clone git repository", ""),
        ("Create profile from connection", ""),
        *((f"Invoke dbt with `{command}`", command) for command in ("dbt deps", *asked)),
    ]
    return tuple(
        Step(index=number, name=name, command=command, kind=_kind(command), verb=_verb(command))
        for number, (name, command) in enumerate(named, start=1)
    )


_DBT_VERBS = frozenset(
    {"build", "run", "test", "seed", "snapshot", "compile", "docs", "source", "run-operation", "retry", "clone", "show"}
    | {"deps", "clean", "debug", "parse", "list", "ls", "init", "sl"}
)


def impossible_commands(store: Store, commands: Sequence[str]) -> list[str]:
    """List the overriding commands that dbt would refuse: no command of its own, or a macro that no job here runs.

    A selection that finds nothing is none of them: dbt says that there is nothing to do, and the run is a success.
    """
    run_by_jobs = {command for job in store.find("jobs") for command in job.get("execute_steps") or []}
    return [each for each in commands if _is_impossible(each) and each not in run_by_jobs]


def _is_impossible(command: str) -> bool:
    words = [word for word in command.split() if not word.startswith("-")]
    if words[:1] != ["dbt"] or len(words) < 2 or words[1] not in _DBT_VERBS:
        return True
    return words[1] == "run-operation"


def troubled_step(steps: Sequence[Step], outcome: Outcome, impossible: Sequence[str] = ()) -> Step | None:
    """Choose the step that fails or warns; None for an end without trouble.

    A failure is the first step that builds anything; a warning the first that tests: `dbt run` has nothing to warn of.
    """
    working = [step for step in steps if step.kind is not StepKind.PREPARE]
    match outcome:
        case Outcome.FAILURE if impossible:
            wanted = [step for step in steps if step.command in impossible]
        case Outcome.FAILURE:
            wanted = [step for step in working if step.kind in (StepKind.NODES, StepKind.OPERATION)]
        case Outcome.WARNING:
            wanted = [step for step in working if step.kind is StepKind.FRESHNESS or step.verb in ("build", "test")]
        case _:
            return None
    return next(iter([*wanted, *working, *steps[-1:]]), None)


def _verb(command: str) -> str:
    words = [word for word in command.split()[1:] if not word.startswith("-")]
    return words[0] if words else ""


def _kind(command: str) -> StepKind:
    match _verb(command):
        case "source":
            return StepKind.FRESHNESS
        case "docs":
            return StepKind.DOCS
        case "run-operation":
            return StepKind.OPERATION
        case "" | "deps" | "clean" | "debug" | "parse" | "list" | "ls" | "init":
            return StepKind.PREPARE
        case _:
            return StepKind.NODES
