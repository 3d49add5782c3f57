"""Destroy webhooks of ours that were switched off for good. Each is read again before it is deleted.

    list every webhook ▸ judge each tombstone ▸ (consent) ▸ the ledger says that a purge begins ▸
    read it fresh, judge again ▸ DELETE ▸ read: gone ▸ its secret out of the sink ▸ the ledger forgets it

dbt Cloud answers 404 for what is deleted and for what a token may not see (reference §1.7). A webhook counts as gone
only if the list of webhooks can be read and does not have it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from reconciler.apply.live_webhooks import delete_webhook, is_marked, or_none
from reconciler.errors import AuthenticationError, LedgerError, Refused, RuntimeFailure
from reconciler.model.ledger import SubscriptionState
from reconciler.model.purge import Purged, PurgeReport, PurgeState, Tombstone

if TYPE_CHECKING:
    from reconciler.apply.keeper import Keeper
    from reconciler.apply.ports import AppliesReader, Sink
    from reconciler.apply.writers import Taking
    from reconciler.model.inventory import Subscription
    from reconciler.model.ledger import Ledger

__all__ = ["PurgeOptions", "judged", "purge", "tombstones"]

_TOMBSTONED: Final = SubscriptionState.TOMBSTONED


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeOptions:
    """`keys` narrows to some webhooks, none means all. `wanted` are the keys that the policy names now."""

    older_than: timedelta
    now: datetime
    keys: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()


def tombstones(ledger: Ledger) -> tuple[Tombstone, ...]:
    """Return everything of the ledger that may ever be purged, oldest first."""
    found: list[Tombstone] = []
    for key, claim in ledger.subscriptions.items():
        if claim.state is _TOMBSTONED and claim.id is not None:
            found.append(Tombstone(key=key, id=claim.id, since=claim.since, receipt=claim.receipt, replaced=False))
        found += (
            Tombstone(key=key, id=each.id, since=each.since, receipt=each.receipt, replaced=True)
            for each in claim.retired
        )
    return tuple(sorted(found, key=lambda each: (each.since, each.key, each.id)))


def judged(ledger: Ledger, live: Mapping[str, Subscription], options: PurgeOptions) -> PurgeReport:
    """Say of each tombstone whether it may go. `live` is the whole list of webhooks. Writes nothing."""
    chosen = (each for each in tombstones(ledger) if not options.keys or each.key in options.keys)
    return PurgeReport(items=tuple(_judge(each, ledger, live.get(each.id), options) for each in chosen))


def _judge(tombstone: Tombstone, ledger: Ledger, live: Subscription | None, options: PurgeOptions) -> Purged:
    for message, next_step in _objections(tombstone, ledger, live, options):
        return Purged(tombstone=tombstone, state=PurgeState.REFUSED, message=message, next_step=next_step)
    if datetime.fromisoformat(tombstone.since) + options.older_than > options.now:
        return Purged(tombstone=tombstone, state=PurgeState.YOUNG, message=f"off since {tombstone.since[:10]}")
    return Purged(tombstone=tombstone, state=PurgeState.READY if live is not None else PurgeState.GONE)


def _objections(
    tombstone: Tombstone, ledger: Ledger, live: Subscription | None, options: PurgeOptions
) -> Iterator[tuple[str, str]]:
    """Yield why this one must stay, each with what to do."""
    key, claim = tombstone.key, ledger.subscriptions[tombstone.key]
    if not tombstone.since:
        yield "its rotation did not end", f"finish it: dbt-alerts rotate {shlex.quote(key)}"
    if claim.protected and not tombstone.replaced:
        yield "it is protected", "apply `protect: false` first"
    if key in options.wanted and not tombstone.replaced:
        yield "the policy names it again", "run `dbt-alerts apply`: it brings the webhook back"
    if any(each.id == tombstone.id and each.state is not _TOMBSTONED for each in ledger.subscriptions.values()):
        yield "it is in use again, under another name", "run `dbt-alerts plan`"
    if live is not None and live.active:
        yield "it is on: somebody switched it on again", "see who needs it; switch it off in dbt Cloud, or declare it"
    if live is not None and not is_marked(live, ledger.manager, key):
        yield "its description no longer carries our mark", "somebody made it theirs: `dbt-alerts release` gives it up"


def purge(
    report: PurgeReport,
    *,
    reader: AppliesReader,
    writer: Taking,
    keeper: Keeper,
    sink_of: Callable[[str], Sink | None],
    options: PurgeOptions,
) -> PurgeReport:
    """Destroy what `judged` found ready, and forget what is gone. `sink_of` opens the sink of a key that lives on.

    Trouble with one does not keep the others; a ledger that cannot be written, or a token that is refused, ends it.
    Another run that wrote the ledger meanwhile ends it before the first deletion.
    """
    run = _Purge(reader=reader, writer=writer, keeper=keeper, sink_of=sink_of, options=options)
    if going := len(report.of(PurgeState.READY, PurgeState.GONE)):
        keeper.announce(keeper.ledger, f"purge: {going} webhook(s)")
    return PurgeReport(items=tuple(run.each(report)))


@dataclass(slots=True, kw_only=True)
class _Purge:
    reader: AppliesReader
    writer: Taking
    keeper: Keeper
    sink_of: Callable[[str], Sink | None]
    options: PurgeOptions

    def each(self, report: PurgeReport) -> Iterator[Purged]:
        for item in report.items:
            if item.state not in {PurgeState.READY, PurgeState.GONE}:
                yield item
                continue
            try:
                yield self._one(item)
            except (AuthenticationError, LedgerError):
                raise
            except (RuntimeFailure, Refused) as error:
                yield replace(
                    item, state=PurgeState.FAILED, message=error.message, next_step=error.next_step or "run again"
                )

    def _one(self, item: Purged) -> Purged:
        tombstone = item.tombstone
        live = or_none(self.reader, tombstone.id)
        again = _judge(tombstone, self.keeper.ledger, live, self.options)
        if again.state not in {PurgeState.READY, PurgeState.GONE}:
            return again
        if live is None and item.state is PurgeState.READY:
            self._prove_gone(tombstone)
        if live is not None:
            delete_webhook(self.reader, self.writer, tombstone.id)
        self._take_out(tombstone)
        self._forget(tombstone)
        return replace(again, state=PurgeState.PURGED if live is not None else PurgeState.GONE)

    def _prove_gone(self, tombstone: Tombstone) -> None:
        """Ask the list about a webhook that was in it a moment ago: a 404 alone may be a missing permission."""
        if any(each.id == tombstone.id for each in self.reader.subscriptions()):
            raise RuntimeFailure(
                f"webhook {tombstone.id} is listed, and answers 404 when it is asked for",
                next_step="see what the token may do: `dbt-alerts doctor`",
            )

    def _take_out(self, tombstone: Tombstone) -> None:
        """Take the secret out of a sink that lives on. The sink of a webhook that was dropped is nobody's to open."""
        sink = self.sink_of(tombstone.key) if tombstone.replaced and tombstone.receipt else None
        if sink is not None and tombstone.receipt:
            sink.retire(tombstone.receipt)

    def _forget(self, tombstone: Tombstone) -> None:
        claims = dict(self.keeper.ledger.subscriptions)
        claim = claims.pop(tombstone.key)
        if tombstone.replaced:
            retired = tuple(each for each in claim.retired if each.id != tombstone.id)
            left = replace(claim, retired=retired)
        else:
            left = replace(claim, id=None, receipt=None, applied={}, since="")
        if left.id is not None or left.retired or left.state is not _TOMBSTONED:
            claims[tombstone.key] = left
        what = f"purged {tombstone.id} of {tombstone.key}"
        self.keeper.save(replace(self.keeper.ledger, subscriptions=claims), what)
