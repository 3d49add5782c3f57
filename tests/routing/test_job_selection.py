import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.inventory import Inventory, Job
from reconciler.model.selector import Frequency, NamePattern, Purpose, Selector, Specificity
from reconciler.routing.selection import JobIndex
from tests.builders import environment, inventory, job, project, selector

PROJECTS = [project(id=1, name="Finance"), project(id=2, name=" Growth ")]
ENVIRONMENTS = [
    environment(id=11, project_id=1, name="Production"),
    environment(id=12, project_id=1, name="CI", deployment_type=None),
    environment(id=21, project_id=2, name="Production"),
    environment(id=22, project_id=2, name="Staging", deployment_type="staging"),
]


def account(*names: str, **of_job: object) -> Inventory:
    """Return an account with one job of each name, numbered from 1."""
    jobs = [job(id=number, name=name, **of_job) for number, name in enumerate(names, 1)]  # pyrefly: ignore
    return inventory(jobs=jobs, projects=PROJECTS, environments=ENVIRONMENTS)


def chosen(which: Selector, live: Inventory) -> set[int]:
    return set(JobIndex(live).select(which))


class TestNames:
    def test_only_the_star_is_special(self) -> None:
        live = account("Load [a-z]?", "Load b", "Load [a-z]? twice")
        assert chosen(selector(names=["Load [a-z]?"]), live) == {1}
        assert chosen(selector(names=["Load [a-z]?*"]), live) == {1, 3}

    def test_case_counts(self) -> None:
        assert chosen(selector(names=["daily revenue"]), account("Daily Revenue")) == set()

    def test_are_compared_after_nfc_and_trimming(self) -> None:
        decomposed, composed = "Cafe\u0301", "Café"
        assert chosen(selector(names=[f" {composed} "]), account(f"{decomposed}  ")) == {1}
        assert chosen(selector(names=[decomposed]), account(composed)) == {1}

    def test_are_compared_without_a_trailing_identifier(self) -> None:
        live = account("Daily [[daily]]", "Daily [[filter:daily]]", "Daily [[x]] late", "Daily")
        assert chosen(selector(names=["Daily"]), live) == {1, 2, 4}

    def test_an_exact_name_may_be_pasted_with_its_identifier(self) -> None:
        assert chosen(selector(names=["Daily [[daily]]"]), account("Daily [[daily]]", "Weekly")) == {1}

    def test_a_pattern_never_loses_its_brackets_and_so_never_becomes_everything(self) -> None:
        assert chosen(selector(names=["* [[finance:*]]"]), account("Daily", "Weekly [[finance:w]]")) == set()

    def test_a_list_means_any_of_them(self) -> None:
        assert chosen(selector(names=["A", "B*"]), account("A", "Bee", "C")) == {1, 2}

    def test_two_jobs_of_one_name_both_match(self) -> None:
        assert chosen(selector(names=["Daily"]), account("Daily", "Daily")) == {1, 2}

    @pytest.mark.parametrize(
        ("pattern", "name", "matches"),
        [
            ("*", "", True),
            ("a*a", "a", False),
            ("a*a", "aa", True),
            ("*b*", "abc", True),
            ("a**c", "abc", True),
            ("*bc", "abcd", False),
            ("a*b*b", "ab", False),
        ],
    )
    def test_pieces_between_stars_follow_each_other(self, pattern: str, name: str, matches: bool) -> None:
        assert NamePattern(pattern).matches(name) is matches


class TestOtherKeys:
    def test_every_given_key_must_hold(self) -> None:
        live = inventory(
            jobs=[
                job(id=1, name="Daily", project_id=1, environment_id=11),
                job(id=2, name="Daily", project_id=1, environment_id=12),
                job(id=3, name="Daily", project_id=2, environment_id=21),
                job(id=4, name="Weekly", project_id=1, environment_id=11),
            ],
            projects=PROJECTS,
            environments=ENVIRONMENTS,
        )
        assert chosen(selector(projects=["Finance"], environments=["Production"], names=["Daily"]), live) == {1}

    def test_an_environment_is_a_name_or_a_type(self) -> None:
        live = inventory(
            jobs=[job(id=each.id, project_id=each.project_id, environment_id=each.id) for each in ENVIRONMENTS],
            projects=PROJECTS,
            environments=ENVIRONMENTS,
        )
        assert chosen(selector(purposes=[Purpose.PRODUCTION]), live) == {11, 21}
        assert chosen(selector(environments=["CI"]), live) == {12}
        assert chosen(selector(environments=["CI"], purposes=[Purpose.STAGING]), live) == {12, 22}

    def test_a_deleted_job_is_never_selected(self) -> None:
        live = inventory(jobs=[job(id=1, deleted=True), job(id=2)])
        assert chosen(selector(ids=[1, 2]), live) == {2}
        assert chosen(selector(everything=True), live) == {2}

    def test_a_deactivated_job_is_a_job(self) -> None:
        assert chosen(selector(everything=True), inventory(jobs=[job(id=1, deactivated=True)])) == {1}

    def test_at_least_hourly_means_scheduled_and_no_longer_pause(self) -> None:
        live = inventory(
            jobs=[
                job(id=1, cron="*/30 * * * *"),
                job(id=2, cron="0 * * * *"),
                job(id=3, cron="0 */2 * * *"),
                job(id=4, cron=""),
                job(id=5, cron="0 * * * *", deactivated=True),
                job(id=6, cron="not a cron"),
            ]
        )
        assert chosen(selector(at_least=Frequency.HOURLY), live) == {1, 2}


