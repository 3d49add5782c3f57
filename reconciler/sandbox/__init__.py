"""An emulator of dbt Cloud for tests and demonstrations: its Admin API, its runs, its deliveries.

    with start(port=0) as sandbox:
        sandbox.url, sandbox.token, sandbox.account_id, sandbox.ready, sandbox.control

It imports nothing of the rest of the package: an emulator that shares code with the client proves nothing.
"""

from reconciler.sandbox.options import Backend, RateLimit, Revival, SandboxOptions
from reconciler.sandbox.server import RunningSandbox, start

__all__ = ["Backend", "RateLimit", "Revival", "RunningSandbox", "SandboxOptions", "start"]
