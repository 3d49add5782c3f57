"""Issue 3 and design §4.6, §7, sentence by sentence: what every command says, in every form."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import pytest

from reconciler.errors import ExitCode
from reconciler.model.actions import Action
from reconciler.render.sections import summary_line
from tests.render.plans import everything as everything_planned
from tests.scenarios.conformity_lab import Bench

POLICY = """\
scope: {all_jobs_webhooks: true}
channels:
  maria: {type: dbt_user, email: maria@acme.example}
notifications:
  - {to: maria, on: [failure], jobs: {project: Finance, environment: {type: production}}}
webhooks:
  - name: hook
    url: "https://catalog.acme.example/dbt"
    on: [completed]
    jobs: all
    secret_sink: {store: file, path: .dbt-alerts/hook.secret}
"""
COMMANDS = (
    ("plan",),
    ("plan", "--for", "maria@acme.example"),
    ("plan", "--detailed-exitcode"),
    ("plan", "--live", "nowhere.json"),
    ("plan", "--json", "--markdown"),
    ("apply",),
    ("apply", "--plan", "nowhere.json"),
    ("drift",),
    ("drift", "--detailed-exitcode"),
    ("drift", "--live", "nowhere.json"),
    ("doctor",),
    ("import", "--out", "found"),
    ("import", "--out", "found", "--manager", "found", "--from-terraform", "nowhere.json"),
    ("import", "--out", "found", "policies"),
    ("ledger", "show"),
    ("ledger", "verify"),
    ("ledger", "verify", "--detailed-exitcode"),
    ("ledger", "unlock"),
    ("ledger", "rebuild"),
    ("release", "maria"),
    ("release", "nobody"),
    ("rotate", "default/hook", "--wait", "1"),
    ("rotate", "default/none"),
    ("purge",),
    ("purge", "--key", "default/none"),
    ("purge", "--older-than", "soon"),
    ("snapshot",),
    ("snapshot", "--out", "nowhere/snapshot.json"),
)


WAYS_OUT = (": choose one", "write a number of days")
"""What a message says that is its own next step."""


@pytest.mark.parametrize("token", ["right", "wrong"])
def test_json_is_one_document_with_the_word_the_code_and_what_to_do_next(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    bench.policy(POLICY)
    assert bench.run("apply").code == 0
    if token == "wrong":
        monkeypatch.setenv("DBT_CLOUD_TOKEN", "wrong")
    for command in COMMANDS:
        done = bench.run(*command, "--json")
        assert "Internal error" not in done.err, command
        document = json.loads(done.out)
        assert (document["result"], document["exit_code"]) == (ExitCode(done.code).word, done.code), command
        message = document.get("message", "")
        if message and not any(way in message for way in WAYS_OUT):
            assert document["next_step"], (command, message)


def test_every_kind_of_action_is_counted_in_the_last_line() -> None:
    """A plan that gave up a webhook said "nothing in this run"."""
    everything = everything_planned()
    assert {type(action) for action in everything.actions} == {*get_args(Action)}
    for action in everything.actions:
        alone = replace(everything, actions=(action,), left=(), guards=())
        assert "nothing in this run" not in summary_line(alone), action


def test_a_webhook_taken_over_by_its_id_is_not_said_to_carry_our_mark(bench: Bench) -> None:
    there = bench.webhook("incident bridge")
    bench.policy(
        "webhooks:\n"
        f'  - {{name: bridge, id: {there["id"]}, url: "{there["client_url"]}", on: [errored], '
        "jobs: {project: Finance, name: Daily Ledger}}\n"
    )
    text = bench.run("plan").out
    assert "is taken over by its id" in text
    assert "by its mark" not in text


def test_what_this_version_does_not_know_is_said_once_and_left_as_it_is(bench: Bench) -> None:
    bench.policy(POLICY)
    job = bench.job("Daily Revenue")["id"]
    bench.add_row(9, bench.user("maria@acme.example")["id"], on_failure=[job])
    assert bench.run("plan").out.count("notification type 9 is not known to this version and is left as it is") == 1


def test_a_dry_run_of_release_does_not_say_that_something_was_given_up(bench: Bench) -> None:
    bench.policy(POLICY)
    assert bench.run("apply").code == 0
    bench.policy(POLICY.partition("notifications:")[0])
    done = bench.run("release", "maria", "--dry-run")
    assert (done.code, done.out.split(",")[0]) == (0, "Would be given up")
    assert "Released" not in done.out
