"""`alert-test deliver` of 200 routes as a whole process: 25 channels of each of eight kinds, each answer after 100 ms.

Slack, Teams, PagerDuty, webhooks and Apprise have an address or key for each channel; mail has one server, Datadog and
Monte Carlo one key for all of theirs, as a company has. *Limit* is the pace of the slowest of these lanes: 25 messages
at its vendor's interval, or at the time that its answers take where that is longer. *One after the other* is the same
for each kind, added up: nobody writes faster to a vendor, and nobody writes to two at once. Answers are counted, and
taken for 100 ms each.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.measure import Usage, middle
from benchmarks.vendors import Vendors, vendors
from reconciler.drill.pace import INTERVALS

__all__ = ["LATENCY_MS", "measure"]

LATENCY_MS: Final = 100
_WORDS: Final = ("alert-test", "deliver", "--page", "--tier", "high", "--json")
_KINDS: Final = {
    "slack": "url: $SLACK_{n}",
    "teams": "url: $TEAMS_{n}",
    "email": "to: [team-{n}@acme.example]",
    "pagerduty": "routing_key: $PAGERDUTY_{n}",
    "datadog": "api_key: $DATADOG",
    "monte_carlo": "key_id: $MC_ID, key_token: $MC_TOKEN",
    "webhook": "url: $WEBHOOK_{n}",
    "apprise": "url: $APPRISE_{n}",
}
_ONE_LANE: Final = ("email", "datadog", "monte_carlo")
_ADDRESSES: Final = {
    "SLACK": "https://hooks.slack.com/services/T0SANDBOX/B0ROOM{n}/made-up",
    "TEAMS": "https://prod-{n}.westus.logic.azure.com/workflows/room-{n}/triggers/manual/paths/invoke?sig=made-up",
    "PAGERDUTY": "made0up0integration0key0sandbo{n}",
    "WEBHOOK": "https://tickets.acme.example/team-{n}",
    "APPRISE": "json://apprise.acme.example/team-{n}",
}
_SHARED: Final = {
    "DATADOG": "made-up-datadog-key",
    "MC_ID": "made-up-id",
    "MC_TOKEN": "made-up-token",
    "SMTP_PASSWORD": "made-up",
}


def measure(*, rounds: int, each: int = 25) -> dict[str, Any]:
    """Return wall and CPU seconds, peak memory, the limit, and what one after the other would take at least."""
    with tempfile.TemporaryDirectory() as place, vendors(latency_ms=LATENCY_MS) as all_of_them:
        folder = Path(place)
        (folder / "policies").mkdir()
        (folder / "policies" / "alerts.yml").write_text("".join(_policy(each)), encoding="utf-8")
        runs = [_tested(all_of_them, folder, each) for _ in range(rounds)]
        answers = _answers(all_of_them, rounds * each)
    lanes = {kind: each * max(INTERVALS.get(kind, 0.0), count * LATENCY_MS / 1000) for kind, count in answers.items()}
    wall, limit = middle([usage.wall for usage in runs], digits=1), round(max(lanes[kind] for kind in _ONE_LANE), 1)
    return {
        "routes": each * len(_KINDS),
        "latency_ms": LATENCY_MS,
        "answers_per_message": answers,
        "wall_s": wall,
        "limit_s": limit,
        "ratio": round(wall / limit, 2),
        "one_after_the_other_s": round(sum(lanes.values()), 1),
        "cpu_s": middle([usage.cpu for usage in runs], digits=1),
        "peak_mb": middle([usage.peak_mb for usage in runs], digits=1),
    }


def _tested(there: Vendors, folder: Path, each: int) -> Usage:
    """Run it. Ends everything unless every route was told: a refusal is quick."""
    numbers = [f"{number:02}" for number in range(each)]
    addresses = {f"{name}_{n}": value.format(n=n) for name, value in _ADDRESSES.items() for n in numbers}
    usage = there.cli(folder, *_WORDS, environ={**_SHARED, **addresses})
    said = json.loads(usage.out)["evidence"] if usage.code in {0, 6} else []
    lost = [found for found in said if found["standing"] == "failed"]
    if lost or len(said) != each * len(_KINDS):
        raise SystemExit(f"nothing was measured: {lost[:1] or usage.err}")
    return usage


def _answers(there: Vendors, messages: int) -> dict[str, float]:
    """Return how many answers one message of each kind waits for."""
    asked = Counter(row["path"].split("/")[2] for row in there.control.log() if row["path"].startswith("/channels/"))
    return {kind: round((asked[kind] or messages) / messages, 1) for kind in _KINDS}


def _policy(each: int) -> Iterator[str]:
    yield "version: 1\nmanager: bench\n"
    yield "account: {id: $DBT_CLOUD_ACCOUNT_ID, host: $DBT_CLOUD_HOST, token: $DBT_CLOUD_TOKEN}\n"
    yield 'relay: {url: "https://alerts.acme.example/dbt"}\n'
    yield "smtp: {host: smtp.acme.example, user: alerts, password: $SMTP_PASSWORD, from: dbt-alerts@acme.example}\n"
    yield "channels:\n"
    names = [(kind, f"{number:02}") for kind in _KINDS for number in range(each)]
    for kind, n in names:
        yield f"  {kind}-{n}: {{type: {kind}, {_KINDS[kind].format(n=n)}}}\n"
    told = ", ".join(f"{kind}-{n}" for kind, n in names)
    yield f"tiers: {{high: {{rank: 1, notify: {{failure: [{told}]}}}}}}\n"
    yield "jobs: [{match: {environment: {type: production}}, tier: high}]\n"
