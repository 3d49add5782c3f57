"""The shipped templates word by word: one snapshot for each kind of channel and each thing that can be told."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.model.alert import Audience, Case
from tests.alerts.templates.shipped_messages import ALERTS, KIND_NAMES, parts_of

WHOLE_MAILS = {"failure"}
"""Cases of which the snapshot holds the mail's HTML too; of the others its plain text says the same."""


def written(parts: dict[str, str], *, html: bool = True) -> str:
    return "\n".join(f"--- {name}\n{text}" for name, text in parts.items() if html or name != "html")


@pytest.mark.parametrize("kind", KIND_NAMES)
@pytest.mark.parametrize("case", [each.value for each in Case])
def test_what_an_engineer_reads(kind: str, case: str, snapshot: SnapshotAssertion) -> None:
    assert written(parts_of(kind, ALERTS[case]), html=case in WHOLE_MAILS) == snapshot


@pytest.mark.parametrize("name", [name for name in ALERTS if name not in {each.value for each in Case}])
def test_what_a_variant_says_in_plain_text(name: str, snapshot: SnapshotAssertion) -> None:
    assert written(parts_of("webhook", ALERTS[name])) == snapshot


@pytest.mark.parametrize("case", [each.value for each in Case])
def test_what_a_stakeholder_reads(case: str, snapshot: SnapshotAssertion) -> None:
    parts = parts_of("email", ALERTS[case], audience=Audience.STAKEHOLDERS)
    assert written(parts, html=case in WHOLE_MAILS) == snapshot
