"""Microsoft Teams settings at the command line: `snapshot` tells of them, `plan` and `apply` do not ask."""

from __future__ import annotations

from reconciler.sandbox import RunningSandbox
from tests.cli.conftest import Run

PRIVATE = "/api/private/*"


def setting(name: str, *, active: bool = True) -> dict[str, object]:
    return {"name": name, "is_active": active, "channels": [], "rules": [{"trigger_on": "run_errored", "job_id": None}]}


def test_snapshot_tells_how_many_there_are(run: Run, sandbox: RunningSandbox) -> None:
    for row in (setting("prod"), setting("old", active=False)):
        sandbox.control.put("notification_settings", row)
    told = run("snapshot")
    assert "Microsoft Teams settings, not in the file and never changed here: 2, 1 on." in told.out
    document = run("snapshot", "--json").json["teams"]
    assert document["read"] is True
    assert [each["name"] for each in document["settings"]] == ["prod", "old"]
    assert document["settings"][0]["rules"][0]["job_id"] is None


def test_snapshot_is_whole_also_where_they_are_not_readable(run: Run, sandbox: RunningSandbox) -> None:
    sandbox.control.add_fault(path=PRIVATE, status=404)
    told = run("snapshot")
    assert told.code == 0
    assert "Microsoft Teams settings were not read: dbt Cloud shows no list of them" in told.out
    assert run("snapshot", "--json").json["teams"]["read"] is False


def test_plan_and_apply_do_not_ask(run: Run, sandbox: RunningSandbox) -> None:
    sandbox.control.clear_log()
    run("plan")
    run("apply")
    assert sandbox.control.log(path=PRIVATE) == []
