"""A channel that was applied and never tested may be archived, revoked or misspelt: the first bad night tells.

`dbt-alerts alert-test` writes through every channel and keeps the evidence. Found is a channel that something in the
policy uses, if the last test of it failed, or no test of it succeeded within 35 days (`limit` is another number of
days). A channel of rank 1 must be `proved`: read back by the vendor's own word, or by a code that somebody gave back;
for all others it is enough that the vendor took the message. Looking at a contact and rendering a template deliver
nothing, and do not count. A native channel is proved by the canary.

Where there is no evidence at all, because nobody has run `alert-test` yet, nothing is found: a first policy has other
worries. A policy that names this rule under `rules:` wants to know, and is told once, for all channels. Evidence is
read beside the ledger's file; of a ledger on a branch, with `--online` only: without it, or where the branch is out of
reach, the rule is not asked. Lines that are not as they were written do not count, and are found themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from reconciler.lint.audience import Use
from reconciler.lint.rule import Found, Looked, Rule, audience_of
from reconciler.model.evidence import Evidence, Stage, Standing
from reconciler.model.lint import LintLevel
from reconciler.model.policy import Channel, Policy, RelayedChannel

__all__ = ["RULE"]

_DAYS: Final = 35
_NO_TIER: Final = 1_000
_TAKEN: Final = "was taken and not proved, and rank 1 uses it"


def _judge(looked: Looked) -> Iterator[Found]:
    if looked.policy.missing:
        return
    used = _used(looked)
    if looked.broken_evidence:
        yield _tampered(looked)
    if looked.evidence is None:
        if "unproved-channel" in looked.policy.rules and used:
            yield _nothing_at_all(looked, len(used))
        return
    for name in sorted(used):
        channel = looked.policy.channels[name]
        said = _doubt(name, looked, worst=used[name] == 1)
        if said:
            fix = _code(channel) if said.endswith(_TAKEN) and isinstance(channel, RelayedChannel) else ""
            yield _found(channel, said, fix or _fix(channel, looked.policy))


def _used(looked: Looked) -> dict[str, int]:
    """Return the channels that something uses, each with the worst rank that does."""
    audience, policy = audience_of(looked), looked.policy
    told: list[tuple[str, int]] = []
    for voice in audience.voices:
        if voice.use is Use.UNUSED:
            continue
        names = [target.channel for _, target, _ in audience.targets(voice)]
        names += [name for level in audience.levels(voice) for name in level.notify]
        names += voice.says.values.digest.to if voice.says.values.digest is not None else ()
        told += [(name, voice.tier.rank) for name in names]
    told += [(name, _NO_TIER) for rule in policy.notifications for name in rule.to]
    told += [(name, _NO_TIER) for name in policy.metrics]
    ranks: dict[str, int] = {}
    for name, rank in told:
        if name in policy.channels:
            ranks[name] = min(rank, ranks.get(name, rank))
    return ranks


def _doubt(name: str, looked: Looked, *, worst: bool) -> str:
    """Say why a channel is not proved; nothing where it is."""
    days = looked.setting.limit or _DAYS
    tests = [each for each in looked.evidence or () if each.route == name and each.stage in _DELIVERING]
    if not tests:
        return "no test alert ever went through it"
    if tests[-1].standing is Standing.FAILED:
        return f"the test alert of {tests[-1].at:%Y-%m-%d} failed: {tests[-1].answer}"
    recent = [each for each in tests if each.arrived and _age(each, looked.today) <= timedelta(days=days)]
    if not recent:
        return f"no test alert succeeded for {days} days; the last one went on {tests[-1].at:%Y-%m-%d}"
    if worst and not _proved(recent):
        return f"its test alert of {recent[-1].at:%Y-%m-%d} {_TAKEN}"
    return ""


_DELIVERING: Final = frozenset({Stage.DELIVER, Stage.CANARY})


def _proved(tests: Sequence[Evidence]) -> bool:
    return any(each.standing is Standing.PROVED for each in tests)


def _age(each: Evidence, today: date) -> timedelta:
    return today - each.at.date()


def _found(channel: Channel, said: str, fix: str) -> Found:
    return Found(
        at=channel.at,
        subject=f"channel {channel.name}",
        message=f"channel {channel.name}: {said}",
        expected="a test alert that arrived",
        fix=fix,
    )


def _code(channel: Channel) -> str:
    """Say how a message is proved that its vendor does not show again: to send another one helps nobody."""
    return (
        f"give back the code that stands in its test message: `dbt-alerts alert-test confirm CODE --channel"
        f" {channel.name}`; where nobody can, excuse it on its line with the reason"
    )


def _fix(channel: Channel, policy: Policy) -> str:
    if isinstance(channel, RelayedChannel):
        pages = " --page --tier TIER" if channel.pages else ""
        return f"run `dbt-alerts alert-test deliver --channel {channel.name}{pages}`, and do what it says"
    if policy.canary is None or channel.name not in policy.canary.channels:
        return "name it in `canary.channels`, apply, run `dbt-alerts alert-test canary`, and confirm the run's id"
    return "run `dbt-alerts alert-test canary`, and confirm the run's id: `dbt-alerts alert-test confirm RUN_ID`"


def _nothing_at_all(looked: Looked, number: int) -> Found:
    return Found(
        at=looked.policy.rules["unproved-channel"].at,
        subject="evidence",
        message=f"there is no evidence of any test alert: of no channel in use ({number}) is it known that it works",
        expected="a monthly `dbt-alerts alert-test`",
        fix="run `dbt-alerts alert-test`; docs/guides/alert-test.md shows how CI does it every month",
    )


def _tampered(looked: Looked) -> Found:
    setting = looked.policy.rules.get("unproved-channel")
    places = [each.at for each in looked.policy.channels.values()]
    return Found(
        at=setting.at if setting is not None else min(places, default=looked.setting.at),
        subject="evidence",
        message=f"the evidence of test alerts is not as it was written: {looked.broken_evidence}",
        expected="a chain that nobody changed",
        fix="ask who did that; `dbt-alerts alert-test verify` names the lines, the ledger's branch has their history",
    )


RULE: Final = Rule(
    id="unproved-channel",
    title="a channel without a successful test alert within 35 days (`proved`, not only `accepted`, for rank 1)",
    level=LintLevel.WARN,
    judge=_judge,
)
