"""Documents → policy: what all files mean together."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from reconciler.model.policy import (
    Account,
    Anomalies,
    Canary,
    Layer,
    MailServer,
    MailTls,
    Policy,
    Scope,
    StoreConfig,
    StoreKind,
    Team,
)
from reconciler.model.problem import Position
from reconciler.model.secret import Reference
from reconciler.model.selector import NamePattern, compared_name
from reconciler.policy.compiling.channels import channels, escalations, tiers
from reconciler.policy.compiling.layers import LayerCompiler, nodes_of
from reconciler.policy.compiling.models import model_notifications, model_releases
from reconciler.policy.compiling.rules import ignored_drift, job_rules, mutes, notifications, releases, sink, webhooks
from reconciler.policy.compiling.sections import anomalies, calendar, rule_setting
from reconciler.policy.compiling.selectors import selector
from reconciler.policy.digest import digest
from reconciler.policy.merge import REQUIRED, check_heads, head_keys, once, section
from reconciler.policy.names import Names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from reconciler.model.policy import WebhookRule
    from reconciler.policy.parts import Part
    from reconciler.policy.report import Report

__all__ = ["VERSION", "compile_policy"]

VERSION: Final = 1
"""The newest version of the language that is read; the one before it is read too, once there is one."""


def compile_policy(parts: Sequence[Part], report: Report, *, partial: bool, root: str) -> Policy | None:
    """Return the policy; None, and the reasons in the report, when it has no account to speak of."""
    holders = {name: once(parts, name, report) for name in (*REQUIRED, *_OPTIONAL)}
    _check_versions(parts, report)
    missing = _missing(parts, report, partial=partial, root=root)
    check_heads(parts, report)
    names = Names(parts, report)
    values: dict[str, Any] = {
        **_account(holders),
        **_bounds(holders),
        **_defaults(holders["defaults"], names, report),
        **_sections(parts, names, report, relay_given=partial or any("relay" in part.tree.data for part in parts)),
        "metrics": _metrics(holders["metrics"], names),
        "anomalies": _anomalies(holders["anomalies"]),
        "smtp": _smtp(holders["smtp"]),
        "canary": _canary(holders["canary"], names),
        "sections": {name: holder.key_at(name) for name, holder in holders.items() if holder},
        "teams": _teams(parts, names, report),
    }
    values |= _rules(parts, names, report, scope=values["scope"], partial=partial)
    if report.errors:
        return None
    return Policy(
        **values, digest=digest(parts), missing=missing, undeclared=report.undeclared, warnings=report.warnings
    )


_OPTIONAL: Final = ("scope", "ledger", "relay", "smtp", "defaults", "metrics", "anomalies", "canary")


def _check_versions(parts: Sequence[Part], report: Report) -> None:
    for part in parts:
        version = part.document.version
        if version is None or version == VERSION:
            continue
        newer = version > VERSION
        report.error(
            part.tree.value_at(("version",)),
            "the policy is of a newer version than this tool" if newer else "there is no such version",
            found=str(version),
            expected=str(VERSION),
            fix="update dbt-alerts" if newer else f"write `version: {VERSION}`",
        )


def _missing(parts: Sequence[Part], report: Report, *, partial: bool, root: str) -> tuple[str, ...]:
    """Return the required keys that no file gives: an error unless single files are checked alone."""
    missing = tuple(name for name in REQUIRED if not any(name in part.tree.data for part in parts))
    if not partial and parts and not report.names_unknown:
        examples = {"version": "version: 1", "manager": "manager: acme-data-alerts"}
        for name in missing:
            example = examples.get(name, "account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: …}")
            at = Position(root, 1, 1)
            report.error(
                at, f"no file gives `{name}`", found="nothing", expected="it once in the policy", fix=f"add `{example}`"
            )
    return missing


def _account(holders: Mapping[str, Part | None]) -> dict[str, Any]:
    manager, holder = holders["manager"], holders["account"]
    document = holder.document.account if holder else None
    nowhere = Reference("")
    account = Account(
        id=document.id if document else nowhere,
        host=document.host if document else nowhere,
        token=document.token if document else nowhere,
        at=holder.key_at("account") if holder else Position("", 1, 1),
    )
    return {"version": VERSION, "manager": (manager.document.manager if manager else None) or "", "account": account}


def _bounds(holders: Mapping[str, Part | None]) -> dict[str, Any]:
    ledger_part, relay_part = holders["ledger"], holders["relay"]
    ledger = ledger_part.document.ledger if ledger_part else None
    relay = relay_part.document.relay if relay_part else None
    values: dict[str, Any] = {"scope": _scope(holders["scope"])}
    if ledger:
        where = ledger.model_dump(exclude={"store"}, exclude_none=True)
        values["ledger"] = StoreConfig(kind=StoreKind(ledger.store), **where)
    if relay and relay_part:
        at = relay_part.key_at("relay", "secret_sink")
        values["relay_url"] = relay.url
        values["relay_sink"] = sink(relay.secret_sink, at) if relay.secret_sink else None
    return values


def _scope(holder: Part | None) -> Scope:
    document = holder.document.scope if holder else None
    if holder is None or document is None:
        return Scope()
    return Scope(
        projects=_compared(document.projects),
        environments=_compared(document.environments),
        jobs=selector(document.jobs, holder.key_at("scope", "jobs")) if document.jobs else None,
        recipients=tuple(map(NamePattern, document.recipients)) if document.recipients else None,
        all_jobs_webhooks=bool(document.all_jobs_webhooks),
    )


def _compared(found: Sequence[str] | None) -> tuple[str, ...] | None:
    return tuple(map(compared_name, found)) if found else None


def _defaults(holder: Part | None, names: Names, report: Report) -> dict[str, Any]:
    document = holder.document.defaults if holder else None
    if holder is None or document is None:
        return {}
    compiler = LayerCompiler(holder.tree.file, names, report)
    layer = compiler.layer(document, holder.key_at("defaults"), nodes_of(holder.section_node("defaults")))
    return {"defaults": layer, "timezone": layer.timezone or "UTC"}


def _sections(parts: Sequence[Part], names: Names, report: Report, *, relay_given: bool) -> dict[str, Any]:
    return {
        "channels": channels(section(parts, "channels", report), names, report, relay_given=relay_given),
        "tiers": tiers(section(parts, "tiers", report), names, report),
        "escalations": escalations(section(parts, "escalations", report), names),
        "calendars": {
            entry.name: calendar(
                entry.document,
                entry.name,
                entry.at,
                {key: entry.value_at(key) for key in ("country", "subdivision")},
            )
            for entry in section(parts, "calendars", report)
        },
        "rules": {entry.name: rule_setting(entry.document, entry.at) for entry in section(parts, "rules", report)},
    }


def _metrics(holder: Part | None, names: Names) -> tuple[str, ...]:
    found = (holder.document.metrics if holder else None) or ()
    for index, channel in enumerate(found):
        if holder:
            names.relayed(channel, holder.tree.value_at(("metrics", index)), where="metrics")
    return tuple(dict.fromkeys(found))


def _anomalies(holder: Part | None) -> Anomalies | None:
    document = holder.document.anomalies if holder else None
    return anomalies(document) if document else None


def _smtp(holder: Part | None) -> MailServer | None:
    document = holder.document.smtp if holder else None
    if holder is None or document is None:
        return None
    said = {name: getattr(document, name) for name in ("port", "user", "password") if getattr(document, name)}
    return MailServer(
        host=document.host,
        sender=document.sender,
        at=holder.key_at("smtp"),
        tls=MailTls(document.tls or MailTls.STARTTLS),
        **said,
    )


def _canary(holder: Part | None, names: Names) -> Canary | None:
    document = holder.document.canary if holder else None
    if holder is None or document is None:
        return None
    channels = tuple(document.channels or ())
    places = tuple(holder.tree.value_at(("canary", "channels", index)) for index in range(len(channels)))
    for channel, at in zip(channels, places, strict=True):
        names.native(channel, at, where="canary.channels")
    return Canary(
        at=holder.key_at("canary"),
        job=selector(document.job, holder.key_at("canary", "job")) if document.job else None,
        channels=channels,
        token=document.token,
        places=places,
    )


def _teams(parts: Sequence[Part], names: Names, report: Report) -> dict[str, Team]:
    """Return the teams, each with what the heads of all its files say."""
    teams: dict[str, Team] = {}
    for part in parts:
        at = part.key_at("team") if part.document.team else Position(part.tree.file, 1, 1)
        layer = _head(part, at, names, report) if part.document.team else Layer(at=at)
        known = teams.get(part.team)
        teams[part.team] = (
            replace(known, layer=_joined(known.layer, layer)) if known else Team(name=part.team, at=at, layer=layer)
        )
    return teams


def _head(part: Part, at: Position, names: Names, report: Report) -> Layer:
    heads = set(head_keys(part))
    nodes = {name: pair for name, pair in nodes_of(part.tree.root).items() if name in heads}
    return LayerCompiler(part.tree.file, names, report).layer(part.document, at, nodes)


def _joined(first: Layer, second: Layer) -> Layer:
    """Put two heads of one team together; a key that both give is reported elsewhere."""
    values: dict[str, Any] = {"places": {**first.places, **second.places}, "notify": {**first.notify, **second.notify}}
    for field in fields(Layer):
        if field.name not in {"at", *values}:
            own = getattr(first, field.name)
            values[field.name] = getattr(second, field.name) if own is None else own
    return Layer(at=first.at, **values)


def _rules(parts: Sequence[Part], names: Names, report: Report, *, scope: Scope, partial: bool) -> dict[str, Any]:
    all_jobs_allowed = scope.all_jobs_webhooks or (partial and not any("scope" in part.tree.data for part in parts))
    found = tuple(rule for part in parts for rule in webhooks(part, report, all_jobs_allowed=all_jobs_allowed))
    _check_webhook_names(found, report)
    return {
        "jobs": tuple(rule for part in parts for rule in job_rules(part, names, report)),
        "notifications": tuple(rule for part in parts for rule in notifications(part, names, report)),
        "webhooks": found,
        "mutes": tuple(rule for part in parts for rule in mutes(part)),
        "ignored_drift": tuple(each for part in parts for each in ignored_drift(part, names)),
        "model_notifications": tuple(rule for part in parts for rule in model_notifications(part)),
        "model_releases": tuple(rule for part in parts for rule in model_releases(part)),
        "releases": tuple(rule for part in parts for rule in releases(part, names)),
    }


def _check_webhook_names(found: Sequence[WebhookRule], report: Report) -> None:
    first: dict[str, WebhookRule] = {}
    for rule in found:
        known = first.setdefault(rule.key, rule)
        if known is not rule:
            message = f"team `{rule.team}` has two webhooks called `{rule.name}`"
            report.twice(rule.at, known.at, message, fix="rename one of them: the name is its identity")
    _check_webhook_ids(found, report)


def _check_webhook_ids(found: Sequence[WebhookRule], report: Report) -> None:
    """Report a webhook of dbt Cloud that two entries take over."""
    first: dict[str, WebhookRule] = {}
    for rule in found:
        known = first.setdefault(rule.id, rule) if rule.id is not None else rule
        if known is not rule:
            message = f"webhooks `{known.key}` and `{rule.key}` take over the same one of dbt Cloud, {rule.id}"
            report.twice(rule.at, known.at, message, fix="keep the `id` in one of the two entries")
