"""What `explain` says of native channels is what the sandbox's inbox shows after such a run: for generated policies.

A policy is applied to the seeded account, whose hand-made notifications stay; then runs are made to end in every way.
Two code bases meet here: routing and its views on one side, an emulator that imports nothing of ours on the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from reconciler.cloud import Reader, Writer, open_client
from reconciler.model.edge import RecipientKey, RecipientKind
from reconciler.model.inventory import Inventory
from reconciler.model.layers import GroupBy, Grouping, NotifyEdit, OfficeHours, Promotion
from reconciler.model.ledger import Ledger
from reconciler.model.outcome import NATIVE_OUTCOMES, Outcome
from reconciler.model.policy import Channel, JobRule, Layer, Mute, NotificationRule, Policy, Scope, Tier
from reconciler.model.secret import Secret
from reconciler.model.telling import Cause, Happening, Via
from reconciler.plan.intent import Intent
from reconciler.plan.resolve import Recipient
from reconciler.plan.survey import Survey
from reconciler.reconcile import RunInfo, apply_changes, plan_changes
from reconciler.routing.route import Router
from reconciler.sandbox import RunningSandbox
from reconciler.views.explain.job import Asked, JobExplained, explain_job
from tests.builders import at, dbt_email, dbt_slack, dbt_user, edits, layer, notification, policy, rule, selector, tells
from tests.builders import tier as made_tier
from tests.doubles import FakeSink, MemoryStore, Trips
from tests.scenarios.conformity_lab import conformity_sandbox

__all__ = ["conformity_sandbox"]

RUN: Final = RunInfo(actor="tester", commit="abc", now=datetime(2026, 3, 2, 6, 0, tzinfo=UTC))
SATURDAY_NIGHT: Final = datetime(2026, 1, 3, 8, 0, tzinfo=UTC)
PLATFORM: Final = "platform@acme.example"
CHANNELS: Final[Sequence[Channel]] = (
    dbt_user("maria", email="Maria@acme.example"),
    dbt_user("leo", email="leo@acme.example"),  # deactivated: the row is there, and nothing arrives
    dbt_email("finance", address="finance-data@acme.example", owner=PLATFORM),
    dbt_email("old-team", address="old-team@acme.example", owner=PLATFORM),  # soft-deleted: revived by the apply
    dbt_slack("alerts", channel_id="C0123456789", linked_by=PLATFORM),
    dbt_slack("left", channel_id="C0777777777", channel_name="#left", linked_by="leo@acme.example"),
    dbt_slack("app", channel_id="C0888888888", channel_name="#app", linked_by=PLATFORM, app=True),
)
NAMES: Final = tuple(each.name for each in CHANNELS)
JOBS: Final = ("Hourly Orders", "Daily Ledger", "Hourly Events", "Staging Build")
ENDS: Final[Mapping[str, Sequence[tuple[Outcome, Cause | None]]]] = {
    "success": [(Outcome.SUCCESS, None)],
    "warning": [(Outcome.SUCCESS, None), (Outcome.WARNING, None)],
    "failure": [(Outcome.FAILURE, None), (Outcome.WARNING, None)],
    "cancel": [(Outcome.CANCELLED, None)],
    "timeout": [(Outcome.FAILURE, Cause.TIMEOUT)],
}
"""What each end of a run is: dbt Cloud tells of warnings beside the status, and these builds warn when they fail."""


# --- generated policies -----------------------------------------------------------------------------------------------
channels = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
lists = channels.map(lambda names: tells(*names))
signed = st.builds(lambda add, remove: edits(add=add, remove=sorted(set(remove) - set(add))), channels, channels)


def notify(edit: st.SearchStrategy[NotifyEdit]) -> st.SearchStrategy[dict[Outcome, NotifyEdit]]:
    return st.dictionaries(st.sampled_from(NATIVE_OUTCOMES), edit, min_size=1, max_size=3)


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, Tier]:
    """Two tiers. Hours, groups and promotion are the relay's: dbt Cloud's own entries must not feel them."""
    hours = OfficeHours(start=time(8), end=time(19))
    grouping = Grouping(by=GroupBy.PROJECT, window=timedelta(minutes=10))
    promote = (Promotion(to="high", after_consecutive_failures=1),)
    high = layer(notify=draw(notify(lists)))
    low = layer(notify=draw(notify(lists)), hours=hours, group=grouping, promote=promote)
    return made_tier("high", rank=1, layer=high), made_tier("low", rank=2, layer=low)


@st.composite
def rules(draw: st.DrawFn) -> list[JobRule]:
    """A broad rule, and one for each of some jobs by name: each with a tier, declared silent, or neither."""
    found = []
    for names in [["*"], *draw(st.lists(st.sampled_from([[each] for each in JOBS]), max_size=3, unique_by=tuple))]:
        silent = draw(st.integers(0, 4)) == 0
        said: Layer = layer(notify=draw(notify(st.one_of(lists, signed))), reason="because")
        tier = None if silent else draw(st.sampled_from(["high", "low", None]))
        found.append(rule(match=selector(names=names), layer=said, tier=tier, silent=silent))
    return found


notifications = st.lists(
    st.builds(
        lambda to, on, job: notification(to=to, on=on, jobs=selector(names=[job])),
        channels,
        st.lists(st.sampled_from(NATIVE_OUTCOMES), min_size=1, max_size=2, unique=True),
        st.sampled_from(JOBS),
    ),
    max_size=3,
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    added: list[NotificationRule] = draw(notifications)
    found = policy(channels=CHANNELS, tiers=draw(tiers()), jobs=draw(rules()), notifications=added)
    muted = Mute(at=at(), team="default", jobs=selector(everything=True), until=date(2027, 1, 1), reason="x")
    scope = Scope(projects=("Finance", "Growth")) if draw(st.booleans()) else Scope()
    return replace(found, mutes=(muted,) if draw(st.booleans()) else (), scope=scope)


# --- the account ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, kw_only=True)
class Message:
    """One message of dbt Cloud's: to whom, as what, and whether it arrives."""

    to: str
    outcome: str
    arrives: bool


