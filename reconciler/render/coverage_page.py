"""Coverage as one page of HTML that needs nothing else: no network, no script to be read, light, dark and on paper.

Every value is escaped on its way out of the template; style and script are named by their hashes in the page's
Content-Security-Policy, so that nothing else could run even if a name were not.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from reconciler.escape import html
from reconciler.model.coverage import Share, Standing
from reconciler.render.coverage_page_jobs import MARKS, QUIET, WORDS, job_values
from reconciler.render.coverage_words import (
    Table,
    counted_line,
    gap_jobs,
    gap_line,
    headline,
    moment,
    tables,
)
from reconciler.shipped import Shipped, shipped

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.coverage import Coverage, Gap

__all__ = ["coverage_page"]

_BETWEEN_BACKTICKS: Final = re.compile("`([^`]+)`")
_MOST_GAPS: Final = 200
_MOST_NAMES: Final = 60

_IN_FORCE: Final = "jobs of whose failure somebody hears in dbt Cloud as it is, whoever set it up."
_LEAST: Final = 0.8
"""Percent of a bar's width that a part has at least: one job of ten thousand is seen too."""

_NUMERIC: Final = frozenset("0123456789,.%– ")

_DRAWN: Final = (Standing.TOLD, Standing.DIGEST, Standing.SILENT, Standing.PARTLY, Standing.UNCOVERED)

_TERMS: Final = (
    (
        "Covered",
        "told, in a digest, or declared silent. The percentage is cut, not rounded: 100 % means that none is missing.",
    ),
    ("Counted", "jobs that are in scope and neither deleted nor deactivated."),
    ("Told", "the policy sends every such outcome to at least one channel that can deliver, at once or by escalation."),
    ("In a digest", "only a daily or weekly summary holds it."),
    ("Silent", "the policy says `tier: none`, or `[]` for the outcome, and gives a reason."),
    ("In part", "told of some kinds of failure only."),
    (
        "In force",
        "what dbt Cloud itself delivers now, whoever set it up; a relay that is not there counts for nothing.",
    ),
)


def coverage_page(coverage: Coverage, *, templates: Sequence[Path] = ()) -> str:
    """Render the page; a `coverage/page.html.j2` in one of `templates` comes before the shipped one."""
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([*templates, shipped(Shipped.TEMPLATES)]),
        undefined=StrictUndefined,
        autoescape=True,
        finalize=_escaped,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["code"] = _code
    style, script = (_source(environment, f"coverage/page.{kind}") for kind in ("css", "js"))
    ours = {
        "style": Markup(style),  # noqa: S704 - our own file, in which nothing is filled in
        "script": Markup(script),  # noqa: S704 - the same
        "style_hash": _hash(style),
        "script_hash": _hash(script),
    }
    return environment.get_template("coverage/page.html.j2").render({**_values(coverage), **ours})


def _source(environment: ImmutableSandboxedEnvironment, name: str) -> str:
    loader = environment.loader
    if loader is None:
        raise FileNotFoundError(name)
    return loader.get_source(environment, name)[0]


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _escaped(value: object) -> object:
    """Escape a text once, its invisible characters too; what is escaped already, or a number, is left."""
    return Markup(html(value)) if isinstance(value, str) and not isinstance(value, Markup) else value  # noqa: S704


def _code(text: str) -> Markup:
    """Escape a text and show what stands between backticks as code."""
    return Markup(_BETWEEN_BACKTICKS.sub(r"<code>\1</code>", html(text)))  # noqa: S704 - escaped just now


