"""What a test does to a sandbox from outside dbt Cloud's API: move its clock, choose how runs end, look at its inbox.

Runs move only when the clock does (it is started frozen), so nothing here waits for time to pass.
"""

import threading
import time
from collections.abc import Callable

from reconciler.sandbox import RunningSandbox
from tests.contract.contract_api import Api, Json, ok
from tests.contract.contract_receiver import Delivery, Receiver

__all__ = ["Lab"]

PATIENCE_SECONDS = 10.0
ALL_RETRIES_SECONDS = 3600.0


class Lab:
    def __init__(self, sandbox: RunningSandbox, api: Api) -> None:
        self.control = sandbox.control
        self.options = sandbox.state.options
        self.api = api

    def advance(self, seconds: float) -> None:
        self.control.call("POST", "/clock", json={"advance": seconds})

    def settle(self) -> None:
        """Let everything that is due, or waits for its time, happen: ends, ingestion, deliveries, retries."""
        self.control.call("POST", "/idle", json={"fast": True, "timeout": PATIENCE_SECONDS})

    def wait_for(self, happened: Callable[[], bool]) -> None:
        """Wait for something that goes through a real socket."""
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
        while not happened():
            assert time.monotonic() < deadline, "nothing happened"
            pause.wait(0.01)

    def finish(self, run_id: int) -> Json:
        self.settle()
        run = self.api.run(run_id)
        assert run["is_complete"], run
        return run

    finish_with_artifacts = finish

    def finished_as(self, job_id: int, outcome: str) -> Json:
        """Run a job to an end that the API has no way to ask for."""
        if outcome == "cancelled":
            run = self.api.trigger(job_id)
            self.advance(self.options.run_seconds / 2)
            ok(self.api.post(self.api.v2(f"runs/{run['id']}/cancel/")))
        else:
            run = self.control.call("POST", "/runs", json={"job_id": job_id, "outcome": outcome})
        return self.finish(run["id"])

    def cancel_while_queued(self, job_id: int) -> Json:
        run = self.api.trigger(job_id)
        assert run["status"] == 1
        ok(self.api.post(self.api.v2(f"runs/{run['id']}/cancel/")))
        return self.finish(run["id"])

    def artifacts_around_the_end(self, job_id: int) -> list[tuple[str, int]]:
        """Say what artifacts answered between the end of a run and the end of its ingestion, and after."""
        run_id = self.api.trigger(job_id)["id"]
        step = self.options.ingestion_delay / 4
        seen: list[tuple[str, int]] = []
        while len(seen) < 2:
            self.advance(step)
            run = self.api.run(run_id)
            saved = "saved" if run["artifacts_saved"] else "not saved"
            answer = self.api.get(self.api.v2(f"runs/{run_id}/artifacts/run_results.json")).status_code
            if run["is_complete"] and (saved, answer) not in seen:
                seen.append((saved, answer))
        return seen

    def deliveries(self, receiver: Receiver, run_id: int, *, expect: int = 1) -> list[Delivery]:
        self.settle()
        self.wait_for(lambda: len(receiver.of(run_id)) >= expect)
        return receiver.of(run_id)

    def fail_until_switched_off(self, webhook_id: str, job_id: int) -> None:
        for _ in range(self.options.failure_limit + 1):
            if not self.api.webhook(webhook_id)["active"]:
                return
            self.finish(self.api.trigger(job_id)["id"])

    def inbox(self, **filters: Json) -> list[Json]:
        """Read what left the sandbox, or would have, oldest first."""
        messages = self.control.call("GET", "/inbox", params=filters)["messages"]
        return sorted(messages, key=lambda message: message["id"])

    def mails(self, address: str) -> list[Json]:
        """Read what one e-mail address was sent."""
        return [message for message in self.inbox(kind="email") if message["recipient"] == address]

    def slack(self, channel_id: str) -> list[Json]:
        """Read what one Slack channel was sent, or would have been."""
        return [message for message in self.inbox(kind="slack") if channel_id in message["channel"]]
