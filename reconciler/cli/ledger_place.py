"""Which account a policy's ledger is about: known without the token, which only reading dbt Cloud takes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from reconciler.cli.live import TRUSTED_HOSTS
from reconciler.http import trusted_origin
from reconciler.model.secret import Secret
from reconciler.policy import open_account

if TYPE_CHECKING:
    from reconciler.model.policy import Policy

__all__ = ["AccountPlace", "account_place"]


class AccountPlace(NamedTuple):
    """Host and account as ledgers name them."""

    host: str
    account_id: int


def account_place(policy: Policy, environ: Mapping[str, str] = os.environ) -> AccountPlace:
    """Return the policy's account. Raises PolicyError for a variable that is not set, Refused for a strange host."""
    tokenless = replace(policy, account=replace(policy.account, token=Secret("not needed")))
    target = open_account(tokenless, environ)
    trusted = [host.strip() for host in environ.get(TRUSTED_HOSTS, "").split(",") if host.strip()]
    return AccountPlace(trusted_origin(target.host, trusted_hosts=trusted).authority, target.account_id)
