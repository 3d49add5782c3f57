"""Which files are read, what several files say together, and what a file says alone."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from reconciler import policy as policy_room
from reconciler.errors import PolicyError
from reconciler.model.layers import Anomalies
from reconciler.model.outcome import Outcome, WebhookEvent
from reconciler.model.policy import MailTls, RelayedChannel, StoreKind, Target
from reconciler.model.problem import Severity
from reconciler.model.secret import Reference, Secret
from reconciler.model.selector import Frequency, Purpose
from reconciler.policy import load

BASE = (Path(__file__).parents[1] / "cases" / "policy" / "base.yml").read_text(encoding="utf-8")
Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_files(files: Mapping[str, str]) -> Path:
        for name, text in {"base.yml": BASE, **files}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write_files


def _messages(path: Path) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        load([path])
    return [problem.message for problem in caught.value.problems]


def test_hidden_files_tests_and_baselines_are_left_out(write: Write) -> None:
    wrong = "nonsense: true\n"
    names = [".hidden.yml", ".git/a.yml", "tests/a.yml", "teams/tests/b.yml", "guardrails-baseline.yml", "notes.txt"]
    load([write(dict.fromkeys(names, wrong))])


def test_files_are_found_at_any_depth_with_both_suffixes(write: Write) -> None:
    rule = "team: {}\njobs: [{{match: {{name: a}}}}]\n"
    policy = load([write({"a/b/c/one.yml": rule.format("one"), "two.yaml": rule.format("two")})])
    assert {rule.team for rule in policy.jobs} == {"one", "two"}


def test_an_empty_folder_and_a_missing_path_are_problems(tmp_path: Path) -> None:
    assert _messages(tmp_path) == ["no policy file is here"]
    assert _messages(tmp_path / "nowhere") == ["there is no such file or folder"]


def test_a_folder_without_the_required_keys_names_each(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("team: finance\n")
    assert _messages(tmp_path) == ["no file gives `account`", "no file gives `manager`", "no file gives `version`"]


def test_links_that_leave_the_folder_are_refused_and_those_inside_count_once(write: Write, tmp_path: Path) -> None:
    folder = write({"policy/base.yml": BASE, "outside.yml": "team: x\n"}) / "policy"
    (folder / "again.yml").symlink_to(folder / "base.yml")
    (folder / "loop").symlink_to(folder)
    load([folder])
    (folder / "away.yml").symlink_to(tmp_path / "outside.yml")
    assert _messages(folder) == ["a link leaves the policy's folder"]


def test_a_link_that_leads_nowhere_is_a_problem(write: Write) -> None:
    folder = write({})
    (folder / "x.yml").symlink_to(folder / "missing.yml")
    assert _messages(folder) == ["the link leads nowhere"]


def test_a_file_alone_is_checked_alone(tmp_path: Path) -> None:
    path = tmp_path / "finance.yml"
    path.write_text("team: finance\njobs: [{match: {name: a}, tier: critical, notify: {failure: [x]}}]\n")
    policy = load([path])
    assert policy.missing == ("version", "manager", "account")
    assert {warning.message for warning in policy.warnings} == {
        "there is no tier called `critical`",
        "there is no channel called `x`",
    }
    assert all(warning.severity is Severity.WARNING for warning in policy.warnings)


def test_a_whole_policy_in_one_file_alone_lacks_nothing(write: Write) -> None:
    assert load([write({}) / "base.yml"]).missing == ()


def test_problems_of_several_files_come_together(write: Write) -> None:
    folder = write(
        {"a.yml": "owner: [\n", "b.yml": "jbos: []\n", "c.yml": "metrics: [nobody]\ntiers: {low: {rank: 2}}\n"}
    )
    assert _messages(folder) == [
        "a value is missing here, or a bracket is not closed",
        "there is no key `jbos` here",
        "tiers `high` and `low` have the same rank 2",
    ]


def test_a_wrong_entry_does_not_hide_what_the_others_name(write: Write) -> None:
    text = (
        "channels:\n  new: {type: slack, nonsense: 1}\njobs:\n  - {match: {name: a}, notify: {failure: [new, nwe]}}\n"
    )
    messages = _messages(write({"a.yml": text}))
    assert "there is no channel called `nwe`" in messages
    assert "there is no channel called `new`" not in messages


def test_heads_of_a_team_join_and_each_key_stands_once(write: Write) -> None:
    files = {
        "a.yml": "team: x\nowner: a@acme.example\n",
        "b.yml": "team: x\nimpact: much\nnotify: {failure: [maria]}\n",
    }
    layer = load([write(files)]).teams["x"].layer
    assert (layer.owner, layer.impact) == ("a@acme.example", "much")
    assert layer.notify[Outcome.FAILURE].replace == (Target(channel="maria"),)
    folder = write({**files, "c.yml": "team: x\nowner: c@acme.example\n"})
    assert _messages(folder) == ["`owner` is given twice at the head of team `x`"]


def test_a_team_sets_no_guardrails_for_all(write: Write) -> None:
    folder = write({"a.yml": "team: x\nrules: {https-only: off}\n", "b.yml": "rules: {literal-secret: warn}\n"})
    assert _messages(folder) == ["`rules` in a team's file: guardrails hold for every team"]


def test_relayed_channels_need_a_relay(write: Write) -> None:
    without = BASE.replace('relay: {url: "https://alerts.acme.example/dbt"}\n', "")
    assert _messages(write({"base.yml": without})) == [
        "channel `data-team` is relayed, and the policy has no relay",
        "channel `oncall` is relayed, and the policy has no relay",
    ]


def test_any_is_written_out_for_what_is_not_named_and_never_for_started(write: Write) -> None:
    text = (
        "jobs: [{match: {name: a}, reason: x, notify: {any: [oncall], success: [], failure: [+maria, -data-team]}}]\n"
    )
    (rule,) = load([write({"a.yml": text})]).jobs
    notify = rule.layer.notify
    assert Outcome.STARTED not in notify
    assert notify[Outcome.SUCCESS].replace == ()
    assert notify[Outcome.LATE].replace == (Target(channel="oncall"),)
    assert notify[Outcome.FAILURE].replace is None
    assert (notify[Outcome.FAILURE].add, notify[Outcome.FAILURE].remove) == ((Target(channel="maria"),), ("data-team",))


def test_a_selector_says_what_it_says(write: Write) -> None:
    text = """\
