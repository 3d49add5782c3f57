"""The parts of a plan in reading order, as rows of plain cells. Terminal and Markdown show the same parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

from reconciler.model.actions import (
    AddEdge,
    AdoptEdge,
    AdoptModels,
    AdoptSubscription,
    Cause,
    ChangeRecipient,
    ChangeSubscription,
    CreateSubscription,
    DeactivateSubscription,
    EvictEdge,
    ForgetEdge,
    ForgetModels,
    ForgetSubscription,
    RecreateSubscription,
    ReleaseEdge,
    ReleaseModels,
    ReleaseSubscription,
    RemoveEdge,
    StartModels,
    StopModels,
    UpdateClaim,
)
from reconciler.model.marker import parse_marker
from reconciler.model.plan import BlockedKind, LeftWhy
from reconciler.plan.people import Line, Move, people_view
from reconciler.render.ledger_only import kept_section, ledger_rows, ledger_section
from reconciler.render.models import model_rows, model_section
from reconciler.render.rows import (
    ALL_NAMES,
    FEW_NAMES,
    Named,
    Row,
    Section,
    Sign,
    change_text,
    edge_cells,
    jobs_cell,
    jobs_text,
    setting_text,
    who_text,
)
from reconciler.render.webhooks import sent_text

if TYPE_CHECKING:
    from reconciler.model.actions import Action
    from reconciler.model.plan import Blocked, Plan, RelayChange

__all__ = [
    "LEFT_WORDS",
    "coverage_line",
    "heading",
    "line_rows",
    "move_rows",
    "origin_line",
    "refusal_lines",
    "sections",
    "summary_line",
]


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
        model_section(plan),
        _webhooks(plan),
        _recipients(plan),
        ledger_section(plan),
        *_left(plan),
        _blocked(plan),
        kept_section(plan),
        _relay(plan),
        _silenced(plan),
        _untold(plan),
        _notes(plan),
        _guards(plan),
    )
    return tuple(section for section in found if section.rows)


def _people(plan: Plan) -> tuple[Section, ...]:
    view = people_view(plan.running)
    return (
        Section(title="Who stops being told", rows=line_rows(plan, view.stops, Sign.REMOVE, most=ALL_NAMES)),
        Section(title="Who is told instead", rows=move_rows(plan, view.moves)),
        Section(title="Who starts being told", rows=line_rows(plan, view.starts, Sign.ADD)),
    )


def line_rows(plan: Named, lines: Iterable[Line], sign: str, *, most: int = FEW_NAMES) -> tuple[Row, ...]:
    """Lay out who starts or stops, one row for each line."""
    return tuple(
        Row(sign=sign, cells=edge_cells(plan, line.recipient, line.outcomes, line.jobs, most=most), note=line.note)
        for line in lines
    )


def move_rows(plan: Named, moves: Iterable[Move]) -> tuple[Row, ...]:
    """Lay out who is told instead of whom; like who stops, with every name."""
    return tuple(
        Row(
            sign=Sign.CHANGE,
            cells=edge_cells(plan, move.before, move.outcomes, move.jobs, after=move.after, most=ALL_NAMES),
            note=move.note,
        )
        for move in moves
    )


LEFT_WORDS: Final = {
    LeftWhy.DRIFT: ("Left for another run: drift", "`apply --repair-drift` puts it back."),
    LeftWhy.TAKES_AWAY: (
        "Left for another run: it takes something away",
        "`--additions-only` does not; an apply without it does.",
    ),
    LeftWhy.UNREVIEWED: ("Not in the saved plan: waits", "Nobody reviewed it; the next plan shows it."),
    LeftWhy.REFUSED: (
        "Not in the saved plan: refused",
        "Nobody reviewed it, and it takes something away or changes it: nothing is written.",
    ),
}
"""Title and hint of what a run leaves, for each reason."""


def _left(plan: Plan) -> Iterator[Section]:
    """Show what this run leaves: to call it a start or a stop would promise what apply does not do."""
    for why, (title, hint) in LEFT_WORDS.items():
        actions = [each.action for each in plan.left if each.why is why]
        yield Section(title=title, hint=hint, rows=tuple(_left_rows(plan, actions)))


def _left_rows(plan: Plan, actions: Sequence[Action]) -> Iterator[Row]:
    view = people_view(actions)
    yield from line_rows(plan, view.stops, Sign.REMOVE, most=ALL_NAMES)
    yield from line_rows(plan, view.starts, Sign.ADD)
    yield from move_rows(plan, view.moves)
    yield from model_rows(plan, actions)
    for action in actions:
        yield from (*_webhook(action), *_recipient(plan, action))
    yield from ledger_rows(plan, actions)


def _webhooks(plan: Plan) -> Section:
    off = (_unanswered(item) for item in plan.blocked if item.kind is BlockedKind.SECRET)
    return Section(title="Webhooks", rows=(*off, *(row for action in plan.running for row in _webhook(action))))


def _webhook(action: Action) -> Iterator[Row]:
    match action:
        case CreateSubscription():
            note = f"secret goes to the {action.sink.kind.value} sink"
            made = f"is created: {sent_text(action.wanted)}"
            yield Row(sign=Sign.ADD, cells=(action.key, made), note=_because(note, action.cause))
        case RecreateSubscription():
            anew = f"is made anew: {sent_text(action.wanted)}"
            yield Row(sign=Sign.CHANGE, cells=(action.key, anew), note="its secret was lost before first use")
        case ChangeSubscription():
            for change in action.changes:
                yield Row(sign=Sign.CHANGE, cells=(action.key, change_text(change)), note=_because("", action.cause))
        case AdoptSubscription():
            taken = f"{_found_by(action)}: {sent_text(action.wanted)}"
            yield Row(sign=Sign.KEEP, cells=(action.key, taken), note="secret unknown")
        case DeactivateSubscription():
            yield Row(sign=Sign.REMOVE, cells=(action.key, "is switched off and kept as a tombstone"))
        case ReleaseSubscription():
            yield Row(sign=Sign.KEEP, cells=(action.key, "stays and is no longer ours"))
        case ForgetSubscription():
            yield Row(sign=Sign.KEEP, cells=(action.key, "is gone; its claim goes too"))
        case _:
            return


def _found_by(action: AdoptSubscription) -> str:
    marked = parse_marker(action.wanted.description) is not None
    return "is ours by its mark" if marked else "is taken over by its id"


def _because(note: str, cause: Cause) -> str:
    drift = "repairs drift" if cause is Cause.DRIFT else ""
    return ", ".join(part for part in (note, drift) if part)


def _recipients(plan: Plan) -> Section:
    rows = tuple(row for action in plan.running for row in _recipient(plan, action))
    return Section(title="Settings of recipients", rows=rows)


def _recipient(plan: Plan, action: Action) -> Iterator[Row]:
    if isinstance(action, ChangeRecipient):
        for change in action.changes:
            cells = (who_text(plan, action.key), setting_text(plan, action.key, change))
            yield Row(sign=Sign.CHANGE, cells=cells, note=_because("", action.cause))


def _blocked(plan: Plan) -> Section:
    """Show what live did not answer; a webhook that stays off stands among the webhooks."""
    return Section(
        title="Left alone until answered",
        hint="The account as it is now has no answer to these. Everything else is planned; apply does it and exits 6.",
        rows=tuple(_unanswered(item) for item in plan.blocked if item.kind is not BlockedKind.SECRET),
    )


def _unanswered(item: Blocked) -> Row:
    return Row(sign=Sign.WARN, cells=(f"{item.at}: {item.what}" if item.at else item.what,), note=item.next_step)


def _relay(plan: Plan) -> Section:
    rows: list[Row] = []
    if plan.relay_policy:
        rows.append(Row(sign=Sign.KEEP, cells=("waiting for it", jobs_cell(plan, plan.relay_policy))))
        jobs = f"{plan.relay_jobs} {'job' if plan.relay_jobs == 1 else 'jobs'}"
        rows.append(Row(sign=Sign.KEEP, cells=("its own subscription", f"errored, completed of {jobs}")))
    for job_ids, group in groupby(sorted(plan.relay, key=lambda change: change.job_ids), key=lambda c: c.job_ids):
        rows.extend(_relay_rows(jobs_text(plan, job_ids), tuple(group)))
    return Section(
        title="Relay (pending)",
        hint="Relayed routes are not in force until a relay serves them, and count for no coverage.",
        rows=tuple(rows),
    )


def _relay_rows(jobs: str, changes: Sequence[RelayChange]) -> Iterable[Row]:
    """Yield one change in one line, "Daily Revenue: due 08:00 → 09:00", and several under the jobs' names."""
    if len(changes) == 1:
        (change,) = changes
        text = f"{jobs}: {change.what} {_before_after(change.before, change.after)}"
        yield Row(sign=_relay_sign(change), cells=(text,))
        return
    yield Row(sign=" ", cells=(jobs, ""))
    for change in changes:
        yield Row(sign=_relay_sign(change), cells=(f"  {change.what}", _before_after(change.before, change.after)))


