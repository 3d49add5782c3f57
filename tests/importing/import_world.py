"""Generated accounts with everything that real ones have: hostile names, dead jobs, people who left, odd rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import (
    ALL_JOBS,
    Environment,
    Inventory,
    Job,
    NotificationRow,
    Project,
    Subscription,
    User,
)
from reconciler.model.ledger import Ledger, Others
from reconciler.model.marker import Marker, marked
from reconciler.model.model_notifications import ModelAnswer, ModelNotifications, ModelOutcome, ModelUnanswered
from reconciler.model.outcome import NATIVE_OUTCOMES, WebhookEvent
from reconciler.model.plan import Plan
from reconciler.model.policy import Policy
from reconciler.plan.build import build_plan
from reconciler.plan.desire import desire
from reconciler.plan.intent import Intent
from reconciler.policy import load
from tests.builders import ACCOUNT_ID, HOST

MANAGER = "acme-data"
ODD_NAMES = (
    "Daily Revenue",
    "daily revenue",
    " Daily Revenue ",
    "Daily Revenue [[daily]]",
    "A [[x]] [[y]]",
    "Hourly *",
    "*",
    "$SECRET",
    "${SECRET}",
    'say "hi" \\ there',
    "line\nbreak",
    "tab\there",
    "bell\x07",
    "# not a comment",
    "key: value",
    "- item",
    "{brace}",
    "[[all]]",
    "null",
    "true",
    "no",
    "on",
    "~",
    "1e3",
    "0x1F",
    "2026-01-01",
    "12:30:45",
    "'quoted'",
    "&anchor",
    "*alias",
    "!tag",
    "%directive",
    "@at",
    "`tick`",
    "🚀 launch",
    "\u202egnal rtl",
    "עברית",
    "e\u0301 decomposed",
    "é decomposed",
    "\ufeffbom",
    "\ufffe odd",
    "\u2028 line",
    "x" * 10_000,
    "y" * 10_001,
    "",
    " ",
    "a#b",
    "a #b",
    "a:",
    "...",
    "---",
    "<<",
    "=",
    "\U000e0001",
    "\U0001ffff",
)
names = st.sampled_from(ODD_NAMES) | st.text(max_size=12)
addresses = st.sampled_from(
    (
        "maria@acme.example",
        "MARIA@acme.example",
        "maria@acme.test",
        "mail/maria@acme.example",
        "a b@acme.example",
        "no-address",
        "",
        '"x: y"@acme.example',
        "x#y@acme.example",
        "m~1@acme.example",
        "née@acme.example",
        "{}@acme.example",
        "l" * 80 + "@acme.example",
        "null@null",
    )
)
slack_ids = st.sampled_from(("C0123456789", "C2", "G777", "c-lower", "C 1", "#general"))


@st.composite
def places(draw: st.DrawFn) -> tuple[list[Project], list[Environment]]:
    projects = [
        Project(id=number, name=draw(names), deleted=draw(st.sampled_from([False, False, False, True])))
        for number in range(1, draw(st.integers(1, 4)) + 1)
    ]
    environments = [
        Environment(
            id=10 * project.id + number,
            project_id=project.id,
            name=draw(names),
            type=draw(st.sampled_from(["deployment", "deployment", "development"])),
            deployment_type="production",
            deleted=draw(st.sampled_from([False, False, False, True])),
        )
        for project in projects
        for number in range(draw(st.integers(1, 2)))
    ]
    return projects, environments


def jobs_in(environments: list[Environment]) -> st.SearchStrategy[list[Job]]:
    job = st.builds(
        lambda place, name, deleted: (place, name, deleted),
        st.sampled_from([*environments, None]),
        st.sampled_from(ODD_NAMES[:4]) | names,
        st.sampled_from([False, False, False, True]),
    )
    return st.lists(job, min_size=1, max_size=8).map(
        lambda found: [
            Job(
                id=101 + number,
                name=name,
                project_id=place.project_id if place else 99,
                environment_id=place.id if place else 0,
                deleted=deleted,
            )
            for number, (place, name, deleted) in enumerate(found)
        ]
    )


@st.composite
def rows(draw: st.DrawFn, job_ids: list[int], user_ids: list[int]) -> list[NotificationRow]:
    keys = st.one_of(
        st.sampled_from(user_ids).map(RecipientKey.user),
        addresses.filter(bool).map(RecipientKey.email),
        slack_ids.map(RecipientKey.slack),
        slack_ids.map(RecipientKey.slack_app),
        st.none(),
    )
    found = []
    for number in range(draw(st.integers(0, 7))):
        key = draw(keys)
        kind = (
            {"user": 1, "slack": 2, "email": 4, "slack_app": 5}[key.kind] if key else draw(st.sampled_from([3, 4, 9]))
        )
        lists = {
            outcome: frozenset(draw(st.lists(st.sampled_from(job_ids), max_size=5))) for outcome in NATIVE_OUTCOMES
        }
        found.append(
            NotificationRow(
                id=900 + number,
                type=kind,
                key=key,
                user_id=draw(st.sampled_from([*user_ids, None])),
                jobs=lists,
                slack_channel_name=draw(st.none() | names),
                deleted=draw(st.sampled_from([False, False, False, True])),
            )
        )
    return found


def webhooks(job_ids: list[int]) -> st.SearchStrategy[list[Subscription]]:
    texts = st.sampled_from(("", "by hand", "made by hand: 2025", "  spaced  ", "$REF", "bell\x07", "y" * 10_001))
    marks = (
        texts
        | texts
        | st.builds(
            lambda manager, name: marked("by hand", Marker(manager=manager, team="default", name=name)),
            st.sampled_from([MANAGER, "growth"]),
            st.sampled_from(["lineage", "Daily Revenue"]),
        )
    )
    one = st.builds(
        Subscription,
        id=st.just("wsu_x"),
        name=st.sampled_from(("lineage", "everything to the lake", "Daily Revenue", "# odd: *name*")) | names,
        url=st.sampled_from(
            (
                "https://catalog.acme.example/dbt",
                "https://catalog.acme.example/dbt?key=#x",
                "https://lake.acme.example/events",
                "https://hooks.slack.com/services/T1/B2/secret",
                "https://user:pass@catalog.acme.example/",
                "http://x",
                "no address",
                "https://events.pagerduty.com/x",
                "https://intake.acme.example/{a: b}, [c]",
            )
        ),
        events=st.frozensets(st.sampled_from([*map(str, WebhookEvent)] * 4 + ["job.run.paused"]), max_size=3),
        jobs=st.just(ALL_JOBS)
        | st.frozensets(st.sampled_from(job_ids), min_size=1, max_size=4)
        | st.frozensets(st.sampled_from(job_ids), min_size=1, max_size=4),
        active=st.booleans(),
        description=marks,
        deactivate_reason=st.none() | names,
    )
    return st.lists(one, max_size=4).map(
        lambda found: [
            Subscription(
                id=f"wsu_{number}" if number < 3 else f"odd {number}",
                name=each.name,
                url=each.url,
                events=each.events,
                jobs=each.jobs,
                active=each.active,
                description=each.description,
                deactivate_reason=each.deactivate_reason,
            )
            for number, each in enumerate(found)
        ]
    )


@st.composite
def models(draw: st.DrawFn, environments: list[Environment]) -> dict[int, ModelAnswer]:
    """Return what is known of the environments' model notifications; of one with no owners to tell nobody asks."""
    answers: st.SearchStrategy[ModelAnswer] = st.builds(
        ModelNotifications,
        environment_id=st.just(0),
        enabled=st.sampled_from([True, True, False]),
        selected=st.sampled_from([frozenset({ModelOutcome.FAILURE})] * 2)
        | st.frozensets(st.sampled_from(ModelOutcome)),
    ) | st.just(ModelUnanswered(environment_id=0, why="not found", next_step="ask again"))
    return {
        each.id: replace(draw(answers), environment_id=each.id)
        for each in environments
        if each.type != "development" and not each.deleted
    }


