"""What runs in the process of its own: read one order, give it to Apprise, leave with a code that says what it said."""

from __future__ import annotations

import json
import os
import sys
from typing import Final

__all__ = ["NOT_SENT", "NO_ADDRESS", "NO_LIBRARY", "SENT", "main", "send"]

SENT: Final = 0
NOT_SENT: Final = 3
NO_ADDRESS: Final = 4
NO_LIBRARY: Final = 5


def main() -> None:
    """Leave at once with the code: a thread that a service has started must not keep the process."""
    order = json.loads(sys.stdin.buffer.read())
    code = send(str(order["url"]), title=str(order["title"]), body=str(order["body"]))
    os._exit(code)


def send(url: str, *, title: str, body: str) -> int:
    """Send one message to one address, its text as it is.

    Only what Apprise holds for true is a success: version 1 answers None where there was nobody to tell, version 2 a
    value that is true if every service took it.
    """
    try:
        import apprise  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        return NO_LIBRARY
    asset = apprise.AppriseAsset(
        app_id="dbt-alerts",
        app_desc="dbt alerts",
        app_url="",
        async_mode=False,
        interpret_escapes=False,
        interpret_emojis=False,
        plugin_paths=[],
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    target = apprise.Apprise.instantiate(url, asset=asset)
    if not isinstance(target, apprise.NotifyBase):
        return NO_ADDRESS
    told = apprise.Apprise(target, asset=asset).notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
    return SENT if told else NOT_SENT
