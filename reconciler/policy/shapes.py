"""Which keys stand where: follows a path through the models, for messages only."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["keys_at"]


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """Return the keys that the mapping at the end of a path may hold."""
    shapes: list[Any] = [model]
    for step in loc:
        shapes = [inner for shape in shapes for inner in _step(shape, step)]
    keys = {name for shape in shapes if _is_model(shape) for name in _fields(shape)}
    return sorted(keys)


def _is_model(shape: Any) -> bool:  # noqa: ANN401 - annotations are of any kind
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _step(shape: Any, step: str | int) -> Iterator[Any]:  # noqa: ANN401
    """Go one step down. A union's member is named by its tag; the name of a tag is a step of its own."""
    if _is_model(shape):
        fields = _fields(shape)
        if step in fields:
            yield from _members(fields[str(step)])
        elif step in _tags(shape):
            yield shape
        return
    arguments = get_args(shape)
    if get_origin(shape) is list:
        yield from _members(arguments[0])
    elif get_origin(shape) is dict:
        yield from _members(arguments[1])


def _members(annotation: Any) -> Iterator[Any]:  # noqa: ANN401
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in {Union, UnionType}:
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _tags(model: type[BaseModel]) -> set[str]:
    """Return the words under which a union may name this member."""
    words = {"selector", "kind", "target", "options"}
    for field in model.model_fields.values():
        if get_origin(field.annotation) is Literal:
            words |= {str(word) for word in get_args(field.annotation)}
    return words
