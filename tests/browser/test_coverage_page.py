"""The coverage page in a real browser: our script runs under the page's own policy, no other does, and search works."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import pytest

from reconciler.model.coverage import Coverage
from reconciler.render.coverage.page import coverage_page
from tests.render.coverages import everything, hostile

QUIET: Final = (
    "--headless",
    "--no-sandbox",  # in a container there is none to be had, and the pages are ours
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--hide-scrollbars",
)
TYPED: Final = """
<script>
document.getElementById("find").value = "monTH";
document.getElementById("find").dispatchEvent(new Event("input"));
</script></html>"""

pytestmark = pytest.mark.browser


def dom(browser: str, page: str, folder: Path, *options: str) -> str:
    """Return the page as the browser has it once its scripts and timers have run."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [browser, *QUIET, profile, *options, "--virtual-time-budget=2000", "--dump-dom", file.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, check=True).stdout


def test_search_leaves_what_was_asked_for(browser: str, tmp_path: Path) -> None:
    """The typing is done by a script of the test, which the page's policy would refuse."""
    page = re.sub(r"<meta http-equiv[^>]*>", "", coverage_page(everything())).replace("</html>", TYPED)
    shown = dom(browser, page, tmp_path)
    left = re.findall(r'<li data-job=""(?: class="")?>([^<]*) ', shown)
    assert left == ["Month Close"]
    assert "1 of 10 jobs" in shown


@pytest.mark.parametrize("coverage", [everything(), hostile()], ids=["everything", "hostile"])
def test_the_page_s_own_policy_lets_our_script_run_and_no_other(
    browser: str, tmp_path: Path, coverage: Coverage
) -> None:
    stranger = '<script>document.title = "broken into"</script><img src=x onerror="document.title=1"></html>'
    shown = dom(browser, coverage_page(coverage).replace("</html>", stranger), tmp_path)
    assert re.search(r'<div class="tools" id="tools" role="search">', shown)
    assert re.search(r"<title>[^<]* · Alert coverage of", shown)


def test_it_fits_a_narrow_screen(browser: str, tmp_path: Path) -> None:
    """In a frame of 390 px, below which no window goes, the page is not wider than its frame."""
    page = re.sub(r"<meta http-equiv[^>]*>", "", coverage_page(everything()))
    (tmp_path / "inner.html").write_text(
        page.replace("</html>", "<script>parent.postMessage(document.documentElement.scrollWidth, '*')</script></html>")
    )
    outer = """<!DOCTYPE html><iframe src="inner.html" style="width:390px;height:800px;border:0"></iframe>
<script>addEventListener("message", (told) => { document.title = "wide " + told.data; });</script>"""
    assert "<title>wide 390</title>" in dom(browser, outer, tmp_path)
