"""Two folders are read, and nothing beside them: no link leads out, no file is too large, none is not text."""

from __future__ import annotations

from pathlib import Path

import pytest
from jinja2 import Environment, TemplateNotFound
from jinja2.exceptions import TemplateSyntaxError

from reconciler.alerts.rendering.folders import Folders, candidates
from reconciler.alerts.rendering.overrides import overrides_beside
from reconciler.shipped import Shipped, shipped
from tests.alerts.rendering.conftest import write


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    shipped = write(tmp_path / "shipped", {"slack/base.j2": "shipped base", "slack/late.j2": "shipped late"})
    own = write(tmp_path / "own", {"slack/base.j2": "own base"})
    return Folders(shipped=shipped, overrides=own)


def source(folders: Folders, name: str) -> str:
    return folders.get_source(Environment(autoescape=True), name)[0]


def test_an_override_comes_first_and_shipped_is_never_one(folders: Folders) -> None:
    assert source(folders, "slack/base.j2") == "own base"
    assert source(folders, "shipped/slack/base.j2") == "shipped base"
    assert source(folders, "slack/late.j2") == "shipped late"


@pytest.mark.parametrize(
    "name",
    [
        "slack/gone.j2",
        "../secret.j2",
        "slack/../../secret.j2",
        "/etc/passwd.j2",
        "slack//base.j2",
        "./slack/base.j2",
        "slack\\base.j2",
        "slack/base.j2\0",
        "slack",
        "slack/base.txt",
        "shipped/../secret.j2",
        "",
    ],
)
def test_other_files_are_not_there(folders: Folders, tmp_path: Path, name: str) -> None:
    write(tmp_path, {"secret.j2": "secret"})
    with pytest.raises(TemplateNotFound):
        source(folders, name)


def test_no_link_leads_out(folders: Folders, tmp_path: Path) -> None:
    write(tmp_path, {"out/secret.j2": "secret"})
    (tmp_path / "own" / "slack" / "late.j2").symlink_to(tmp_path / "out" / "secret.j2")
    (tmp_path / "own" / "email").symlink_to(tmp_path / "out")
    (tmp_path / "own" / "slack" / "round.j2").symlink_to("round.j2")
    (tmp_path / "own" / "slack" / "same.j2").symlink_to("base.j2")
    assert source(folders, "slack/late.j2") == "shipped late"
    assert source(folders, "slack/same.j2") == "own base"
    for name in ("email/secret.j2", "slack/round.j2"):
        with pytest.raises(TemplateNotFound):
            source(folders, name)


def test_what_is_no_text_or_too_much_of_it_is_a_mistake_in_that_file(folders: Folders, tmp_path: Path) -> None:
    late = tmp_path / "own" / "slack" / "late.j2"
    late.write_bytes(b"\xff")
    with pytest.raises(TemplateSyntaxError, match="not UTF-8") as raised:
        source(folders, "slack/late.j2")
    assert raised.value.filename == str(late)
    late.write_bytes(b"a" * 100_001)
    with pytest.raises(TemplateSyntaxError, match="more than 100,000 bytes"):
        source(folders, "slack/late.j2")


def test_a_file_that_changed_or_got_an_override_is_read_again(folders: Folders, tmp_path: Path) -> None:
    _, _, current = folders.get_source(Environment(autoescape=True), "slack/late.j2")
    assert current()
    write(tmp_path / "own", {"slack/late.j2": "own late"})
    assert not current()


def test_a_case_without_a_file_is_its_kinds_base(folders: Folders, tmp_path: Path) -> None:
    assert source(folders, "shipped/slack/failure.j2") == "shipped base"
    assert source(folders, "slack/failure.j2") == "own base"
    assert source(folders, "slack/late.j2") == "shipped late"
    with pytest.raises(TemplateNotFound):
        source(folders, "slack/failures.j2")
    (tmp_path / "own" / "slack" / "base.j2").unlink()
    _, path, current = folders.get_source(Environment(autoescape=True), "slack/failure.j2")
    assert path == str(tmp_path / "shipped" / "slack" / "base.j2")
    assert current()
    write(tmp_path / "own", {"slack/base.j2": "own base again"})
    assert not current()


def test_the_order_of_looking() -> None:
    assert candidates("slack", "late", "engineers") == ("slack/late.j2", "slack/base.j2")
    assert candidates("slack", "late", "stakeholders")[0] == "slack/stakeholders.j2"


def test_overrides_stand_beside_the_policies(tmp_path: Path) -> None:
    write(tmp_path, {"policies/a.yml": ""})
    assert overrides_beside(tmp_path / "policies") is None
    write(tmp_path, {"templates/slack/base.j2": ""})
    assert overrides_beside(tmp_path / "policies") == tmp_path / "templates"
    assert overrides_beside(tmp_path / "policies" / "a.yml") == tmp_path / "templates"


def test_what_is_shipped_overrides_nothing() -> None:
    assert overrides_beside(shipped(Shipped.TEMPLATES).parent / "policies") is None
