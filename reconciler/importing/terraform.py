"""What a Terraform state holds of notifications and webhooks: of the state file (version 4), or of `show -json`.

Attributes as in the provider's schema (`pkg/framework/objects/{notification,webhook}`); a `partial_notification` has
those of a notification. `hmac_secret` stands in such a file and is never looked at. Messages name addresses only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.errors import PolicyError
from reconciler.importing.standing import Held
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import NotificationType
from reconciler.model.outcome import Outcome
from reconciler.model.problem import Position, Problem

__all__ = ["MAX_BYTES", "read_terraform"]

MAX_BYTES: Final = 128 * 1024 * 1024
"""The largest state that is read: one of 10,000 resources has about 20 MB."""

_NOTIFICATIONS: Final = frozenset({"dbtcloud_notification", "dbtcloud_partial_notification"})
_WEBHOOK: Final = "dbtcloud_webhook"
_LISTS: Final = (
    (Outcome.SUCCESS, "on_success"),
    (Outcome.WARNING, "on_warning"),
    (Outcome.FAILURE, "on_failure"),
    (Outcome.CANCELLED, "on_cancel"),
)
_DELETED: Final = 2
_DEEPEST: Final = 100
_WHAT: Final = "the Terraform state"
_NEXT: Final = "give it the output of `terraform show -json`, or the state file itself"


class _NoStateError(ValueError):
    """The file is no state that can be read; the text says what it is instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Resource:
    address: str
    type: str
    attributes: Mapping[str, Any]


@dataclass(slots=True)
class _Found:
    edges: dict[Edge, str] = field(default_factory=dict)
    webhooks: dict[str, str] = field(default_factory=dict)
    addresses: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_terraform(file: str, raw: bytes) -> Held:
    """Return what the state holds.

    Raises PolicyError for what is no state, saying what it is instead, and for the state of another workspace, which
    holds nothing that tells anybody.
    """
    try:
        found = _Found()
        for resource in _resources(_document(raw)):
            _read(resource, found)
    except _NoStateError as error:
        at = Position(file, 1, 1)
        problem = Problem(at=at, message=str(error), expected="a Terraform state", fix=_NEXT)
        raise PolicyError([problem], what=_WHAT) from None
    if not found.addresses:
        raise PolicyError([_of_another_workspace(file)], what=_WHAT)
    return Held(edges=found.edges, webhooks=found.webhooks, addresses=tuple(found.addresses), notes=tuple(found.notes))


def _of_another_workspace(file: str) -> Problem:
    return Problem(
        at=Position(file, 1, 1),
        message=f"the state holds no {', '.join(sorted(_NOTIFICATIONS))} or {_WEBHOOK}",
        expected="at least one of these",
        fix="is it the right workspace? Give the state of the one that manages dbt Cloud's notifications",
    )


def _document(raw: bytes) -> Mapping[str, Any]:
    if len(raw) > MAX_BYTES:
        raise _NoStateError(f"the file is too big to be read: more than {MAX_BYTES:,} bytes")
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError):
        raise _NoStateError("the file is not JSON") from None
    if not isinstance(document, dict):
        raise _NoStateError("the file is JSON, but no state")
    if "encrypted_data" in document:
        raise _NoStateError("the state is encrypted")
    return document


def _resources(document: Mapping[str, Any]) -> Iterator[_Resource]:
    """Yield the resources that matter, of either form."""
    if "format_version" in document:
        root = _mapping(_mapping(document.get("values")).get("root_module"))
        if not root and ("planned_values" in document or "resource_changes" in document):
            raise _NoStateError("this is a plan of Terraform, not its state")
        yield from _shown(root, depth=0)
    elif "resources" in document or "terraform_version" in document:
        if document.get("version") != 4:
            raise _NoStateError("the state is of another version than 4")
        yield from _stored(document)
    else:
        raise _NoStateError("the file is JSON, but no state")


def _shown(module: Mapping[str, Any], *, depth: int) -> Iterator[_Resource]:
    if depth > _DEEPEST:
        raise _NoStateError("its modules are nested beyond all measure")
    for each in _mappings(module.get("resources")):
        if each.get("mode") == "managed":
            yield _Resource(
                address=_word(each.get("address")),
                type=_word(each.get("type")),
                attributes=_mapping(each.get("values")),
            )
    for child in _mappings(module.get("child_modules")):
        yield from _shown(child, depth=depth + 1)


def _stored(document: Mapping[str, Any]) -> Iterator[_Resource]:
    for each in _mappings(document.get("resources")):
        if each.get("mode") != "managed":
            continue
        module = f"{_word(each['module'])}." if each.get("module") else ""
        for instance in _mappings(each.get("instances")):
            if "deposed" in instance:
                continue
            kind = _word(each.get("type"))
            address = f"{module}{kind}.{_word(each.get('name'))}{_index(instance)}"
            yield _Resource(address=address, type=kind, attributes=_mapping(instance.get("attributes")))


def _index(instance: Mapping[str, Any]) -> str:
    """Return the index as an address has it: `[0]` of count, `["a"]` of for_each."""
    if "index_key" not in instance:
        return ""
    key = instance["index_key"]
    return f"[{json.dumps(key)}]" if isinstance(key, str | int) else "[?]"


def _word(value: object) -> str:
    """Return a part of an address. What is no text is none: it may hold anything, secrets too."""
    return value if isinstance(value, str) else "?"


def _read(resource: _Resource, found: _Found) -> None:
    if resource.type in _NOTIFICATIONS:
        found.addresses.append(resource.address)
        _notification(resource, found)
    elif resource.type == _WEBHOOK:
        found.addresses.append(resource.address)
        webhook = resource.attributes.get("id") or resource.attributes.get("webhook_id")
        if isinstance(webhook, str) and webhook:
            found.webhooks[webhook] = resource.address
        else:
            found.notes.append(f"{resource.address} holds no webhook's id: it was never applied.")


def _notification(resource: _Resource, found: _Found) -> None:
    values = resource.attributes
    if values.get("state") == _DELETED:
        found.notes.append(f"{resource.address} is a deleted notification.")
        return
    key = _key(values)
    if key is None:
        found.notes.append(f"{resource.address} names nobody that this tool knows how to name.")
        return
    for outcome, name in _LISTS:
        jobs = values.get(name)
        for job_id in jobs if isinstance(jobs, list) else ():
            if type(job_id) is int:
                found.edges.setdefault(Edge(key, outcome, job_id), resource.address)


def _key(values: Mapping[str, Any]) -> RecipientKey | None:
    user, email, channel = (values.get(name) for name in ("user_id", "external_email", "slack_channel_id"))
    match values.get("notification_type", NotificationType.USER):
        case NotificationType.USER if type(user) is int:
            return RecipientKey.user(user)
        case NotificationType.EMAIL if isinstance(email, str) and email.strip():
            return RecipientKey.email(email)
        case NotificationType.SLACK if isinstance(channel, str) and channel.strip():
            return RecipientKey.slack(channel)
        case NotificationType.SLACK_APP if isinstance(channel, str) and channel.strip():
            return RecipientKey.slack_app(channel)
        case _:
            return None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> Iterator[Mapping[str, Any]]:
    yield from (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()
