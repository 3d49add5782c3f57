"""What became of a run, in routing's words: the happenings that it is, and what came before it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import takewhile

from reconciler.model.outcome import Outcome
from reconciler.model.run import Event, NodeResult, NodeStatus, PastRun, RunFacts, RunStatus
from reconciler.model.telling import Cause, FailedNode, Happening, History

__all__ = ["happenings", "history"]


def happenings(facts: RunFacts | None, event: Event | None, *, now: datetime) -> tuple[Happening, ...]:
    """Return what is to be told of a run; nothing while it goes on.

    A good run with warnings is two, as for dbt Cloud's own notifications (reference §2.2); so is one in which a source
    was too old for its own limit and the job went on. What the Admin API says counts before what the event said: it is
    newer. A timed-out run, which dbt Cloud calls cancelled, is a failure.
    """
    status = _status(facts, event)
    at = _ended(facts, event) or now
    nodes = _nodes(facts, like=_is_bad)
    match status:
        case RunStatus.SUCCESS:
            good = Happening(outcome=Outcome.SUCCESS, at=at)
            warning = Happening(outcome=Outcome.WARNING, at=at, nodes=_nodes(facts, like=_wants_a_look))
            return (good, warning) if warning.nodes or _step_failed(facts) else (good,)
        case RunStatus.ERROR:
            return (Happening(outcome=Outcome.FAILURE, at=at, nodes=nodes),)
        case RunStatus.CANCELLED if _timed_out(facts, event):
            return (Happening(outcome=Outcome.FAILURE, at=at, cause=Cause.TIMEOUT, nodes=nodes),)
        case RunStatus.CANCELLED:
            return (Happening(outcome=Outcome.CANCELLED, at=at),)
        case _:
            return ()


def history(past: Sequence[PastRun]) -> History:
    """Return how many runs failed just before this one, of the runs before it, newest first.

    Cancelled ones neither end nor extend the row. Whether anybody was told of an incident is not to be seen from runs:
    none is taken to be open, so that a failure is told once too often rather than never.
    """
    ended = (each.status for each in past if each.status in {RunStatus.SUCCESS, RunStatus.ERROR})
    return History(failures_before=sum(1 for _ in takewhile(lambda status: status is RunStatus.ERROR, ended)))


def _status(facts: RunFacts | None, event: Event | None) -> RunStatus | None:
    known = None if facts is None else facts.run.status
    if known in {RunStatus.SUCCESS, RunStatus.ERROR, RunStatus.CANCELLED} or event is None:
        return known
    return event.status


def _ended(facts: RunFacts | None, event: Event | None) -> datetime | None:
    return (facts.run.finished_at if facts else None) or (event.ended_at if event else None)


def _timed_out(facts: RunFacts | None, event: Event | None) -> bool:
    """Tell by the message, as only it does (reference §5.2)."""
    said = (facts.run.message if facts else "", event.message if event else "")
    return any("timed out" in text for text in said)


def _nodes(facts: RunFacts | None, *, like: Callable[[NodeStatus], bool]) -> tuple[FailedNode, ...]:
    """Return the nodes of one standing; none where the run never came to its nodes, or nobody knows."""
    return () if facts is None else tuple(_node(each, facts) for each in facts.results if like(each.status))


def _node(result: NodeResult, facts: RunFacts) -> FailedNode:
    node = facts.nodes.get(result.unique_id)
    if node is None:
        return FailedNode(name=result.name, kind=result.kind)
    return FailedNode(name=node.name, kind=result.kind, tags=node.tags)


def _is_bad(status: NodeStatus) -> bool:
    return status.bad


def _wants_a_look(status: NodeStatus) -> bool:
    return status.bad or status is NodeStatus.WARNED


def _step_failed(facts: RunFacts | None) -> bool:
    """Whether a step failed that fails no run: dbt Cloud's own freshness step."""
    return facts is not None and facts.step is not None and facts.step.status is RunStatus.ERROR
