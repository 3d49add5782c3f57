"""The examples of lint rules: bad and good policies as files, what is expected of them, and how they are judged.

One folder for each rule, `tests/cases/lint/<rule-id>/`. Its docs page shows the shortest bad and the shortest good
example, so let one of each be plain.

    bad-<what>.yml        a policy in which the rule finds something. Line 1 may be a comment that says what it shows.
    good-<what>.yml       a policy in which it finds nothing: the nearest thing that is right, or an edge of the rule
    bad-<what>.expected   what it finds, one line for each: `line:column rule-id subject message`, with
                          `    also at line:column` under it for each further place
    bad-<what>.fixed.yml  what `--fix` makes of it; there exactly where a finding carries edits
    live.yml              the account that every example of the folder is looked at with
    <stem>.live.yml       the account of one example alone; an empty one is the default account
    <stem>.evidence.yml   what test alerts left, if any did: see tests/lint/evidence.py
    bad-<what>/           a policy of several files; places are then `file:line:column`, the fixed ones are in
                          `bad-<what>.fixed/` (only files that change), the rest is called as above

An example without a live description is looked at without live, as `lint` does by default. It need not give
`version`, `manager`, `account` and `relay`: what it leaves out comes from `tests/cases/lint/account.yml`, the same for
all. It must load without a problem, and names that nobody declares are problems. Excuses in it count.

To write an example: write the policy, run

    UPDATE_EXPECTED=1 pytest -q -n 0 -p no:randomly tests/lint/test_lint_cases.py -k rule-id

and read what was written: a wrong expectation is as easily made as a right one. Then run it again without the variable.
The rule is taken from its module, `reconciler/lint/rules/<rule_id>.py`, whether the registry knows it yet or not; `-k`
takes a rule's id or `rule-id/bad-what`.

A live description holds these keys; each may be left out, and a word that nobody knows fails the test:

    today: 2026-01-05                      the day on which lint runs; by default Monday 5 January 2026
    projects: [Finance, Growth]            or {id, name, deleted}; ids count from 1; default: Finance
    environments:                          ids count from 11; default: a Production in every project, ids 10 + project
      - {name: Production, type: production, project: Finance}      # type: production, staging, development or general
    jobs:                                  ids count from 101; cron is in UTC; a job with a cron is scheduled
      - {id: 101, name: Daily Revenue, project: Finance, environment: Production, cron: "0 6 * * *",
         job_type: scheduled, scheduled: true, deactivated: false, deleted: false, generate_docs: false,
         execute_steps: [dbt build]}       # only `name` must be there; project and environment default to the first
    users:                                 ids count from 1; default: maria@acme.example, active
      - {id: 1, email: maria@acme.example, active: true}
    rows:                                  who is told today; ids count from 901; `by` is the user who stands for it
      - {to: "user:maria@acme.example", failure: [101], success: [], warning: [], cancelled: [], by: maria@acme.example}
      - {to: "email:finance@acme.example", failure: [101], deleted: false}
      - {to: "slack:C0123456789", channel_name: "#data-alerts", failure: [101], by: 7}     # a number: perhaps nobody
    webhooks:
      - {id: wsu_1, name: lineage, url: "https://catalog.acme.example/dbt", on: [completed], jobs: all, active: true,
         description: "", last_status: "200"}                       # jobs: all, or a list of ids
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest

from reconciler.errors import PolicyError
from reconciler.lint.engine import lint
from reconciler.lint.report import LintReport
from reconciler.lint.rule import Rule
from reconciler.model.lint import Finding
from reconciler.model.policy import Policy
from reconciler.model.problem import Position
from reconciler.plan.survey import Survey
from reconciler.policy import load
from reconciler.policy.editing.edit import apply_together
from reconciler.policy.excuses import excuses_in
from reconciler.policy.files import find
from reconciler.render.lint.text import Sources, finding_lines
from reconciler.render.problems import problem_lines
from tests.lint.evidence import read_evidence
from tests.lint.live import read_live, today_of

__all__ = ["CASES", "TODAY", "Case", "all_cases", "check_case", "rule_called", "told_of"]

CASES = Path(__file__).parents[1] / "cases" / "lint"
TODAY = date(2026, 1, 5)

_SHARED = CASES / "account.yml"
_HELD_BY_SHARED = ("version", "manager", "account", "relay")


@dataclass(frozen=True)
class Case:
    """One example: a file, or a folder of files."""

    rule: str
    path: Path

    def __str__(self) -> str:
        return f"{self.rule}/{self.stem}"

    @property
    def stem(self) -> str:
        return self.path.name.removesuffix(".yml")

    @property
    def is_bad(self) -> bool:
        return self.stem.startswith("bad-")

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path,) if self.path.is_file() else tuple(sorted(self.path.rglob("*.yml")))

    @property
    def expected(self) -> Path:
        return self.path.with_name(f"{self.stem}.expected")

    @property
    def fixed(self) -> Path:
        return self.path.with_name(f"{self.stem}.fixed{self.path.suffix}")

    @property
    def evidence(self) -> Path:
        return self.path.with_name(f"{self.stem}.evidence.yml")

    @property
    def live(self) -> Path | None:
        """The description of the account, if there is one for this example or for its folder."""
        here = (self.path.with_name(f"{self.stem}.live.yml"), self.path.with_name("live.yml"))
        return next((path for path in here if path.exists()), None)


def all_cases() -> list[Case]:
    """Return every example of every rule."""
    return [Case(folder.name, path) for folder in sorted(CASES.iterdir()) if folder.is_dir() for path in _in(folder)]


def _in(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        is_example = path.is_dir() or (
            path.suffix == ".yml" and not path.name.endswith((".fixed.yml", ".live.yml", ".evidence.yml"))
        )
        if is_example and path.name.startswith(("bad-", "good-")) and not path.name.endswith(".fixed"):
            yield path


def rule_called(rule_id: str) -> Rule:
    """Return the rule of this id from its own module."""
    return import_module(f"reconciler.lint.rules.{rule_id.replace('-', '_')}").RULE


def check_case(case: Case, tmp_path: Path) -> None:
    """Judge one example: what is found, what the edits make of it, and that nothing mended is found again."""
    folder = _laid_out(case, tmp_path / "policy")
    report = judge(case, folder)
    _check_findings(case, report, folder)
    edits = [finding.edits for finding in report.findings if finding.edits]
    if not edits:
        assert not case.fixed.exists(), f"{case.fixed.name} is there, and no finding carries an edit"
        return
    texts = {str(path): path.read_text(encoding="utf-8") for path in find([folder]).files}
    result = apply_together(texts, edits)
    assert not result.refused, f"{case}: an edit was refused: {result.refused}"
    for name, text in result.texts.items():
        Path(name).write_text(text, encoding="utf-8")
    _check_fixed(case, {Path(name).relative_to(folder): text for name, text in result.texts.items()})
    mended = {(each.rule, each.subject) for each in report.findings if each.edits}
    left = [line(each, case) for each in judge(case, folder).findings if (each.rule, each.subject) in mended]
    assert left == [], f"{case}: the edits leave what they were to mend"


def told_of(case: Case, folder: Path) -> str:
    """Return what a terminal shows of an example of one file, called alerts.yml there; no path names a folder."""
    laid_out = _laid_out(case, folder)
    file, beside = str(laid_out / "case.yml"), f"{laid_out}{os.sep}"
    sources = Sources(lines={file: case.path.read_text(encoding="utf-8").splitlines()})
    told = [finding_lines(each, sources) for each in judge(case, laid_out).findings]
    shown = "\n\n".join("\n".join(line.text for line in lines) for lines in told)
    return shown.replace(file, "alerts.yml").replace(beside, "")


def findings_of(case: Case, folder: Path) -> Sequence[Finding]:
    """Return what an example's rule finds in it, laid out in a folder of its own."""
    return judge(case, _laid_out(case, folder)).findings


