"""Another account with the same policy: one file given by name stands for the one that holds `account`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.model.problem import Position, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.policy.parts import Part
    from reconciler.policy.reader import Read
    from reconciler.policy.report import Report

__all__ = ["in_place_of_account"]


def in_place_of_account(read: Sequence[Read], own: Read, report: Report) -> list[Read]:
    """Return the files of the policy, with `own` for the one that holds `account`; added where none does.

    The file is replaced whole: what else it says counts no more, and a warning names each key of it that `own` does
    not say. There are no overlays. Refuses an `own` without `account`, and a policy in which two more files hold it.
    """
    report.extend(own.problems)
    if own.part is None or "account" not in own.part.tree.data:
        report.extend(_without_account(own.part))
        return list(read)
    real = own.path.resolve()
    others = [each for each in read if each.path.resolve() != real]
    holders = [each.part for each in others if each.part and "account" in each.part.tree.data]
    report.extend(problem for holder in holders[:1] for problem in _left_out(holder, own.part))
    report.extend(_second_holder(holder, holders[0]) for holder in holders[1:])
    return [*(each for each in others if each.part not in holders), replace(own, problems=())]


def _without_account(own: Part | None) -> Iterator[Problem]:
    if own is not None:
        yield Problem(
            at=Position(own.tree.file, 1, 1),
            message="the file given to --account does not say which account",
            found="no key `account`",
            expected="a file that can stand for the one of the policy that holds `account`",
            fix="add `account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}`",
        )


def _second_holder(holder: Part, first: Part) -> Problem:
    return Problem(
        at=holder.key_at("account"),
        message="two files of the policy hold `account`, and --account replaces one",
        expected="it in one file of the policy",
        fix="keep one of them in the policy's folder, and the others beside that folder",
        also_at=(first.key_at("account"),),
    )


def _left_out(holder: Part, own: Part) -> Iterator[Problem]:
    """Warn of what goes with the file that is replaced."""
    for name in holder.tree.data:
        if name not in own.tree.data:
            yield Problem(
                at=holder.key_at(name),
                message=f"`{name}` does not count: --account replaces this file whole",
                found=f"`{name}` here, and not in {own.tree.file}",
                expected="a file that says all that the replaced one says",
                fix=f"say `{name}` in {own.tree.file} too, or move it from here into another file of the policy",
                severity=Severity.WARNING,
            )
