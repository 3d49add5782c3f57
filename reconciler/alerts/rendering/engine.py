"""Jinja as templates get it: sandboxed, strict, few words, everything that is printed escaped for its medium.

`finalize` escapes, and the names that Jinja's compiled code takes for markup are replaced by `Made`: Jinja itself knows
HTML only, and most of our media are not (docs/adr/0015).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import CodeType
from typing import Any, ClassVar, Final

from jinja2 import StrictUndefined, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError, TemplateRuntimeError, TemplateSyntaxError
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, pass_context
from markupsafe import Markup

from reconciler.alerts.rendering import media
from reconciler.alerts.rendering.filters import filters
from reconciler.alerts.rendering.folders import BODY, Folders
from reconciler.alerts.rendering.made import LIMIT, Made, Pen, bounded

__all__ = ["Engine"]

_MOST_ROUNDS: Final = 1_000
_TEXT_METHODS: Final = frozenset({"endswith", "lower", "removeprefix", "removesuffix", "startswith", "strip", "upper"})
_DICT_METHODS: Final = frozenset({"get", "items", "keys", "values"})
_REFUSED: Final = (nodes.EvalContextModifier, nodes.ScopedEvalContextModifier)


class _Code(CodeGenerator):
    """Prints what a call block and a filter block give back as everything else is printed: Jinja would not escape it."""

    _printing = False

    def start_write(self, frame: Frame, node: nodes.Node | None = None) -> None:
        super().start_write(frame, node)
        self._printing = isinstance(node, nodes.CallBlock | nodes.FilterBlock)
        if self._printing:
            self.write("environment.pen.show(")

    def end_write(self, frame: Frame) -> None:
        if self._printing:
            self.write(")")
        self._printing = False
        super().end_write(frame)


class _Macro(Macro):
    def _invoke(self, arguments: list[Any], autoescape: bool) -> Any:  # noqa: ARG002, FBT001 - Jinja's signature
        return self._environment.pen.make(super()._invoke(arguments, False))  # type: ignore[attr-defined]


class _Block(BlockReference):
    @property
    def super(self) -> Any:
        return _block(BlockReference.super.fget(self))  # type: ignore[attr-defined, misc]

    def __call__(self) -> Any:
        return self._context.environment.pen.make(str(super().__call__()))  # type: ignore[attr-defined]


def _block(found: Any) -> Any:
    if not isinstance(found, BlockReference):
        return found
    return _Block(found.name, found._context, found._stack, found._depth)  # noqa: SLF001 - Jinja offers no other way


class _Context(Context):
    def super(self, name: str, current: Callable[[Context], Any]) -> Any:
        return _block(super().super(name, current))


class _Reference(TemplateReference):
    def __getitem__(self, name: str) -> Any:
        return _block(super().__getitem__(name))


class _Template(Template):
    @classmethod
    def from_code(
        cls,
        environment: Any,
        code: CodeType,
        globals: Any,  # noqa: A002 - Jinja's signature
        uptodate: Callable[[], bool] | None = None,
    ) -> Any:
        """Give the compiled template our own words for what Jinja takes for HTML."""
        template = super().from_code(environment, code, globals, uptodate)
        template.root_render_func.__globals__.update(environment.words)
        return template


class Engine(ImmutableSandboxedEnvironment):
    """Renders one channel kind's templates. Not for several threads: `pen` is the render that is under way."""

    code_generator_class = _Code
    template_class = _Template
    context_class = _Context
    concat = staticmethod(bounded)
    intercepted_binops: ClassVar[frozenset[str]] = frozenset({"+", "*", "**", "%"})  # type: ignore[misc]

    def __init__(self, kind: str, folders: Folders) -> None:
        super().__init__(
            loader=folders,
            autoescape=True,
            finalize=_printed,
            undefined=StrictUndefined,
            optimized=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.kind = kind
        self.pen = Pen(kind, media.medium_of(kind))
        self.words = {
            "Markup": lambda text: self.pen.make(text),
            "escape": str,
            "markup_join": lambda pieces: self.pen.join(pieces),
            "str_join": lambda pieces: self.pen.join(pieces),
            "Macro": _Macro,
            "TemplateReference": _Reference,
        }
        self.filters = dict(filters())
        self.globals = {"range": _range, "namespace": Namespace, **self._functions()}

    def _functions(self) -> dict[str, Callable[..., Any]]:
        """Return what every template may call; each writes for the medium of the moment."""

        def made(write: Callable[..., str]) -> Callable[..., Made]:
            return lambda *values: self.pen.make(write(self.pen.medium, *(_unmade(value) for value in values)))

        def part(name: str, *, caller: Callable[[], Made]) -> Made:
            return self.pen.part(str(name), caller)

        return {
            "part": part,
            "link": made(media.link),
            "code": made(media.code),
            "pre": made(media.preformatted),
            "mention": made(media.mention),
        }

    def message(self, names: Sequence[str], view: Mapping[str, Any]) -> dict[str, str]:
        """Return the parts that the first of the templates writes of a view."""
        self.pen = Pen(self.kind, media.medium_of(self.kind))
        template = self.select_template(names)
        text = template.render(view).strip()
        parts = self.pen.parts or {BODY: text}
        if sum(map(len, parts.values())) > LIMIT:
            raise TemplateRuntimeError(f"the message grew over {LIMIT:,} characters")
        return {name: part for name, part in parts.items() if part}

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for found in tree.find_all(_REFUSED):
            raise TemplateSyntaxError("escaping cannot be switched", found.lineno, name, filename)
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Look into a dict first: `digest.items` is what the view has by that name."""
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        match obj:
            case Made() | Markup() | Pen() | Engine():
                return False
            case str():
                return attr in _TEXT_METHODS
            case dict():
                return attr in _DICT_METHODS
            case list() | tuple() | int() | float() | range() | None:
                return False
            case LoopContext() | Namespace() | _Reference() | _Block():
                return super().is_safe_attribute(obj, attr, value)
            case _:
                return super().is_safe_attribute(obj, attr, value) and not callable(obj)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Add text as `~` does, and refuse what makes much of little: repeated text, powers, `%` on text."""
        texts = [side for side in (left, right) if isinstance(side, str | Made)]
        if operator == "+" and texts:
            return self.pen.join((left, right))
        if operator == "**" or (
            operator != "+" and (texts or isinstance(left, list | tuple) or isinstance(right, list))
        ):
            raise SecurityError(f"`{operator}` is for numbers here, and powers are not there at all")
        return super().call_binop(context, operator, left, right)


@pass_context
def _printed(context: Context, value: Any) -> str:
    """Stand in Jinja's `finalize`. It takes the context so that constants are not escaped early, as HTML."""
    return context.environment.pen.show(value)  # type: ignore[attr-defined]


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > _MOST_ROUNDS:
        raise SecurityError(f"range() goes to {_MOST_ROUNDS:,} at most")
    return found


def _unmade(value: Any) -> Any:
    if isinstance(value, Made):
        raise TemplateRuntimeError("text that is already made for its medium cannot be made again")
    return "" if value is None else str(value) if isinstance(value, int | float) else value
