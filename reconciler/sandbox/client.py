"""A small client of the control endpoints, for tests and scripts."""

import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx


class Control:
    """Speaks to `/_sandbox/`. Every method raises httpx.HTTPStatusError on a refusal."""

    def __init__(self, url: str, *, token: str | None = None, ca_file: Path | None = None) -> None:
        headers = {"X-Sandbox-Control": token} if token else {}
        context = ssl.create_default_context(cafile=ca_file) if ca_file else False
        self._client = httpx.Client(
            base_url=f"{url}/_sandbox", headers=headers, verify=context, trust_env=False, timeout=30
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def call(self, method: str, path: str, **content: Any) -> Any:
        """Call any control endpoint: `call("POST", "/clock", json={...})`."""
        answer = self._client.request(method, path, **content)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def add_fault(self, **rule: Any) -> dict[str, Any]:
        """Add a fault rule; see `faults.Rule` for its keys."""
        return self.call("POST", "/faults", json=rule)

    def clear_faults(self) -> None:
        """Remove every fault rule."""
        self.call("DELETE", "/faults")

    def log(self, **filters: Any) -> list[dict[str, Any]]:
        """Read what arrived: `method`, `path` (glob), `status`, `effect`, `fault`, `since`."""
        return self.call("GET", "/log", params=filters)["requests"]

    def clear_log(self) -> None:
        """Forget what arrived; numbers go on."""
        self.call("DELETE", "/log")

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Read a table raw, deleted rows and private columns too."""
        return self.call("GET", f"/objects/{table}")["rows"]

    def put(self, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
        """Write a row raw: anything goes, dangling ids too."""
        return self.call("PUT", f"/objects/{table}", json=dict(row))

    def put_many(self, table: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Add many rows at once; returns their ids."""
        return self.call("POST", f"/objects/{table}", json={"rows": [dict(row) for row in rows]})["ids"]

    def change(self, table: str, key: int | str, **changes: Any) -> dict[str, Any]:
        """Merge changes into a row."""
        return self.call("PATCH", f"/objects/{table}/{key}", json=changes)

    def remove(self, table: str, key: int | str) -> None:
        """Remove a row for good."""
        self.call("DELETE", f"/objects/{table}/{key}")

    def counts(self) -> dict[str, int]:
        """Count the rows of every table."""
        return self.call("GET", "/counts")

    def generate(self, **sizes: int) -> dict[str, int]:
        """Fill the account with generated `jobs`, `recipients`, `edges`."""
        return self.call("POST", "/generate", json=sizes)

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change what may change while running: `latency_ms`."""
        return self.call("POST", "/settings", json=changes)

    def add_token(self, **token: Any) -> dict[str, Any]:
        """Add a token: `project_ids` (sees only those), `permission` (sets with commas between)."""
        return self.call("POST", "/tokens", json=token)

    def dump(self) -> dict[str, Any]:
        """Copy the whole state out."""
        return self.call("GET", "/state")

    def load(self, image: Mapping[str, Any]) -> None:
        """Replace the whole state."""
        self.call("PUT", "/state", json=dict(image))

    def reset(self) -> None:
        """Go back to the seed; faults and log are cleared too."""
        self.call("POST", "/reset")

    def break_channel(self, kind: str, mode: str, **more: Any) -> dict[str, Any]:
        """Make something wrong with a vendor: `only`, `times`, `seconds`, `path`; see `channels.modes`."""
        return self.call("POST", f"/channels/{kind}", json={"mode": mode, **more})

    def mend_channels(self, kind: str | None = None) -> None:
        """Make a vendor, or all of them, right again."""
        self.call("DELETE", f"/channels/{kind}" if kind else "/channels")

    def inbox(self, **filters: Any) -> list[dict[str, Any]]:
        """Read the messages, newest first; `filters` are those of `inbox`, `wait_for` and `timeout` too."""
        return self.call("GET", "/inbox", params=filters)["messages"]
