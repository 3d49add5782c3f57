"""TERM, as CI sends it to a job that is cancelled, ends every command as Ctrl-C does: what is held is given back."""

from __future__ import annotations

import json
import signal

import pytest

from tests.scenarios.policies_lab import EVERYBODY, tells
from tests.scenarios.process_lab import Workplace

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("command", [("drift",), ("purge", "--yes"), ("release", "user:1")])
def test_a_cancelled_job_ends_with_130_and_says_so(place: Workplace, command: tuple[str, ...]) -> None:
    """Python ends at once on TERM, without any `finally`: a lease on the ledger's branch would lock everybody out."""
    place.policy(tells(*EVERYBODY))
    rule = place.sandbox.control.add_fault(method="GET", hold="before", times=1)
    process = place.start(*command, "--json")
    held = place.sandbox.control
    place.sandbox.wait_for(
        "a page to be asked for",
        lambda: any(each["id"] == rule["id"] and each["fired"] for each in held.call("GET", "/faults")["faults"]),
    )
    process.send_signal(signal.SIGTERM)
    place.sandbox.control.call("POST", f"/faults/{rule['id']}/release")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, f"{process.returncode}\n{out}\n{err}"
    assert json.loads(out)["result"] == "interrupted"
    assert "Traceback" not in err, err
