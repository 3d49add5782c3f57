"""`plan --for PERSON`: whom a name means, what changes for them, and what they are told of afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.scenarios.conformity_lab import Bench, bench, conformity_sandbox
from tests.scenarios.test_conformity_edges import ORDERS, PAYMENTS, REVENUE, on, told

__all__ = ["bench", "conformity_sandbox"]

CHANNELS = """\
relay: {url: https://relay.acme.example}
channels:
  maria: {type: dbt_user, email: maria@acme.example}
  jonas: {type: dbt_user, email: jonas@acme.example}
  maria-mail: {type: dbt_email, address: Maria@Acme.example, owner: platform@acme.example}
  alerts: {type: dbt_slack, channel_id: C0123456789, channel_name: "#data-alerts", linked_by: platform@acme.example}
  pager: {type: pagerduty, routing_key: $PAGERDUTY_KEY}
"""


def asks(*lines: str, more: str = "") -> str:
    return CHANNELS + "notifications:\n" + "".join(f"  - {line}\n" for line in lines) + more


def whose(bench: Bench, who: str, *options: str) -> dict[str, Any]:
    done = bench.run("plan", "--for", who, "--json", *options)
    assert done.code == 0, done
    return done.json


def jobs(lines: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Return what lines tell, by outcome."""
    return {", ".join(line["outcomes"]): [job["name"] for job in line["jobs"]] for line in lines}


def names(lines: list[dict[str, Any]]) -> list[str]:
    return sorted(job["name"] for line in lines for job in line["jobs"])


@pytest.mark.parametrize(
    ("who", "means"),
    [
        ("jonas@acme.example", "jonas@acme.example"),
        (" JONAS@acme.example ", "jonas@acme.example"),
        ("jonas", "jonas@acme.example"),
        ("alerts", "#data-alerts"),
        ("#data-alerts", "#data-alerts"),
        ("data-alerts", "#data-alerts"),
        ("C0123456789", "#data-alerts"),
        ("slack:C0123456789", "#data-alerts"),
        ("email:finance-data@acme.example", "finance-data@acme.example"),
        ("pager", "pager"),
    ],
)
def test_whom_a_name_means(bench: Bench, who: str, means: str) -> None:
    bench.policy(asks(ORDERS, on("alerts", "Finance", "Hourly Orders")))
    assert whose(bench, who)["for"] == means


def test_a_person_is_meant_by_name_and_by_key(bench: Bench) -> None:
    bench.policy(asks(ORDERS))
    user = bench.user("priya@acme.example")
    by_key = whose(bench, f"user:{user['id']}")
    assert by_key["for"] == "priya@acme.example"
    assert whose(bench, f"{user['first_name']} {user['last_name']}") == by_key


def test_one_person_in_two_channels_is_one_person(bench: Bench) -> None:
    bench.policy(asks(ORDERS, on("maria-mail", "Finance", "Hourly Payments")))
    found = whose(bench, "maria")
    assert [key.partition(":")[0] for key in found["recipients"]] == ["email", "user"]
    assert sorted(job["name"] for line in found["starts"] for job in line["jobs"]) == [
        "Hourly Orders",
        "Hourly Payments",
    ]


def test_several_people_of_one_name_are_listed(bench: Bench) -> None:
    for email in ("maria@acme.example", "jonas@acme.example"):
        user = bench.user(email)
        bench.sandbox.control.change("users", user["id"], first_name="Sam", last_name="Lee")
    bench.policy(asks(ORDERS))
    done = bench.run("plan", "--for", "sam lee")
    assert done.code == 64, done
    assert "means 2: jonas@acme.example (user:" in done.err
    assert "maria@acme.example (" in done.err


def test_an_unknown_person_gets_what_is_similar(bench: Bench) -> None:
    bench.policy(asks(ORDERS))
    done = bench.run("plan", "--for", "jonsa@acme.example")
    assert (done.code, "did you mean jonas@acme.example" in done.err) == (64, True), done
    done = bench.run("plan", "--for", "xyz")
    assert (done.code, "a Slack channel's name or id" in done.err) == (64, True), done


def test_only_their_part_is_shown_and_what_they_are_told_of_afterwards(bench: Bench) -> None:
    bench.policy(told(REVENUE, ORDERS, on("jonas", "Finance", "Hourly Orders")))
    assert bench.run("apply").code == 0
    bench.policy(
        told(REVENUE, PAYMENTS, on("jonas", "Finance", "Hourly Orders"), on("jonas", "Growth", "Hourly Events"))
    )
    maria, jonas = whose(bench, "maria"), whose(bench, "jonas")
    assert (jobs(maria["starts"]), jobs(maria["stops"])) == (
        {"failure": ["Hourly Payments"]},
        {"failure": ["Hourly Orders"]},
    )
    assert (jobs(jonas["starts"]), jonas["stops"]) == ({"failure": ["Hourly Events"]}, [])
    ours = [line for line in maria["told_after"] if line["note"] == "team default, channel maria"]
    assert sorted(job["name"] for line in ours for job in line["jobs"]) == [
        "Daily Revenue (Production)",
        "Hourly Payments",
    ]
    assert any(line["note"] == "not ours" for line in maria["told_after"]), "what others tell them counts too"


def test_a_move_is_shown_to_both(bench: Bench) -> None:
    bench.policy(told(on("maria", "Finance", "Hourly Orders")))
    assert bench.run("apply").code == 0
    bench.policy(told(on("jonas", "Finance", "Hourly Orders")))
    for who in ("maria", "jonas"):
        found = whose(bench, who)
        assert [len(found[part]) for part in ("stops", "moves", "starts")] == [0, 1, 0]
    assert "1 to stop; told of" in bench.run("plan", "--for", "maria").out
    assert "1 to start; told of 1 after" in bench.run("plan", "--for", "jonas").out


def test_it_says_when_nothing_changes(bench: Bench) -> None:
    bench.policy(told(ORDERS))
    assert bench.run("apply").code == 0
    done = bench.run("plan", "--for", "maria")
    assert "For maria@acme.example: nothing changes; told of" in done.out
    assert "Hourly Orders" in done.out
    assert "For jonas@acme.example: nothing changes; told of nothing" in bench.run("plan", "--for", "jonas").out


def test_drift_is_shown_as_left(bench: Bench) -> None:
    bench.policy(told(on("jonas", "Finance", "Hourly Orders")))
    assert bench.run("apply").code == 0
    row = bench.row(type=1, user_id=bench.user("jonas@acme.example")["id"])
    bench.sandbox.control.change("notifications", row["id"], on_failure=[])
    found = whose(bench, "jonas")
    assert (found["starts"], jobs(found["left_for_another_run"]["starts"])) == ([], {"failure": ["Hourly Orders"]})
    assert jobs(whose(bench, "jonas", "--repair-drift")["starts"]) == {"failure": ["Hourly Orders"]}


def test_a_relayed_channel_waits_for_its_relay(bench: Bench) -> None:
    bench.policy(asks(ORDERS, on("pager", "Finance", "Hourly Orders")))
    found = whose(bench, "pager")
    waiting = [(each["outcome"], [job["name"] for job in each["jobs"]]) for each in found["waiting_for_a_relay"]]
    assert waiting == [("failure", ["Hourly Orders"])]


def test_a_departed_person_is_said_to_get_nothing(bench: Bench) -> None:
    bench.policy(told(on("jonas", "Finance", "Hourly Orders")))
    departed = next(row for row in bench.sandbox.control.rows("users") if not row["is_active"])
    assert "Deactivated in dbt Cloud" in bench.run("plan", "--for", departed["email"]).out


def test_exit_codes_and_the_saved_plan_are_those_of_the_whole_plan(bench: Bench) -> None:
    bench.policy(told(ORDERS))
    done = bench.run("plan", "--for", "jonas", "--detailed-exitcode", "--out", "plan.json")
    assert done.code == 2, done
    assert len(json.loads(Path("plan.json").read_text())["actions"]) == 1
    assert bench.run("apply", "--plan", "plan.json").code == 0


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_what_people_read(bench: Bench, form: str, snapshot: SnapshotAssertion) -> None:
    bench.policy(told(REVENUE, ORDERS))
    assert bench.run("apply").code == 0
    bench.policy(told(REVENUE, PAYMENTS, on("jonas", "Finance", "Hourly Orders")))
    options = ("--markdown",) if form == "markdown" else ()
    out = bench.run("plan", "--for", "maria", *options).out
    shown = "\n".join(line for line in out.splitlines() if not line.startswith("<sub>"))
    assert shown == snapshot