def apply(sandbox: RunningSandbox, wanted: Policy) -> Inventory:
    """Apply a policy to the account as it was seeded; return the account afterwards."""
    sandbox.control.reset()
    host = sandbox.url.partition("//")[2]
    store = MemoryStore(Ledger(host=host, account_id=sandbox.account_id, manager=wanted.manager))
    with open_client(host=sandbox.url, token=Secret(sandbox.token)) as client:
        reader, writer = Reader(client, sandbox.account_id), Writer(client, sandbox.account_id)
        planned = plan_changes(policy=wanted, observer=reader, ledgers=store, intent=Intent(), run=RUN)
        done = apply_changes(
            planned=planned,
            reader=reader,
            writer=writer,
            ledgers=store,
            sinks=lambda _, name: FakeSink(name=name, kept={}, trips=Trips()),
            intent=Intent(),
            run=RUN,
            progress=lambda _: None,
            stop=lambda: False,
        )
        assert not done.report.failed
        return reader.inventory()


def runs_end(sandbox: RunningSandbox, pairs: Iterable[tuple[int, str]]) -> Mapping[tuple[int, str], int]:
    """Start a run for each job and end; return their ids when all have ended."""
    started = {
        (job, end): int(sandbox.control.call("POST", "/runs", json={"job_id": job, "outcome": end})["id"])
        for job, end in pairs
    }
    sandbox.control.call("POST", "/idle", json={"fast": True})
    return started


def inbox(sandbox: RunningSandbox) -> Mapping[int, frozenset[Message]]:
    """Return what dbt Cloud's own notifications sent of each run. One without an address reaches nobody we can name."""
    found: dict[int, set[Message]] = {}
    for message in sandbox.control.call("GET", "/inbox")["messages"]:
        if message["kind"] in {"email", "slack"} and not message["channel"].endswith(":"):
            arrives = message["state"] == "delivered"
            told = Message(to=message["channel"], outcome=_called(message["outcome"]), arrives=arrives)
            found.setdefault(message["run_id"], set()).add(told)
    return {run: frozenset(messages) for run, messages in found.items()}


def _called(outcome: str) -> str:
    return {"cancel": "cancelled"}.get(outcome, outcome)


# --- what explain says ------------------------------------------------------------------------------------------------
def said(survey: Survey, explained: Iterable[JobExplained]) -> frozenset[Message]:
    """Return dbt Cloud's messages as explain has them: those of this policy, and the others'."""
    ours = {
        Message(to=_address(found.key, survey), outcome=moment.telling.outcome.value, arrives=not moment.who.trouble)
        for each in explained
        for moment in each.timeline.moments
        if moment.telling.via is Via.NATIVE and isinstance(found := survey.resolved[moment.telling.channel], Recipient)
    }
    theirs = {
        Message(to=_address(foreign.recipient, survey), outcome=foreign.outcome.value, arrives=foreign.delivers)
        for each in explained
        for foreign in each.foreign
    }
    return frozenset(ours | theirs)


def _address(key: RecipientKey, survey: Survey) -> str:
    if key.kind is RecipientKind.USER:
        return f"email:{survey.inventory.users[int(key.value)].email}"
    return f"{'email' if key.kind is RecipientKind.EMAIL else 'slack'}:{key.value}"


def explained(survey: Survey, router: Router, job: int, end: str) -> list[JobExplained]:
    happenings = [Happening(outcome=outcome, at=SATURDAY_NIGHT, cause=cause) for outcome, cause in ENDS[end]]
    return [explain_job(survey, job, Asked(happening=each), router=router) for each in happenings]


@settings(
    max_examples=10,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(wanted=policies())
def test_what_explain_says_is_what_arrives(conformity_sandbox: RunningSandbox, wanted: Policy) -> None:
    sandbox = conformity_sandbox
    inventory = apply(sandbox, wanted)
    survey, router = Survey(wanted, inventory), Router(wanted)
    jobs = [job.id for job in inventory.jobs.values() if job.name in JOBS]
    runs = runs_end(sandbox, [(job, end) for job in jobs for end in ENDS])
    arrived = inbox(sandbox)
    for (job, end), run in runs.items():
        answers = explained(survey, router, job, end)
        assert said(survey, answers) == arrived.get(run, frozenset()), f"{inventory.jobs[job].name} ends with {end}"
        assert all(moment.live for each in answers for moment in each.timeline.moments), "an edge is not live"
