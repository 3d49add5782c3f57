"""What the relay is to do, as short texts that people compare: facts by job, and what of them changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from reconciler.model.calendar import WEEKDAYS
from reconciler.model.duration import duration_text
from reconciler.model.layers import Anomalies, Cycle, Digest, OfficeHours, Promotion, When
from reconciler.model.outcome import Outcome
from reconciler.model.plan import RelayChange
from reconciler.model.policy import Escalation, Level, Mute, Policy, Sla, Target
from reconciler.plan.wish import Wish
from reconciler.routing.effective import Effective
from reconciler.routing.routes import Routes

__all__ = ["Facts", "needs_relay", "relay_changes", "relay_facts", "relayed_outcomes"]

Facts = Mapping[str, str]


def relay_facts(policy: Policy, wishes: Sequence[Wish], *, muted: Mapping[int, Mute]) -> Mapping[int, Facts]:
    """Return the facts of every job that needs the relay.

    That is one with a relayed route, an escalation, an SLA, a digest or a promotion.
    Jobs with the same facts share one dict.
    """
    by_job: defaultdict[int, list[int]] = defaultdict(list)
    for place, wish in enumerate(wishes):
        if needs_relay(wish):
            for job_id in wish.jobs:
                by_job[job_id].append(place)
    known: dict[tuple[tuple[int, ...], int | None], Facts] = {}
    facts: dict[int, Facts] = {}
    for job_id, places in sorted(by_job.items()):
        mute = muted.get(job_id)
        same = (tuple(places), None if mute is None else id(mute))
        if same not in known:
            known[same] = _facts(policy, [wishes[place] for place in places], mute)
        facts[job_id] = known[same]
    return facts


def relay_changes(before: Mapping[int, Facts], after: Mapping[int, Facts]) -> tuple[RelayChange, ...]:
    """Return what changes from the relay policy last applied: the same change of several jobs is one item."""
    jobs: defaultdict[tuple[str, str | None, str | None], list[int]] = defaultdict(list)
    for job_id in sorted(before.keys() | after.keys()):
        old, new = before.get(job_id, {}), after.get(job_id, {})
        if old is new:
            continue
        for what in [*new, *(key for key in old if key not in new)]:
            if old.get(what) != new.get(what):
                jobs[what, old.get(what), new.get(what)].append(job_id)
    changes = [
        RelayChange(job_ids=tuple(ids), what=what, before=was, after=becomes)
        for (what, was, becomes), ids in jobs.items()
    ]
    return tuple(sorted(changes, key=lambda change: (change.job_ids, change.what, change.before or "")))


def relayed_outcomes(wishes: Iterable[Wish]) -> Mapping[int, frozenset[Outcome]]:
    """Return which outcomes of each job some relayed route tells at level 0; jobs without one are not in it."""
    found: dict[int, frozenset[Outcome]] = {}
    for wish in wishes:
        outcomes = frozenset(route.outcome for route in wish.routes.relayed)
        if outcomes:
            for job_id in wish.jobs:
                known = found.get(job_id)
                found[job_id] = outcomes if known is None or known == outcomes else known | outcomes
    return found


def needs_relay(wish: Wish) -> bool:
    """Tell whether the relay must hear of this entry's jobs: by a route, or by what only the relay can do."""
    if wish.routes.relayed:
        return True
    found = wish.effective
    if found is None or found.silent:
        return False
    values = found.values
    return any((values.escalation, values.sla, values.digest, values.promote))


def _facts(policy: Policy, wishes: Sequence[Wish], mute: Mute | None) -> Facts:
    facts: dict[str, str] = {}
    for wish in wishes:
        if wish.effective is not None:
            facts |= _rule_facts(policy, wish.effective)
    facts |= _tell_facts(wish.routes for wish in wishes)
    if mute is not None:
        facts["muted"] = f"until {mute.until.isoformat()}: {mute.reason}"
    return facts


def _tell_facts(routes: Iterable[Routes]) -> dict[str, str]:
    told: defaultdict[Outcome, dict[str, None]] = defaultdict(dict)
    for each in routes:
        for route in each.relayed:
            told[route.outcome][_target_text(route.target)] = None
    return {f"tell on {outcome.value}": ", ".join(sorted(told[outcome])) for outcome in Outcome if outcome in told}


