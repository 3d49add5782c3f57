"""What puts the sandbox in the place of every vendor, and values for what the shipped policy refers to."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["SECRETS", "bases"]

SECRETS: Mapping[str, str] = {
    "SLACK_CRITICAL_URL": "https://hooks.slack.com/services/T0SANDBOX/B0CRITICAL/made-up",
    "SLACK_INFO_URL": "https://hooks.slack.com/services/T0SANDBOX/B0INFO/made-up",
    "SLACK_BOT_TOKEN": "xoxb-made-up",
    "PAGERDUTY_KEY": "made0up0integration0key0sandbox0",
    "DD_API_KEY": "made-up-datadog-key",
    "MCD_ID": "made-up-id",
    "MCD_TOKEN": "made-up-token",
    "TEAMS_LEADS_URL": "https://prod-00.westus.logic.azure.com/workflows/data-leads/triggers/manual/paths/invoke?sig=made-up",
    "TICKET_URL": "https://tickets.acme.example/api/alerts",
    "TICKET_TOKEN": "made-up-ticket-token",
    "TICKET_SIGNING_SECRET": "whsec_bWFkZSB1cCBmb3IgdGhlIHNhbmRib3gsIDMyIGI=",
    "APPRISE_URL": "json://apprise.acme.example/phone",
    "SMTP_PASSWORD": "made-up",
}
"""Made up, every one: nothing but the sandbox takes them."""

_KINDS = ("slack", "pagerduty", "datadog", "teams", "monte_carlo", "webhook")


def bases(url: str, smtp_url: str | None) -> dict[str, str]:
    """Return the variables that put the sandbox at `url` in every vendor's place; mail only where it has a server."""
    over_http = {f"DBT_ALERTS_BASE_{kind.upper()}": f"{url}/channels/{kind}" for kind in _KINDS}
    scheme, _, rest = url.partition("://")
    apprise = {"DBT_ALERTS_BASE_APPRISE": f"{'jsons' if scheme == 'https' else 'json'}://{rest}/channels/apprise"}
    return over_http | apprise | ({"DBT_ALERTS_BASE_EMAIL": smtp_url} if smtp_url else {})
