"""Alerts of runs that really were: artifacts of dbt 1.4 and 1.10 read, and told."""

from pathlib import Path
from typing import Any

import pytest

from reconciler.alerts.artifacts.manifest import read_manifest
from reconciler.alerts.artifacts.results import read_results
from reconciler.alerts.build import build_alert
from reconciler.alerts.words.view import view
from reconciler.model.outcome import Outcome
from tests.alerts import alert_facts as made

FOLDER = Path(__file__).parents[1] / "fixtures" / "artifacts"


def _seen(recorded: str, name: str = "run_results.json", *, outcome: Outcome = Outcome.FAILURE) -> dict[str, Any]:
    folder = FOLDER / recorded
    with (folder / name).open("rb") as file:
        results = read_results(file, name).results
    around: dict[str, Any] = {}
    if (folder / "manifest.json").exists():
        with (folder / "manifest.json").open("rb") as file:
            manifest = read_manifest(file, results)
        around = {"nodes": manifest.nodes, "below": manifest.below}
    found = made.facts(*results, run=made.run(repository="git@github.com:acme/dbt.git"), **around)
    return view(build_alert(made.asked(found, outcome=outcome)))


@pytest.mark.parametrize("version", ["1.4", "1.10"])
def test_a_build_with_failures_is_told_with_its_tests_and_what_was_skipped(version: str) -> None:
    seen = _seen(f"exam-shop-dbt{version}-mixed")
    assert seen["failed_words"] == "1 model and 3 tests"
    assert (seen["failed"][0]["name"], seen["error_of"]) == ("missing_column", "missing_column")
    assert seen["failed"][0]["relation"] == '"exam"."main"."missing_column"'
    assert seen["failed"][1]["owner"] == "data-team@example.com"
    assert "not_null_stg_orders_id" in seen["failed"][1]["neighbours"]
    assert "below_broken" in seen["skipped"][0]["names"]
    assert seen["skipped"][0]["because"] == "singular_broken"
    assert not {each["name"] for each in seen["failed"]} & {"below_broken", "far_below", "broken_cast"}
    assert seen["affected"] == ["weekly_dashboard"]
    assert seen["likely"]["kind"] == "schema change"
    assert seen["warned_words"] == "3 tests"
    assert seen["missing"] == []
    assert seen["actions"][1]["url"].startswith(f"https://github.com/acme/dbt/blob/{made.COMMIT}/models/marts/")


def test_a_late_source_is_told_as_one() -> None:
    seen = _seen("exam-shop-dbt1.10-freshness", "sources.json")
    assert (seen["failed_words"], seen["likely"]["kind"]) == ("1 source", "source freshness")
    assert seen["failed"][0]["name"] == "stale_t"


def test_a_build_that_only_warned_has_nothing_that_failed() -> None:
    seen = _seen("exam-shop-dbt1.10-warnonly", outcome=Outcome.WARNING)
    assert (seen["failed"], seen["verb"]) == ([], "finished with warnings")
    assert seen["warned"]
