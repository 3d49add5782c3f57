"""A company of any size as policy files and a snapshot: what lint, coverage, explain and policy tests are timed on.

With E edges there are E/10 jobs in E/200 teams of 20. Each team has one file of its own, with ten rules, an escalating
tier, deadlines, a notification and a policy test beside it; so 100,000 edges are 10,000 jobs in 500 files and two more.
Of each job somebody is told natively ten times over: three people and two outcomes by the rule, four by notifications.
The guardrails find one thing, and that of four rules in five: people who are told natively in a tier that promotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.bench_growth import ACCOUNT, HOST
from reconciler.cloud.snapshot import to_json
from reconciler.model.inventory import Environment, Inventory, Job, Project, User

__all__ = ["TEAM", "Company"]

TEAM: Final = 20
"""Jobs of a team."""
_PEOPLE: Final = 3
_HEAD: Final = f"""\
version: 1
manager: bench
account: {{id: {ACCOUNT}, host: "https://{HOST}", token: $TOKEN}}
relay: {{url: "https://alerts.acme.example/dbt"}}
defaults: {{timezone: Europe/Berlin}}
calendars:
  weekdays: {{weekdays: [mon, tue, wed, thu, fri]}}
  business: {{country: DE, weekdays: [mon, tue, wed, thu, fri]}}
channels:
  pager: {{type: pagerduty, routing_key: $PAGERDUTY_KEY}}
  critical: {{type: slack, url: $SLACK_CRITICAL}}
  team: {{type: slack, url: $SLACK_TEAM}}
  leads: {{type: teams, url: $TEAMS_LEADS}}
  summary: {{type: email, to: [data@acme.example]}}
tiers:
  critical:
    rank: 1
    notify: {{failure: [critical], late: [critical], cancelled: [critical], recovered: [critical]}}
    escalation: standard
  high:
    rank: 2
    notify: {{failure: [team], cancelled: [team], late: [team]}}
    promote: {{after_consecutive_failures: 3, to: critical}}
  low:
    rank: 3
    digest: {{every: day, at: "09:00", calendar: business, to: [summary]}}
escalations:
  standard:
    - {{after: 5m, notify: [pager], unless: acknowledged}}
    - {{after: 30m, notify: [leads], unless: resolved}}
"""


@dataclass(frozen=True, slots=True)
class Company:
    """How many edges, a multiple of 200."""

    edges: int

    @property
    def jobs(self) -> int:
        return self.edges // 10

    @property
    def teams(self) -> int:
        return self.jobs // TEAM

    def write(self, folder: Path) -> None:
        """Write `policies/`, with its tests, and `live.json`."""
        for name, text in (*self._policy(), *self._tests()):
            path = folder / "policies" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (folder / "live.json").write_text(to_json(self._inventory()), encoding="utf-8")

    def _policy(self) -> Iterator[tuple[str, str]]:
        yield "account.yml", _HEAD
        yield (
            "people.yml",
            "channels:\n"
            + "".join(
                f"  person-{number}: {{type: dbt_user, email: person-{number}@acme.example}}\n"
                for number in range(self.teams * _PEOPLE)
            ),
        )
        for team in range(self.teams):
            yield f"teams/team-{team:04d}.yml", _team_file(team)

    def _tests(self) -> Iterator[tuple[str, str]]:
        for team in range(self.teams):
            yield f"tests/team-{team:04d}.yml", _test_file(team)

    def _inventory(self) -> Inventory:
        people = range(self.teams * _PEOPLE)
        return Inventory(
            host=HOST,
            account_id=ACCOUNT,
            jobs={1 + number: _job(number) for number in range(self.jobs)},
            projects={1: Project(id=1, name="Everything")},
            environments={
                1: Environment(id=1, project_id=1, name="Production", type="deployment", deployment_type="production")
            },
            users={1 + n: User(id=1 + n, email=f"person-{n}@acme.example", name=f"Person {n}") for n in people},
            notifications=(),
            subscriptions=(),
            taken_at="2026-01-01T00:00:00+00:00",
        )


def job_name(team: int, number: int) -> str:
    return f"Team {team:04d} Job {number:02d}"


def _job(number: int) -> Job:
    name = job_name(number // TEAM, number % TEAM)
    return Job(
        id=1 + number,
        name=name,
        project_id=1,
        environment_id=1,
        job_type="scheduled",
        cron=f"{number % 60} {2 + number % 3} * * *",
        scheduled=True,
        execute_steps=("dbt build",),
    )


def _team_file(team: int) -> str:
    people = [f"person-{team * _PEOPLE + n}" for n in range(_PEOPLE)]
    told = [
        f"team: team-{team:04d}\n",
        f"owner: {people[0]}@acme.example\n",
        f'runbook: "https://wiki.acme.example/team-{team:04d}"\n',
        "jobs:\n",
    ]
    told += [_rule(team, number, people) for number in range(0, TEAM, 2)]
    told.append("notifications:\n")
    pattern = f'"Team {team:04d} *"'
    told.append(f"  - {{to: {people[0]}, on: [success, warning], jobs: {{project: Everything, name: {pattern}}}}}\n")
    told.append(f"  - {{to: {people[1]}, on: [success, warning], jobs: {{project: Everything, name: {pattern}}}}}\n")
    return "".join(told)


def _rule(team: int, number: int, people: list[str]) -> str:
    tier = ("critical", "high", "high", "high", "high")[number // 2 % 5]
    added = ", ".join(f"+{name}" for name in people)
    return (
        f'  - match: {{project: Everything, name: ["{job_name(team, number)}", "{job_name(team, number + 1)}"]}}\n'
        f"    tier: {tier}\n"
        f"    impact: Dashboard {team}-{number} shows stale data  # what breaks for whom\n"
        f"    notify: {{failure: [{added}], cancelled: [{added}]}}\n"
        f'    sla: {{due: "08:00", calendar: weekdays, grace: 5m, max_duration: 90m}}\n'
    )


def _test_file(team: int) -> str:
    people = [f"person-{team * _PEOPLE + n}" for n in range(_PEOPLE)]
    name = job_name(team, 0)
    at_once = "".join(f"      - {{channel: {each}, after: 0m}}\n" for each in (*people, "critical"))
    return (
        f'jobs:\n  - {{id: {1 + team * TEAM}, name: "{name}", project: Everything, environment: Production}}\n'
        "tests:\n"
        f"  - name: {name} wakes somebody\n"
        f'    job: "{name}"\n'
        "    on: failure\n"
        "    at: 2026-01-03T03:00\n"
        f"    expect:\n{at_once}"
        "      - {channel: pager, after: 5m}\n"
        "      - {channel: leads, after: 30m}\n"
    )
