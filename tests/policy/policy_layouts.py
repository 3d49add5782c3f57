"""Trees of plain values, and the many ways in which people write the same one down."""

from typing import Any

from hypothesis import strategies as st

__all__ = ["layouts", "trees"]

Plain = Any
"""Text, numbers, truth values, lists and mappings of them."""

KEYS = ("name", "on", "to", "jobs", "hours", "run.error", "x-token")
SCALARS = ("alpha", "two words", "run.error", "$NAME", "08:00", "on", "it's", "a # b", "", 0, 12, True, "✓ ünï")


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> Plain:
    """A mapping of a few keys, three levels deep at most."""
    return {
        key: draw(_values(depth)) for key in draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique=True))
    }


@st.composite
def _values(draw: st.DrawFn, depth: int) -> Plain:
    kind = draw(st.sampled_from(("scalar", "scalar", "list", "mapping"))) if depth else "scalar"
    if kind == "mapping":
        return draw(trees(depth - 1))
    if kind == "list":
        return [draw(_values(depth - 1)) for _ in range(draw(st.integers(0, 3)))]
    return draw(st.sampled_from(SCALARS))


@st.composite
def layouts(draw: st.DrawFn, tree: Plain) -> str:
    """One way to write a tree down: lines or braces, margins, blanks, comments, quotes, line ends."""
    writer = _Writer(draw)
    lines = writer.block(tree, 0)
    newline = draw(st.sampled_from(("\n", "\n", "\r\n")))
    end = draw(st.sampled_from((newline, newline, "", newline * 3)))
    return draw(st.sampled_from(("", "", "\ufeff"))) + newline.join(lines) + end


class _Writer:
    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._comments = 0

    def block(self, value: Plain, margin: int) -> list[str]:
        entries = value.items() if isinstance(value, dict) else [(None, item) for item in value]
        return [line for key, item in entries for line in [*self._above(margin), *self._entry(key, item, margin)]]

    def _entry(self, key: str | None, value: Plain, margin: int) -> list[str]:
        head = " " * margin + (f"{self._scalar(key)}:" if key is not None else "-")
        if not isinstance(value, (dict, list)) or not value or self._choose(3) == 0:
            return [f"{head}{' ' * (1 + self._choose(3))}{self._flow(value)}{self._beside()}"]
        inner = margin + 1 + self._choose(4) if key is not None or self._choose(2) else margin + 2
        if key is not None and isinstance(value, list) and self._choose(3) == 0:
            inner = margin
        lines = self.block(value, inner)
        dashed = key is None and inner >= margin + 2 and len(lines[0]) > inner and lines[0][inner] not in "# "
        if dashed:
            return [head + " " * (inner - margin - 1) + lines[0][inner:], *lines[1:]]
        return [head + self._beside(), *lines]

    def _flow(self, value: Plain) -> str:
        pad, comma = " " * self._choose(2), "," + " " * (1 + self._choose(2))
        if isinstance(value, dict):
            pairs = (f"{self._scalar(key)}: {self._flow(item)}" for key, item in value.items())
            return f"{{{pad}{comma.join(pairs)}{pad}}}"
        if isinstance(value, list):
            return f"[{pad}{comma.join(self._flow(item) for item in value)}{pad}]"
        return self._scalar(value)

    def _scalar(self, value: Plain) -> str:
        if not isinstance(value, str):
            return "true" if value is True else str(value)
        plain = value not in {"", "08:00", "a # b"}
        forms = [f'"{value}"', *([value] if plain else []), *(["'" + value + "'"] if "'" not in value else [])]
        return forms[self._choose(len(forms))]

    def _above(self, margin: int) -> list[str]:
        lines = [[], [], [""], ["", "", ""], [" " * margin + self._comment()]]
        return lines[self._choose(len(lines))]

    def _beside(self) -> str:
        return ["", "", "   ", f" {self._comment()}", f"      {self._comment()}"][self._choose(5)]

    def _comment(self) -> str:
        self._comments += 1
        return f"# c{self._comments} {{a: b}} 'x"

    def _choose(self, number: int) -> int:
        return self._draw(st.integers(0, number - 1))
