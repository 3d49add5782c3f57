"""What we read of the API's JSON, and nothing more: every field we do not need is skipped by the parser.

Published types say little about nulls (reference §1.6): whatever is not an id may be null or absent.
Integers may come as text (reference §3.3, job_ids), and are integers from here on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from reconciler.http import Unreadable

__all__ = [
    "DELETED",
    "Fresh",
    "Wire",
    "WireCreated",
    "WireEnvironment",
    "WireItem",
    "WireJob",
    "WireNotification",
    "WireOpen",
    "WirePage",
    "WireProject",
    "WireSubscription",
    "WireUser",
    "decode_created",
    "decode_nothing",
    "decode_raw",
    "decode_row",
    "decode_rows",
    "decoder",
    "explain_refusal",
]

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
DELETED: Final = 2


class Wire(BaseModel):
    """A part of an answer: what we do not name of it is not looked at."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, coerce_numbers_to_str=True, defer_build=True)


class WireOpen(BaseModel):
    """A row that we may write: keys we do not know are kept, so that they can be reported."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True, coerce_numbers_to_str=True, defer_build=True)


class WireTriggers(Wire):
    schedule: bool | None = None


class WireSchedule(Wire):
    cron: str | None = None


class WireJob(Wire):
    id: int
    name: str | None = None
    project_id: int
    environment_id: int | None = None
    job_type: str | None = None
    state: int | None = None
    triggers: WireTriggers | None = None
    schedule: WireSchedule | None = None
    deactivated: bool | None = None
    generate_docs: bool | None = None
    execute_steps: list[str] | None = None


class WireProject(Wire):
    id: int
    name: str | None = None
    state: int | None = None


class WireEnvironment(Wire):
    id: int
    project_id: int
    name: str | None = None
    type: str | None = None
    deployment_type: str | None = None
    state: int | None = None


class WireUser(Wire):
    id: int
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    is_active: bool | None = None


class WireNotification(WireOpen):
    """One recipient's row. A null or 0 id has been seen in answers with status 200 (reference §2.2): refused."""

    id: PositiveInt
    type: int
    user_id: int | None = None
    external_email: str | None = None
    slack_channel_id: str | None = None
    slack_channel_name: str | None = None
    on_success: list[int] | None = None
    on_failure: list[int] | None = None
    on_cancel: list[int] | None = None
    on_warning: list[int] | None = None
    state: int | None = None


class WireSubscription(WireOpen):
    id: str
    name: str | None = None
    description: str | None = None
    client_url: str | None = None
    event_types: list[str] | None = None
    job_ids: list[int] | None = None
    active: bool | None = None
    http_status_code: str | None = None
    dispatched_at: str | None = None
    deactivate_reason: str | None = None


class WirePagination(Wire):
    count: int | None = None
    total_count: int | None = None


class WireExtra(Wire):
    pagination: WirePagination | None = None


class WirePage(Wire, Generic[T]):
    """A list answer. Recordings without `extra` exist (fixtures, job_list.json)."""

    data: list[T]
    extra: WireExtra | None = None

    @property
    def pagination(self) -> WirePagination:
        return (self.extra.pagination if self.extra else None) or WirePagination()


class WireItem(Wire, Generic[T]):
    """The answer for one object."""

    data: T


class WireCreated(Wire):
    id: Annotated[str, Field(min_length=1)]
    hmac_secret: Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A notification as it came, unknown keys and all, and what we understand of it."""

    raw: dict[str, Any]
    row: WireNotification


class WireStatus(Wire):
    user_message: str | None = None
    developer_message: str | None = None


class WireRefusal(Wire):
    status: WireStatus
    data: Any = None


_BUILDING: Final = Lock()


def decoder(shape: type[M]) -> Callable[[bytes], M]:
    """Return what reads the bytes of that shape. It raises Unreadable for no JSON, ValueError for another shape.

    A shape's parser is built when its first answer comes: a plan reads half of them, and pages arrive in many threads.
    """

    def decode(body: bytes) -> M:
        if not shape.__pydantic_complete__:
            with _BUILDING:
                shape.model_rebuild()
        try:
            return shape.model_validate_json(body)
        except ValidationError as error:
            raise _complaint(error) from None

    return decode


_RAW_ITEM: Final = decoder(WireItem[dict[str, Any]])
_RAW_LIST: Final = decoder(WirePage[dict[str, Any]])
_CREATED: Final = decoder(WireItem[WireCreated])
_REFUSAL: Final = decoder(WireRefusal)


def decode_created(body: bytes) -> WireCreated:
    """Read the answer to a webhook's creation: the only one that holds the secret (reference §3.3)."""
    return _CREATED(body).data


def decode_row(body: bytes) -> Fresh:
    """Read one notification whole, as it will be written back, and as we understand it."""
    return _fresh(_RAW_ITEM(body).data)


def decode_rows(body: bytes) -> list[Fresh]:
    """Read a list of notifications in the same way."""
    return [_fresh(raw) for raw in _RAW_LIST(body).data]


def decode_raw(body: bytes) -> dict[str, Any]:
    """Read one object whole."""
    return _RAW_ITEM(body).data


def _fresh(raw: dict[str, Any]) -> Fresh:
    try:
        return Fresh(raw=raw, row=WireNotification.model_validate(raw))
    except ValidationError as error:
        raise _complaint(error) from None


def decode_nothing(_body: bytes) -> None:
    """Ignore the body of an answer that says everything by its status."""


def explain_refusal(body: bytes) -> str | None:
    """Return the server's words and its tree of field errors in one line (reference §1.7); None if there are none."""
    try:
        refusal = _REFUSAL(body)
    except ValueError:
        return None
    said = refusal.status.user_message or refusal.status.developer_message or ""
    fields = "; ".join(f"{path}: {text}" if path else text for path, text in _leaves(refusal.data, ""))
    return " ".join(part for part in (said, fields and f"({fields})") if part)


def _leaves(tree: object, path: str) -> list[tuple[str, str]]:
    match tree:
        case None:
            return []
        case Mapping():
            return [
                leaf for key, below in tree.items() for leaf in _leaves(below, f"{path}.{key}" if path else str(key))
            ]
        case Sequence() if not isinstance(tree, str):
            return [leaf for below in tree for leaf in _leaves(below, path)]
        case _:
            return [(path, str(tree))]


def _complaint(error: ValidationError) -> ValueError:
    """Say where and what, never with which value: an answer may hold a secret."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return Unreadable("no JSON")
    return ValueError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")
