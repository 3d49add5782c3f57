"""Channels, tiers, escalations: the sections that merge by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from reconciler.model.policy import (
    Channel,
    DbtEmail,
    DbtSlack,
    DbtUser,
    Escalation,
    Level,
    RelayedChannel,
    Tier,
)
from reconciler.policy.compiling.layers import LayerCompiler, given, nodes_of
from reconciler.policy.documents.channels import (
    DbtEmailDoc,
    DbtSlackAppDoc,
    DbtSlackDoc,
    DbtUserDoc,
    PagerDutyDoc,
    RelayedDoc,
)
from reconciler.policy.names import NO_TIER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reconciler.policy.documents.layers import LevelDoc
    from reconciler.policy.merge import Entry
    from reconciler.policy.names import Names
    from reconciler.policy.report import Report

__all__ = ["channels", "check_ranks", "escalations", "tiers"]


def channels(entries: Iterable[Entry], names: Names, report: Report, *, relay_given: bool) -> dict[str, Channel]:
    """Return the channels by name. A relayed one needs `relay:` and a fallback that ends."""
    result: dict[str, Channel] = {}
    for entry in entries:
        result[entry.name] = channel = _channel(entry)
        if not isinstance(channel, RelayedChannel):
            continue
        if not relay_given:
            _needs_relay(channel, report)
        if channel.fallback:
            names.relayed(channel.fallback, entry.value_at("fallback"), where="fallback")
    _check_fallbacks(result, report)
    return result


_NAMING: Final = ("email", "owner", "channel_name", "linked_by")


def _channel(entry: Entry) -> Channel:
    document = entry.document
    if isinstance(document, RelayedDoc):
        return _relayed(entry, document)
    common: dict[str, Any] = {
        "name": entry.name,
        "at": entry.at,
        "exclusive": bool(document.exclusive),
        "protect": document.protect,
        "places": {key: entry.value_at(key) for key in _NAMING if getattr(document, key, None) is not None},
    }
    match document:
        case DbtUserDoc():
            return DbtUser(email=document.email, **common)
        case DbtEmailDoc():
            return DbtEmail(address=document.address, owner=document.owner, **common)
        case DbtSlackDoc():
            return DbtSlack(
                channel_id=document.channel_id,
                channel_name=document.channel_name,
                linked_by=document.linked_by,
                **common,
            )
        case DbtSlackAppDoc():
            return DbtSlack(
                channel_id=document.channel_id,
                channel_name=document.channel_name,
                linked_by=document.owner,
                app=True,
                **common,
            )
    message = f"a kind of channel without a value: {type(document).__name__}"
    raise AssertionError(message)


def _relayed(entry: Entry, document: RelayedDoc) -> RelayedChannel:
    kind: str = document.model_dump(include={"type"})["type"]
    pages = document.pages if document.pages is not None else isinstance(document, PagerDutyDoc)
    settings = {key: value for key, value in given(document).items() if key not in {"type", "pages", "fallback"}}
    return RelayedChannel(
        name=entry.name,
        at=entry.at,
        kind=kind,
        pages=pages,
        fallback=document.fallback,
        settings=settings,
        places={key: entry.value_at(key) for key in settings},
    )


def _needs_relay(channel: RelayedChannel, report: Report) -> None:
    report.error(
        channel.at,
        f"channel `{channel.name}` is relayed, and the policy has no relay",
        found=f"type: {channel.kind}",
        expected="`relay:` once in the policy",
        fix="add `relay: {url: https://…}`, or use a native kind (`dbt_user`, `dbt_email`, `dbt_slack`)",
    )


def _check_fallbacks(result: Mapping[str, Channel], report: Report) -> None:
    """Report each channel of a circle of fallbacks. Every channel is walked over once."""
    done: set[str] = set()
    for name in result:
        chain: dict[str, RelayedChannel] = {}
        step: str | None = name
        while step is not None and step not in done and step not in chain:
            channel = result.get(step)
            if not isinstance(channel, RelayedChannel):
                break
            chain[step] = channel
            step = channel.fallback
        if step in chain:
            members = list(chain.values())
            _report_circle(members[list(chain).index(step) :], report)
        done.update(chain)


def _report_circle(circle: Sequence[RelayedChannel], report: Report) -> None:
    for channel in circle:
        report.error(
            channel.at,
            f"the fallback of `{channel.name}` leads back to itself",
            found=f"fallback: {channel.fallback}",
            expected="a chain that ends",
            fix="remove one `fallback` of the circle",
        )


def tiers(entries: Iterable[Entry], names: Names, report: Report) -> dict[str, Tier]:
    """Return the tiers by name."""
    result: dict[str, Tier] = {}
    for entry in entries:
        if entry.name == NO_TIER:
            report.error(
                entry.at,
                "`none` cannot name a tier",
                found="none",
                expected="another name: `tier: none` declares jobs silent",
                fix="rename the tier",
            )
        compiler = LayerCompiler(entry.part.tree.file, names, report)
        layer = compiler.layer(entry.document, entry.at, nodes_of(entry.node))
        result[entry.name] = Tier(name=entry.name, at=entry.at, rank=entry.document.rank, layer=layer)
    check_ranks(result.values(), report)
    _check_promotions(result, report)
    return result


def check_ranks(found: Iterable[Tier], report: Report) -> None:
    """Report ranks that two tiers claim."""
    by_rank: dict[int, Tier] = {}
    for tier in found:
        first = by_rank.setdefault(tier.rank, tier)
        if first is not tier:
            message = f"tiers `{first.name}` and `{tier.name}` have the same rank {tier.rank}"
            report.twice(tier.at, first.at, message, fix="give one of them another rank; 1 is worst")


def _check_promotions(found: Mapping[str, Tier], report: Report) -> None:
    """Report promotions of a tier to one that is not worse: they would never be made."""
    for tier in found.values():
        for each in tier.layer.promote or ():
            to = found.get(each.to)
            if to is tier or (to is not None and to.rank > tier.rank):
                report.error(
                    tier.layer.places.get("promote", tier.at),
                    f"tier `{tier.name}` promotes to `{to.name}`, which is not worse",
                    found=f"rank {tier.rank}, to rank {to.rank}",
                    expected="a tier of a lower rank: 1 is worst",
                    fix="name a worse tier, or delete the entry",
                )


def escalations(entries: Iterable[Entry], names: Names) -> dict[str, Escalation]:
    """Return the escalations by name; every channel of a level is relayed."""
    result: dict[str, Escalation] = {}
    for entry in entries:
        levels = tuple(_level(level, entry, index, names) for index, level in enumerate(entry.document))
        result[entry.name] = Escalation(name=entry.name, at=entry.at, levels=levels)
    return result


def _level(document: LevelDoc, entry: Entry, index: int, names: Names) -> Level:
    for number, channel in enumerate(document.notify):
        names.relayed(channel, entry.value_at(index, "notify", number), where="escalations")
    if document.ticket:
        names.relayed(document.ticket, entry.value_at(index, "ticket"), where="ticket")
    return Level(
        after=document.after,
        notify=tuple(dict.fromkeys(document.notify)),
        unless=document.unless or "acknowledged",
        ticket=document.ticket,
        note=document.note,
        at=entry.value_at(index),
    )
