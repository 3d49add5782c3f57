"""What holds of routing whatever the policy, the job, the history and the hour."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.edge import Edge
from reconciler.model.layers import Layer
from reconciler.model.outcome import NATIVE_OUTCOMES, Outcome
from reconciler.model.policy import Mute, NotificationRule, Policy
from reconciler.model.telling import Happening, History, Occasion, Reaction, Routed, Via
from reconciler.plan.desire import desire
from reconciler.plan.resolve import Recipient
from reconciler.plan.survey import Survey
from reconciler.routing.place import Placed
from reconciler.routing.route import Router, route
from tests.builders import at, dbt_email, dbt_user, inventory, job, notification, policy, rule, selector
from tests.routing.generated_companies import RANKS, TIERS, companies, happenings, histories, layers, minutes, places
from tests.routing.routing_lab import MONDAY


def heard(routed: Routed) -> Counter[tuple[str, Outcome, int, bool]]:
    """Return who hears what at which level, whenever."""
    return Counter(
        (each.channel, each.outcome, each.level, each.occasion is Occasion.TICKET)
        for each in routed.tellings
        if each.occasion not in {Occasion.DIGEST, Occasion.METRICS}
    )


@settings(max_examples=30)
@given(companies(), places(), happenings, histories, minutes, minutes)
def test_a_reaction_never_adds_a_telling_and_a_later_one_keeps_more(
    declared: Policy,
    place: Placed,
    happening: Happening,
    history: History,
    one: datetime | None,
    other: datetime | None,
) -> None:
    asked = replace(happening, at=MONDAY)
    never = heard(route(declared, place, asked, history=history))
    first, second = sorted([one or MONDAY + timedelta(days=1), other or MONDAY + timedelta(days=1)])
    for field in ("acknowledged_at", "resolved_at"):
        sooner = heard(route(declared, place, asked, history=history, reaction=Reaction(**{field: first})))
        later = heard(route(declared, place, asked, history=history, reaction=Reaction(**{field: second})))
        assert sooner <= later <= never


@settings(max_examples=30)
@given(companies(), places(), happenings, histories)
def test_a_mute_only_withholds_what_is_relayed(
    declared: Policy, place: Placed, happening: Happening, history: History
) -> None:
    before = route(declared, place, happening, history=history)
    mute = Mute(at=at(), team="default", jobs=selector(everything=True), until=date(2027, 1, 1), reason="migration")
    after = route(declared, replace(place, mutes=(mute,)), happening, history=history)
    stays = [each for each in before.tellings if each.via is Via.NATIVE or each.occasion is Occasion.METRICS]
    assert list(after.tellings) == stays
    assert len(after.withheld) == len(before.withheld) + len(before.tellings) - len(stays)
    told = {each.channel for each in before.tellings} - {each.channel for each in stays}
    assert told <= {each.channel for each in after.withheld}
    assert not after.opens_incident


@settings(max_examples=30)
@given(companies(), places(), happenings, histories)
def test_nothing_ever_becomes_better_by_promotion(
    declared: Policy, place: Placed, happening: Happening, history: History
) -> None:
    routed = route(declared, place, happening, history=history)
    if routed.promoted is not None and place.rule is not None and place.rule.tier is not None:
        assert RANKS[routed.promoted.to] < RANKS[place.rule.tier]
        assert routed.tier == routed.promoted.to
        assert happening.outcome is Outcome.FAILURE
    if routed.tier is not None and place.rule is not None and place.rule.tier is not None:
        assert RANKS[routed.tier] <= RANKS[place.rule.tier]


@settings(max_examples=30)
@given(companies(), places(), happenings, histories, st.randoms())
def test_the_order_of_what_is_declared_means_nothing(
    declared: Policy, place: Placed, happening: Happening, history: History, random: Random
) -> None:
    def shuffled(entries: tuple[NotificationRule, ...]) -> tuple[NotificationRule, ...]:
        return tuple(random.sample(entries, len(entries)))

    tiers = dict(random.sample(list(declared.tiers.items()), len(declared.tiers)))
    channels = dict(random.sample(list(declared.channels.items()), len(declared.channels)))
    other = replace(declared, tiers=tiers, channels=channels)
    mixed = replace(place, notifications=shuffled(place.notifications))
    one, two = (route(*asked, happening, history=history) for asked in ((declared, place), (other, mixed)))
    assert [replace(each, because=()) for each in one.tellings] == [replace(each, because=()) for each in two.tellings]
    assert [set(each.because) for each in one.tellings] == [set(each.because) for each in two.tellings]
    assert (one.tier, one.promoted, one.opens_incident) == (two.tier, two.promoted, two.opens_incident)


@settings(max_examples=30)
@given(companies(), places(), happenings, histories)
def test_every_answer_has_its_form(declared: Policy, place: Placed, happening: Happening, history: History) -> None:
    routed = route(declared, place, happening, history=history)
    assert [each.at for each in routed.tellings] == sorted(each.at for each in routed.tellings)
    for each in routed.tellings:
        assert each.at >= happening.at
        assert each.because
        if each.via is Via.NATIVE:
            assert (each.at, each.occasion, each.level) == (happening.at, Occasion.AT_ONCE, 0)
            assert each.outcome.native
        assert (each.level > 0) is (each.unless != "")
    messages = [
        (each.at, each.channel, each.outcome) for each in routed.tellings if each.occasion is not Occasion.TICKET
    ]
    assert len(messages) == len(set(messages)) or declared.metrics


@settings(max_examples=40)
@given(
    rules=st.lists(st.tuples(st.integers(101, 106), layers(), st.sampled_from([None, *TIERS])), max_size=5),
    notifications=st.lists(
        st.tuples(
            st.integers(101, 106),
            st.sampled_from(["maria", "finance-mail", "nobody"]),
            st.sampled_from(NATIVE_OUTCOMES),
        ),
        max_size=4,
    ),
    declared=companies(),
    history=histories,
)
def test_the_native_tellings_of_all_outcomes_are_the_edges_that_the_plan_wants(
    rules: list[tuple[int, Layer, str | None]],
    notifications: list[tuple[int, str, Outcome]],
    declared: Policy,
    history: History,
) -> None:
    channels = policy(channels=[dbt_user(), dbt_email(), dbt_user("nobody", email="gone@acme.example")]).channels
    whole = replace(
        declared,
        channels={**declared.channels, **channels},
        jobs=tuple(
            rule(match=selector(ids=[number]), tier=name, layer=said)
            for number, said, name in {number: (number, said, name) for number, said, name in rules}.values()
        ),
        notifications=tuple(
            notification(to=(to,), on=(on,), jobs=selector(ids=[number])) for number, to, on in notifications
        ),
    )
    live = inventory(jobs=[job(id=number, name=f"job {number}") for number in range(101, 106)])
    survey, router = Survey(whole, live), Router(whole)
    told = set()
    for number, place in survey.places.items():
        for outcome in NATIVE_OUTCOMES:
            for each in router.route(place, Happening(outcome=outcome, at=MONDAY), history=history).tellings:
                recipient = survey.resolved.get(each.channel)
                if each.via is Via.NATIVE and isinstance(recipient, Recipient):
                    told.add(Edge(recipient.key, each.outcome, number))
    assert told == set(desire(whole, live).claims)
