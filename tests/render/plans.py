"""Plans to render: one with every kind of part in it, and one whose names are hostile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from reconciler.model.actions import (
    AddEdge,
    AdoptEdge,
    AdoptModels,
    AdoptSubscription,
    Cause,
    ChangeRecipient,
    ChangeSubscription,
    CreateSubscription,
    DeactivateSubscription,
    EvictEdge,
    ForgetEdge,
    ForgetModels,
    ForgetSubscription,
    RecreateSubscription,
    ReleaseEdge,
    ReleaseModels,
    ReleaseSubscription,
    RemovalReason,
    RemoveEdge,
    SettingChange,
    StartModels,
    StopModels,
    SubscriptionSettings,
    UpdateClaim,
)
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import ALL_JOBS
from reconciler.model.ledger import Claim, Origin
from reconciler.model.model_notifications import ModelClaim, ModelOutcome
from reconciler.model.outcome import Outcome
from reconciler.model.plan import (
    Blocked,
    BlockedKind,
    GuardFinding,
    GuardName,
    Kept,
    KeptWhy,
    Left,
    LeftWhy,
    Names,
    Plan,
    RelayChange,
)
from reconciler.model.policy import SecretSink, SinkKind
from reconciler.model.problem import Position
from tests.builders import claim

MARIA, BEN = RecipientKey.user(1), RecipientKey.user(2)
MAIL, SLACK = RecipientKey.email("finance@acme.example"), RecipientKey.slack("C0123456789")
SINK = SecretSink(kind=SinkKind.COMMAND, at=Position("policies/account.yml", 9, 3))
SETTINGS = SubscriptionSettings(
    name="lineage refresh",
    url="https://catalog.acme.example/dbt",
    events=frozenset({"job.run.completed"}),
    jobs=ALL_JOBS,
    description="",
    active=True,
)
MARKED = replace(SETTINGS, description="[dbt-alerts:acme/growth/found]")
MODELS = ModelClaim(environment_id=301, project_id=1, team="growth", applied={ModelOutcome.FAILURE: True})
HOSTILE = (
    "Daily\x1b[31m | `Revenue` @everyone <script>alert(1)</script>\u202egnp.\n![x](https://evil.example) [[id]] #1"
)


def edge(key: RecipientKey, job_id: int, outcome: Outcome = Outcome.FAILURE) -> Edge:
    return Edge(key, outcome, job_id)


def everything() -> Plan:
    """Return a plan in which every part has something to say; its one drift is left for another run."""
    whole = _everything()
    drift = tuple(each for each in whole.actions if isinstance(each, AddEdge) and each.cause is Cause.DRIFT)
    return replace(whole, left=tuple(Left(action=each, why=LeftWhy.DRIFT) for each in drift))


def _everything() -> Plan:
    key = "finance/lineage refresh"
    widened = SettingChange(name="jobs", before=list(range(101, 109)), after="all")
    return Plan(
        host="ab123.us1.dbt.com",
        account_id=70403103916842,
        manager="acme-data-alerts",
        policy_digest="sha256:" + "0" * 64,
        commit="4f5e6d7",
        created_at=datetime(2026, 1, 10, tzinfo=UTC).isoformat(),
        expires_at=datetime(2026, 1, 17, tzinfo=UTC).isoformat(),
        ledger_generation=7,
        actions=(
            *(AddEdge(claim=claim(edge(MARIA, job)), cause=Cause.POLICY) for job in range(101, 110)),
            AddEdge(claim=claim(edge(SLACK, 101, Outcome.WARNING)), cause=Cause.DRIFT),
            AddEdge(claim=claim(edge(BEN, 120)), cause=Cause.POLICY),
            RemoveEdge(claim=claim(edge(MARIA, 120)), reason=RemovalReason.UNWANTED),
            RemoveEdge(claim=claim(edge(MAIL, 121)), reason=RemovalReason.DANGLING),
            RemoveEdge(
                claim=_adopted(edge(MAIL, 102, Outcome.CANCELLED)),
                reason=RemovalReason.UNWANTED,
            ),
            EvictEdge(edge=edge(SLACK, 103), team="finance", channel="data-alerts"),
            AdoptEdge(claim=claim(edge(MAIL, 101))),
            ReleaseEdge(claim=claim(edge(MAIL, 104))),
            ForgetEdge(claim=claim(edge(MAIL, 105))),
            UpdateClaim(before=claim(edge(MAIL, 106), protected=True), claim=claim(edge(MAIL, 106))),
            ChangeRecipient(
                key=SLACK,
                team="finance",
                channel="data-alerts",
                changes=(SettingChange(name="slack_channel_name", before="#old", after="#data-alerts"),),
                cause=Cause.POLICY,
            ),
            CreateSubscription(key=key, team="finance", wanted=SETTINGS, sink=SINK),
            RecreateSubscription(key="finance/half made", team="finance", id="wsu_2", wanted=SETTINGS, sink=SINK),
            ChangeSubscription(
                key="growth/feed",
                team="growth",
                id="wsu_3",
                wanted=SETTINGS,
                changes=(widened,),
                cause=Cause.POLICY,
                widens=True,
            ),
            AdoptSubscription(key="growth/found", team="growth", id="wsu_4", wanted=MARKED),
            AdoptSubscription(key="growth/by hand", team="growth", id="wsu_6", wanted=SETTINGS),
            DeactivateSubscription(key="growth/old", team="growth", id="wsu_5", name="old", was_active=True),
            ReleaseSubscription(key="growth/given up", team="growth"),
            ForgetSubscription(key="growth/gone", team="growth"),
            StartModels(claim=MODELS, outcome=ModelOutcome.FAILURE, cause=Cause.POLICY),
            StopModels(claim=MODELS, outcome=ModelOutcome.SKIPPED, cause=Cause.POLICY),
            AdoptModels(claim=MODELS, outcome=ModelOutcome.WARNING),
            ReleaseModels(claim=replace(MODELS, environment_id=302)),
            ForgetModels(claim=replace(MODELS, environment_id=303)),
        ),
        kept=(
            Kept(claim=claim(edge(MARIA, 107)), why=KeptWhy.HELD),
            Kept(claim=claim(edge(MARIA, 999)), why=KeptWhy.INVISIBLE),
            Kept(claim=claim(edge(MARIA, 108)), why=KeptWhy.WAITING),
        ),
        blocked=(
            Blocked(
                kind=BlockedKind.NO_MATCH,
                what="an entry of `jobs:` matches no job (name Renamed)",
                next_step="correct the name, or add `optional: true`",
                at=Position("policies/teams/finance.yml", 12, 5),
            ),
        ),
        relay=(
            RelayChange(job_ids=(101,), what="due", before="08:00", after="09:00"),
            RelayChange(job_ids=(101, 102), what="tell on late", before=None, after="data-critical"),
            RelayChange(job_ids=(101, 102), what="escalation", before="standard", after=None),
        ),
        relay_jobs=2,
        relay_policy={101: {"due": "09:00"}, 102: {"tell on late": "data-critical"}},
        guards=(
            GuardFinding(
                guard=GuardName.PRUNE,
                message="4 edges would be removed",
                items=("team finance: 4 of 9",),
                allow="prune=4",
            ),
            GuardFinding(guard=GuardName.WIDEN, message="1 webhook widens", allow="widen=1", allowed=True),
            GuardFinding(guard=GuardName.PROTECTED, message="protected items would be removed"),
        ),
        silenced=(109,),
        untold=(118, 119),
        notes=("notification type 9 is not known to this tool and is left alone",),
        names=Names(
            jobs={number: f"Job {number}" for number in range(101, 122)} | {101: "Daily Revenue"},
            recipients={MARIA: "maria@acme.example", BEN: "ben@acme.example", SLACK: "#data-alerts"},
        ),
        unchanged=12,
        foreign=30,
        told_before=8,
        told_after=17,
        jobs_in_scope=20,
        calls=6,
    )


def hostile() -> Plan:
    """Return a plan whose remote names try to break out of every medium."""
    return Plan(
        host="ab123.us1.dbt.com",
        account_id=1,
        manager="acme",
        policy_digest="sha256:0",
        actions=(AddEdge(claim=claim(edge(SLACK, 1)), cause=Cause.POLICY),),
        names=Names(jobs={1: HOSTILE}, recipients={SLACK: "#chan\r\nnel`|"}),
    )


def empty() -> Plan:
    return Plan(
        host="ab123.us1.dbt.com", account_id=1, manager="acme", policy_digest="sha256:0", unchanged=4, jobs_in_scope=3
    )


def _adopted(which: Edge) -> Claim:
    return replace(claim(which), origin=Origin.ADOPTED)
