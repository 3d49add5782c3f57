from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.outcome import Outcome
from reconciler.model.policy import Layer, NotifyEdit, Policy, Sla, Target
from reconciler.routing.effective import Effective, LayerName, edited, effective
from reconciler.routing.routes import NativeRoute, RelayedRoute, notification_routes, rule_routes
from tests.builders import at, dbt_email, dbt_user, edits, layer, notification, policy, relayed, rule, team, tells, tier


def layered(
    *,
    defaults: Layer | None = None,
    of_tier: Layer | None = None,
    head: Layer | None = None,
    own: Layer | None = None,
    silent: bool = False,
    promoted: str | None = None,
) -> Effective:
    """Return what a rule comes to when each layer says what is given."""
    tiers = [tier("critical", rank=1, layer=of_tier), tier("worse", rank=2, layer=layer(response="run"))]
    declared: Policy = policy(defaults=defaults, tiers=tiers, teams=[team("finance", layer=head)])
    chosen = None if silent else "critical"
    return effective(declared, rule(team="finance", tier=chosen, silent=silent, layer=own), tier=promoted)


class TestScalars:
    ORDER = ("defaults", "of_tier", "head", "own")

    @pytest.mark.parametrize("last", range(4))
    def test_the_last_layer_that_says_something_is_heard(self, last: int) -> None:
        said = {name: layer(runbook=name) for name in self.ORDER[: last + 1]}
        assert layered(**said).values.runbook == self.ORDER[last]  # pyrefly: ignore

    def test_what_nobody_says_is_built_in_or_absent(self) -> None:
        found = layered()
        assert found.values.timezone == "UTC"
        assert found.sources["timezone"].layer is LayerName.BUILT_IN
        assert str(found.sources["timezone"]) == "built-in"
        assert found.values.runbook is None
        assert "runbook" not in found.sources

    def test_every_value_knows_where_it_was_given(self) -> None:
        place = at(42, file="teams/finance.yml")
        found = layered(of_tier=layer(response="at once"), head=layer(runbook="wiki", places={"runbook": place}))
        assert found.sources["runbook"].layer is LayerName.TEAM
        assert found.sources["runbook"].at == place
        assert str(found.sources["runbook"]) == "team finance (teams/finance.yml:42)"
        assert found.sources["response"].name == "critical"

    def test_an_empty_list_of_actions_is_something_said(self) -> None:
        assert layered(head=layer(actions=("look",)), own=layer(actions=())).values.actions == ()

    def test_an_sla_is_one_value(self) -> None:
        due, stale = Sla(at=at(), due="08:00"), Sla(at=at(), stale_after=timedelta(hours=4))
        assert layered(head=layer(sla=due), own=layer(sla=stale)).values.sla == stale


class TestPromotion:
    def test_swaps_the_tier_layer_only(self) -> None:
        found = layered(of_tier=layer(response="walk", escalation="slow"), head=layer(owner="maria"), promoted="worse")
        assert (found.tier, found.values.response) == ("worse", "run")
        assert found.values.escalation is None
        assert found.values.owner == "maria"

    def test_leaves_what_the_rule_itself_says(self) -> None:
        assert layered(own=layer(response="mine"), promoted="worse").values.response == "mine"