def _target_text(target: Target) -> str:
    of = f" of {target.of}" if target.of else ""
    over = f" over {duration_text(target.over)}" if target.over else ""
    return f"{target.channel}{of}{over}"


def _rule_facts(policy: Policy, found: Effective) -> dict[str, str]:
    values = found.values
    facts = {"tier": found.tier} if found.tier else {}
    if values.sla is not None:
        facts |= _sla_facts(values.sla, timezone=values.timezone)
    if values.escalation is not None:
        facts["escalation"] = _escalation_text(policy.escalations[values.escalation])
    stated = {
        "hours": values.hours and _hours_text(values.hours),
        "group": values.group and f"by {values.group.by}, window {duration_text(values.group.window)}",
        "promote": values.promote and "; ".join(map(_promotion_text, values.promote)),
        "digest": values.digest and _digest_text(values.digest),
        "anomalies": values.anomalies and _anomalies_text(values.anomalies),
    }
    facts |= {what: str(text) for what, text in stated.items() if text}
    return facts


def _sla_facts(sla: Sla, *, timezone: str | None) -> dict[str, str]:
    texts = {
        "deadline": sla.name,
        "due": sla.due,
        "since": sla.since,
        "timezone": (sla.timezone or timezone) if sla.due else sla.timezone,
        "calendar": sla.calendar,
        "deadline tier": sla.tier,
    }
    durations = {
        "every": sla.every,
        "stale after": sla.stale_after,
        "max duration": sla.max_duration,
        "grace": sla.grace,
    }
    given = {what: duration_text(duration) for what, duration in durations.items() if duration is not None}
    return {what: text for what, text in texts.items() if text} | given


def _escalation_text(escalation: Escalation) -> str:
    return "; ".join(map(_level_text, escalation.levels))


def _level_text(level: Level) -> str:
    unless = f" unless {level.unless}" if level.unless else ""
    ticket = f", ticket in {level.ticket}" if level.ticket else ""
    note = f", note {level.note!r}" if level.note else ""
    return f"{duration_text(level.after)} {', '.join(level.notify)}{unless}{ticket}{note}"


def _hours_text(hours: OfficeHours) -> str:
    return _stated(
        f"from {hours.start:%H:%M}",
        f"to {hours.end:%H:%M}",
        hours.calendar and f"calendar {hours.calendar}",
        hours.timezone and f"timezone {hours.timezone}",
    )


def _promotion_text(promotion: Promotion) -> str:
    after, when = promotion.after_consecutive_failures, promotion.when
    text = _stated(after and f"after_consecutive_failures {after}", when and f"when {_when_text(when)}")
    return f"({text}, to {promotion.to})"


def _when_text(when: When) -> str:
    said = (("models", [pattern.text for pattern in when.models]), ("tags", when.tags))
    return " and ".join(f"{what} {' + '.join(members)}" for what, members in said if members)


def _digest_text(digest: Digest) -> str:
    return _stated(
        f"every {digest.every}",
        digest.every is Cycle.WEEK and f"on {WEEKDAYS[digest.weekday]}",
        f"at {digest.at:%H:%M}",
        digest.calendar and f"calendar {digest.calendar}",
        digest.timezone and f"timezone {digest.timezone}",
        f"to {' + '.join(digest.to)}",
        digest.include and f"include {' + '.join(digest.include)}",
    )


def _anomalies_text(anomalies: Anomalies) -> str:
    below, over, by = anomalies.success_rate_below, anomalies.success_rate_over, anomalies.slower_by
    recent, runs = anomalies.slower_recent, anomalies.slower_min_runs
    return _stated(
        below is not None and f"success_rate below {below:g}%",
        over is not None and f"over {duration_text(over)}",
        by is not None and f"slower by {by:g}%",
        recent is not None and f"recent {recent}",
        runs is not None and f"min_runs {runs}",
    )


def _stated(*texts: object) -> str:
    return ", ".join(str(text) for text in texts if text)
