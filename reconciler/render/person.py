"""One person's part of a plan, as terminal text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reconciler.escape import markdown, terminal
from reconciler.render.markdown import render_template, section_values
from reconciler.render.rows import ALL_NAMES, Row, Section, Sign, edge_cells, jobs_cell, setting_text, who_text
from reconciler.render.sections import LEFT_WORDS, line_rows, move_rows, refusal_lines
from reconciler.render.terminal import Styled, section_lines

if TYPE_CHECKING:
    from reconciler.model.plan import Plan
    from reconciler.plan.people import Line, Move, PeopleView
    from reconciler.plan.person import PersonView

__all__ = ["person_document", "person_lines", "person_markdown"]


def person_lines(view: PersonView, plan: Plan, *, width: int | None = None) -> Iterator[Styled]:
    """Yield one person's part of a plan line by line, escaped for a terminal."""
    yield Styled(terminal(_heading(view, plan)), "bold")
    for section in _sections(view, plan):
        yield Styled("")
        yield from section_lines(section, width=width)
    yield Styled("")
    yield Styled(terminal(_summary(view)), "bold")
    if plan.blocked:
        yield Styled(f"{len(plan.blocked)} item(s) of the whole plan are left alone until answered.", "magenta")
    for line in refusal_lines(plan):
        yield Styled(terminal(line), "red")


def person_markdown(view: PersonView, plan: Plan) -> str:
    """Render one person's part of a plan with the plan's own template."""
    values = {
        "heading": markdown(_heading(view, plan)),
        "summary": markdown(_summary(view)),
        "coverage": "",
        "ledger_empty": "",
        "refusal": [markdown(line) for line in refusal_lines(plan)],
        "blocked": len(plan.blocked),
        "sections": [section_values(section) for section in _sections(view, plan)],
        "policy_digest": markdown(plan.policy_digest),
        "commit": markdown(plan.commit),
    }
    return render_template("plan/comment.md.j2", values, templates=(), whole="`plan --for` in a terminal shows it all")


def _heading(view: PersonView, plan: Plan) -> str:
    ways = ", ".join(sorted(str(key) for key in view.person.keys)) or "a relayed channel"
    return f"Plan of {plan.manager} for {view.person.label} ({ways})"


def _sections(view: PersonView, plan: Plan) -> tuple[Section, ...]:
    changes, left = view.changes, view.left
    found = (
        Section(title="Stops being told", rows=line_rows(plan, changes.stops, Sign.REMOVE, most=ALL_NAMES)),
        Section(title="Moves", rows=move_rows(plan, changes.moves)),
        Section(title="Starts being told", rows=line_rows(plan, changes.starts, Sign.ADD, most=ALL_NAMES)),
        Section(title="Settings", rows=tuple(_settings(view, plan))),
        Section(
            title="Left for another run",
            hint=" ".join(LEFT_WORDS[why][1] for why in sorted(view.left_why)),
            rows=(
                *line_rows(plan, left.stops, Sign.REMOVE, most=ALL_NAMES),
                *move_rows(plan, left.moves),
                *line_rows(plan, left.starts, Sign.ADD, most=ALL_NAMES),
            ),
        ),
        Section(title="Told of after this plan", rows=tuple(_told(view, plan))),
        Section(
            title="Waiting for a relay",
            hint="Not in force until a relay serves it.",
            rows=tuple(
                Row(sign=Sign.KEEP, cells=(outcome, jobs_cell(plan, jobs, most=ALL_NAMES)))
                for outcome, jobs in view.pending
            ),
        ),
    )
    return tuple(section for section in found if section.rows)


def _settings(view: PersonView, plan: Plan) -> Iterator[Row]:
    for action in view.settings:
        for change in action.changes:
            yield Row(sign=Sign.CHANGE, cells=(who_text(plan, action.key), setting_text(plan, action.key, change)))


def _told(view: PersonView, plan: Plan) -> Iterator[Row]:
    for line in view.told:
        cells = edge_cells(plan, line.recipient, line.outcomes, line.jobs, most=ALL_NAMES)
        yield Row(sign=Sign.KEEP, cells=cells, note=line.note)


def _summary(view: PersonView) -> str:
    changes = view.changes
    counts = (
        (_count(changes.stops) + _count(move for move in changes.moves if _leaves(view, move)), "to stop"),
        (_count(changes.starts) + _count(move for move in changes.moves if _comes(view, move)), "to start"),
    )
    said = [f"{count} {words}" for count, words in counts if count] or ["nothing changes"]
    told = _count(view.told)
    end = f"{', '.join(said)}; told of {told or 'nothing'} after this plan."
    departed = " Deactivated in dbt Cloud: nothing is delivered to them." if view.person.departed else ""
    return f"For {view.person.label}: {end}{departed}"


def _leaves(view: PersonView, move: Move) -> bool:
    return bool(view.person.keys & set(move.before))


def _comes(view: PersonView, move: Move) -> bool:
    return bool(view.person.keys & set(move.after))


def _count(found: Iterable[Line | Move]) -> int:
    return sum(len(each.outcomes) * len(each.jobs) for each in found)


def person_document(view: PersonView, plan: Plan) -> dict[str, Any]:
    """Return one person's part of a plan as JSON-ready data. It is no saved plan: nothing can be applied from it."""
    return {
        "for": view.person.label,
        "recipients": sorted(str(key) for key in view.person.keys),
        "relayed_channels": sorted(view.person.relayed),
        "departed": view.person.departed,
        "manager": plan.manager,
        "account_id": plan.account_id,
        "refused_by": [finding.guard.value for finding in plan.guards if not finding.allowed],
        "blocked": len(plan.blocked),
        **_changes(view.changes, plan),
        "settings": [
            {"recipient": str(each.key), "after": {change.name: change.after for change in each.changes}}
            for each in view.settings
        ],
        "left_for_another_run": _changes(view.left, plan),
        "told_after": [_line(line, plan) for line in view.told],
        "waiting_for_a_relay": [{"outcome": outcome, **_jobs(jobs, plan)} for outcome, jobs in view.pending],
    }


def _changes(view: PeopleView, plan: Plan) -> dict[str, Any]:
    return {
        "stops": [_line(line, plan) for line in view.stops],
        "moves": [
            {
                "before": [str(key) for key in move.before],
                "after": [str(key) for key in move.after],
                "outcomes": [str(outcome) for outcome in move.outcomes],
                **_jobs(move.jobs, plan),
                "note": move.note,
            }
            for move in view.moves
        ],
        "starts": [_line(line, plan) for line in view.starts],
    }


def _line(line: Line, plan: Plan) -> Mapping[str, Any]:
    outcomes = [str(outcome) for outcome in line.outcomes]
    return {"recipient": str(line.recipient), "outcomes": outcomes, **_jobs(line.jobs, plan), "note": line.note}


def _jobs(job_ids: Iterable[int], plan: Plan) -> dict[str, Any]:
    return {"jobs": [{"id": job_id, "name": plan.names.jobs.get(job_id, "")} for job_id in job_ids]}
