"""What a manifest says around the nodes that went wrong, beside an independent small reading of the same file."""

import io
from typing import Any

import pytest

from reconciler.alerts.artifacts import graph as graph_module
from reconciler.alerts.artifacts import manifest as manifest_module
from reconciler.alerts.artifacts.manifest import MANIFEST, ManifestRead, read_manifest
from reconciler.model.run import Node, NodeStatus
from tests.alerts.artifacts.artifact_files import (
    FOLDER,
    manifest_of,
    plain,
    recorded_manifest,
    recorded_results,
    result,
)

PROJECTS = ["exam-shop-dbt1.4-mixed", "exam-shop-dbt1.10-mixed"]
NODE_SECTIONS = ("nodes", "sources", "exposures", "metrics")


def parents(folder: str) -> dict[str, list[str]]:
    """Read the file's own parent_map, which the reader does not look at."""
    return plain(folder, MANIFEST)["parent_map"]


def downstream(folder: str, unique_id: str) -> set[str]:
    children = plain(folder, MANIFEST)["child_map"]
    found: set[str] = set()
    todo = [unique_id]
    while todo:
        new = set(children.get(todo.pop(), [])) - found
        found |= new
        todo += new
    return found


def read(folder: str) -> ManifestRead:
    return recorded_manifest(folder, recorded_results(folder).results)


@pytest.mark.parametrize("folder", PROJECTS)
def test_below_is_everything_downstream_as_the_files_own_child_map_has_it(folder: str) -> None:
    ids = [each for each in parents(folder) if not each.startswith("test.")]
    found = recorded_manifest(folder, [result(each) for each in ids])
    assert {unique_id: set(below) for unique_id, below in found.below.items()} == {
        unique_id: downstream(folder, unique_id) for unique_id in ids
    }
    assert all(len(set(below)) == len(below) for below in found.below.values())


@pytest.mark.parametrize("folder", PROJECTS)
def test_below_stands_for_what_failed_or_warned(folder: str) -> None:
    wrong = {
        each.unique_id for each in recorded_results(folder).results if each.status.value in {"error", "fail", "warn"}
    }
    assert set(read(folder).below) == wrong


def test_below_a_test_is_what_dbt_build_skipped_for_it() -> None:
    """The recorded build skipped these when tests of stg_orders failed, and nothing below the model that failed."""
    found = recorded_results(PROJECTS[1]).results
    skipped = {each.unique_id for each in found if each.status is NodeStatus.SKIPPED}
    failed_tests = [each.unique_id for each in found if each.status is NodeStatus.FAILED]
    below = read(PROJECTS[1]).below
    assert failed_tests
    assert [set(below[each]) for each in failed_tests] == [skipped] * len(failed_tests)
    assert below["model.exam_shop.missing_column"] == ()


def test_a_test_of_two_nodes_holds_up_only_what_depends_on_both() -> None:
    nodes: dict[str, Any] = {
        "model.a.orders": {},
        "model.a.people": {},
        "test.a.relation": {"depends_on": {"nodes": ["model.a.orders", "model.a.people"]}},
        "test.a.other": {"depends_on": {"nodes": ["model.a.orders", "model.a.people"]}},
        "model.a.of_one": {"depends_on": {"nodes": ["model.a.orders"]}},
        "model.a.of_both": {"depends_on": {"nodes": ["model.a.orders", "model.a.people"]}},
        "test.a.on_both": {"depends_on": {"nodes": ["model.a.of_both"]}},
        "exposure.a.board": {"depends_on": {"nodes": ["model.a.of_both"]}},
        "test.a.of_nothing": {},
    }
    below = manifest_of({"nodes": nodes}, result("test.a.relation"), result("test.a.of_nothing")).below
    assert below == {
        "test.a.relation": ("model.a.of_both", "test.a.on_both", "exposure.a.board"),
        "test.a.of_nothing": (),
    }


@pytest.mark.parametrize("folder", PROJECTS)
def test_the_nodes_are_what_went_wrong_its_parents_the_tests_on_both_and_exposures_below(folder: str) -> None:
    above = parents(folder)
    wrong = {each.unique_id for each in recorded_results(folder).results if each.status is not NodeStatus.SUCCESS}
    kept = wrong | {parent for each in wrong for parent in above[each]}
    kept |= {each for each, its in above.items() if each.startswith("test.") and kept & set(its)}
    kept |= {"exposure.exam_shop.weekly_dashboard"}
    found = read(folder)
    assert set(found.nodes) == kept
    assert found.missing == ()
    assert not [each for each in found.nodes if each.startswith(("seed.", "source."))]


