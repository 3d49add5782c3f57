"""The shapes of secrets: what is one wherever it stands, and what only looks a little like one."""

from __future__ import annotations

import time

import pytest

from reconciler.lint.secrets_in_text import pasted_secret, secret_spans

HEX = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "a Slack hook URL"),
        ("https://hooks.slack.com/workflows/T0/A0/1/x", "a Slack hook URL"),
        ("use xoxb-000000000000-x", "a Slack token"),
        ("dbtc_not-a-real-token-000", "a dbt Cloud token"),
        ("dbtu_not-a-real-token-000", "a dbt Cloud token"),
        ("https://acme.webhook.office.com/webhookb2/0000", "a Teams hook URL"),
        ("https://prod-1.westeurope.logic.azure.com:443/workflows/0/run?api-version=1&sig=xyz", "a Teams hook URL"),
        (f"https://events.pagerduty.com/integration/{HEX}/enqueue", "a PagerDuty key"),
        (f"PagerDuty: {HEX}", "a PagerDuty key"),
        (f"DD_API_KEY={HEX}", "a Datadog key"),
        ("ghp_" + "a" * 36, "a GitHub token"),
        ("AKIA" + "A" * 16, "an AWS key"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.x", "a signed token"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
        ("https://user:pass@wiki.acme.example", "a password in an address"),
        ("https://x.example/a?api_key=0123456789", "a key in an address"),
    ],
)
def test_a_pasted_secret_is_known_by_its_shape(text: str, what: str) -> None:
    assert pasted_secret(f"see {text} there") == what
    assert secret_spans(f"see {text}, then")


@pytest.mark.parametrize(
    "text",
    [
        "https://wiki.acme.example/finance/revenue",
        f"https://www.notion.so/acme/Runbook-{HEX}",
        "https://hooks.slack.com/",
        "our dbtc_ tokens are rotated each month",
        "SELECT * FROM {{ relation }} WHERE key = 1",
        "mailto:maria@acme.example",
        "https://acme.example:8443/a@b",
        "https://x.example/?page=2&sort=name",
        "page whoever is on call in PagerDuty",
        "commit 0123456789abcdef0123456789abcdef01234567",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert pasted_secret(text) == ""


@pytest.mark.parametrize(
    "piece", ["eyJ-", "a://b:", "pagerduty ", "logic.azure.com ", "token=", "https://", "?key=", "x"]
)
def test_no_text_takes_long(piece: str) -> None:
    """The bound is loose: what must not be there is a search that grows with the square."""
    text = (piece * 10_000)[:10_000]
    begun = time.process_time()
    for _ in range(20):
        pasted_secret(text)
    assert time.process_time() - begun < 5
