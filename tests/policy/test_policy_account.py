"""Opening the account's references, and nothing else."""

from pathlib import Path

import pytest

from reconciler.errors import PolicyError
from reconciler.model.policy import Policy
from reconciler.policy import load, open_account

REFERENCES = "account: {id: $ID, host: $HOST, token: $TOKEN}"
GOOD = {"ID": "70403103916842", "HOST": "https://ab123.us1.dbt.com/api/", "TOKEN": "hidden-token"}


def _policy(tmp_path: Path, account: str = REFERENCES) -> Policy:
    (tmp_path / "account.yml").write_text(f"version: 1\nmanager: acme\n{account}\n")
    return load([tmp_path])


def test_references_are_opened(tmp_path: Path) -> None:
    target = open_account(_policy(tmp_path), GOOD)
    assert (target.account_id, target.host) == (70403103916842, "https://ab123.us1.dbt.com")
    assert target.token.reveal() == "hidden-token"
    assert "hidden" not in repr(target)


def test_literal_values_need_no_environment(tmp_path: Path) -> None:
    target = open_account(_policy(tmp_path, 'account: {id: 7, host: "http://127.0.0.1:8000/", token: t}'), {})
    assert (target.account_id, target.host) == (7, "http://127.0.0.1:8000")


def test_every_missing_variable_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        open_account(_policy(tmp_path), {"TOKEN": ""})
    assert [problem.message for problem in caught.value.problems] == [
        "the variable ID is not set",
        "the variable HOST is not set",
        "the variable TOKEN is empty",
    ]
    assert str(caught.value.problems[0].at) == f"{tmp_path / 'account.yml'}:3:1"


@pytest.mark.parametrize(
    "host",
    [
        "http://ab123.us1.dbt.com",
        "ftp://ab123.us1.dbt.com",
        "ab123.us1.dbt.com",
        "https://",
        "https://user:pass@ab123.us1.dbt.com",
        "https://ab123.us1.dbt.com/path",
        "https://ab123.us1.dbt.com?x=1",
        "https://[::1",
        "https://x.dbt.com:port",
    ],
)
def test_what_is_no_address_of_an_account_is_refused(host: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        open_account(_policy(tmp_path), {**GOOD, "HOST": host})
    assert [problem.message for problem in caught.value.problems] == ["HOST is not the address of an account"]


@pytest.mark.parametrize("number", ["abc", "-1", "0", "1.5", "9" * 30, "0" * 19 + "1" * 30, "٣"])
def test_what_is_no_account_id_is_refused(number: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        open_account(_policy(tmp_path), {**GOOD, "ID": number})
    assert [problem.message for problem in caught.value.problems] == ["ID holds no account id"]


def test_a_file_alone_without_an_account_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("team: x\n")
    with pytest.raises(PolicyError, match="1 problem"):
        open_account(load([tmp_path / "a.yml"]), {})


def test_values_stay_out_of_the_problems(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        open_account(_policy(tmp_path), {**GOOD, "ID": "hidden-id", "HOST": "hidden-host"})
    assert "hidden" not in repr(caught.value.problems)
