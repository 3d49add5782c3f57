"""What Slack refuses about blocks: its published limits, told as `response_metadata.messages` tells them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["block_problems", "too_long_in_all"]

_BLOCKS = 50
_ALL_CHARACTERS = 13_000


def block_problems(blocks: Any) -> list[str]:
    """List what is wrong, each with a JSON pointer; nothing for blocks that Slack takes."""
    if not isinstance(blocks, list):
        return ["[ERROR] must be an array [json-pointer:/blocks]"]
    if len(blocks) > _BLOCKS:
        return [f"[ERROR] no more than {_BLOCKS} items allowed [json-pointer:/blocks]"]
    found = [problem for number, block in enumerate(blocks) for problem in _block(block, f"/blocks/{number}")]
    ids = [block["block_id"] for block in blocks if isinstance(block, dict) and block.get("block_id")]
    if len(set(map(str, ids))) < len(ids):
        found.append("[ERROR] block_id must be unique [json-pointer:/blocks]")
    return found


def too_long_in_all(blocks: Any) -> bool:
    """Tell whether the blocks together are more than the Web API takes (seen in the wild, not documented)."""
    return len(json.dumps(blocks, ensure_ascii=False)) > _ALL_CHARACTERS * 2 or _characters(blocks) > _ALL_CHARACTERS


def _characters(value: Any) -> int:
    match value:
        case dict():
            return sum(
                len(each) if key == "text" and isinstance(each, str) else _characters(each)
                for key, each in value.items()
            )
        case list():
            return sum(map(_characters, value))
        case _:
            return 0


def _block(block: Any, at: str) -> Iterator[str]:
    if not isinstance(block, dict):
        yield f"[ERROR] must be an object [json-pointer:{at}]"
        return
    check = _CHECKS.get(str(block.get("type")))
    if check is None:
        yield f"[ERROR] unsupported type: {block.get('type')} [json-pointer:{at}/type]"
        return
    yield from _short(block, "block_id", 255, at)
    yield from check(block, at)


def _text(holder: Mapping[str, Any], name: str, most: int, at: str, *, plain: bool = False) -> Iterator[str]:
    """Check a text object: its kind, that it says something, and its length."""
    found, here = holder.get(name), f"{at}/{name}"
    if not isinstance(found, dict) or not isinstance(found.get("text"), str):
        yield f"[ERROR] missing required field: {name} [json-pointer:{at}]"
        return
    kinds = ("plain_text",) if plain else ("plain_text", "mrkdwn")
    if found.get("type") not in kinds:
        yield f"[ERROR] must be one of {', '.join(kinds)} [json-pointer:{here}/type]"
    if not found["text"]:
        yield f"[ERROR] must be more than 0 characters [json-pointer:{here}/text]"
    if len(found["text"]) > most:
        yield f"[ERROR] must be less than {most + 1} characters [json-pointer:{here}/text]"


def _short(holder: Mapping[str, Any], name: str, most: int, at: str) -> Iterator[str]:
    value = holder.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > most):
        yield f"[ERROR] must be less than {most + 1} characters [json-pointer:{at}/{name}]"


def _items(holder: Mapping[str, Any], name: str, most: int, at: str) -> list[Any] | str:
    found = holder.get(name)
    if not isinstance(found, list) or not found:
        return f"[ERROR] missing required field: {name} [json-pointer:{at}]"
    if len(found) > most:
        return f"[ERROR] no more than {most} items allowed [json-pointer:{at}/{name}]"
    return found


def _section(block: Mapping[str, Any], at: str) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield f"[ERROR] missing required field: text [json-pointer:{at}]"
    if "text" in block:
        yield from _text(block, "text", 3000, at)
    if "fields" in block:
        fields = _items(block, "fields", 10, at)
        if isinstance(fields, str):
            yield fields
            return
        for number, field in enumerate(fields):
            yield from _text({str(number): field}, str(number), 2000, f"{at}/fields")
    if isinstance(block.get("accessory"), dict):
        yield from _element(block["accessory"], f"{at}/accessory")


def _header(block: Mapping[str, Any], at: str) -> Iterator[str]:
    return _text(block, "text", 150, at, plain=True)


def _context(block: Mapping[str, Any], at: str) -> Iterator[str]:
    elements = _items(block, "elements", 10, at)
    if isinstance(elements, str):
        yield elements
        return
    for number, element in enumerate(elements):
        if isinstance(element, dict) and element.get("type") == "image":
            yield from _image(element, f"{at}/elements/{number}")
        else:
            yield from _text({str(number): element}, str(number), 3000, f"{at}/elements")


def _actions(block: Mapping[str, Any], at: str) -> Iterator[str]:
    elements = _items(block, "elements", 25, at)
    if isinstance(elements, str):
        yield elements
        return
    for number, element in enumerate(elements):
        yield from _element(element, f"{at}/elements/{number}")
    ids = [element["action_id"] for element in elements if isinstance(element, dict) and element.get("action_id")]
    if len(set(map(str, ids))) < len(ids):
        yield f"[ERROR] action_id must be unique [json-pointer:{at}/elements]"


def _element(element: Any, at: str) -> Iterator[str]:
    if not isinstance(element, dict):
        yield f"[ERROR] must be an object [json-pointer:{at}]"
        return
    for name, most in (("action_id", 255), ("value", 2000), ("url", 3000)):
        yield from _short(element, name, most, at)
    if element.get("type") == "button":
        yield from _text(element, "text", 75, at, plain=True)
        if element.get("style", "primary") not in ("primary", "danger"):
            yield f"[ERROR] must be one of primary, danger [json-pointer:{at}/style]"
    elif element.get("type") not in _ELEMENTS:
        yield f"[ERROR] unsupported type: {element.get('type')} [json-pointer:{at}/type]"


def _image(block: Mapping[str, Any], at: str) -> Iterator[str]:
    for name, most in (("image_url", 3000), ("alt_text", 2000)):
        if not block.get(name) and not (name == "image_url" and block.get("slack_file")):
            yield f"[ERROR] missing required field: {name} [json-pointer:{at}]"
        yield from _short(block, name, most, at)


def _markdown(block: Mapping[str, Any], at: str) -> Iterator[str]:
    text = block.get("text")
    if not isinstance(text, str) or not 0 < len(text) <= 12_000:
        yield f"[ERROR] must be between 1 and 12000 characters [json-pointer:{at}/text]"


def _nothing(_block: Mapping[str, Any], _at: str) -> Iterator[str]:
    return iter(())


_ELEMENTS = frozenset({"image", "overflow", "static_select", "users_select", "datepicker", "checkboxes"})
_CHECKS: Mapping[str, Callable[[Mapping[str, Any], str], Iterator[str]]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "markdown": _markdown,
    "divider": _nothing,
    "rich_text": _nothing,
    "table": _nothing,
    "video": _nothing,
    "file": _nothing,
    "input": _nothing,
}
