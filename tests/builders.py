"""Small builders of values for tests: every argument has a default, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import Environment, Inventory, Job, NotificationRow, Project, Subscription, User
from reconciler.model.ledger import Claim
from reconciler.model.outcome import Outcome, WebhookEvent
from reconciler.model.policy import (
    Account,
    Channel,
    DbtEmail,
    DbtSlack,
    DbtUser,
    Escalation,
    JobRule,
    Layer,
    Mute,
    NotificationRule,
    NotifyEdit,
    Policy,
    RelayedChannel,
    Release,
    Scope,
    SecretSink,
    Target,
    Team,
    Tier,
    WebhookRule,
)
from reconciler.model.problem import Position
from reconciler.model.secret import Reference
from reconciler.model.selector import Frequency, NamePattern, Purpose, Selector

ACCOUNT_ID = 70403103916842
HOST = "https://ab123.us1.dbt.com"
_TYPES = {"user": 1, "slack": 2, "email": 4, "slack_app": 5}
_lines = count(1)


def at(line: int | None = None, *, file: str = "policy.yml") -> Position:
    """Return a place; without a line, one that no other value has."""
    return Position(file, next(_lines) if line is None else line, 1)


# --- live -----------------------------------------------------------------------------------------------------------
def project(*, id: int = 1, name: str = "Finance", deleted: bool = False) -> Project:  # noqa: A002
    return Project(id=id, name=name, deleted=deleted)


def environment(
    *,
    id: int = 11,  # noqa: A002
    project_id: int = 1,
    name: str = "Production",
    deployment_type: str | None = "production",
) -> Environment:
    return Environment(
        id=id, project_id=project_id, name=name, type="deployment", deployment_type=deployment_type, deleted=False
    )


def job(
    *,
    id: int = 101,  # noqa: A002
    name: str = "Daily Revenue",
    project_id: int = 1,
    environment_id: int = 11,
    job_type: str = "scheduled",
    cron: str = "",
    deleted: bool = False,
    deactivated: bool = False,
) -> Job:
    return Job(
        id=id,
        name=name,
        project_id=project_id,
        environment_id=environment_id,
        job_type=job_type,
        cron=cron,
        scheduled=bool(cron),
        deleted=deleted,
        deactivated=deactivated,
    )


def user(*, id: int = 1, email: str = "maria@acme.example", active: bool = True) -> User:  # noqa: A002
    return User(id=id, email=email, name=email.partition("@")[0].title(), active=active)


def row(
    *,
    id: int = 901,  # noqa: A002
    key: RecipientKey | None,
    jobs: Mapping[Outcome, Iterable[int]] | None = None,
    user_id: int | None = 1,
    slack_channel_name: str | None = None,
    deleted: bool = False,
) -> NotificationRow:
    """Return a notification row; its type follows from its key, and is 3 (unknown to us) without one."""
    return NotificationRow(
        id=id,
        type=3 if key is None else _TYPES[key.kind.value],
        key=key,
        user_id=user_id,
        jobs={outcome: frozenset(ids) for outcome, ids in (jobs or {}).items()},
        slack_channel_name=slack_channel_name,
        deleted=deleted,
    )


def inventory(
    *,
    jobs: Sequence[Job] | None = None,
    projects: Sequence[Project] | None = None,
    environments: Sequence[Environment] | None = None,
    users: Sequence[User] | None = None,
    rows: Sequence[NotificationRow] = (),
    subscriptions: Sequence[Subscription] = (),
) -> Inventory:
    """Return a snapshot; by default one job in one production environment of one project, and one user, Maria."""
    return Inventory(
        host=HOST,
        account_id=ACCOUNT_ID,
        jobs={each.id: each for each in ([job()] if jobs is None else jobs)},
        projects={each.id: each for each in ([project()] if projects is None else projects)},
        environments={each.id: each for each in ([environment()] if environments is None else environments)},
        users={each.id: each for each in ([user()] if users is None else users)},
        notifications=tuple(rows),
        subscriptions=tuple(subscriptions),
    )


def edge(*, key: RecipientKey | None = None, outcome: Outcome = Outcome.FAILURE, job_id: int = 101) -> Edge:
    return Edge(key or RecipientKey.user(1), outcome, job_id)


def claim(
    edge: Edge,
    *,
    team: str = "default",
    channel: str = "maria",
    project_id: int = 1,
    environment_id: int = 11,
    protected: bool = False,
) -> Claim:
    return Claim(
        edge=edge,
        project_id=project_id,
        environment_id=environment_id,
        team=team,
        channel=channel,
        protected=protected,
    )


# --- policy ---------------------------------------------------------------------------------------------------------
def selector(
    *,
    ids: Sequence[int] = (),
    projects: Sequence[str] = (),
    environments: Sequence[str] = (),
    purposes: Sequence[Purpose] = (),
    names: Sequence[str] = (),
    job_types: Sequence[str] = (),
    at_least: Frequency | None = None,
    optional: bool = False,
    everything: bool = False,
    line: int | None = None,
) -> Selector:
    return Selector(
        at=at(line),
        ids=tuple(ids),
        projects=tuple(projects),
        environments=tuple(environments),
        purposes=tuple(purposes),
        names=tuple(NamePattern(name) for name in names),
        job_types=tuple(job_types),
        at_least=at_least,
        optional=optional,
        everything=everything,
    )


def dbt_user(
    name: str = "maria", *, email: str = "maria@acme.example", exclusive: bool = False, protect: bool | None = None
) -> DbtUser:
    return DbtUser(name=name, at=at(), email=email, exclusive=exclusive, protect=protect)


def dbt_email(
    name: str = "finance-mail",
    *,
    address: str = "finance@acme.example",
    owner: str | None = None,
    exclusive: bool = False,
    protect: bool | None = None,
) -> DbtEmail:
    return DbtEmail(name=name, at=at(), address=address, owner=owner, exclusive=exclusive, protect=protect)


def dbt_slack(
    name: str = "data-alerts",
    *,
    channel_id: str = "C0123456789",
    channel_name: str | None = "#data-alerts",
    linked_by: str | None = "maria@acme.example",
    app: bool = False,
    exclusive: bool = False,
    protect: bool | None = None,
) -> DbtSlack:
    return DbtSlack(
        name=name,
        at=at(),
        channel_id=channel_id,
        channel_name=channel_name,
        linked_by=linked_by,
        app=app,
        exclusive=exclusive,
        protect=protect,
    )


def relayed(name: str = "data-critical", *, kind: str = "slack") -> RelayedChannel:
    return RelayedChannel(name=name, at=at(), kind=kind)


def tells(*channels: str | Target) -> NotifyEdit:
    """Return a plain list: it replaces; without channels it is `[]`."""
    return NotifyEdit(at=at(), replace=tuple(_target(each) for each in channels))


def edits(*, add: Sequence[str | Target] = (), remove: Sequence[str] = ()) -> NotifyEdit:
    """Return a signed list."""
    return NotifyEdit(at=at(), add=tuple(_target(each) for each in add), remove=tuple(remove))


def layer(*, notify: Mapping[Outcome, NotifyEdit] | None = None, **values: object) -> Layer:
    """Return a layer that says what is given and nothing else."""
    said = Layer(at=at(), notify=notify or {})
    return replace(said, **values)  # pyrefly: ignore[bad-argument-type]


def rule(
    *,
    match: Selector | None = None,
    layer: Layer | None = None,
    team: str = "default",
    tier: str | None = None,
    silent: bool = False,
    line: int | None = None,
) -> JobRule:
    """Return an entry of `jobs:`; by default it matches every job and says nothing."""
    return JobRule(
        at=at(line),
        team=team,
        match=match or selector(everything=True),
        layer=layer or Layer(at=at()),
        tier=tier,
        silent=silent,
    )


def notification(
    *,
    to: Sequence[str] = ("maria",),
    on: Sequence[Outcome] = (Outcome.FAILURE,),
    jobs: Selector | None = None,
    team: str = "default",
) -> NotificationRule:
    return NotificationRule(at=at(), team=team, to=tuple(to), on=tuple(on), jobs=jobs or selector(everything=True))


def webhook(
    *,
    name: str = "lineage",
    jobs: Selector | None = None,
    team: str = "default",
    on: Iterable[WebhookEvent] = (WebhookEvent.COMPLETED,),
    url: str = "https://catalog.acme.example/dbt",
    description: str = "",
    secret_sink: SecretSink | None = None,
    active: bool = True,
    id: str | None = None,  # noqa: A002
) -> WebhookRule:
    return WebhookRule(
        at=at(),
        team=team,
        name=name,
        url=url,
        on=frozenset(on),
        jobs=jobs or selector(projects=["Finance"]),
        description=description,
        secret_sink=secret_sink,
        active=active,
        id=id,
    )


def tier(name: str = "critical", *, rank: int = 1, layer: Layer | None = None) -> Tier:
    return Tier(name=name, at=at(), rank=rank, layer=layer or Layer(at=at()))


def team(name: str = "default", *, layer: Layer | None = None) -> Team:
    return Team(name=name, at=at(), layer=layer or Layer(at=at()))


def policy(
    *,
    channels: Sequence[Channel] | None = None,
    jobs: Sequence[JobRule] = (),
    notifications: Sequence[NotificationRule] = (),
    webhooks: Sequence[WebhookRule] = (),
    mutes: Sequence[Mute] = (),
    releases: Sequence[Release] = (),
    tiers: Sequence[Tier] = (),
    teams: Sequence[Team] = (),
    escalations: Sequence[Escalation] = (),
    defaults: Layer | None = None,
    scope: Scope | None = None,
    manager: str = "acme-data-alerts",
) -> Policy:
    """Return a policy; by default it declares one channel, Maria, and wants nothing."""
    return Policy(
        version=1,
        manager=manager,
        account=Account(id=ACCOUNT_ID, host=HOST, token=Reference("DBT_CLOUD_TOKEN"), at=at()),
        digest="0" * 64,
        scope=scope or Scope(),
        defaults=defaults,
        channels={each.name: each for each in ([dbt_user()] if channels is None else channels)},
        tiers={each.name: each for each in tiers},
        teams={each.name: each for each in teams},
        escalations={each.name: each for each in escalations},
        jobs=tuple(jobs),
        notifications=tuple(notifications),
        webhooks=tuple(webhooks),
        mutes=tuple(mutes),
        releases=tuple(releases),
    )


def _target(channel: str | Target) -> Target:
    return channel if isinstance(channel, Target) else Target(channel=channel)
