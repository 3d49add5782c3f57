"""Model notifications of dbt Cloud's API: one object for each environment, no list of them, and in no published
description (reference §2.8).

What the endpoint refuses or answers in a shape that nobody knows is "not answered", and stays out of the way of
everything else. What every call would meet (a wrong token, no network) is raised as usual.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from reconciler.cloud.bodies import as_json
from reconciler.cloud.paths import Paths
from reconciler.cloud.wire import WireItem, WireOpen, decode_nothing, decoder
from reconciler.errors import ApiError, UnexpectedAnswer
from reconciler.http import MAX_IN_FLIGHT, Client
from reconciler.model.model_notifications import ModelAnswer, ModelNotifications, ModelOutcome, ModelUnanswered

__all__ = ["read_models", "switch_models"]

_SWITCH: Final = "on_"
_FIELD_OF: Final[Mapping[ModelOutcome, str]] = {outcome: f"{_SWITCH}{outcome.value}" for outcome in ModelOutcome}
_READ_ONLY: Final = frozenset({"id", "account_id", "environment_id", "created_at", "updated_at"})
_UNANSWERED: Final = frozenset({403, 404, 405})


class _WireModels(WireOpen):
    """One environment's model notifications (reference §2.8)."""

    enabled: bool | None = None
    on_success: bool | None = None
    on_failure: bool | None = None
    on_warning: bool | None = None
    on_skipped: bool | None = None


_READ: Final = decoder(WireItem[_WireModels | None])
_READ_RAW: Final = decoder(WireItem[dict[str, Any] | None])
_NEXT_STEP: Final = (
    "let the token read and write this environment, or save its model notifications once in dbt Cloud; "
    "until then nothing of them is changed"
)


def read_models(client: Client, account_id: int, environment_ids: Collection[int]) -> Mapping[int, ModelAnswer]:
    """Ask about each environment, at most twenty at once; no call where none is named."""
    wanted = sorted(set(environment_ids))
    if len(wanted) <= 1:
        return {number: _read(client, account_id, number) for number in wanted}
    pool = ThreadPoolExecutor(min(len(wanted), MAX_IN_FLIGHT), "models")
    try:
        return dict(zip(wanted, pool.map(lambda number: _read(client, account_id, number), wanted), strict=True))
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        client.stop()
        raise
    finally:
        pool.shutdown()


def switch_models(
    client: Client,
    account_id: int,
    environment_id: int,
    *,
    on: frozenset[ModelOutcome],
    off: frozenset[ModelOutcome],
) -> None:
    """Read the object, switch these outcomes, and post it whole; keys that we do not know are copied through.

    Raises NotFound where it is not there to be read: nothing is written blind.
    """
    path = Paths(account_id).model_notifications(environment_id)
    raw = client.get(path, _READ_RAW).data or {}
    client.replace("POST", path, decode_nothing, body=as_json(_switched(raw, on=on, off=off)))


def _switched(raw: Mapping[str, Any], *, on: frozenset[ModelOutcome], off: frozenset[ModelOutcome]) -> dict[str, Any]:
    """Return what is posted: the fields that dbt Labs' own client posts, and those that we do not know.

    Outcomes that are selected while the notifications are off tell nobody: switching on starts from none of them.
    """
    told = {outcome for outcome, name in _FIELD_OF.items() if raw.get(name)} if raw.get("enabled") else set()
    after = (told | on) - off
    kept = {name: value for name, value in raw.items() if name not in _READ_ONLY}
    others = any(value is True for name, value in kept.items() if name.startswith(_SWITCH) and name not in _OURS)
    enabled = bool(after) or (bool(raw.get("enabled")) and others)
    return {**kept, "enabled": enabled, **{name: outcome in after for outcome, name in _FIELD_OF.items()}}


_OURS: Final = frozenset(_FIELD_OF.values())


def _read(client: Client, account_id: int, environment_id: int) -> ModelAnswer:
    try:
        found = client.get(Paths(account_id).model_notifications(environment_id), _READ).data
    except ApiError as error:
        if error.status in _UNANSWERED or isinstance(error, UnexpectedAnswer):
            return ModelUnanswered(environment_id=environment_id, why=error.message, next_step=_NEXT_STEP)
        raise
    return ModelNotifications(environment_id=environment_id) if found is None else _model(environment_id, found)


def _model(environment_id: int, found: _WireModels) -> ModelNotifications:
    return ModelNotifications(
        environment_id=environment_id,
        enabled=bool(found.enabled),
        selected=frozenset(outcome for outcome, name in _FIELD_OF.items() if getattr(found, name)),
        unknown=tuple(sorted((found.model_extra or {}).keys() - _READ_ONLY)),
    )