def judge(case: Case, folder: Path) -> LintReport:
    """Ask the one rule about the policy in a folder."""
    policy, rule = _loaded(folder), rule_called(case.rule)
    texts = [(str(path), path.read_text(encoding="utf-8")) for path in find([folder]).files]
    excuses = [excuse for name, text in texts for excuse in excuses_in(name, text)]
    survey = None if case.live is None else Survey(policy, read_live(case.live))
    today = TODAY if case.live is None else today_of(case.live, TODAY)
    evidence = read_evidence(case.evidence, today=today)
    report = lint(policy, survey=survey, evidence=evidence, today=today, excuses=excuses, rules=[rule])
    assert rule.id == case.rule, f"the module of {case.rule} defines a rule called {rule.id}"
    assert rule.id not in report.not_judged, f"{case}: the rule needs live, and the example has no live description"
    return report


def line(finding: Finding, case: Case) -> str:
    """Return a finding as the expected files hold it."""
    more = "".join(f"\n    also at {_place(place, case)}" for place in finding.also_at)
    return f"{_place(finding.at, case)} {finding.rule} {finding.subject} {finding.message}{more}\n"


def _place(place: Position, case: Case) -> str:
    where = f"{place.line}:{place.column}"
    name = place.file.replace("\\", "/").rpartition("/policy/")[2]
    return where if case.path.is_file() and name == "case.yml" else f"{name}:{where}"


