"""The page of the language, "Files, names, references", sentence by sentence: files in, problems and plans out."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from reconciler.policy.documents.layers import LayerDoc
from tests.scenarios.language_desk import HEAD, RELAY, Desk

PARTS = (
    "version: 1\n",
    "manager: acme-data-alerts\n",
    'account: {id: 70403103916842, host: "https://ab123.us1.dbt.com", token: $DBT_CLOUD_TOKEN}\n',
    "scope: {projects: [Finance]}\n",
    "ledger: {store: file, path: .dbt-alerts/ledger.json}\n",
    RELAY,
    "smtp: {host: smtp.acme.example, from: alerts@acme.example}\n",
    "defaults: {timezone: Europe/Berlin}\n",
    "metrics: [figures]\n",
    "anomalies: {slower: {by: 50%, recent: 3, min_runs: 5}}\n",
    "canary: {channels: [maria]}\n",
    "channels: {maria: {type: dbt_user, email: maria@acme.example}}\n",
    "channels: {figures: {type: datadog, api_key: $DD_KEY}}\n",
    "calendars: {week: {weekdays: [mon, tue, wed, thu, fri]}}\n",
    "tiers: {critical: {rank: 1, notify: {failure: [figures]}, escalation: standard}}\n",
    "tiers: {low: {rank: 2}}\n",
    "escalations: {standard: [{after: 5m, notify: [figures], unless: resolved}]}\n",
    "rules: {critical-must-page: warn}\n",
    "rules: {https-only: warn}\n",
    "jobs: [{match: {name: Daily Revenue}, tier: critical}]\n",
    "notifications: [{to: maria, on: [failure], jobs: {name: Daily Ledger}}]\n",
    """\
webhooks:
  - {name: hook, url: "https://x.acme.example/dbt", on: [completed], jobs: {name: Daily Ledger},
     secret_sink: {store: file, path: .dbt-alerts/hook.secret}}
""",
    "model_notifications: {environment: Production, on: [failure]}\n",
    "mutes: [{jobs: {name: Daily Ledger}, until: 2037-01-05, reason: migration}]\n",
    "ignore_drift: [{to: maria, until: 2037-01-05, reason: on leave}]\n",
    "release: [{to: maria, on: [success]}]\n",
)
"""Each top-level key in a file of its own."""

ONCE = {part.partition(":")[0]: part for part in PARTS[3:11]}
NAMED = {
    "channels": "channels: {x: {type: dbt_user, email: maria@acme.example}}\n",
    "tiers": "tiers: {x: {rank: %d}}\n",
    "escalations": "escalations: {x: [{after: 5m, notify: [figures], unless: resolved}]}\n",
    "calendars": "calendars: {x: {weekdays: [mon]}}\n",
    "rules": "rules: {https-only: warn}\n",
}


def split(desk: Desk, seed: int) -> str:
    """Write each key into a file of its own, in some order and under some names, and return the plan's digest."""
    for old in Path("policies").rglob("*.y*ml"):
        old.unlink()
    shuffled = random.Random(seed).sample(PARTS, len(PARTS))  # noqa: S311 - an order, and no secret
    for number, part in enumerate(shuffled):
        desk.team(part, file=f"{'abc'[number % 3]}/{seed}-{number}.{'yml' if number % 2 else 'yaml'}")
    assert desk.problems() == []
    return str(desk.plan()["policy_digest"])


def test_file_names_and_their_order_mean_nothing_and_every_key_may_stand_in_any_file(desk: Desk) -> None:
    assert len({split(desk, seed) for seed in range(4)}) == 1


@pytest.mark.parametrize("key", ONCE)
def test_a_key_of_the_whole_policy_is_given_once(desk: Desk, key: str) -> None:
    for number, part in enumerate(PARTS):
        if not part.startswith(f"{key}:"):
            desk.team(part, file=f"{number}.yml")
    desk.team(ONCE[key], file="one.yml")
    desk.team(ONCE[key], file="other.yml")
    [told] = [each for each in desk.lint() if "twice" in each["message"]]
    assert told["message"] == f"`{key}` is given twice in the policy"
    assert {Path(told["file"]).name, *(Path(each["file"]).name for each in told["also_at"])} == {"one.yml", "other.yml"}


@pytest.mark.parametrize("key", NAMED)
def test_what_merges_has_each_name_once_and_both_places_are_named(desk: Desk, key: str) -> None:
    desk.policy("channels: {figures: {type: datadog, api_key: $DD_KEY}}\n")
    for number, file in enumerate(("one.yml", "other.yml"), start=1):
        desk.team(NAMED[key].replace("%d", str(number)), file=file)
    [told] = [each for each in desk.lint() if "twice" in each["message"]]
    assert told["message"].endswith(f"is given twice under `{key}`")
    assert {told["file"], *(each["file"] for each in told["also_at"])} == {"policies/one.yml", "policies/other.yml"}


