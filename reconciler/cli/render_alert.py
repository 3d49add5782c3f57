"""What `render` shows: the messages that a happening brings, each as an alert, of a real run or of a made-up one."""

from __future__ import annotations

from dataclasses import replace

from reconciler.alerts.build import Asked, build_alert
from reconciler.cli.render_made_up import made_up
from reconciler.cli.render_values import Real, Scenery, Shown, told_of
from reconciler.errors import UsageError
from reconciler.model.alert import Alert, Case
from reconciler.model.policy import Policy, RelayedChannel
from reconciler.model.telling import Happening, Occasion, Telling

__all__ = ["messages", "the_case"]


def messages(scenery: Scenery, *, only: str | None = None) -> tuple[Shown, ...]:
    """Return what the relay would send, each channel and case once; to `only`, one also where nobody would be told."""
    found: dict[tuple[str, Case], Shown] = {}
    for telling in scenery.routed.tellings:
        channel = scenery.survey.policy.channels[telling.channel]
        if isinstance(channel, RelayedChannel) and only in {None, channel.name}:
            shown = Shown(channel=channel, alert=_alert(scenery, telling), telling=telling)
            found.setdefault((channel.name, shown.alert.case), shown)
    if only is not None and not found:
        return (Shown(channel=_relayed(scenery.survey.policy, only), alert=_alert(scenery, None)),)
    return tuple(found.values())


def _relayed(policy: Policy, name: str) -> RelayedChannel:
    channel = policy.channels.get(name)
    if isinstance(channel, RelayedChannel):
        return channel
    names = sorted(each.name for each in policy.channels.values() if isinstance(each, RelayedChannel))
    raise UsageError(
        f"--channel {name}: "
        + ("dbt Cloud writes its messages itself" if channel else "the policy has no such channel"),
        next_step=f"relayed channels are {', '.join(names) or 'none: the policy has only those of dbt Cloud'}",
    )


def the_case(telling: Telling | None, happening: Happening) -> Case:
    """Return which template speaks for a telling."""
    if telling is None:
        return Case(happening.outcome.value)
    if telling.level and telling.occasion in {Occasion.ESCALATION, Occasion.TICKET}:
        return Case.ESCALATION
    return Case.DIGEST if telling.occasion is Occasion.DIGEST else Case(telling.outcome.value)


def _alert(scenery: Scenery, telling: Telling | None) -> Alert:
    case = scenery.case or the_case(telling, scenery.happening)
    if scenery.real is None or case is Case.DIGEST:
        return made_up(scenery, case, telling)
    return build_alert(_asked(scenery, scenery.real, telling))


# --- of a real run ----------------------------------------------------------------------------------------------------
def _asked(scenery: Scenery, real: Real, telling: Telling | None) -> Asked:
    """Return what the relay would make the alert of; a level is read when it is told, whenever that is."""
    now = telling.at if telling and telling.level else scenery.now
    return replace(told_of(scenery).asked(telling, now=now), facts=real.facts, event=real.event)
