"""A webhook gets another secret, and at no moment nobody is told.

dbt Cloud cannot change a secret (reference §3.3), so a like webhook takes over:

    prove the sink ▸ the ledger announces a successor ▸ create it, off ▸ its secret NEXT TO the old one ▸ confirm ▸
    the ledger has its receipt ▸ switch it on ▸ a test delivery is taken ▸ carry over what changed meanwhile ▸
    the ledger names it ▸ switch the old one off ▸ the ledger dates that

Between "on" and "off" both send, and a receiver sees events twice: with two secrets, and both are in the sink. Wherever
a run dies, the next one goes on from what the ledger says: docs/crash-points.md.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from reconciler.apply.live_webhooks import (
    delete_webhook,
    doubt_of,
    is_marked,
    listed,
    or_none,
    settings_of,
    switch_off,
)
from reconciler.apply.trouble import NotHeldError
from reconciler.apply.verify_delivery import Patience, answer_to_a_test
from reconciler.errors import Interrupted, Refused, RuntimeFailure
from reconciler.model.delivery import accepted
from reconciler.model.ledger import SubscriptionClaim, SubscriptionState
from reconciler.model.marker import Marker, marked
from reconciler.model.rotation import Retired, RotationReport, RotationState, Successor

if TYPE_CHECKING:
    from reconciler.apply.keeper import Keeper
    from reconciler.apply.ports import AppliesReader, Sink, Tester
    from reconciler.apply.writers import Taking
    from reconciler.model.actions import SubscriptionSettings
    from reconciler.model.inventory import Subscription

__all__ = ["KEEP_SECRETS", "RotateOptions", "Rotation"]

KEEP_SECRETS: Final = timedelta(days=7)
"""How long a former secret stays in its sink: dbt Cloud may send again what the former webhook signed, at intervals
that it does not tell, and keeps an event for seven days (reference §6.5)."""
_CARRIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateOptions:
    """`active`: the policy wants the webhook on. `leaked`: somebody else has the old secret, so it goes at once."""

    active: bool
    leaked: bool = False


@dataclass(slots=True, kw_only=True)
class Rotation:
    """One webhook's rotation. Everything that it needs to know between two runs is in the ledger."""

    key: str
    marker: Marker
    reader: AppliesReader
    writer: Taking
    tester: Tester
    sink: Sink
    keeper: Keeper
    patience: Patience
    now: Callable[[], datetime]
    options: RotateOptions

    def run(self) -> RotationReport:
        """Rotate, or finish a rotation that did not end.

        Raises Refused or RuntimeFailure only while dbt Cloud is as it was; later trouble is in the report. Ctrl-C is
        raised as Interrupted.
        """
        again = f"run again, it goes on from here: dbt-alerts rotate {shlex.quote(self.key)}"
        try:
            return self._rotated()
        except KeyboardInterrupt:
            raise Interrupted(f"the rotation of {self.key} was interrupted", next_step=again) from None
        except (Refused, RuntimeFailure) as error:
            if not self.writer.touched:
                raise
            return self._report(RotationState.STOPPED, message=error.message, next_step=error.next_step or again)

    def _rotated(self) -> RotationReport:
        claim = self._claimed()
        listed(self.reader)
        if claim.successor is None and claim.rotating:
            self._go_on(claim)
            self._retire()
            return self._report(RotationState.FINISHED)
        self.sink.probe_rotation()
        self._go_on(claim)
        successor = self._successor(claim)
        status = self._proved(successor)
        if status is not None and _refused(status):
            return self._given_up(successor, status)
        self._take_over(successor)
        self._retire()
        return self._report(RotationState.ROTATED, status=status)

    # --- what the ledger says --------------------------------------------------------------------------------------
    @property
    def _claim(self) -> SubscriptionClaim:
        return self.keeper.ledger.subscriptions[self.key]

    def _put(self, claim: SubscriptionClaim, what: str) -> None:
        self.keeper.put(claim, f"rotate {self.key}: {what}")

    def _go_on(self, claim: SubscriptionClaim) -> None:
        """Save once before anything is written, where the ledger already says what an earlier run began.

        A save that compares, and on a branch takes the lease, keeps two runs from deleting each other's successors.
        """
        if claim.rotating:
            self.keeper.announce(self.keeper.ledger, f"rotate {self.key}: goes on")

    def _claimed(self) -> SubscriptionClaim:
        """Return the claim; a tombstone's too: the policy names it again, or nobody could have asked for this."""
        claim = self.keeper.ledger.subscriptions.get(self.key)
        if claim is not None and claim.id is not None and claim.state is not SubscriptionState.CREATING:
            return claim
        why = "is not in the ledger" if claim is None else "was not made to its end"
        raise Refused(f"webhook {self.key} {why}: there is no secret to replace", next_step="run `dbt-alerts apply`")

    # --- the successor ---------------------------------------------------------------------------------------------
    def _successor(self, claim: SubscriptionClaim) -> Subscription:
        """Return the successor, off or on, its secret in the sink: the one of an earlier run, or a new one."""
        known = claim.successor
        if known is not None and (live := or_none(self.reader, known.id)) is not None:
            return live
        old = or_none(self.reader, claim.id)
        if old is None:
            raise Refused(
                f"webhook {self.key} is gone from dbt Cloud: there is nothing to copy",
                next_step="run `dbt-alerts apply --repair-drift`: it makes the webhook anew, with a new secret",
            )
        self._clear(claim, announced=known is not None)
        if known is not None and known.receipt:
            self.sink.retire(known.receipt)
        self._put(replace(claim, successor=Successor()), "announced")
        return self._create(self._like(old))

    def _clear(self, claim: SubscriptionClaim, *, announced: bool) -> None:
        """Delete what an announced create left without its secret. Any other webhook with our mark is a riddle."""
        known = {claim.id, *(each.id for each in claim.retired)}
        marks = (each for each in self.reader.subscriptions() if is_marked(each, self.marker.manager, self.key))
        for each in marks:
            if each.id in known:
                continue
            if not announced or each.active or not each.never_sent:
                raise Refused(
                    f"blocked: webhook {self.key} is there more than once: {claim.id}, {each.id}",
                    next_step=f"delete {each.id} in dbt Cloud if nobody needs it, then run again",
                )
            delete_webhook(self.reader, self.writer, each.id)

    def _create(self, wanted: SubscriptionSettings) -> Subscription:
        created, secret = self.writer.create_webhook(wanted)
        receipt = self.sink.add(secret)
        if not self.sink.confirm(receipt):
            raise RuntimeFailure(
                f"the new secret of webhook {self.key} is not in its sink after it was stored",
                next_step="see what else writes there, then run again: the new webhook is off and is made anew",
            )
        self._put(replace(self._claim, successor=Successor(id=created, receipt=receipt)), "secret stored")
        return self.reader.subscription(created)

    def _like(self, old: Subscription) -> SubscriptionSettings:
        """Return the same settings, marked as ours, and on if the policy wants that: dbt Cloud may have given it up."""
        return replace(settings_of(old), description=marked(old.description, self.marker), active=self.options.active)

    # --- proof -----------------------------------------------------------------------------------------------------
    def _proved(self, successor: Subscription) -> int | None:
        """Switch it on, and return how the receiver answered; None for one that the policy keeps off."""
        if not self.options.active:
            return None
        if not successor.active:
            doubt = doubt_of(lambda: self.writer.arm_webhook(successor))
            if not self.reader.subscription(successor.id).active:
                raise doubt or NotHeldError(f"active of webhook {successor.name}")
        return answer_to_a_test(self.tester, successor.id, self.patience)

    def _given_up(self, successor: Subscription, status: int) -> RotationReport:
        """Switch the successor off, keep it as a tombstone, and take its secret out; the old one was never touched."""
        known = self._claim.successor or Successor(id=successor.id)
        switch_off(self.reader, self.writer, self.reader.subscription(successor.id))
        failed = Retired(id=successor.id, receipt=known.receipt, since=self._today())
        claim = replace(self._claim, successor=None, retired=(*self._claim.retired, failed))
        self._put(claim, "not verified, given up")
        self._take_out({successor.id})
        how = f"answered the test delivery with {status}" if status else "did not answer the test delivery"
        return self._report(
            RotationState.NOT_VERIFIED,
            status=status,
            message=f"the receiver {how}: the old webhook and its secret stay in use",
            next_step="let the receiver accept every secret of its sink, then rotate again",
        )

    # --- the change of guard ---------------------------------------------------------------------------------------
    def _take_over(self, successor: Subscription) -> None:
        """Carry over what changed since the copy, then let the ledger name the successor."""
        old = self._carried(successor)
        claim = self._claim
        known = claim.successor or Successor(id=successor.id)
        former = (Retired(id=old.id, receipt=claim.receipt),) if old is not None else ()
        new = replace(
            claim,
            id=successor.id,
            receipt=known.receipt,
            state=SubscriptionState.ARMED,
            applied={**claim.applied, "active": self.options.active},
            since="",
            successor=None,
            retired=(*claim.retired, *former),
        )
        self._put(new, "verified, takes over")

    def _carried(self, successor: Subscription) -> Subscription | None:
        """Make the successor what the old one is by now; a new URL is tried before it counts. Returns the old one."""
        for _ in range(_CARRIES):
            old, new = or_none(self.reader, self._claim.id), self.reader.subscription(successor.id)
            if old is None or settings_of(new) == self._like(old):
                return old
            wanted = self._like(old)
            doubt = doubt_of(lambda wanted=wanted, new=new: self.writer.set_webhook(new, wanted))
            if settings_of(self.reader.subscription(successor.id)) != wanted:
                raise doubt or NotHeldError(f"the settings of webhook {self.key}")
            if new.url != wanted.url and _refused(self._proved(successor)):
                raise RuntimeFailure(
                    f"webhook {self.key} got another URL meanwhile, and that does not take a test delivery",
                    next_step="see to its receiver, then run again",
                )
        raise RuntimeFailure(f"the settings of webhook {self.key} keep changing", next_step="run again")

    def _retire(self) -> None:
        """Switch off every former webhook that is still on; its secret stays for what is sent again, unless leaked."""
        for former in self._claim.retired:
            if former.since:
                continue
            live = or_none(self.reader, former.id)
            if live is not None and live.active:
                switch_off(self.reader, self.writer, live)
            self._replace(replace(former, since=self._today()), "former one off")
        if self.options.leaked:
            self._take_out({each.id for each in self._claim.retired})

    def _take_out(self, ids: set[str]) -> None:
        for former in self._claim.retired:
            if former.id in ids and former.receipt:
                self.sink.retire(former.receipt)
                self._replace(replace(former, receipt=None), "its secret is out of the sink")

    def _replace(self, former: Retired, what: str) -> None:
        retired = tuple(former if each.id == former.id else each for each in self._claim.retired)
        self._put(replace(self._claim, retired=retired), f"{former.id}: {what}")

    def _today(self) -> str:
        return self.now().isoformat(timespec="seconds")

    # --- the report ------------------------------------------------------------------------------------------------
    def _report(
        self, state: RotationState, *, status: int | None = None, message: str = "", next_step: str = ""
    ) -> RotationReport:
        claim = self._claim
        kept = [datetime.fromisoformat(each.since) for each in claim.retired if each.receipt and each.since]
        return RotationReport(
            key=self.key,
            state=state,
            id=claim.id or "",
            former=tuple(each.id for each in claim.retired if each.since),
            status=status,
            receipt=claim.receipt or "",
            retire_from=(max(kept) + KEEP_SECRETS).date().isoformat() if kept else "",
            message=message,
            next_step=next_step,
        )


def _refused(status: int | None) -> bool:
    """Tell whether a test was sent and not taken."""
    return status is not None and not accepted(status)
