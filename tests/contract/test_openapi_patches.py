"""The judge is judged first: each patch of the published description must be needed, and what it cites must say so."""

import re
from pathlib import Path

import pytest

from tests.contract.openapi_judge import Document, Exchange, Json, Judge, Patch, load_documents, load_patches
from tests.contract.recorded import FIXTURES, RECORDINGS, recording

pytestmark = pytest.mark.contract

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "dbt-cloud-api.md"
PATCHES = load_patches()


@pytest.fixture(scope="module")
def published() -> dict[str, Json]:
    return load_documents()


def document(published: dict[str, Json], name: str, patches: list[Patch]) -> Document:
    """Recorded answers are of 2021 to 2023: younger fields are missing, so absence is not held against them."""
    applicable = [patch for patch in patches if patch.document == name]
    return Document(published[name], applicable, demand_required=False)


def problems(judge: Judge, fixture: str) -> list[str]:
    return [
        problem
        for method, path, status in RECORDINGS[fixture]
        for problem in judge.problems(recording(fixture, method, path, status))
    ]


@pytest.mark.parametrize("fixture", RECORDINGS)
def test_the_patched_description_accepts_every_recorded_answer(published: dict[str, Json], fixture: str) -> None:
    judge = Judge({name: document(published, name, PATCHES) for name in published})
    assert problems(judge, fixture) == []


@pytest.mark.parametrize("patch", [p for p in PATCHES if "fixture" in p.cites], ids=lambda p: p.name)
def test_without_the_patch_the_description_contradicts_the_recording_it_cites(
    published: dict[str, Json], patch: Patch
) -> None:
    others = [other for other in PATCHES if other is not patch]
    judge = Judge({name: document(published, name, others) for name in published})
    assert problems(judge, Path(patch.cites["fixture"]).stem)


@pytest.mark.parametrize("patch", PATCHES, ids=lambda p: p.name)
def test_a_patch_cites_something_that_exists(patch: Patch) -> None:
    ((kind, cited),) = patch.cites.items()
    if kind == "fixture":
        assert (FIXTURES / cited).is_file()
    elif kind == "reference":
        section = re.escape(cited.removeprefix("§"))
        assert re.search(rf"^##+ {section}\.? ", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE)
    else:
        assert kind == "client"
        assert "dbt" in cited
    assert len(patch.why) > 20


@pytest.mark.parametrize("patch", PATCHES, ids=lambda p: p.name)
def test_a_patch_changes_only_what_is_there_or_adds_what_is_not(published: dict[str, Json], patch: Patch) -> None:
    before = Document(published[patch.document])
    after = Document(published[patch.document], [patch])
    assert before.source != after.source


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"status":{"code":200,"is_success":true,"user_message":"","developer_message":""},"data":[]}'),
        (200, b'{"data":{}}'),
        (299, b"{}"),
        (500, b"{}"),
        (404, b'{"detail":"not found"}'),
    ],
)
def test_the_judge_refuses_wrong_shapes(judge: Judge, status: int, body: bytes) -> None:
    wrong = Exchange(
        method="GET", path="/api/v2/accounts/1/jobs/", status=status, content_type="application/json", body=body
    )
    assert judge.problems(wrong)


def test_the_judge_refuses_an_unknown_operation_that_works(judge: Judge) -> None:
    made_up = Exchange(
        method="GET", path="/api/v2/accounts/1/alerts/", status=200, content_type="application/json", body=b"{}"
    )
    assert judge.problems(made_up)
