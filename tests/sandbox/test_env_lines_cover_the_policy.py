"""`sandbox --env` has a value for whatever the shipped policy refers to, and every vendor's place is the sandbox."""

from __future__ import annotations

import re
from pathlib import Path

from reconciler.cli.sandbox_values import SECRETS, bases
from reconciler.sandbox.channels.modes import FACTS

POLICIES = Path(__file__).resolve().parents[2] / "policies"
OF_THE_ACCOUNT = {"DBT_CLOUD_ACCOUNT_ID", "DBT_CLOUD_HOST", "DBT_CLOUD_TOKEN"}


def test_every_reference_of_the_shipped_policy_has_a_value() -> None:
    texts = [path.read_text(encoding="utf-8") for path in POLICIES.rglob("*.yml")]
    named = {name for text in texts for name in re.findall(r"\$([A-Z][A-Z0-9_]+)", text)}
    assert len(named) > 10
    assert named - OF_THE_ACCOUNT - set(SECRETS) == set()


def test_every_kind_leads_into_the_sandbox() -> None:
    found = bases("http://127.0.0.1:8580", "smtp://127.0.0.1:2525")
    assert set(found) == {f"DBT_ALERTS_BASE_{kind.place.upper()}" for kind in FACTS}
    assert found["DBT_ALERTS_BASE_APPRISE"] == "json://127.0.0.1:8580/channels/apprise"
    assert found["DBT_ALERTS_BASE_EMAIL"] == "smtp://127.0.0.1:2525"
    assert "DBT_ALERTS_BASE_EMAIL" not in bases("http://127.0.0.1:8580", None)


def test_no_value_looks_like_a_key_that_a_scanner_would_report() -> None:
    real = re.compile(r"hooks\.slack\.com/services/T\w{8,}/B\w{8,}/\w{24}|xox[abp]-\d|^[0-9a-f]{32}$")
    assert not [value for value in SECRETS.values() if real.search(value)]
