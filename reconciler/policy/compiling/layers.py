"""Layers: what `defaults`, a tier, the head of a team's file or a rule says about a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel
from ruamel.yaml.nodes import SequenceNode

from reconciler.model.action_fields import ACTION_FIELDS, unknown_fields
from reconciler.model.layers import Layer, NotifyEdit, Sla, Target
from reconciler.model.outcome import Outcome
from reconciler.model.problem import NOWHERE
from reconciler.policy.compiling.sections import anomalies, digest, grouping, hours, oncall, promotion
from reconciler.policy.documents.layers import LayerDoc, TargetDoc
from reconciler.policy.way_out import MEANT_OUTCOMES
from reconciler.policy.words import did_you_mean, listed, shown
from reconciler.policy.yaml_tree import position

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ruamel.yaml.nodes import Node

    from reconciler.model.problem import Position
    from reconciler.policy.documents.layers import DigestDoc, HoursDoc, NotifyDoc, SlaDoc
    from reconciler.policy.names import Names
    from reconciler.policy.report import Report

__all__ = ["LAYER_KEYS", "LayerCompiler", "given", "items_of", "nodes_of"]

LAYER_KEYS: Final = tuple(LayerDoc.model_fields)
"""What a rule may say besides `match` and `tier`."""

_EVERY: Final = tuple(outcome for outcome in Outcome if outcome is not Outcome.STARTED)
_SIMPLE: Final = (
    "escalation",
    "response",
    "owner",
    "runbook",
    "impact",
    "reason",
    "timezone",
    "repository",
    "repository_path",
)
_TYPED: Final[Mapping[str, Callable[[Any], object]]] = {
    "oncall": oncall,
    "hours": hours,
    "group": grouping,
    "digest": digest,
    "anomalies": anomalies,
}


def nodes_of(node: Node | None) -> dict[str, tuple[Node, Node]]:
    """Return key and value node of each entry of a mapping whose key is text."""
    return {pair[0].value: pair for pair in node.value if type(pair[0].value) is str} if node is not None else {}


def items_of(node: Node) -> Sequence[Node]:
    """Return the nodes of a list; a single value stands for a list of one."""
    return node.value if isinstance(node, SequenceNode) else [node]


def given(document: BaseModel) -> dict[str, Any]:
    """Return a checked mapping with its values as they are: secrets stay masked, references stay references."""
    fields = type(document).model_fields
    values = {name: getattr(document, name) for name in fields if name in document.model_fields_set}
    return {
        fields[name].alias or name: given(value) if isinstance(value, BaseModel) else value
        for name, value in values.items()
    }


class LayerCompiler:
    """Compiles the layers of one file."""

    def __init__(self, file: str, names: Names, report: Report) -> None:
        self._file = file
        self._names = names
        self._report = report

    def position(self, node: Node) -> Position:
        return position(self._file, node)

    def layer(self, document: LayerDoc, at: Position, nodes: Mapping[str, tuple[Node, Node]]) -> Layer:
        """Return what the document says; names that it uses are checked on the way."""
        said = document.model_fields_set
        values: dict[str, Any] = {name: getattr(document, name) for name in _SIMPLE if name in said}
        values |= {name: compiled(getattr(document, name)) for name, compiled in _TYPED.items() if name in said}
        if document.digest is not None:
            values["digest"] = replace(values["digest"], inside=self.position(nodes["digest"][1]))
        if document.notify is not None:
            values["notify"] = self._notify(document.notify, document.reason, nodes["notify"][1])
        if document.sla is not None:
            values["sla"] = self._sla(document.sla, nodes["sla"])
        if document.actions is not None:
            values["actions"] = tuple(document.actions)
            self._check_actions(document.actions, nodes["actions"][1])
        if document.promote is not None:
            values["promote"] = tuple(map(promotion, document.promote))
        if document.timezone is not None:
            self._names.zone(document.timezone, self.position(nodes["timezone"][1]))
        if not said.isdisjoint(_NAMING):
            self._check_names(document, nodes)
        places = {name: self.position(pair[0]) for name, pair in nodes.items()}
        return Layer(at=at, places=places, **values)

    def _check_names(self, document: LayerDoc, nodes: Mapping[str, tuple[Node, Node]]) -> None:
        if document.escalation:
            self._names.escalation(document.escalation, self.position(nodes["escalation"][1]))
        for name, section in (("hours", document.hours), ("digest", document.digest)):
            if section is not None:
                self._check_days(section, nodes[name][1])
        if document.digest is not None:
            for channel, place in self._places(document.digest.to, self._child(nodes["digest"][1], "to")):
                self._names.relayed(channel, place, where="digest.to")
        if document.promote is not None:
            for item, node in zip(document.promote, items_of(nodes["promote"][1]), strict=True):
                self._names.tier(item.to, self._inner(node, "to"))

    def _check_actions(self, actions: Sequence[str], node: Node) -> None:
        """Refuse names between double braces that nothing will ever stand for."""
        for action, place in zip(actions, items_of(node), strict=True):
            for name in unknown_fields(action):
                meant = did_you_mean(name, tuple(ACTION_FIELDS))
                self._report.error(
                    self.position(place),
                    f"`actions` has no name {shown(name)}" + (f": did you mean `{meant}`?" if meant else ""),
                    found=shown(action),
                    expected=f"one of {listed(ACTION_FIELDS)}, alone between the braces",
                    fix=f"write `{{{{ {meant or 'relation'} }}}}`, or the text itself",
                )

    def _check_days(self, section: HoursDoc | DigestDoc | SlaDoc, node: Node) -> None:
        if section.calendar:
            self._names.calendar(section.calendar, self._inner(node, "calendar"))
        if section.timezone:
            self._names.zone(section.timezone, self._inner(node, "timezone"))

    def _notify(self, document: NotifyDoc, reason: str | None, node: Node) -> dict[Outcome, NotifyEdit]:
        nodes = nodes_of(node)
        inside = self.position(node)
        edits: dict[Outcome, NotifyEdit] = {}
        twice = self._outcomes_given_twice(nodes)
        for word, pair in nodes.items():
            if word == "any":
                continue
            outcome = Outcome(MEANT_OUTCOMES.get(word, word))
            items = getattr(document, word.replace(".", "_"))
            if word in MEANT_OUTCOMES and outcome not in twice:
                self._report.renamed(self.position(pair[0]), word, outcome.value)
            edits[outcome] = self._edit(items, pair, where=outcome.value, reason=reason, inside=inside)
        if document.any is not None:
            edit = self._edit(document.any, nodes["any"], where="any", reason=reason, inside=inside)
            edits |= {outcome: edit for outcome in _EVERY if outcome not in edits}
        return edits

    def _outcomes_given_twice(self, nodes: Mapping[str, tuple[Node, Node]]) -> set[Outcome]:
        """Refuse two words for one outcome, in either order: the channels of one of them would be told of nothing."""
        first: dict[str, str] = {}
        twice: set[Outcome] = set()
        for word in nodes:
            meant = MEANT_OUTCOMES.get(word, word)
            earlier = first.setdefault(meant, word)
            if earlier != word:
                twice.add(Outcome(meant))
                odd = word if word in MEANT_OUTCOMES else earlier
                self._report.twice(
                    self.position(nodes[word][0]),
                    self.position(nodes[earlier][0]),
                    f"`{meant}` is given twice: `{odd}` means `{meant}`",
                    fix=f"put both lists into one `{meant}: [NAME, …]`",
                )
        return twice

    def _edit(
        self,
        items: Sequence[str | TargetDoc],
        pair: tuple[Node, Node],
        *,
        where: str,
        reason: str | None,
        inside: Position,
    ) -> NotifyEdit:
        key, node = pair
        at = self.position(node)
        if not items and not reason:
            self._report.error(
                at,
                f"`{where}: []` tells nobody and needs a reason",
                found="[]",
                expected="`reason` beside `notify`",
                fix="add `reason: …`, or delete the outcome to inherit it",
            )
        beyond = where if where == "any" or not Outcome(where).native else ""
        signed: list[str] = []
        targets: list[Target] = []
        for item, place in zip(items, items_of(node), strict=True):
            target, sign = _target(item)
            signed.append(sign)
            targets.append(target)
            self._check_target(target, place, beyond)
            for condition in _conditions(target):
                self._check_condition(condition, place, where)
        if len(set(map(bool, signed))) > 1:
            self._mixed(at, where)
        edit = partial(NotifyEdit, at=at, inside=inside, key=NOWHERE if where == "any" else self.position(key))
        if signed and signed[0]:
            return edit(
                add=_once(target for target, sign in zip(targets, signed, strict=True) if sign != "-"),
                remove=tuple(target.channel for target, sign in zip(targets, signed, strict=True) if sign == "-"),
            )
        return edit(replace=_once(targets))

    def _mixed(self, at: Position, where: str) -> None:
        self._report.error(
            at,
            f"`{where}` mixes signed and plain names",
            found="some names with + or -, some without",
            expected="either every name signed (the list edits what is inherited) or none (it replaces it)",
            fix="put + in front of the plain names, or remove the signs",
        )

    def _check_target(self, target: Target, place: Node, beyond: str) -> None:
        """Check a channel. `beyond` is the outcome if it is one of which dbt Cloud does not tell."""
        beyond = beyond or ("of" if target.of else "over" if target.over else "")
        if beyond:
            self._names.relayed(target.channel, self.position(place), where=beyond)
        elif target.channel not in self._names.channels:  # places are many, and wanted by what is wrong only
            self._names.channel(target.channel, self.position(place))

    def _check_condition(self, condition: str, place: Node, where: str) -> None:
        """Check that a condition can hold: only what failed has failed nodes, and only what is late has a delay."""
        if where in _HOLDS_UNDER[condition]:
            return
        listed = " and ".join(f"`{each}`" for each in _HOLDS_UNDER[condition])
        self._report.error(
            self._inner(place, condition),
            f"`{condition}` under `{where}` never holds",
            found=f"a channel that nothing of `{where}` would reach",
            expected=f"`{condition}` under {listed}",
            fix=f"delete `{condition}`, or name the channel under `{_HOLDS_UNDER[condition][0]}`",
        )

    def _sla(self, document: SlaDoc, pair: tuple[Node, Node]) -> Sla:
        node = pair[1]
        self._check_days(document, node)
        if document.tier:
            self._names.tier(document.tier, self._inner(node, "tier"))
        return Sla(at=self.position(pair[0]), **{name: getattr(document, name) for name in document.model_fields_set})

    def _places(self, items: Sequence[Any], node: Node) -> list[tuple[Any, Position]]:
        """Pair each item of a list with its place."""
        return [(item, self.position(place)) for item, place in zip(items, items_of(node), strict=True)]

    def _child(self, node: Node, name: str) -> Node:
        return nodes_of(node)[name][1]

    def _inner(self, node: Node, name: str) -> Position:
        return self.position(self._child(node, name))


_HOLDS_UNDER: Final = {"of": ("failure", "warning", "any"), "over": ("late", "any")}
_NAMING: Final = frozenset({"escalation", "hours", "digest", "promote"})


def _target(item: str | TargetDoc) -> tuple[Target, str]:
    """Return the target without its sign, and the sign."""
    name = item if isinstance(item, str) else item.to
    sign = name[0] if name[0] in "+-" else ""
    channel = name[len(sign) :]
    if isinstance(item, str):
        return Target(channel=channel), sign
    return Target(channel=channel, of=item.of, over=item.over), sign


def _conditions(target: Target) -> Iterable[str]:
    return [name for name, value in (("of", target.of), ("over", target.over)) if value]


def _once(targets: Iterable[Target]) -> tuple[Target, ...]:
    return tuple(dict.fromkeys(targets))
