"""What can be found out about a run: from the step that matters, in few calls, and what is missing is said."""

import json
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from typing_extensions import override

from reconciler.cloud.run_facts import run_facts
from reconciler.cloud.runs import RunReader
from reconciler.errors import NotFound
from reconciler.http import Client
from reconciler.model.run import NodeStatus, RunFacts, RunStatus
from reconciler.sandbox import RunningSandbox
from tests.http.http_lab import Reply, lab, refusal

ARTIFACTS = Path(__file__).parents[1] / "fixtures" / "artifacts"
MIXED = ARTIFACTS / "exam-shop-dbt1.10-mixed"
FAILED = MIXED / "run_results.json"
WARNED = ARTIFACTS / "exam-shop-dbt1.10-warnonly" / "run_results.json"
PASSED = ARTIFACTS / "exam-shop-dbt1.10-allpass" / "run_results.json"
STALE = ARTIFACTS / "exam-shop-dbt1.10-freshness" / "sources.json"
MANIFEST = MIXED / "manifest.json"
OK, BAD, CUT = 10, 20, 30
NOTHING_WARNED = "Done. PASS=1 WARN=0 ERROR=0"


class Account:
    """An account of one run, 7, with the files of its steps. What is not there is answered with 404."""

    def __init__(self, *steps: Mapping[str, Any], status: int = OK, **files: Path | Reply) -> None:
        self.asked: list[str] = []
        self.files = files
        self.history: list[dict[str, Any]] = [{"id": 6, "status": OK}, {"id": 7}]
        self._run = {
            "id": 7,
            "job_definition_id": 101,
            "status": status,
            "created_at": "2026-11-22 06:00:00+00:00",
            "started_at": "2026-11-22 06:01:00+00:00",
            "finished_at": "2026-11-22 06:03:30+00:00",
            "run_steps": list(steps),
        }
        self.client, _ = lab(finally_=self._answer)

    def facts(self, scratch: Path) -> RunFacts:
        return run_facts(RunReader(self.client, 1), 7, scratch=scratch)

    def _answer(self, request: httpx.Request) -> Reply:
        path = request.url.path.removeprefix("/api/v2/accounts/1/runs/")
        step = request.url.params.get("step")
        self.asked.append(f"{path}?step={step}" if step else path)
        if not path:
            rows = self.history[: int(request.url.params["limit"])]
            return self._replied("past", httpx.Response(200, json={"data": rows}))
        if path == "7/":
            return httpx.Response(200, json={"data": self._run})
        name = path.removeprefix("7/artifacts/").partition(".")[0]
        return self._replied(f"{name}_{step}", refusal(404, "not found"))

    def _replied(self, key: str, otherwise: Reply) -> Reply:
        found = self.files.get(key, otherwise)
        return httpx.Response(200, content=found.read_bytes()) if isinstance(found, Path) else found


def step(index: int, command: str, status: int = OK, logs: str = "", **more: object) -> dict[str, Any]:
    name = f"Invoke dbt with `{command}`" if command.startswith("dbt ") else command
    return {"index": index, "name": name, "status": status, "logs": logs, **more}


CLONE, DEPS = step(1, "Clone git repository"), step(2, "dbt deps")
DOCS = step(9, "dbt docs generate", logs=NOTHING_WARNED)
GONE = "is not there: dbt Cloud may save it up to a minute after the end of a run"


# --- the step that matters ------------------------------------------------------------------------------------------
def test_a_failure_costs_four_calls_and_comes_from_the_step_that_failed(tmp_path: Path) -> None:
    account = Account(
        CLONE,
        DEPS,
        step(3, "dbt seed"),
        step(4, "dbt build", BAD),
        DOCS,
        status=BAD,
        run_results_3=PASSED,
        run_results_4=FAILED,
        run_results_9=PASSED,
        manifest_4=MANIFEST,
    )
    facts = account.facts(tmp_path)
    assert account.asked == ["7/", "7/artifacts/run_results.json?step=4", "7/artifacts/manifest.json?step=4", ""]
    assert facts.step is not None
    assert facts.step.index == 4
    assert len(facts.results) == len(json.loads(FAILED.read_bytes())["results"])
    assert "model.exam_shop.missing_column" in facts.nodes
    assert "exposure.exam_shop.weekly_dashboard" in facts.below["test.exam_shop.singular_fail"]
    assert [run.id for run in facts.past] == [6]
    assert (facts.missing, facts.elapsed and facts.elapsed.total_seconds()) == ((), 150)


