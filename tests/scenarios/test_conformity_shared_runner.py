"""Issue 3 and design §8: no name of a job reaches a CI runner as a command, and none makes a line of its own."""

from __future__ import annotations

import pytest

from reconciler.escape import terminal
from tests.scenarios.conformity_lab import Bench

CHANNELS = """\
channels:
  maria: {type: dbt_user, email: maria@acme.example}
  mail: {type: dbt_email, address: on-call@acme.example, owner: platform@acme.example}
"""
ALL = "{to: [maria, mail], on: [failure], jobs: {project: Finance, environment: {type: production}}}"
FEW = ALL.replace("}}}", "}, name: [Daily Ledger, 'Hourly *', Month Close]}}")
NAMES = (
    "::error title=x::owned",
    "##[error]owned",
    "x\n::add-mask::a\ny",
    "x\r\n##[stop-commands]t",
    "\u2028::error::x",
)


def commands(text: str) -> list[str]:
    """Return the lines that GitHub's runner would obey: it trims a line before it looks for `::`."""
    return [line for line in text.splitlines() if line.lstrip().startswith("::") or "##[" in line]


@pytest.mark.parametrize("name", NAMES)
def test_no_form_of_a_name_commands_the_runner(name: str) -> None:
    for text in (name, f"   {name}", f"\t{name}"):
        assert commands(terminal(text)) == []
        assert len(terminal(text).splitlines()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_no_command_obeys_the_name_of_a_job(bench: Bench, name: str) -> None:
    """The guards list names at the start of a line; the refusal of a stale plan has lines of its own."""
    bench.policy(CHANNELS + f"notifications:\n  - {ALL}\n")
    assert bench.run("apply").code == 0
    bench.run("plan", "--out", "plan.json")
    for job in ("Daily Revenue", "Invoice Export"):
        bench.sandbox.control.change("jobs", bench.job(job)["id"], name=name)
    bench.policy(CHANNELS + f"notifications:\n  - {FEW}\n")
    allowed = bench.run("plan", "--json").json["guards"]
    words = [word for each in allowed for word in ("--allow", each["allow"])]
    for command in (("plan",), ("drift",), ("ledger", "verify"), ("ledger", "show"), ("plan", "--for", "maria")):
        done = bench.run(*command)
        assert commands(done.out + done.err) == [], command
    stale = bench.run("apply", "--plan", "plan.json", *words)
    assert stale.code == 5
    assert commands(stale.out + stale.err) == []
    told = [line for line in stale.err.splitlines() if line.startswith("  remove: ")]
    assert len(told) == len(stale.err.splitlines()) - 2, "the first line, one for each action, the next step"
