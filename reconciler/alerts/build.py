"""From what happened, and what the policy says of the job, to an alert: complete whatever is known of the run.

Pure. Every address of dbt Cloud is made of the configured host and ids, every address of code of the repository that
the policy or dbt Cloud names: one that stands in an event, a name or a message is text and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from reconciler.alerts.causes.likely import likely_cause
from reconciler.alerts.failures import Reading, affected, failed_step, failed_things, skipped_of
from reconciler.alerts.history import last_good, past_of
from reconciler.alerts.identity import conversation_of, incident_of, message_id
from reconciler.alerts.links import Links
from reconciler.alerts.missing import what_is_missing
from reconciler.alerts.next_actions import Situation, next_actions
from reconciler.alerts.owners import node_owners_of_policy
from reconciler.alerts.repository import Repository, repository_at, repository_of_remote
from reconciler.model.alert import (
    Action,
    Alert,
    AlertJob,
    AlertRun,
    Case,
    Change,
    Drill,
    Escalated,
    FailedThing,
    Lateness,
    LikelyCause,
    Slowness,
)
from reconciler.model.layers import Layer
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from reconciler.model.position import NOWHERE
from reconciler.model.run import Event, NodeStatus, RunFacts
from reconciler.model.telling import Cause, Occasion
from reconciler.routing.effective import Effective, effective
from reconciler.routing.place import Placed

__all__ = ["NO_TIER_WORD", "Asked", "build_alert"]

NO_TIER_WORD: Final = "ALERT"
_BAD: Final = frozenset({NodeStatus.FAILED, NodeStatus.ERROR})
_WARNED: Final = frozenset({NodeStatus.WARNED})
_TROUBLE: Final = frozenset({Outcome.FAILURE, Outcome.WARNING, Outcome.CANCELLED})
_GOOD: Final = frozenset({Outcome.SUCCESS, Outcome.STARTED, Outcome.RECOVERED})
_OF_ITS_OWN: Final = frozenset({Occasion.ESCALATION, Occasion.TICKET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an alert is made of. `host` and `account_id` are the configured ones, references opened.

    `tier` is the one that counts after a promotion, None the rule's own; `promoted_because` says why. `at` is when it
    happened: by default when the run ended, else when the event was made. `recovered_from` is when the incident began
    that is over now, `recovered_outcome` its kind. Without facts an alert is complete and says what is missing.
    """

    policy: Policy
    placed: Placed
    outcome: Outcome
    now: datetime
    host: str
    account_id: int
    at: datetime | None = None
    cause: Cause | None = None
    tier: str | None = None
    promoted_because: str = ""
    occasion: Occasion = Occasion.AT_ONCE
    facts: RunFacts | None = None
    event: Event | None = None
    late: Lateness | None = None
    slow: Slowness | None = None
    escalated: Escalated | None = None
    recovered_from: datetime | None = None
    recovered_outcome: Outcome = Outcome.FAILURE
    drill: Drill | None = None
    ack_url: str = ""

    @property
    def links(self) -> Links:
        return Links(host=self.host, account_id=self.account_id)


def build_alert(asked: Asked) -> Alert:
    """Return the alert. Never refuses: what is not known is empty, and named in `missing`."""
    said = _effective(asked)
    values = said.values if said else asked.policy.defaults or Layer(at=NOWHERE)
    alert = _with_code(_with_facts(_plain(asked, said, values), asked, values), asked, values)
    alert = replace(alert, actions=_actions(alert, values))
    past = asked.facts.past if asked.facts else ()
    return replace(
        alert,
        id=_id(alert, asked),
        conversation=conversation_of(alert, past),
        missing=(*_unread(asked), *what_is_missing(alert)),
    )


def _effective(asked: Asked) -> Effective | None:
    rule = asked.placed.rule
    return None if rule is None else effective(asked.policy, rule, tier=asked.tier)


