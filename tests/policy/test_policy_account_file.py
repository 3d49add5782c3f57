"""The same policy for another account: one file stands for the one that holds `account`, whole, without overlays."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from reconciler.errors import PolicyError
from reconciler.model.policy import Policy
from reconciler.model.problem import Problem
from reconciler.policy import load
from reconciler.render.problems import problem_lines

ACCOUNT = """\
version: 1
manager: acme-data-alerts
account: {id: 70403103916842, host: "https://ab123.us1.dbt.com", token: $DBT_CLOUD_TOKEN}
scope: {projects: [Finance]}
"""
STAGING = ACCOUNT.replace("70403103916842", "$STAGING_ACCOUNT_ID").replace("acme-data-alerts", "acme-staging")
CHANNELS = "channels: {maria: {type: dbt_user, email: maria@acme.example}}\n"


def files(folder: Path, texts: Mapping[str, str]) -> Path:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "policies"


def refused(folder: Path, account_file: Path) -> tuple[Problem, ...]:
    with pytest.raises(PolicyError) as caught:
        load([folder], account_file=account_file)
    assert all(problem.message and problem.fix for problem in caught.value.problems)
    return caught.value.problems


def loaded(root: Path, texts: Mapping[str, str]) -> Policy:
    folder = files(root, texts)
    return load([folder], account_file=root / "staging.yml")


def test_the_file_that_holds_account_is_replaced_whole(tmp_path: Path) -> None:
    policy = loaded(
        tmp_path, {"policies/account.yml": ACCOUNT, "policies/channels.yml": CHANNELS, "staging.yml": STAGING}
    )
    assert policy.manager == "acme-staging"
    assert str(policy.account.id) == "$STAGING_ACCOUNT_ID"
    assert policy.account.at.file == str(tmp_path / "staging.yml")
    assert list(policy.channels) == ["maria"]
    assert policy.warnings == ()


def test_what_the_replaced_file_says_besides_does_not_count_and_is_told(tmp_path: Path) -> None:
    """A forgotten `scope` would let the tool reach the whole account: it is never forgotten in silence."""
    staging = STAGING.replace("scope: {projects: [Finance]}\n", "")
    policy = loaded(tmp_path, {"policies/all.yml": ACCOUNT + CHANNELS, "staging.yml": staging})
    assert (policy.scope.projects, dict(policy.channels)) == (None, {})
    assert [(warning.message, warning.at.line) for warning in policy.warnings] == [
        ("`scope` does not count: --account replaces this file whole", 4),
        ("`channels` does not count: --account replaces this file whole", 5),
    ]


def test_what_goes_with_the_replaced_file_is_told_beside_the_errors_that_come_of_it(tmp_path: Path) -> None:
    channels = "channels: {team: {type: slack, url: $TEAM_URL}}\n"
    relay = 'relay: {url: "https://alerts.acme.example/dbt"}\n'
    texts = {"policies/account.yml": ACCOUNT + relay, "policies/channels.yml": channels, "staging.yml": STAGING}
    with pytest.raises(PolicyError) as caught:
        load([files(tmp_path, texts)], account_file=tmp_path / "staging.yml")
    assert caught.value.message == "1 problem in the policy"
    first, second = (line for line in problem_lines(caught.value.problems) if not line.startswith("    "))
    assert "account.yml:5:1: warning: `relay` does not count" in first
    assert "error: channel `team` is relayed, and the policy has no relay" in second


def test_where_no_file_holds_account_it_is_added(tmp_path: Path) -> None:
    policy = loaded(tmp_path, {"policies/channels.yml": CHANNELS, "staging.yml": STAGING})
    assert (policy.manager, list(policy.channels)) == ("acme-staging", ["maria"])


def test_mistakes_of_the_replaced_file_do_not_count(tmp_path: Path) -> None:
    wrong = ACCOUNT.replace("version: 1", "version: 99").replace("Finance", "$NOT_A_NAME")
    assert loaded(tmp_path, {"policies/account.yml": wrong, "staging.yml": STAGING}).manager == "acme-staging"


def test_two_accounts_may_stand_in_the_folder_where_every_run_names_one(tmp_path: Path) -> None:
    folder = files(tmp_path, {"policies/production.yml": ACCOUNT, "policies/staging.yml": STAGING})
    for name, manager in (("production.yml", "acme-data-alerts"), ("staging.yml", "acme-staging")):
        assert load([folder], account_file=folder / name).manager == manager


def test_of_two_more_files_with_account_nobody_knows_which_is_replaced(tmp_path: Path) -> None:
    texts = {"policies/a.yml": ACCOUNT, "policies/b.yml": CHANNELS + ACCOUNT, "staging.yml": STAGING}
    (problem,) = refused(files(tmp_path, texts), tmp_path / "staging.yml")
    assert problem.message == "two files of the policy hold `account`, and --account replaces one"
    assert (problem.at.file, problem.at.line) == (str(tmp_path / "policies" / "b.yml"), 4)
    assert [place.file for place in problem.also_at] == [str(tmp_path / "policies" / "a.yml")]


@pytest.mark.parametrize("text", ["version: 1\nmanager: acme-staging\n", "", "# nothing yet\n"])
def test_a_file_without_account_is_refused(text: str, tmp_path: Path) -> None:
    folder = files(tmp_path, {"policies/account.yml": ACCOUNT, "staging.yml": text})
    first = refused(folder, tmp_path / "staging.yml")[0]
    assert first.message == "the file given to --account does not say which account"
    assert first.at.file == str(tmp_path / "staging.yml")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    folder = files(tmp_path, {"policies/account.yml": ACCOUNT})
    (problem,) = refused(folder, tmp_path / "nowhere.yml")
    assert (problem.at.file, problem.message) == (str(tmp_path / "nowhere.yml"), "there is no such file")


def test_a_team_checked_alone_is_checked_with_the_other_account(tmp_path: Path) -> None:
    folder = files(tmp_path, {"policies/finance.yml": "team: finance\nowner: a@acme.example\n", "staging.yml": STAGING})
    policy = load([folder / "finance.yml"], account_file=tmp_path / "staging.yml")
    assert policy.missing == ()
    assert policy.scope.projects == ("Finance",)
