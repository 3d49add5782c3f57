"""Host, token, clock: can we talk to the account at all?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.doctor.patient import Patient
from reconciler.model.checkup import Check

__all__ = ["check_clock", "check_host", "check_token"]

_SKEW: Final = 60.0
"""Seconds by which clocks may differ: leases, plans' expiry and the age of events are judged by them."""


def check_host(patient: Patient) -> Iterator[Check]:
    """Say which host is asked. Whether it may get the token was decided before the first request."""
    yield Check.ok("host", f"{patient.host} may get the token")


def check_token(patient: Patient) -> Iterator[Check]:
    """Ask which accounts the token belongs to. What this raises is the token's or the host's trouble."""
    accounts = patient.probe.accounts()
    found = next((each for each in accounts if each.id == patient.account_id), None)
    if found is None:
        others = ", ".join(f"{each.id} ({each.name})" for each in accounts) or "none"
        yield Check.failed(
            "token",
            f"the token does not belong to account {patient.account_id}; it belongs to: {others}",
            "correct `account.id`, or use a token of that account",
        )
        return
    if found.locked:
        yield Check.failed(
            "token",
            f"account {found.id} ({found.name}) is locked",
            "see dbt Cloud's billing page: a locked account answers nothing",
        )
        return
    patient.account_seen = True
    plan = f", plan {found.plan}" if found.plan else ""
    yield Check.ok("token", f"belongs to account {found.id} ({found.name}{plan})")


def check_clock(patient: Patient) -> Iterator[Check]:
    """Compare this machine's clock with the host's."""
    theirs = patient.probe.server_time()
    if theirs is None:
        yield Check.unknown("clock", "the host's answers do not say what time it is")
        return
    skew = (patient.clock() - theirs).total_seconds()
    if abs(skew) <= _SKEW:
        yield Check.ok("clock", "agrees with the host's to a minute")
        return
    word = "ahead of" if skew > 0 else "behind"
    yield Check.warning(
        "clock",
        f"this machine's clock is {abs(skew):.0f} s {word} the host's",
        "set it by NTP: leases, expiry of plans and deadlines are judged by it",
    )