@st.composite
def accounts(draw: st.DrawFn) -> Inventory:
    """Return any account: jobs of lists that are gone, users who share an e-mail, webhooks of everybody."""
    projects, environments = draw(places())
    jobs = draw(jobs_in(environments))
    users = [
        User(id=number, email=draw(addresses), active=draw(st.booleans()))
        for number in range(1, draw(st.integers(1, 4)) + 1)
    ]
    job_ids = [*(job.id for job in jobs), 7_001]
    return Inventory(
        host=HOST,
        account_id=ACCOUNT_ID,
        jobs={each.id: each for each in jobs},
        projects={each.id: each for each in projects},
        environments={each.id: each for each in environments},
        users={each.id: each for each in users},
        notifications=tuple(draw(rows(job_ids, [*(user.id for user in users), 777]))),
        subscriptions=tuple(draw(webhooks(job_ids))),
        models=draw(models(environments)),
    )


def loaded(files: Mapping[str, str]) -> Policy:
    """Load the texts with the real loader, from a folder of their own."""
    with TemporaryDirectory() as name:
        for path, text in files.items():
            place = Path(name, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode("utf-8"))
        return load([Path(name)])


def planned(policy: Policy, inventory: Inventory, ledger: Ledger | None = None) -> Plan:
    known = ledger or Ledger(host=inventory.host, account_id=inventory.account_id, manager=policy.manager)
    desired = desire(policy, inventory)
    assert not desired.problems, desired.problems
    return build_plan(
        desired=desired, inventory=inventory, ledger=known, intent=Intent(repair_drift=True), others=Others()
    )


def adopted(plan: Plan) -> frozenset[Edge]:
    return frozenset(each.edge for each in plan.actions if hasattr(each, "edge"))
