"""Ctrl-C while dbt Cloud keeps us waiting: the write in hand ends, 130, where it stands; the next run converges."""

from __future__ import annotations

import re
import signal
from typing import Any

import pytest

from tests.scenarios.policies_lab import EVERYBODY, tells
from tests.scenarios.process_lab import Workplace

pytestmark = pytest.mark.slow

WRITE: dict[str, Any] = {"method": "POST", "path": "*/notifications/*", "skip": 1, "times": 1}


def _held(place: Workplace, rule: int) -> bool:
    return any(each["id"] == rule and each["fired"] for each in place.sandbox.control.call("GET", "/faults")["faults"])


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_between_writes_says_where_it_stands(place: Workplace, moment: str, number: signal.Signals) -> None:
    place.policy(tells(*EVERYBODY))
    rule = place.sandbox.control.add_fault(**WRITE, hold=moment)
    process = place.start("apply")
    place.sandbox.wait_for("the second write to arrive", lambda: _held(place, rule["id"]))
    process.send_signal(number)
    place.sandbox.control.call("POST", f"/faults/{rule['id']}/release")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, f"a stopped run exits 130, not {process.returncode}\n{out}\n{err}"
    assert "Stopped: stopped between two writes" in out, f"it must say that it stopped\n{out}"
    found = re.search(r"Partly applied: (\d+) done, 0 failed, (\d+) withheld", out)
    assert found, f"it must say where it stands\n{out[-600:]}"
    assert int(found[1]) > 0, f"two recipients were finished\n{out[-600:]}"
    assert int(found[2]) > 0, f"the others were not\n{out[-600:]}"
    assert "It is safe to run again" in out, out[-600:]
    assert "Traceback" not in err, err
    assert len(place.sandbox.writes()) == 2, "the write in hand ends, and no other begins"
    _next_run_converges(place)


def test_stopping_twice_ends_at_once_and_the_next_run_converges(place: Workplace) -> None:
    place.policy(tells(*EVERYBODY))
    rule = place.sandbox.control.add_fault(**WRITE, hold="after")
    process = place.start("apply")
    place.sandbox.wait_for("the second write to arrive", lambda: _held(place, rule["id"]))
    process.send_signal(signal.SIGINT)
    line = process.stderr.readline() + process.stderr.readline() if process.stderr else ""
    assert "press Ctrl-C again" in line, f"the first Ctrl-C must say that a second one ends it: {line!r}"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, f"{process.returncode}\n{out}\n{err}"
    assert "Traceback" not in err, err
    place.sandbox.control.clear_faults()
    _next_run_converges(place)


def test_stopping_while_reading_exits_at_once(place: Workplace) -> None:
    place.policy(tells(*EVERYBODY))
    rule = place.sandbox.control.add_fault(method="GET", path="*/jobs/*", hold="before", times=1)
    process = place.start("apply")
    place.sandbox.wait_for("a page to be asked for", lambda: _held(place, rule["id"]))
    process.send_signal(signal.SIGINT)
    place.sandbox.control.call("POST", f"/faults/{rule['id']}/release")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, f"{process.returncode}\n{out}\n{err}"
    assert place.sandbox.writes() == [], "stopped before the first write: nothing may be written"
    _next_run_converges(place)


@pytest.mark.parametrize("command", ["plan", "snapshot"])
def test_commands_that_only_read_end_with_130_too(place: Workplace, command: str) -> None:
    place.policy(tells("maria"))
    rule = place.sandbox.control.add_fault(method="GET", path="*/jobs/*", hold="before", times=1)
    process = place.start(command)
    place.sandbox.wait_for("a page to be asked for", lambda: _held(place, rule["id"]))
    process.send_signal(signal.SIGINT)
    place.sandbox.control.call("POST", f"/faults/{rule['id']}/release")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, f"{process.returncode}\n{out}\n{err}"
    assert "Traceback" not in err, err


def _next_run_converges(place: Workplace) -> None:
    done = place.run("apply")
    assert done.code == 0, f"the run after the stopped one must finish the work\n{done}"
    again = place.run("plan", "--repair-drift", "--detailed-exitcode")
    assert again.code == 0, f"and leave nothing to do\n{again}"
    active = [row for row in place.sandbox.control.rows("notifications") if row["state"] == 1]
    addresses = [row["external_email"] for row in active if row["type"] == 4 and row["external_email"]]
    channels = [row["slack_channel_id"] for row in active if row["type"] == 2]
    assert len(addresses) == len(set(addresses)), f"a recipient was made twice: {addresses}"
    assert len(channels) == len(set(channels)), f"a recipient was made twice: {channels}"