def test_a_source_that_is_too_old_is_read_from_sources_json(tmp_path: Path) -> None:
    account = Account(CLONE, step(2, "dbt source freshness", BAD), status=BAD, sources_2=STALE, manifest_2=MANIFEST)
    facts = account.facts(tmp_path)
    assert [each.status for each in facts.results] == [NodeStatus.SUCCESS, NodeStatus.ERROR, NodeStatus.WARNED]
    assert facts.nodes["source.exam_shop.main.stale_t"].relation == '"exam"."main"."stale_t"'


def test_freshness_and_docs_that_failed_too_do_not_hide_the_build(tmp_path: Path) -> None:
    account = Account(
        step(1, "dbt source freshness", BAD),
        step(2, "dbt build", BAD),
        step(3, "dbt docs generate", BAD),
        status=BAD,
        sources_1=STALE,
        run_results_2=FAILED,
        run_results_3=PASSED,
    )
    facts = account.facts(tmp_path)
    assert facts.step is not None
    assert facts.step.index == 2
    assert len(account.asked) == 4


def test_of_two_steps_that_failed_the_first_one_counts(tmp_path: Path) -> None:
    account = Account(
        step(1, "dbt run", BAD), step(2, "dbt test", BAD), status=BAD, run_results_1=FAILED, run_results_2=WARNED
    )
    assert len(account.facts(tmp_path).results) == 19


@pytest.mark.parametrize("command", ["Clone git repository", "dbt deps", "Create profile from connection"])
def test_a_step_that_leaves_nothing_is_told_by_its_log_and_asked_for_nothing(tmp_path: Path, command: str) -> None:
    account = Account(step(1, command, BAD, "fatal: could not read from remote repository"), status=BAD)
    facts = account.facts(tmp_path)
    assert account.asked == ["7/", ""]
    assert facts.step is not None
    assert facts.step.log_tail == "fatal: could not read from remote repository"
    assert facts.missing == ("step 1 leaves no results: the end of its log says why",)


def test_a_step_without_results_and_without_a_log_says_both(tmp_path: Path) -> None:
    assert Account(step(1, "dbt deps", BAD), status=BAD).facts(tmp_path).missing == (
        "step 1 leaves no results: and it has no log",
    )


# --- warnings -------------------------------------------------------------------------------------------------------
def test_a_warning_comes_from_the_step_whose_log_says_that_it_warned(tmp_path: Path) -> None:
    account = Account(
        CLONE,
        step(2, "dbt run", logs=NOTHING_WARNED),
        step(3, "dbt test", logs="Done. PASS=1 WARN=2 ERROR=0"),
        DOCS,
        run_results_2=PASSED,
        run_results_3=WARNED,
        manifest_3=MANIFEST,
        run_results_9=PASSED,
    )
    facts = account.facts(tmp_path)
    assert account.asked == ["7/", "7/artifacts/run_results.json?step=3", "7/artifacts/manifest.json?step=3", ""]
    assert {each.status for each in facts.results} == {NodeStatus.WARNED}
    assert facts.missing == ()


def test_without_a_word_in_the_logs_each_step_is_asked_until_one_warned(tmp_path: Path) -> None:
    account = Account(
        CLONE,
        step(2, "dbt source freshness"),
        step(3, "dbt run"),
        step(4, "dbt test"),
        DOCS,
        run_results_3=PASSED,
        run_results_4=WARNED,
    )
    facts = account.facts(tmp_path)
    assert facts.step is not None
    assert facts.step.index == 4
    assert account.asked[1:5] == [
        "7/artifacts/sources.json?step=2",
        "7/artifacts/run_results.json?step=3",
        "7/artifacts/run_results.json?step=4",
        "7/artifacts/manifest.json?step=4",
    ]


def test_a_second_step_that_warned_is_named(tmp_path: Path) -> None:
    warned = "Done. PASS=1 WARN=1 ERROR=0"
    account = Account(step(1, "dbt build", logs=warned), step(2, "dbt test", logs=warned), run_results_1=WARNED)
    assert "step 2 warned too: its results were not read" in account.facts(tmp_path).missing


def test_a_success_is_remembered_by_its_longest_step_and_no_manifest_is_asked_for(tmp_path: Path) -> None:
    started = {"started_at": "2026-11-22T06:00:00Z"}
    account = Account(
        step(1, "dbt seed", logs=NOTHING_WARNED, **started, finished_at="2026-11-22T06:00:10Z"),
        step(2, "dbt build", logs=NOTHING_WARNED, **started, finished_at="2026-11-22T06:10:00Z"),
        step(3, "dbt docs generate", logs=NOTHING_WARNED, **started, finished_at="2026-11-22T07:00:00Z"),
        run_results_2=PASSED,
    )
    facts = account.facts(tmp_path)
    assert account.asked == ["7/", "7/artifacts/run_results.json?step=2", ""]
    assert (len(facts.results), facts.missing) == (19, ())


