"""The people whom a policy names as owners: those who are gone are to be replaced before they are to be called."""

from __future__ import annotations

import json
from collections.abc import Iterator

from reconciler.drill.bench import Bench
from reconciler.drill.contacts_native import successor
from reconciler.drill.found import Contact
from reconciler.lint.people import Presence, presence
from reconciler.model.edit import ReplaceScalar

__all__ = ["people"]


def people(bench: Bench) -> Iterator[tuple[str, Contact]]:
    """Yield each owner who is a deactivated user, once, with whom to ask. An unknown owner may be a mailbox."""
    inventory, policy = bench.survey.inventory, bench.policy
    layers = [(f"team {team.name}", team.layer) for team in policy.teams.values()]
    layers += [(f"a rule of team {rule.team}", rule.layer) for rule in policy.jobs]
    told: set[str] = set()
    for who, layer in layers:
        email = layer.owner
        if email is None or presence(email, inventory) is not Presence.DEACTIVATED:
            continue
        found = successor(email, inventory)
        if found is not None and "owner" in layer.places:
            edit = ReplaceScalar(at=layer.places["owner"], value=json.dumps(found.email))
            bench.notebook.edits.append((f"{who}: {email} is {found.email} now", edit))
        if email not in told:
            told.add(email)
            fix = f"name {found.email}, as the patch does" if found else f"name somebody else as `owner` of {who}"
            yield email, Contact.failed(f"{email}, the owner of {who}, is deactivated in dbt Cloud", fix)