def _laid_out(case: Case, folder: Path) -> Path:
    """Copy an example into a policy folder of its own, with what it leaves out beside it."""
    if case.path.is_dir():
        shutil.copytree(case.path, folder)
    else:
        folder.mkdir()
        shutil.copy(case.path, folder / "case.yml")
    text = "\n" + "\n".join(path.read_text(encoding="utf-8") for path in case.files)
    given = [key for key in _HELD_BY_SHARED if f"\n{key}:" in text]
    wanted = [each for each in _SHARED.read_text(encoding="utf-8").splitlines() if not each.startswith(tuple(given))]
    (folder / "account.yml").write_text("\n".join(wanted) + "\n", encoding="utf-8")
    return folder


def _loaded(folder: Path) -> Policy:
    """Load a policy, and fail for an example that is none."""
    try:
        policy = load([folder])
    except PolicyError as error:
        pytest.fail("\n".join(["the example is no policy:", *problem_lines(error.problems)]))
    unresolved = [problem.message for problem in policy.warnings if problem.message.startswith("there is no")]
    assert not unresolved, unresolved
    return policy


def _check_findings(case: Case, report: LintReport, folder: Path) -> None:
    found = [finding for finding in report.findings if finding.rule == case.rule]
    told = "".join(line(finding, case) for finding in found)
    if not case.is_bad:
        assert told == "", f"{case} is good, and the rule finds something in it"
        return
    assert told, f"{case} is bad, and the rule finds nothing in it"
    assert str(folder) not in told, f"{case}: a message names the folder of the policy"
    _compare(case.expected, told)


def _check_fixed(case: Case, texts: Mapping[Path, str]) -> None:
    if case.path.is_file():
        assert list(texts) == [Path("case.yml")], f"{case}: an edit is in another file than the example's"
        _compare(case.fixed, texts[Path("case.yml")])
        return
    for name, text in texts.items():
        _compare(case.fixed / name, text)


def _compare(path: Path, text: str) -> None:
    """Compare with a file, or write it where UPDATE_EXPECTED is set."""
    if "UPDATE_EXPECTED" in os.environ:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: set UPDATE_EXPECTED=1, run again, and read what is written"
    assert text == path.read_text(encoding="utf-8"), f"{path.name} is not what comes out"