def _plain(asked: Asked, said: Effective | None, values: Layer) -> Alert:
    """Return what the policy and the happening say, before any fact of the run."""
    tier = asked.policy.tiers.get(said.tier or "") if said else None
    job_id = asked.placed.job.id
    return Alert(
        id="",
        incident=incident_of(
            asked.account_id, job_id, asked.outcome, recovered=asked.recovered_outcome, drill=asked.drill
        ),
        case=_case(asked),
        outcome=asked.outcome,
        job=_job(asked),
        at=_when(asked),
        now=asked.now,
        severity=tier.name.upper() if tier else NO_TIER_WORD,
        rank=tier.rank if tier else None,
        zone=values.timezone or asked.policy.timezone,
        account_id=asked.account_id,
        run=_run(asked),
        cause=asked.cause,
        response=values.response or "",
        impact=values.impact or "",
        owner=values.owner or "",
        team=said.team if said else "",
        oncall=values.oncall,
        runbook=values.runbook or "",
        late=asked.late,
        slow=asked.slow,
        escalated=asked.escalated,
        test=asked.drill,
        recovered_from=asked.recovered_from,
        ack_url=asked.ack_url,
        promoted_because=asked.promoted_because,
    )


def _case(asked: Asked) -> Case:
    if asked.escalated is not None or asked.occasion in _OF_ITS_OWN:
        return Case.ESCALATION
    return Case(asked.outcome.value)


def _job(asked: Asked) -> AlertJob:
    """Return the job as dbt Cloud lists it; the event's names stand in for what no list holds."""
    placed, event = asked.placed, asked.event
    environment = placed.environment
    return AlertJob(
        id=placed.job.id,
        name=placed.job.name or (event.job_name if event else ""),
        project=placed.project.name if placed.project else (event.project_name if event else ""),
        environment=environment.name if environment else (event.environment_name if event else ""),
        production=environment is not None and environment.purpose == "production",
        url=asked.links.job(placed.job.project_id, placed.job.id),
    )


def _run(asked: Asked) -> AlertRun | None:
    """Return the run: the facts' if there are any, else what the event tells of it."""
    job, links = asked.placed.job, asked.links
    docs = links.docs(job.project_id, job.environment_id)
    if asked.facts is not None:
        run = asked.facts.run
        return AlertRun(
            id=run.id,
            url=links.run(job.project_id, run.id),
            started_at=run.started_at,
            finished_at=run.finished_at,
            cause=run.cause,
            message=run.message,
            docs_url=docs,
        )
    event = asked.event
    if event is None:
        return None
    return AlertRun(
        id=event.run_id,
        url=links.run(job.project_id, event.run_id),
        started_at=event.started_at,
        finished_at=event.ended_at,
        cause=event.reason,
        message=event.message,
        docs_url=docs,
    )


def _when(asked: Asked) -> datetime:
    ended = asked.facts.run.finished_at if asked.facts else None
    if asked.at is not None:
        return asked.at
    return ended or (asked.event.at if asked.event else asked.now)


def _with_facts(alert: Alert, asked: Asked, values: Layer) -> Alert:
    """Add what the run's artifacts and history tell."""
    facts = asked.facts
    if facts is None:
        return alert
    reading = Reading(facts=facts, links=asked.links, repository=_repository(facts, values))
    failed = _failed(alert, reading)
    return replace(
        alert,
        failed=failed,
        warned=_warned(alert, reading),
        skipped=skipped_of(reading) if alert.outcome in _TROUBLE else (),
        affected=affected(reading) if alert.outcome in _TROUBLE else (),
        succeeded_nodes=sum(1 for each in facts.results if each.status is NodeStatus.SUCCESS),
        likely=_likely(alert, failed, facts),
        past=past_of(facts.past, failing=alert.outcome is Outcome.FAILURE, message=facts.run.message),
        node_seconds=tuple(
            (each.name, each.status.value, each.seconds) for each in facts.results if each.seconds is not None
        ),
        node_owners=node_owners_of_policy(failed or failed_things(reading, status=_BAD), asked.policy),
    )


