"""A picture of the topology as a Mermaid flowchart: plain nodes and arrows only, every label quoted and escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

from reconciler.escape import markdown, terminal
from reconciler.views.graph.parts import Arrow, Graph, Kind, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["graph_markdown", "graph_mermaid", "mermaid_label"]

_PLAIN: Final = frozenset(" .,/-_+")
_LONGEST: Final = 80
_DRAWN: Final = re.compile(r":(?=fa-)|\$(?=\$)")
_JOINER: Final = "\N{WORD JOINER}"

_SHAPES: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.SOURCE: ("[", "]"),
    Kind.TIER: ("{{", "}}"),
    Kind.ESCALATION: ("[[", "]]"),
    Kind.NATIVE: ("(", ")"),
    Kind.RELAYED: ("([", "])"),
    Kind.PAGES: ("([", "])"),
    Kind.NOBODY: ("[", "]"),
}

_CLASSES: Final[Mapping[Kind, str]] = {
    Kind.PAGES: "fill:#fdd8cf,stroke:#a82c10,color:#3a0f05,stroke-width:3px,stroke-dasharray:6 3",
    Kind.NATIVE: "fill:#dbeafd,stroke:#0b57b0,color:#06274f",
    Kind.RELAYED: "fill:#d8f1f6,stroke:#1b7c91,color:#06343d,stroke-dasharray:6 3",
    Kind.TIER: "fill:#eef1f5,stroke:#525c6b,color:#14181f",
    Kind.NOBODY: "fill:#ffffff,stroke:#525c6b,color:#14181f,stroke-dasharray:5 4",
}

_LEGEND: Final = (
    "Rounded, blue: dbt Cloud delivers.",
    "Stadium, dashed edge: waits for the relay, or for `dbt-alerts notify`.",
    "Red: will wake people.",
    "Dotted: only for some, only sometimes, or left out; or nobody is told of it.",
)


def graph_mermaid(graph: Graph) -> str:
    """Return the flowchart with its legend.

    Ids are letters, digits and underscores; in labels all else is a character's code.
    """
    legend = Node("legend", Kind.NOBODY, _LEGEND)
    return "\n".join([*_lines(graph), f"  {_node(legend)}"]) + "\n"


def graph_markdown(graph: Graph, *, title: str) -> str:
    """Return the flowchart in a fence that GitHub draws, under a heading."""
    heading = markdown(f"{title}: {graph.count:,} {graph.what}")
    drawn = "\n".join(_lines(graph))
    return f"## {heading}\n\n```mermaid\n{drawn}\n```\n\n{markdown(' '.join(_LEGEND))}\n"


def mermaid_label(lines: Iterable[str]) -> str:
    """Return a label's text for between double quotes: letters and digits as they are, the rest as `#code;`.

    So nothing in a name can end the quote, open markup, call for a link, or be the word `end` of the grammar.
    """
    return "<br>".join("".join(map(_coded, _inert(_shortened(terminal(line))))) for line in lines if line)


def _inert(text: str) -> str:
    """Break what Mermaid draws as an icon or as a formula even where it is escaped: `fa:fa-car`, `$$x$$`."""
    return _DRAWN.sub(lambda found: f"{found[0]}{_JOINER}", text)


def _coded(character: str) -> str:
    return character if character.isalnum() or character in _PLAIN else f"#{ord(character)};"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _lines(graph: Graph) -> Iterator[str]:
    yield "flowchart LR"
    if not graph.nodes:
        yield '  nothing["nothing to draw"]'
    for node in graph.nodes:
        yield f"  {_node(node)}"
    for arrow in graph.arrows:
        yield f"  {_arrow(arrow)}"
    for kind, members in groupby(graph.nodes, key=lambda node: node.kind):
        if kind in _CLASSES:
            yield f"  classDef {kind.value} {_CLASSES[kind]}"
            yield f"  class {','.join(node.key for node in members)} {kind.value}"


def _node(node: Node) -> str:
    before, after = _SHAPES[node.kind]
    return f'{node.key}{before}"{mermaid_label(node.lines)}"{after}'


def _arrow(arrow: Arrow) -> str:
    line = "-.->" if arrow.dotted else "-->"
    label = f'|"{mermaid_label([arrow.label])}"|' if arrow.label else ""
    return f"{arrow.start} {line}{label} {arrow.end}"
