"""What people read of coverage, as snapshots; and that hostile names stay text in every medium."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from typing import Final

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.model.coverage import Coverage
from reconciler.render.coverage.document import coverage_document
from reconciler.render.coverage.markdown import coverage_markdown
from reconciler.render.coverage.page import coverage_page
from reconciler.render.coverage.text import coverage_lines, coverage_text, floor_lines
from reconciler.render.markdown import LARGEST_COMMENT
from tests.render.coverages import EVIL, HOSTILE, bare, everything, full, hostile, large, nothing

COVERAGES: Final[dict[str, Callable[[], Coverage]]] = {
    "everything": everything,
    "hostile": hostile,
    "full": full,
    "nothing": nothing,
}


@pytest.mark.parametrize("name", COVERAGES)
def test_coverage_text(name: str, snapshot: SnapshotAssertion) -> None:
    assert coverage_text(COVERAGES[name]()) == snapshot


@pytest.mark.parametrize("name", COVERAGES)
def test_coverage_markdown(name: str, snapshot: SnapshotAssertion) -> None:
    assert coverage_markdown(COVERAGES[name]()) == snapshot


@pytest.mark.parametrize("name", ["everything", "nothing"])
def test_coverage_json(name: str, snapshot: SnapshotAssertion) -> None:
    assert json.dumps(coverage_document(COVERAGES[name]()), indent=1, ensure_ascii=False) == snapshot


def test_coverage_page(snapshot: SnapshotAssertion) -> None:
    """Without style and script, which are files of their own."""
    page = coverage_page(everything())
    assert re.sub(r"(?s)(<(style|script)>).*?(</\2>)", r"\1\3", re.sub(r"sha256-[^']+", "sha256-…", page)) == snapshot


@pytest.mark.parametrize("width", [60, 100])
def test_a_terminal_s_lines_fit_and_yaml_to_copy_is_whole(width: int) -> None:
    lines = [line for line in coverage_lines(everything(), width=width) if line.style != "green"]
    assert [line.text for line in lines if len(line.text) > width] == []
    gaps = [line for gap in everything().gaps for line in gap.lines]
    shown = {line.text.strip() for line in coverage_lines(everything(), width=width)}
    assert [line for line in gaps if line.strip() not in shown] == []


def test_no_control_character_of_coverage_reaches_a_terminal() -> None:
    text = coverage_text(hostile()) + "\n".join(line.text for line in floor_lines(hostile(), 100))
    assert all(character == "\n" or character.isprintable() for character in text)


@pytest.mark.parametrize("markup", ["<img", "<svg", "](http", "@everyone", "\n# heading"])
def test_a_hostile_name_is_no_markup_on_github(markup: str) -> None:
    outside = re.sub(r"(?s)\n  ```yaml.*?\n  ```\n", "", coverage_markdown(hostile()))
    assert markup not in outside


def test_no_name_ends_the_block_of_code_it_is_shown_in() -> None:
    text = coverage_markdown(hostile())
    assert text.count("```") == 2 * text.count("```yaml")


def test_a_long_account_is_cut_to_what_github_takes() -> None:
    assert len(coverage_markdown(large(3000, 3000))) <= LARGEST_COMMENT + 200


# --- the page ---------------------------------------------------------------------------------------------------------
class Tags(HTMLParser):
    """Every tag with its attributes, and whether every tag that must be closed is."""

    VOID: Final = {"meta", "link", "input", "br", "img", "hr"}

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module", params=COVERAGES)
def page(request: pytest.FixtureRequest) -> str:
    return coverage_page(COVERAGES[request.param]())


def test_the_page_asks_for_nothing(page: str) -> None:
    tags = Tags(page)
    assert tags.open == []
    assert {name for name, _ in tags.tags} & {
        "link",
        "img",
        "iframe",
        "object",
        "base",
        "form",
        "image",
        "use",
    } == set()
    asked = [each.get(key) for _, each in tags.tags for key in ("src", "href", "action", "srcset", "poster", "style")]
    assert [each for each in asked if each is not None and not each.startswith("#")] == []
    assert "url(" not in page
    assert "@import" not in page


def test_only_our_script_and_style_may_run(page: str) -> None:
    (policy,) = [each["content"] for each in Tags(page).named("meta") if each.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (text,) = re.findall(rf"(?s)<{tag}>(.*?)</{tag}>", page)
        assert f"{directive} 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert [name for _, each in Tags(page).tags for name in each if name.startswith("on")] == []


def test_a_hostile_name_is_text_on_the_page() -> None:
    page = coverage_page(hostile())
    tags = Tags(page)
    assert len(tags.named("script")) == 1
    shown = "".join(tags.text)
    assert EVIL in shown
    assert "{{ 7*7 }}{% raw %}" in shown
    assert "\\u202egnp.exe\\u001b[31m\\u000asecond line" in shown
    assert "&lt;already&gt;" in shown
    assert not set("\u202e\x1b") & set(page)


def _contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 counts it."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_marks_stand_out_in_both_themes(theme: str) -> None:
    (style,) = re.findall(r"(?s)<style>(.*?)</style>", coverage_page(full()))
    themes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r"(?s):root \{(.*?)\}", style)
    ]
    colours = themes[0] if theme == "light" else themes[1]
    text = {
        name: _contrast(colours[name], colours[paper]) for paper in ("card", "paper") for name in ("ink", "soft", "bad")
    }
    marks = {
        name: _contrast(colours[name], colours["card"]) for name in ("told", "digest", "silent", "partly", "uncovered")
    }
    assert {name: ratio for name, ratio in text.items() if ratio < 4.5} == {}
    assert {name: ratio for name, ratio in marks.items() if ratio < 3} == {}


def test_what_a_hash_leads_to_is_there(page: str) -> None:
    tags = Tags(page)
    ids = [each["id"] for _, each in tags.tags if "id" in each]
    assert len(ids) == len(set(ids))
    assert {(each.get("href") or "")[1:] for each in tags.named("a")} <= set(ids)


def test_every_table_has_headers_and_every_mark_a_word(page: str) -> None:
    tags = Tags(page)
    assert [each for each in tags.named("th") if each.get("scope") not in {"col", "row"}] == []
    assert [each for each in tags.named("svg") if not each.get("aria-label")] == []
    marks = [each for each in tags.named("span") if "mark" in (each.get("class") or "").split()]
    assert [each for each in marks if each.get("aria-hidden") != "true"] == []
    assert {"lang": "en"} in tags.named("html")


def test_every_job_is_on_the_page_once() -> None:
    page = coverage_page(everything())
    assert len([each for each in Tags(page).named("li") if "data-job" in each]) == 10


def test_the_same_coverage_is_the_same_page() -> None:
    assert coverage_page(everything()) == coverage_page(everything())


def test_ten_thousand_jobs_are_a_page_of_a_few_megabytes() -> None:
    page = coverage_page(large(10_000, 10_000))
    assert len(page) < 3_000_000
    assert len(re.findall("<li data-job>", page)) == 10_000


def test_a_full_account_has_nothing_to_do() -> None:
    page = coverage_page(full())
    assert "100<small>%" in page
    assert "None: for every active job the policy names somebody" in page


@pytest.mark.parametrize("name", HOSTILE)
def test_every_name_is_in_the_json_as_it_is(name: str) -> None:
    assert name in {each["name"] for each in coverage_document(hostile())["jobs"]}


def test_the_floor_names_the_uncovered_and_counts_the_rest() -> None:
    first, *named, last = [line.text for line in floor_lines(bare(60), 80)]
    assert first == "Named in the policy: 0 %, under the floor of 80 % (0 told natively · 60 uncovered). Missing:"
    assert len(named) == 50
    assert last == "  … and 10 more"


def test_no_job_is_no_proof() -> None:
    assert "nothing is proved" in "".join(line.text for line in floor_lines(nothing(), 0))
