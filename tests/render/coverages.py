"""Coverages to render: one with every standing in it, one whose names are hostile, one that is full, one of nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from reconciler.model.coverage import Coverage
from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.layers import Cycle, Digest, Layer, Sla
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Escalation, JobRule, Level, NotificationRule, Policy, RelayedChannel, Target, Tier
from reconciler.model.problem import Position
from reconciler.model.selector import Selector
from reconciler.plan.survey import Survey
from reconciler.views.coverage.cover import cover
from tests.builders import dbt_user, environment, inventory, job, notification, policy, project, relayed, row, rule
from tests.builders import selector as every_selector
from tests.builders import tells as told

AT: Final = datetime(2026, 1, 3, 8, tzinfo=UTC)
EVIL: Final = "</script><img src=x onerror=alert(1)>"
HOSTILE: Final = (
    EVIL,
    '"><svg onload=alert(1)>',
    "{{ 7*7 }}{% raw %}",
    "a|b `code` *bold* [link](http://evil.example) @everyone #1",
    "\u202egnp.exe\x1b[31m\nsecond line",
    "&lt;already&gt;",
    "```\n# heading",
)


def _at(line: int, file: str = "policies/teams/finance.yml") -> Position:
    return Position(file, line, 3)


def _layer(line: int, **values: object) -> Layer:
    at = _at(line)
    notify = {
        outcome: replace(edit, at=at)
        for outcome, edit in (values.pop("notify", None) or {}).items()  # pyrefly: ignore[missing-attribute]
    }
    return replace(Layer(at=at, notify=notify), **values)  # pyrefly: ignore[bad-argument-type]


def _rule(line: int, *ids: int, tier: str | None = None, silent: bool = False, **values: object) -> JobRule:
    found = rule(match=_selector(*ids), layer=_layer(line, **values), team="finance", tier=tier, silent=silent)
    return replace(found, at=_at(line))


def _selector(*ids: int) -> Selector:
    return every_selector(ids=ids)


def _tiers() -> list[Tier]:
    at = Position("policies/tiers.yml", 3, 3)
    critical = _layer(
        4, notify={Outcome.FAILURE: told("data-team"), Outcome.LATE: told("oncall")}, escalation="standard"
    )
    low = _layer(9, digest=Digest(every=Cycle.DAY, at=time(9), to=("data-team",)))
    return [
        Tier(name="critical", at=at, rank=1, layer=critical),
        Tier(name="informational", at=at, rank=3, layer=low),
    ]


def _everything() -> tuple[Policy, Inventory]:
    sla = Sla(at=_at(12), due="08:00", max_duration=timedelta(minutes=90))
    some = {Outcome.FAILURE: told(Target(channel="data-team", of="test"))}
    levels = (Level(after=timedelta(minutes=5), notify=("oncall",), unless="acknowledged"),)
    asked = policy(
        channels=[
            dbt_user(),
            relayed("data-team"),
            RelayedChannel(name="oncall", at=_at(1), kind="pagerduty", pages=True),
        ],
        tiers=_tiers(),
        escalations=[Escalation(name="standard", at=Position("policies/tiers.yml", 20, 3), levels=levels)],
        jobs=[
            _rule(10, 1, tier="critical", sla=sla, owner="maria@acme.example", runbook="https://wiki.example"),
            _rule(20, 2, tier="informational"),
            _rule(30, 3, 4, silent=True, reason="shown in the pull request"),
            _rule(40, 5, notify=some),
            _rule(50, 6),
        ],
        notifications=[_notification(60, 7)],
    )
    live = inventory(
        jobs=[
            job(id=1, name="Daily Revenue"),
            job(id=2, name="Weekly Funnel"),
            job(id=3, name="CI", environment_id=12),
            job(id=4, name="CI full", environment_id=12),
            job(id=5, name="Quality"),
            job(id=6, name="Heartbeat"),
            job(id=7, name="Reverse ETL"),
            job(id=8, name="Month Close"),
            job(id=9, name="Old Load", deactivated=True),
            job(id=10, name="Sandbox", environment_id=12),
        ],
        environments=[environment(), environment(id=12, name="CI", deployment_type=None)],
        rows=[row(key=RecipientKey.user(1), jobs={Outcome.FAILURE: [8]})],
    )
    return asked, live


def _notification(line: int, *ids: int) -> NotificationRule:
    return replace(notification(jobs=_selector(*ids)), at=_at(line))


def everything() -> Coverage:
    asked, live = _everything()
    return cover(Survey(asked, live), at=AT)


def hostile() -> Coverage:
    """Return names that want to be markup, in every place that a name can stand in."""
    jobs = [job(id=place, name=name) for place, name in enumerate(HOSTILE, start=1)]
    live = inventory(jobs=jobs, projects=[project(name=EVIL)], environments=[environment(name=EVIL)])
    evil = RelayedChannel(name=EVIL, at=_at(1, EVIL), kind="slack", pages=True)
    silent = _rule(5, 2, silent=True, reason=EVIL)
    loud = replace(_rule(6, 3, notify={Outcome.FAILURE: told(EVIL)}), team=EVIL, at=_at(6, EVIL))
    return cover(Survey(policy(channels=[evil], jobs=[silent, loud], manager=EVIL), live), at=AT)


def full() -> Coverage:
    live = inventory(rows=[row(key=RecipientKey.user(1), jobs={Outcome.FAILURE: [101]})])
    return cover(Survey(policy(notifications=[_notification(3, 101)]), live), at=AT)


def nothing() -> Coverage:
    return cover(Survey(policy(), inventory(jobs=[])), at=AT)


def bare(jobs: int) -> Coverage:
    """Return an account of which the policy says nothing."""
    return cover(Survey(policy(), inventory(jobs=[job(id=n, name=f"Job {n}") for n in range(jobs)])), at=AT)


def large(jobs: int, rules: int) -> Coverage:
    """Return an account of so many jobs, spread over so many rules that differ, in twenty teams."""
    share = jobs // rules
    found = [
        replace(
            _rule(n, *range(n * share, (n + 1) * share), tier="critical", owner=f"o{n}@acme.example"), team=f"t{n % 20}"
        )
        for n in range(rules)
    ]
    asked, _ = _everything()
    live = inventory(jobs=[job(id=n, name=f"Job {n} of the warehouse") for n in range(jobs)])
    return cover(Survey(replace(asked, jobs=tuple(found), notifications=()), live), at=AT)
