"""Breaks × stages: what is broken on purpose, which stage of `alert-test` fails, and what it says to do about it.

`docs/alert-test-breaks.md` is the table of these tests, with the words that the command said. To write it anew:

    UPDATE_EXPECTED=1 pytest -q -n 0 -p no:randomly tests/scenarios/test_alert_test_breaks.py
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import stamina

from reconciler.alerts.rendering.process import WorkerProcess
from reconciler.http.outgoing import Limits
from reconciler.sandbox import RunningSandbox
from tests.scenarios.alert_lab import AlertDesk, alert_sandbox

POLICY = """\
channels:
  hook: {type: slack, url: $SLACK_CRITICAL_URL}
  bot: {type: slack, token: $SLACK_BOT_TOKEN, channel_id: C0987654321}
  oncall: {type: pagerduty, routing_key: $PAGERDUTY_KEY, api_key: $PAGERDUTY_API_KEY}
  mail: {type: email, to: [oncall@acme.example]}
  leads: {type: teams, url: $TEAMS_LEADS_URL}
  datadog: {type: datadog, api_key: $DD_API_KEY}
  ticketing: {type: webhook, url: $TICKET_URL, sign: {secret: $TICKET_SECRET}}
  maria: {type: dbt_user, email: maria@acme.example}
  room: {type: dbt_slack, channel_id: C0123456789, channel_name: "#data-alerts", linked_by: platform@acme.example}
webhooks:
  - name: lineage
    url: "SANDBOX/channels/apprise/lineage"
    on: [completed]
    jobs: {project: Finance}
    secret_sink: {store: file, path: .dbt-alerts/lineage.secret}
notifications:
  - {to: [hook, bot, oncall, mail, leads, datadog, ticketing, maria, room], on: [failure], jobs: {project: Finance}}
"""
PAGE = Path(__file__).parents[2] / "docs" / "alert-test-breaks.md"
HEAD = """\
# What breaks, and which stage of `alert-test` says so

Each row is a test (`tests/scenarios/test_alert_test_breaks.py`): it breaks one thing in the sandbox, runs every stage,
and holds the stage that fails and its words against this table, which it also writes. All other routes stay good.

