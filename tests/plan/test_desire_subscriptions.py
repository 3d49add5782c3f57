from reconciler.model.edge import RecipientKey
from reconciler.model.inventory import ALL_JOBS
from reconciler.model.marker import parse_marker
from reconciler.model.outcome import Outcome, WebhookEvent
from reconciler.model.policy import Release, Scope, SecretSink, SinkKind
from reconciler.plan.desire import desire
from tests.builders import at, dbt_user, edge, inventory, job, policy, project, row, selector, webhook

MARIA = RecipientKey.user(1)
LIVE = inventory(
    jobs=[job(id=101), job(id=201, project_id=2), job(id=109, deleted=True)],
    projects=[project(), project(id=2, name="Growth")],
    rows=[row(key=MARIA, jobs={Outcome.FAILURE: [101, 109, 999], Outcome.SUCCESS: [201]})],
)


class TestWebhooks:
    def test_name_their_jobs_by_id(self) -> None:
        (found,) = desire(policy(webhooks=[webhook(jobs=selector(projects=["Finance"]))]), LIVE).subscriptions
        assert found.wanted.jobs == {101}

    def test_carry_name_url_events_and_sink_as_written(self) -> None:
        sink = SecretSink(kind=SinkKind.FILE, at=at(), path="x.secret")
        events = [WebhookEvent.COMPLETED, WebhookEvent.STARTED]
        rule = webhook(name="lineage refresh", team="finance", on=events, secret_sink=sink)
        (found,) = desire(policy(webhooks=[rule]), LIVE).subscriptions
        assert (found.key, found.team, found.sink, found.at) == ("finance/lineage refresh", "finance", sink, rule.at)
        assert (found.wanted.name, found.wanted.url) == ("lineage refresh", rule.url)
        assert found.wanted.events == {"job.run.completed", "job.run.started"}
        assert found.wanted.active

    def test_are_marked_at_the_end_of_their_description_and_never_in_the_name(self) -> None:
        rule = webhook(name="lineage", team="finance", description="Refreshes the catalog")
        (found,) = desire(policy(webhooks=[rule], manager="acme"), LIVE).subscriptions
        assert found.wanted.description == "Refreshes the catalog [dbt-alerts:acme/finance/lineage]"
        mark = parse_marker(found.wanted.description)
        assert mark is not None
        assert mark.key == found.key

    def test_reach_no_job_outside_scope(self) -> None:
        rule = webhook(jobs=selector(projects=["Finance", "Growth"]))
        (found,) = desire(policy(scope=Scope(projects=("Growth",)), webhooks=[rule]), LIVE).subscriptions
        assert found.wanted.jobs == {201}

    def test_that_match_jobs_outside_scope_only_are_held_and_never_empty(self) -> None:
        found = desire(policy(scope=Scope(projects=("Growth",)), webhooks=[webhook()]), LIVE)
        assert not found.subscriptions
        assert [hold.webhooks for hold in found.holds] == [{"default/lineage"}]
        assert "in scope" in found.holds[0].blocked.what

    def test_that_match_nothing_and_may_are_not_wanted(self) -> None:
        rule = webhook(jobs=selector(names=["Nowhere"], optional=True))
        found = desire(policy(webhooks=[rule]), LIVE)
        assert not found.subscriptions
        assert not found.holds
        assert any("nothing to subscribe to" in note for note in found.notes)

    def test_for_all_jobs_need_leave_by_scope(self) -> None:
        rule = webhook(jobs=selector(everything=True))
        refused = desire(policy(webhooks=[rule]), LIVE)
        assert not refused.subscriptions
        assert [problem.at for problem in refused.problems] == [rule.jobs.at]
        allowed = desire(policy(scope=Scope(all_jobs_webhooks=True), webhooks=[rule]), LIVE)
        assert [each.wanted.jobs for each in allowed.subscriptions] == [ALL_JOBS]
        assert not allowed.problems

    def test_for_all_jobs_mean_so_even_in_an_account_without_jobs(self) -> None:
        rule = webhook(jobs=selector(everything=True))
        found = desire(policy(scope=Scope(all_jobs_webhooks=True), webhooks=[rule]), inventory(jobs=[]))
        assert [each.wanted.jobs for each in found.subscriptions] == [ALL_JOBS]


class TestReleases:
    def test_give_up_live_edges_of_a_recipient_outcome_and_job(self) -> None:
        release = Release(at=at(), team="default", to="maria", on=(Outcome.FAILURE,), jobs=selector(ids=[101]))
        assert desire(policy(releases=[release]), LIVE).released == {edge(job_id=101)}

    def test_without_jobs_mean_every_live_edge_also_of_jobs_that_are_gone(self) -> None:
        release = Release(at=at(), team="default", to="maria", on=(Outcome.FAILURE,))
        found = desire(policy(releases=[release]), LIVE).released
        assert {each.job_id for each in found} == {101, 109, 999}

    def test_without_outcomes_mean_all_of_them(self) -> None:
        release = Release(at=at(), team="default", to="maria", jobs=selector(ids=[201]))
        assert desire(policy(releases=[release]), LIVE).released == {edge(outcome=Outcome.SUCCESS, job_id=201)}

    def test_of_an_unknown_user_give_up_nothing_and_are_blocked(self) -> None:
        channels = [dbt_user("boss", email="boss@acme.example")]
        found = desire(policy(channels=channels, releases=[Release(at=at(), team="default", to="boss")]), LIVE)
        assert not found.released
        assert len(found.holds) == 1

    def test_of_a_webhook_give_up_its_key(self) -> None:
        release = Release(at=at(), team="finance", webhook="lineage")
        found = desire(policy(releases=[release]), LIVE)
        assert found.released_webhooks == {"finance/lineage"}
        assert not found.released
