"""Schedules on a fast clock, and the clock and agenda themselves: reference §4.2."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from reconciler.sandbox.agenda import Agenda
from reconciler.sandbox.app import create_app
from reconciler.sandbox.clock import Clock
from reconciler.sandbox.scheduler import fires_at, workers
from tests.sandbox.life.life_lab import Life

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "minute", "fires"),
    [
        ("0 12 * * *", NOON, True),
        ("0 12 * * 1", NOON, True),
        ("0 12 * * 0", NOON, False),
        ("1 12 * * *", NOON, False),
        ("*/5 * * * *", NOON + timedelta(minutes=5), True),
        ("nonsense", NOON, False),
        ("", NOON, False),
    ],
)
def test_a_cron_line_names_minutes(cron: str, minute: datetime, fires: bool) -> None:
    assert fires_at(cron, minute) is fires


async def start(life: Life, **fields: object) -> None:
    life.job(102, **{"triggers": {"schedule": True}, "schedule": {"cron": "0 * * * *"}, **fields})
    for worker in workers(life.state):
        await worker()


async def a_day(life: Life) -> int:
    await life.http.post("/_sandbox/clock", json={"advance": 86_400})
    return len(await life.data("runs/", job_definition_id=102))


@pytest.mark.parametrize("life", [{"schedule_runs": True}], indirect=True)
async def test_a_day_of_an_hourly_job_is_24_runs(life: Life) -> None:
    await start(life)
    assert await a_day(life) == 24
    run = (await life.data("runs/", include_related="trigger", limit=1))[0]
    assert (run["trigger"]["cause"], run["trigger"]["cause_category"]) == ("scheduled", "scheduled")
    assert run["created_at"][14:16] == "00"


@pytest.mark.parametrize("life", [{"schedule_runs": True}], indirect=True)
@pytest.mark.parametrize("fields", [{"triggers": {"schedule": False}}, {"deactivated": True}, {"state": 2}])
async def test_a_cron_line_alone_starts_nothing(life: Life, fields: dict[str, object]) -> None:
    await start(life, **fields)
    assert await a_day(life) == 0


async def test_schedules_are_off_until_switched_on(life: Life) -> None:
    await start(life)
    assert await a_day(life) == 0
    await life.http.post("/_sandbox/clock", json={"schedules": True})
    assert await a_day(life) == 24


async def test_control_shows_the_clock(life: Life) -> None:
    before = (await life.http.get("/_sandbox/clock")).json()
    after = (await life.http.post("/_sandbox/clock", json={"advance": 90, "speed": 0})).json()
    gone = datetime.fromisoformat(after["now"]) - datetime.fromisoformat(before["now"])
    assert gone == timedelta(seconds=90)
    assert (after["speed"], after["idle"]) == (0, True)


@pytest.mark.parametrize(
    "body", [{"advance": -1}, {"advance": 1e9}, {"speed": 1e12}, {"speed": "fast"}, {"schedules": 1}]
)
async def test_control_refuses_what_time_cannot_do(life: Life, body: dict[str, object]) -> None:
    assert (await life.http.post("/_sandbox/clock", json=body)).status_code == 400


async def test_waiting_for_idle_can_move_the_clock(life: Life) -> None:
    run = await life.trigger(seconds=7200)
    assert (await life.http.post("/_sandbox/idle", json={"timeout": 0.01})).status_code == 504
    assert (await life.http.post("/_sandbox/idle", json={"fast": True})).json()["idle"] is True
    assert (await life.run(run["id"]))["run_duration"] == "01:20:00"


def test_a_fast_clock_runs_ahead_and_never_back() -> None:
    real = [0.0]
    clock = Clock(start=NOON, speed=60, monotonic=lambda: real[0])
    real[0] = 2.0
    assert clock.now() == NOON + timedelta(minutes=2)
    clock.jump(NOON)
    assert clock.now() == NOON + timedelta(minutes=2)
    clock.set_speed(0)
    real[0] = 100.0
    assert (clock.now(), clock.monotonic()) == (NOON + timedelta(minutes=2), 120.0)
    with pytest.raises(ValueError, match="backwards"):
        clock.set_speed(-1)


async def test_the_agenda_keeps_the_order_of_time_then_of_arrival() -> None:
    clock = Clock(start=NOON, speed=0)
    done: list[str] = []
    agenda = Agenda(clock)
    for name, seconds in (("late", 9), ("first", 1), ("second", 1)):
        agenda.after(seconds, partial(done.append, name))
    await agenda.settle()
    assert done == ["first", "second", "late"]
    assert clock.now() == NOON + timedelta(seconds=9)


async def test_a_broken_action_is_reported_and_stops_no_other() -> None:
    clock = Clock(start=NOON, speed=0)
    agenda, done = Agenda(clock), asyncio.Event()
    reports: list[BaseException] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, report: reports.append(report["exception"]))

    def broken() -> None:
        raise KeyError("broken")

    agenda.after(0, broken)
    agenda.after(0, done.set)
    worker = asyncio.create_task(agenda.run())
    async with asyncio.timeout(5):
        await done.wait()
    worker.cancel()
    assert [type(report) for report in reports] == [KeyError]


async def test_clearing_the_agenda_drops_work_and_keeps_ticks() -> None:
    clock = Clock(start=NOON, speed=0)
    done: list[str] = []
    agenda = Agenda(clock)
    agenda.after(1, partial(done.append, "work"))
    agenda.at(NOON + timedelta(seconds=2), partial(done.append, "tick"), background=True)
    agenda.clear()
    await agenda.advance(timedelta(seconds=5))
    assert done == ["tick"]


@asynccontextmanager
async def serving(life: Life) -> AsyncGenerator[None]:
    app = create_app(life.state)
    async with app.router.lifespan_context(app):
        yield


async def test_real_time_workers_end_runs_by_themselves(life: Life) -> None:
    life.state.clock.set_speed(1000)
    life.notify(on_success=[101])
    async with serving(life):
        await life.trigger()
        assert len(await life.inbox(wait_for=1, timeout=20)) == 1
        assert (await life.http.post("/_sandbox/idle", json={})).status_code == 200


@pytest.mark.parametrize("life", [{"webhook_timeout": 60}], indirect=True)
async def test_shutting_down_waits_for_no_delivery_and_no_retry(life: Life) -> None:
    asked = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        try:
            await asyncio.sleep(60)
        finally:
            writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    life.webhook(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", event_types=["job.run.started"])
    async with asyncio.timeout(5), serving(life):
        await life.trigger(seconds=0)
        await asked.wait()
    server.close()
