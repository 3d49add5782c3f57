"""Three of ten answers go wrong, in every way they can: at most five runs end where one clean run would have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.apply.run import ApplyOptions, apply_plan
from reconciler.cloud import Reader, Writer, open_client
from reconciler.errors import AlertsError, ExitCode
from reconciler.ledger import FileStore
from reconciler.model.inventory import Inventory
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Plan
from reconciler.model.policy import Policy
from reconciler.model.secret import Secret
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from reconciler.sandbox import RateLimit, RunningSandbox, SandboxOptions, start
from reconciler.secrets import sink_opener
from tests.apply.apply_lab import MANAGER, sink
from tests.builders import dbt_email, dbt_slack, dbt_user, notification, policy, selector, webhook
from tests.http.http_lab import FakeTime

FAULTS = (
    {"status": 503, "when": "before"},
    {"status": 502, "when": "after", "body": "<html>bad gateway</html>"},
    {"status": 429, "headers": {"Retry-After": "1"}},
    {"status": 504, "when": "after"},
    {"reset": "before"},
    {"reset": "after"},
)
MAILS = tuple(f"team-{number}@acme.example" for number in range(6))


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with start(SandboxOptions(rate_limit=RateLimit(requests=0))) as sandbox:
        yield sandbox


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One run of plan and apply with a client of its own, as one process would have."""

    sandbox: RunningSandbox
    folder: Path

    def plan(self, wanted: Policy, live: Inventory) -> Plan:
        store = FileStore(self.folder / "ledger.json")
        ledger = store.load(live.host, live.account_id, MANAGER)
        resolved = desire(wanted, live)
        return build_plan(desired=resolved, inventory=live, ledger=ledger, intent=Intent())

    def run(self, wanted: Policy) -> ExitCode:
        with open_client(
            host=self.sandbox.url, token=Secret(self.sandbox.token), clock=FakeTime().clock(0.1)
        ) as client:
            reader = Reader(client, self.sandbox.account_id)
            try:
                plan = self.plan(wanted, reader.inventory())
                return self._apply(plan, reader, Writer(client, self.sandbox.account_id))
            except AlertsError as error:
                return error.exit_code

    def _apply(self, plan: Plan, reader: Reader, writer: Writer) -> ExitCode:
        store = FileStore(self.folder / "ledger.json")
        ledger = store.load(plan.host, plan.account_id, MANAGER)
        report = apply_plan(
            plan,
            ledger=ledger,
            store=store,
            reader=reader,
            writer=writer,
            sinks=lambda asked, key: sink_opener(ledger=ledger, base=self.folder, environ={}, check=lambda _: None)(
                replace(asked, path=key.replace("/", "-")), key
            ),
            clock=lambda: datetime.now(UTC),
            actor="tester",
            options=ApplyOptions(),
            progress=lambda _: None,
            stop=lambda: False,
        )
        return report.exit_code

    def effects(self, method: str, path: str) -> int:
        return len(self.sandbox.control.log(method=method, path=path, effect="1"))

    def writes(self) -> int:
        return sum(self.effects(method, "*") for method in ("POST", "PUT", "DELETE"))


def wanted_of(jobs: list[int]) -> Policy:
    mails = tuple(
        dbt_email(f"mail-{number}", address=mail, owner="platform@acme.example") for number, mail in enumerate(MAILS)
    )
    slack = dbt_slack(channel_id="C0NEWNEWNEW", linked_by="platform@acme.example")
    return policy(
        channels=(dbt_user(), slack, *mails),
        notifications=[
            notification(to=("maria", "data-alerts"), jobs=selector(ids=jobs[:3])),
            *(notification(to=(each.name,), on=(Outcome.FAILURE,), jobs=selector(ids=jobs[:2])) for each in mails),
        ],
        webhooks=[webhook(name=f"hook-{n}", jobs=selector(ids=jobs[: n + 1]), secret_sink=sink()) for n in range(3)],
    )


@pytest.mark.parametrize("seed", range(1, 5))
def test_at_most_five_runs_converge_and_nothing_is_made_twice(
    running: RunningSandbox, tmp_path: Path, seed: int
) -> None:
    control = running.control
    control.reset()
    before = control.counts()
    rows = {row["id"]: row for row in control.rows("notifications")}
    jobs = sorted(row["id"] for row in control.rows("jobs") if row["state"] == 1)
    wanted = wanted_of(jobs)
    attempt = Attempt(sandbox=running, folder=tmp_path)
    control.clear_log()
    for number, fault in enumerate(FAULTS):
        control.add_fault(**fault, path="/api/*", probability=0.3 / len(FAULTS) / (1 - 0.05 * number), seed=seed)
    codes: list[ExitCode] = []
    for _ in range(5):
        written = attempt.writes()
        codes.append(attempt.run(wanted))
        if codes[-1] is ExitCode.SUCCESS:
            break
        assert codes[-1] is ExitCode.PARTLY or attempt.writes() == written, f"{codes[-1]!r}, and something was written"
    hit, seen = len(control.log(path="/api/*", fault="?*")), len(control.log(path="/api/*"))
    assert 0.2 < hit / seen < 0.4, f"{hit} of {seen} requests were hit"
    control.clear_faults()
    assert codes[-1] is ExitCode.SUCCESS, codes

    after = control.counts()
    assert attempt.effects("POST", "*/notifications/") == after["notifications"] - before["notifications"] == 7
    deleted = attempt.effects("DELETE", "*/webhooks/subscription/*")
    assert attempt.effects("POST", "*/webhooks/subscriptions") - deleted == after["webhooks"] - before["webhooks"] == 3
    for row in control.rows("notifications"):
        for outcome in ("on_success", "on_failure", "on_cancel", "on_warning"):
            known = rows.get(row["id"], {}).get(outcome) or []
            assert set(known) <= set(row[outcome] or []), "a foreign id is lost"
    kept = {path.read_text() for path in tmp_path.glob("default-hook-?")}
    ours = [row for row in control.rows("webhooks") if row["name"].startswith("hook-")]
    assert all(row["active"] for row in ours)
    assert {row["hmac_secret"] for row in ours} == kept
    with open_client(host=running.url, token=Secret(running.token)) as client:
        assert attempt.plan(wanted, Reader(client, running.account_id).inventory()).actions == ()