# --- teams ------------------------------------------------------------------------------------------------------------
def test_entries_belong_to_the_team_of_their_file_else_to_default(desk: Desk) -> None:
    desk.policy("channels: {maria: {type: dbt_user, email: maria@acme.example}}\n")
    hook = PARTS[21].replace("hook", "{0}")
    for name in ("finance", ""):
        head = f"team: {name}\n" if name else ""
        job = "Daily Revenue" if name else "Daily Ledger"
        desk.team(
            f"{head}jobs: [{{match: {{name: {job}}}, notify: {{failure: [maria]}}}}]\n"
            f"notifications: [{{to: maria, on: [success], jobs: {{name: {job}}}}}]\n" + hook.replace("{0}", "hook"),
            file=f"{name or 'nobody'}.yml",
        )
    actions = desk.plan()["actions"]
    assert {(each["team"], each["job"]) for each in actions if each["do"] == "add"} == {
        ("finance", "Daily Revenue"),
        ("default", "Daily Ledger"),
    }
    assert {each["key"] for each in actions if each["do"] == "create-webhook"} == {"finance/hook", "default/hook"}


HEAD_KEYS = {
    "notify": "{failure: [maria]}",
    "escalation": "standard",
    "response": "soon",
    "owner": "maria@acme.example",
    "oncall": "{name: somebody}",
    "runbook": "https://wiki.acme.example/x",
    "repository": "https://github.com/acme/dbt",
    "repository_path": "transform",
    "impact": "figures are old",
    "actions": "[look at it]",
    "timezone": "Europe/Berlin",
    "sla": '{due: "08:00"}',
    "hours": '{from: "08:00", to: "19:00"}',
    "group": "{by: project, window: 10m}",
    "promote": "[{after_consecutive_failures: 3, to: critical}]",
    "digest": '{every: day, at: "09:00", to: [figures]}',
    "anomalies": "{slower: {by: 50%, recent: 3, min_runs: 5}}",
}


def test_a_team_s_file_may_set_any_key_of_a_rule_at_its_head(desk: Desk) -> None:
    for number in (0, 1, 2, 5, 11, 12, 13, 14, 16):
        desk.team(PARTS[number], file=f"{number}.yml")
    head = "".join(f"{key}: {value}\n" for key, value in HEAD_KEYS.items())
    desk.team(f"{head}team: finance\njobs:\n  - match: {{name: Daily Revenue}}\n", file="finance.yml")
    assert desk.problems() == []
    assert desk.edges() == ["maria@acme.example failure Daily Revenue"]
    given = {key: where for key, (_, where) in desk.values("Daily Revenue").items()}
    assert given == {key: f"team finance.yml:{line}" for line, key in enumerate(HEAD_KEYS, start=1) if line > 1}


def test_no_key_of_a_rule_is_left_out_of_that() -> None:
    """What a rule may say and the test above leaves out would go unproved."""
    assert {*LayerDoc.model_fields} - {"reason"} == {*HEAD_KEYS}


@pytest.mark.parametrize("key", ["match: {name: Daily Revenue}", "tier: critical"])
def test_except_match_and_tier(desk: Desk, key: str) -> None:
    desk.policy("tiers: {critical: {rank: 1}}\n")
    desk.team(f"team: finance\n{key}\njobs: [{{match: {{name: Daily Revenue}}}}]\n", file="finance.yml")
    [told] = desk.problems()
    assert told.startswith(f"finance.yml:2:1 there is no key `{key.partition(':')[0]}` here")


def test_what_is_left_out_means_the_whole_account_a_file_no_tiers_and_no_relay(desk: Desk) -> None:
    desk.policy(
        "channels: {maria: {type: dbt_user, email: maria@acme.example}}\n"
        "notifications: [{to: maria, on: [failure], jobs: all}]\n",
        head=HEAD,
    )
    policy = desk.loaded()
    assert (policy.tiers, policy.relay_url, policy.ledger.kind) == ({}, None, "file")
    assert {each.rpartition(" failure ")[2] for each in desk.edges()} == {
        "Daily Revenue",
        "Daily Ledger",
        "Weekly Funnel",
    }


def test_one_file_alone_is_checked_with_warnings_for_what_it_cannot_know(desk: Desk) -> None:
    desk.policy("tiers: {critical: {rank: 1, notify: {failure: [maria]}, escalation: standard}}\n")
    desk.team(
        "jobs: [{match: {name: A}, tier: top, sla: {due: '08:00', calendar: week, tier: worse}}]\n"
        "notifications: [{to: maria, on: [failure], jobs: all}]\n",
        file="team.yml",
    )
    for file in ("policies/data.yml", "policies/team.yml"):
        done = desk.run("lint", file, "--json")
        assert done.code == 0, done.out
        names = [each for each in done.json["findings"] if each["rule"] == "policy-warning"]
        assert names
        assert {each["level"] for each in names} == {"warn"}
        assert all(each["message"].startswith("there is no ") for each in names)


