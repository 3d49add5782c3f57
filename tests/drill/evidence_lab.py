"""Evidence for tests: every argument has a default."""

from __future__ import annotations

from datetime import UTC, datetime

from reconciler.model.evidence import Evidence, Stage, Standing

__all__ = ["NOON", "seen"]

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def seen(
    route: str = "data-critical",
    *,
    id: str = "1",  # noqa: A002
    stage: Stage = Stage.DELIVER,
    standing: Standing = Standing.ACCEPTED,
    answer: str = "ok",
    fix: str = "",
    correlation: str = "7f3a9c",
    sealed: str = "",
    at: datetime = NOON,
    owners: tuple[str, ...] = ("maria@acme.example",),
) -> Evidence:
    return Evidence(
        at=at,
        id=id,
        stage=stage,
        route=route,
        kind="slack",
        standing=standing,
        answer=answer,
        fix=fix,
        seconds=0.25,
        correlation=correlation,
        sealed=sealed,
        owners=owners,
        account=7,
    )
