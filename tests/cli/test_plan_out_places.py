"""`plan --out` to places where no plan can be saved: an error with a next step, and nothing harmed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def a_circle_of_links(folder: Path) -> Path:
    folder.joinpath("one").symlink_to("two")
    folder.joinpath("two").symlink_to("one")
    return folder / "one"


def a_folder_that_is_not_there(folder: Path) -> Path:
    return folder / "no" / "such" / "plan.json"


def a_full_device(_folder: Path) -> Path:
    return Path("/dev/full")


@pytest.mark.parametrize("place", [a_circle_of_links, a_folder_that_is_not_there, a_full_device])
def test_where_no_plan_can_be_saved_the_run_fails_with_a_way_out(
    run: Run, place: Callable[[Path], Path], tmp_path: Path
) -> None:
    there = place(tmp_path)
    done = run("plan", "--out", str(there), "--json")
    said = done.json
    assert (done.code, said["exit_code"]) == (1, 1)
    assert f"cannot be saved to {there}" in said["message"]
    assert said["next_step"]


def test_a_link_stays_a_link(run: Run, tmp_path: Path) -> None:
    link = tmp_path / "link.json"
    link.symlink_to("plan.json")
    assert run("plan", "--out", str(link)).code == 0
    assert link.is_symlink()
    assert '"applyable": true' in link.read_text()
