"""The pages of lint's rules, for `generate.py`: each from the rule's module and the shortest of its examples."""

from __future__ import annotations

import inspect
import sys
import tempfile
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Final

from reconciler.lint.own import OWN_RULES
from reconciler.lint.registry import RULES, why
from reconciler.lint.rule import Rule
from tests.lint.cases import Case, all_cases, told_of

__all__ = ["rule_texts"]

_RELAY: Final = (
    "",
    "> The relay is not part of this release: through a relayed channel `dbt-alerts notify` tells what is due at once,",
    "> where something of yours runs it. Until that is so, keep a native channel beside it.",
)


def rule_texts() -> Mapping[str, str]:
    """Return the text of every page by its file's name."""
    return {"README.md": rules_table(), **{f"{rule.id}.md": rule_page(rule) for rule in RULES}}


def rules_table() -> str:
    """Return every rule with its level, what it needs to look at, and what it finds."""
    parts = ["# Rules of lint", ""]
    parts += ["`dbt-alerts lint` judges the policy by these; [the guide](../../guides/lint.md) tells how.", ""]
    parts += ["| rule | level | looks at | `--fix` | finds |", "|---|---|---|---|---|"]
    parts += [
        f"| [{rule.id}]({rule.id}.md) | {rule.level} | {_looks_at(rule)} | {_mends(rule)} | {rule.title} |"
        for rule in RULES
    ]
    parts += ["", "## What lint finds by itself", ""]
    parts += ["These stand in no `rules:`; `--ignore` leaves them out, all but `invalid-policy`.", ""]
    parts += ["| rule | level | finds | why it matters |", "|---|---|---|---|"]
    parts += [f"| {own.id} | {own.level} | {own.title} | {own.why} |" for own in OWN_RULES]
    return "\n".join(parts) + "\n"


def rule_page(rule: Rule) -> str:
    """Return why a rule is there, what it finds and what it does not, and what mends it."""
    parts = [f"# {rule.id}", "", f"Finds {rule.title}.", ""]
    parts += [f"Default level: `{rule.level}`. Looks at {_looks_at(rule)}. Options: {', '.join(_options(rule))}.", ""]
    parts += [why(rule), *(_RELAY if "relay" in why(rule) else ())]
    bad = _example(rule, "bad-")
    parts += ["", "## Bad", *_yaml(bad), "", "```text", _told(bad), "```"]
    fixed = _fixed(rule)
    if fixed is not None:
        parts += [*_mended(fixed, bad), *_difference(fixed)]
    parts += ["", "## Good", *_yaml(_example(rule, "good-"))]
    parts += ["", "## Where it is meant", ""]
    if _finds_what_has_no_line(rule):
        parts += ["What no line speaks of is excused by no comment, which would hold for all that comes later: declare"]
        parts += ["what is meant, or write it into a baseline. Where the finding stands at an entry of its own:"]
    parts += [f"`# dbt-alerts: ignore[{rule.id}] reason` at the end of the line or alone above it; see"]
    parts += ["[the guide](../../guides/lint.md). All rules: [the table](README.md)."]
    return "\n".join(parts) + "\n"


def _mended(fixed: Case, shown: Case) -> Sequence[str]:
    """Return what stands above the difference: the example too, where it is not the one shown already."""
    if fixed == shown:
        return ["", "What `dbt-alerts lint --fix` does:"]
    return ["", "What `dbt-alerts lint --fix` does, in another example:", *_yaml(fixed), "", "becomes:"]


def _finds_what_has_no_line(rule: Rule) -> bool:
    return "unwritten=" in inspect.getsource(sys.modules[rule.judge.__module__])


def _mends(rule: Rule) -> str:
    return "yes" if _fixed(rule) else ""


def _looks_at(rule: Rule) -> str:
    if rule.needs_live:
        return "the account"
    return "the files, and more with the account" if rule.more_with_live else "the files"


def _options(rule: Rule) -> Sequence[str]:
    """Return the options of `rules:` that the rule's own code asks for, beside those of every rule."""
    source = inspect.getsource(sys.modules[rule.judge.__module__])
    return ["`level`", "`baseline`", *(f"`{name}`" for name in ("limit", "names") if f"setting.{name}" in source)]


def _examples(rule: Rule, kind: str) -> Sequence[Case]:
    """Return the examples of one file, the shortest first; one with an excuse is about excuses."""
    found = [
        case for case in all_cases() if case.rule == rule.id and case.stem.startswith(kind) and case.path.is_file()
    ]
    texts = {case: case.path.read_text(encoding="utf-8") for case in found}
    return sorted(
        (case for case in found if "dbt-alerts: ignore" not in texts[case]), key=lambda case: len(texts[case])
    )


def _example(rule: Rule, kind: str) -> Case:
    return _examples(rule, kind)[0]


def _fixed(rule: Rule) -> Case | None:
    return next((case for case in _examples(rule, "bad-") if case.fixed.exists()), None)


def _yaml(case: Case) -> Sequence[str]:
    live = case.live
    account = ["", "The account:", "", "```yaml", live.read_text(encoding="utf-8").rstrip(), "```"] if live else []
    return ["", "```yaml", case.path.read_text(encoding="utf-8").rstrip(), "```", *(account if case.is_bad else [])]


def _told(case: Case) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return told_of(case, Path(folder) / "policy")


def _difference(case: Case) -> Sequence[str]:
    before, after = (path.read_text(encoding="utf-8").splitlines() for path in (case.path, case.fixed))
    lines = [
        line for line in unified_diff(before, after, n=1, lineterm="") if not line.startswith(("---", "+++", "@@"))
    ]
    return ["", "```diff", *lines, "```"]