jobs:
  - match:
      project: [A, " B "]
      environment: [Production, {type: staging}]
      name: ["x*", "y [[id]]"]
      job_type: ci
      schedule: {at_least: daily}
      optional: true
"""
    (rule,) = load([write({"a.yml": text})]).jobs
    selector = rule.match
    assert selector.projects == ("A", "B")
    assert (selector.environments, selector.purposes) == (("Production",), (Purpose.STAGING,))
    assert [pattern.text for pattern in selector.names] == ["x*", "y"]
    assert (selector.job_types, selector.at_least, selector.optional) == (("ci",), Frequency.DAILY, True)


def test_places_and_values_of_a_rule(write: Write) -> None:
    text = "team: x\njobs:\n  - match: {name: a}\n    tier: none\n    reason: quiet\n    sla: {due: 08:00, grace: 5m}\n"
    folder = write({"a.yml": text})
    (rule,) = load([folder]).jobs
    assert (rule.tier, rule.silent, rule.layer.reason) == (None, True, "quiet")
    assert str(rule.layer.places["tier"]) == f"{folder / 'a.yml'}:4:5"
    assert rule.layer.sla
    assert (rule.layer.sla.due, rule.layer.sla.grace) == ("08:00", timedelta(minutes=5))


def test_the_rest_of_a_policy(write: Write) -> None:
    text = """\
