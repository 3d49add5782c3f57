"""Names of jobs, channels and people come from anybody: in text, Markdown and JSON they stay text."""

from __future__ import annotations

import re

import pytest

from tests.scenarios.policies_lab import HEAD
from tests.scenarios.process_lab import Done
from tests.trust.trust_lab import WatchedPlace

pytestmark = pytest.mark.slow

NAMES = {
    "ANSI": "Red \x1b[31mjob\x1b[2J\x1b]0;title\x07",
    "one-byte ANSI": "Red \x9b31mjob",
    "line breaks": "Job\n## All clear\n- [x] approved\r\nfake",
    "Markdown": "**bold** [click](https://evil.example) ![x](https://evil.example/x.png) `code` | cell |",
    "HTML": "<img src=x onerror=alert(1)><!-- </details>",
    "mentions": "@everyone @octocat <@U123> <!channel> #1 GH-1",
    "right to left": "Daily \u202egnitsurt\u202c \u2066x\u2069 \u200bzero",
    "template": "{{ 7 * 7 }} {% for x in y %} ${{ github.token }}",
    "workflow commands": "::set-output name=x::y\n::add-mask::z",
}
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]")


def _named(place: WatchedPlace, name: str) -> None:
    control = place.sandbox.control
    job = place.sandbox.ready["fail_job_id"]
    control.change("jobs", job, name=name)
    maria = next(row for row in control.rows("users") if row["email"] == "maria@acme.example")
    control.change("users", maria["id"], first_name=name, last_name=name)
    slack = next(row for row in control.rows("notifications") if row["slack_channel_id"] == "C0123456789")
    control.change("notifications", slack["id"], slack_channel_name=name)
    place.policy(
        f"{HEAD}notifications:\n  - {{to: [maria, data-alerts], on: [failure, success], jobs: {{id: {job}}}}}\n"
    )


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_hostile_name_stays_text_everywhere(place: WatchedPlace, name: str) -> None:
    _named(place, name)
    text, markdown, data = place.run("plan"), place.run("plan", "--markdown"), place.run("plan", "--json")
    applied = place.run("apply")
    for done in (text, markdown, data, applied):
        assert done.code == 0, done
    for done in (text, applied):
        _no_control_characters(done)
        assert "\n::" not in f"\n{done.out}", f"a line begins like a workflow command\n{done}"
    _no_markup(markdown)
    assert any(name in action.values() for action in data.json["actions"]), "JSON keeps the name as it is"


def _no_control_characters(done: Done) -> None:
    found = UNSEEN.search(done.out + done.err)
    assert found is None, f"a terminal would obey {found!r}\n{done.out!r}"


def _no_markup(done: Done) -> None:
    out = done.out
    assert UNSEEN.search(out) is None, repr(out)
    assert "<img" not in out, out
    assert "<!--" not in out.replace("<!-- dbt-alerts", ""), out
    assert re.search(r"(?<!\\)\[click\]\(", out) is None, f"a link\n{out}"
    assert re.search(r"(?<!\\)!\[x\]\(", out) is None, f"a picture\n{out}"
    assert "\n## All clear" not in out, f"a heading\n{out}"
    assert "\n- [x] approved" not in out, f"a task\n{out}"
    assert re.search(r"(?<![\\\w`])@(everyone|octocat)", out) is None, f"somebody is mentioned\n{out}"


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_hostile_answer_stays_text_in_errors(place: WatchedPlace, name: str) -> None:
    place.policy(HEAD)
    body = {"status": {"code": 400, "is_success": False, "user_message": name}, "data": {name: name}}
    place.sandbox.control.add_fault(path="/api/*", status=400, body=body)
    done = place.run("plan")
    assert done.code == 1, done
    _no_control_characters(done)
    assert "\n::" not in f"\n{done.err}", done
