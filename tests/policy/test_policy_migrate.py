"""From one version of the language to the next, with a pair of versions made up for the test.

Version 0 says `people:` for `channels:` and `rank: one` for `rank: 1`; a channel of it may have a `note`, now gone.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.errors import PolicyError
from reconciler.model.edit import Edit, RemoveKey, ReplaceScalar
from reconciler.policy import load
from reconciler.policy.migrate import Migration, Migrator
from reconciler.policy.yaml_tree import Tree

ACCOUNT = """\
version: 0   # written long ago
manager: acme
account: {id: 4711, host: "https://ab123.us1.dbt.com", token: $DBT_CLOUD_TOKEN}
"""
PEOPLE = """\
# who is told
people:
  maria: {type: dbt_user, email: maria@acme.example, note: on leave}   # the owner
  paul: {type: dbt_user, email: paul@acme.example}
tiers:
  high: {rank: one, notify: {run.error: [maria]}}
"""
CHANNELS = """\
# who is told
channels:
  maria: {type: dbt_user, email: maria@acme.example}   # the owner
  paul: {type: dbt_user, email: paul@acme.example}
tiers:
  high: {rank: 1, notify: {failure: [maria]}}
"""


def _from_zero(tree: Tree) -> Iterator[Edit]:
    if "people" in tree.data:
        yield ReplaceScalar(at=tree.key_at(("people",)), value="channels")
    for name, tier in tree.data.get("tiers", {}).items():
        if tier.get("rank") == "one":
            yield ReplaceScalar(at=tree.value_at(("tiers", name, "rank")), value="1")
    for name, person in tree.data.get("people", {}).items():
        if "note" in person:
            yield RemoveKey(at=tree.key_at(("people", name, "note")))


MIGRATOR = Migrator(migrations=(Migration(from_version=0, edits=_from_zero),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "account.yml").write_text(ACCOUNT)
    (tmp_path / "people.yml").write_text(PEOPLE)
    return tmp_path


def test_a_policy_of_the_version_before_is_rewritten_with_its_comments(folder: Path) -> None:
    migrated = MIGRATOR.migrated([folder])
    assert migrated.found == 0
    texts = {Path(each.file).name: each.after for each in migrated.changed}
    assert texts == {"account.yml": ACCOUNT.replace("version: 0", "version: 1"), "people.yml": CHANNELS}
    for each in migrated.changed:
        Path(each.file).write_text(each.after)
    assert load([folder]).warnings == ()
    assert MIGRATOR.migrated([folder]).changed == ()


def test_a_policy_is_migrated_whole_or_not_at_all(folder: Path) -> None:
    shared = PEOPLE.replace("{rank: one, notify", "&high {rank: one, notify") + "  low: *high\n"
    (folder / "people.yml").write_text(shared)
    with pytest.raises(PolicyError) as refused:
        MIGRATOR.migrated([folder])
    places = {(Path(problem.at.file).name, problem.at.line) for problem in refused.value.problems}
    assert ("people.yml", 6) in places
    assert any("an alias repeats it" in problem.message for problem in refused.value.problems)


def test_what_a_migration_leaves_wrong_is_told_and_not_written(folder: Path) -> None:
    (folder / "people.yml").write_text(PEOPLE + "nonsense: 1\n")
    with pytest.raises(PolicyError) as refused:
        MIGRATOR.migrated([folder])
    assert [problem.message for problem in refused.value.problems] == ["there is no key `nonsense` here"]


@pytest.mark.parametrize(
    ("version", "message", "fix"),
    [
        ("3", "the policy is of a newer version than this tool", "update dbt-alerts"),
        ("-1", "there is no way from this version to that of the tool", "write `version: 1`, or the version it is of"),
    ],
)
def test_a_version_that_nothing_leads_from_is_refused(folder: Path, version: str, message: str, fix: str) -> None:
    (folder / "account.yml").write_text(ACCOUNT.replace("version: 0", f"version: {version}"))
    with pytest.raises(PolicyError) as refused:
        MIGRATOR.migrated([folder])
    (problem,) = refused.value.problems
    assert (problem.message, problem.fix, problem.expected) == (message, fix, "0 or 1")
    assert (problem.at.line, problem.at.column) == (1, 10)


def test_only_the_version_just_before_is_migrated(folder: Path) -> None:
    older = Migrator(migrations=(Migration(from_version=0, edits=_from_zero),), version=2)
    with pytest.raises(PolicyError) as refused:
        older.migrated([folder])
    assert [problem.message for problem in refused.value.problems] == [
        "there is no way from this version to that of the tool"
    ]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as refused:
        MIGRATOR.migrated([tmp_path / "absent.yml"])
    assert refused.value.problems[0].message == "there is no such file or folder"
