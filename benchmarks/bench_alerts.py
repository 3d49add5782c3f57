"""What an alert takes from recorded artifacts to a payload that its vendor takes, beside Jinja's own time for it.

For a run: *read* is run_results.json and manifest.json as dbt 1.10 wrote them, *build* is `build_alert` of what they
hold. For each message: *render* is `Renderer.render`, which is the view, the way to the worker's process and back, and
the sandboxed template; *check* is `compose` and `check` of the kind. *Bare* is the same template with the same view in
this process, by a plain `jinja2.Environment` without escaping or sandbox, whose functions give back what they get.
Everything is warm: templates are compiled, files are in the cache. *Start* is the first message of a process.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import jinja2

from benchmarks.measure import ROOT, interleaved, middle
from reconciler.alerts.artifacts.manifest import read_manifest
from reconciler.alerts.artifacts.results import read_results
from reconciler.alerts.build import Asked, build_alert
from reconciler.alerts.rendering.filters import first_line, first_lines, plural, shorten
from reconciler.alerts.rendering.folders import candidates
from reconciler.alerts.rendering.renderer import Renderer
from reconciler.alerts.words.view import view
from reconciler.channels.contract import Destination
from reconciler.channels.kinds import KINDS
from reconciler.model.alert import Alert
from reconciler.model.inventory import Environment, Job, Project
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from reconciler.model.run import Run, RunFacts, RunStatus
from reconciler.policy import load
from reconciler.routing.place import Placed

__all__ = ["measure"]

_RECORDED: Final = ROOT / "tests" / "fixtures" / "artifacts" / "exam-shop-dbt1.10-mixed"
_AT_ONCE: Final = 20  # messages between two looks at the clock
_ENDED: Final = datetime(2026, 1, 3, 13, 25, tzinfo=UTC)
_POLICY: Final = """\
version: 1
manager: bench
account: {id: 7, host: "https://ab123.us1.dbt.com", token: $DBT_CLOUD_TOKEN}
relay: {url: "https://alerts.acme.example/dbt"}
channels: {critical: {type: slack, url: $SLACK_URL}}
tiers: {critical: {rank: 1, response: at once, notify: {failure: [critical]}}}
team: finance
owner: maria@acme.example
runbook: https://wiki.acme.example/revenue
impact: Revenue dashboard shows stale data
repository: https://github.com/acme/dbt
jobs: [{match: {name: Daily Revenue}, tier: critical}]
"""
_SETTINGS: Final = {"email": {"to": ("oncall@acme.example",)}}
_RUN: Final = Run(
    id=90210,
    job_id=101,
    project_id=1,
    environment_id=11,
    status=RunStatus.ERROR,
    message="dbt command failed",
    started_at=_ENDED - timedelta(minutes=42),
    finished_at=_ENDED,
    git_sha="9f2c1d7ab04e4f3c8d5e6f708192a3b4c5d6e7f8",
    git_branch="main",
    cause="scheduled",
)


def measure(*, rounds: int) -> dict[str, Any]:
    """Return milliseconds of each part, by kind where it depends on it, and the ratio of the whole to bare Jinja."""
    policy = _policy()
    facts = _facts()
    alert = build_alert(_asked(policy, facts))
    steps = interleaved(
        rounds, lambda: _ms(_facts, times=2), lambda: _ms(lambda: build_alert(_asked(policy, facts)), times=_AT_ONCE)
    )
    read, build = map(middle, steps)
    with Renderer() as renderer:
        start = _ms(lambda: renderer.render(alert, "slack"), times=1)
        kinds = {kind: _of_kind(kind, alert, renderer, rounds) for kind in KINDS}
    for found in kinds.values():
        found["ratio"] = round((build + found["message_ms"]) / found["bare_ms"], 2)
        found["ratio_with_read"] = round((read + build + found["message_ms"]) / found["bare_ms"], 1)
    size = sum(path.stat().st_size for path in _RECORDED.iterdir())
    return {
        "python": sys.version.split()[0],
        "artifacts_kb": round(size / 1024),
        "start_ms": round(start, 1),
        "read_ms": read,
        "build_ms": build,
        "kinds": kinds,
    }


def _of_kind(kind: str, alert: Alert, renderer: Renderer, rounds: int) -> dict[str, float]:
    to = Destination(name="bench", kind=kind, settings=_SETTINGS.get(kind, {}))
    message = renderer.render(alert, kind)
    if message.trouble is not None:
        raise SystemExit(f"{kind}: nothing was measured, its template does not work: {message.trouble.why}")

    def check() -> None:
        for payload in KINDS[kind].compose(message, to):
            if wrong := KINDS[kind].check(payload):
                raise SystemExit(f"{kind}: nothing was measured, the payload is refused: {wrong}")

    works = (_bare(kind, alert), lambda: view(alert), lambda: renderer.render(alert, kind), check)
    for work in works:
        work()
    timed = interleaved(rounds, *(lambda work=work: _ms(work, times=_AT_ONCE) for work in works))
    bare, seen, rendered, checked = map(middle, timed)
    return {
        "bare_ms": bare,
        "view_ms": seen,
        "render_ms": rendered,
        "check_ms": checked,
        "message_ms": round(rendered + checked, 3),
        "beside_jinja_ms": round(rendered - bare, 3),
    }


def _ms(work: Callable[[], object], *, times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times * 1000


# --- what happened --------------------------------------------------------------------------------------------------
def _policy() -> Policy:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "alerts.yml")
        file.write_text(_POLICY, encoding="utf-8")
        return load((file,))


def _facts() -> RunFacts:
    with (_RECORDED / "run_results.json").open("rb") as file:
        results = read_results(file, "run_results.json").results
    with (_RECORDED / "manifest.json").open("rb") as file:
        manifest = read_manifest(file, results)
    return RunFacts(run=_RUN, results=results, nodes=manifest.nodes, below=manifest.below)


def _asked(policy: Policy, facts: RunFacts) -> Asked:
    return Asked(
        policy=policy,
        placed=Placed(job=_JOB, project=_PROJECT, environment=_ENVIRONMENT, rule=policy.jobs[0]),
        outcome=Outcome.FAILURE,
        now=_ENDED + timedelta(minutes=1),
        host="https://ab123.us1.dbt.com",
        account_id=7,
        facts=facts,
    )


_PROJECT: Final = Project(id=1, name="Finance", deleted=False)
_ENVIRONMENT: Final = Environment(
    id=11, project_id=1, name="Production", type="deployment", deployment_type="production", deleted=False
)
_JOB: Final = Job(
    id=101,
    name="Daily Revenue",
    project_id=1,
    environment_id=11,
    job_type="scheduled",
    cron="0 6 * * *",
    scheduled=True,
    deleted=False,
    deactivated=False,
)


# --- the same by Jinja alone ----------------------------------------------------------------------------------------
def _bare(kind: str, alert: Alert) -> Callable[[], str]:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROOT / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - bare is what is asked for; nobody reads it
    )
    functions: dict[str, Any] = {"part": _part, "link": _second, "code": str, "pre": str, "mention": str}
    environment.globals.update(functions)
    filters: dict[str, Any] = {each.__name__: each for each in (first_line, first_lines, plural, shorten)}
    environment.filters.update(filters)
    template = environment.select_template(list(candidates(kind, alert.case.value, "engineers")))
    seen = view(alert)
    return lambda: template.render(seen)


def _part(_: str, *, caller: Callable[[], str]) -> str:
    return caller()


def _second(_: object, text: object) -> str:
    return str(text)
