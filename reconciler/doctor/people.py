"""Recipients that dbt Cloud could not reach: unknown and departed users, and Slack channels of the wrong linker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from reconciler.doctor.patient import Patient
from reconciler.model.checkup import Check
from reconciler.model.edge import RecipientKind
from reconciler.model.inventory import Inventory
from reconciler.model.policy import DbtSlack
from reconciler.plan.resolve import Recipient, Unresolved, resolve_channels

__all__ = ["check_recipients", "check_slack_linkers"]


def check_recipients(patient: Patient) -> Iterator[Check]:
    """Resolve every native channel of the policy against live."""
    if not patient.readable:
        yield Check.unknown("people", "not looked at: the account cannot be read")
        return
    resolved = resolve_channels(patient.policy.channels, patient.inventory)
    wrong = [check for each in resolved.values() if (check := _unreachable(each)) is not None]
    yield from wrong
    if not wrong:
        yield Check.ok("people", f"all {len(resolved)} native channels name somebody")


def _unreachable(each: Recipient | Unresolved) -> Check | None:
    if isinstance(each, Unresolved):
        found, next_step = each.blocked.what, each.blocked.next_step
        return Check.failed("people", found, next_step)
    if each.departed is None:
        return None
    return Check.failed(
        "people",
        f"channel {each.channel.name}: {each.departed} is deactivated, so dbt Cloud delivers nothing",
        f"name somebody else at {each.channel.at}",
    )


def check_slack_linkers(patient: Patient) -> Iterator[Check]:
    """Compare each Slack channel's user with the one who stands on most of the account's Slack rows.

    A row of any other user than the one who linked the app is stored and never delivered (reference §2.4); which user
    that is, the API does not say.
    """
    channels = [each for each in patient.policy.channels.values() if isinstance(each, DbtSlack) and not each.app]
    if not channels or not patient.readable:
        return
    linker = _usual_linker(patient.inventory)
    if linker is None:
        yield Check.unknown("slack", "no Slack row is live that would show who linked the app")
        return
    others = [each for each in channels if each.linked_by and each.linked_by.strip().casefold() != linker.casefold()]
    for channel in others:
        yield Check.warning(
            "slack",
            f"channel {channel.name} is linked by {channel.linked_by}; most Slack rows of the account by {linker}",
            "look in dbt Cloud who linked Slack: with anybody else as `linked_by` nothing is delivered",
        )
    if not others:
        yield Check.ok("slack", f"{linker} stands on the account's Slack rows")


def _usual_linker(inventory: Inventory) -> str | None:
    users = Counter(
        row.user_id
        for key, rows in inventory.rows.items()
        if key.kind is RecipientKind.SLACK
        for row in rows
        if row.user_id in inventory.users
    )
    if not users:
        return None
    user_id, _ = users.most_common(1)[0]
    return inventory.users[user_id or 0].email