def _failed(alert: Alert, reading: Reading) -> tuple[FailedThing, ...]:
    """Return the failed nodes, or the step that failed without one; a run that timed out has no failed step.

    Where no node says why it failed, as in early versions of Fusion, the end of the step's log stands for its error.
    """
    if alert.outcome not in _TROUBLE or alert.outcome is Outcome.WARNING:
        return ()
    nodes = failed_things(reading, status=_BAD)
    if alert.outcome is not Outcome.FAILURE or alert.cause is Cause.TIMEOUT:
        return nodes
    step = failed_step(reading.facts)
    if not nodes:
        return () if step is None else (step,)
    if step is not None and not any(each.error.strip() for each in nodes):
        return (replace(nodes[0], error=step.error), *nodes[1:])
    return nodes


def _warned(alert: Alert, reading: Reading) -> tuple[FailedThing, ...]:
    """Return what warned. In a good run what failed is no more than that: a source too old for its own limit."""
    if alert.outcome not in _TROUBLE:
        return ()
    nodes = failed_things(reading, status=_WARNED | _BAD if alert.outcome is Outcome.WARNING else _WARNED)
    step = None if nodes or alert.outcome is not Outcome.WARNING else failed_step(reading.facts)
    return nodes if step is None else (step,)


def _likely(alert: Alert, failed: tuple[FailedThing, ...], facts: RunFacts) -> LikelyCause | None:
    if alert.outcome is not Outcome.FAILURE:
        return None
    return likely_cause(failed, run=facts.run, cause=alert.cause, below=facts.below)


def _repository(facts: RunFacts, values: Layer) -> Repository | None:
    """Return where the code is: the policy's word first, else the remote and the folder that dbt Cloud itself names."""
    path = facts.run.subdirectory if values.repository_path is None else values.repository_path
    if values.repository is not None:
        return repository_at(values.repository, path)
    return repository_of_remote(facts.run.repository, path)


def _with_code(alert: Alert, asked: Asked, values: Layer) -> Alert:
    """Add what changed since the last good run; of good news nobody asks that."""
    facts = asked.facts
    if facts is None or not facts.run.git_sha or alert.outcome in _GOOD:
        return alert
    run, repository, good = facts.run, _repository(facts, values), last_good(facts.past)
    before = good.git_sha if good else ""
    return replace(
        alert,
        change=Change(
            commit=run.git_sha,
            branch=run.git_branch,
            pull_request=run.pull_request,
            previous_commit=before,
            commit_url=repository.commit(run.git_sha) if repository else "",
            compare_url=repository.compare(before, run.git_sha) if repository else "",
            pull_request_url=repository.pull_request(run.pull_request) if repository else "",
        ),
    )


def _actions(alert: Alert, values: Layer) -> tuple[Action, ...]:
    if alert.outcome in _GOOD:
        return ()
    return next_actions(
        Situation(
            job=alert.job,
            run=alert.run,
            failed=alert.failed or alert.warned,
            change=alert.change,
            owner=alert.owner,
            own=values.actions or (),
        )
    )


def _unread(asked: Asked) -> tuple[str, ...]:
    """Say what could not be read, in the words of whoever tried; without facts, that nobody has yet."""
    if asked.facts is not None:
        return asked.facts.missing
    if asked.event is None or asked.outcome in _GOOD:
        return ()
    return ("the run's details: its artifacts were not read yet",)


def _id(alert: Alert, asked: Asked) -> str:
    level = alert.escalated.level if alert.escalated else 0
    drill = alert.test.correlation if alert.test else ""
    ended = bool(alert.late and alert.late.completed_at)
    return message_id(
        alert.incident,
        outcome=alert.outcome,
        occasion=asked.occasion,
        run_id=alert.run.id if alert.run else 0,
        at=alert.at,
        parts=f"{level}/{ended}/{drill}",
    )
