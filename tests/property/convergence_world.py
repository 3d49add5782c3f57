"""Generated accounts, policies and ledgers, and what must become of every edge: an oracle that shares no code.

The oracle is design §5 written down a second time, over this module's own small values. It imports edges, claims and
builders, and nothing that decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import ALL_JOBS
from reconciler.model.ledger import Claim, Ledger, RecipientSettings, SubscriptionClaim, SubscriptionState
from reconciler.model.marker import Marker
from reconciler.model.outcome import NATIVE_OUTCOMES, Outcome, WebhookEvent
from reconciler.model.policy import Channel, DbtUser, Policy, Release, Scope, SecretSink, SinkKind, WebhookRule
from reconciler.model.selector import NamePattern, Purpose, Selector
from tests.builders import at, dbt_email, dbt_slack, dbt_user, notification, policy, selector, webhook

MANAGER = "acme-data-alerts"
Row = Mapping[str, Any]

PLATFORM, MARIA, JONAS, LEO = (70403103900101, 70403103900102, 70403103900103, 70403103900107)
FIELDS = {
    Outcome.SUCCESS: "on_success",
    Outcome.WARNING: "on_warning",
    Outcome.FAILURE: "on_failure",
    Outcome.CANCELLED: "on_cancel",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    id: int
    project: int
    environment: int
    production: bool = True


PROJECTS = {1001: "Finance", 1002: "Growth", 1003: "Platform"}
ENVIRONMENTS = {11: (1001, "production"), 12: (1001, "staging"), 21: (1002, "production"), 31: (1003, "production")}
JOBS = {
    101: Place(id=101, project=1001, environment=11),
    102: Place(id=102, project=1001, environment=11),
    103: Place(id=103, project=1001, environment=12, production=False),
    201: Place(id=201, project=1002, environment=21),
    202: Place(id=202, project=1002, environment=21),
    301: Place(id=301, project=1003, environment=31),
}
IN_NO_LIST = (901, 902)
ALL_IDS = (*JOBS, *IN_NO_LIST)

USER, GONE, MAIL, VENDOR = (
    RecipientKey.user(MARIA),
    RecipientKey.user(LEO),
    RecipientKey.email("finance@acme.example"),
    RecipientKey.email("vendor@vendor.example"),
)
SLACK, APP, STRANGER = RecipientKey.slack("C1"), RecipientKey.slack_app("C2"), RecipientKey.user(JONAS)
CHANNEL_KEYS: Mapping[str, RecipientKey | None] = {
    "maria": USER,
    "leo": GONE,
    "finance": MAIL,
    "vendor": VENDOR,
    "alerts": SLACK,
    "app": APP,
    "ghost": None,
}
KEYS = (USER, GONE, MAIL, VENDOR, SLACK, APP, STRANGER)
OURS = "default/lineage"
OUR_URL, OTHER_URL = "https://catalog.acme.example/dbt", "https://old.acme.example/dbt"
EDGES = tuple(Edge(key, outcome, job) for key in KEYS for outcome in NATIVE_OUTCOMES for job in ALL_IDS)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One entry of `notifications:`, with its jobs both as a selector and as a predicate."""

    team: str
    to: tuple[str, ...]
    on: tuple[Outcome, ...]
    jobs: Selector
    means: Callable[[int], bool]

    def matched(self, live: frozenset[int]) -> frozenset[int]:
        return frozenset(job for job in live if self.means(job))

    def answered(self, live: frozenset[int], deleted: frozenset[int]) -> bool:
        """Tell whether a live job is meant, and every job named is in a list: a deleted one is an answer too."""
        return bool(self.matched(live)) and (live | deleted).issuperset(self.jobs.ids)


@dataclass(frozen=True, kw_only=True)
class LiveRow:
    """One notification row as it is written into the sandbox."""

    key: RecipientKey | None
    edges: frozenset[Edge]
    deleted: bool = False
    shouting: bool = False
    user_id: int = PLATFORM
    channel_name: str = "#alerts"


@dataclass(frozen=True, kw_only=True)
class OurWebhook:
    """A webhook of ours as live has it, or its copy."""

    active: bool
    url: str
    jobs: tuple[int, ...]
    sent: bool
    switched_off: bool = False


