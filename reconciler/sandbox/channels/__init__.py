"""The vendors that messages go to, over loopback: each answers as the real one does, and what it took is in the inbox.

Every kind lives under /channels/<kind>/, at the paths of the vendor's own API; mail has a port of its own.
"""

from reconciler.sandbox.channels import (
    apprise,
    control,
    datadog,
    monte_carlo,
    pagerduty,
    pagerduty_rest,
    slack_api,
    slack_webhook,
    teams,
    webhook,
)

__all__ = ["PLUGS"]

PLUGS = (
    control.routes,
    slack_webhook.routes,
    slack_api.routes,
    pagerduty.routes,
    pagerduty_rest.routes,
    datadog.routes,
    teams.routes,
    monte_carlo.routes,
    webhook.routes,
    apprise.routes,
)
