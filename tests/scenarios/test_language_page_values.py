"""The page of the language, "References" and "YAML", sentence by sentence: how values are written, what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.policy.compose import MAX_DEPTH, MAX_EXPANDED, MAX_NODES, PURE_LIMIT
from reconciler.policy.reader import LIMITS
from reconciler.policy.report import MAX_PROBLEMS
from reconciler.policy.text import MAX_BYTES
from tests.scenarios.language_desk import HEAD, RELAY, Desk


# --- references -------------------------------------------------------------------------------------------------------
def with_url(desk: Desk, value: str) -> list[str]:
    desk.policy(f"channels:\n  x: {{type: slack, url: {value}}}\n")
    return desk.problems()


@pytest.mark.parametrize("value", ["$SLACK_URL", '"$SLACK_URL"', '"${SLACK_URL}"', "'${SLACK_URL}'", "$_X1"])
def test_a_reference_is_a_whole_value_with_braces_or_without(desk: Desk, value: str) -> None:
    assert with_url(desk, value) == []


@pytest.mark.parametrize("value", ["$slack_url", '"https://x/$SLACK"', '"${SLACK:-no}"', '"$A$B"', '"$SLACK "', "$1A"])
def test_anything_else_with_a_dollar_is_none(desk: Desk, value: str) -> None:
    assert with_url(desk, value) == ["data.yml:6:25 `url`: this is not a reference"]


def test_both_forms_of_a_reference_mean_the_same(desk: Desk) -> None:
    digests = set()
    for value in ("$SLACK_URL", '"${SLACK_URL}"'):
        assert with_url(desk, value) == []
        digests.add(desk.plan()["policy_digest"])
    assert len(digests) == 1


def test_unquoted_braces_in_braces_are_answered_with_what_to_write(desk: Desk) -> None:
    desk.policy("channels:\n  x: {type: slack, url: ${SLACK_URL}}\n")
    [told] = [each for each in desk.lint() if each["rule"] == "invalid-policy"]
    assert "$NAME" in told["fix"]
    assert "quote" in told["fix"]


SECRET_FIELDS = {
    "url": "{type: slack, url: $X}",
    "teams url": "{type: teams, url: $X}",
    "webhook url": "{type: webhook, url: $X}",
    "apprise url": "{type: apprise, url: $X}",
    "token": "{type: slack, token: $X, channel_id: C0987654321}",
    "routing_key": "{type: pagerduty, routing_key: $X}",
    "api_key": "{type: datadog, api_key: $X}",
    "key_id, key_token": "{type: monte_carlo, key_id: $X, key_token: $Y}",
    "password": '{type: webhook, url: "https://x.acme.example", user: alerts, password: $X}',
    "secret": '{type: webhook, url: "https://x.acme.example", sign: {secret: $X}}',
    "header values": '{type: webhook, url: "https://x.acme.example", headers: {X-Token: $X}}',
}


def test_secret_fields_hold_a_reference(desk: Desk) -> None:
    channels = "".join(f"  x{number}: {text}\n" for number, text in enumerate(SECRET_FIELDS.values()))
    desk.policy(
        f"channels:\n{channels}"
        "smtp: {host: smtp.acme.example, user: alerts, password: $X, from: a@acme.example}\n"
        "canary: {token: $X}\n",
        head="version: 1\nmanager: acme-data-alerts\naccount: {id: $A, host: $B, token: $C}\n" + RELAY,
    )
    assert desk.problems() == []


@pytest.mark.parametrize(
    ("text", "head", "where"),
    [
        ("webhooks: [{name: x, url: $X, on: [completed], jobs: {name: A}}]\n", HEAD, "4:27 `url`"),
        ("relay: {url: $X}\n", HEAD, "4:14 `url`"),
        ("channels: {x: {type: dbt_email, address: $X}}\n", HEAD, "4:42 `address`"),
        ("smtp: {host: $X, from: a@acme.example}\n", HEAD, "4:14 `host`"),
        ("scope: {projects: [$X]}\n", HEAD, "4:20 `projects`"),
        ("channels: {x: {type: datadog, api_key: $X, site: $Y}}\n", HEAD + RELAY, "5:50 `site`"),
    ],
)
def test_what_is_plain_text_holds_none(desk: Desk, text: str, head: str, where: str) -> None:
    desk.policy(text, head=head)
    assert desk.problems() == [f"data.yml:{where}: a reference cannot stand here: this value is plain text"]


# --- editors, YAML ----------------------------------------------------------------------------------------------------
def test_line_1_of_each_shipped_file_names_the_schema() -> None:
    root = Path(__file__).parents[2]
    files = [each for each in (root / "policies").rglob("*.yml") if not each.name.endswith("-baseline.yml")]
    assert files
    for file in files:
        first = file.read_text(encoding="utf-8").partition("\n")[0]
        key, _, schema = first.partition("$schema=")
        assert key == "# yaml-language-server: ", file
        assert (file.parent / schema).resolve().exists(), file


@pytest.mark.parametrize("value", ["{url: https://x.acme.example}", "{due: 08:00}"])
def test_what_the_fast_parser_refuses_is_read_in_small_files_and_needs_quotes_in_large_ones(
    desk: Desk, value: str
) -> None:
    text = (
        f"channels: {{x: {{type: webhook, {value[1:]}}}\n"
        if "url" in value
        else f"jobs: [{{match: {{id: 1}}, sla: {value}}}]\n"
    )
    desk.policy(text)
    assert desk.problems() == []
    desk.policy(text + "#" * 256 * 1024 + "\n")
    assert desk.problems() != []


def test_on_is_a_key_and_no_is_text(desk: Desk) -> None:
    desk.policy(
        "channels: {no: {type: dbt_user, email: maria@acme.example}}\n"
        "notifications: [{to: no, on: [failure], jobs: {name: Daily Revenue}}]\n"
    )
    assert desk.problems() == []
    assert desk.edges() == ["maria@acme.example failure Daily Revenue"]


@pytest.mark.parametrize("mark", ["\u202e", "\u200b", "\u2066"])
def test_a_mark_that_turns_text_stands_as_an_escape_only(desk: Desk, mark: str) -> None:
    job = 'jobs: [{{match: {{name: "Daily {}Revenue", optional: true}}, impact: x}}]\n'
    desk.policy(job.format(mark))
    assert [told.partition(" ")[0] for told in desk.problems()] == ["data.yml:5:30"]
    desk.policy(job.format(f"\\u{ord(mark):04X}"))
    assert desk.problems() == []


def test_the_bounds_are_those_of_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy-language.md").read_text(encoding="utf-8")
    [(bounds, slow)] = re.findall(r"^Limits: (.*?)\. Unquoted .*?; files up to (.*?) kB", page, flags=re.MULTILINE)
    numbers = [int(each.replace(",", "")) for each in re.findall(r"[0-9][0-9,]*[0-9]", bounds)]
    of_a_file = [MAX_BYTES >> 20, MAX_NODES, MAX_DEPTH, MAX_EXPANDED, MAX_PROBLEMS]
    assert numbers == [*of_a_file, LIMITS.files, LIMITS.size >> 20, LIMITS.values, LIMITS.problems]
    assert int(slow) == PURE_LIMIT >> 10
