"""A saved plan is a file from somewhere: whatever stands in it, it selects among today's actions or is refused."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.cli.plan_file import LARGEST
from reconciler.plan.document import digest_of
from reconciler.plan.document_schema import plan_schema
from tests.command import Result
from tests.scenarios.conformity_lab import Bench
from tests.scenarios.test_conformity_edges import ORDERS, PAYMENTS, REVENUE, on, told

PLAN = Path("plan.json")
Document = dict[str, Any]


def saved(bench: Bench, *lines: str) -> Document:
    bench.policy(told(*(lines or (REVENUE,))))
    done = bench.run("plan", "--out", str(PLAN))
    assert done.code == 0, done
    bench.sandbox.control.clear_log()
    return dict(json.loads(PLAN.read_text()))


def sealed(document: Document) -> Document:
    """Give a changed plan its right digest, as somebody would who knows how it is made."""
    return {**document, "digest": digest_of(document)}


def apply(bench: Bench) -> Result:
    return bench.run("apply", "--plan", str(PLAN))


def refused(bench: Bench) -> str:
    done = apply(bench)
    assert (done.code, bench.writes()) == (5, []), done
    assert "Next step" in done.err, done.err
    return done.err


# --- forged -----------------------------------------------------------------------------------------------------------
def test_an_edited_plan_is_refused(bench: Bench) -> None:
    document = saved(bench)
    document["actions"][0]["after"]["ours"]["protected"] = True
    PLAN.write_text(json.dumps(document))
    assert "digest" in refused(bench)


def test_a_forged_plan_with_a_right_digest_does_what_the_honest_one_does(bench: Bench) -> None:
    """Everything that could be asked for is asked for, with other values: today's plan is all that happens."""
    document = saved(bench, REVENUE, ORDERS)
    honest = apply(bench)
    assert honest.code == 0, honest
    wanted, journal = tables(bench), [write.split()[0] for write in bench.writes()]
    bench.sandbox.control.reset()
    Path(".dbt-alerts/ledger.json").unlink()
    saved(bench, REVENUE, ORDERS)
    PLAN.write_text(json.dumps(sealed({**document, "actions": [*forged(bench, document), *document["actions"]]})))
    done = apply(bench)
    assert done.code == 0, done
    assert (tables(bench), [write.split()[0] for write in bench.writes()]) == (wanted, journal)


def forged(bench: Bench, document: Document) -> list[Document]:
    """Return an action of every kind on everything there is, with values that nobody wants."""
    example = document["actions"][0]
    places = [
        f"user:{user['id']}|{outcome}|{job['id']}"
        for user in bench.sandbox.control.rows("users")
        for job in bench.sandbox.control.rows("jobs")
        for outcome in ("failure", "success")
    ]
    edges = [
        {**example, "do": verb, "id": f"{verb} {place}", "after": {"told": True, "ours": {"team": "evil"}}}
        for verb in ("add", "remove", "evict")
        for place in places
    ]
    hooks = [{**example, "id": f"deactivate-webhook {row['id']}"} for row in bench.sandbox.control.rows("webhooks")]
    return [*edges, *hooks]


def tables(bench: Bench) -> dict[str, list[Any]]:
    """Return what dbt Cloud holds, without the times of writing."""
    tables = {name: bench.sandbox.control.rows(name) for name in ("notifications", "webhooks")}
    return {
        name: [{key: value for key, value in row.items() if key != "updated_at"} for row in rows]
        for name, rows in tables.items()
    }


def test_a_forged_removal_of_ours_does_not_happen_either(bench: Bench) -> None:
    saved(bench, REVENUE, ORDERS)
    apply(bench)
    document = saved(bench, REVENUE, ORDERS, PAYMENTS)
    removals = [
        {**document["actions"][0], "do": "remove", "id": f"remove {claim}"}
        for claim in (f"user:{bench.user('maria@acme.example')['id']}|failure|{bench.job('Hourly Orders')['id']}",)
    ]
    PLAN.write_text(json.dumps(sealed({**document, "actions": removals})))
    assert apply(bench).code == 0
    assert bench.writes() == []


def test_a_right_digest_from_a_trusted_place_finds_the_forgery(bench: Bench) -> None:
    document = saved(bench)
    PLAN.write_text(json.dumps(sealed({**document, "commit": "forged"})))
    done = bench.run("apply", "--plan", str(PLAN), "--expect", document["digest"])
    assert (done.code, bench.writes()) == (5, []), done


