"""Entries that belong to a team: jobs, notifications, webhooks, mutes, ignore_drift, release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.model.outcome import Outcome, WebhookEvent
from reconciler.model.policy import (
    IgnoredDrift,
    JobRule,
    Mute,
    NotificationRule,
    Release,
    SecretSink,
    SinkKind,
    WebhookRule,
)
from reconciler.policy.compiling.layers import LayerCompiler, items_of, nodes_of
from reconciler.policy.compiling.selectors import selector
from reconciler.policy.names import NO_TIER
from reconciler.policy.way_out import MEANT_EVENTS, MEANT_OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruamel.yaml.nodes import Node

    from reconciler.model.problem import Position
    from reconciler.policy.documents.account import SinkDoc
    from reconciler.policy.documents.file import NotificationDoc, WebhookDoc
    from reconciler.policy.names import Names
    from reconciler.policy.parts import Part
    from reconciler.policy.report import Report

__all__ = ["ignored_drift", "job_rules", "mutes", "notifications", "releases", "sink", "webhooks"]


def job_rules(part: Part, names: Names, report: Report) -> Iterator[JobRule]:
    """Yield the rules of `jobs:`."""
    compiler = LayerCompiler(part.tree.file, names, report)
    team = part.team
    for document, node in part.entries("jobs"):
        nodes = nodes_of(node)
        at = compiler.position(node)
        tier = document.tier
        if tier == NO_TIER:
            _check_silence(document.reason, compiler.position(nodes["tier"][1]), report)
        elif tier is not None and tier not in names.tiers:
            names.tier(tier, compiler.position(nodes["tier"][1]))
        yield JobRule(
            at=at,
            team=team,
            match=selector(document.match, compiler.position(nodes["match"][0])),
            layer=compiler.layer(document, at, nodes),
            tier=None if tier == NO_TIER else tier,
            silent=tier == NO_TIER,
        )


def _check_silence(reason: str | None, at: Position, report: Report) -> None:
    if reason is None:
        report.warning(
            at,
            "jobs are declared silent without a reason",
            found="tier: none",
            expected="`reason` beside it; without one the jobs are not counted as silenced on purpose",
            fix="add `reason: …`",
        )


def notifications(part: Part, names: Names, report: Report) -> Iterator[NotificationRule]:
    """Yield the entries of `notifications:`; native channels carry dbt Cloud's four outcomes only."""
    for document, node in part.entries("notifications"):
        nodes = nodes_of(node)
        on = _outcomes(document, nodes["on"][1], part, report)
        beyond = next((word for word in document.on if word == "any" or not Outcome(_meant(word)).native), None)
        for channel, place in zip(document.to, items_of(nodes["to"][1]), strict=True):
            if beyond:
                names.relayed(channel, part.at(place), where=beyond)
            else:
                names.channel(channel, part.at(place))
        yield NotificationRule(
            at=part.at(node),
            team=part.team,
            to=tuple(dict.fromkeys(document.to)),
            on=on,
            jobs=selector(document.jobs, part.at(nodes["jobs"][0])),
        )


def _meant(word: str) -> str:
    return MEANT_OUTCOMES.get(word, word)


def _outcomes(document: NotificationDoc, node: Node, part: Part, report: Report) -> tuple[Outcome, ...]:
    for word, place in zip(document.on, items_of(node), strict=True):
        if word in MEANT_OUTCOMES:
            report.renamed(part.at(place), word, _meant(word))
    named = [Outcome(_meant(word)) for word in document.on if word != "any"]
    if "any" in document.on:
        named += [outcome for outcome in Outcome if outcome is not Outcome.STARTED]
    return tuple(dict.fromkeys(named))


def webhooks(part: Part, report: Report, *, all_jobs_allowed: bool) -> Iterator[WebhookRule]:
    """Yield the entries of `webhooks:`. A subscription to every job needs the word, and scope's leave."""
    for document, node in part.entries("webhooks"):
        nodes = nodes_of(node)
        jobs = selector(document.jobs, part.at(nodes["jobs"][0]))
        if jobs.everything and not all_jobs_allowed:
            report.error(
                part.at(nodes["jobs"][1]),
                "scope does not allow a webhook for every job of the account",
                found="jobs: all",
                expected="`scope: {all_jobs_webhooks: true}`",
                fix="select the jobs, or let scope allow it",
            )
        sink_at = part.at(nodes["secret_sink"][0]) if document.secret_sink else None
        yield WebhookRule(
            at=part.at(node),
            team=part.team,
            name=document.name.strip(),
            url=document.url,
            on=_events(document, nodes["on"][1], part, report),
            jobs=jobs,
            secret_sink=sink(document.secret_sink, sink_at) if document.secret_sink and sink_at else None,
            active=document.active is not False,
            description=document.description or "",
            protect=document.protect,
            id=document.id,
        )


def _events(document: WebhookDoc, node: Node, part: Part, report: Report) -> frozenset[WebhookEvent]:
    for word, place in zip(document.on, items_of(node), strict=True):
        if word in MEANT_EVENTS:
            report.renamed(part.at(place), word, MEANT_EVENTS[word])
    return frozenset(WebhookEvent(f"job.run.{MEANT_EVENTS.get(word, word)}") for word in document.on)


def sink(document: SinkDoc, at: Position) -> SecretSink:
    """Return where a secret goes. Never a program: that comes from the operator."""
    return SecretSink(kind=SinkKind(document.store), at=at, path=getattr(document, "path", None))


def mutes(part: Part) -> Iterator[Mute]:
    """Yield the entries of `mutes:`."""
    for document, node in part.entries("mutes"):
        jobs = selector(document.jobs, part.at(nodes_of(node)["jobs"][0]))
        yield Mute(at=part.at(node), team=part.team, jobs=jobs, until=document.until, reason=document.reason)


def ignored_drift(part: Part, names: Names) -> Iterator[IgnoredDrift]:
    """Yield the entries of `ignore_drift:`. Each says what is ignored: all drift cannot be."""
    for document, node in part.entries("ignore_drift"):
        nodes = nodes_of(node)
        if document.to:
            names.channel(document.to, part.at(nodes["to"][1]))
        yield IgnoredDrift(
            at=part.at(node),
            team=part.team,
            until=document.until,
            reason=document.reason,
            to=document.to,
            jobs=selector(document.jobs, part.at(nodes["jobs"][0])) if document.jobs else None,
            webhook=document.webhook.strip() if document.webhook else None,
        )


def releases(part: Part, names: Names) -> Iterator[Release]:
    """Yield the entries of `release:`: notifications of a channel, or a webhook. Those about models are elsewhere."""
    for document, node in part.entries("release"):
        nodes = nodes_of(node)
        if document.model_notifications:
            continue
        if document.to:
            names.channel(document.to, part.at(nodes["to"][1]))
        yield Release(
            at=part.at(node),
            team=part.team,
            to=document.to,
            on=tuple(Outcome(word) for word in document.on or ()),
            jobs=selector(document.jobs, part.at(nodes["jobs"][0])) if document.jobs else None,
            webhook=document.webhook,
        )
