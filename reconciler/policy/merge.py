"""What several files say together: keys that stand once, sections that merge by name, heads of teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from reconciler.policy.compiling.layers import LAYER_KEYS, nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ruamel.yaml.nodes import Node

    from reconciler.model.problem import Position
    from reconciler.policy.parts import Part
    from reconciler.policy.report import Report

__all__ = ["REQUIRED", "Entry", "check_heads", "head_keys", "once", "section"]

REQUIRED: Final = ("version", "manager", "account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A named entry of a section that merges."""

    part: Part
    section: str
    name: str
    document: Any
    at: Position
    node: Node | None

    def value_at(self, *steps: str | int) -> Position:
        return self.part.tree.value_at((self.section, self.name, *steps))


def once(parts: Sequence[Part], name: str, report: Report) -> Part | None:
    """Return the file that holds a key that may stand once in the policy."""
    holders = [part for part in parts if name in part.tree.data and not (name == "anomalies" and part.document.team)]
    for part in holders[1:]:
        message = f"`{name}` is given twice in the policy"
        report.twice(part.key_at(name), holders[0].key_at(name), message, fix="keep one of them")
    given = [part for part in holders if getattr(part.document, name) is not None]
    return given[0] if given else None


def section(parts: Sequence[Part], name: str, report: Report) -> Iterator[Entry]:
    """Yield the entries of a section that merges; the same name twice is an error naming both places."""
    first: dict[str, Position] = {}
    for part in parts:
        documents = getattr(part.document, name) or {}
        if not documents:
            continue
        pairs = nodes_of(part.section_node(name))
        for key, document in documents.items():
            at = part.at(pairs[key][0])
            if key in first:
                message = f"`{key}` is given twice under `{name}`"
                report.twice(at, first[key], message, fix="rename or delete one of them")
                continue
            first[key] = at
            yield Entry(part=part, section=name, name=key, document=document, at=at, node=pairs[key][1])


def head_keys(part: Part) -> list[str]:
    """Return the keys of a rule that stand at the head of a team's file."""
    return [name for name in LAYER_KEYS if name in part.document.model_fields_set]


def check_heads(parts: Sequence[Part], report: Report) -> None:
    """Report head keys without a team, head keys that a team gives twice, and guardrails that a team sets for all."""
    first: dict[tuple[str, str], Position] = {}
    for part in parts:
        _guardrails_of_a_team(part, report)
        for name in head_keys(part):
            at = part.key_at(name)
            if part.document.team is None:
                _without_team(name, at, report)
            elif (part.team, name) in first:
                message = f"`{name}` is given twice at the head of team `{part.team}`"
                report.twice(at, first[part.team, name], message, fix="keep one of them")
            else:
                first[part.team, name] = at


def _guardrails_of_a_team(part: Part, report: Report) -> None:
    """Report `rules:` in a team's file: they hold for everybody. One file with the account in it is everybody's."""
    held = part.document
    if held.team is not None and held.account is None and "rules" in held.model_fields_set:
        report.error(
            part.key_at("rules"),
            "`rules` in a team's file: guardrails hold for every team",
            found=f"`rules` beside `team: {part.team}`",
            expected="`rules` in a file without `team:`",
            fix="move it into such a file, as guardrails.yml; what is meant in one place, excuse there with its reason",
        )


def _without_team(name: str, at: Position, report: Report) -> None:
    if name == "anomalies":
        return
    report.error(
        at,
        f"`{name}` at the head of a file belongs to a team",
        found=f"`{name}` in a file without `team:`",
        expected="`team:` in the same file",
        fix="add `team: NAME`, or put the key under `defaults`, a tier or a rule",
    )
