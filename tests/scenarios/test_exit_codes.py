"""Every exit code of design §7 that a command can end with now, by a real process; JSON says the same as a word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.scenarios.policies_lab import HEAD, tells
from tests.scenarios.process_lab import Workplace

pytestmark = pytest.mark.slow

Prepare = Callable[[Workplace], None]


@dataclass(frozen=True, kw_only=True)
class Case:
    """How to come to a code. `json` says whether the command prints its result as JSON although it ends so."""

    prepare: Prepare
    arguments: tuple[str, ...]
    code: int
    word: str = ""
    says: str = ""


def nothing_wanted(place: Workplace) -> None:
    place.policy(HEAD)


def wanted(place: Workplace) -> None:
    place.policy(tells("maria", "finance-mail"))


def wrong(place: Workplace) -> None:
    place.policy(tells("nobody-declares-me"))


def no_token(place: Workplace) -> None:
    wanted(place)
    place.environ["DBT_CLOUD_TOKEN"] = "dbtu_wrong"


def pruned(place: Workplace) -> None:
    """Applied, and then everything is dropped: prune, coverage and empty-team fire."""
    place.policy(tells("priya", jobs="{project: Growth}"))
    done = place.run("apply")
    assert done.code == 0, done
    nothing_wanted(place)


def plan_of_another_time(place: Workplace) -> None:
    wanted(place)
    done = place.run("plan", "--out", "saved.json")
    assert done.code == 0, done
    text = (place.folder / "saved.json").read_text(encoding="utf-8")
    (place.folder / "saved.json").write_text(text.replace('"acme-data-alerts"', '"somebody-else"'), encoding="utf-8")


def one_write_fails(place: Workplace) -> None:
    wanted(place)
    place.sandbox.control.add_fault(
        method="POST", path="*/notifications/70403103905001/", status=400, body={"data": {}}
    )


def blocked(place: Workplace) -> None:
    place.policy(tells("maria", jobs="{name: Nobody called it this}"))


CASES = {
    "0 no differences": Case(prepare=nothing_wanted, arguments=("plan",), code=0, word="success", says="No changes"),
    "0 differences, not asked to signal": Case(prepare=wanted, arguments=("plan",), code=0, word="success"),
    "0 applied": Case(prepare=wanted, arguments=("apply",), code=0, word="success"),
    "1 a wrong token": Case(prepare=no_token, arguments=("plan",), code=1, says="401"),
    "2 differences, asked to signal": Case(
        prepare=wanted, arguments=("plan", "--detailed-exitcode"), code=2, word="differences"
    ),
    "3 a name that nobody declares": Case(prepare=wrong, arguments=("plan",), code=3, says="policy.yml:"),
    "3 no files": Case(prepare=lambda _: None, arguments=("plan", "empty"), code=3),
    "4 plan, after printing everything": Case(prepare=pruned, arguments=("plan",), code=4, word="refused"),
    "4 apply": Case(prepare=pruned, arguments=("apply",), code=4, says="nothing was written"),
    "5 a forged plan": Case(prepare=plan_of_another_time, arguments=("apply", "--plan", "saved.json"), code=5),
    "5 another digest": Case(prepare=wanted, arguments=("apply", "--expect", "sha256:other"), code=5),
    "6 an addition failed": Case(prepare=one_write_fails, arguments=("apply",), code=6, word="partly"),
    "6 something is blocked": Case(prepare=blocked, arguments=("apply",), code=6, word="partly"),
    "64 no such option": Case(prepare=wanted, arguments=("plan", "--no-such-option"), code=64),
    "64 no such guard": Case(prepare=wanted, arguments=("apply", "--allow", "everything=1"), code=64),
    "64 no such file": Case(prepare=wanted, arguments=("apply", "--plan", "nowhere.json"), code=64),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_code_says_how_it_went(place: Workplace, case: Case) -> None:
    (place.folder / "empty").mkdir()
    case.prepare(place)
    done = place.run(*case.arguments, "--json")
    assert done.code == case.code, f"expected exit {case.code}\n{done}"
    assert "Traceback" not in done.err + done.out, done
    assert "Internal error" not in done.err, done
    if case.word:
        assert (done.json["exit_code"], done.json["result"]) == (case.code, case.word), done
    text = place.run(*case.arguments)
    assert case.says in text.out + text.err, f"expected to read {case.says!r}\n{text}"
    if case.word not in {"partly", "success"}:
        assert text.code == case.code, f"text and JSON must end alike\n{text}"


def test_a_refused_command_with_json_prints_json_too(place: Workplace) -> None:
    """A script that reads --json must find the word also where nothing was planned or done."""
    for prepare, arguments, code in (
        (no_token, ("plan",), 1),
        (wrong, ("plan",), 3),
        (wanted, ("apply", "--expect", "sha256:other"), 5),
    ):
        place.environ["DBT_CLOUD_TOKEN"] = place.sandbox.token
        prepare(place)
        done = place.run(*arguments, "--json")
        assert done.code == code, done
        assert done.json["exit_code"] == code, done
        assert done.json["message"], done
