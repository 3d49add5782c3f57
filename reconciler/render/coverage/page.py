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
from reconciler.model.coverage import Share, Standing, Today
from reconciler.render.coverage.page_jobs import MARKS, QUIET, WORDS, job_values
from reconciler.render.coverage.words import (
    Table,
    counted_line,
    gap_jobs,
    gap_line,
    headline,
    moment,
    muted_line,
    places_text,
    silence_line,
    tables,
    today_claim,
    today_counts,
    told_percent,
)
from reconciler.shipped import Shipped, shipped

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.model.coverage import Coverage, Gap

__all__ = ["coverage_page"]

_BETWEEN_BACKTICKS: Final = re.compile("`([^`]+)`")
_MOST_GAPS: Final = 200
_MOST_NAMES: Final = 60

_LEAST: Final = 0.8
"""Percent of a bar's width that a part has at least: one job of ten thousand is seen too."""

_NUMERIC: Final = frozenset("0123456789,.%– ")

_DRAWN: Final = (
    Standing.TOLD,
    Standing.WAITS,
    Standing.DIGEST,
    Standing.SILENT,
    Standing.PARTLY,
    Standing.UNCOVERED,
)
_HATCHED: Final = frozenset({Standing.WAITS, Standing.DIGEST, Standing.PARTLY})
"""What only the relay would tell: never drawn as what is told."""

_TERMS: Final = (
    (
        "Named",
        "told natively, waiting for the relay, or declared silent. Cut, not rounded: 100 % means that none is missing.",
    ),
    (
        "Told today",
        "what dbt Cloud itself delivers now, whoever set it up. No relay is there yet; `notify` counts for nothing.",
    ),
    ("Counted", "jobs that are in scope and neither deleted nor deactivated."),
    ("Told natively", "the policy names a channel of dbt Cloud that can deliver; told today once it is applied."),
    (
        "Waits",
        "the policy names only channels, escalations or a digest of the relay: nobody hears unless you run `notify`.",
    ),
    ("Silent", "the policy says `tier: none`, or `[]` for the outcome, and gives a reason."),
    ("In part", "named for some kinds of failure only, which only the relay tells apart."),
    ("Team", "the one whose `jobs:` speaks for the job; `notifications:` own nothing."),
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
    shown = {table.key: _table(table) for table in tables(coverage, most=_MOST_NAMES)}
    return {
        "manager": coverage.manager,
        "meta": " · ".join(_meta(coverage)),
        "percent": coverage.whole.percent_text,
        "told": told_percent(coverage),
        "figures": list(_figures(coverage)),
        "legend": [
            {"kind": each.value, "mark": MARKS[each], "word": WORDS[each], "count": f"{count:,}"}
            for each in _DRAWN
            if (count := getattr(coverage.whole, each.value)) or each is Standing.UNCOVERED
        ],
        "marks": [*_marks(Standing), {"kind": "quiet", "mark": QUIET[0], "word": f"{QUIET[1]}, which may be meant so"}],
        "states": _marks(_DRAWN),
        "steps": [{"text": each.text, "do": each.do, "section": each.section} for each in coverage.steps],
        "facts": list(_facts(coverage)),
        "quiet": list(_quiet(coverage)),
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


def _figures(coverage: Coverage) -> Iterable[dict[str, Any]]:
    """Yield the two figures of equal weight: what the policy names, and what is told."""
    today = coverage.today
    told = Share(
        told=today.told,
        waits=len(today.relay_only),
        silent=len(today.silent),
        uncovered=len(today.nobody) + len(today.unapplied),
    )
    yield _figure(coverage.whole.percent_text, headline(coverage), _strip(coverage.whole))
    yield _figure(told_percent(coverage), today_claim(coverage), {**_strip(told), "label": today_counts(coverage)})


def _figure(percent: str, text: str, strip: dict[str, Any]) -> dict[str, Any]:
    number, _, unit = percent.partition(" ")
    title, _, claim = text.rpartition(": ")
    return {"number": number, "unit": unit, "title": title.capitalize(), "claim": claim, "strip": strip}


def _quiet(coverage: Coverage) -> Iterable[dict[str, Any]]:
    hint = "Nobody hears when these fail, by a reason in the policy."
    yield {"title": f"Silent on purpose: {coverage.whole.silent:,}", "hint": hint, "parts": list(_silent(coverage))}
    count = sum(len(each.jobs) for each in coverage.mutes)
    if count:
        hint = "The relay would tell nothing of these before that day. dbt Cloud's own alerts are not muted."
        yield {"title": f"Muted now: {count:,}", "hint": hint, "parts": list(_muted(coverage))}


def _silent(coverage: Coverage) -> Iterable[dict[str, str]]:
    for each in coverage.silences:
        names = gap_jobs(each, coverage, most=_MOST_NAMES)
        yield {"line": silence_line(each), "jobs": names, "where": places_text(each.at)}


def _muted(coverage: Coverage) -> Iterable[dict[str, str]]:
    for each in coverage.mutes:
        names = gap_jobs(each, coverage, most=_MOST_NAMES)
        yield {"line": muted_line(each), "jobs": names, "where": places_text([each.at])}


def _facts(coverage: Coverage) -> Iterable[dict[str, str]]:
    production, timed = coverage.production, coverage.deadlines
    if production.of:
        told = sum(1 for job in coverage.counted if job.production and job.today is not Today.NOBODY)
        text = f"are named in the policy. Told today: {told:,}."
        yield _fact("In production", production.percent_text, f"of {production.of:,}", text)
    later = len(coverage.today.unapplied)
    text = "more are told once the policy is applied."
    yield _fact("After apply", f"{later:,}", "", text)
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
        end = f"{start + drawn:.2f}" if each in _HATCHED else ""
        parts.append({"kind": kind, "start": f"{start:.2f}", "width": f"{drawn:.2f}", "hatched_to": end})
        start += drawn
    return {"parts": parts, "label": counted_line(share)}
