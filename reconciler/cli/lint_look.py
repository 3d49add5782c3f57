"""What `dbt-alerts lint` looks at: the files, once read, the policy that they are, and live where it was asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.errors import PolicyError
from reconciler.lint.engine import lint
from reconciler.lint.problems import as_findings
from reconciler.lint.report import LintReport, Selection
from reconciler.lint.secret_values import secret_values
from reconciler.model.evidence import Trail
from reconciler.model.inventory import Inventory
from reconciler.model.policy import Policy
from reconciler.model.problem import Problem
from reconciler.policy import load
from reconciler.policy.baseline import Baselines, read_baselines
from reconciler.policy.excuses import excuses_in
from reconciler.policy.files import read_file
from reconciler.policy.text import decode
from reconciler.render.lint.text import Sources
from reconciler.routing.days import calendar_problems
from reconciler.routing.rules import conflict_problems

if TYPE_CHECKING:
    from reconciler.plan.survey import Survey

__all__ = ["Asked", "Files", "Seen", "load_files", "look"]

_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_LONG_ENOUGH: Final = 4
"""Characters of a part of a secret that stands on a line of its own; a shorter one is a part of any word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    paths: tuple[Path, ...]
    account: Path | None
    selection: Selection
    today: date


@dataclass(frozen=True, slots=True)
class Files:
    """Every file that the loader read, by name as given: what it is, or why it cannot be read.

    `instead` are texts that stand in place of what the disk has: what a fix would make of it.
    """

    raw: dict[str, bytes | Problem] = field(default_factory=dict)
    instead: Mapping[str, str] = field(default_factory=dict)

    def read(self, path: Path) -> bytes | Problem:
        name = str(path)
        text = self.instead.get(name)
        self.raw[name] = read_file(path) if text is None else text.encode("utf-8", "surrogateescape")
        return self.raw[name]

    @property
    def texts(self) -> Mapping[str, str]:
        """The files that are text at all, without a byte-order mark."""
        decoded = {name: decode(name, raw) for name, raw in self.raw.items() if isinstance(raw, bytes)}
        return {name: text for name, text in decoded.items() if isinstance(text, str)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One look: what was found, in which files. Without a policy the findings are the reasons why there is none."""

    report: LintReport
    sources: Sources
    policy: Policy | None = None
    baselines: Baselines | None = None


def load_files(asked: Asked, files: Files) -> Policy | tuple[Problem, ...]:
    """Return the policy, or what keeps the files from being one."""
    try:
        return load(asked.paths, account_file=asked.account, text_reader=files.read)
    except PolicyError as error:
        return error.problems


def look(
    asked: Asked,
    files: Files,
    policy: Policy | tuple[Problem, ...],
    inventory: Inventory | None,
    trail: Trail,
) -> Seen:
    """Judge a policy that was loaded from these files."""
    texts = files.texts
    if isinstance(policy, tuple):
        report = LintReport(findings=as_findings(policy))
        return Seen(report=report, sources=_sources(report, texts, None))
    survey = None if inventory is None else _survey(policy, inventory)
    baselines = read_baselines(policy.rules, asked.paths)
    report = lint(
        policy,
        survey=survey,
        evidence=trail.evidence,
        broken_evidence=trail.broken,
        unseen=() if trail.seen else ("unproved-channel",),
        today=asked.today,
        selection=asked.selection,
        excuses=[excuse for name, text in texts.items() for excuse in excuses_in(name, text)],
        baselines=baselines.by_rule,
    )
    wrong = [*baselines.problems, *calendar_problems(policy)]
    wrong += conflict_problems(survey.ownership.conflicts) if survey is not None else []
    report = _with(report, [*policy.warnings, *wrong], asked.selection)
    return Seen(report=report, sources=_sources(report, texts, policy), policy=policy, baselines=baselines)


def _survey(policy: Policy, inventory: Inventory) -> Survey:
    from reconciler.plan.survey import Survey  # noqa: PLC0415 - without live, lint loads none of what plans

    return Survey(policy, inventory)


def _with(report: LintReport, problems: Sequence[Problem], selection: Selection) -> LintReport:
    """Add what the loader has to say. An error is never left out."""
    told = [each for each in as_findings(problems) if each.level == "error" or selection.takes(each.rule)]
    return replace(report, findings=tuple(sorted([*report.findings, *told], key=lambda finding: finding.at)))


def _sources(report: LintReport, texts: Mapping[str, str], policy: Policy | None) -> Sources:
    """Return the lines of the files in which something was found, and the secrets in them, also line by line."""
    known = () if policy is None else [each.value.reveal() for each in secret_values(policy)]
    pieces = [piece for value in known for piece in value.split() if len(piece) >= _LONG_ENOUGH]
    files = {finding.at.file for finding in report.findings} & texts.keys()
    return Sources(lines={name: _LINE_BREAK.split(texts[name]) for name in files}, secrets=frozenset([*known, *pieces]))
