"""The sandbox as one ASGI application: dbt Cloud's API, the control endpoints, and the workers behind them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeAlias

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from reconciler.sandbox import channels, control, control_index, control_life, delivery, inbox, scheduler
from reconciler.sandbox.api import (
    accounts,
    artifacts,
    environments,
    jobs,
    notification_settings,
    notifications,
    projects,
    runs,
    steps,
    users,
    variables,
    webhooks,
)
from reconciler.sandbox.channels import mail
from reconciler.sandbox.envelope import wrong_url
from reconciler.sandbox.gate import Gate
from reconciler.sandbox.state import State, Worker

Plug: TypeAlias = Callable[[State], Sequence[BaseRoute]]

API: tuple[Plug, ...] = (
    accounts.routes,
    users.routes,
    projects.routes,
    environments.routes,
    jobs.routes,
    variables.routes,
    notifications.routes,
    notification_settings.routes,
    webhooks.routes,
    runs.routes,
    steps.routes,
    artifacts.routes,
)
BESIDE_IT: tuple[Plug, ...] = (
    control_index.routes,
    control.routes,
    control_life.routes,
    delivery.routes,
    inbox.routes,
    *channels.PLUGS,
)


def create_app(state: State) -> Starlette:
    """Assemble the routes of all parts; their workers live as long as the application."""
    routes = [route for plug in (*API, *BESIDE_IT) for route in plug(state)]
    workers: list[Worker] = [state.agenda.run, *scheduler.workers(state), *_mail(state)]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
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


def _mail(state: State) -> list[Worker]:
    return [] if state.mail_socket is None else [partial(mail.serve, state, state.mail_socket)]


async def _wrong_url(request: Request, _error: Exception) -> Response:
    return control_index.unknown(request) or wrong_url()