def _relay_sign(change: RelayChange) -> str:
    return Sign.ADD if change.before is None else Sign.REMOVE if change.after is None else Sign.CHANGE


def _before_after(before: str | None, after: str | None) -> str:
    if before is None:
        return after or ""
    return f"{before} → {'nothing' if after is None else after}"


def _silenced(plan: Plan) -> Section:
    row = Row(sign=Sign.WARN, cells=(jobs_cell(plan, plan.silenced, most=ALL_NAMES),))
    return Section(title="Silenced on purpose", rows=(row,) if plan.silenced else ())


def _untold(plan: Plan) -> Section:
    row = Row(sign=Sign.WARN, cells=(jobs_cell(plan, plan.untold),))
    stops = any(isinstance(action, RemoveEdge | EvictEdge) for action in plan.running)
    so_already = "" if stops else "So it is already, without this plan. "
    return Section(
        title="Nobody is told when these fail",
        hint=f"{so_already}Tell somebody, or declare `tier: none` with a reason. `plan --json` lists all of them.",
        rows=(row,) if plan.untold else (),
    )


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


_ALERT: Final = ("alert", "alerts")
_WEBHOOK: Final = ("webhook", "webhooks")
_MODELS: Final = ("outcome of models", "outcomes of models")
_ENVIRONMENT: Final = ("environment's models", "environments' models")
_COUNTED: Final = (
    ("to start", ((AddEdge, _ALERT), (StartModels, _MODELS))),
    ("to stop", ((RemoveEdge, _ALERT), (StopModels, _MODELS))),
    ("to evict", ((EvictEdge, _ALERT),)),
    ("to change", ((ChangeRecipient, ("recipient", "recipients")), (ChangeSubscription, _WEBHOOK))),
    ("to create", ((CreateSubscription, _WEBHOOK),)),
    ("to make anew", ((RecreateSubscription, _WEBHOOK),)),
    ("to switch off", ((DeactivateSubscription, _WEBHOOK),)),
    ("to adopt", ((AdoptSubscription, _WEBHOOK), (AdoptEdge, _ALERT), (AdoptModels, _MODELS))),
    ("to release", ((ReleaseSubscription, _WEBHOOK), (ReleaseEdge, _ALERT), (ReleaseModels, _ENVIRONMENT))),
    ("to forget", ((ForgetSubscription, _WEBHOOK), (ForgetEdge, _ALERT), (ForgetModels, _ENVIRONMENT))),
    ("to update", ((UpdateClaim, ("ledger entry", "ledger entries")),)),
)