@dataclass(frozen=True, kw_only=True)
class World:
    deleted_jobs: frozenset[int]
    rows: tuple[LiveRow, ...]
    hooks: tuple[OurWebhook, ...]
    hook_claim: SubscriptionState | None
    hook_claim_lost: bool
    hook_wanted: Wanted | None
    everything: bool
    wanted: tuple[Wanted, ...]
    exclusive: frozenset[str]
    scope_projects: frozenset[int] | None
    scope_keys: frozenset[RecipientKey] | None
    release: tuple[str | None, tuple[int, ...]] | None
    claims: Mapping[Edge, Claim]
    pending: Mapping[Edge, Claim]
    applied: Mapping[RecipientKey, RecipientSettings] = field(default_factory=dict)

    # --- L, B, D -------------------------------------------------------------------------------------------------
    @property
    def live_jobs(self) -> frozenset[int]:
        return frozenset(JOBS) - self.deleted_jobs

    @property
    def live(self) -> frozenset[Edge]:
        return frozenset[Edge]().union(*(row.edges for row in self.rows if row.key and not row.deleted))

    @property
    def owned(self) -> Mapping[Edge, Claim]:
        return {**{edge: claim for edge, claim in self.pending.items() if edge in self.live}, **self.claims}

    def job_in_scope(self, job: int) -> bool:
        return job in JOBS and (self.scope_projects is None or JOBS[job].project in self.scope_projects)

    def key_in_scope(self, key: RecipientKey) -> bool:
        return self.scope_keys is None or key in self.scope_keys

    def edge_in_scope(self, edge: Edge) -> bool:
        return self.key_in_scope(edge.recipient) and self.job_in_scope(edge.job_id)

    @property
    def desired(self) -> frozenset[Edge]:
        return frozenset(edge for rule in self.wanted for edge in self._asked(rule) if self.edge_in_scope(edge))

    def _asked(self, rule: Wanted) -> Iterator[Edge]:
        for name in rule.to:
            if (key := CHANNEL_KEYS[name]) is not None:
                yield from (Edge(key, outcome, job) for outcome in rule.on for job in rule.matched(self.live_jobs))

    # --- what live does not answer -------------------------------------------------------------------------------
    def blocked(self, edge: Edge) -> bool:
        if edge.recipient in self.blocked_keys:
            return True
        claim = self.owned.get(edge)
        if claim is None or edge in self.desired:
            return False
        return (claim.channel == "ghost" and self._ghost_is_used) or any(
            self._unmatched(rule, claim) for rule in self.wanted
        )

    def _unmatched(self, rule: Wanted, claim: Claim) -> bool:
        if (
            rule.answered(self.live_jobs, self.deleted_jobs)
            or claim.team != rule.team
            or claim.edge.outcome not in rule.on
        ):
            return False
        return claim.channel in rule.to or claim.edge.recipient in {CHANNEL_KEYS[name] for name in rule.to}

    @property
    def _ghost_is_used(self) -> bool:
        told = any(
            "ghost" in rule.to and any(map(self.job_in_scope, rule.matched(self.live_jobs))) for rule in self.wanted
        )
        return told or "ghost" in self.exclusive

    @property
    def blocked_keys(self) -> frozenset[RecipientKey]:
        told = {edge.recipient for edge in self.desired}
        return frozenset(key for key in KEYS if self._rows(key) > 1 or (key in told and self._cannot_be_made(key)))

    def _rows(self, key: RecipientKey, *, deleted: bool = False) -> int:
        return sum(row.key == key and row.deleted is deleted for row in self.rows)

    def _cannot_be_made(self, key: RecipientKey) -> bool:
        """Nobody stands for the vendor's address: only a row that is there, or was, tells who could."""
        return key == VENDOR and not self._rows(key) and not self._rows(key, deleted=True)

    # --- what must become of it ----------------------------------------------------------------------------------
    @property
    def evicted(self) -> frozenset[Edge]:
        keys = {CHANNEL_KEYS[name] for name in self.exclusive}
        foreign = self.live - self.desired - self.owned.keys()
        spared = {edge for edge in foreign if self.blocked(edge) or self.released(edge)}
        return frozenset(e for e in foreign - spared if e.recipient in keys and self.edge_in_scope(e))

    def kept(self, edge: Edge) -> bool:
        """Tell whether an edge of ours stays ours as it is: blocked, in no list, or outside scope while live."""
        if self.blocked(edge) or edge.job_id in IN_NO_LIST:
            return True
        return (
            edge not in self.desired and edge in self.live and not self.released(edge) and not self.edge_in_scope(edge)
        )

    def released(self, edge: Edge) -> bool:
        """Tell whether the policy gives it up. A selector means jobs that are there: none that is listed as deleted."""
        if self.release is None or edge not in self.live:
            return False
        to, jobs = self.release
        if to is not None and CHANNEL_KEYS[to] != edge.recipient:
            return False
        return not jobs or (edge.job_id in jobs and edge.job_id in self.live_jobs)

    @property
    def live_after(self) -> frozenset[Edge]:
        """Repaired and full: additions are there, removals gone, everything else as it was."""
        unwanted = self.owned.keys() - self.desired
        removed = {edge for edge in unwanted & self.live if not self.kept(edge) and not self.released(edge)}
        added = {edge for edge in self.desired if not self.blocked(edge)}
        return frozenset((self.live | added) - removed - self.evicted)

    @property
    def claimed_after(self) -> frozenset[Edge]:
        held = {edge for edge in self.desired if not self.blocked(edge)}
        return frozenset(held | {edge for edge in self.owned if self.kept(edge)})

    def about(self, edge: Edge) -> str:
        """Say where an edge stands, for a failure message."""
        facts = {
            "live": edge in self.live,
            "wanted": edge in self.desired,
            "claim": self.claims.get(edge),
            "pending": self.pending.get(edge),
            "in scope": self.edge_in_scope(edge),
            "blocked": self.blocked(edge),
            "kept": self.kept(edge),
            "released": self.released(edge),
            "its rows": [("deleted" if row.deleted else "active") for row in self.rows if row.key == edge.recipient],
            "deleted jobs": sorted(self.deleted_jobs),
            "exclusive": sorted(self.exclusive),
            "release": self.release,
            "scope": (self.scope_projects, self.scope_keys),
            "rules": [
                (r.team, r.to, tuple(o.value for o in r.on), sorted(r.matched(self.live_jobs))) for r in self.wanted
            ],
        }
        return f"{edge}: " + ", ".join(f"{name} {value}" for name, value in facts.items())

    # --- as the product's values ---------------------------------------------------------------------------------
    def policy(self) -> Policy:
        sink = SecretSink(kind=SinkKind.FILE, at=at(), path="lineage.secret")
        rules: list[WebhookRule] = (
            [] if self.hook_wanted is None else [webhook(jobs=self.hook_wanted.jobs, url=OUR_URL, secret_sink=sink)]
        )
        if self.everything:
            rules = [webhook(jobs=selector(everything=True), url=OUR_URL, secret_sink=sink)]
        return policy(
            channels=[_channel(name, exclusive=name in self.exclusive) for name in CHANNEL_KEYS],
            notifications=[notification(to=r.to, on=r.on, jobs=r.jobs, team=r.team) for r in self.wanted],
            webhooks=rules,
            releases=[] if self.release is None else [_release(*self.release)],
            scope=Scope(
                projects=None if self.scope_projects is None else tuple(PROJECTS[each] for each in self.scope_projects),
                recipients=None
                if self.scope_keys is None
                else tuple(NamePattern(key.value) for key in self.scope_keys),
                all_jobs_webhooks=True,
            ),
            manager=MANAGER,
        )

    def ledger(self, host: str, account_id: int) -> Ledger:
        hooks: dict[str, SubscriptionClaim] = (
            {} if self.hook_claim is None else {OURS: self._hook_claim(self.hook_claim)}
        )
        known = bool(self.claims or self.pending or hooks)
        return Ledger(
            host=host,
            account_id=account_id,
            manager=MANAGER,
            generation=int(known),
            claims=self.claims,
            pending=self.pending,
            recipients=self.applied,
            subscriptions=hooks,
        )

    def _hook_claim(self, state: SubscriptionState) -> SubscriptionClaim:
        armed = state in {SubscriptionState.ARMED, SubscriptionState.TOMBSTONED}
        return SubscriptionClaim(
            key=OURS,
            team="default",
            state=state,
            id=None if state is SubscriptionState.CREATING else "wsu_lost" if self.hook_claim_lost else "wsu_ours1",
            receipt="fake:default/lineage" if armed else None,
            applied={"active": True, "url": OUR_URL} if armed else {},
        )


