"""Every template of some channel kinds, tried with made-up alerts before a real one needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reconciler.alerts.rendering.folders import Folders
from reconciler.alerts.rendering.renderer import Renderer
from reconciler.alerts.synthetic.alerts import every_synthetic_alert
from reconciler.model.alert import Alert, Audience
from reconciler.model.message import Trouble
from reconciler.shipped import Shipped, shipped

__all__ = ["BrokenTemplate", "Examples", "check_templates", "unknown_folders"]

Examples = Callable[[Audience], Iterable[tuple[str, Alert]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenTemplate:
    """A template that could not be used. `examples` are the alerts that it broke on, by what they are called.

    `file` is empty if nothing tells where: no such template, or it was ended because it took too long.
    """

    kind: str
    file: str
    trouble: Trouble
    examples: tuple[str, ...]

    def __str__(self) -> str:
        place = f"{self.file or self.trouble.template}:{self.trouble.line}" if self.trouble.line else self.file
        return f"{place or self.trouble.template}: {self.trouble.why} ({self.kind}, {', '.join(self.examples)})"


def check_templates(
    overrides: Path | None,
    kinds: Iterable[str],
    *,
    folder: Path | None = None,
    renderer: Renderer | None = None,
    examples: Examples | None = None,
) -> tuple[BrokenTemplate, ...]:
    """Return what is wrong with the templates of the kinds, each defect once, in the order of its place.

    `folder` stands in for the shipped templates. A folder among the overrides that no kind has is not looked at.
    """
    asked = examples or _made_up
    root = folder or shipped(Shipped.TEMPLATES)
    folders = Folders(shipped=root, overrides=overrides)
    with renderer or Renderer(overrides=overrides, folder=folder) as each:
        found = [broken for kind in kinds for broken in _of_kind(kind, each, asked)]
    return tuple(sorted(_merged(found, folders), key=lambda one: (one.file, one.trouble.line, one.kind)))


def unknown_folders(overrides: Path, kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the folders among the overrides that nothing reads: `templates/slak/` overrides nothing.

    Those of plans, reports and pages, which are shipped beside the kinds', are known: a copy of all is no mistake.
    """
    known = {*kinds, *(each.name for each in shipped(Shipped.TEMPLATES).iterdir() if each.is_dir())}
    return tuple(sorted(each.name for each in overrides.iterdir() if each.is_dir() and each.name not in known))


def _made_up(audience: Audience) -> Iterable[tuple[str, Alert]]:
    return every_synthetic_alert(audience=audience)


def _of_kind(kind: str, renderer: Renderer, examples: Examples) -> Iterator[tuple[str, str, Trouble]]:
    for audience in Audience:
        for name, alert in examples(audience):
            trouble = renderer.render(alert, kind, audience=audience, relay=True).trouble
            if trouble:
                yield kind, name if audience is Audience.ENGINEERS else f"{name} for stakeholders", trouble


def _merged(found: list[tuple[str, str, Trouble]], folders: Folders) -> Iterator[BrokenTemplate]:
    """Put together what broke in the same place for the same reason."""
    names: dict[tuple[str, Trouble], list[str]] = {}
    for kind, name, trouble in found:
        names.setdefault((kind, trouble), []).append(name)
    for (kind, trouble), broke in names.items():
        yield BrokenTemplate(kind=kind, file=_file(trouble, folders), trouble=trouble, examples=tuple(broke))


def _file(trouble: Trouble, folders: Folders) -> str:
    where = folders.find(trouble.template) if trouble.line else None
    return "" if where is None else str(where)
