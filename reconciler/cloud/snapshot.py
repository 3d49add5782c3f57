"""An inventory as a file, and back: `snapshot` writes it, `--live FILE` plans from it.

The file is JSON with a format number, one line per object, and no secrets: webhook URLs are redacted (model/redacted),
and the key to compare them is in the file, so `host` and `account_id` may be relabelled by hand. It does hold names
and addresses of people. Reading is strict, because a plan from half a snapshot would stop alerts.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterable
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from reconciler.cloud.saved import (
    SavedEnvironment,
    SavedJob,
    SavedModels,
    SavedNotification,
    SavedProject,
    SavedSnapshot,
    SavedSubscription,
    SavedUser,
)
from reconciler.errors import RuntimeFailure
from reconciler.model.inventory import Environment, Inventory, Job, Project, User
from reconciler.model.model_notifications import ModelNotifications
from reconciler.model.redacted import is_redacted, redact_url

__all__ = ["FORMAT", "from_json", "to_json"]

FORMAT: Final = 1
_ANY: Final[TypeAdapter[Any]] = TypeAdapter(Any)
_MAKE_ANEW: Final = "Make it anew with `dbt-alerts snapshot`."


def to_json(inventory: Inventory, *, url_key: str | None = None) -> str:
    """Write an inventory. URLs are redacted under `url_key`, by default a random one; a snapshot's own stay as is."""
    key = inventory.url_key or url_key or secrets.token_hex(16)
    saved = SavedSnapshot(
        format=FORMAT,
        host=inventory.host,
        account_id=inventory.account_id,
        taken_at=inventory.taken_at,
        calls=inventory.calls,
        url_key=key,
        unknown=list(inventory.unknown),
        projects=[SavedProject.model_validate(each) for _, each in sorted(inventory.projects.items())],
        environments=[SavedEnvironment.model_validate(each) for _, each in sorted(inventory.environments.items())],
        jobs=[SavedJob.model_validate(each) for _, each in sorted(inventory.jobs.items())],
        users=[SavedUser.model_validate(each) for _, each in sorted(inventory.users.items())],
        notifications=[SavedNotification.of(row) for row in inventory.notifications],
        subscriptions=[
            SavedSubscription.of(each, url=each.url if inventory.url_key else redact_url(each.url, key))
            for each in inventory.subscriptions
        ],
        webhooks_hidden=inventory.webhooks_hidden,
        model_notifications=[
            SavedModels.of(each) for _, each in sorted(inventory.models.items()) if isinstance(each, ModelNotifications)
        ],
    )
    fields = ",\n".join(f'"{name}": {_text(value)}' for name, value in saved.model_dump(mode="json").items())
    return f"{{\n{fields}\n}}\n"


def from_json(text: str | bytes, *, source: str) -> Inventory:
    """Read what `to_json` wrote. Raises RuntimeFailure that names `source`, the place in it, and what is wrong."""
    saved = _parsed(text, source)
    _refuse_repeats(saved, source)
    return Inventory(
        host=saved.host,
        account_id=saved.account_id,
        jobs={each.id: Job(**each.model_dump()) for each in saved.jobs},
        projects={each.id: Project(**each.model_dump()) for each in saved.projects},
        environments={each.id: Environment(**each.model_dump()) for each in saved.environments},
        users={each.id: User(**each.model_dump()) for each in saved.users},
        notifications=tuple(each.row() for each in saved.notifications),
        subscriptions=tuple(each.webhook() for each in saved.subscriptions),
        webhooks_hidden=saved.webhooks_hidden,
        models={each.environment_id: each.models() for each in saved.model_notifications},
        unknown=tuple(saved.unknown),
        calls=saved.calls,
        taken_at=saved.taken_at,
        url_key=saved.url_key,
    )


def _parsed(text: str | bytes, source: str) -> SavedSnapshot:
    try:
        _refuse_other_format(_ANY.validate_json(text), source)
        return SavedSnapshot.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _bad(source, f"{place}: {first['msg']}" if place else first["msg"]) from None


def _refuse_other_format(found: object, source: str) -> None:
    if not isinstance(found, dict) or "format" not in found:
        raise _bad(source, "it has no `format`")
    if type(found["format"]) is not int or found["format"] != FORMAT:
        shown = repr(found["format"])[:40]
        raise RuntimeFailure(
            f"{source} is a snapshot of format {shown}, and this version reads format {FORMAT}", next_step=_MAKE_ANEW
        )


def _refuse_repeats(saved: SavedSnapshot, source: str) -> None:
    """Refuse an id that stands twice, and a URL that is not redacted: neither was ever written by `to_json`."""
    lists: dict[str, Collection[Any]] = {
        name: getattr(saved, name)
        for name in ("projects", "environments", "jobs", "users", "notifications", "subscriptions")
    }
    for name, rows in lists.items():
        if len({row.id for row in rows}) != len(rows):
            raise _bad(source, f"{name}: an id stands twice")
    environments = [each.environment_id for each in saved.model_notifications]
    if len(set(environments)) != len(environments):
        raise _bad(source, "model_notifications: an environment stands twice")
    if not all(is_redacted(each.url) for each in saved.subscriptions):
        raise _bad(source, "subscriptions: a URL is not redacted")


def _bad(source: str, what: str) -> RuntimeFailure:
    return RuntimeFailure(f"{source} is not a snapshot: {what}", next_step=_MAKE_ANEW)


def _text(value: object) -> str:
    """Write a list with one object per line, anything else on one line."""
    if not isinstance(value, list) or not value:
        return _compact(value)
    return f"[\n{_rows(value)}\n]"


def _rows(rows: Iterable[object]) -> str:
    return ",\n".join(_compact(row) for row in rows)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
