"""The page of messages in a real browser: frames of mails get their height and their dark colours, and nothing runs."""

from __future__ import annotations

import re
import subprocess
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import pytest

from reconciler.cli.render_browser import Look, picture
from reconciler.render.preview.page import Exhibit, Preview, Scene, preview_page

pytestmark = pytest.mark.browser

SCENE: Final = Scene(title="Daily Revenue: failure", origin="Made up.", at="08:29 EST")
HTML: Final = """<!DOCTYPE html><html><head><style>
p { height: 700px; background-color: rgb(1, 2, 3); }
@media (prefers-color-scheme: dark) { p { height: 900px; } }
</style></head><body style="margin:0"><p style="margin:0">hello</p>
<script>parent.document.title = "broken into"</script><img src=x onerror="parent.document.title='broken into'">
</body></html>"""


def page() -> str:
    mail = EmailMessage()
    mail["Subject"] = "[CRITICAL] Daily Revenue failed"
    mail.set_content("text")
    mail.add_alternative(HTML, subtype="html")
    shown = Preview(channel="c", kind="email", when="", exhibits=(Exhibit(role="main", content=mail),))
    return preview_page(SCENE, [shown])


def dom(browser: str, folder: Path, *options: str) -> str:
    file = folder / "page.html"
    file.write_text(page(), encoding="utf-8")
    quiet = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [browser, *quiet, "--disable-background-networking", profile, *options, "--virtual-time-budget=3000"]
    done = subprocess.run(
        [*command, "--dump-dom", file.as_uri()], capture_output=True, text=True, timeout=90, check=True
    )
    return done.stdout


@pytest.mark.parametrize(("scheme", "height"), [("1", 700), ("0", 900)], ids=["light", "dark"])
def test_the_frame_of_a_mail_is_as_high_as_the_mail_and_runs_nothing(
    browser: str, tmp_path: Path, scheme: str, height: int
) -> None:
    """The mail's own style sheet counts, in the dark too: the page's policy names it."""
    shown = dom(browser, tmp_path, f"--blink-settings=preferredColorScheme={scheme}")
    found = re.search(r"<iframe[^>]*style=\"height: (\d+)px", shown)
    assert found is not None
    assert height <= int(found[1]) <= height + 60
    assert "<title>Daily Revenue: failure" in shown


def test_a_picture_of_it_is_as_high_as_the_page(browser: str, tmp_path: Path) -> None:
    shot = tmp_path / "page.png"
    picture(page(), shot, Look(width=500), which=lambda _: browser)
    head = shot.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(head[16:20], "big") == 500
    assert int.from_bytes(head[20:24], "big") > 900