class TestNotify:
    def told(self, **layers: Layer) -> tuple[str, ...]:
        found = layered(**layers).notify.get(Outcome.FAILURE)  # pyrefly: ignore
        assert found is not None
        return tuple(target.channel for target in found.targets)

    def failure(self, edit: NotifyEdit) -> Layer:
        return layer(notify={Outcome.FAILURE: edit})

    def test_an_outcome_that_is_not_named_is_inherited(self) -> None:
        other = layer(notify={Outcome.SUCCESS: tells("b")})
        assert self.told(of_tier=self.failure(tells("a")), own=other) == ("a",)

    def test_a_plain_list_replaces(self) -> None:
        assert self.told(of_tier=self.failure(tells("a", "b")), own=self.failure(tells("c"))) == ("c",)

    def test_a_signed_list_edits(self) -> None:
        edit = self.failure(edits(add=["c"], remove=["a"]))
        assert self.told(of_tier=self.failure(tells("a", "b")), own=edit) == ("b", "c")

    def test_a_signed_list_edits_what_was_edited_before(self) -> None:
        assert self.told(
            of_tier=self.failure(tells("a")),
            head=self.failure(edits(add=["b"])),
            own=self.failure(edits(add=["c"], remove=["a"])),
        ) == ("b", "c")

    def test_a_signed_list_without_anything_inherited_adds(self) -> None:
        assert self.told(own=self.failure(edits(add=["c"], remove=["a"]))) == ("c",)

    def test_an_empty_list_tells_nobody(self) -> None:
        assert self.told(of_tier=self.failure(tells("a")), own=self.failure(tells())) == ()

    def test_a_silent_rule_tells_nobody_of_anything(self) -> None:
        found = layered(defaults=self.failure(tells("a")), head=self.failure(tells("b")), silent=True)
        assert not found.notify

    def test_each_target_knows_the_line_that_named_it(self) -> None:
        plain, signed = tells("a", "b"), edits(add=["c"], remove=["a"])
        of_tier, own = layer(notify={Outcome.FAILURE: plain}), layer(notify={Outcome.FAILURE: signed})
        told = layered(of_tier=of_tier, own=own).notify[Outcome.FAILURE]
        assert [told.giver(target).at for target in told.targets] == [plain.at, signed.at]
        again = layered(of_tier=of_tier, own=layer(notify={Outcome.FAILURE: tells("b")})).notify[Outcome.FAILURE]
        assert again.giver(Target(channel="b")).layer is LayerName.RULE

    def test_everybody_who_had_a_say_is_known_since_the_last_plain_list(self) -> None:
        found = layered(
            defaults=self.failure(tells("x")),
            of_tier=self.failure(tells("a")),
            head=self.failure(edits(add=["b"])),
        )
        assert [source.layer for source in found.notify[Outcome.FAILURE].sources] == [LayerName.TIER, LayerName.TEAM]

    def test_an_added_channel_makes_its_conditions_moot(self) -> None:
        late = Target(channel="a", over=timedelta(minutes=30))
        assert edited((late, Target(channel="b")), edits(add=["a"])) == (Target(channel="b"), Target(channel="a"))

    def test_an_added_condition_leaves_others_of_the_channel(self) -> None:
        test, model = Target(channel="a", of="test"), Target(channel="a", of="model")
        assert edited((test,), edits(add=[model])) == (test, model)

    def test_removing_a_channel_removes_all_its_conditions(self) -> None:
        inherited = (Target(channel="a", of="test"), Target(channel="a", of="model"), Target(channel="b"))
        assert edited(inherited, edits(remove=["a"])) == (Target(channel="b"),)


CHANNELS = st.sets(st.sampled_from("abcdef"))


@given(inherited=CHANNELS, added=CHANNELS, removed=CHANNELS)
def test_signed_edits_are_set_algebra(inherited: set[str], added: set[str], removed: set[str]) -> None:
    before = tuple(Target(channel=name) for name in sorted(inherited))
    after = edited(before, edits(add=sorted(added), remove=sorted(removed)))
    assert {target.channel for target in after} == (inherited - removed) | added
    assert len(set(after)) == len(after)


@given(inherited=CHANNELS, replaced=CHANNELS)
def test_a_plain_list_forgets_what_was_inherited(inherited: set[str], replaced: set[str]) -> None:
    before = tuple(Target(channel=name) for name in inherited)
    assert {target.channel for target in edited(before, tells(*replaced))} == replaced


NATIVE_AND_RELAYED = {each.name: each for each in (dbt_user(), dbt_email(), relayed())}


class TestRoutes:
    def test_are_sorted_by_who_delivers(self) -> None:
        notify = {Outcome.LATE: tells("data-critical"), Outcome.FAILURE: tells("data-critical", "maria")}
        found = rule_routes(layered(own=layer(notify=notify)), NATIVE_AND_RELAYED)
        assert found.native == (NativeRoute("maria", Outcome.FAILURE),)
        target = Target(channel="data-critical")
        assert found.relayed == (RelayedRoute(Outcome.FAILURE, target), RelayedRoute(Outcome.LATE, target))

    def test_of_a_notification_are_every_channel_times_every_outcome(self) -> None:
        entry = notification(to=["maria", "finance-mail", "data-critical"], on=[Outcome.FAILURE, Outcome.CANCELLED])
        found = notification_routes(entry, NATIVE_AND_RELAYED)
        assert len(found.native) == 4
        assert len(found.relayed) == 2

    def test_are_there_once(self) -> None:
        entry = notification(to=["maria", "maria"], on=[Outcome.FAILURE, Outcome.FAILURE])
        assert notification_routes(entry, NATIVE_AND_RELAYED).native == (NativeRoute("maria", Outcome.FAILURE),)
