"""What lint and alert-test say about templates, before an alert needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.alerts.rendering.checks import check_templates, unknown_folders
from reconciler.alerts.rendering.process import WorkerProcess
from reconciler.alerts.rendering.renderer import Renderer
from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.model.alert import Alert, Audience, Case
from reconciler.shipped import Shipped, shipped
from tests.alerts.rendering.conftest import write

KINDS = ("slack", "teams", "email", "pagerduty", "datadog", "monte_carlo", "webhook", "apprise")


def two(audience: Audience) -> list[tuple[str, Alert]]:
    return [("failure", synthetic_alert(Case.FAILURE)), ("late", synthetic_alert(Case.LATE))]


def patient(shipped: Path, overrides: Path | None) -> Renderer:
    """Return a renderer for a busy machine."""
    return Renderer(overrides=overrides, worker=WorkerProcess.over(shipped, overrides, seconds=20))


def test_what_is_shipped_renders_for_every_made_up_alert() -> None:
    folder = shipped(Shipped.TEMPLATES)
    assert check_templates(None, KINDS, renderer=patient(folder, None)) == ()


def test_each_defect_is_told_once_with_its_place_and_what_broke_on_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "shipped", {"webhook/base.j2": "{{ job.name }}"})
    own = write(tmp_path / "own", {"webhook/failure.j2": "one\n\n{{ jobs }}", "webhook/stakeholders.j2": "{% if %}"})
    found = check_templates(own, ["webhook"], folder=folder, renderer=patient(folder, own), examples=two)
    both = "webhook, failure for stakeholders, late for stakeholders"
    assert [str(each) for each in found] == [
        f"{own}/webhook/failure.j2:3: 'jobs' is undefined (webhook, failure)",
        f"{own}/webhook/stakeholders.j2:1: Expected an expression, got 'end of statement block' ({both})",
    ]
    assert all(each.trouble.overridden for each in found)


def test_a_kind_without_templates_is_told_without_a_place(tmp_path: Path) -> None:
    folder = write(tmp_path, {"common/words.j2": ""})
    found = check_templates(None, ["webhook"], folder=folder, renderer=patient(folder, None), examples=two)
    assert {each.trouble.template for each in found} == {
        "webhook/failure.j2",
        "webhook/late.j2",
        "webhook/stakeholders.j2",
    }
    assert {each.file for each in found} == {""}


@pytest.mark.parametrize(("name", "unknown"), [("slack", ()), ("common", ()), ("plan", ()), ("slak", ("slak",))])
def test_a_folder_that_no_kind_reads_is_told(tmp_path: Path, name: str, unknown: tuple[str, ...]) -> None:
    write(tmp_path, {f"{name}/base.j2": "", "readme.md": ""})
    assert unknown_folders(tmp_path, KINDS) == unknown


def test_the_shipped_folder_itself_is_no_stranger() -> None:
    """What the workflow for pull requests checks in this repository."""
    assert unknown_folders(shipped(Shipped.TEMPLATES), KINDS) == ()
