"""What is wrong with excuses themselves: no reason, no such rule, nothing to excuse."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches

from reconciler.lint.excuse import Excuse, Excuses
from reconciler.lint.own import EXCUSE_WITHOUT_REASON, UNKNOWN_EXCUSE, UNUSED_EXCUSE, OwnRule
from reconciler.lint.registry import LATER
from reconciler.model.lint import Finding

__all__ = ["about_excuses"]


def about_excuses(
    excuses: Iterable[Excuse], held: Excuses, *, in_full: Collection[str], rules: Collection[str]
) -> Iterator[Finding]:
    """Yield what to say about each excuse. `in_full` are the rules that would have found whatever there is."""
    used, powerless = held.used, held.powerless
    known = frozenset(rules) | LATER
    for excuse in excuses:
        if not excuse.reason:
            yield _finding(
                EXCUSE_WITHOUT_REASON,
                excuse,
                message="the excuse does not say why, and excuses nothing until it does",
                found=", ".join(excuse.rules),
                expected="a reason after the bracket",
                fix="write `# dbt-alerts: ignore[rule-id] reason`",
            )
        if not excuse.rules:
            yield _unknown(excuse, "", known)
        for rule in excuse.rules:
            if rule not in known:
                yield _unknown(excuse, rule, known)
            elif (excuse, rule) in used:
                continue
            elif (excuse, rule) in powerless:
                yield _powerless(excuse, rule)
            elif rule in in_full:
                yield _unused(excuse, rule)


def _unknown(excuse: Excuse, rule: str, known: Collection[str]) -> Finding:
    near = get_close_matches(rule, sorted(known), n=1)
    return _finding(
        UNKNOWN_EXCUSE,
        excuse,
        message=f"there is no rule called `{rule}`" if rule else "the excuse names no rule",
        found=rule or "nothing",
        expected="the ids of rules, with commas between them",
        fix=f"did you mean `{near[0]}`?" if near else "write `# dbt-alerts: ignore[rule-id] reason`",
    )


def _unused(excuse: Excuse, rule: str) -> Finding:
    return _finding(
        UNUSED_EXCUSE, excuse, message=f"`{rule}` finds nothing here any more", found=rule, fix="delete the excuse"
    )


def _powerless(excuse: Excuse, rule: str) -> Finding:
    return _finding(
        UNUSED_EXCUSE,
        excuse,
        message=f"`{rule}` cannot be excused here: no line speaks of what it finds, and this would hold for all of it",
        found=rule,
        fix="delete the excuse; declare what is meant, as `tier: none` with a `reason`, or write it into a baseline",
    )


def _finding(own: OwnRule, excuse: Excuse, *, message: str, found: str, fix: str, expected: str = "") -> Finding:
    return Finding(
        rule=own.id,
        level=own.level,
        at=excuse.at,
        subject=f"excuse {found}" if found else "excuse",
        message=message,
        found=found,
        expected=expected,
        fix=fix,
    )
