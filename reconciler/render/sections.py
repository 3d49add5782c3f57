"""The parts of a plan in reading order, as rows of plain cells. Terminal and Markdown show the same parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from reconciler.model.plan import (
    AddEdge,
    AdoptEdge,
    AdoptSubscription,
    Cause,
    ChangeRecipient,
    ChangeSubscription,
    CreateSubscription,
    DeactivateSubscription,
    EvictEdge,
    ForgetEdge,
    ForgetSubscription,
    Kept,
    KeptWhy,
    RecreateSubscription,
    ReleaseEdge,
    ReleaseSubscription,
    RemoveEdge,
    UpdateClaim,
)
from reconciler.plan.people import people_view

if TYPE_CHECKING:
    from reconciler.model.edge import RecipientKey
    from reconciler.model.plan import Action, Plan, RelayChange, SettingChange

__all__ = ["MOST_JOBS", "Row", "Section", "Sign", "coverage_line", "heading", "origin_line", "sections", "summary_line"]

MOST_JOBS: Final = 6
"""How many job names one line names before it counts the rest."""


class Sign:
    """What stands in front of a row."""

    ADD = "+"
    REMOVE = "-"
    CHANGE = "~"
    KEEP = "="
    WARN = "!"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line: its sign, its cells (columns align within a section), and a remark that needs no column."""

    sign: str
    cells: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled part of a plan. `hint` is one sentence under the title."""

    title: str
    rows: tuple[Row, ...]
    hint: str = ""


def heading(plan: Plan) -> str:
    """Name whose plan this is, and for which account."""
    return f"Plan of {plan.manager} for account {plan.account_id} on {plan.host}"


def origin_line(plan: Plan) -> str:
    """Say what the plan was made from: policy, commit, ledger, and how many requests it took."""
    policy = plan.policy_digest.removeprefix("sha256:")[:12]
    parts = (
        f"policy {policy}" if policy else "",
        f"commit {plan.commit[:12]}" if plan.commit else "",
        f"ledger generation {plan.ledger_generation}",
        "from a snapshot: never applied" if plan.from_snapshot else f"{plan.calls} requests",
    )
    return " · ".join(part for part in parts if part)


def sections(plan: Plan) -> tuple[Section, ...]:
    """Return the parts that have anything to say: people first, what is refused last, nearest to the prompt."""
    found = (
        *_people(plan),
        _webhooks(plan),
        _recipients(plan),
        _ledger_only(plan),
        _blocked(plan),
        _kept(plan),
        _relay(plan),
        _silenced(plan),
        _notes(plan),
        _guards(plan),
    )
    return tuple(section for section in found if section.rows)


def _people(plan: Plan) -> tuple[Section, ...]:
    view = people_view(plan)
    return (
        Section(
            title="Who stops being told",
            rows=tuple(
                Row(sign=Sign.REMOVE, cells=_line(plan, line.recipient, line.outcome.value, line.jobs), note=line.note)
                for line in view.stops
            ),
        ),
        Section(
            title="Who is told instead",
            rows=tuple(
                Row(sign=Sign.CHANGE, cells=_line(plan, move.before, move.outcome.value, move.jobs, after=move.after))
                for move in view.moves
            ),
        ),
        Section(
            title="Who starts being told",
            rows=tuple(
                Row(sign=Sign.ADD, cells=_line(plan, line.recipient, line.outcome.value, line.jobs), note=line.note)
                for line in view.starts
            ),
        ),
    )


def _line(
    plan: Plan, who: RecipientKey, outcome: str, jobs: Sequence[int], *, after: RecipientKey | None = None
) -> tuple[str, ...]:
    name = _who(plan, who) if after is None else f"{_who(plan, who)} → {_who(plan, after)}"
    return (name, outcome, _jobs(plan, jobs))


def _who(plan: Plan, key: RecipientKey) -> str:
    return plan.names.recipients.get(key, key.value)


def _jobs(plan: Plan, job_ids: Iterable[int]) -> str:
    ids = tuple(job_ids)
    shown = sorted(plan.names.jobs.get(job_id, f"job {job_id}") for job_id in ids)[:MOST_JOBS]
    rest = f" and {len(ids) - MOST_JOBS} more" if len(ids) > MOST_JOBS else ""
    return ", ".join(shown) + rest


def _webhooks(plan: Plan) -> Section:
    return Section(title="Webhooks", rows=tuple(row for action in plan.actions for row in _webhook(action)))


def _webhook(action: Action) -> Iterator[Row]:
    match action:
        case CreateSubscription():
            note = f"secret goes to the {action.sink.kind.value} sink"
            yield Row(sign=Sign.ADD, cells=(action.key, "is created"), note=_because(note, action.cause))
        case RecreateSubscription():
            yield Row(sign=Sign.CHANGE, cells=(action.key, "is made anew"), note="its secret was lost before first use")
        case ChangeSubscription():
            for change in action.changes:
                yield Row(sign=Sign.CHANGE, cells=(action.key, _change(change)), note=_because("", action.cause))
        case AdoptSubscription():
            yield Row(sign=Sign.KEEP, cells=(action.key, "is ours by its mark"), note="secret unknown")
        case DeactivateSubscription():
            yield Row(sign=Sign.REMOVE, cells=(action.key, "is switched off and kept as a tombstone"))
        case ReleaseSubscription():
            yield Row(sign=Sign.KEEP, cells=(action.key, "stays and is no longer ours"))
        case ForgetSubscription():
            yield Row(sign=Sign.KEEP, cells=(action.key, "is gone; its claim goes too"))
        case _:
            return


def _because(note: str, cause: Cause) -> str:
    drift = "repairs drift" if cause is Cause.DRIFT else ""
    return ", ".join(part for part in (note, drift) if part)


def _change(change: SettingChange) -> str:
    return f"{change.name}: {_shown(change.before)} → {_shown(change.after)}"


def _shown(value: object) -> str:
    match value:
        case None | "":
            return "nothing"
        case bool():
            return "on" if value else "off"
        case list():
            return _list(value)
        case _:
            return str(value)


def _list(values: list[Any]) -> str:
    shown = ", ".join(str(value) for value in values[:MOST_JOBS])
    return shown + (f" and {len(values) - MOST_JOBS} more" if len(values) > MOST_JOBS else "")


def _recipients(plan: Plan) -> Section:
    return Section(
        title="Settings of recipients",
        rows=tuple(
            Row(sign=Sign.CHANGE, cells=(_who(plan, action.key), _change(change)), note=_because("", action.cause))
            for action in plan.actions
            if isinstance(action, ChangeRecipient)
            for change in action.changes
        ),
    )


def _ledger_only(plan: Plan) -> Section:
    kinds = (
        (AdoptEdge, "already told, from now on ours"),
        (ReleaseEdge, "stays told, no longer ours"),
        (ForgetEdge, "neither wanted nor there: only the claim goes"),
        (UpdateClaim, "kept, its entry in the ledger is brought up to date"),
    )
    rows: list[Row] = []
    for kind, text in kinds:
        edges = sorted(action.edge for action in plan.actions if isinstance(action, kind))
        for (who, outcome), group in groupby(edges, key=lambda edge: (edge.recipient, edge.outcome)):
            jobs = [edge.job_id for edge in group]
            rows.append(Row(sign=Sign.KEEP, cells=_line(plan, who, outcome.value, jobs), note=text))
    return Section(title="In the ledger only", rows=tuple(rows), hint="Nothing changes for anybody.")


def _blocked(plan: Plan) -> Section:
    return Section(
        title="Left alone until answered",
        hint="dbt Cloud does not answer these; everything else is planned.",
        rows=tuple(
            Row(sign=Sign.WARN, cells=(f"{item.at}: {item.what}" if item.at else item.what,), note=item.next_step)
            for item in plan.blocked
        ),
    )


_KEPT_WORDS: Final = {
    KeptWhy.HELD: "outside scope: kept and claimed",
    KeptWhy.INVISIBLE: "its job is in no list: kept, the token may have lost a project",
    KeptWhy.BLOCKED: "its rule or recipient is not answered",
    KeptWhy.WAITING: "waiting for the relay",
    KeptWhy.PROTECTED: "protected",
}


def _kept(plan: Plan) -> Section:
    def sort_key(kept: Kept) -> tuple[str, RecipientKey, str, int]:
        return kept.why.value, kept.edge.recipient, kept.edge.outcome.value, kept.edge.job_id

    rows: list[Row] = []
    kept = sorted(plan.kept, key=sort_key)
    for (why, who, outcome), group in groupby(kept, key=lambda k: (k.why, k.edge.recipient, k.edge.outcome)):
        jobs = [each.edge.job_id for each in group]
        rows.append(Row(sign=Sign.KEEP, cells=_line(plan, who, outcome.value, jobs), note=_KEPT_WORDS[why]))
    return Section(title="Ours, not wanted, and kept", rows=tuple(rows))


def _relay(plan: Plan) -> Section:
    rows: list[Row] = []
    for job_ids, group in groupby(sorted(plan.relay, key=lambda change: change.job_ids), key=lambda c: c.job_ids):
        rows.append(Row(sign=" ", cells=(_jobs(plan, job_ids), "")))
        rows.extend(_relay_row(change) for change in group)
    return Section(
        title="Relay (pending)",
        hint="Not in force until the relay serves it, and counted for no coverage.",
        rows=tuple(rows),
    )


def _relay_row(change: RelayChange) -> Row:
    sign = Sign.ADD if change.before is None else Sign.REMOVE if change.after is None else Sign.CHANGE
    return Row(sign=sign, cells=(f"  {change.what}", _before_after(change.before, change.after)))


def _before_after(before: str | None, after: str | None) -> str:
    if before is None:
        return after or ""
    return f"{before} → {'nothing' if after is None else after}"


def _silenced(plan: Plan) -> Section:
    row = Row(sign=Sign.WARN, cells=(_jobs(plan, plan.silenced),))
    return Section(title="Silenced on purpose", rows=(row,) if plan.silenced else ())


def _notes(plan: Plan) -> Section:
    return Section(title="Good to know", rows=tuple(Row(sign=Sign.KEEP, cells=(note,)) for note in plan.notes))


def _guards(plan: Plan) -> Section:
    rows: list[Row] = []
    for finding in plan.guards:
        way = "allowed" if finding.allowed else f"--allow {finding.allow}" if finding.allow else "cannot be allowed"
        rows.append(Row(sign=Sign.WARN, cells=(f"{finding.guard.value}: {finding.message}",), note=way))
        rows.extend(Row(sign=" ", cells=(f"  {item}",)) for item in finding.items[:20])
        if len(finding.items) > 20:
            rows.append(Row(sign=" ", cells=(f"  and {len(finding.items) - 20} more",)))
    return Section(title="Guards", rows=tuple(rows))


def coverage_line(plan: Plan) -> str:
    """Say how many jobs tell somebody when they fail, before and after."""
    change = f"{plan.told_before} → {plan.told_after}" if plan.told_before != plan.told_after else f"{plan.told_after}"
    return f"{change} of {plan.jobs_in_scope} jobs in scope tell somebody when they fail."


_COUNTED: Final = (
    (AddEdge, "to start", "to start"),
    (RemoveEdge, "to stop", "to stop"),
    (EvictEdge, "to evict", "to evict"),
    (ChangeRecipient, "recipient to change", "recipients to change"),
    (CreateSubscription, "webhook to create", "webhooks to create"),
    (RecreateSubscription, "webhook to make anew", "webhooks to make anew"),
    (ChangeSubscription, "webhook to change", "webhooks to change"),
    (DeactivateSubscription, "webhook to switch off", "webhooks to switch off"),
    (AdoptSubscription, "webhook to adopt", "webhooks to adopt"),
    (AdoptEdge, "to adopt", "to adopt"),
    (ReleaseEdge, "to release", "to release"),
    (ForgetEdge, "to forget", "to forget"),
    (UpdateClaim, "ledger entry to update", "ledger entries to update"),
)


def summary_line(plan: Plan) -> str:
    """Count what would happen; for an empty plan say that there are no changes."""
    rest = f"{plan.unchanged} unchanged, {plan.foreign} of others left alone"
    if not plan.differs:
        return f"No changes. {rest}."
    counts = ((sum(isinstance(action, kind) for action in plan.actions), one, many) for kind, one, many in _COUNTED)
    counted = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
    return f"Plan: {', '.join([*counted, rest])}."
