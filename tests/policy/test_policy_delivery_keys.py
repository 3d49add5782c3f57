"""Keys that say how a message is told: audience, owners of nodes, repository, who is mentioned, names in actions."""

from pathlib import Path

import pytest

from reconciler.errors import PolicyError
from reconciler.model.action_fields import ACTION_FIELDS, filled, unknown_fields
from reconciler.model.layers import Oncall
from reconciler.model.policy import Policy, RelayedChannel
from reconciler.model.secret import Reference
from reconciler.policy import load
from reconciler.routing.effective import effective

WHOLE = """\
version: 1
manager: acme
account: {id: 7, host: "https://ab123.us1.dbt.com", token: $DBT_CLOUD_TOKEN}
relay: {url: "https://alerts.acme.example/dbt", secret_sink: {store: file, path: .dbt-alerts/relay.secret}}
channels:
  leads: {type: email, to: [leads@acme.example], audience: stakeholders, node_owners: "*@acme.example"}
  oncall: {type: pagerduty, routing_key: $PAGERDUTY_KEY, api_key: $PAGERDUTY_API_KEY}
tiers:
  critical: {rank: 1, repository: "https://gitlab.acme.example/data/dbt", notify: {failure: [leads]}}
defaults: {repository: "https://github.com/acme/dbt", repository_path: transform/core}
oncall: {slack: S0123ABCD, teams: oncall@acme.example}
team: finance
jobs:
  - {match: {project: Finance, name: A}, tier: critical, actions: ["Look at {{ relation }}"]}
  - {match: {project: Finance, name: B}, repository_path: transform/finance}
"""


def _policy(folder: Path, text: str = WHOLE) -> Policy:
    (folder / "policy.yml").write_text(text, encoding="utf-8")
    return load([folder])


def _refused(folder: Path, *, old: str, new: str) -> str:
    assert old in WHOLE
    with pytest.raises(PolicyError) as caught:
        _policy(folder, WHOLE.replace(old, new))
    return "\n".join(f"{each.at.line} {each.message} {each.expected}" for each in caught.value.problems)


def test_audience_node_owners_and_the_api_key_are_settings_of_their_channels(tmp_path: Path) -> None:
    channels = _policy(tmp_path).channels
    leads, oncall = channels["leads"], channels["oncall"]
    assert isinstance(leads, RelayedChannel)
    assert isinstance(oncall, RelayedChannel)
    assert leads.settings["audience"] == "stakeholders"
    assert leads.settings["node_owners"] == ["*@acme.example"]
    assert oncall.settings["api_key"] == Reference("PAGERDUTY_API_KEY")
    assert "audience" not in oncall.settings


def test_the_repository_is_inherited_like_every_value(tmp_path: Path) -> None:
    policy = _policy(tmp_path)
    first, second = (effective(policy, rule).values for rule in policy.jobs)
    assert (first.repository, first.repository_path) == ("https://gitlab.acme.example/data/dbt", "transform/core")
    assert (second.repository, second.repository_path) == ("https://github.com/acme/dbt", "transform/finance")


def test_who_is_on_call_may_have_a_name_in_teams(tmp_path: Path) -> None:
    policy = _policy(tmp_path)
    assert effective(policy, policy.jobs[0]).values.oncall == Oncall(slack="S0123ABCD", teams="oncall@acme.example")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("audience: stakeholders", "audience: managers"),
        ("routing_key: $PAGERDUTY_KEY,", "routing_key: $PAGERDUTY_KEY, node_owners: ['*@acme.example'],"),
        ('"*@acme.example"', '"*"'),
        ('"*@acme.example"', '"*@*"'),
        ('"*@acme.example"', '"*@*acme.example"'),
        ("https://github.com/acme/dbt", "http://github.com/acme/dbt"),
        ("https://github.com/acme/dbt", "https://github.com"),
        ("https://github.com/acme/dbt", "https://user:token@github.com/acme/dbt"),
        ("https://github.com/acme/dbt", "git@github.com:acme/dbt.git"),
        ("transform/finance", "../finance"),
        ("transform/finance", "/finance"),
        ("teams: oncall@acme.example", "teams: on call"),
    ],
)
def test_what_can_mean_nothing_is_refused(tmp_path: Path, old: str, new: str) -> None:
    assert _refused(tmp_path, old=old, new=new)


def test_a_name_in_an_action_that_nothing_stands_for_is_refused_at_its_line_with_the_list(tmp_path: Path) -> None:
    told = _refused(tmp_path, old="{{ relation }}", new="{{ relations }}")
    assert told.startswith('14 `actions` has no name "relations": did you mean `relation`? one of ')
    assert all(f"`{name}`" in told for name in ACTION_FIELDS)


@pytest.mark.parametrize("odd", ["{{ relation | upper }}", "{{ }}", "{{ relation.x }}", "{{ 7 * 7 }}"])
def test_an_expression_is_no_name(odd: str) -> None:
    assert unknown_fields(f"a {odd} b") == (odd.strip("{} "),)


def test_names_are_known_with_and_without_blanks_and_other_braces_are_text() -> None:
    assert unknown_fields("{{relation}} {{  file  }} {model} {% if x %} ${HOME}") == ()


def test_a_value_is_put_in_once_and_never_read_again() -> None:
    assert filled("x {{ relation }} {{ file }}", {"relation": "{{ file }}", "file": "f"}) == "x {{ file }} f"


def test_a_value_that_nobody_knows_leaves_a_line_that_reads_and_says_what_it_lacks() -> None:
    assert filled("SELECT * FROM {{ relation }}", {"relation": ""}) == (
        "SELECT * FROM <relation> (the relation is not known here)"
    )
    assert filled("{{ model }}: {{ compiled_file }}, {{model}} of {{ run_url }}", {"run_url": ""}) == (
        "<model>: <compiled_file>, <model> of <run_url>"
        " (the model and the compiled file and the run's address are not known here)"
    )