def _values(coverage: Coverage) -> dict[str, Any]:
    number, _, unit = coverage.whole.percent_text.partition(" ")
    shown = {table.key: _table(table) for table in tables(coverage, most=_MOST_NAMES)}
    return {
        "manager": coverage.manager,
        "meta": " · ".join(_meta(coverage)),
        "percent": coverage.whole.percent_text,
        "number": number,
        "unit": unit,
        "headline": headline(coverage),
        "whole": _strip(coverage.whole),
        "legend": [
            {"kind": each.value, "mark": MARKS[each], "word": WORDS[each], "count": f"{count:,}"}
            for each in _DRAWN
            if (count := getattr(coverage.whole, each.value)) or each is Standing.UNCOVERED
        ],
        "marks": [*_marks(Standing), {"kind": "quiet", "mark": QUIET[0], "word": f"{QUIET[1]}, which may be meant so"}],
        "states": _marks(_DRAWN),
        "steps": [{"text": each.text, "do": each.do, "section": each.section} for each in coverage.steps],
        "facts": list(_facts(coverage)),
        "tables": shown,
        "missing": f"{len(coverage.missing):,}",
        "gaps": [_gap(each, coverage) for each in coverage.gaps[:_MOST_GAPS]],
        "gaps_left": max(0, len(coverage.gaps) - _MOST_GAPS),
        "words": [{"term": term, "text": text} for term, text in _TERMS],
        "origin": f"Made by dbt-alerts coverage on {moment(coverage.at)} from policy {coverage.policy_digest[:12]}.",
        **job_values(coverage),
    }


def _marks(standings: Iterable[Standing]) -> list[dict[str, str]]:
    return [{"kind": each.value, "mark": MARKS[each], "word": WORDS[each]} for each in standings]


def _meta(coverage: Coverage) -> Iterable[str]:
    yield coverage.manager
    yield f"account {coverage.account_id} on {coverage.host}"
    if str(coverage.chosen):
        yield str(coverage.chosen)
    yield moment(coverage.at)


def _facts(coverage: Coverage) -> Iterable[dict[str, str]]:
    production, today, timed = coverage.production, coverage.today, coverage.deadlines
    if production.of:
        unit = f"of {production.of:,}"
        yield _fact("In production", production.percent_text, unit, counted_line(production))
    yield _fact("In force today", f"{today.told:,}", f"of {coverage.whole.of:,}", _IN_FORCE)
    with_one = timed.production - len(timed.production_without)
    text = "production jobs, silent ones left out: a job that never runs fails nowhere."
    yield _fact("With a deadline", f"{with_one:,}", f"of {timed.production:,}", text)


def _fact(title: str, figure: str, unit: str, text: str) -> dict[str, str]:
    return {"title": title, "figure": figure, "unit": unit, "text": text}


def _gap(gap: Gap, coverage: Coverage) -> dict[str, Any]:
    return {
        "line": gap_line(gap),
        "jobs": gap_jobs(gap, coverage, most=_MOST_NAMES),
        "where": gap.where,
        "code": gap.lines,
        "production": coverage.by_id[gap.jobs[0]].production,
    }


def _table(table: Table) -> dict[str, Any]:
    columns = list(zip(*table.rows, strict=True)) if table.rows else [()] * len(table.head)
    return {
        "key": table.key,
        "title": table.title,
        "hint": table.hint,
        "head": table.head,
        "rows": table.rows,
        "numeric": [
            at for at, column in enumerate(columns) if column and all(set(cell) <= _NUMERIC for cell in column)
        ],
        "alarm": table.head.index("uncovered") if "uncovered" in table.head else -1,
        "strips": [_strip(each, quiet=at in table.quiet) for at, each in enumerate(table.shares)],
    }


def _strip(share: Share, *, quiet: bool = False) -> dict[str, Any]:
    """Return a bar's parts in percent of its width; its label says the same to who does not see it.

    In a `quiet` bar what nobody hears of has no colour: perhaps nobody has to.
    """
    counts = [(each, getattr(share, each.value)) for each in _DRAWN]
    wide = [(each, max(100 * count / share.of, _LEAST)) for each, count in counts if count]
    whole = sum(width for _, width in wide) or 1
    parts: list[dict[str, str]] = []
    start = 0.0
    for each, width in wide:
        drawn = 100 * width / whole
        kind = "quiet" if quiet and each is Standing.UNCOVERED else each.value
        parts.append({"kind": kind, "start": f"{start:.2f}", "width": f"{drawn:.2f}"})
        start += drawn
    return {"parts": parts, "label": counted_line(share)}
