"""Open what `alert-test` works with: dbt Cloud, the ledger, the post office, the canary's own token."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.channels.destination import environ_opener
from reconciler.channels.kinds import KINDS
from reconciler.cli.console import Progress
from reconciler.cli.live import TRUSTED_HOSTS, open_account_client
from reconciler.cli.places import ledger_store
from reconciler.cli.post import open_post, templates_of
from reconciler.cli.session import run_info
from reconciler.cloud import Reader, open_client
from reconciler.cloud.canary import CanaryRuns
from reconciler.cloud.deliveries import Deliveries
from reconciler.drill.bench import Bench
from reconciler.drill.codes import draw
from reconciler.errors import PolicyError
from reconciler.model.evidence import Stage
from reconciler.plan.survey import Survey
from reconciler.routing.rules import conflict_problems

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from reconciler.drill.routes import Route
    from reconciler.model.policy import Policy
    from reconciler.policy.account import Target

__all__ = ["open_bench"]


@contextmanager
def open_bench(
    policy: Policy,
    *,
    paths: tuple[Path, ...],
    templates: Path | None,
    routes: Sequence[Route],
    stages: Collection[Stage],
    third_party: bool,
    patience: float,
) -> Generator[Bench]:
    """Yield a bench whose account was read. Opens no reference of a channel: stages do, one by one."""
    progress = Progress()
    with (
        open_account_client(policy, progress=progress) as (client, target),
        open_post(policy, templates=templates_of(paths, templates)) as post,
        _canary(policy, target, wanted=Stage.CANARY in stages) as canary,
    ):
        reader = Reader(client, target.account_id)
        survey = Survey(policy, reader.inventory())
        progress.done()
        problems = conflict_problems(survey.ownership.conflicts)
        if problems:
            raise PolicyError(problems)
        store = ledger_store(policy, target.host, os.environ)
        yield Bench(
            policy=policy,
            survey=survey,
            host=target.host,
            routes=tuple(routes),
            correlation=secrets.token_hex(4),
            asked_by=run_info().actor,
            now=lambda: datetime.now(UTC),
            monotonic=time.monotonic,
            sleep=time.sleep,
            ids=lambda: secrets.token_hex(8),
            codes=draw,
            sender=post.sender,
            wire=post.wire,
            kinds=KINDS,
            destination=post.destination,
            tests=Deliveries(client, target.account_id),
            subscriptions=reader.subscriptions,
            ledger=store.load(client.origin.authority, target.account_id, policy.manager),
            canary=canary,
            third_party=third_party,
            patience=patience,
        )


@contextmanager
def _canary(policy: Policy, target: Target, *, wanted: bool) -> Generator[CanaryRuns | None]:
    """Yield what may run the canary, with its own token; None where that is not to be had."""
    token = policy.canary.token if policy.canary is not None and wanted else None
    if token is None:
        yield None
        return
    try:
        opened = environ_opener(os.environ)(token)
    except LookupError:
        yield None
        return
    trusted = [host.strip() for host in os.environ.get(TRUSTED_HOSTS, "").split(",") if host.strip()]
    with open_client(host=target.host, token=opened, trusted_hosts=trusted) as client:
        yield CanaryRuns(client, target.account_id)
