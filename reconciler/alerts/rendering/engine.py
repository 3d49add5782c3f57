"""Jinja as templates get it: sandboxed, strict, few words, everything that is printed escaped for its medium."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from jinja2 import StrictUndefined, nodes
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError, TemplateRuntimeError, TemplateSyntaxError
from jinja2.runtime import Context, LoopContext
from jinja2.utils import Namespace

from reconciler.alerts.rendering import media
from reconciler.alerts.rendering.compiled import Compiled
from reconciler.alerts.rendering.filters import filters
from reconciler.alerts.rendering.folders import BODY, Folders
from reconciler.alerts.rendering.jinja_words import (
    Block,
    BlockContext,
    Code,
    Penned,
    PennedTemplate,
    SelfReference,
    printed,
)
from reconciler.alerts.rendering.made import LIMIT, Made, Pen, bounded

__all__ = ["Engine"]

_MOST_ROUNDS: Final = 1_000  # of range(), and of a list that templates add up
_TEXT_METHODS: Final = frozenset({"endswith", "lower", "removeprefix", "removesuffix", "startswith", "strip", "upper"})
_DICT_METHODS: Final = frozenset({"get", "items", "keys", "values"})
_REFUSED: Final = (nodes.EvalContextModifier, nodes.ScopedEvalContextModifier)


class Engine(Penned):
    """Renders one channel kind's templates. Not for several threads: `pen` is the render that is under way.

    Engines may share what was `compiled`: what a template compiles to does not depend on the kind.
    """

    code_generator_class = Code
    template_class = PennedTemplate
    context_class = BlockContext
    concat = staticmethod(bounded)
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, kind: str, folders: Folders, compiled: Compiled | None = None) -> None:
        super().__init__(
            loader=folders,
            autoescape=True,
            finalize=printed,
            undefined=StrictUndefined,
            optimized=False,
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=compiled,
        )
        self.kind = kind
        self.pen = Pen(kind, media.medium_of(kind))
        self.filters = dict(filters())
        self.globals.clear()
        self.globals.update(self._functions())

    def _functions(self) -> dict[str, Any]:
        """Return what every template may call; what makes text makes it for the medium of the moment."""

        def made(write: Callable[..., str]) -> Callable[..., Made]:
            return lambda *values: self.pen.make(write(self.pen.medium, *map(_unmade, values)))

        def part(name: str, *, caller: Callable[[], Made]) -> Made:
            return self.pen.part(str(name), caller)

        return {
            "part": part,
            "link": made(media.link),
            "code": made(media.code),
            "pre": made(media.preformatted),
            "mention": made(media.mention),
            "range": _range,
            "namespace": Namespace,
        }

    def message(self, names: Sequence[str], view: Mapping[str, Any]) -> dict[str, str]:
        """Return the parts that the first of the templates writes of a view."""
        self.pen = Pen(self.kind, media.medium_of(self.kind))
        text = self.select_template(list(names)).render(view).strip()
        parts = self.pen.parts or {BODY: text}
        if sum(map(len, parts.values())) > LIMIT:
            raise TemplateRuntimeError(f"the message grew over {LIMIT:,} characters")
        return {name: part for name, part in parts.items() if part}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for found in tree.find_all(_REFUSED):
            raise TemplateSyntaxError("escaping cannot be switched", found.lineno, name, filename)
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - Jinja's signature
        """Look into a dict first: `digest.items` is what the view has by that name."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        match obj:
            case str():
                return attr in _TEXT_METHODS
            case dict():
                return attr in _DICT_METHODS
            case LoopContext() | Namespace() | TemplateModule() | SelfReference() | Block():
                return super().is_safe_attribute(obj, attr, value)
            case _:
                return False

    def wrap_str_format(self, value: object) -> None:
        """Leave `format` to the rule above: a width in it would make much of little."""

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401 - Jinja's signature
        """Add text as `~` does; refuse what makes much of little: repeated text and lists, `%` on text, powers."""
        sides = (left, right)
        if operator == "+" and any(isinstance(side, str | Made) for side in sides):
            return self.pen.join(sides)
        if operator == "+" and sum(len(side) for side in sides if isinstance(side, list)) <= _MOST_ROUNDS:
            return super().call_binop(context, operator, left, right)
        if operator != "**" and all(isinstance(side, int | float) for side in sides):
            return super().call_binop(context, operator, left, right)
        raise SecurityError(f"`{operator}` is for numbers here, and powers are not there at all")


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > _MOST_ROUNDS:
        raise SecurityError(f"range() goes to {_MOST_ROUNDS:,} at most")
    return found


def _unmade(value: object) -> object:
    """Return what a function gets: nothing is the empty text, a number its digits."""
    if isinstance(value, Made):
        raise TemplateRuntimeError("text that is already made for its medium cannot be made again")
    return "" if value is None else str(value) if isinstance(value, int | float) else value
