"""A browser for pages, if this machine has one."""

from __future__ import annotations

import shutil

import pytest

from reconciler.cli.render_browser import BROWSERS


@pytest.fixture(scope="session")
def browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no chromium on this machine")
    return found