ledger: {store: git, branch: b}
scope: {projects: A, recipients: ["*@acme.example"], all_jobs_webhooks: true}
defaults: {timezone: Europe/Berlin, notify: {failure: [maria]}}
metrics: data-team
anomalies: {slower: {by: 60%}}
smtp: {host: h, from: a@acme.example, password: $SMTP}
webhooks:
  - name: w
    url: https://x.example
    on: [completed, job.run.errored]
    jobs: all
    secret_sink: {store: command}
    active: false
"""
    policy = load([write({"a.yml": text})])
    assert (policy.ledger.kind, policy.ledger.branch) == (StoreKind.GIT, "b")
    assert (policy.scope.projects, policy.scope.environments) == (("A",), None)
    assert policy.timezone == "Europe/Berlin"
    assert policy.metrics == ("data-team",)
    assert policy.smtp is not None
    assert (policy.smtp.password, policy.smtp.port, policy.smtp.tls) == (Reference("SMTP"), 587, MailTls.STARTTLS)
    assert policy.anomalies == Anomalies(slower_by=60)
    (webhook,) = policy.webhooks
    assert webhook.on == {WebhookEvent.COMPLETED, WebhookEvent.ERRORED}
    assert (webhook.jobs.everything, webhook.active, webhook.team) == (True, False, "default")
    assert policy.tiers["critical"].rank == 1
    oncall = policy.channels["oncall"]
    assert isinstance(oncall, RelayedChannel)
    assert (oncall.pages, oncall.settings) == (True, {"routing_key": Reference("PAGERDUTY_KEY")})


def test_ignored_drift_says_what_until_when_and_why(write: Write) -> None:
    text = """\
team: finance
ignore_drift:
  - {to: maria, jobs: {name: "Daily *"}, until: 2027-01-05, reason: is being moved}
  - {webhook: " lineage ", until: 2027-02-01, reason: its receiver is rebuilt}
"""
    channel, webhook = load([write({"a.yml": text})]).ignored_drift
    assert (channel.to, channel.team, channel.until, channel.reason) == (
        "maria",
        "finance",
        date(2027, 1, 5),
        "is being moved",
    )
    assert channel.jobs is not None
    assert [name.text for name in channel.jobs.names] == ["Daily *"]
    assert (webhook.to, webhook.jobs, webhook.webhook, webhook.at.line) == (None, None, "lineage", 4)


def test_a_literal_secret_is_masked_everywhere(write: Write) -> None:
    policy = load(
        [write({"a.yml": "channels:\n  x: {type: slack, url: https://hooks.slack.com/services/T/B/hidden}\n"})]
    )
    channel = policy.channels["x"]
    assert isinstance(channel, RelayedChannel)
    assert isinstance(channel.settings["url"], Secret)
    assert "hidden" not in repr(policy)


def test_the_digest_is_of_the_meaning(write: Write, tmp_path: Path) -> None:
    one = {"a.yml": "team: x\njobs:\n  - {match: {name: a}, sla: {every: 90m}}\n  - {match: {name: b}}\n"}
    first = load([write(one)]).digest
    (tmp_path / "a.yml").unlink()
    split = {
        "z/1.yml": "# a comment\nteam: x\njobs:\n  - match: {name: [b]}\n",
        "z/2.yml": 'jobs:\n  - sla: {every: "1h30m"}\n    match:\n      name: "a"\nteam: x\n',
    }
    assert load([write(split)]).digest == first
    changed = {**split, "z/2.yml": "team: x\njobs: [{match: {name: a}, sla: {every: 91m}}]\n"}
    assert load([write(changed)]).digest != first


def test_loading_takes_bytes_from_the_seam(tmp_path: Path) -> None:
    path = tmp_path / "virtual.yml"
    path.touch()
    assert load([path], text_reader=lambda _path: BASE.encode()).manager == "acme-data-alerts"


def test_the_room_shows_four_names() -> None:
    assert policy_room.__all__ == ["Target", "load", "open_account", "schema"]