# --- old, foreign, newer ----------------------------------------------------------------------------------------------
HEADERS: dict[str, Document] = {
    "expired": {"expires_at": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()},
    "host": {"host": "cloud.getdbt.com"},
    "account": {"account_id": 1},
    "manager": {"manager": "somebody-else"},
    "format 2": {"format": "2.0"},
    "format 10": {"format": "10.1"},
    "format as a number": {"format": 1.1},
    "account as text": {"account_id": "70403103916842"},
    "account as a truth": {"account_id": True},
    "no expiry": {"expires_at": None},
    "an expiry with a lone surrogate": {"expires_at": "\ud800"},
    "a host with a lone surrogate": {"host": "\ud800"},
    "a guard stood": {"refused": True, "applyable": False},
    "errored": {"errored": True, "applyable": False, "message": "\ud800 no"},
    "actions as an object": {"actions": {}},
    "an action without id": {"actions": [{}]},
    "an action that is text": {"actions": ["add user:1|failure|1"]},
    "an id that is a list": {"actions": [{"id": ["add"]}]},
    "parts that are text": {"actions": [{"id": "x", "parts": "abc"}]},
    "recipients as text": {"wanted_of_recipients": "user:1"},
}


@pytest.mark.parametrize("changes", HEADERS.values(), ids=HEADERS.keys())
def test_a_plan_that_is_old_foreign_or_newer_is_refused(bench: Bench, changes: Document) -> None:
    PLAN.write_text(json.dumps(sealed({**saved(bench), **changes})))
    refused(bench)


def test_a_newer_minor_with_more_keys_applies(bench: Bench) -> None:
    document = saved(bench)
    more = {**document["actions"][0], "new key": 1}
    PLAN.write_text(json.dumps(sealed({**document, "format": "1.999", "new key": {}, "actions": [more]})))
    assert apply(bench).code == 0
    assert len(bench.writes()) == 1


# --- no plan at all ---------------------------------------------------------------------------------------------------
NO_PLANS = {
    "nothing": b"",
    "half of one": b'{"format": "1.1", "host": "ab',
    "not JSON": b"\x00\xff\xfe binary",
    "not text": b"\xff" * 100,
    "NaN": b'{"format": "1.1", "account_id": NaN}',
    "infinity": b'{"format": "1.1", "account_id": 1e999}',
    "a number too long": b'{"format": "1.1", "account_id": ' + b"9" * 10_000 + b"}",
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects in a plan": b'{"format": "1.1", "x": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}",
    "null": b"null",
}


@pytest.mark.parametrize("content", NO_PLANS.values(), ids=NO_PLANS.keys())
def test_what_is_no_plan_is_refused(bench: Bench, content: bytes) -> None:
    saved(bench)
    PLAN.write_bytes(content)
    refused(bench)


