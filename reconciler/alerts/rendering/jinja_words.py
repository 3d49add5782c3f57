"""What Jinja's compiled templates take for markup, put right for media that are not HTML.

A compiled template imports `Markup`, `escape`, `Macro` … from Jinja by name. `words` is what it finds instead: text
that a macro, a block, a set block or a call block wrote becomes `Made` for the medium of the moment.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from types import CodeType
from typing import Any, Self, cast

from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import BlockReference, Context, Macro, TemplateReference, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context

from reconciler.alerts.rendering.made import Made, Pen

__all__ = ["Block", "BlockContext", "Code", "Penned", "PennedTemplate", "SelfReference", "pen_of", "printed", "words"]


class Penned(ImmutableSandboxedEnvironment):
    """An environment whose templates write with a pen. `pen` is that of the render that is under way."""

    pen: Pen


def pen_of(environment: Environment) -> Pen:
    return cast("Penned", environment).pen


@pass_context
def printed(context: Context, value: object) -> str:
    """Stand in Jinja's `finalize`. It takes the context so that no constant is escaped at compile time, as HTML."""
    return pen_of(context.environment).show(value)


class Code(CodeGenerator):
    """Prints what a call block and a filter block give as all else is printed: Jinja leaves it as it is."""

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
    def _invoke(self, arguments: list[Any], autoescape: bool) -> Any:  # noqa: ANN401, ARG002, FBT001 - Jinja's signature
        return pen_of(self._environment).make(super()._invoke(arguments, autoescape=False))


class Block(BlockReference):
    """What `super()` and `self.title()` call."""

    @property
    def super(self) -> BlockReference | Undefined:
        if self._depth + 1 >= len(self._stack):
            return self._context.environment.undefined(f"there is no parent block called {self.name!r}", name="super")
        return Block(self.name, self._context, self._stack, self._depth + 1)

    def __call__(self) -> Any:  # noqa: ANN401 - Jinja says str, and prints whatever it is
        return pen_of(self._context.environment).make(str(super().__call__()))


def _block(found: object) -> Any:  # noqa: ANN401 - a block, or what stands for none
    if not isinstance(found, BlockReference):
        return found
    return Block(found.name, found._context, found._stack, found._depth)  # noqa: SLF001 - Jinja has no other way


class BlockContext(Context):
    def super(self, name: str, current: Callable[[Context], Any]) -> Any:  # noqa: ANN401 - Jinja's signature
        return _block(super().super(name, current))


class SelfReference(TemplateReference):
    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - Jinja's signature
        return _block(super().__getitem__(name))


class PennedTemplate(Template):
    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 - Jinja's signature
        uptodate: Callable[[], bool] | None = None,
    ) -> Self:
        """Put our words where the compiled template has imported Jinja's."""
        template = super().from_code(environment, code, globals, uptodate)
        template.root_render_func.__globals__.update(words(environment))
        return cast("Self", template)


def words(environment: Environment) -> dict[str, object]:
    """Return the names that a compiled template calls, as they have to be for our media."""

    def make(text: str) -> Made:
        return pen_of(environment).make(text)

    def join(pieces: list[object]) -> str | Made:
        return pen_of(environment).join(pieces)

    return {
        "Markup": make,
        "escape": str,  # `printed` has done it
        "markup_join": join,
        "str_join": join,
        "Macro": _Macro,
        "TemplateReference": SelfReference,
    }
