"""The sandbox as one ASGI application: dbt Cloud's API, the control endpoints, and the workers behind them."""

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox.envelope import wrong_url
from reconciler.sandbox.gate import Gate
from reconciler.sandbox.state import State, Worker

PARTS = (
    "api.accounts",
    "api.users",
    "api.projects",
    "api.environments",
    "api.jobs",
    "api.variables",
    "api.notifications",
    "api.webhooks",
    "api.runs",
    "api.steps",
    "api.artifacts",
    "control",
    "control_life",
    "outcomes",
    "scheduler",
    "runs",
    "delivery",
    "native",
    "inbox",
)


def parts() -> list[ModuleType]:
    """Import every part."""
    names = [f"reconciler.sandbox.{name}" for name in PARTS]
    return [importlib.import_module(name) for name in names if importlib.util.find_spec(name)]


def create_app(state: State) -> Starlette:
    """Assemble the routes of all parts; their workers live as long as the application."""
    modules = parts()
    routes: list[BaseRoute] = [route for part in modules if hasattr(part, "routes") for route in part.routes(state)]
    workers: list[Worker] = [state.agenda.run]
    workers += [worker for part in modules if hasattr(part, "workers") for worker in part.workers(state)]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.ensure_future(worker()) for worker in workers]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={404: _wrong_url},
        middleware=[Middleware(Gate, state=state)],
    )
    app.router.redirect_slashes = False
    return app


async def _wrong_url(_request: Request, _error: Exception) -> Response:
    return wrong_url()