ANSWERS = (
    ("plan",),
    ("plan", "--json"),
    ("drift",),
    ("explain", "job", "Daily Revenue"),
    ("explain", "job", "Daily Revenue", "--on", "late"),
    ("explain", "person", "maria@acme.example"),
    ("coverage",),
    ("graph",),
)


@pytest.mark.parametrize("file", ["a team", "tiers"])
@pytest.mark.parametrize("command", ANSWERS, ids=" ".join)
def test_who_is_told_is_not_worked_out_from_files_that_use_names_of_others(
    desk: Desk, command: tuple[str, ...], file: str
) -> None:
    desk.policy("", file="account.yml")
    texts = {
        "a team": "jobs: [{match: {name: Daily Revenue}, tier: top, notify: {failure: [+maria]}, sla: {every: 1h}}]\n",
        "tiers": "jobs: [{match: {name: Daily Revenue}, tier: a}]\ntiers: {a: {rank: 1, escalation: standard}}\n",
    }
    desk.team(texts[file], file="part.yml")
    done = desk.run(*command, "policies/account.yml", "policies/part.yml", "--live", "live.json")
    assert done.code == 3
    told = done.out if "--json" in command else done.err
    assert "there is no " + {"a team": "tier called `top`", "tiers": "escalation called `standard`"}[file] in told
    assert "if another file declares it, name that file too, or the policy's folder" in told


@pytest.mark.parametrize("several", [("policies/a", "policies/b.yml"), ("policies/b.yml", "policies/a")])
def test_paths_are_folders_or_files(desk: Desk, several: tuple[str, ...]) -> None:
    desk.policy("channels: {maria: {type: dbt_user, email: maria@acme.example}}\n", file="a/x.yml")
    desk.team("notifications: [{to: maria, on: [failure], jobs: {name: Daily Revenue}}]\n", file="b.yml")
    desk.team("nonsense: true\n", file="c.yml")
    done = desk.run("plan", *several, "--live", "live.json", "--json")
    assert (done.code, [each["job"] for each in done.json["actions"]]) == (0, ["Daily Revenue"])


# --- versions ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("version", "says"), [("0", "there is no such version"), ("2", "the policy is of a newer version than this tool")]
)
def test_a_newer_version_is_refused_and_there_was_none_before_1(desk: Desk, version: str, says: str) -> None:
    desk.policy("", head=HEAD.replace("version: 1", f"version: {version}"))
    assert desk.problems() == [f"data.yml:1:10 {says}"]


def test_migrate_rewrites_in_place_with_comments_kept(desk: Desk) -> None:
    desk.policy(
        "# who is told\nchannels: {maria: {type: dbt_user, email: maria@acme.example}}   # Maria\n"
        "notifications:\n  - {to: maria, on: [run.error], jobs: all}   # of everything\n"
    )
    before = Path("policies/data.yml").read_text(encoding="utf-8")
    assert desk.run("migrate").code == 0
    assert Path("policies/data.yml").read_text(encoding="utf-8") == before.replace("run.error", "failure")
    assert desk.problems() == []


@pytest.mark.parametrize(
    "question",
    [
        ("plan", "--live", "live.json"),
        ("lint",),
        ("coverage", "--live", "live.json"),
        ("graph", "--live", "live.json"),
        ("explain", "job", "Daily Revenue", "--live", "live.json"),
        ("explain", "channel", "maria", "--live", "live.json"),
        ("test",),
    ],
    ids=lambda question: " ".join(question[:2]),
)
def test_every_command_that_answers_from_a_policy_takes_another_account(desk: Desk, question: tuple[str, ...]) -> None:
    desk.policy("", head=HEAD.replace("70403103916842", "1"), file="account.yml")
    desk.team(
        "channels: {maria: {type: dbt_user, email: maria@acme.example}}\n"
        "jobs: [{match: {name: Daily Revenue}, notify: {failure: [maria]}}]\n",
        file="data.yml",
    )
    Path("other.yml").write_text(HEAD, encoding="utf-8")
    if "--live" in question:
        assert desk.run(*question).code == 64
    assert desk.run(*question, "--account", "other.yml").code == 0


def test_anomalies_in_a_team_s_file_are_the_team_s(desk: Desk) -> None:
    desk.policy("anomalies: {slower: {by: 50%, recent: 3, min_runs: 5}}\n")
    for team, job in (("a", "Daily Revenue"), ("b", "Daily Ledger")):
        desk.team(
            f"team: {team}\nanomalies: {{slower: {{by: 20%, recent: 3, min_runs: 5}}}}\n"
            f"jobs: [{{match: {{name: {job}}}}}]\n",
            file=f"{team}.yml",
        )
    assert desk.problems() == []
    assert desk.values("Daily Ledger")["anomalies"][1] == "team b.yml:2"
