"""What failed, warned and was skipped, from the rows of an artifact and what the manifest says of their nodes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from reconciler.alerts.causes.order import in_order_of_cause
from reconciler.alerts.links import Links
from reconciler.alerts.repository import Repository
from reconciler.model.alert import FailedThing, Skipped, Upstream
from reconciler.model.run import Node, NodeResult, NodeStatus, RunFacts, RunStatus, RunStep
from reconciler.model.telling import NodeKind

__all__ = ["Reading", "affected", "failed_step", "failed_things", "skipped_of"]

_LINE: Final = re.compile(r"\b(?:line|LINE)[ :]{1,3}(\d{1,6})\b|\bat \[(\d{1,6}):\d{1,6}\]")
_LOOKED_AT: Final = 4000
_MOST_NAMES: Final = 20
_TESTS: Final = frozenset({"test", "unit_test"})
_SOURCE_ERRORS: Final = ("compilation error", "parsing error", "syntax error in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A run's facts, and what addresses are made of."""

    facts: RunFacts
    links: Links
    repository: Repository | None = None

    def node(self, unique_id: str) -> Node | None:
        return self.facts.nodes.get(unique_id)

    def name(self, unique_id: str) -> str:
        """Return a node's name, from its own id where the manifest is silent."""
        node = self.node(unique_id)
        return node.name if node else name_of(unique_id)


def name_of(unique_id: str) -> str:
    """Return the name in a unique id: `model.shop.orders` is orders, `source.shop.stripe.payments` is payments."""
    parts = unique_id.split(".")
    if parts[0] == "source" and len(parts) > 3:
        return parts[3]
    return parts[2] if len(parts) > 2 else unique_id


def failed_things(reading: Reading, *, status: frozenset[NodeStatus]) -> tuple[FailedThing, ...]:
    """Return the nodes of those statuses, causes first."""
    tests = _tests_by_parent(reading.facts)
    return tuple(_thing(reading, each, tests) for each in in_order_of_cause(reading.facts) if each.status in status)


def _tests_by_parent(facts: RunFacts) -> Mapping[str, list[Node]]:
    tests: defaultdict[str, list[Node]] = defaultdict(list)
    for node in facts.nodes.values():
        for parent in node.parents if node.resource_type in _TESTS else ():
            tests[parent].append(node)
    return tests


def _thing(reading: Reading, result: NodeResult, tests: Mapping[str, list[Node]]) -> FailedThing:
    node = reading.node(result.unique_id) or Node(
        unique_id=result.unique_id, name=name_of(result.unique_id), resource_type=result.unique_id.split(".")[0]
    )
    run = reading.facts.run
    line = named_line(result.message)
    relation = result.relation or node.relation
    return FailedThing(
        name=node.name,
        kind=result.kind,
        unique_id=result.unique_id,
        error=result.message,
        file=node.file,
        line=line,
        file_url=_file_url(reading, node.file, line if _speaks_of_source(result.message) else None),
        compiled_file=result.compiled_file or node.compiled_file,
        relation=relation,
        owner=node.owner,
        owner_email=node.owner_email,
        docs_url=reading.links.docs(run.project_id, run.environment_id, result.unique_id),
        failures=result.failures,
        failures_query=_failures_query(result, relation),
        neighbours=_neighbours(node, tests),
        parents=tuple(reading.name(parent) for parent in node.parents),
        upstream=tuple(_upstream(reading, each) for each in _parents(node)),
        seconds=result.seconds,
        tags=node.tags,
        description=node.description,
    )


def _parents(node: Node) -> tuple[str, ...]:
    """Return the ids of what a node reads from; of a test, what it stands on first."""
    return tuple(dict.fromkeys((node.attached, *node.parents) if node.attached else node.parents))


def _upstream(reading: Reading, unique_id: str) -> Upstream:
    node = reading.node(unique_id)
    return Upstream(
        name=reading.name(unique_id),
        relation=node.relation if node else "",
        file=node.file if node else "",
    )


def named_line(message: str) -> int | None:
    """Return the first line number that a message names."""
    found = _LINE.search(message[:_LOOKED_AT])
    return int(found[1] or found[2]) if found else None


def _speaks_of_source(message: str) -> bool:
    """Tell whether a message counts the lines of the project's own file: a warehouse counts those of compiled code."""
    return message[:_LOOKED_AT].lstrip().lower().startswith(_SOURCE_ERRORS)


def _file_url(reading: Reading, file: str, line: int | None) -> str:
    repository = reading.repository
    return repository.file(file, reading.facts.run.git_sha, line=line) if repository and file else ""


def _failures_query(result: NodeResult, relation: str) -> str:
    """Return the query on stored failures; only a test that stores them has a relation."""
    if result.kind is not NodeKind.TEST or not relation:
        return ""
    return f"select * from {relation} limit 100"  # noqa: S608 - for people to copy; nothing here runs it


def _neighbours(node: Node, tests: Mapping[str, list[Node]]) -> tuple[str, ...]:
    """Return the other tests on a node and its parents."""
    around = (test for each in (node.unique_id, *node.parents) for test in tests.get(each, ()))
    return tuple(dict.fromkeys(test.name for test in around if test.unique_id != node.unique_id))


def failed_step(facts: RunFacts) -> FailedThing | None:
    """Return the step that failed, for a failure that no node stands for; None if no step tells."""
    step = facts.step or next((each for each in facts.run.steps if each.status is RunStatus.ERROR), None)
    if step is None or step.status is RunStatus.SUCCESS:
        return None
    return FailedThing(name=step.name, kind=NodeKind.INFRASTRUCTURE, error=_step_error(step, facts))


def _step_error(step: RunStep, facts: RunFacts) -> str:
    return step.log_tail.strip() or facts.run.message


def skipped_of(reading: Reading) -> tuple[Skipped, ...]:
    """Count what was skipped by the failed node that it depends on; what depends on several, by the first cause."""
    results = in_order_of_cause(reading.facts)
    failed = [each.unique_id for each in results if each.status.bad]
    below = {each: _below(reading.facts, each) for each in failed}
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for each in results:
        if each.status is NodeStatus.SKIPPED:
            cause = next((up for up in failed if each.unique_id in below[up]), None) or _ancestor(reading, each, failed)
            groups[reading.name(cause) if cause else ""].append(reading.name(each.unique_id))
    return tuple(
        Skipped(because=because, count=len(names), names=tuple(names[:_MOST_NAMES]))
        for because, names in groups.items()
    )


def _below(facts: RunFacts, unique_id: str) -> frozenset[str]:
    return frozenset(facts.below.get(unique_id, ()))


def _ancestor(reading: Reading, skipped: NodeResult, failed: Sequence[str]) -> str | None:
    """Climb from a skipped node to the nearest failed one, where the manifest told no descendants."""
    wanted, seen, waiting = set(failed), {skipped.unique_id}, [skipped.unique_id]
    for each in waiting:
        if each in wanted:
            return each
        node = reading.node(each)
        for parent in node.parents if node else ():
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return None


def affected(reading: Reading) -> tuple[str, ...]:
    """Return the exposures below what failed: dashboards and reports, by the names that people gave them."""
    found = [
        each
        for result in in_order_of_cause(reading.facts)
        if result.status.bad
        for each in reading.facts.below.get(result.unique_id, ())
        if each.startswith("exposure.")
    ]
    return tuple(reading.name(each) for each in dict.fromkeys(found))
