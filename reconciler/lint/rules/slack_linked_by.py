"""dbt Cloud delivers to a Slack channel only if the notification stands under the user who linked the Slack app.

With anybody else the notification is stored, shown in the UI, and never delivered. The API does not tell who linked the
app, so live is asked for what it does show: under whom the notifications of Slack channels stand today. Found is a
channel whose `linked_by` is another person than the one under whom dbt Cloud has that very channel, and a new channel
whose `linked_by` is on no Slack notification at all while others are. Both can be right: where somebody linked the app
anew, say so with an excuse.

Not found is a change to somebody under whom more Slack notifications stand than under the one before: that repairs a
row. Whoever is deactivated or unknown is `departed-user`'s business. The account-level app (`dbt_slack_app`) needs no
such person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.lint.rule import Found, Looked, Rule
from reconciler.lint.wording import listed
from reconciler.model.edge import RecipientKey, RecipientKind, compared_address
from reconciler.model.inventory import Inventory, User
from reconciler.model.lint import LintLevel
from reconciler.model.policy import DbtSlack

__all__ = ["RULE"]


def _judge(looked: Looked) -> Iterator[Found]:
    if looked.survey is None:
        return
    inventory = looked.survey.inventory
    standing = _standing(inventory)
    for channel in looked.policy.channels.values():
        if isinstance(channel, DbtSlack) and not channel.app and channel.linked_by is not None:
            users = inventory.users_by_email.get(compared_address(channel.linked_by), ())
            named = next((user for user in users if user.active), None)
            if named is not None:
                yield from _doubts(channel, named, standing, inventory)


def _standing(inventory: Inventory) -> Mapping[int, int]:
    """Return under which active users Slack notifications stand, and how many."""
    return Counter(
        row.user_id
        for key, rows in inventory.rows.items()
        if key.kind is RecipientKind.SLACK
        for row in rows
        if row.user_id is not None and inventory.can_deliver(row)
    )


def _doubts(channel: DbtSlack, named: User, standing: Mapping[int, int], inventory: Inventory) -> Iterator[Found]:
    rows = [row for row in inventory.rows.get(RecipientKey.slack(channel.channel_id), ()) if inventory.can_deliver(row)]
    if not rows:
        if standing and named.id not in standing:
            others = listed(sorted(inventory.users[each].email for each in standing), last="or")
            yield _found(channel, f"every Slack notification of the account stands under {others}", others)
        return
    row = rows[0]
    if row.user_id is None or row.user_id == named.id or standing.get(named.id, 0) > standing[row.user_id]:
        return
    other = inventory.users[row.user_id].email
    yield _found(channel, f"dbt Cloud has this channel under {other}", other)


def _found(channel: DbtSlack, live: str, other: str) -> Found:
    return Found(
        at=channel.at,
        subject=f"channel {channel.name}",
        message=f"`linked_by` of channel {channel.name} is {channel.linked_by}, but {live}: under anybody but the "
        "person who linked the Slack app it is stored and never delivered",
        found=channel.linked_by or "",
        expected=f"{other}, or whoever linked the app",
        fix="ask who linked Slack to dbt Cloud, and name that person",
    )


RULE: Final = Rule(
    id="slack-linked-by",
    title="native Slack whose `linked_by` is not the person who linked the app: stored, never delivered",
    level=LintLevel.WARN,
    judge=_judge,
    needs_live=True,
)