class TestSpecificity:
    def rank(self, **keys: object) -> Specificity:
        return selector(**keys).specificity  # pyrefly: ignore

    def test_id_beats_exact_name_beats_pattern_beats_no_name(self) -> None:
        ranks = [self.rank(), self.rank(names=["D*"]), self.rank(names=["D"]), self.rank(ids=[1])]
        assert ranks == sorted(set(ranks))

    def test_exact_environment_beats_type_beats_none(self) -> None:
        ranks = [self.rank(), self.rank(purposes=[Purpose.STAGING]), self.rank(environments=["Staging"])]
        assert ranks == sorted(set(ranks))

    def test_an_earlier_difference_outweighs_all_later_ones(self) -> None:
        exact = self.rank(names=["D"])
        crowded = self.rank(names=["D*"], environments=["P"], projects=["F"], job_types=["ci"])
        assert exact > crowded
        assert self.rank(environments=["P"]) > self.rank(purposes=[Purpose.STAGING], projects=["F"], job_types=["ci"])
        assert self.rank(projects=["F"]) > self.rank(job_types=["ci"], at_least=Frequency.DAILY)

    def test_job_type_and_schedule_count_once(self) -> None:
        both = self.rank(job_types=["ci"], at_least=Frequency.DAILY)
        assert both == self.rank(job_types=["ci"]) == self.rank(at_least=Frequency.DAILY) > self.rank()

    def test_a_list_is_as_precise_as_its_least_precise_member(self) -> None:
        assert self.rank(names=["D", "E*"]) == self.rank(names=["E*"])
        assert self.rank(environments=["P"], purposes=[Purpose.STAGING]) == self.rank(purposes=[Purpose.STAGING])


NAMES = st.text(alphabet="ab*[] e\u0301\U0010ffff", max_size=6)
SELECTORS = st.builds(
    selector,
    ids=st.lists(st.integers(1, 8), max_size=2),
    projects=st.lists(st.sampled_from(["Finance", "Growth", "Nowhere"]), max_size=2),
    environments=st.lists(st.sampled_from(["Production", "CI", "Nowhere"]), max_size=2),
    purposes=st.lists(st.sampled_from(list(Purpose)), max_size=2),
    names=st.lists(NAMES, max_size=2),
    job_types=st.lists(st.sampled_from(["ci", "scheduled"]), max_size=1),
)


@st.composite
def jobs_anywhere(draw: st.DrawFn) -> Job:
    place = draw(st.sampled_from([11, 12, 21, 22, 31]))
    return job(
        id=draw(st.integers(1, 8)),
        name=draw(NAMES).replace("*", "-"),
        project_id=place // 10,
        environment_id=place,
        deleted=draw(st.booleans()),
    )


class TestMissing:
    def missing(self, which: Selector, *names: str) -> tuple[str, ...]:
        return JobIndex(account(*names)).missing(which)

    def test_what_live_has_is_not_missing(self) -> None:
        which = selector(ids=[1], names=["Daily", "No*"], projects=["Finance", "Growth"], environments=["Production"])
        assert JobIndex(account("Daily", project_id=1, environment_id=11)).missing(which) == ()

    def test_each_thing_that_live_lacks_is_named(self) -> None:
        which = selector(ids=[1, 9], projects=["Finance", "Fynance"], environments=["Prod"])
        assert self.missing(which, "Daily") == ("id 9", "project Fynance", "environment Prod")

    @pytest.mark.parametrize(
        ("name", "says"),
        [
            ("Daily Revnue", "name Daily Revnue, did you mean Daily Revenue?"),
            ("Hourly", "name Hourly"),
        ],
    )
    def test_a_misspelt_name_comes_with_the_one_that_was_meant(self, name: str, says: str) -> None:
        assert self.missing(selector(names=[name]), "Daily Revenue", "Weekly") == (says,)

    def test_a_name_of_another_project_is_not_misspelt(self) -> None:
        which = selector(names=["Daily"], projects=["Growth"])
        assert JobIndex(account("Daily", project_id=1)).missing(which) == ("name Daily (only elsewhere)",)

    def test_thousands_at_once_cost_no_more_than_each(self) -> None:
        index = JobIndex(account(*(f"Daily Revenue refresh {number}" for number in range(20_000))))
        start = time.process_time()
        found = index.missing(selector(names=[f"Daily Revenue refrsh {number}" for number in range(200)]))
        assert len(found) == 200
        assert all("did you mean" in each for each in found)
        assert time.process_time() - start < 10


@given(SELECTORS, st.lists(jobs_anywhere(), max_size=8))
def test_the_index_selects_what_trying_every_job_selects(which: Selector, jobs: list[Job]) -> None:
    live = inventory(jobs=jobs, projects=PROJECTS, environments=ENVIRONMENTS)
    index = JobIndex(live)
    assert index.select(which) == which.select(live) == index.select(which)


@given(SELECTORS, SELECTORS, SELECTORS)
def test_specificity_is_a_total_preorder(first: Selector, second: Selector, third: Selector) -> None:
    one, two, three = first.specificity, second.specificity, third.specificity
    assert one <= two or two <= one
    assert not (one <= two <= three) or one <= three
