"""A hand on dbtc, running in another interpreter."""

import json
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from reconciler.sandbox import RunningSandbox
from tests.contract.contract_api import Json

__all__ = ["Dbtc", "RaisedError"]

DRIVER = Path(__file__).with_name("dbtc_driver.py")


class RaisedError(AssertionError):
    """The client could not work with an answer."""

    def __init__(self, *, method: str, kind: str, text: str) -> None:
        self.kind = kind
        super().__init__(f"dbtc {method} raised {kind}: {text}")


class Dbtc:
    def __init__(self, *, account_id: int, requests: IO[str], answers: IO[str]) -> None:
        self.account_id = account_id
        self._requests = requests
        self._answers = answers

    @classmethod
    @contextmanager
    def started(cls, python: Path, sandbox: RunningSandbox) -> Generator["Dbtc"]:
        process = subprocess.Popen(
            [python, str(DRIVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(sandbox) | {"SANDBOX_HOST": sandbox.url.removeprefix("https://")},
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            yield cls(account_id=sandbox.account_id, requests=process.stdin, answers=process.stdout)
            process.stdin.close()

    def call(self, method: str, *args: Json, **kwargs: Json) -> Json:
        """Call a method with the account first; raises RaisedError when the client raised."""
        line = {"method": method, "args": [self.account_id, *args], "kwargs": kwargs}
        self._requests.write(json.dumps(line) + "\n")
        self._requests.flush()
        answer = json.loads(self._answers.readline())
        if "raised" in answer:
            raise RaisedError(method=method, kind=answer["raised"], text=answer["text"])
        return answer["result"]

    def data(self, method: str, *args: Json, **kwargs: Json) -> Json:
        """Call a method whose answer is an envelope of success; its `data`."""
        answer = self.call(method, *args, **kwargs)
        assert answer["status"]["code"] in {200, 201}, answer
        return answer["data"]


def environment(sandbox: RunningSandbox) -> dict[str, str]:
    """Name what a client inherits: nothing of ours, no proxy, and the sandbox's own authority."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    ca_file = str(sandbox.ca_file)
    return kept | {"SANDBOX_TOKEN": sandbox.token, "REQUESTS_CA_BUNDLE": ca_file, "SSL_CERT_FILE": ca_file}
