"""Where the example policies and the templates are found."""

from pathlib import Path

import pytest

from reconciler.shipped import Shipped, shipped


def _folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


@pytest.mark.parametrize("folder", list(Shipped))
def test_a_wheel_carries_the_folder_inside_the_package(tmp_path: Path, folder: Shipped) -> None:
    inside = _folder(tmp_path / "reconciler" / "_shipped" / folder.value)
    assert shipped(folder, package=tmp_path / "reconciler") == inside


@pytest.mark.parametrize("folder", list(Shipped))
def test_a_clone_has_the_folder_at_its_top(tmp_path: Path, folder: Shipped) -> None:
    beside = _folder(tmp_path / folder.value)
    assert shipped(folder, package=tmp_path / "reconciler") == beside


def test_the_installed_folder_comes_before_one_that_happens_to_lie_beside_the_package(tmp_path: Path) -> None:
    inside = _folder(tmp_path / "reconciler" / "_shipped" / "policies")
    _folder(tmp_path / "policies")
    assert shipped(Shipped.POLICIES, package=tmp_path / "reconciler") == inside


def test_a_file_of_that_name_is_not_the_folder(tmp_path: Path) -> None:
    (tmp_path / "policies").write_text("not a folder")
    with pytest.raises(FileNotFoundError):
        shipped(Shipped.POLICIES, package=tmp_path / "reconciler")


def test_a_damaged_installation_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        shipped(Shipped.TEMPLATES, package=tmp_path / "reconciler")
    assert str(tmp_path / "templates") in str(caught.value)
    assert str(tmp_path / "reconciler" / "_shipped" / "templates") in str(caught.value)
