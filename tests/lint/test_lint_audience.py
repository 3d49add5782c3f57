"""Who hears the alerts of each tier, as guardrails see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.lint.audience import Audience, Use, Voice
from reconciler.model.layers import Promotion, Sla
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Escalation, Level, Policy
from reconciler.policy import load
from reconciler.routing.effective import effective
from tests.builders import at, dbt_user, edits, layer, policy, relayed, rule, team, tells, tier

ROOT = Path(__file__).parents[2]
KEYS = ("escalation", "hours", "group", "promote", "digest")


def _promoting(*to: str) -> tuple[Promotion, ...]:
    return tuple(Promotion(to=name, after_consecutive_failures=3) for name in to)


def _rich() -> Policy:
    """Return a policy in which every layer has a say."""
    high = layer(notify={Outcome.FAILURE: tells("data-team"), Outcome.LATE: tells("data-team")})
    return policy(
        channels=[dbt_user(), relayed("data-team"), relayed("data-critical"), relayed("leads")],
        defaults=layer(notify={Outcome.CANCELLED: tells("maria")}),
        tiers=[
            tier("critical", rank=1, layer=layer(notify={Outcome.FAILURE: tells("data-critical", "maria")})),
            tier("high", rank=2, layer=replace(high, promote=_promoting("critical", "low"))),
            tier("low", rank=3),
            tier("idle", rank=4, layer=layer(notify={Outcome.FAILURE: tells("leads")})),
        ],
        teams=[team("finance", layer=layer(notify={Outcome.FAILURE: edits(add=["leads"])}))],
        jobs=[
            rule(team="finance", tier="high"),
            rule(team="finance", tier="high", layer=layer(notify={Outcome.FAILURE: edits(remove=["leads"])})),
            rule(team="growth", tier="low", layer=layer(escalation="standard", sla=Sla(at=at(), tier="critical"))),
            rule(team="growth", tier=None),
            rule(team="growth", silent=True),
        ],
        escalations=[Escalation(name="standard", at=at(), levels=())],
    )


@pytest.mark.parametrize("known", [_rich(), load([ROOT / "policies"])], ids=["built", "shipped"])
def test_a_voice_says_what_each_of_its_rules_comes_to(known: Policy) -> None:
    for voice in Audience(known).voices:
        for each in voice.rules:
            expected = effective(known, each, tier=voice.tier.name)
            assert voice.says.notify == expected.notify
            assert [getattr(voice.says.values, key) for key in KEYS] == [getattr(expected.values, key) for key in KEYS]


def test_every_use_of_a_tier_is_a_voice_and_an_unused_tier_is_one_too() -> None:
    found = [(voice.tier.name, voice.use, len(voice.rules)) for voice in Audience(_rich()).voices]
    assert sorted(found) == [
        ("critical", Use.DEADLINE, 1),
        ("critical", Use.PROMOTED, 1),
        ("critical", Use.PROMOTED, 1),
        ("high", Use.OWN, 1),
        ("high", Use.OWN, 1),
        ("idle", Use.UNUSED, 0),
        ("low", Use.OWN, 1),
    ]


def test_rules_that_say_nothing_of_it_are_one_voice() -> None:
    known = policy(
        tiers=[tier("high", rank=2)],
        jobs=[rule(team="finance", tier="high", layer=layer(impact="figures are old")) for _ in range(3)],
    )
    (voice,) = Audience(known).voices
    assert voice.rules == known.jobs


class TestTargets:
    def _voice(self, use: Use, tier_name: str = "critical") -> tuple[Audience, Voice]:
        audience = Audience(_rich())
        return audience, next(v for v in audience.voices if v.use is use and v.tier.name == tier_name)

    def test_a_promotion_tells_relayed_channels_only(self) -> None:
        audience, voice = self._voice(Use.PROMOTED)
        told = [(outcome, target.channel) for outcome, target, _ in audience.targets(voice)]
        assert told == [(Outcome.FAILURE, "data-critical"), (Outcome.FAILURE, "leads")]

    def test_a_deadline_tells_of_late_only(self) -> None:
        audience, voice = self._voice(Use.DEADLINE)
        assert list(audience.targets(voice)) == []
        assert voice.outcomes == (Outcome.LATE,)

    def test_the_layer_that_names_a_channel_is_the_place_of_it(self) -> None:
        audience, voice = self._voice(Use.OWN, "high")
        finance = audience.policy.teams["finance"].layer.notify[Outcome.FAILURE]
        assert audience.place(voice, Outcome.FAILURE, "leads") == finance.at
        tier_says = audience.policy.tiers["high"].layer.notify[Outcome.FAILURE]
        assert audience.place(voice, Outcome.FAILURE, "data-team") == tier_says.at


def test_levels_are_those_of_the_escalation_that_counts() -> None:
    level = Level(after=timedelta(minutes=5), notify=("data-critical",), unless="resolved")
    known = policy(
        channels=[relayed()],
        tiers=[tier(layer=layer(escalation="standard"))],
        escalations=[Escalation(name="standard", at=at(), levels=(level,))],
        jobs=[rule(tier="critical"), rule(tier="critical", layer=layer(escalation="unknown"))],
    )
    audience = Audience(known)
    assert [audience.levels(voice) for voice in audience.voices] == [(level,), ()]