@pytest.mark.parametrize("folder", PROJECTS)
def test_each_node_is_what_the_file_says(folder: str) -> None:
    whole = plain(folder, MANIFEST)
    raw = {key: node for section in NODE_SECTIONS for key, node in whole[section].items()}
    for unique_id, node in read(folder).nodes.items():
        told = raw[unique_id]
        assert (node.unique_id, node.name, node.resource_type) == (unique_id, told["name"], told["resource_type"])
        assert node.file == told["original_file_path"]
        assert node.compiled_file == (told.get("compiled_path") or "")
        assert node.relation == (told.get("relation_name") or "")
        assert node.description == told["description"]
        assert node.tags == tuple(told["tags"])
        assert node.parents == tuple(told["depends_on"]["nodes"])
        assert node.attached == (told.get("attached_node") or "")


def test_owners_are_as_the_project_declares_them() -> None:
    nodes = read(PROJECTS[1]).nodes
    owners = {key: (node.owner, node.owner_email) for key, node in nodes.items() if node.owner}
    assert {key: owner for key, owner in owners.items() if not key.startswith("test.")} == {
        "model.exam_shop.good_one": ("@ann <ann@example.com>", "ann@example.com"),
        "model.exam_shop.broken_cast": ("зло <b>x</b>", ""),
        "model.exam_shop.stg_orders": ("data-team@example.com", "data-team@example.com"),
        "exposure.exam_shop.weekly_dashboard": ("Ann", "ann@example.com"),
    }


@pytest.mark.parametrize("folder", PROJECTS)
def test_a_test_that_nobody_owns_has_the_owner_of_its_node(folder: str) -> None:
    nodes = read(folder).nodes
    owners = {node.name: node.owner for node in nodes.values() if node.resource_type == "test" and node.owner}
    assert owners["singular_fail"] == "data-team@example.com"
    assert owners["not_null_broken_cast_total"] == "зло <b>x</b>"
    relation = next(name for name in (node.name for node in nodes.values()) if name.startswith("relationships_"))
    assert owners.get(relation, "") == ("data-team@example.com" if "1.10" in folder else "")


def test_a_tests_own_owner_stands() -> None:
    nodes: dict[str, Any] = {
        "model.a.m": {"meta": {"owner": "Model"}},
        "test.a.t": {"meta": {"owner": "Test"}, "depends_on": {"nodes": ["model.a.m"]}},
        "test.a.of_gone": {"depends_on": {"nodes": ["model.a.gone"]}},
    }
    found = manifest_of({"nodes": nodes}, result("test.a.t"), result("test.a.of_gone")).nodes
    assert (found["test.a.t"].owner, found["test.a.of_gone"].owner) == ("Test", "")


def test_a_stale_source_is_looked_up_with_what_is_below_it() -> None:
    document = {
        "nodes": {"model.a.m": {"name": "m", "depends_on": {"nodes": ["source.a.raw.t"]}}},
        "sources": {"source.a.raw.t": {"name": "t", "resource_type": "source", "relation_name": "raw.t"}},
    }
    found = manifest_of(document, result("source.a.raw.t"))
    assert found.nodes == {
        "source.a.raw.t": Node(unique_id="source.a.raw.t", name="t", resource_type="source", relation="raw.t")
    }
    assert found.below == {"source.a.raw.t": ("model.a.m",)}


def test_a_group_may_stand_after_the_nodes_and_its_owner_is_found() -> None:
    document = {
        "nodes": {"model.a.m": {"package_name": "a", "group": "finance"}},
        "groups": {"group.a.finance": {"name": "finance", "owner": {"name": "Finance", "email": ["f@acme.example"]}}},
    }
    node = manifest_of(document, result("model.a.m")).nodes["model.a.m"]
    assert (node.owner, node.owner_email) == ("Finance", "f@acme.example")


def test_a_circle_is_walked_once_and_nobody_is_below_itself() -> None:
    nodes = {f"model.a.{name}": {"depends_on": {"nodes": [f"model.a.{above}"]}} for name, above in ["xz", "yx", "zy"]}
    assert manifest_of({"nodes": nodes}, result("model.a.x")).below == {"model.a.x": ("model.a.y", "model.a.z")}