def summary_line(plan: Plan) -> str:
    """Count what would happen; an empty plan has no changes, unless something of the policy is not answered."""
    rest = [f"{plan.unchanged} unchanged", f"{_amount(plan.foreign, _ALERT)} of others left alone"]
    unreviewed = sum(each.why in {LeftWhy.UNREVIEWED, LeftWhy.REFUSED} for each in plan.left)
    left = ((len(plan.left) - unreviewed, "left for another run"), (unreviewed, "not in the saved plan"))
    rest += [f"{count} {words}" for count, words in left if count]
    rest += [f"{len(plan.blocked)} left alone until answered"] if plan.blocked else []
    if not plan.differs:
        nothing = "Nothing to do beside what must be answered" if plan.blocked else "No changes"
        nothing = "Nothing to do, and refused" if plan.refused else nothing
        return f"{nothing}. {', '.join(rest)}."
    return f"Plan: {', '.join([*(_counts(plan.running) or ['nothing in this run']), *rest])}."


def _counts(running: Sequence[Action]) -> list[str]:
    """Return "3 webhooks and 11 alerts to adopt" for each verb that has something to do."""
    found: list[str] = []
    there = Counter[type](type(action) for action in running)
    for verb, kinds in _COUNTED:
        amounts = [_amount(there[kind], words) for kind, words in kinds if there[kind]]
        if amounts:
            found.append(f"{' and '.join(amounts)} {verb}")
    return found


def _amount(count: int, words: tuple[str, str]) -> str:
    return f"{count} {words[count != 1]}"


def refusal_lines(plan: Plan) -> tuple[str, ...]:
    """Say that the plan is refused, by what, and the exact words that would allow it."""
    standing = [finding for finding in plan.guards if not finding.allowed]
    if not standing:
        return ()
    refused = f"Refused by {', '.join(finding.guard.value for finding in standing)}: an apply would write nothing."
    if any(finding.allow is None for finding in standing):
        return (refused,)
    words = " ".join(f"--allow {finding.allow}" for finding in plan.guards if finding.allow)
    return (refused, f"If all of it is meant: {words}")
