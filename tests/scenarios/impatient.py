"""The command line with a clock whose pauses take no time: they only move the clock. For tests with many faults."""

import threading
import time
from functools import partial
from typing import Any

from reconciler.cli import live, main
from reconciler.cloud import open_client
from reconciler.http import Clock

_lock = threading.Lock()
_skipped = [0.0]


def _sleep(seconds: float) -> None:
    with _lock:
        _skipped[0] += seconds


def _monotonic() -> float:
    return time.monotonic() + _skipped[0]


if __name__ == "__main__":
    patient: Any = partial(open_client, clock=Clock(monotonic=_monotonic, sleep=_sleep))
    live.open_client = patient
    main()
