"""The mark that says whose a webhook is: at the end of the description, and nowhere else."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.marker import Marker, marked, parse_marker, unmarked

MARK = Marker(manager="acme-data-alerts", team="finance", name="lineage refresh")
PARTS = st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"]))
MARKERS = st.builds(Marker, manager=PARTS, team=PARTS, name=PARTS)


def test_people_can_read_it() -> None:
    assert (
        marked("tells the catalog", MARK) == "tells the catalog [dbt-alerts:acme-data-alerts/finance/lineage refresh]"
    )
    assert marked("", MARK) == "[dbt-alerts:acme-data-alerts/finance/lineage refresh]"
    assert MARK.key == "finance/lineage refresh"


@given(marker=MARKERS, description=st.text())
def test_it_is_read_as_it_was_written(marker: Marker, description: str) -> None:
    assert parse_marker(marked(description, marker)) == marker


@given(marker=MARKERS, other=MARKERS, description=st.text())
def test_a_new_mark_replaces_the_old_one(marker: Marker, other: Marker, description: str) -> None:
    assert marked(marked(description, other), marker) == marked(description, marker)


@given(marker=MARKERS, description=st.text())
def test_what_people_wrote_is_left(marker: Marker, description: str) -> None:
    assert unmarked(marked(description, marker)) == unmarked(description)


@pytest.mark.parametrize(
    "description",
    [
        "",
        "made by hand",
        "[dbt-alerts:acme/finance/x] and more",
        "[dbt-alerts:acme/finance]",
        "[dbt-alerts:acme/finance/x/y]",
        "[dbt-alerts:a/b/c",
        "[dbt-alerts://x]",
    ],
)
def test_anything_else_is_a_strangers(description: str) -> None:
    assert parse_marker(description) is None
    assert unmarked(description) == description


@pytest.mark.parametrize("tail", ["", " ", "\n", "  \t"])
def test_blanks_behind_it_do_not_hide_it(tail: str) -> None:
    assert parse_marker(f"x {MARK}{tail}") == MARK


def test_a_description_full_of_spaces_is_read_in_no_time() -> None:
    start = time.process_time()
    assert parse_marker("x" + " " * 200_000 + "y") is None
    assert time.process_time() - start < 1
