"""Where evidence is kept: beside the ledger or on its branch, and never where it would vanish with a runner."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.cli.alert_test_keeping import evidence_store, nearby, trail_of
from reconciler.cli.ledger_place import AccountPlace
from reconciler.drill.keeping import EvidenceFile
from reconciler.drill.keeping_git import EvidenceBranch
from reconciler.errors import Refused
from reconciler.model.evidence import Trail
from reconciler.model.policy import Policy, StoreConfig, StoreKind
from tests.builders import ACCOUNT_ID, policy
from tests.drill.evidence_lab import seen

PLACE = AccountPlace(host="https://ab123.us1.dbt.com", account_id=ACCOUNT_ID)


def kept_in(folder: Path, kind: StoreKind = StoreKind.FILE) -> Policy:
    return replace(policy(), ledger=StoreConfig(kind=kind, path=str(folder / "ledger.json")))


def test_it_stands_beside_the_ledgers_file(tmp_path: Path) -> None:
    store = evidence_store(kept_in(tmp_path), PLACE, {}, writing=True)
    assert isinstance(store, EvidenceFile)
    assert store.path == tmp_path / "evidence.jsonl"


def test_with_the_ledger_on_a_branch_it_is_there_too(tmp_path: Path) -> None:
    store = evidence_store(kept_in(tmp_path, StoreKind.GIT), PLACE, {"CI": "true"}, writing=True)
    assert isinstance(store, EvidenceBranch)
    assert store.pause > 0


def test_in_ci_a_file_that_would_vanish_is_refused_for_writing(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="would be lost with the runner"):
        evidence_store(kept_in(tmp_path), PLACE, {"CI": "true"}, writing=True)
    evidence_store(kept_in(tmp_path), PLACE, {"CI": "true"})
    evidence_store(kept_in(tmp_path), PLACE, {"CI": "true", "DBT_ALERTS_DURABLE": str(tmp_path)}, writing=True)


def test_a_sandboxs_evidence_is_its_own(tmp_path: Path) -> None:
    environ = {"DBT_ALERTS_SANDBOX_FOLDER": str(tmp_path / "box"), "CI": "true"}
    sandbox = AccountPlace(host="127.0.0.1:8580", account_id=ACCOUNT_ID)
    store = evidence_store(kept_in(tmp_path), sandbox, environ, writing=True)
    assert isinstance(store, EvidenceFile)
    assert store.path == tmp_path / "box" / "acme-data-alerts.evidence.jsonl"
    real = evidence_store(kept_in(tmp_path), PLACE, environ)
    assert isinstance(real, EvidenceFile)
    assert real.path == tmp_path / "evidence.jsonl"


def test_what_is_near_is_read_without_the_network(tmp_path: Path) -> None:
    assert trail_of(nearby(kept_in(tmp_path), {})) == Trail()
    EvidenceFile(tmp_path / "evidence.jsonl").append([seen(id="7")])
    assert [each.id for each in trail_of(nearby(kept_in(tmp_path), {})).evidence or ()] == ["7"]
    sandbox = nearby(kept_in(tmp_path, StoreKind.GIT), {"DBT_ALERTS_SANDBOX_FOLDER": str(tmp_path)})
    assert sandbox is not None
    assert sandbox.path == tmp_path / "acme-data-alerts.evidence.jsonl"


def test_what_is_on_a_branch_is_not_seen_without_the_network(tmp_path: Path) -> None:
    assert trail_of(nearby(kept_in(tmp_path, StoreKind.GIT), {})) == Trail(seen=False)


def test_a_changed_line_is_no_evidence_and_is_told(tmp_path: Path) -> None:
    store = EvidenceFile(tmp_path / "evidence.jsonl")
    store.append([seen(id="7"), seen(id="8")])
    store.path.write_bytes(store.path.read_bytes().replace(b'"id":"7"', b'"id":"9"'))
    trail = trail_of(store)
    assert [each.id for each in trail.evidence or ()] == ["8"]
    assert trail.broken == "line 1 was changed: its hash does not fit"