def test_the_nearest_stand_first() -> None:
    nodes: dict[str, Any] = {
        "model.a.far": {"depends_on": {"nodes": ["model.a.near"]}},
        "model.a.near": {"depends_on": {"nodes": ["model.a.m"]}},
        "model.a.other": {"depends_on": {"nodes": ["model.a.m", "model.a.near"]}},
        "model.a.m": {},
    }
    assert manifest_of({"nodes": nodes}, result("model.a.m")).below["model.a.m"] == (
        "model.a.near",
        "model.a.other",
        "model.a.far",
    )


@pytest.mark.parametrize(
    "document",
    [
        {"nodes": {"model.a.m": None}},
        {"nodes": {"model.a.m": []}},
        {"nodes": {"model.a.m": "x"}},
        {"nodes": {"model.a.m": {"depends_on": None, "config": 1, "meta": [], "tags": 7, "owner": 3, "group": {}}}},
        {"nodes": {"model.a.m": {"depends_on": {"nodes": [1, None, {}]}}}, "groups": {"g": None}, "sources": None},
    ],
)
def test_a_node_of_any_shape_is_a_node_with_the_name_of_its_id(document: dict[str, Any]) -> None:
    found = manifest_of(document, result("model.a.m"))
    assert found.nodes == {"model.a.m": Node(unique_id="model.a.m", name="model.a.m", resource_type="model")}
    assert found.missing == ()


def test_what_is_not_in_the_manifest_is_left_out() -> None:
    found = manifest_of({"nodes": {"model.a.m": {}}}, result("model.a.gone"), result("macro.a.explode"))
    assert found == ManifestRead()


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        (b"{}", "manifest.json holds no nodes"),
        (b'{"metadata": {}, "nodes": {}}', "manifest.json holds no nodes"),
        (b"", "manifest.json: it breaks off in the middle; 0 of its nodes could be read"),
        (b"[]", "manifest.json: it holds no JSON object; 0 of its nodes could be read"),
        (b"<html>no</html>", "manifest.json: it is not JSON all through; 0 of its nodes could be read"),
    ],
)
def test_a_file_without_nodes_is_said(content: bytes, missing: str) -> None:
    assert read_manifest(io.BytesIO(content), [result("model.a.m")]) == ManifestRead(missing=(missing,))


def test_half_a_manifest_is_used_as_far_as_it_goes_and_said_once() -> None:
    content = (FOLDER / PROJECTS[1] / MANIFEST).read_bytes()
    keys = list(plain(PROJECTS[1], MANIFEST)["nodes"])
    third = content.index(f'"{keys[3]}": {{'.encode())
    found = read_manifest(io.BytesIO(content[:third]), [result(keys[1])])
    assert set(found.nodes) == {keys[1]}
    assert found.missing == ("manifest.json: it breaks off in the middle; 3 of its nodes could be read",)


def test_of_very_many_the_failed_are_looked_up_first_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest_module, "MOST_NODES", 2)
    nodes: dict[str, Any] = {f"model.a.m{number}": {} for number in range(4)}
    skipped, warned, failed, error = (result(each, status) for each, status in zip(nodes, _WORST_LAST, strict=True))
    found = manifest_of({"nodes": nodes}, skipped, warned, failed, error)
    assert set(found.nodes) == {failed.unique_id, error.unique_id}
    assert found.missing == ("manifest.json: 2 more nodes that went wrong were not looked up",)


_WORST_LAST = (NodeStatus.SKIPPED, NodeStatus.WARNED, NodeStatus.FAILED, NodeStatus.ERROR)


def test_lists_below_are_bounded_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_module, "BELOW_IN_ALL", 3)
    nodes: dict[str, Any] = {f"model.a.m{number}": {} for number in range(3)}
    nodes |= {f"model.a.c{number}": {"depends_on": {"nodes": ["model.a.m0", "model.a.m1"]}} for number in range(2)}
    found = manifest_of({"nodes": nodes}, *(result(f"model.a.m{number}") for number in range(3)))
    assert {key: len(below) for key, below in found.below.items()} == {"model.a.m0": 2, "model.a.m1": 2}
    assert found.missing == ("manifest.json: what depends on 1 more nodes was not looked up",)
