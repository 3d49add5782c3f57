"""JSON output is written piece by piece: any reader gets the same value, and each entry of a list has its own line."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.console import json_lines

SCALARS = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(document=st.dictionaries(st.text(), VALUES, min_size=1))
def test_it_reads_back_as_what_was_written(document: dict[str, Any]) -> None:
    assert json.loads("".join(json_lines(document))) == document


def test_each_entry_has_a_line_of_its_own() -> None:
    actions = [{"do": "add", "job": "Größe"}, {"do": "remove", "job": "b"}]
    assert "".join(json_lines({"counts": {"add": 1}, "actions": actions, "none": []})) == (
        '{\n  "counts": {\n    "add": 1\n  },\n  "actions": [\n'
        '    {"do": "add", "job": "Größe"},\n    {"do": "remove", "job": "b"}\n  ],\n  "none": []\n}\n'
    )
