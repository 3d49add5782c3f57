"""What a stage of `alert-test` works with. A stage is one function from a bench to evidence, one module each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from reconciler.drill.codes import seal, without
from reconciler.model.edit import Edit
from reconciler.model.evidence import Evidence, Stage, Standing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from reconciler.channels.contract import Destination, Kind, Wire
    from reconciler.channels.send import Sender
    from reconciler.cloud.canary import CanaryRuns
    from reconciler.drill.routes import Route
    from reconciler.model.delivery import TestDelivery, Tried
    from reconciler.model.inventory import Subscription
    from reconciler.model.ledger import Ledger
    from reconciler.model.policy import Policy
    from reconciler.plan.survey import Survey

__all__ = ["Bench", "Notebook", "StageOf", "WebhookTests"]


class WebhookTests(Protocol):
    """dbt Cloud's own test call of a webhook, and its receipts: `cloud/deliveries.py`."""

    def send_test(self, subscription_id: str) -> TestDelivery: ...
    def tries(self, subscription_id: str, event_id: str) -> tuple[Tried, ...]: ...


@dataclass(slots=True)
class Notebook:
    """What stages found out besides evidence: the edits that would put the policy's files right, what was
    left out, and what else a reader of the report has to know.
    """

    edits: list[tuple[str, Edit]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything a stage may use; every seam is a value of it. Stages raise nothing for what a vendor does.

    `host` is the configured one, with its scheme: links lead there. `routes` are those chosen. `destination` opens a
    channel's references, and raises RuntimeFailure where it cannot. `subscriptions` are live, fresh. `canary` is None
    where the policy has none or its token was not opened. `ids` makes one id for each piece of evidence, `codes` a
    message's own code from the correlation id. `third_party` allows test calls to webhooks that are not ours.
    """

    policy: Policy
    survey: Survey
    host: str
    routes: Sequence[Route]
    correlation: str
    asked_by: str
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    ids: Callable[[], str]
    codes: Callable[[str], str]
    sender: Sender
    wire: Wire
    kinds: Mapping[str, Kind]
    destination: Callable[[str], Destination]
    tests: WebhookTests
    subscriptions: Callable[[], Sequence[Subscription]]
    ledger: Ledger
    canary: CanaryRuns | None = None
    scratch: Path | None = None
    third_party: bool = False
    patience: float = 60.0
    notebook: Notebook = field(default_factory=Notebook)

    def evidence(  # noqa: PLR0913 - one for each thing that evidence says
        self,
        stage: Stage,
        route: str,
        *,
        kind: str,
        standing: Standing,
        answer: str,
        fix: str = "",
        seconds: float | None = None,
        correlation: str | None = None,
        code: str = "",
        owners: Sequence[str] = (),
    ) -> Evidence:
        """Return one piece of evidence, dated and numbered. Of a code that somebody may give back it keeps the seal."""
        return Evidence(
            at=self.now(),
            id=self.ids(),
            stage=stage,
            route=route,
            kind=kind,
            standing=standing,
            answer=without(answer, code),
            fix=fix,
            seconds=seconds,
            correlation=self.correlation if correlation is None else correlation,
            sealed=seal(code) if standing is Standing.ACCEPTED else "",
            owners=tuple(owners),
            account=self.ledger.account_id,
        )

    def of(self, routes: Sequence[Route]) -> Bench:
        """Return the same bench for some of its routes."""
        return replace(self, routes=tuple(routes))


StageOf = Callable[[Bench], Iterator[Evidence]]
