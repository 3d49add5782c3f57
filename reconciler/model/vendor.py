"""Services that cannot read dbt Cloud's webhooks: they want their own body or headers, and dbt Cloud has one body."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

__all__ = ["vendor_of"]

_VENDORS: Final = (
    ("Slack", ("hooks.slack.com", "slack.com")),
    ("PagerDuty", ("pagerduty.com",)),
    ("Datadog", ("datadoghq.com", "datadoghq.eu", "ddog-gov.com")),
    ("Microsoft Teams", ("webhook.office.com", "logic.azure.com", "api.powerplatform.com")),
    ("Monte Carlo", ("getmontecarlo.com", "montecarlodata.com")),
)


def vendor_of(url: str) -> str | None:
    """Return the service that a webhook is aimed straight at, by its host; None for any other."""
    try:
        host = (urlsplit(url).hostname or "").casefold().rstrip(".")
    except ValueError:
        return None
    for vendor, domains in _VENDORS:
        if any(host == domain or host.endswith(f".{domain}") for domain in domains):
            return vendor
    return None
