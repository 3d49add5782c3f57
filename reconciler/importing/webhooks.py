"""Webhook subscriptions → entries of `webhooks:` that take them over by id; what cannot be one is told, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.importing import sayable
from reconciler.importing.entries import Entry
from reconciler.importing.jobs import JobWords, selector_of
from reconciler.importing.oddity import Oddity, OddityKind
from reconciler.importing.owners import Teams
from reconciler.importing.standing import Standing
from reconciler.importing.yaml_text import Value, counted, seen
from reconciler.model.inventory import AllJobs, Inventory, Subscription
from reconciler.model.marker import Marker, parse_marker, unmarked
from reconciler.model.outcome import WebhookEvent
from reconciler.model.redacted import is_redacted
from reconciler.model.vendor import vendor_of

__all__ = ["Webhooks", "webhook_entries"]

_DEFAULT_TEAM: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The entries, what is to be said of them, and what is left out. `all_jobs`: one of them is for every job."""

    entries: tuple[Entry, ...] = ()
    oddities: tuple[Oddity, ...] = ()
    left_out: tuple[Oddity, ...] = ()
    all_jobs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A webhook that can be an entry, of a team, with its jobs in words."""

    live: Subscription
    team: str
    jobs: Value
    notes: Mapping[int, str] = field(default_factory=dict)
    oddities: tuple[Oddity, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.team or _DEFAULT_TEAM}/{self.live.name}"


def webhook_entries(
    subscriptions: Iterable[Subscription],
    *,
    inventory: Inventory,
    words: JobWords,
    teams: Teams,
    standing: Standing,
    manager: str,
) -> Webhooks:
    """Return an entry for each webhook that the policy does not have yet and that could be one."""
    reader = _Reader(inventory, words, teams, standing, manager)
    read = [reader.read(each) for each in sorted(subscriptions, key=lambda each: (each.name, each.id))]
    found = [each for each in read if isinstance(each, _Found)]
    alike = Counter([*(each.key for each in found), *_marked(inventory, manager, but={each.live.id for each in found})])
    taken = {each.key for each in found if alike[each.key] > 1 or each.key in standing.webhooks}
    written = [each for each in found if each.key not in taken]
    return Webhooks(
        entries=tuple(_entry(each) for each in written),
        oddities=tuple(oddity for each in written for oddity in (*_always(each), *each.oddities)),
        left_out=(
            *(each for each in read if isinstance(each, Oddity)),
            *(_same_name(each) for each in found if each.key in taken),
        ),
        all_jobs=any(isinstance(each.live.jobs, AllJobs) for each in written),
    )


def _marked(inventory: Inventory, manager: str, *, but: Collection[str]) -> Iterator[str]:
    """Yield the keys of our own marks on webhooks that are no entry: a plan goes by the mark before the id."""
    for each in inventory.subscriptions:
        marker = parse_marker(each.description)
        if marker is not None and marker.manager == manager and each.id not in but:
            yield marker.key


class _Reader:
    """Reads one webhook at a time."""

    def __init__(self, inventory: Inventory, words: JobWords, teams: Teams, standing: Standing, manager: str) -> None:
        self._inventory = inventory
        self._words = words
        self._teams = teams
        self._standing = standing
        self._manager = manager
        self._others = {
            claim.id: ledger.manager for ledger in standing.others.ledgers for claim in ledger.subscriptions.values()
        }

    def read(self, live: Subscription) -> _Found | Oddity | None:
        """Return the webhook in words, why it is left out, or nothing for one that the policy has."""
        marker = parse_marker(live.description)
        if {live.id, marker.key if marker is not None and marker.manager == self._manager else ""} & (
            self._standing.webhooks
        ):
            return None
        return next(
            (oddity for check in self._checks(marker) if (oddity := check(live)) is not None), None
        ) or self._found(live, marker)

    def _checks(self, marker: Marker | None) -> Iterator[Callable[[Subscription], Oddity | None]]:
        yield lambda live: self._others_own(live, marker)
        yield self._redacted
        yield _vendor
        yield lambda live: _unsayable(live, marker)
        yield self._all_jobs
        yield self._out_of_bounds

    def _others_own(self, live: Subscription, marker: Marker | None) -> Oddity | None:
        marked = marker.manager if marker is not None and marker.manager != self._manager else None
        manager = self._others.get(live.id) or marked
        if manager is None:
            return None
        return _left(OddityKind.OTHERS, live, f"belongs to manager {seen(manager)}.")

    def _redacted(self, live: Subscription) -> Oddity | None:
        if not (self._inventory.url_key or is_redacted(live.url)):
            return None
        return _left(OddityKind.REDACTED, live, "a snapshot does not hold its address: import from dbt Cloud itself.")

    def _all_jobs(self, live: Subscription) -> Oddity | None:
        if not isinstance(live.jobs, AllJobs) or self._standing.all_jobs:
            return None
        return _left(
            OddityKind.OUTSIDE_SCOPE,
            live,
            "is for every job: add `all_jobs_webhooks: true` to `scope`, and import again.",
        )

    def _out_of_bounds(self, live: Subscription) -> Oddity | None:
        if isinstance(live.jobs, AllJobs):
            return None
        known = [each for each in live.jobs if each in self._words]
        if not known:
            return _left(OddityKind.NO_JOBS, live, "all its jobs are gone, so it never fires: delete it in dbt Cloud.")
        scope = self._standing.scope
        if scope is not None and not all(map(scope.job, known)):
            return _left(OddityKind.OUTSIDE_SCOPE, live, "is for jobs outside the policy's scope.")
        return None

    def _found(self, live: Subscription, marker: Marker | None) -> _Found:
        if isinstance(live.jobs, AllJobs):
            text = f"webhook {seen(live.name)} is for every job of the account, also those to come."
            every = Oddity(kind=OddityKind.ALL_JOBS, text=text)
            return _Found(live=live, team=marker.team if marker else "", jobs="all", oddities=(every,))
        known = sorted(each for each in live.jobs if each in self._words)
        teams = {self._teams[each] for each in known}
        team = marker.team if marker else next(iter(teams)) if len(teams) == 1 else ""
        jobs, notes = selector_of(self._words[each] for each in known)
        return _Found(live=live, team=team, jobs=jobs, notes=notes, oddities=tuple(_dangling(live, len(known))))


def _vendor(live: Subscription) -> Oddity | None:
    vendor = vendor_of(live.url)
    if vendor is None:
        return None
    text = (
        f"is aimed straight at {vendor}, which cannot read dbt Cloud's body: make it a relayed channel, and delete it."
    )
    return _left(OddityKind.TO_VENDOR, live, text)


def _unsayable(live: Subscription, marker: Marker | None) -> Oddity | None:
    description = unmarked(live.description)
    reasons = (
        ("its id is of a form that this tool does not know", sayable.webhook(live.id)),
        ("its name cannot stand in a policy", live.name == live.name.strip() and sayable.text(live.name)),
        ("its address cannot stand in a policy", sayable.url(live.url)),
        ("its address holds a password, and a policy is plain text", not sayable.holds_a_password(live.url)),
        ("its description cannot stand in a policy", not description or sayable.text(description)),
        ("it has events that this tool does not know", bool(live.events) and live.events <= set(WebhookEvent)),
        ("it carries our mark for another team or name", marker is None or _as_marked(live, marker)),
    )
    why = next((why for why, fine in reasons if not fine), None)
    return None if why is None else _left(OddityKind.UNSAYABLE, live, f"{why}.")


def _as_marked(live: Subscription, marker: Marker) -> bool:
    return marker.name == live.name and sayable.team(marker.team)


def _left(kind: OddityKind, live: Subscription, why: str) -> Oddity:
    return Oddity(kind=kind, text=f"webhook {seen(live.name)} ({seen(live.id)}) is left out: {why}")


def _same_name(found: _Found) -> Oddity:
    team = found.team or _DEFAULT_TEAM
    why = f"team {team} has another webhook of that name: rename one in dbt Cloud, and import again."
    return _left(OddityKind.SAME_NAME, found.live, why)


def _dangling(live: Subscription, known: int) -> Iterator[Oddity]:
    gone = 0 if isinstance(live.jobs, AllJobs) else len(live.jobs) - known
    if gone:
        are = "is deleted or not shown: it never fires" if gone == 1 else "are deleted or not shown: they never fire"
        text = f"webhook {seen(live.name)} lists {counted(gone, 'more job')} that {are}."
        yield Oddity(kind=OddityKind.DANGLING, text=text)


def _always(found: _Found) -> Iterator[Oddity]:
    text = "only its receiver knows its secret: `dbt-alerts rotate` makes one that we know too."
    yield Oddity(kind=OddityKind.SECRET_UNKNOWN, text=text)
    if not found.live.active:
        why = found.live.deactivate_reason
        said = f"dbt Cloud switched it off: {seen(why)}" if why else "it is switched off"
        yield Oddity(kind=OddityKind.SWITCHED_OFF, text=f"{said}.")


def _entry(found: _Found) -> Entry:
    live = found.live
    values: dict[str, Value] = {
        "name": live.name,
        "id": live.id,
        "url": live.url,
        "on": [event.short for event in WebhookEvent if event.value in live.events],
        "jobs": found.jobs,
    }
    if description := unmarked(live.description):
        values["description"] = description
    if not live.active:
        values["active"] = False
    comments = tuple(each.text for each in (*_always(found), *found.oddities))
    return Entry(team=found.team, values=values, notes=found.notes, comments=comments)