| broken | fails in | route | it says | to do |
|---|---|---|---|---|
"""


@dataclass(frozen=True, kw_only=True)
class Break:
    """One thing that is broken. `stages` are those that must fail for `route`, and no others."""

    what: str
    route: str
    stages: tuple[str, ...]
    do: Callable[[AlertDesk], Any]


def vendor(kind: str, mode: str, **more: Any) -> Callable[[AlertDesk], Any]:  # noqa: ANN401 - the sandbox's own words
    return lambda desk: desk.sandbox.control.break_channel(kind, mode, **more)


def row(table: str, which: Callable[[dict[str, Any]], bool], **changes: Any) -> Callable[[AlertDesk], Any]:  # noqa: ANN401
    def change(desk: AlertDesk) -> None:
        found = next(each for each in desk.sandbox.control.rows(table) if which(each))
        desk.sandbox.control.change(table, found["id"], **changes)

    return change


def another_linker(desk: AlertDesk) -> None:
    maria = next(each["id"] for each in desk.sandbox.control.rows("users") if each["email"] == "maria@acme.example")
    row("notifications", lambda each: each.get("slack_channel_id") == "C0123456789", user_id=maria)(desk)


BREAKS = [
    Break(
        what="Slack: the bot's token is revoked",
        route="bot",
        stages=("contacts", "deliver"),
        do=vendor("slack", "revoked"),
    ),
    Break(
        what="Slack: the channel is archived",
        route="bot",
        stages=("contacts", "deliver"),
        do=vendor("slack", "archived", only="C0987654321"),
    ),
    Break(
        what="Slack: the bot was removed from the channel",
        route="bot",
        stages=("contacts", "deliver"),
        do=vendor("slack", "not_in_channel"),
    ),
    Break(
        what="Slack: the incoming webhook is removed",
        route="hook",
        stages=("deliver",),
        do=vendor("slack", "no_service"),
    ),
    Break(
        what="PagerDuty: the integration key is revoked",
        route="oncall",
        stages=("deliver",),
        do=vendor("pagerduty", "revoked"),
    ),
    Break(
        what="PagerDuty: nobody is on call",
        route="oncall",
        stages=("contacts",),
        do=vendor("pagerduty", "nobody_on_call"),
    ),
    Break(
        what="PagerDuty: taken, and no incident opens",
        route="oncall",
        stages=("deliver",),
        do=vendor("pagerduty", "swallowed"),
    ),
    Break(
        what="Datadog: the key is revoked",
        route="datadog",
        stages=("contacts", "deliver"),
        do=vendor("datadog", "revoked"),
    ),
    Break(
        what="Teams: 200 with an error in the body",
        route="leads",
        stages=("deliver",),
        do=vendor("teams", "error_body"),
    ),
    Break(what="Webhook: wrong secret", route="ticketing", stages=("deliver",), do=vendor("webhook", "wrong_secret")),
    Break(
        what="Webhook: the endpoint is too slow",
        route="ticketing",
        stages=("deliver",),
        do=vendor("webhook", "slow", seconds=2),
    ),
    Break(
        what="Mail: the server refuses",
        route="mail",
        stages=("deliver",),
        do=vendor("email", "rejected"),
    ),
    Break(
        what="Mail: the password is wrong",
        route="mail",
        stages=("contacts", "deliver"),
        do=vendor("email", "wrong_password"),
    ),
    Break(
        what="dbt Cloud: the subscription is deactivated",
        route="webhook:default/lineage",
        stages=("webhooks",),
        do=row("webhooks", lambda each: each["name"] == "lineage", active=False, deactivate_reason="too many failures"),
    ),
    Break(
        what="dbt Cloud: the user left",
        route="maria",
        stages=("contacts",),
        do=row("users", lambda each: each["email"] == "maria@acme.example", is_active=False),
    ),
    Break(
        what="dbt Cloud: Slack stands under another user",
        route="room",
        stages=("contacts",),
        do=another_linker,
    ),
    Break(
        what="Our own template is broken",
        route="leads",
        stages=("render",),
        do=lambda desk: desk.template("teams/failure.j2", "{{ no_such_thing }}"),
    ),
]


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    yield from alert_sandbox()


class Applied:
    """The account and the ledger as one apply left them, for every test again."""

    def __init__(self) -> None:
        self.image: dict[str, Any] = {}
        self.ledger = b""

    def to(self, desk: AlertDesk) -> None:
        ledger = Path(".dbt-alerts/ledger.json")
        if not self.image:
            done = desk.command("apply", "--yes")
            assert done.code == 0, done.out + done.err
            self.image, self.ledger = desk.sandbox.control.dump(), ledger.read_bytes()
        desk.sandbox.control.load(self.image)
        ledger.parent.mkdir(exist_ok=True)
        ledger.write_bytes(self.ledger)


@pytest.fixture(scope="module")
def applied() -> Applied:
    return Applied()


@pytest.fixture(scope="module", autouse=True)
def one_worker() -> Iterator[None]:
    """One process renders for all tests whose templates are the shipped ones: to start it takes longer than to ask."""
    started: dict[Path | None, WorkerProcess] = {}
    over, close = WorkerProcess.over, WorkerProcess.close

    def kept(shipped: Path, overrides: Path | None, *, seconds: float = 1.0) -> WorkerProcess:
        if overrides not in started:
            started[overrides] = over(shipped, overrides, seconds=seconds)
        return started[overrides]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorkerProcess, "over", kept)
        patch.setattr(WorkerProcess, "close", lambda _: None)
        patch.setattr("reconciler.drill.stages.webhooks._BETWEEN", (0.01, 0.05))
        yield
    for worker in started.values():
        close(worker)


@pytest.fixture
def desk(
    running: RunningSandbox,
    applied: Applied,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[AlertDesk]:
    found = AlertDesk.at(tmp_path, running, monkeypatch, capsys)
    monkeypatch.setenv("PAGERDUTY_API_KEY", "u+sandboxkey1234567890")
    monkeypatch.setattr("reconciler.http.outgoing.Limits", partial(Limits, connect=1.0, wait=0.5, total=1.0))
    monkeypatch.setattr("reconciler.drill.read_back._PAUSE", 0.0)
    quiet = POLICY.replace("type: pagerduty,", "type: pagerduty, pages: false,")
    found.policy(quiet.replace("SANDBOX", running.url))
    applied.to(found)
    stamina.set_testing(True, attempts=4, cap=True)
    yield found
    stamina.set_testing(False)


def failed(desk: AlertDesk) -> list[dict[str, Any]]:
    done = desk.command("alert-test", "contacts", "render", "deliver", "webhooks", "--wait", "1", "--json")
    assert done.code in {0, 6}, done.out + done.err
    found = [each for each in done.json["evidence"] if each["standing"] == "failed"]
    assert done.code == (6 if found else 0)
    return found


def test_nothing_fails_where_nothing_is_broken(desk: AlertDesk) -> None:
    assert [(each["route"], each["stage"], each["answer"]) for each in failed(desk)] == []


@pytest.mark.parametrize("broken", BREAKS, ids=lambda each: each.what)
def test_the_right_stage_fails_and_says_what_to_do(broken: Break, desk: AlertDesk) -> None:
    broken.do(desk)
    found = failed(desk)
    assert [(each["stage"], each["route"]) for each in found] == [(stage, broken.route) for stage in broken.stages]
    assert all(each["fix"] for each in found)
    lines = "".join(_line(broken, each) for each in found)
    if "UPDATE_EXPECTED" in os.environ:
        _write(broken, lines)
    assert lines in PAGE.read_text(encoding="utf-8"), f"docs/alert-test-breaks.md does not say: {lines}"


def test_the_command_that_switches_a_webhook_on_again_works(desk: AlertDesk) -> None:
    row("webhooks", lambda each: each["name"] == "lineage", active=False, deactivate_reason="too many failures")(desk)
    (found,) = failed(desk)
    (command,) = re.findall("`dbt-alerts ([^`]+)`", found["fix"])
    done = desk.command(*command.split(), "--yes")
    assert done.code == 0, done.out + done.err
    assert failed(desk) == []


def _line(broken: Break, each: dict[str, Any]) -> str:
    said, fix = (each[name].replace("|", "\\|") for name in ("answer", "fix"))
    return f"| {broken.what} | {each['stage']} | `{each['route']}` | {said} | {fix} |\n"


def _write(broken: Break, lines: str) -> None:
    """Begin the page with the first break, and add each after it."""
    before = HEAD if broken is BREAKS[0] else PAGE.read_text(encoding="utf-8")
    PAGE.write_text(before + lines, encoding="utf-8")
