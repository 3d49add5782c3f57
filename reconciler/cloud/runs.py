"""Reading runs, and the files that they leave. GETs only."""

from __future__ import annotations

from datetime import datetime
from typing import BinaryIO, Final

from reconciler.cloud import run_rows
from reconciler.cloud.paths import Paths
from reconciler.cloud.wire import WireItem, WirePage, decoder
from reconciler.cloud.wire_runs import WireRun
from reconciler.errors import UnexpectedAnswer
from reconciler.http import Client
from reconciler.model.run import PastRun, Run

__all__ = ["MAX_ARTIFACT_BYTES", "RunReader"]

MAX_ARTIFACT_BYTES: Final = 512 * 1024 * 1024

_RUN: Final = decoder(WireItem[WireRun])
_RUNS: Final = decoder(WirePage[WireRun])
_NAMES: Final = decoder(WireItem[list[str]])
_RELATED: Final = "trigger,job,environment,repository"
_LARGEST_PAGE: Final = 100
_MOST_PAGES: Final = 5
_LONG_AGO: Final = "2000-01-01T00:00:00+00:00"


class RunReader:
    """What an account says of its runs, now. Nothing is remembered between two questions."""

    def __init__(self, client: Client, account_id: int) -> None:
        self._client = client
        self._paths = Paths(account_id)

    @property
    def calls(self) -> int:
        """How many requests the client behind it has sent so far."""
        return self._client.calls

    def run(self, run_id: int) -> Run:
        """Read a run with everything that belongs to it, in one call. Raises NotFound.

        Steps come with their logs. Where that is more than an answer may be, or unreadable, the run is read without.
        """
        try:
            return self._run(run_id, f"{_RELATED},run_steps")
        except UnexpectedAnswer:
            return self._run(run_id, _RELATED)

    def recent(
        self, job_id: int, *, limit: int = 20, before: int | None = None, until: datetime | None = None
    ) -> tuple[PastRun, ...]:
        """List a job's runs, newest first, of any status; `limit` of them at most.

        `before` is a run: only those with lower ids count. The API cannot filter by that, so an old run is looked for
        on 5 pages; `until`, when it was created, finds it at once.
        """
        found: dict[int, PastRun] = {}
        page_size = min(_LARGEST_PAGE, limit + (before is not None))
        for page in range(_MOST_PAGES):
            rows = self._page(job_id, until, limit=page_size, offset=page * page_size)
            found.update({row.id: run_rows.past_run(row) for row in rows if before is None or row.id < before})
            if len(found) >= limit or len(rows) < page_size:
                break
        return tuple(found[each] for each in sorted(found, reverse=True)[:limit])

    def artifacts(self, run_id: int, *, step: int | None = None) -> tuple[str, ...]:
        """List the files under target/ after a step, by default the last. Raises NotFound while nothing is saved."""
        return tuple(self._client.get(self._paths.artifacts(run_id), _NAMES, params=_of_step(step)).data)

    def artifact(
        self, run_id: int, path: str, into: BinaryIO, *, step: int | None = None, most: int = MAX_ARTIFACT_BYTES
    ) -> int:
        """Stream one file, as it was after a step, into a file open for both; return its size in bytes.

        Raises NotFound for a file that is not there, or not yet: it may lag the end of the run (reference §5.5).
        """
        return self._client.download(self._paths.artifact(run_id, path), into, most=most, params=_of_step(step))

    def _run(self, run_id: int, related: str) -> Run:
        params: dict[str, str | int] = {"include_related": related}
        return run_rows.run(self._client.get(self._paths.run(run_id), _RUN, params=params).data)

    def _page(self, job_id: int, until: datetime | None, *, limit: int, offset: int) -> list[WireRun]:
        params: dict[str, str | int] = {
            "job_definition_id": job_id,
            "order_by": "-id",
            "limit": limit,
            "offset": offset,
        }
        if until is not None:
            params["created_at__range"] = f'["{_LONG_AGO}","{until.isoformat()}"]'
        return self._client.get(self._paths.runs, _RUNS, params=params).data


def _of_step(step: int | None) -> dict[str, str | int]:
    return {} if step is None else {"step": step}
