import pytest

from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import Inventory
from reconciler.model.policy import Scope
from reconciler.model.selector import NamePattern, Selector
from reconciler.plan.scope import ScopeJudge
from tests.builders import claim, edge, environment, inventory, job, project, row, selector, user

MARIA, MAIL, SLACK = RecipientKey.user(1), RecipientKey.email("ops@acme.example"), RecipientKey.slack("C01")
LIVE = inventory(
    jobs=[
        job(id=101, project_id=1, environment_id=11),
        job(id=102, project_id=1, environment_id=12),
        job(id=201, project_id=2, environment_id=21),
        job(id=109, project_id=1, environment_id=11, deleted=True),
    ],
    projects=[project(id=1, name="Finance"), project(id=2, name="Growth")],
    environments=[
        environment(id=11, name="Production"),
        environment(id=12, name="CI", deployment_type=None),
        environment(id=21, project_id=2, name="Production"),
    ],
    users=[user(id=1, email="Maria@ACME.example")],
    rows=[row(key=SLACK, slack_channel_name="#data-alerts")],
)


def judge(
    *,
    projects: tuple[str, ...] | None = None,
    environments: tuple[str, ...] | None = None,
    jobs: Selector | None = None,
    recipients: tuple[str, ...] | None = None,
    live: Inventory = LIVE,
) -> ScopeJudge:
    globs = None if recipients is None else tuple(NamePattern(text) for text in recipients)
    return ScopeJudge(Scope(projects=projects, environments=environments, jobs=jobs, recipients=globs), live)


class TestJobs:
    def test_an_absent_scope_bounds_nothing(self) -> None:
        assert judge().jobs == {101, 102, 201}

    def test_projects_and_environments_both_bound(self) -> None:
        assert judge(projects=("Finance",)).jobs == {101, 102}
        assert judge(environments=("Production",)).jobs == {101, 201}
        assert judge(projects=("Finance",), environments=("Production",)).jobs == {101}

    def test_a_selector_bounds_too(self) -> None:
        assert judge(jobs=selector(ids=[102, 201])).jobs == {102, 201}

    def test_an_empty_list_is_a_bound_that_nothing_is_inside_of(self) -> None:
        assert judge(projects=()).jobs == frozenset()

    def test_names_are_compared_trimmed_and_case_counts(self) -> None:
        assert judge(projects=(" Finance ",)).jobs == {101, 102}
        assert judge(projects=("finance",)).jobs == frozenset()

    def test_names_that_live_does_not_show_are_told(self) -> None:
        found = judge(projects=("Finance", "Finanec"), environments=("Prod",)).unknown_names()
        assert found == ("project 'Finanec'", "environment 'Prod'")

    def test_a_job_listed_as_deleted_is_judged_like_a_live_one_but_is_no_job_in_scope(self) -> None:
        assert judge(projects=("Finance",)).job(109)
        assert not judge(projects=("Growth",)).job(109)
        assert 109 not in judge().jobs

    def test_a_job_that_no_list_holds_cannot_be_judged_without_a_claim(self) -> None:
        assert not judge().job(999)
        assert not judge().edge(edge(job_id=999))


class TestRecipients:
    @pytest.mark.parametrize(
        ("key", "glob"),
        [
            (MARIA, "maria@acme.example"),
            (MARIA, "*@ACME.example"),
            (MARIA, "1"),
            (MAIL, "ops@*"),
            (MAIL, "Ops@acme.example"),
            (SLACK, "C01"),
            (SLACK, "#data-*"),
        ],
    )
    def test_a_glob_matches_any_name_of_a_recipient(self, key: RecipientKey, glob: str) -> None:
        assert judge(recipients=("nobody", glob)).recipient(key)

    @pytest.mark.parametrize(
        ("key", "glob"),
        [(MARIA, "*@other.example"), (MAIL, "acme.example"), (SLACK, "#other"), (RecipientKey.user(77), "*@*")],
    )
    def test_a_recipient_that_no_glob_matches_is_outside(self, key: RecipientKey, glob: str) -> None:
        assert not judge(recipients=(glob,)).recipient(key)

    def test_an_empty_list_is_a_bound_that_nobody_is_inside_of(self) -> None:
        assert judge().recipient(MARIA)
        assert not judge(recipients=()).recipient(MARIA)

    def test_a_channel_name_that_only_the_policy_knows_counts(self) -> None:
        new = RecipientKey.slack("C02")
        scope = Scope(recipients=(NamePattern("#new-*"),))
        assert ScopeJudge(scope, LIVE, names={new: frozenset({"#new-alerts"})}).recipient(new)
        assert not ScopeJudge(scope, LIVE).recipient(new)

    def test_a_key_of_a_ledger_that_is_no_number_is_judged_as_text(self) -> None:
        assert judge(recipients=("odd",)).recipient(RecipientKey.parse("user:odd"))


class TestEdges:
    def test_both_ends_must_be_inside(self) -> None:
        scope = judge(projects=("Finance",), recipients=("maria@*",))
        assert scope.edge(edge(job_id=101))
        assert not scope.edge(edge(job_id=201))
        assert not scope.edge(edge(key=MAIL, job_id=101))

    @pytest.mark.parametrize(("project_id", "inside"), [(1, True), (2, False), (3, False)])
    def test_a_job_that_is_gone_is_judged_by_the_ids_kept_in_its_claim(self, project_id: int, inside: bool) -> None:
        gone = edge(job_id=999)
        kept = claim(gone, project_id=project_id)
        assert judge(projects=("Finance",)).edge(gone, kept) is inside

    def test_live_answers_before_the_claim_does(self) -> None:
        moved = edge(job_id=201)
        assert not judge(projects=("Finance",)).edge(moved, claim(moved, project_id=1))

    def test_a_selector_by_place_can_be_judged_of_a_job_that_is_gone(self) -> None:
        gone = edge(job_id=999)
        assert judge(jobs=selector(projects=["Finance"])).edge(gone, claim(gone, project_id=1))
        assert not judge(jobs=selector(projects=["Growth"])).edge(gone, claim(gone, project_id=1))

    def test_a_selector_by_name_cannot_and_so_the_edge_is_outside(self) -> None:
        gone = edge(job_id=999)
        assert not judge(jobs=selector(names=["*"])).edge(gone, claim(gone))
