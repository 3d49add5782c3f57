from datetime import UTC, datetime, timedelta

from reconciler.sandbox.clock import Clock
from reconciler.sandbox.limits import Limiter
from reconciler.sandbox.options import RateLimit

START = datetime(2026, 3, 2, tzinfo=UTC)


def limiter(requests: int) -> tuple[Limiter, Clock]:
    clock = Clock(start=START, speed=0)
    return Limiter(clock, RateLimit(requests=requests)), clock


def test_one_too_many_closes_the_account_for_five_minutes() -> None:
    limit, clock = limiter(2)
    assert [limit.refused() for _ in range(3)] == [None, None, 300.0]
    clock.jump(START + timedelta(seconds=299))
    assert limit.refused() == 1.0
    clock.jump(START + timedelta(seconds=300))
    assert limit.refused() is None


def test_a_new_minute_counts_anew() -> None:
    limit, clock = limiter(1)
    assert limit.refused() is None
    clock.jump(START + timedelta(seconds=60))
    assert limit.refused() is None


def test_zero_means_no_limit() -> None:
    limit, _ = limiter(0)
    assert {limit.refused() for _ in range(100)} == {None}


def test_the_limit_can_be_forgotten() -> None:
    limit, _ = limiter(1)
    assert [limit.refused(), limit.refused()] == [None, 300.0]
    limit.forget()
    assert limit.refused() is None
