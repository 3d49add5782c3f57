"""A saved plan that was killed goes on when it is applied again, wherever it was; a third run has nothing to do."""

from __future__ import annotations

import pytest

from tests.scenarios.policies_lab import tells, webhooks
from tests.scenarios.process_lab import Workplace

pytestmark = pytest.mark.slow

BEFORE = tells("maria", "priya", "jonas", on="failure, cancelled") + webhooks("feed", "old")
CHANGED = ("on: [completed], jobs: {project: Finance}", "on: [errored], jobs: {project: Growth}")
HOOKS = webhooks("feed", "added").replace(*CHANGED, 1)
AFTER = tells("maria", "new-mail", "data-alerts", on="failure, success") + HOOKS


def _allow(place: Workplace) -> list[str]:
    """Return exactly the allowances that the plan asks for."""
    guards = place.run("plan", "--json").json["guards"]
    return [word for guard in guards for word in ("--allow", guard["allow"])]


@pytest.mark.parametrize(
    ("method", "writes", "moment"),
    [
        ("POST", 0, "before"),
        ("POST", 2, "after"),
        ("POST", 4, "before"),
        ("POST", 6, "after"),
        ("PUT", 0, "before"),
        ("PUT", 0, "after"),
        ("PUT", 1, "after"),
    ],
)
def test_the_same_plan_is_the_resume(place: Workplace, method: str, writes: int, moment: str) -> None:
    place.policy(BEFORE)
    assert place.run("apply").code == 0
    place.policy(AFTER)
    allow = _allow(place)
    done = place.run("plan", "--out", "saved.json", *allow)
    assert done.code == 0, done
    _killed(place, (method, writes, moment), allow)
    again = place.run("apply", "--plan", "saved.json", *allow, "--json")
    assert again.code == 0, again
    assert again.json["not_in_saved_plan"] == [], "what is left of a reviewed plan is reviewed"
    place.sandbox.control.clear_log()
    third = place.run("apply", "--plan", "saved.json")
    assert third.code == 0, third
    assert "Nothing to do." in third.out, third
    assert place.sandbox.writes() == []
    assert place.run("plan", "--json").json["differs"] is False


def _killed(place: Workplace, point: tuple[str, int, str], allow: list[str]) -> None:
    """Kill the apply at one write: when it arrives, or when it was done and its answer is held back."""
    method, writes, moment = point
    rule = place.sandbox.control.add_fault(method=method, path="*", skip=writes, times=1, hold=moment)
    process = place.start("apply", "--plan", "saved.json", *allow)
    place.sandbox.wait_for("the write, or the end", lambda: process.poll() is not None or _held(place, rule["id"]))
    assert process.poll() is None, f"there is no {method} number {writes + 1}\n{process.communicate()}"
    process.kill()
    process.communicate()
    place.sandbox.control.clear_faults()


def _held(place: Workplace, rule: int) -> bool:
    return any(each["id"] == rule and each["fired"] for each in place.sandbox.control.call("GET", "/faults")["faults"])