def test_half_of_a_real_plan_is_refused(bench: Bench) -> None:
    saved(bench)
    content = PLAN.read_bytes()
    PLAN.write_bytes(content[: len(content) // 2])
    refused(bench)


def test_a_huge_file_is_not_read_to_its_end(bench: Bench) -> None:
    saved(bench)
    with PLAN.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert f"larger than {LARGEST >> 20} MiB" in refused(bench)


def test_an_endless_file_is_not_read_to_its_end(bench: Bench) -> None:
    saved(bench)
    done = bench.run("apply", "--plan", "/dev/zero")
    assert (done.code, bench.writes()) == (5, [])


def test_a_missing_file_is_a_usage_error(bench: Bench) -> None:
    assert bench.run("apply", "--plan", "nowhere.json").code == 64


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_wrong_types_anywhere_never_end_in_a_traceback(bench: Bench, data: st.DataObject) -> None:
    """One or more values of a real plan become anything at all, and the digest is right."""
    document = saved_once(bench)
    for _ in range(data.draw(st.integers(1, 3))):
        target: Any = document
        while True:
            step = data.draw(st.sampled_from(sorted(target) if isinstance(target, dict) else range(len(target))))
            inner = target[step]
            inside = isinstance(inner, (dict, list))
            if not (inside and inner and data.draw(st.booleans())):
                target[step] = data.draw(JSON)
                break
            target = inner
    PLAN.write_text(json.dumps(sealed(document) if data.draw(st.booleans()) else document))
    bench.sandbox.control.clear_log()
    done = apply(bench)
    assert done.code in {0, 5}, done
    assert "Internal error" not in done.err, done.err
    if done.code == 5:
        assert bench.writes() == []


def saved_once(bench: Bench) -> Document:
    """Return a fresh copy of one plan that does nothing more: each example is as quick as it can be."""
    kept = Path("kept.json")
    if not kept.exists():
        saved(bench, REVENUE, on("jonas", "Finance", "Hourly Orders"))
        PLAN.rename(kept)
    return dict(json.loads(kept.read_text()))


# --- the file that plan writes ----------------------------------------------------------------------------------------
def test_a_plan_that_failed_leaves_no_plan_of_yesterday(bench: Bench) -> None:
    saved(bench)
    bench.policy(told(REVENUE).replace("failure", "failrue"))
    assert bench.run("plan", "--out", str(PLAN)).code == 3
    document = json.loads(PLAN.read_text())
    jsonschema_rs.Draft202012Validator(plan_schema()).validate(document)
    assert (document["errored"], document["applyable"], len(document["problems"])) == (True, False, 1)
    bench.policy(told(REVENUE))
    assert "1 problem in the policy" in refused(bench)


def test_an_account_that_does_not_answer_leaves_no_plan_of_yesterday(bench: Bench) -> None:
    saved(bench)
    bench.sandbox.control.add_fault(method="GET", path="*/users/*", status=401)
    assert bench.run("plan", "--out", str(PLAN)).code == 1
    bench.sandbox.control.clear_faults()
    assert "there was no plan" in refused(bench)


def test_a_run_that_was_broken_off_leaves_no_plan_of_yesterday(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(bench)
    with monkeypatch.context() as patched:
        patched.setattr("reconciler.reconcile.plan_changes", _broken_off)
        assert bench.run("plan", "--out", str(PLAN)).code == 130
    assert json.loads(PLAN.read_text())["message"] == "the plan was not finished"


def _broken_off(**_: object) -> None:
    raise KeyboardInterrupt


def test_a_refused_plan_is_saved_whole_and_not_applied(bench: Bench) -> None:
    saved(bench, REVENUE, ORDERS)
    apply(bench)
    bench.policy(told(REVENUE))
    assert bench.run("plan", "--out", str(PLAN)).code == 4
    document = json.loads(PLAN.read_text())
    assert (document["applyable"], document["refused"], bench.done(document)) == (False, True, ["remove"])
    bench.sandbox.control.clear_log()
    assert "--allow" in refused(bench)
    assert bench.run("plan", "--out", str(PLAN), "--allow", "coverage=1").code == 0
    assert bench.run("apply", "--plan", str(PLAN), "--allow", "coverage=1").code == 0


def test_an_empty_plan_is_applyable_and_complete(bench: Bench) -> None:
    saved(bench)
    apply(bench)
    document = saved(bench)
    assert [document[name] for name in ("applyable", "complete", "differs")] == [True, True, False]
    assert apply(bench).code == 0
    assert bench.writes() == []


def test_what_is_blocked_or_left_is_not_complete(bench: Bench) -> None:
    document = saved(bench, REVENUE, on("jonas", "Finance", "Nobody Knows It"))
    assert document["blocked"]
    assert (document["complete"], document["applyable"]) == (False, True)
    apply(bench)
    row = bench.row(type=1, user_id=bench.user("maria@acme.example")["id"])
    bench.sandbox.control.change("notifications", row["id"], on_failure=[])
    document = saved(bench, REVENUE)
    assert document["left_for_another_run"]
    assert document["complete"] is False


def test_only_its_owner_may_read_a_plan_and_a_link_is_kept(bench: Bench) -> None:
    Path("elsewhere").mkdir()
    Path("elsewhere/real.json").write_text("yesterday")
    PLAN.symlink_to("elsewhere/real.json")
    saved(bench)
    assert PLAN.is_symlink()
    assert stat.S_IMODE(PLAN.stat().st_mode) == 0o600
    assert list(Path("elsewhere").iterdir()) == [Path("elsewhere/real.json")], "nothing is left beside it"


def test_a_device_gets_the_plan_once_and_stays_a_device(bench: Bench) -> None:
    bench.policy(told(REVENUE))
    assert bench.run("plan", "--out", "/dev/null").code == 0
    assert Path("/dev/null").is_char_device()


def test_a_folder_that_is_not_there_is_said_before_anything_is_read(bench: Bench) -> None:
    bench.policy(told(REVENUE))
    bench.sandbox.control.clear_log()
    done = bench.run("plan", "--out", "nowhere/plan.json")
    assert (done.code, bench.sandbox.control.log()) == (1, [])
    assert "cannot be saved to nowhere/plan.json" in done.err
