"""Small policies for scenarios on the seeded account: text, as a team would write it."""

from __future__ import annotations

HEAD = """\
version: 1
manager: acme-data-alerts
account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}
ledger: {store: file, path: .dbt-alerts/ledger.json}
channels:
  maria: {type: dbt_user, email: maria@acme.example}
  priya: {type: dbt_user, email: priya@acme.example}
  jonas: {type: dbt_user, email: jonas@acme.example}
  finance-mail: {type: dbt_email, address: finance-data@acme.example, owner: platform@acme.example}
  new-mail: {type: dbt_email, address: new@acme.example, owner: platform@acme.example}
  old-team: {type: dbt_email, address: old-team@acme.example, owner: platform@acme.example}
  data-alerts:
    {type: dbt_slack, channel_id: C0123456789, channel_name: "#data-alerts", linked_by: platform@acme.example}
  new-slack: {type: dbt_slack, channel_id: C0999999999, channel_name: "#new", linked_by: platform@acme.example}
"""

EVERYBODY = ("maria", "priya", "jonas", "finance-mail", "new-mail", "old-team", "data-alerts", "new-slack")


def tells(*channels: str, jobs: str = "{project: Finance, environment: Production}", on: str = "failure") -> str:
    """Return a policy that tells these channels of these jobs."""
    return f"{HEAD}notifications:\n  - {{to: [{', '.join(channels)}], on: [{on}], jobs: {jobs}}}\n"


def webhooks(*names: str) -> str:
    """Return a `webhooks:` section; each secret goes to a file of its own."""
    return "webhooks:\n" + "".join(
        f'  - {{name: {name}, url: "https://{name}.acme.example/dbt", on: [completed], jobs: {{project: Finance}},'
        f" secret_sink: {{store: file, path: secrets/{name}.secret}}}}\n"
        for name in names
    )
