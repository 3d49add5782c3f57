"""A Teams payload as Teams draws it: the elements of an Adaptive Card that a message of ours could hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconciler.render.preview.spans import card_spans, plain_spans

__all__ = ["teams_values"]

Values = dict[str, Any]


def teams_values(content: Mapping[str, Any]) -> Values:
    """Return what the page draws of one message: its first card."""
    attachments = content.get("attachments") or [{}]
    card = attachments[0].get("content", {})
    return {"body": list(_elements(card.get("body", ()))), "actions": list(_actions(card.get("actions", ())))}


def _elements(elements: Sequence[Mapping[str, Any]]) -> Iterator[Values]:
    for element in elements:
        kind = element.get("type")
        if kind == "TextBlock":
            yield _text_block(element)
        elif kind == "RichTextBlock":
            runs = [each if isinstance(each, str) else str(each.get("text", "")) for each in element.get("inlines", ())]
            mono = any(isinstance(each, Mapping) and _mono(each) for each in element.get("inlines", ()))
            yield {**_look(element), "type": "text", "mono": mono, "text": plain_spans("".join(runs))}
        elif kind == "CodeBlock":
            yield {**_look(element), "type": "text", "mono": True, "text": plain_spans(element.get("codeSnippet", ""))}
        elif kind == "FactSet":
            facts = [(plain_spans(each["title"]), card_spans(each["value"])) for each in element.get("facts", ())]
            yield {"type": "facts", "facts": facts}
        elif kind == "Container":
            yield {**_look(element), "type": "container", "items": list(_elements(element.get("items", ())))}
        elif kind == "ColumnSet":
            columns = [list(_elements(each.get("items", ()))) for each in element.get("columns", ())]
            yield {"type": "columns", "columns": columns}
        elif kind == "ActionSet":
            yield {"type": "actions", "actions": list(_actions(element.get("actions", ())))}
        else:
            yield {"type": "unknown", "name": str(kind)}


def _text_block(element: Mapping[str, Any]) -> Values:
    text = str(element.get("text", "")).replace("\n\n", "\n")  # Teams ends a line only at an empty one
    return {**_look(element), "type": "text", "mono": _mono(element), "text": card_spans(text)}


def _look(element: Mapping[str, Any]) -> Values:
    return {
        "size": str(element.get("size", "default")).lower(),
        "bold": str(element.get("weight", "")).lower() == "bolder",
        "subtle": bool(element.get("isSubtle")),
        "colour": str(element.get("color", "default")).lower(),
        "style": str(element.get("style", "default")).lower(),
        "spacing": str(element.get("spacing", "default")).lower(),
        "separator": bool(element.get("separator")),
    }


def _mono(element: Mapping[str, Any]) -> bool:
    return str(element.get("fontType", "")).lower() == "monospace"


def _actions(actions: Sequence[Mapping[str, Any]]) -> Iterator[Values]:
    for each in actions:
        yield {"title": str(each.get("title", "")), "url": str(each.get("url", ""))}
