"""Stage *contacts*: every person, channel, key and hook still exists and is who the policy says. Nobody is written to.

What is in order is `accepted` and never `proved`: nothing was sent. The answer says what was looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.drill.bench import Bench
from reconciler.drill.contacts_native import native
from reconciler.drill.contacts_people import people
from reconciler.drill.contacts_relayed import relayed
from reconciler.drill.found import Contact
from reconciler.model.evidence import Evidence, Stage

__all__ = ["stage"]


def stage(bench: Bench) -> Iterator[Evidence]:
    """Yield one piece of evidence for each route, and one for each person who answers for jobs and is gone."""
    for route in bench.routes:
        found = relayed(bench, route) if route.relayed else native(bench, route)
        yield _evidence(bench, route.channel, route.kind, found, owners=route.owners)
    for email, found in people(bench):
        yield _evidence(bench, f"person:{email}", "person", found, owners=found.owners)


def _evidence(bench: Bench, name: str, kind: str, found: Contact, *, owners: tuple[str, ...]) -> Evidence:
    return bench.evidence(
        Stage.CONTACTS,
        name,
        kind=kind,
        standing=found.standing,
        answer=found.said,
        fix=found.fix,
        seconds=found.seconds,
        owners=owners,
        correlation="",
    )
