"""The docs hold: generated pages are as the code makes them, every command and guard is described."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

from reconciler.cli.main import COMMANDS
from reconciler.model.plan import GuardName

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

pytestmark = pytest.mark.docs


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_what_the_code_makes() -> None:
    for path, text in generator().pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is old: run `python docs/generate.py`"


def test_every_command_is_in_the_readme_or_a_guide() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES if "reference" not in page.parts)
    assert [name for name in COMMANDS if f"dbt-alerts {name}" not in text and f"./run {name}" not in text] == []


def test_every_guard_is_explained() -> None:
    text = (ROOT / "docs/guides/refusals.md").read_text(encoding="utf-8")
    assert [guard.value for guard in GuardName if f"| {guard.value} |" not in text] == []


def test_every_variable_that_the_code_reads_is_listed() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "reconciler").rglob("*.py"))
    listed = (ROOT / "docs/guides/tokens.md").read_text(encoding="utf-8")
    names = set(re.findall(r"\bDBT_ALERTS_[A-Z_]+[A-Z]\b", code))
    assert sorted(name for name in names if name not in listed) == []


def test_every_section_of_the_design_that_the_code_cites_is_there() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "reconciler").rglob("*.py"))
    cited = set(re.findall(r"design §(\d+)", code))
    page = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^## (\d+)\.", page, flags=re.MULTILINE))
    assert cited
    assert cited <= sections
