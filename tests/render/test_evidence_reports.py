"""The reports of a run of alert-test: what people and machines read, with hostile names and answers in them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import html5lib  # pyrefly: ignore[untyped-import]
import pytest
from syrupy.assertion import SnapshotAssertion

from reconciler.model.evidence import Evidence, Stage, Standing
from reconciler.model.evidence import Tested as Run  # pytest would take the name for a test
from reconciler.render.evidence.machine import evidence_cases, evidence_document
from reconciler.render.evidence.markdown import evidence_markdown
from reconciler.render.evidence.page import evidence_page
from reconciler.render.evidence.text import evidence_lines, verdict_lines
from reconciler.render.junit import junit_text
from tests.drill.evidence_lab import NOON, seen

HOSTILE = (
    "<script>alert(1)</script> | **bold** @channel ![x](https://evil.example/x.png)\r\n::error::owned\x1b[31m\x1b]8;;"
    "https://evil.example\x07 \u202egnp.exe {{ 7*7 }} ]]> &amp; <!-- <https://evil.example> `code` www.evil.example"
)
PAST = tuple(
    seen(
        "data-critical",
        id=str(month),
        at=NOON - timedelta(days=30 * (24 - month)),
        standing=Standing.FAILED if month in {5, 6, 17} else Standing.PROVED if month % 3 else Standing.ACCEPTED,
    )
    for month in range(24)
)
NOW = (
    seen("data-critical", stage=Stage.CONTACTS, standing=Standing.PROVED, answer="#data-critical, the bot is in it"),
    seen("data-critical", stage=Stage.RENDER, answer="5 messages fit: failure, late, recovered, slow, test"),
    seen("data-critical", standing=Standing.PROVED, answer="read back; deleted"),
    seen("data-oncall", stage=Stage.CONTACTS, standing=Standing.PROVED, answer="Ana is on call"),
    seen(
        "data-oncall",
        standing=Standing.FAILED,
        answer="permanent: Event object is invalid: Invalid routing key",
        fix="compare `routing_key` with the integration's key in PagerDuty: the service may be gone",
        owners=("ana@acme.example", "platform@acme.example"),
    ),
    seen("webhook:default/lineage", stage=Stage.WEBHOOKS, standing=Standing.PROVED, answer="the receiver answered 200"),
    seen("maria", stage=Stage.CANARY, answer="run 4711 failed as planned", correlation="4711", owners=()),
)
WICKED = seen(
    f"room {HOSTILE}",
    standing=Standing.FAILED,
    answer=HOSTILE,
    fix=f"do {HOSTILE}",
    owners=(HOSTILE,),
    correlation="7f",
)


def run(*found: Evidence, history: tuple[Evidence, ...] = PAST, skipped: tuple[str, ...] = ()) -> Run:
    return Run(
        correlation="7f3a9c21",
        at=NOON,
        stages=tuple(Stage),
        evidence=found,
        history=history,
        skipped=skipped,
        patch=("--- policies/channels.yml", "+++ policies/channels.yml", '+  room: {channel_name: "#data"}'),
    )


RUNS = {
    "usual": run(*NOW, skipped=("phone wakes people: `--page --tier TIER` tests it",)),
    "hostile": run(NOW[0], WICKED, history=(WICKED,), skipped=(HOSTILE,)),
    "nothing": run(history=()),
}


def text(tested: Run) -> str:
    lines = (line for each in tested.evidence for line in evidence_lines(each))
    return "\n".join([*lines, *verdict_lines(tested)])


@pytest.fixture(params=RUNS)
def tested(request: pytest.FixtureRequest) -> Run:
    return RUNS[request.param]


def test_the_text(tested: Run, snapshot: SnapshotAssertion) -> None:
    said = text(tested)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", said)
    assert not [line for line in said.splitlines() if line.startswith("::")]
    assert said == snapshot


def test_the_markdown(tested: Run, snapshot: SnapshotAssertion) -> None:
    said = evidence_markdown(tested)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]|<script|<!--|\n::", said)
    assert "](https://evil" not in said
    assert said == snapshot


def test_the_junit_file(tested: Run, snapshot: SnapshotAssertion) -> None:
    said = junit_text(evidence_cases(tested), name="dbt-alerts alert-test")
    suite = ET.fromstring(said)  # noqa: S314 - our own
    failed = len(tested.failed) or not tested.evidence
    assert len(list(suite.iter("failure"))) == failed
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]|\n::", said)
    assert said == snapshot


def test_the_json_document(tested: Run, snapshot: SnapshotAssertion) -> None:
    document = evidence_document(tested)
    assert list(document)[:2] == ["result", "exit_code"]
    assert json.loads(json.dumps(document)) == document
    assert json.dumps(document, indent=2) == snapshot


def test_the_page(tested: Run, snapshot: SnapshotAssertion) -> None:
    said = evidence_page(tested)
    tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(said)
    tags = {each.tag for each in tree.iter() if isinstance(each.tag, str)}
    assert not tags & {"script", "img", "a", "iframe", "link", "form"}
    assert not [
        name for each in tree.iter() for name in each.attrib if name.startswith("on") or name in {"src", "href"}
    ]
    assert said == snapshot


def test_the_codes_seal_is_in_no_report() -> None:
    """It is of no use to a reader, and whoever has it could search for the code."""
    sealed = run(seen(sealed="5ea1ed"))
    reports = (text(sealed), evidence_markdown(sealed), evidence_page(sealed), json.dumps(evidence_document(sealed)))
    assert not [report for report in reports if "5ea1ed" in report]


def test_routes_that_failed_stand_first_on_the_page() -> None:
    said = evidence_page(RUNS["usual"])
    routes = re.findall("<h2>([^<]*?) <small", said)
    assert routes[0] == "data-oncall"
    assert sorted(routes[1:]) == routes[1:]


def test_a_strip_shows_three_years_of_deliveries_at_most() -> None:
    past = tuple(seen(id=str(number), at=NOON - timedelta(days=number)) for number in range(60))
    looks = tuple(seen(stage=Stage.RENDER, id=f"r{number}") for number in range(60))
    said = evidence_page(run(seen(id="now"), history=(*past, *looks)))
    assert len(re.findall('<i class="[a-z]+" title=', said)) == 36
