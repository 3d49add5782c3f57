"""The parts of an explanation: which job is meant, which rules lose and why, whom a channel means, what reaches it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import ALL_JOBS, Subscription
from reconciler.model.layers import Promotion, Sla
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Escalation, Level, Policy, RelayedChannel, Scope
from reconciler.model.selector import NamePattern
from reconciler.model.telling import Happening, Occasion, Reaction, Routed, Telling, Via, Withheld, WithheldReason
from reconciler.plan.survey import Survey
from reconciler.render.explain.words import who_words
from reconciler.views.explain.at import reaching
from reconciler.views.explain.find import JobSearch, find_jobs
from reconciler.views.explain.job import Asked, Standing, explain_job
from reconciler.views.explain.person import beside, explain_person
from reconciler.views.explain.reach import WayKind, ways
from reconciler.views.explain.relay import RelayState, relay_of
from reconciler.views.explain.rules import lost_rules
from reconciler.views.explain.time import BadTimeError, instant
from reconciler.views.explain.timeline import Fate, timeline
from reconciler.views.explain.who import Who, who
from tests.builders import (
    at,
    dbt_email,
    dbt_slack,
    dbt_user,
    environment,
    inventory,
    job,
    layer,
    notification,
    policy,
    project,
    relayed,
    row,
    rule,
    selector,
    tells,
    tier,
    user,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ASKED = Asked(happening=Happening(outcome=Outcome.FAILURE, at=NOON))


# --- times ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-03T03:00", "2026-01-03T08:00"),
        ("2026-07-03 03:00", "2026-07-03T07:00"),
        ("2026-01-03T03:00:30", "2026-01-03T08:00:30"),
        ("2026-01-03T03:00Z", "2026-01-03T03:00"),
        ("2026-01-03T03:00+05:30", "2026-01-02T21:30"),
        ("2026-11-01T01:30", "2026-11-01T05:30"),  # twice that night: the first
        ("2026-03-08T03:00", "2026-03-08T07:00"),
    ],
)
def test_a_time_is_local_unless_it_says_an_offset(text: str, utc: str) -> None:
    assert instant(text, "America/New_York") == datetime.fromisoformat(f"{utc}Z")


@pytest.mark.parametrize("text", ["2026-03-08T02:00", "2026-03-08T02:59"])
def test_a_time_that_no_clock_shows_is_refused(text: str) -> None:
    with pytest.raises(BadTimeError, match="does not exist") as refused:
        instant(text, "America/New_York")
    assert "write `2026-03-08T03:" in refused.value.fix


@given(
    st.one_of(st.text(max_size=20), st.from_regex(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(Z|[+-]\d\d:\d\d)?", fullmatch=True))
)
def test_any_text_is_a_time_in_utc_or_a_refusal(text: str) -> None:
    try:
        found = instant(text, "America/New_York")
    except BadTimeError:
        return
    assert found.utcoffset() == timedelta()


# --- which job --------------------------------------------------------------------------------------------------------
ACCOUNT = inventory(
    projects=[project(), project(id=2, name="Growth")],
    environments=[environment(), environment(id=21, project_id=2, name="Staging")],
    jobs=[
        job(id=1, name="Daily Revenue"),
        job(id=2, name="Daily Revenue", project_id=2, environment_id=21),
        job(id=3, name="Daily [a]"),
        job(id=4, name="Backfill *emergency*"),
        job(id=5, name="1"),
        job(id=6, name="Gone", deleted=True),
        job(id=7, name="Budget [[budget]]"),
        job(id=8, name="Twice"),
        job(id=9, name="Twice", deleted=True),
    ],
)


@pytest.mark.parametrize(
    ("text", "where", "means"),
    [
        ("Daily Revenue", {}, [1, 2]),
        ("Daily Revenue", {"project": "Growth"}, [2]),
        ("Daily Revenue", {"environment": "Production"}, [1]),
        (" Daily Revenue ", {"project": "Finance", "environment": "Staging"}, []),
        ("Daily *", {}, [1, 2, 3]),
        ("Daily [a]", {}, [3]),
        ("Backfill *emergency*", {}, [4]),
        ("*emergency*", {}, [4]),
        ("1", {}, [5]),  # a name before an id
        ("2", {}, [2]),
        ("99", {}, []),
        ("Gone", {}, [6]),
        ("Twice", {}, [8]),  # the one that is still there
        ("Budget", {}, [7]),
        ("daily revenue", {}, []),
    ],
)
def test_a_name_means(text: str, where: dict[str, str], means: list[int]) -> None:
    found = find_jobs(JobSearch(text=text, **where), ACCOUNT)
    assert sorted(each.job.id for each in found) == means


# --- which rule -------------------------------------------------------------------------------------------------------
def lost_to(*matches: object) -> list[str]:
    """Return why each rule of one team is not heard for job 101, in the order of the policy."""
    rules = [rule(match=match, tier="critical") for match in matches]  # pyrefly: ignore[bad-argument-type]
    survey = Survey(policy(tiers=[tier()], jobs=rules), inventory())
    return [lost.why for lost in lost_rules(survey, 101)]


def test_the_first_difference_decides_and_is_said() -> None:
    assert lost_to(selector(ids=[101]), selector(names=["Daily Revenue"], projects=["Finance"])) == [
        "names the job exactly; the rule that is heard names its id"
    ]
    assert lost_to(selector(names=["Daily *"]), selector(names=["Daily Revenue"])) == [
        "names a pattern; the rule that is heard names the job exactly"
    ]
    assert lost_to(selector(projects=["Finance"]), selector(environments=["Production"])) == [
        "gives no environment; the rule that is heard names the environment"
    ]
    assert lost_to(selector(names=["D*"]), selector(names=["D*"], projects=["Finance"])) == [
        "gives no project; the rule that is heard gives the project"
    ]
    assert lost_to(selector(names=["D*"]), selector(names=["D*"])) == ["is as precise and comes to the same"]


def test_rules_that_contradict_each_other_leave_none() -> None:
    rules = [rule(tier="critical", team="a"), rule(tier="critical", team="b")]
    survey = Survey(policy(tiers=[tier()], jobs=rules), inventory())
    found = explain_job(survey, 101, ASKED)
    assert (found.standing, found.rule, found.lost) == (Standing.CONFLICT, None, ())
    assert found.conflict == tuple(rules)


# --- whom a channel means ---------------------------------------------------------------------------------------------
def trouble(channel: object, *, scope: Scope | None = None, **live: object) -> str:
    survey = Survey(policy(channels=[channel], scope=scope), inventory(**live))  # pyrefly: ignore[bad-argument-type]
    return who(survey, channel.name).trouble  # pyrefly: ignore[missing-attribute]


def test_what_is_in_the_way_of_a_native_channel() -> None:
    gone = user(active=False)
    assert trouble(dbt_user()) == ""
    assert "is deactivated" in trouble(dbt_user(), users=[gone])
    assert "no user of the account" in trouble(dbt_user(), users=[])
    assert "is deactivated" in trouble(dbt_slack(), users=[gone])
    assert trouble(dbt_email(owner="maria@acme.example"), users=[gone]) == ""  # an address outlives its creator
    assert "lacks" in trouble(dbt_email(owner=None))
    assert "outside `scope`" in trouble(dbt_user(), scope=Scope(recipients=(NamePattern("*@other.example"),)))
    doubled = [row(id=1, key=RecipientKey.user(1)), row(id=2, key=RecipientKey.user(1))]
    assert "2 notification rows" in trouble(dbt_user(), rows=doubled)


def test_who_is_told_in_plain_words_is_said() -> None:
    plainly = replace(relayed(kind="email"), settings={"to": ["ceo@acme.example"], "audience": "stakeholders"})
    survey = Survey(policy(channels=[plainly, relayed("rest")]), inventory())
    assert (
        who_words(who(survey, plainly.name)) == "ceo@acme.example, mail by the relay, in plain words for stakeholders"
    )
    assert "stakeholders" not in who_words(who(survey, "rest"))


# --- the timeline -----------------------------------------------------------------------------------------------------
def telling(channel: str, *, minutes: int = 0, level: int = 0) -> Telling:
    return Telling(
        at=NOON + timedelta(minutes=minutes),
        channel=channel,
        via=Via.RELAYED,
        occasion=Occasion.ESCALATION if level else Occasion.AT_ONCE,
        outcome=Outcome.FAILURE,
        because=(at(),),
        level=level,
    )


def routed(*tellings: Telling, withheld: tuple[Withheld, ...] = ()) -> Routed:
    return Routed(tier=None, tellings=tellings, withheld=withheld)


def named(channel: str) -> Who:
    return Who(channel=channel, kind="slack", whom="", via=Via.RELAYED, at=at())


def test_a_reaction_spares_and_may_add() -> None:
    first, page, other = telling("team"), telling("oncall", minutes=5, level=1), telling("info", minutes=2)
    why = Withheld(
        at=page.at,
        channel="oncall",
        outcome=Outcome.FAILURE,
        reason=WithheldReason.ACKNOWLEDGED,
        because=(at(),),
        level=1,
    )
    found = timeline(routed(first, page), start=NOON, whom=named, reacted=routed(first, other, withheld=(why,)))
    assert [(each.telling.channel, each.fate, each.spared_by) for each in found.moments] == [
        ("team", Fate.TOLD, None),
        ("info", Fate.ADDED, None),
        ("oncall", Fate.SPARED, WithheldReason.ACKNOWLEDGED),
    ]
    assert found.withheld == ()


def test_without_a_reaction_everything_is_told() -> None:
    found = timeline(routed(telling("oncall", minutes=5, level=1), telling("team")), start=NOON, whom=named)
    assert [(each.telling.channel, each.after, each.fate) for each in found.moments] == [
        ("team", timedelta(), Fate.TOLD),
        ("oncall", timedelta(minutes=5), Fate.TOLD),
    ]


# --- everything together ----------------------------------------------------------------------------------------------
PAGER = RelayedChannel(name="pager", at=at(), kind="pagerduty", pages=True)


def company(**values: object) -> Policy:
    """Return a policy in which Daily Revenue is of a tier that is promoted to the one that pages."""
    critical = tier(layer=layer(notify={Outcome.FAILURE: tells("team", "maria")}, escalation="standard"))
    promote = (Promotion(to="critical", after_consecutive_failures=2),)
    high = tier("high", rank=2, layer=layer(notify={Outcome.FAILURE: tells("leads")}, promote=promote))
    steps = Level(after=timedelta(minutes=5), notify=("pager",), unless="acknowledged", ticket="tickets", at=at())
    made = policy(
        channels=[dbt_user(), relayed("team"), relayed("leads"), relayed("tickets"), PAGER],
        tiers=[critical, high],
        jobs=[rule(match=selector(names=["Daily Revenue"]), tier="high", line=7)],
        escalations=[Escalation(name="standard", at=at(), levels=(steps,))],
    )
    return replace(made, relay_url="https://relay.acme.example/dbt", **values)  # pyrefly: ignore[bad-argument-type]


def test_what_the_promoted_tier_gives_is_what_is_shown() -> None:
    asked = replace(ASKED, history=replace(ASKED.history, failures_before=1))
    found = explain_job(Survey(company(), inventory()), 101, asked)
    assert found.promoted is not None
    values = {each.key: (each.value, str(each.source.layer), each.source.name) for each in found.values}
    assert values["escalation"] == ("standard", "tier", "critical")
    assert values["tier"] == ("high", "rule", "")
    assert found.told is not None
    assert [target.channel for target in found.told.targets] == ["team", "maria"]


@pytest.mark.parametrize(
    ("subscription", "state"),
    [
        ({}, RelayState.SUBSCRIBED),
        ({"jobs": frozenset({101, 102})}, RelayState.SUBSCRIBED),
        ({"jobs": frozenset({102})}, RelayState.NOT_YET),
        ({"active": False}, RelayState.NOT_YET),
        ({"url": "https://elsewhere.acme.example/dbt"}, RelayState.NOT_YET),
    ],
)
def test_whether_the_relay_would_hear_of_it(subscription: dict[str, object], state: RelayState) -> None:
    whole = Subscription(
        id="wsu_1", name="relay", url="https://relay.acme.example/dbt", events=frozenset(), jobs=ALL_JOBS, active=True
    )
    live = inventory(subscriptions=[replace(whole, **subscription)])  # pyrefly: ignore[bad-argument-type]
    survey = Survey(company(), live)
    assert explain_job(survey, 101, ASKED).relay is state
    assert relay_of(survey, ways(survey, ["team"])) is state
    assert relay_of(survey, ways(survey, ["maria"])) is RelayState.NOT_NEEDED
    hidden = Survey(company(), replace(live, webhooks_hidden=True))
    assert explain_job(hidden, 101, ASKED).relay is RelayState.UNKNOWN


def test_what_stands_in_for_another_channel_has_no_jobs_and_needs_the_relay_all_the_same() -> None:
    first = RelayedChannel(name="first", at=at(), kind="slack", fallback="team")
    found = Survey(policy(channels=[first, relayed("team")]), inventory())
    assert relay_of(found, ways(found, ["team"])) is RelayState.NOT_YET


def test_what_reaches_a_channel() -> None:
    account = inventory(jobs=[job(), job(id=102, name="Other")])
    survey = Survey(company(metrics=("leads",), notifications=(notification(to=["team"]),)), account)
    names = ["team", "leads", "tickets", "pager", "maria"]
    found = [(way.channel, way.kind, way.outcomes, way.jobs, way.detail) for way in ways(survey, names)]
    failure = (Outcome.FAILURE,)
    assert found == [
        ("leads", WayKind.RULE, failure, (101,), ""),
        ("leads", WayKind.METRICS, (), (), "every run of every job"),
        ("pager", WayKind.PROMOTED, failure, (101,), "promoted to critical, level 1, after 5m unless acknowledged"),
        ("team", WayKind.NOTIFICATION, failure, (101, 102), ""),
        ("team", WayKind.PROMOTED, failure, (101,), "promoted to critical"),
        ("tickets", WayKind.PROMOTED, failure, (101,), "promoted to critical, level 1, after 5m unless acknowledged"),
    ]  # not maria: dbt Cloud's entries are made of the rule's own tier


def test_what_a_promotion_of_a_promotion_tells_reaches_its_channel_and_so_does_the_recovery() -> None:
    worst = tier(layer=layer(notify={Outcome.FAILURE: tells("team"), Outcome.RECOVERED: tells("team")}))
    between = tier("high", rank=2, layer=layer(promote=(Promotion(to="critical", after_consecutive_failures=3),)))
    promote = (Promotion(to="high", after_consecutive_failures=2), Promotion(to="low", after_consecutive_failures=2))
    own = tier("low", rank=3, layer=layer(promote=promote))
    made = policy(channels=[relayed("team")], tiers=[worst, between, own], jobs=[rule(tier="low")])
    found = [(way.kind, way.outcomes, way.detail) for way in ways(Survey(made, inventory()), ["team"])]
    assert found == [
        (WayKind.PROMOTED, (outcome,), "promoted to critical") for outcome in (Outcome.FAILURE, Outcome.RECOVERED)
    ]


def test_a_deadline_of_its_own_tier_reaches_that_tiers_channels() -> None:
    sla = Sla(at=at(), due="08:00", tier="critical")
    late = tier(layer=layer(notify={Outcome.LATE: tells("team"), Outcome.FAILURE: tells("leads")}))
    own = tier("high", rank=2, layer=layer(notify={Outcome.LATE: tells("leads")}))
    made = policy(
        channels=[relayed("team"), relayed("leads")],
        tiers=[late, own],
        jobs=[rule(tier="high", layer=layer(sla=sla))],
    )
    found = ways(Survey(made, inventory()), ["team", "leads"])
    assert [(way.channel, way.outcomes) for way in found] == [("team", (Outcome.LATE,))]


def test_what_pages_comes_first() -> None:
    survey = Survey(replace(company(), jobs=(rule(tier="critical"),)), inventory(jobs=[job(), job(id=102, name="b")]))
    found = reaching(survey, ["pager", "team"], [101, 102, 999], at=NOON)
    assert [(each.channel, each.pages, each.after, each.jobs) for each in found] == [
        ("pager", True, timedelta(minutes=5), (101, 102)),
        ("team", False, timedelta(), (101, 102)),
    ]


def test_a_person_is_every_channel_of_their_address() -> None:
    mail = RelayedChannel(name="mail", at=at(), kind="email", settings={"to": ["Maria@acme.example", "x@y.example"]})
    made = policy(
        channels=[
            dbt_user(),
            dbt_email("also", address="maria@acme.example ", owner="leo@acme.example"),
            dbt_slack("room", linked_by="maria@acme.example"),
            mail,
            relayed("other", kind="email"),
        ],
        jobs=[rule(layer=layer(owner="maria@acme.example"))],
    )
    survey = Survey(made, inventory())
    found = explain_person(survey, " MARIA@acme.example")
    assert found.channels == ("also", "mail", "maria")
    assert [(each.what, each.jobs) for each in found.mentions] == [("linked_by of channel room", ()), ("owner", (101,))]
    assert found.user is not None
    assert explain_person(survey, "leo@acme.example").channels == ()


def test_what_a_person_is_sent_besides_counts_their_address_and_who_has_left_and_no_deleted_job() -> None:
    live = inventory(
        jobs=[job(), job(id=102, name="Gone", deleted=True)],
        users=[user(active=False)],
        rows=[
            row(id=901, key=RecipientKey.user(1), jobs={Outcome.FAILURE: [101, 102], Outcome.WARNING: [102]}),
            row(id=902, key=RecipientKey.email("maria@acme.example"), jobs={Outcome.SUCCESS: [101]}),
        ],
    )
    survey = Survey(policy(), live)
    found = beside(survey, explain_person(survey, "Maria@acme.example"), ())
    assert [(each.outcome, each.jobs, each.delivers) for each in found] == [
        (Outcome.SUCCESS, (101,), True),
        (Outcome.FAILURE, (101,), False),
    ]


def test_a_resolved_incident_is_a_reaction_too() -> None:
    asked = replace(ASKED, reaction=Reaction(resolved_at=NOON + timedelta(minutes=1)))
    made = replace(company(), jobs=(rule(tier="critical"),))
    found = explain_job(Survey(made, inventory()), 101, asked)
    assert {each.telling.channel: each.fate for each in found.timeline.moments} == {
        "maria": Fate.TOLD,
        "team": Fate.TOLD,
        "pager": Fate.SPARED,
        "tickets": Fate.SPARED,
    }
