"""A picture of a page, by a browser that is on this machine anyway."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reconciler.errors import RuntimeFailure

__all__ = ["BROWSERS", "Look", "picture"]

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
_SECONDS: Final = 90
_QUIET: Final = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--no-sandbox",  # containers and CI offer none; the page is ours, and runs nothing but our script
)
_HEIGHT: Final = re.compile(r'data-height="(\d+)"')
_TALLEST: Final = 16_000
_UNKNOWN: Final = 4_000
_DARK: Final = "--blink-settings=preferredColorScheme=0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How wide, in CSS pixels, and whether in the dark. No window of a browser is narrower than 500."""

    width: int = 1440
    dark: bool = False


Run = Callable[[Sequence[str]], str]


def picture(
    page: str, to: Path, look: Look, *, which: Callable[[str], str | None] = shutil.which, run: Run | None = None
) -> None:
    """Draw the whole page into a PNG. Raises RuntimeFailure where no browser is there, or it draws nothing."""
    browser = next((path for name in BROWSERS if (path := which(name))), None)
    if browser is None:
        raise RuntimeFailure(
            f"--png needs a browser, and none is there: looked for {', '.join(BROWSERS)}",
            next_step="install chromium, or use `--html FILE` and open that",
        )
    with tempfile.TemporaryDirectory(prefix="dbt-alerts-") as folder:
        file = Path(folder, "page.html")
        file.write_text(page, encoding="utf-8")
        command = [browser, *_QUIET, *([_DARK] if look.dark else []), f"--user-data-dir={folder}/profile"]
        _draw(command, file, to, look, run or _run)


def _draw(command: Sequence[str], file: Path, to: Path, look: Look, run: Run) -> None:
    """Draw it twice: a picture is as high as its window, so the page is asked first how high it is."""
    drawn = [*command, "--virtual-time-budget=4000"]
    found = _HEIGHT.search(run([*drawn, f"--window-size={look.width},900", "--dump-dom", file.as_uri()]))
    tall = min(int(found[1]) if found else _UNKNOWN, _TALLEST)
    shot = to.resolve()
    run([*drawn, f"--window-size={look.width},{tall}", f"--screenshot={shot}", file.as_uri()])
    if not shot.is_file():
        raise RuntimeFailure(f"the browser drew no picture at {to}", next_step="use `--html FILE` and open that")


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - a browser from PATH, no shell
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RuntimeFailure(
            f"the browser {command[0]} did not do it: {type(error).__name__}",
            next_step="use `--html FILE` and open that",
        ) from error
    return done.stdout
