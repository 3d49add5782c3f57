"""Folders of templates that a test writes, and a worker over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reconciler.alerts.rendering.process import WorkerProcess
from reconciler.alerts.rendering.renderer import Renderer

Files = dict[str, str]
Rendering = Callable[..., Renderer]


def write(folder: Path, files: Files) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def rendering(tmp_path: Path) -> Iterator[Rendering]:
    """Return a renderer over shipped templates and overrides as given; `seconds` is its patience."""
    opened: list[Renderer] = []

    def made(shipped: Files, overrides: Files | None = None, *, seconds: float = 20.0) -> Renderer:
        folder = write(tmp_path / "shipped", shipped)
        own = None if overrides is None else write(tmp_path / "templates", overrides)
        worker = WorkerProcess.over(folder, own, seconds=seconds)
        opened.append(Renderer(overrides=own, folder=folder, worker=worker))
        return opened[-1]

    yield made
    for each in opened:
        each.close()