def _release(to: str | None, jobs: tuple[int, ...]) -> Release:
    return Release(at=at(), team="default", to=to, jobs=selector(ids=jobs, optional=True) if jobs else None)


def _channel(name: str, *, exclusive: bool) -> Channel:
    match name:
        case "finance":
            return dbt_email(name, address="Finance@acme.example", owner="platform@acme.example", exclusive=exclusive)
        case "vendor":
            return dbt_email(name, address="vendor@vendor.example", exclusive=exclusive)
        case "alerts":
            return dbt_slack(
                name, channel_id="C1", channel_name="#alerts", linked_by="platform@acme.example", exclusive=exclusive
            )
        case "app":
            return dbt_slack(
                name,
                channel_id="C2",
                channel_name="#app",
                linked_by="platform@acme.example",
                app=True,
                exclusive=exclusive,
            )
        case _:
            return DbtUser(
                name=name, at=at(), email=dbt_user(name, email=f"{name}@acme.example").email, exclusive=exclusive
            )


# --- into the sandbox -------------------------------------------------------------------------------------------------
def tables(world: World, image: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the world as rows of the sandbox, after the pattern of its own seed."""
    seeded = image["tables"]
    account = seeded["accounts"][0]["id"]
    project, environment, job = seeded["projects"][0], seeded["environments"][0], seeded["jobs"][0]
    return {
        "projects": [{**project, "id": each, "name": name} for each, name in PROJECTS.items()],
        "environments": [
            {**environment, "id": each, "project_id": home, "name": kind.title(), "deployment_type": kind}
            for each, (home, kind) in ENVIRONMENTS.items()
        ],
        "jobs": [
            {
                **job,
                "id": each.id,
                "name": f"Job {each.id}",
                "project_id": each.project,
                "environment_id": each.environment,
                "state": 2 if each.id in world.deleted_jobs else 1,
            }
            for each in JOBS.values()
        ],
        "notifications": [_row(number, row, account) for number, row in enumerate(world.rows, start=5001)],
        "webhooks": list(_hooks(world, seeded["webhooks"][0])),
    }


def _row(number: int, row: LiveRow, account: int) -> dict[str, Any]:
    key = row.key
    kind = {"user": 1, "slack": 2, "email": 4, "slack_app": 5}[key.kind.value] if key else 4
    slack = kind in {2, 5}
    value = key.value if key else ""
    lists = {name: sorted(e.job_id for e in row.edges if e.outcome is outcome) for outcome, name in FIELDS.items()}
    return {
        "id": number,
        "account_id": account,
        "user_id": int(value) if kind == 1 else row.user_id,
        "type": kind,
        "external_email": (value.upper() if row.shouting else value) or None if kind == 4 else None,
        "slack_channel_id": value if slack else None,
        "slack_channel_name": row.channel_name if slack else None,
        **lists,
        "state": 2 if row.deleted else 1,
        "created_at": "2025-03-03T09:00:00.000000+00:00",
        "updated_at": "2025-03-03T09:00:00.000000+00:00",
    }


def _hooks(world: World, pattern: Row) -> Iterator[dict[str, Any]]:
    yield {**pattern, "id": "wsu_foreign", "name": "made by hand"}
    for number, hook in enumerate(world.hooks, start=1):
        yield {
            **pattern,
            "id": f"wsu_ours{number}",
            "name": "lineage",
            "description": str(Marker(manager=MANAGER, team="default", name="lineage")),
            "client_url": hook.url,
            "event_types": [WebhookEvent.COMPLETED.value],
            "job_ids": list(hook.jobs),
            "active": hook.active,
            "http_status_code": "200" if hook.sent else "0",
            "dispatched_at": "1741082400000000" if hook.sent else None,
            "deactivate_reason": "Webhook deactivated." if hook.switched_off and not hook.active else None,
            "hmac_secret": f"whs_ours{number}",
        }


# --- strategies -------------------------------------------------------------------------------------------------------
RARELY = st.sampled_from([False] * 9 + [True])
SOMETIMES = st.sampled_from([False, False, True])


def _edges_of(key: RecipientKey) -> st.SearchStrategy[frozenset[Edge]]:
    return st.frozensets(st.sampled_from([e for e in EDGES if e.recipient == key]), max_size=6)


@st.composite
def _wanted(draw: st.DrawFn) -> Wanted:
    project = draw(st.sampled_from([*PROJECTS]))
    ids = tuple(draw(st.lists(st.sampled_from([*JOBS]), min_size=1, max_size=3, unique=True)))
    jobs, means = draw(
        st.sampled_from(
            [
                (selector(everything=True), lambda _: True),
                (selector(purposes=[Purpose.PRODUCTION]), lambda job: JOBS[job].production),
                (selector(projects=[PROJECTS[project]]), lambda job: JOBS[job].project == project),
                (selector(ids=ids), lambda job: job in ids),
                (selector(names=["Job *1"]), lambda job: job % 10 == 1),
                (selector(names=["Nobody called it this"]), lambda _: False),
            ]
        )
    )
    return Wanted(
        team=draw(st.sampled_from(["default", "finance"])),
        to=tuple(draw(st.lists(st.sampled_from([*CHANNEL_KEYS]), min_size=1, max_size=3, unique=True))),
        on=tuple(draw(st.lists(st.sampled_from(NATIVE_OUTCOMES), min_size=1, max_size=3, unique=True))),
        jobs=jobs,
        means=means,
    )


@st.composite
def _rows(draw: st.DrawFn) -> tuple[LiveRow, ...]:
    found: list[LiveRow] = []
    for key in KEYS:
        for deleted in [False] * draw(st.sampled_from([0, 1, 1, 1, 1, 2 if draw(SOMETIMES) else 1])) + [True] * draw(
            RARELY
        ):
            names = st.sampled_from(["#alerts", "#renamed"])
            users = st.sampled_from([PLATFORM, MARIA])
            row = LiveRow(
                key=key,
                edges=draw(_edges_of(key)),
                deleted=deleted,
                shouting=draw(RARELY),
                user_id=draw(users),
                channel_name=draw(names),
            )
            found.append(row)
    return (*found, LiveRow(key=None, edges=draw(_edges_of(STRANGER))))


@st.composite
def _claims(draw: st.DrawFn, rows: tuple[LiveRow, ...], *, most: int) -> dict[Edge, Claim]:
    live = sorted(edge for row in rows if row.key for edge in row.edges)
    anywhere = st.sampled_from(EDGES)
    somewhere = st.one_of(st.sampled_from(live), st.sampled_from(live), anywhere) if live else anywhere
    return {edge: draw(_claim(edge)) for edge in draw(st.frozensets(somewhere, max_size=most))}


@st.composite
def _claim(draw: st.DrawFn, edge: Edge) -> Claim:
    home = JOBS.get(edge.job_id)
    channels = [name for name, key in CHANNEL_KEYS.items() if key == edge.recipient]
    return Claim(
        edge=edge,
        project_id=home.project if home else draw(st.sampled_from([1001, 1009])),
        environment_id=home.environment if home else 11,
        team=draw(st.sampled_from(["default", "finance", "disbanded"])),
        channel=draw(st.sampled_from([*channels, "ghost", "renamed"])),
    )


@st.composite
def _our_webhooks(draw: st.DrawFn) -> tuple[OurWebhook, ...]:
    count = draw(st.sampled_from([0, 0, 1, 1, 1, 1, 2]))
    return tuple(
        OurWebhook(
            active=draw(st.booleans()),
            url=draw(st.sampled_from([OUR_URL, OTHER_URL])),
            jobs=tuple(draw(st.lists(st.sampled_from(ALL_IDS), max_size=3, unique=True))),
            sent=draw(st.booleans()),
            switched_off=draw(st.booleans()),
        )
        for _ in range(count)
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    rows = draw(_rows())
    claims = draw(_claims(rows, most=12))
    pending = {edge: claim for edge, claim in draw(_claims(rows, most=4)).items() if edge not in claims}
    settings = st.sampled_from([RecipientSettings(), RecipientSettings(slack_channel_name="#alerts", user_id=PLATFORM)])
    bounded = st.none() | st.frozensets(st.sampled_from([*PROJECTS]), min_size=1)
    return World(
        deleted_jobs=draw(st.frozensets(st.sampled_from([*JOBS]), max_size=2)),
        rows=rows,
        hooks=draw(_our_webhooks()),
        hook_claim=draw(st.none() | st.sampled_from(SubscriptionState)),
        hook_claim_lost=draw(RARELY),
        hook_wanted=draw(st.none() | _wanted()),
        everything=draw(RARELY),
        wanted=tuple(draw(st.lists(_wanted(), max_size=3))),
        exclusive=frozenset(name for name in CHANNEL_KEYS if draw(RARELY)),
        scope_projects=draw(bounded),
        scope_keys=draw(st.none() | st.frozensets(st.sampled_from(KEYS), min_size=2)),
        release=draw(
            st.none()
            | st.none()
            | st.tuples(st.sampled_from([None, "maria", "finance"]), st.sampled_from([(), (101, 201)]))
        ),
        claims=claims,
        pending=pending,
        applied={SLACK: draw(settings)},
    )


__all__ = ["ALL_JOBS", "World", "tables", "worlds"]