def test_a_success_of_very_many_silent_steps_is_not_asked_for_ever(tmp_path: Path) -> None:
    steps = [step(index, "dbt run") for index in range(1, 30)]
    account = Account(*steps)
    account.files |= {f"run_results_{index}": PASSED for index in range(1, 30)}
    assert len(account.facts(tmp_path).results) == 19
    assert len(account.asked) == 2 + 4


# --- what is not there ----------------------------------------------------------------------------------------------
def test_artifacts_that_are_not_there_yet_are_said(tmp_path: Path) -> None:
    account = Account(step(1, "dbt build", BAD, "Done."), status=BAD)
    facts = account.facts(tmp_path)
    assert facts.results == ()
    assert facts.missing == (
        f"run_results.json of step 1 {GONE}",
        "no result of step 1 names what failed: the end of its log says why",
    )
    assert account.asked == ["7/", "7/artifacts/run_results.json?step=1", ""]


def test_a_missing_manifest_costs_nothing_but_the_nodes(tmp_path: Path) -> None:
    facts = Account(step(1, "dbt build", BAD), status=BAD, run_results_1=FAILED).facts(tmp_path)
    assert (len(facts.results), facts.nodes, facts.below) == (19, {}, {})
    assert facts.missing == (f"manifest.json of step 1 {GONE}",)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refusal(403, "no"), "answered 403: no"),
        (httpx.Response(302, headers={"Location": "/"}), "a redirect"),
        (httpx.ReadError("reset"), "reset"),
    ],
)
def test_a_file_that_cannot_be_fetched_is_said(tmp_path: Path, answer: Reply, said: str) -> None:
    facts = Account(step(1, "dbt build", BAD), status=BAD, run_results_1=answer).facts(tmp_path)
    assert facts.missing[0].startswith("run_results.json of step 1 could not be read: GET")
    assert said in facts.missing[0]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"PAR1", b'{"results": 7}', b'{"results": [', FAILED.read_bytes()[:9000]]
)
def test_broken_files_are_said_and_never_raised(tmp_path: Path, content: bytes) -> None:
    account = Account(step(1, "dbt build", BAD), status=BAD)
    account.files |= {name: httpx.Response(200, content=content) for name in ("run_results_1", "manifest_1")}
    facts = account.facts(tmp_path)
    assert facts.missing
    assert facts.run.status is RunStatus.ERROR


def test_an_earlier_steps_results_are_not_taken_for_those_of_the_step_that_failed(tmp_path: Path) -> None:
    """A build that does not compile writes none, and target/ still has what the seed before it wrote."""
    began = "2026-11-22T06:59:00Z"
    failed = step(2, "dbt build", BAD, "Compilation Error", started_at=began)
    facts = Account(step(1, "dbt seed"), failed, status=BAD, run_results_2=FAILED).facts(tmp_path)
    assert facts.results == ()
    assert facts.missing == (
        "run_results.json is of an earlier step: step 2 ended before it wrote its own",
        "no result of step 2 names what failed: the end of its log says why",
    )


def test_results_that_name_no_failure_point_to_the_log(tmp_path: Path) -> None:
    """A hook at the end of a run that failed leaves only good results in dbt before 1.10."""
    facts = Account(step(1, "dbt build", BAD, "Hook failed"), status=BAD, run_results_1=PASSED).facts(tmp_path)
    assert len(facts.results) == 19
    assert facts.missing == ("no result of step 1 names what failed: the end of its log says why",)


def test_a_run_operation_without_a_message_has_the_log_of_its_step(tmp_path: Path) -> None:
    """The recorded one is `message: null`, as dbt writes it."""
    raised = ARTIFACTS / "exam-shop-dbt1.10-opfail" / "run_results.json"
    account = Account(step(1, "dbt run-operation explode", BAD, "boom"), status=BAD, run_results_1=raised)
    facts = account.facts(tmp_path)
    assert [(each.name, each.message) for each in facts.results] == [("explode", "boom")]
    assert facts.missing == (f"manifest.json of step 1 {GONE}",)


def test_failures_that_say_no_error_point_to_the_log(tmp_path: Path) -> None:
    """Fusion's previews wrote no messages."""
    silent = httpx.Response(200, json={"results": [{"unique_id": "model.a.b", "status": "error"}]})
    facts = Account(step(1, "dbt build", BAD, "why"), status=BAD, run_results_1=silent).facts(tmp_path)
    assert [each.message for each in facts.results] == [""]
    assert facts.missing[0] == "no result of step 1 says its error: the end of its log says why"


def test_earlier_runs_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    facts = Account(step(1, "dbt deps", BAD, "no"), status=BAD, past=refusal(403, "no")).facts(tmp_path)
    assert facts.past == ()
    assert facts.missing[-1].startswith("earlier runs could not be read: GET")


