"""Read manifest.json in two passes: what depends on what, as ids, and then the few nodes that an alert shows.

The file may have 50 MB and more; neither pass holds more of it than one node's wanted fields.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from sys import intern
from typing import Any, BinaryIO, Final

from reconciler.alerts.artifacts.graph import Graph, is_test
from reconciler.alerts.artifacts.owner import owner_of
from reconciler.alerts.artifacts.walk import Broken, walk
from reconciler.alerts.remote import first_text, mapping, text, texts
from reconciler.model.run import Node, NodeResult, NodeStatus

__all__ = ["MANIFEST", "MOST_NODES", "ManifestRead", "read_manifest"]

MANIFEST: Final = "manifest.json"
MOST_NODES: Final = 1_000
"""How many nodes that went wrong are looked up, the failed ones first."""

_SECTIONS: Final = frozenset(
    {"nodes", "sources", "exposures", "metrics", "semantic_models", "saved_queries", "unit_tests"}
)
_GROUPS: Final = "groups"
_EDGES: Final = frozenset({"depends_on"})
_OWNER: Final = frozenset({"owner"})
_FIELDS: Final = frozenset(
    {
        "attached_node",
        "compiled_path",
        "config",
        "depends_on",
        "description",
        "group",
        "meta",
        "name",
        "original_file_path",
        "owner",
        "package_name",
        "relation_name",
        "resource_type",
        "tags",
    }
)
_MOST_PARENTS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestRead:
    """As RunFacts has it. `below` has an entry for each node that failed or warned and that the manifest knows."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    below: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def read_manifest(file: BinaryIO, results: Sequence[NodeResult]) -> ManifestRead:
    """Read what stands around the results that went wrong. Never raises for what the file holds."""
    edges = _Edges()
    missing = edges.read(file)
    if not edges.parents:
        return ManifestRead(missing=missing or (f"{MANIFEST} holds no nodes",))
    graph = Graph(edges.parents)
    wrong = _wrong(results)
    looked_at = wrong[:MOST_NODES]
    below, uncounted = graph.all_below(_roots(graph, looked_at))
    if len(wrong) > MOST_NODES:
        missing = (*missing, f"{MANIFEST}: {len(wrong) - MOST_NODES:,} more nodes that went wrong were not looked up")
    if uncounted:
        missing = (*missing, f"{MANIFEST}: what depends on {uncounted:,} more nodes was not looked up")
    nodes = _nodes(file, _around(graph, looked_at, below), edges.groups)
    return ManifestRead(nodes=nodes, below=below, missing=missing)


class _Edges:
    """The first pass: parents by id, and the owners of groups."""

    def __init__(self) -> None:
        self.parents: dict[str, tuple[str, ...]] = {}
        self.groups: dict[str, object] = {}

    def read(self, file: BinaryIO) -> tuple[str, ...]:
        try:
            for entry in walk(file, _edges_wanted):
                if entry.section == _GROUPS:
                    self._group(entry.key, entry.value)
                else:
                    self.parents[intern(text(entry.key))] = _parents(entry.value)
        except Broken as broken:
            return (f"{MANIFEST}: {broken}; {len(self.parents):,} of its nodes could be read",)
        return ()

    def _group(self, unique_id: str, value: object) -> None:
        owner = mapping(value).get("owner")
        self.groups[unique_id] = owner
        self.groups.setdefault(unique_id.rpartition(".")[2], owner)


def _edges_wanted(section: str, _key: str) -> Collection[str] | None:
    return _EDGES if section in _SECTIONS else _OWNER if section == _GROUPS else None


def _parents(value: object) -> tuple[str, ...]:
    found = texts(mapping(mapping(mapping(value).get("depends_on"))).get("nodes"), most=_MOST_PARENTS)
    return tuple(intern(each) for each in found)


_RANK: Final = {NodeStatus.ERROR: 0, NodeStatus.FAILED: 0, NodeStatus.WARNED: 1, NodeStatus.SKIPPED: 2}


def _wrong(results: Iterable[NodeResult]) -> list[NodeResult]:
    """Return what failed, then what warned, then what was skipped, each in the order of the file."""
    return sorted((each for each in results if each.status in _RANK), key=lambda each: _RANK[each.status])


def _roots(graph: Graph, wrong: Iterable[NodeResult]) -> list[str]:
    roots = dict.fromkeys(result.unique_id for result in wrong if result.status is not NodeStatus.SKIPPED)
    return [root for root in roots if root in graph]


def _around(graph: Graph, wrong: Iterable[NodeResult], below: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """Return the ids that an alert shows: what went wrong, its parents, the tests on both, and exposures below."""
    wanted = {result.unique_id for result in wrong}
    wanted.update(parent for each in tuple(wanted) for parent in graph.parents(each))
    wanted.update(test for each in tuple(wanted) for test in graph.tests(each))
    wanted.update(each for ids in below.values() for each in ids if each.startswith("exposure."))
    return frozenset(wanted)


def _nodes(file: BinaryIO, wanted: Collection[str], groups: Mapping[str, object]) -> dict[str, Node]:
    """Read the wanted nodes. Where the file breaks off, the first pass has said so."""

    def fields(section: str, key: str) -> Collection[str] | None:
        return _FIELDS if section in _SECTIONS and key in wanted else None

    found: dict[str, Node] = {}
    try:
        for entry in walk(file, fields):
            found[entry.key] = _node(entry.key, mapping(entry.value), groups)
    except Broken:
        pass
    return {unique_id: _owned(node, found) for unique_id, node in found.items()}


def _owned(node: Node, nodes: Mapping[str, Node]) -> Node:
    """Give a test that nobody owns the owner of the node that it stands on, if the file tells which one that is."""
    if node.owner or not is_test(node.unique_id):
        return node
    tested = nodes.get(node.attached or (node.parents[0] if len(node.parents) == 1 else ""))
    return node if tested is None else replace(node, owner=tested.owner, owner_email=tested.owner_email)


def _node(unique_id: str, node: Mapping[str, Any], groups: Mapping[str, object]) -> Node:
    owner, config = owner_of(node, groups), mapping(node.get("config"))
    return Node(
        unique_id=unique_id,
        name=first_text(node.get("name")) or unique_id,
        resource_type=first_text(node.get("resource_type")) or unique_id.partition(".")[0],
        file=text(node.get("original_file_path")),
        compiled_file=text(node.get("compiled_path")),
        relation=text(node.get("relation_name")),
        owner=owner.name,
        owner_email=owner.email,
        description=text(node.get("description"), most=2_000),
        tags=texts(node.get("tags"), most=50) or texts(config.get("tags"), most=50),
        parents=_parents(node),
        attached=text(node.get("attached_node")),
    )
