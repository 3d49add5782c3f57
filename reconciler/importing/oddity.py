"""What an import meets that a policy cannot say, or that people should look at: each is told where it belongs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Oddity", "OddityKind"]


class OddityKind(StrEnum):
    """The value is what the summary says of how many there are."""

    DANGLING = "lists of jobs that are deleted or not shown: those jobs are left out"
    DEPARTED = "recipients whose user is deactivated: nothing is delivered"
    UNKNOWN_USER = "notifications of users that the account does not show: left out"
    NO_ADDRESS = "notifications without an address or a channel: left out"
    UNKNOWN_TYPE = "notifications of a kind that this tool does not know: left out"
    TWO_ROWS = "recipients with two notification objects: blocked until they are merged"
    SAME_EMAIL = "users who share an e-mail: left out"
    UNSAYABLE = "names or addresses that a policy cannot hold: left out"
    BY_ID = "jobs that go by id, because no name means them alone"
    NO_STAND_IN = "recipients whose dbt Cloud user cannot be named"
    SECRET_UNKNOWN = "webhooks whose secret only their receivers know"  # noqa: S105 - a sentence, not a secret
    SWITCHED_OFF = "webhooks that are switched off"
    TO_VENDOR = "webhooks aimed at a service that cannot read them: left out"
    ALL_JOBS = "webhooks for every job of the account"
    NO_JOBS = "webhooks whose jobs are all gone: left out"
    SAME_NAME = "webhooks that share a name: left out"
    REDACTED = "webhooks whose address the snapshot does not hold: left out"
    OTHERS = "notifications and webhooks of other managers: left out"
    OUTSIDE_SCOPE = "notifications and webhooks outside the scope of the policy: left out"
    NOT_LIVE = "things that Terraform holds and dbt Cloud does not have: left out"
    SAME_ENVIRONMENT = "environments that share a name and tell owners of models differently: left out"
    MODELS_UNSEEN = "lists of environments whose model notifications are not shown: left out"
    TEAMS = "Microsoft Teams settings: only dbt Cloud's own pages change them"
    HIDDEN = "lists that the token may not read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """One thing to look at, as a sentence for the comment beside it."""

    kind: OddityKind
    text: str
