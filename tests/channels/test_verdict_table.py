"""The one table of verdicts: tests/cases/channels/verdicts.yml, line by line."""

from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from reconciler.channels.contract import Verdict
from reconciler.channels.verdicts import LONGEST_PAUSE, PAUSES, judge
from reconciler.http.outgoing import Returned
from tests.channels.http_channel_lab import NOW

TABLE: Final[list[dict[str, Any]]] = YAML(typ="safe").load(
    (Path(__file__).parents[1] / "cases" / "channels" / "verdicts.yml").read_text()
)
HTTP_KINDS: Final = ("slack", "teams", "pagerduty", "datadog", "monte_carlo", "webhook", "apprise")


def rows() -> list[Any]:
    found: list[Any] = []
    for row in TABLE:
        kinds = ("teams", "datadog", "apprise", "webhook") if row["kind"] == "any" else (row["kind"],)
        found += [pytest.param(kind, row, id=f"{kind}-{row['status']}-{row.get('body', '')[:60]}") for kind in kinds]
    return found


@pytest.mark.parametrize(("kind", "row"), rows())
def test_an_answer_means_what_the_table_says(kind: str, row: dict[str, Any]) -> None:
    got = judge(kind, returned(row), now=NOW)
    assert got.verdict == Verdict(row["verdict"])
    if "pause" in row:
        assert got.retry_after == row["pause"]
    assert got.answer


def returned(row: dict[str, Any]) -> Returned:
    none = row["status"] == "none"
    return Returned(
        status=None if none else row["status"],
        body=row.get("body", "").encode(),
        headers=row.get("headers", {}),
        error="no connection" if none else "",
        maybe_sent=bool(row.get("sent")),
        refused=bool(row.get("refused")),
        whole=row.get("whole", True),
    )


def test_every_verdict_of_a_kind_is_in_the_table() -> None:
    assert {row["verdict"] for row in TABLE} == set(Verdict)
    assert {row["kind"] for row in TABLE} >= set(HTTP_KINDS) - {"apprise"}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        (" 5 ", 5.0),
        ("Fri, 20 Nov 2026 08:13:30 GMT", 90.0),
        ("Fri, 20 Nov 2026 08:00:00 GMT", PAUSES["slack"]),
        ("0", PAUSES["slack"]),
        ("-7", PAUSES["slack"]),
        ("soon", PAUSES["slack"]),
        ("1e9", PAUSES["slack"]),
        ("", PAUSES["slack"]),
        ("999999999999999999999", LONGEST_PAUSE),
        ("Fri, 20 Nov 2099 08:00:00 GMT", LONGEST_PAUSE),
    ],
)
def test_a_pause_is_what_was_asked_for_within_reason(header: str, seconds: float) -> None:
    asked = Returned(status=429, headers={"retry-after": header})
    assert judge("slack", asked, now=NOW).retry_after == seconds


def test_only_who_may_try_again_has_a_pause() -> None:
    for status in (200, 400, 404):
        assert judge("webhook", Returned(status=status, headers={"retry-after": "9"}), now=NOW).retry_after is None
    assert judge("webhook", Returned(status=500), now=NOW).retry_after is None


@pytest.mark.parametrize("kind", HTTP_KINDS)
@pytest.mark.parametrize(
    "body", [b"\xff\xfe\0", b"[" * 20_000, b"null", b"3", b'{"errors":{}}', b'{"error":null}', b"\x1b[2J"]
)
@pytest.mark.parametrize("status", [200, 400, 599])
def test_no_answer_is_too_odd(kind: str, body: bytes, status: int) -> None:
    got = judge(kind, Returned(status=status, body=body), now=NOW)
    assert got.answer.isprintable()
    assert status == 200 or got.verdict is not Verdict.DONE
