"""Three managers of one account, written down a second time: what each may take away, and what must be there.

The oracle is design §5 over plain sets of edges. It shares no code with what decides: only edges, builders, and the
ledgers as they are after a run that was killed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Final

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import Ledger
from reconciler.model.outcome import Outcome
from reconciler.model.policy import NativeChannel, Policy, Release
from tests.builders import at, dbt_email, dbt_slack, dbt_user, notification, policy, selector

MANAGERS: Final = ("finance-alerts", "growth-alerts", "platform-alerts")
TEAMS: Final = ("one", "two")
MARIA, MAIL, SLACK = (
    RecipientKey.user(1),
    RecipientKey.email("finance@acme.example"),
    RecipientKey.slack("C0123456789"),
)
KEYS: Final = (MARIA, MAIL, SLACK)
OUTCOMES: Final = (Outcome.FAILURE, Outcome.SUCCESS)
JOBS: Final = (101, 102, 103)
EDGES: Final = tuple(Edge(key, outcome, job) for key in KEYS for outcome in OUTCOMES for job in JOBS)

Edges = frozenset[Edge]
NONE: Final = Edges()


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What one repository says: edges by team, a name for the Slack channel, what it has alone, what it gives up."""

    teams: dict[str, Edges] = field(default_factory=dict)
    slack_name: str | None = None
    exclusive: frozenset[RecipientKey] = frozenset()
    released: frozenset[RecipientKey] = frozenset()

    @property
    def edges(self) -> Edges:
        return NONE.union(*self.teams.values())

    @property
    def used(self) -> frozenset[RecipientKey]:
        return frozenset(edge.recipient for edge in self.edges) | self.exclusive

    def wanting(self, edge: Edge) -> list[str]:
        return [team for team in TEAMS if edge in self.teams.get(team, NONE)]

    def plus(self, edges: Edges) -> Wishes:
        return replace(self, teams={**self.teams, "one": self.teams.get("one", NONE) | edges})

    def minus(self, edges: Edges) -> Wishes:
        return replace(self, teams={team: wanted - edges for team, wanted in self.teams.items()})

    def policy(self, manager: str) -> Policy:
        """Return it as a policy whose channels have names of its own."""
        channels = {key: self._channel(manager, key) for key in KEYS}
        rules = [
            notification(to=[channels[key].name], on=[outcome], jobs=selector(ids=jobs), team=team)
            for team, wanted in self.teams.items()
            for (key, outcome), jobs in sorted(_grouped(wanted).items())
        ]
        released = [Release(at=at(), team="one", to=channels[key].name) for key in sorted(self.released)]
        return policy(channels=[*channels.values()], notifications=rules, releases=released, manager=manager)

    def _channel(self, manager: str, key: RecipientKey) -> NativeChannel:
        name, alone = f"{manager}-{key.kind}", key in self.exclusive
        if key == MARIA:
            return dbt_user(name, exclusive=alone)
        if key == MAIL:
            return dbt_email(name, exclusive=alone)
        return dbt_slack(name, channel_name=self.slack_name, linked_by=None, exclusive=alone)


def _grouped(edges: Edges) -> dict[tuple[RecipientKey, Outcome], list[int]]:
    found: defaultdict[tuple[RecipientKey, Outcome], list[int]] = defaultdict(list)
    for edge in sorted(edges):
        found[edge.recipient, edge.outcome].append(edge.job_id)
    return found


@dataclass(kw_only=True)
class Books:
    """What one manager has on record. `pending` is there only after a run that was killed."""

    claims: Edges = NONE
    pending: Edges = NONE
    slack_name: str | None = None
    exclusive: frozenset[RecipientKey] = frozenset()

    @property
    def shown(self) -> Edges:
        """What others see, and spare."""
        return self.claims | self.pending

    @classmethod
    def of(cls, ledger: Ledger) -> Books:
        settings = ledger.recipients.get(SLACK)
        return cls(
            claims=frozenset(ledger.claims),
            pending=frozenset(ledger.pending),
            slack_name=settings.slack_channel_name if settings else None,
            exclusive=ledger.exclusive,
        )


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """What one apply does. `gone` may disappear, `there` must be live at its end; everything else stays as it is."""

    gone: Edges
    there: Edges
    after: Edges
    claims: Edges


@dataclass(kw_only=True)
class Oracle:
    """The account as it must be."""

    live: Edges = NONE
    books: dict[str, Books] = field(default_factory=lambda: {name: Books() for name in MANAGERS})

    def others(self, manager: str) -> list[Books]:
        return [books for name, books in self.books.items() if name != manager]

    def owned(self, manager: str) -> Edges:
        books = self.books[manager]
        return books.claims | (books.pending & self.live)

    def contradicts(self, manager: str, wishes: Wishes) -> bool:
        """Tell whether people must agree first: two names for one channel, or a recipient that one has alone."""
        named = wishes.slack_name is not None and SLACK in wishes.used
        for books in self.others(manager):
            if named and books.slack_name not in {None, wishes.slack_name}:
                return True
            if wishes.used & books.exclusive:
                return True
            if wishes.exclusive & {edge.recipient for edge in books.shown}:
                return True
        return False

    def foretold(self, manager: str, wishes: Wishes, *, repair: bool) -> Foretold:
        owned, wanted = self.owned(manager), wishes.edges
        spared = NONE.union(*(books.shown for books in self.others(manager)))
        released = frozenset(edge for edge in EDGES if edge.recipient in wishes.released)
        removed = ((owned - wanted) & self.live) - spared - released
        foreign = self.live - wanted - owned - spared - released
        evicted = frozenset(edge for edge in foreign if edge.recipient in wishes.exclusive)
        there = wanted if repair else wanted - (owned - self.live)
        gone = removed | evicted
        return Foretold(gone=gone, there=there, after=(self.live | there) - gone, claims=wanted)

    def applied(self, manager: str, wishes: Wishes, foretold: Foretold) -> None:
        self.live = foretold.after
        self.books[manager] = Books(
            claims=foretold.claims,
            slack_name=wishes.slack_name if SLACK in wishes.used else None,
            exclusive=wishes.exclusive,
        )
