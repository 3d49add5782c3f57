"""Explanations as JSON-ready data: everything that the text says, and every line that had a say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from reconciler.render.explain.text import notes
from reconciler.render.explain.words import place_text, relay_notes, value_text

if TYPE_CHECKING:
    from reconciler.model.policy import JobRule
    from reconciler.model.problem import Position
    from reconciler.model.telling import Withheld
    from reconciler.views.explain.find import JobPlace
    from reconciler.views.explain.job import Asked, JobExplained
    from reconciler.views.explain.timeline import Moment
    from reconciler.views.explain.who import Who

__all__ = ["at_document", "job_document", "place_document", "positions", "who_document"]


def job_document(found: JobExplained) -> dict[str, Any]:
    """Return the explanation of one job. Times are ISO 8601 with the policy zone's offset, lengths in seconds."""
    zone = found.zone
    promoted = found.promoted
    return {
        "job": place_document(found.place),
        "asked": _asked(found.asked, zone),
        "timezone": zone,
        "standing": found.standing.value,
        "rule": None if found.rule is None else _rule(found.rule),
        "not_heard": [{**_rule(each.rule), "why": each.why} for each in found.lost],
        "contradict": [_rule(rule) for rule in found.conflict],
        "notifications": [
            {"at": place_text(each.at), "team": each.team, "to": list(each.to)} for each in found.notifications
        ],
        "values": [
            {
                "key": each.key,
                "value": value_text(each.value),
                "layer": each.source.layer.value,
                "name": each.source.name,
                "at": place_text(each.source.at),
            }
            for each in found.values
        ],
        "tier": found.routed.tier,
        "promoted": promoted
        and {"from": promoted.tier, "to": promoted.to, "why": promoted.why, "at": place_text(promoted.at)},
        "opens_incident": found.routed.opens_incident,
        "told": [_moment(each, zone) for each in found.timeline.moments],
        "not_told": [_withheld(each, found.asked.happening.at, zone) for each in found.timeline.withheld],
        "foreign": [
            {
                "recipient": str(each.recipient),
                "name": each.name,
                "outcome": each.outcome.value,
                "delivers": each.delivers,
            }
            for each in found.foreign
        ],
        "relay": found.relay.value,
        "notes": [*relay_notes(found.relay), *notes(found)],
    }


def at_document(at: datetime | None, zone: str) -> str | None:
    return None if at is None else at.astimezone(ZoneInfo(zone)).isoformat()


def place_document(place: JobPlace) -> dict[str, Any]:
    job = place.job
    return {"id": job.id, "name": job.name, "project": place.project, "environment": place.environment}


def positions(places: Iterable[Position]) -> list[str]:
    return [place_text(each) for each in places]


def who_document(who: Who) -> dict[str, Any]:
    return {
        "channel": who.channel,
        "type": who.kind,
        "who": who.whom,
        "via": who.via.value,
        "pages": who.pages,
        "fallback": who.fallback,
        "trouble": who.trouble,
        "declared_at": place_text(who.at),
    }


def _asked(asked: Asked, zone: str) -> dict[str, Any]:
    happening, history, reaction = asked.happening, asked.history, asked.reaction
    return {
        "outcome": happening.outcome.value,
        "cause": happening.cause and happening.cause.value,
        "at": at_document(happening.at, zone),
        "late_by": _seconds(happening.late_by),
        "failed": [{"name": each.name, "kind": each.kind.value, "tags": list(each.tags)} for each in happening.nodes],
        "failures_before": history.failures_before,
        "incident_since": at_document(history.incident_since, zone),
        "incident_tier": history.incident_tier,
        "acknowledged_at": None if reaction is None else at_document(reaction.acknowledged_at, zone),
        "resolved_at": None if reaction is None else at_document(reaction.resolved_at, zone),
    }


def _rule(rule: JobRule) -> Mapping[str, Any]:
    return {"at": place_text(rule.at), "team": rule.team, "tier": rule.tier, "silent": rule.silent}


def _moment(moment: Moment, zone: str) -> dict[str, Any]:
    telling = moment.telling
    return {
        "at": at_document(telling.at, zone),
        "after": _seconds(moment.after),
        **who_document(moment.who),
        "occasion": telling.occasion.value,
        "outcome": telling.outcome.value,
        "level": telling.level,
        "unless": telling.unless,
        "note": telling.note,
        "because": positions(telling.because),
        "fate": moment.fate.value,
        "spared_by": moment.spared_by and moment.spared_by.value,
        "in_dbt_cloud": moment.live,
    }


def _withheld(withheld: Withheld, start: datetime, zone: str) -> dict[str, Any]:
    return {
        "at": at_document(withheld.at, zone),
        "after": _seconds(withheld.at - start),
        "channel": withheld.channel,
        "outcome": withheld.outcome.value,
        "reason": withheld.reason.value,
        "detail": withheld.detail,
        "level": withheld.level,
        "because": positions(withheld.because),
    }


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
