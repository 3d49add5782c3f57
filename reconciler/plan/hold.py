"""What live does not answer, and which edges are left as they are because of it (design §4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.ledger import Claim
from reconciler.model.outcome import Outcome
from reconciler.model.plan import Blocked

__all__ = ["Hold", "HoldIndex"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One blocked item and its reach.

    `recipients`: nothing of them is added or removed, whoever wants it. `channels`: what we own through a channel of
    that name stays. `routes`, of one `team`: what it owns there, by recipient or by the channel's name, stays.
    What another rule wants is planned all the same, except on `recipients`. `webhooks` are keys of subscriptions.
    """

    blocked: Blocked
    recipients: frozenset[RecipientKey] = frozenset()
    channels: frozenset[str] = frozenset()
    team: str = ""
    routes: frozenset[tuple[RecipientKey | str, Outcome]] = frozenset()
    webhooks: frozenset[str] = frozenset()

    def covers(self, edge: Edge, claim: Claim | None, *, desired: bool) -> bool:
        """Tell whether an edge, ours, wanted or live, is left as it is. `claim` is ours on it, if there is one."""
        if edge.recipient in self.recipients:
            return True
        if desired or claim is None:
            return False
        return any(self._speaks_for(edge, team, channel) for team, channel in claim.wanters)

    def _speaks_for(self, edge: Edge, team: str, channel: str) -> bool:
        if channel in self.channels:
            return True
        return team == self.team and (
            (edge.recipient, edge.outcome) in self.routes or (channel, edge.outcome) in self.routes
        )


class HoldIndex:
    """Finds the hold that covers an edge without asking each of them: the first one given wins."""

    __slots__ = ("_channels", "_recipients", "_routes", "_webhooks")

    def __init__(self, holds: Iterable[Hold]) -> None:
        self._recipients: dict[RecipientKey, Hold] = {}
        self._channels: dict[str, Hold] = {}
        self._routes: dict[tuple[str, RecipientKey | str, Outcome], Hold] = {}
        self._webhooks: dict[str, Hold] = {}
        for hold in holds:
            for key in hold.recipients:
                self._recipients.setdefault(key, hold)
            for channel in hold.channels:
                self._channels.setdefault(channel, hold)
            for target, outcome in hold.routes:
                self._routes.setdefault((hold.team, target, outcome), hold)
            for webhook in hold.webhooks:
                self._webhooks.setdefault(webhook, hold)

    def covering(self, edge: Edge, claim: Claim | None, *, desired: bool) -> Hold | None:
        """Return a hold whose `covers` is true for the edge; None when there is none."""
        found = self._recipients.get(edge.recipient)
        if found is not None or desired or claim is None:
            return found
        asked = (self.wanting(edge, team, channel) for team, channel in claim.wanters)
        return next((hold for hold in asked if hold is not None), None)

    def wanting(self, edge: Edge, team: str, channel: str) -> Hold | None:
        """Return the hold because of which it is unknown whether that team still wants the edge there."""
        return (
            self._channels.get(channel)
            or self._routes.get((team, edge.recipient, edge.outcome))
            or self._routes.get((team, channel, edge.outcome))
        )

    def webhook(self, key: str) -> Hold | None:
        """Return the hold of a subscription."""
        return self._webhooks.get(key)
