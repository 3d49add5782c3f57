"""Each oddity of a real account is told where it belongs, and what stands already is not said twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given

from reconciler.importing.account import Imported, import_account
from reconciler.importing.oddity import OddityKind
from reconciler.importing.owners import OwnerMap, read_owners
from reconciler.importing.standing import Standing, standing_of
from reconciler.model.actions import AdoptEdge, AdoptModels, AdoptSubscription
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import ALL_JOBS, Inventory, NotificationRow, Subscription
from reconciler.model.ledger import Ledger, Others, SubscriptionClaim, SubscriptionState
from reconciler.model.marker import Marker, marked
from reconciler.model.model_notifications import ModelClaim, ModelNotifications, ModelOutcome, ModelUnanswered
from reconciler.model.outcome import Outcome
from reconciler.model.policy import Policy
from reconciler.model.teams import TeamsRule, TeamsSetting, TeamsSettings
from reconciler.plan.desire import desire
from tests.builders import ACCOUNT_ID, HOST, claim, environment, inventory, job, project, row, user
from tests.importing.import_world import MANAGER, accounts, loaded, planned

MARIA = RecipientKey.user(1)
OPS = RecipientKey.email("ops@acme.example")
WE = "version: 1\nmanager: acme-data\naccount: {id: $ID, host: $HOST, token: $TOKEN}\n"

OURS = marked("", Marker(manager=MANAGER, team="finance", name="lineage"))


def imported(there: Inventory, standing: Standing | None = None, **more: object) -> Imported:
    return import_account(there, manager=MANAGER, standing=standing or Standing(), **more)  # pyrefly: ignore


def hook(**changes: object) -> Subscription:
    there = Subscription(
        id="wsu_1",
        name="lineage",
        url="https://catalog.acme.example/dbt",
        events=frozenset({"job.run.errored"}),
        jobs=frozenset({101}),
        active=True,
    )
    return replace(there, **changes)  # pyrefly: ignore[bad-argument-type]


def told(key: RecipientKey, *ids: int, **more: object) -> NotificationRow:
    return row(key=key, jobs={Outcome.FAILURE: ids}, **more)  # pyrefly: ignore[bad-argument-type]


@pytest.mark.parametrize(
    ("there", "kind", "said"),
    [
        (inventory(rows=[told(MARIA, 101, 999)]), OddityKind.DANGLING, "999"),
        (
            inventory(jobs=[job(), job(id=9, deleted=True)], rows=[told(MARIA, 9)]),
            OddityKind.DANGLING,
            "“Daily Revenue” (9).",
        ),
        (inventory(users=[user(active=False)], rows=[told(MARIA, 101)]), OddityKind.DEPARTED, "maria@acme.example"),
        (inventory(rows=[told(RecipientKey.user(7), 101)]), OddityKind.UNKNOWN_USER, "user 7"),
        (inventory(rows=[replace(told(OPS, 101), key=None)]), OddityKind.NO_ADDRESS, "notification 901"),
        (inventory(rows=[row(key=None, jobs={Outcome.FAILURE: [101]})]), OddityKind.UNKNOWN_TYPE, "type 3"),
        (inventory(rows=[told(OPS, 101), told(OPS, 101, id=902)]), OddityKind.TWO_ROWS, "901 and 902"),
        (inventory(users=[user(), user(id=2)], rows=[told(MARIA, 101)]), OddityKind.SAME_EMAIL, "user 2"),
        (inventory(rows=[told(RecipientKey.slack("lower"), 101)]), OddityKind.UNSAYABLE, "“lower”"),
        (inventory(rows=[told(OPS, 101, user_id=77)]), OddityKind.NO_STAND_IN, "77"),
        (inventory(rows=[told(RecipientKey.slack("C1"), 101, user_id=None)]), OddityKind.NO_STAND_IN, "Slack"),
        (inventory(jobs=[job(), job(id=102)], rows=[told(MARIA, 102)]), OddityKind.BY_ID, "102  # “Daily Revenue”"),
        (inventory(subscriptions=[hook()]), OddityKind.SECRET_UNKNOWN, "rotate"),
        (inventory(subscriptions=[hook(active=False, deactivate_reason="410")]), OddityKind.SWITCHED_OFF, "“410”"),
        (inventory(subscriptions=[hook(url="https://hooks.slack.com/x")]), OddityKind.TO_VENDOR, "Slack"),
        (inventory(subscriptions=[hook(url="https://events.pagerduty.com/x")]), OddityKind.TO_VENDOR, "PagerDuty"),
        (inventory(subscriptions=[hook(url="https://x.datadoghq.eu/x")]), OddityKind.TO_VENDOR, "Datadog"),
        (inventory(subscriptions=[hook(url="https://a.webhook.office.com/x")]), OddityKind.TO_VENDOR, "Teams"),
        (inventory(subscriptions=[hook(url="https://api.getmontecarlo.com/x")]), OddityKind.TO_VENDOR, "Monte Carlo"),
        (inventory(subscriptions=[hook(jobs=ALL_JOBS)]), OddityKind.ALL_JOBS, "jobs: all"),
        (inventory(subscriptions=[hook(jobs=frozenset({999}))]), OddityKind.NO_JOBS, "delete it"),
        (inventory(subscriptions=[hook(), hook(id="wsu_2")]), OddityKind.SAME_NAME, "wsu_2"),
        (
            inventory(subscriptions=[hook(), hook(id="wsu_2", description=OURS, url="https://hooks.slack.com/x")]),
            OddityKind.SAME_NAME,
            "wsu_1",
        ),
        (inventory(subscriptions=[hook(url="https://u:p@x.example/")]), OddityKind.UNSAYABLE, "password"),
        (inventory(subscriptions=[hook(name=" spaced ")]), OddityKind.UNSAYABLE, "name"),
        (inventory(subscriptions=[hook(events=frozenset({"job.run.paused"}))]), OddityKind.UNSAYABLE, "events"),
        (
            inventory(subscriptions=[hook(description=marked("", Marker(manager="growth", team="a", name="b")))]),
            OddityKind.OTHERS,
            "“growth”",
        ),
        (replace(inventory(subscriptions=[hook()]), url_key="k"), OddityKind.REDACTED, "snapshot"),
        (replace(inventory(), webhooks_hidden=True), OddityKind.HIDDEN, "permission set"),
    ],
)
def test_it_is_counted_and_told(there: Inventory, kind: OddityKind, said: str) -> None:
    found = imported(there)
    assert found.oddities.get(kind, 0) >= 1, found.oddities
    assert said in "".join(found.files.values())


def test_a_vendors_address_is_a_key_and_stands_nowhere() -> None:
    found = imported(inventory(subscriptions=[hook(url="https://hooks.slack.com/services/T1/B2/secret")]))
    assert "secret" not in "".join(found.files.values())


def test_scope_allows_webhooks_for_every_job_only_where_there_is_one() -> None:
    assert "all_jobs_webhooks: true" in imported(inventory(subscriptions=[hook(jobs=ALL_JOBS)])).files["account.yml"]
    assert "scope" not in imported(inventory(subscriptions=[hook()])).files["account.yml"]


def models(number: int, *on: ModelOutcome) -> ModelNotifications:
    return ModelNotifications(environment_id=number, enabled=True, selected=frozenset(on))


def test_model_notifications_are_written_by_name_for_the_team_of_the_project() -> None:
    there = replace(inventory(), models={11: models(11, ModelOutcome.SKIPPED, ModelOutcome.FAILURE)})
    found = imported(there)
    assert (found.models, found.oddities) == (1, {})
    assert (
        "  - {environment: Production, project: Finance, on: [failure, skipped]}\n" in found.files["teams/finance.yml"]
    )


def test_two_environments_of_one_name_are_one_entry_if_they_tell_alike_and_none_if_not() -> None:
    both = inventory(environments=[environment(), environment(id=12)])
    alike = imported(replace(both, models={n: models(n, ModelOutcome.FAILURE) for n in (11, 12)}))
    assert (alike.models, alike.oddities) == (1, {})
    for other in (
        models(12),
        models(12, ModelOutcome.SUCCESS),
        ModelUnanswered(environment_id=12, why="", next_step=""),
    ):
        apart = imported(replace(both, models={11: models(11, ModelOutcome.FAILURE), 12: other}))
        assert apart.models == 0
        assert apart.oddities[OddityKind.SAME_ENVIRONMENT] == 1
        assert "tell differently" in apart.files["channels.yml"].replace("\n# ", " ")


def test_model_notifications_that_cannot_be_said_or_seen_are_told() -> None:
    there = inventory(environments=[environment(), environment(id=12, name="$REF")])
    hidden = ModelUnanswered(environment_id=11, why="404", next_step="")
    found = imported(replace(there, models={11: hidden, 12: models(12, ModelOutcome.FAILURE)}))
    assert found.models == 0
    assert found.oddities == {OddityKind.UNSAYABLE: 1, OddityKind.MODELS_UNSEEN: 1}
    assert "“Production” (11) are not shown, the first because: “404”" in found.files["channels.yml"].replace(
        "\n# ", " "
    )


def test_model_notifications_of_another_manager_and_those_that_the_policy_has_are_not_written() -> None:
    there = replace(inventory(), models={11: models(11, ModelOutcome.FAILURE)})
    theirs = ModelClaim(environment_id=11, project_id=1, team="growth", applied={ModelOutcome.FAILURE: True})
    other = Ledger(host=HOST, account_id=ACCOUNT_ID, manager="growth", models={11: theirs})
    found = imported(there, Standing(others=Others(ledgers=(other,), shared=True)))
    assert (found.models, found.oddities) == (0, {OddityKind.OTHERS: 1})
    said = loaded(imported(there).files)
    again = imported(there, standing_of(said, desire(said, there), there, Others()))
    assert (again.models, again.oddities, again.files) == (0, {}, {})


def test_model_notifications_outside_scope_are_not_spoken_of() -> None:
    there = replace(two_projects(), models={21: models(21, ModelOutcome.FAILURE)})
    policy = loaded({"account.yml": f"{WE}scope: {{projects: [Finance]}}\n"})
    found = imported(there, standing_of(policy, desire(policy, there), there, Others()))
    assert found.models == 0


def test_microsoft_teams_settings_are_a_comment() -> None:
    rules = (TeamsRule(trigger="run_errored", job_id=7), TeamsRule(trigger="run_cancelled"))
    settings = TeamsSettings(settings=(TeamsSetting(id=5, name="ops\nx", active=False, rules=rules),))
    found = imported(inventory(), microsoft_teams=settings)
    assert found.oddities == {OddityKind.TEAMS: 1}
    text = found.files["channels.yml"].replace("\n# ", " ")
    assert "“ops\\u000ax” (5, switched off) tells of run_errored of 1 job, run_cancelled of every job" in text


def test_one_entry_for_what_is_told_alike_and_another_for_another_place() -> None:
    there = inventory(
        jobs=[job(), job(id=102, name="Hourly"), job(id=103, name="Nightly", environment_id=12)],
        environments=[environment(), environment(id=12, name="Staging")],
        rows=[row(key=MARIA, jobs={Outcome.FAILURE: [101, 102, 103], Outcome.CANCELLED: [101, 102, 103]})],
    )
    found = imported(there)
    assert found.notifications == 2
    assert "name: [Daily Revenue, Hourly]" in found.files["teams/finance.yml"]


# --- whose job it is -------------------------------------------------------------------------------------------------
def two_projects() -> Inventory:
    return inventory(
        projects=[project(), project(id=2, name="Growth")],
        environments=[environment(), environment(id=21, project_id=2)],
        jobs=[job(), job(id=201, name="Attribution", project_id=2, environment_id=21)],
        rows=[told(MARIA, 101, 201)],
    )


def owners(text: str) -> OwnerMap:
    return read_owners("owners.yml", text.encode())


def test_the_first_team_that_selects_a_job_owns_it_and_the_others_go_to_their_projects() -> None:
    found = imported(two_projects(), owners=owners("money: {project: Finance}\nall: {name: '*Revenue'}\n"))
    assert {path for path in found.files if "/" in path} == {"teams/money.yml", "teams/growth.yml"}


def test_a_team_of_an_owner_map_cannot_leave_the_folder() -> None:
    found = imported(two_projects(), owners=owners("../../etc/x: {project: Finance}\nC:\\x: {project: Growth}\n"))
    assert all(path.startswith("teams/") for path in found.files if "teams" in path)
    assert not any(".." in path or "\\" in path for path in found.files)
    assert loaded(found.files).teams.keys() == {"../../etc/x", "C:\\x", "default"}


def test_what_an_owner_map_says_in_vain_is_told_with_its_line() -> None:
    text = (
        "finance: {id: 1}\nmoney: {project: Finance, name: [Daily Revenue, Dayly Revenue]}\n"
        "late: {name: Daily Revenue}\nquiet: {name: Weekly}\nzzz: {name: nope}\n"
    )
    there = two_projects()
    weekly = job(id=202, name="Weekly", project_id=2, environment_id=21)
    found = imported(replace(there, jobs={**there.jobs, 202: weekly}), owners=owners(text))
    assert found.remarks == (
        "owners.yml:1: “finance”: matches no job; dbt Cloud has no id 1",
        "owners.yml:2: “money”: dbt Cloud has no name Dayly Revenue, did you mean Daily Revenue?",
        "owners.yml:3: “late”: gets no job: entries before it have all that it matches",
        "owners.yml:4: “quiet”: gets no file: nothing was imported of its 1 job",
        "owners.yml:5: “zzz”: matches no job; dbt Cloud has no name nope",
    )


def test_an_owner_map_that_means_what_it_says_is_not_remarked_on() -> None:
    assert imported(two_projects(), owners=owners("money: {project: Finance}\n")).remarks == ()


def test_a_webhook_of_several_teams_is_nobodys() -> None:
    there = replace(two_projects(), subscriptions=(hook(jobs=frozenset({101, 201})),))
    found = imported(there)
    assert "lineage" in found.files["shared.yml"]
    assert isinstance(planned(loaded(found.files), there).actions[-1], AdoptSubscription)


# --- what stands already ---------------------------------------------------------------------------------------------
def standing(policy: Policy, there: Inventory, others: Others | None = None) -> Standing:
    return standing_of(policy, desire(policy, there), there, others or Others())


@given(there=accounts())
def test_an_import_beside_a_policy_adds_what_is_missing_and_no_more(there: Inventory) -> None:
    whole = imported(there).files
    some = {path: text for number, (path, text) in enumerate(whole.items()) if number < 2 or number % 2}
    policy = loaded(some)
    rest = imported(there, standing(policy, there)).files
    both = {**some, **{f"more/{path}": text for path, text in rest.items()}}
    plan, wanted = planned(loaded(both), there), planned(loaded(whole), there)
    assert {type(each) for each in plan.actions} <= {AdoptEdge, AdoptModels, AdoptSubscription}
    assert set(_edges(plan.actions)) == set(_edges(wanted.actions))
    assert _models(plan.actions) == _models(wanted.actions)
    assert not imported(there, standing(loaded(both), there)).edges


def _edges(actions: object) -> list[Edge]:
    return [each.edge for each in actions if isinstance(each, AdoptEdge)]  # pyrefly: ignore


def _models(actions: Iterable[object]) -> set[tuple[int, ModelOutcome]]:
    return {(each.environment_id, each.outcome) for each in actions if isinstance(each, AdoptModels)}


def test_beside_a_policy_that_says_all_of_it_there_is_no_file_and_what_is_left_out_is_still_told() -> None:
    there = inventory(rows=[told(MARIA, 101, 999), replace(told(OPS, 101, id=902), key=None)])
    policy = loaded(imported(there).files)
    again = imported(there, standing(policy, there))
    assert (again.files, again.empty) == ({}, True)
    assert any("notification 902" in text for text in again.left_out)
    assert "“maria@acme.example” is told of 1 job no longer there or not shown to this token, left out: 999." in (
        again.left_out
    )


def test_what_another_manager_claims_is_left_to_that_manager() -> None:
    there = inventory(jobs=[job(), job(id=102, name="Hourly")], rows=[told(MARIA, 101, 102)], subscriptions=[hook()])
    theirs = claim(Edge(MARIA, Outcome.FAILURE, 102))
    webhook = SubscriptionClaim(key="a/b", team="a", state=SubscriptionState.ARMED, id="wsu_1")
    ledger = Ledger(
        host=HOST, account_id=ACCOUNT_ID, manager="growth", claims={theirs.edge: theirs}, subscriptions={"a/b": webhook}
    )
    known = Standing(others=Others(ledgers=(ledger,), shared=True))
    found = imported(there, known)
    assert (found.edges, found.webhooks, found.oddities[OddityKind.OTHERS]) == (1, 0, 2)
    assert "name: Hourly" not in "".join(found.files.values())
    assert (
        "“maria@acme.example” is told of 1 job claimed by another manager, left out: “Hourly” (102)."
        in (found.files["channels.yml"])
    )


def test_a_policys_scope_and_its_names_hold_for_what_is_imported() -> None:
    text = (
        f"{WE}scope: {{projects: [Finance]}}\n"
        "channels: {me: {type: dbt_user, email: maria@acme.example}, mail/ops@acme.example: {type: dbt_email,"
        " address: other@acme.example}}\n"
    )
    there = replace(
        two_projects(),
        notifications=(told(MARIA, 101, 201), told(OPS, 101, id=902)),
        subscriptions=(hook(jobs=ALL_JOBS), hook(id="wsu_2", name="growth", jobs=frozenset({201}))),
    )
    policy = loaded({"policy.yml": text})
    found = imported(there, standing(policy, there))
    assert found.oddities[OddityKind.OUTSIDE_SCOPE] == 3
    assert "to: me" in found.files["teams/finance.yml"]
    assert "mail/ops@acme.example~" in found.files["channels.yml"]
    plan = planned(loaded({"policy.yml": text, **found.files}), there)
    assert {type(each) for each in plan.actions} == {AdoptEdge}
    assert set(_edges(plan.actions)) == {Edge(MARIA, Outcome.FAILURE, 101), Edge(OPS, Outcome.FAILURE, 101)}


def test_a_webhook_with_our_own_mark_keeps_its_team_and_name() -> None:
    ours = marked("by us", Marker(manager=MANAGER, team="growth", name="lineage"))
    found = imported(inventory(subscriptions=[hook(description=ours)]))
    assert "team: growth" in found.files["teams/growth.yml"]
    assert isinstance(planned(loaded(found.files), inventory(subscriptions=[hook(description=ours)])).actions[0],
                      AdoptSubscription)  # fmt: skip
