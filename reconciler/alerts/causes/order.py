"""What failed, in the order of cause and effect: the first line that a person reads is then the likely cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from reconciler.model.run import Node, NodeResult, NodeStatus, RunFacts
from reconciler.model.telling import NodeKind

__all__ = ["in_order_of_cause"]


def in_order_of_cause(facts: RunFacts) -> tuple[NodeResult, ...]:
    """Return a run's results: models, seeds, snapshots and sources before tests, earlier in the graph before later.

    Whatever the graph does not order keeps the order of the artifact, which is that of finishing.
    """
    above = _causes_above(facts)
    return tuple(sorted(facts.results, key=lambda each: (each.kind is NodeKind.TEST, above[each.unique_id])))


def _causes_above(facts: RunFacts) -> Counter[str]:
    """Count, for each id, what went wrong above it: whatever is below something has all that this has, and one more.

    Where the manifest told no descendants, ancestors are climbed to as far as they are known.
    """
    wrong = {each.unique_id for each in facts.results if each.status.bad or each.status is NodeStatus.WARNED}
    above = Counter(each for one in wrong for each in facts.below.get(one, ()))
    untold = wrong - facts.below.keys()
    for each in wrong if untold and facts.nodes else ():
        above[each] += len(untold & _ancestors(facts.nodes, each))
    return above


def _ancestors(nodes: Mapping[str, Node], unique_id: str) -> set[str]:
    seen, waiting = {unique_id}, [unique_id]
    for each in waiting:
        node = nodes.get(each)
        fresh = [parent for parent in node.parents if parent not in seen] if node else []
        seen.update(fresh)
        waiting.extend(fresh)
    return seen - {unique_id}
