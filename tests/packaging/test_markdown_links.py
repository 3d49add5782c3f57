"""Every link inside the repository leads somewhere, and every `./run` command that a page names exists."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.docs

A_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)[^)]*\)|!\[[^\]]*\]\(([^)\s]+)\)")
A_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CASES = ("tests/cases/",)


def _pages(root: Path, tracked_files: list[Path]) -> dict[Path, str]:
    pages = [path for path in tracked_files if path.suffix == ".md" and not path.as_posix().startswith(CASES)]
    return {page: (root / page).read_text(encoding="utf-8") for page in pages}


def _anchor(heading: str) -> str:
    """Return GitHub's anchor of a heading: lower case, punctuation gone, spaces to hyphens."""
    words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def _anchors(text: str) -> set[str]:
    return {_anchor(heading) for heading in re.findall(r"^#{1,6} (.+)$", A_FENCE.sub("", text), re.MULTILINE)}


def _is_broken(root: Path, page: Path, link: str) -> bool:
    target, _, anchor = link.partition("#")
    path = root / page.parent / target if target else root / page
    if not path.exists():
        return True
    return bool(anchor) and path.suffix == ".md" and anchor not in _anchors(path.read_text(encoding="utf-8"))


def _links(text: str) -> list[str]:
    found = [first or second for first, second in A_LINK.findall(A_FENCE.sub("", text))]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def test_links_lead_somewhere(root: Path, tracked_files: list[Path]) -> None:
    pages = _pages(root, tracked_files)
    broken = [
        f"{page}: {link}" for page, text in pages.items() for link in _links(text) if _is_broken(root, page, link)
    ]
    assert not broken, "\n".join(broken)


def test_a_broken_link_would_be_found(root: Path) -> None:
    assert _links("see [there](docs/nowhere.md#x), ![p](p.svg), [web](https://example.com)") == [
        "docs/nowhere.md#x",
        "p.svg",
    ]
    assert _is_broken(root, Path("README.md"), "docs/nowhere.md#x")
    assert _is_broken(root, Path("README.md"), "README.md#no-such-heading")
    assert not _is_broken(root, Path("README.md"), "LICENSE")


def test_the_commands_that_pages_name_exist(root: Path, tracked_files: list[Path]) -> None:
    script = (root / "run").read_text()
    named = {word for text in _pages(root, tracked_files).values() for word in re.findall(r"\./run ([a-z]+)", text)}
    ours = {word for word in named if re.search(rf"^(?:[a-z| -]+\| )?{word}(?: \|.*)?\)$", script, re.MULTILINE)}
    handed_on = {"demo", "plan", "apply", "sandbox", "explain", "lint", "import", "snapshot"}
    assert not sorted(named - ours - handed_on)
