"""The file of a saved plan: written whole, never yesterday's, and read within bounds."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reconciler.cli.console import json_lines
from reconciler.durable import replaceable, save_private
from reconciler.errors import AlertsError, PolicyError, RuntimeFailure, StalePlan, UsageError

if TYPE_CHECKING:
    from reconciler.model.plan import Plan
    from reconciler.plan.saved import SavedPlan

__all__ = ["LARGEST", "read_plan", "saving"]

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a saved plan that are read: some 100,000 actions. Whatever is larger is not read to its end."""

_AGAIN: Final = "run `dbt-alerts plan --out FILE` again"


@contextmanager
def saving(path: Path | None) -> Generator[Callable[[Plan], str]]:
    """Yield what saves the plan and returns the digest that it has there; without a file it does neither.

    However the run ends, the file is not the one that was there before.
    It says first that the plan is not finished, then holds the plan, or why there is none: `apply` refuses all but
    the plan. A pipe or a device gets one document. Raises RuntimeFailure where the file cannot be written.
    """
    if path is None:
        yield lambda _: ""
        return
    if replaceable(path):
        _write(path, _errored(None))
    try:
        yield lambda plan: _save(path, plan)
    except AlertsError as error:
        _write(path, _errored(error))
        raise


def _save(path: Path, plan: Plan) -> str:
    from reconciler.plan.document import plan_document  # noqa: PLC0415 - loaded while dbt Cloud answers

    document = plan_document(plan)
    _write(path, document)
    return str(document["digest"])


def _errored(error: AlertsError | None) -> Mapping[str, Any]:
    from reconciler.plan.document import errored_document  # noqa: PLC0415
    from reconciler.render.problems import problems_document  # noqa: PLC0415

    problems = problems_document(error.problems) if isinstance(error, PolicyError) else []
    return errored_document(error, problems=problems, at=datetime.now(UTC))


def _write(path: Path, document: Mapping[str, Any]) -> None:
    """Replace a file whole, readable by its owner only: it names people and what they are told of. Links are kept."""
    try:
        save_private(path, json_lines(document))
    except OSError as error:
        raise RuntimeFailure(
            f"the plan cannot be saved to {path}: {error.strerror}",
            next_step="give `--out` a file in a folder of yours",
        ) from error


def read_plan(path: Path) -> SavedPlan:
    """Read a saved plan. Raises StalePlan for whatever is none that may be applied, UsageError if it cannot be read."""
    from reconciler.plan.saved import SavedPlan  # noqa: PLC0415 - a plan reads none

    return SavedPlan.from_document(_parsed(_read(path), path))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(
            f"the plan {path} cannot be read: {error.strerror}", next_step="make one with `dbt-alerts plan --out FILE`"
        ) from error
    if len(content) > LARGEST:
        raise StalePlan(f"the plan {path} is larger than {LARGEST >> 20} MiB: it is none of ours", next_step=_AGAIN)
    return content


def _parsed(content: bytes, path: Path) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise StalePlan(f"the plan {path} is not JSON, or not all of it", next_step=_AGAIN) from error