def test_a_long_row_of_failures_is_followed_to_the_last_good_run(tmp_path: Path) -> None:
    account = Account(step(1, "dbt deps", BAD, "no"), status=BAD)
    account.history = [{"id": -back, "status": OK if back == 30 else BAD} for back in range(1, 60)]
    facts = account.facts(tmp_path)
    assert [run.id for run in facts.past if run.status is RunStatus.SUCCESS] == [-30]
    assert account.asked.count("") == 2


def test_a_run_without_steps_is_told_by_what_its_last_one_left(tmp_path: Path) -> None:
    facts = Account(status=BAD, run_results_None=FAILED, manifest_None=MANIFEST).facts(tmp_path)
    assert (facts.step, len(facts.results), len(facts.nodes)) == (None, 19, 17)
    assert facts.missing == ("the run's steps are not known: results are those of its last one",)


def test_a_run_under_way_has_no_results_yet(tmp_path: Path) -> None:
    account = Account(CLONE, step(2, "dbt build", 3), status=3)
    facts = account.facts(tmp_path)
    assert account.asked == ["7/", ""]
    assert facts.step is not None
    assert facts.step.index == 2
    assert facts.missing == ("the run has not ended: it has no results yet",)


def test_a_cancelled_run_shows_the_step_that_was_cut_off(tmp_path: Path) -> None:
    facts = Account(CLONE, step(2, "dbt run"), step(3, "dbt test", CUT), status=CUT).facts(tmp_path)
    assert facts.step is not None
    assert facts.step.index == 3
    assert facts.missing == (f"run_results.json of step 3 {GONE}",)


def test_a_scratch_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    account = Account(step(1, "dbt build", BAD), status=BAD, run_results_1=FAILED)
    facts = account.facts(tmp_path / "gone")
    assert (
        facts.missing[0] == "run_results.json of step 1 could not be kept while it was read: No such file or directory"
    )


def test_nothing_stays_in_the_scratch_folder(tmp_path: Path) -> None:
    account = Account(step(1, "dbt build", BAD), status=BAD, run_results_1=FAILED, manifest_1=httpx.ReadError("no"))
    account.facts(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    client, _ = lab(finally_=lambda _: refusal(404))
    with pytest.raises(NotFound):
        run_facts(RunReader(client, 1), 7, scratch=tmp_path)


def test_a_large_manifest_is_never_in_memory(tmp_path: Path) -> None:
    filler = "x" * 20_000
    nodes = {
        f"model.a.m{number}": {"name": f"m{number}", "raw_code": filler, "depends_on": {"nodes": ["model.a.m0"]}}
        for number in range(500)
    }
    (tmp_path / "manifest").write_text(json.dumps({"nodes": nodes}), encoding="utf-8")
    (tmp_path / "results").write_text('{"results": [{"unique_id": "model.a.m0", "status": "error"}]}', encoding="utf-8")
    large = httpx.Response(200, stream=_OfFile(tmp_path / "manifest"))
    account = Account(step(1, "dbt build", BAD), status=BAD, run_results_1=tmp_path / "results", manifest_1=large)
    del nodes
    tracemalloc.start()
    facts = account.facts(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(facts.below["model.a.m0"]) == 499
    assert peak < 3_000_000 < (tmp_path / "manifest").stat().st_size / 3


class _OfFile(httpx.SyncByteStream):
    def __init__(self, path: Path) -> None:
        self._path = path

    @override
    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            while chunk := file.read(65_536):
                yield chunk


# --- the sandbox ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("outcome", "step_index", "statuses", "calls"),
    [
        ("failure", 5, {"success", "warn", "fail", "error", "skipped"}, 4),
        ("warning", 4, {"success", "warn"}, 4),
        ("success", 5, {"success"}, 3),
        ("timeout", 4, set(), 3),
    ],
)
def test_each_end_of_a_run_is_told_by_its_own_step(
    client: Client,
    sandbox: RunningSandbox,
    tmp_path: Path,
    outcome: str,
    step_index: int,
    statuses: set[str],
    calls: int,
) -> None:
    job_id = sandbox.control.rows("jobs")[0]["id"]
    run = sandbox.control.call("POST", "/runs", json={"job_id": job_id, "outcome": outcome})
    sandbox.control.call("POST", "/idle", json={"fast": True, "timeout": 10})
    before = client.calls
    facts = run_facts(RunReader(client, sandbox.account_id), run["id"], scratch=tmp_path)
    assert client.calls - before == calls
    assert facts.step is not None
    assert facts.step.index == step_index
    assert {each.status.value for each in facts.results} == statuses
    assert bool(facts.nodes) is (outcome in {"failure", "warning"})
