"""Every test here has a sandbox in this process, on a clock that stands still unless it is moved."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.sandbox.life.life_lab import Life, Receiver, life_of, open_state


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def life(request: pytest.FixtureRequest) -> AsyncIterator[Life]:
    """Make a sandbox; `@pytest.mark.parametrize("life", [{...options}], indirect=True)` sets options."""
    state = open_state(**getattr(request, "param", {}))
    made = life_of(state)
    async with made.http:
        yield made
    state.store.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield made
    server.close()
