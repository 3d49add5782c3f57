"""What is compiled once and used again: for every case and kind that a file serves, until it changes."""

from __future__ import annotations

from pathlib import Path

from jinja2 import nodes

from reconciler.alerts.rendering.compiled import Compiled
from reconciler.alerts.rendering.engine import Engine
from reconciler.alerts.rendering.folders import Folders
from tests.alerts.rendering.conftest import write

SHARED = {
    "slack/base.j2": '{% from "common/words.j2" import said %}{{ said(x) }}',
    "email/base.j2": '{% from "common/words.j2" import said %}{% call part("html") %}{{ said(x) }}{% endcall %}',
    "common/words.j2": "{% macro said(text) %}says {{ text }}{% endmacro %}",
}


class Counting(Engine):
    """Names what it compiles."""

    def __init__(self, kind: str, folders: Folders, compiled: Compiled, done: list[str]) -> None:
        self._done = done
        super().__init__(kind, folders, compiled)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        self._done.append(Path(filename or "").name)
        return super()._parse(source, name, filename)


def _engines(folder: Path, done: list[str]) -> tuple[Counting, Counting]:
    compiled, folders = Compiled(), Folders(shipped=folder, overrides=None)
    return Counting("slack", folders, compiled, done), Counting("email", folders, compiled, done)


def test_what_two_kinds_share_is_compiled_once_and_written_for_each_medium(tmp_path: Path) -> None:
    done: list[str] = []
    slack, email = _engines(write(tmp_path, SHARED), done)
    text = slack.message(["slack/base.j2"], {"x": "<b>"})["body"]
    html = email.message(["email/base.j2"], {"x": '"'})["html"]
    assert text == "says &lt;b&gt;"
    assert html == "says &quot;"
    assert sorted(done) == ["base.j2", "base.j2", "words.j2"]


def test_a_file_is_compiled_once_for_all_cases_that_it_serves(tmp_path: Path) -> None:
    done: list[str] = []
    slack, _ = _engines(write(tmp_path, SHARED), done)
    said = [slack.message([f"slack/{case}.j2"], {"x": case})["body"] for case in ("failure", "late")]
    assert said == ["says failure", "says late"]
    assert sorted(done) == ["base.j2", "words.j2"]


def test_a_file_that_changed_is_compiled_again(tmp_path: Path) -> None:
    done: list[str] = []
    slack, email = _engines(write(tmp_path, SHARED), done)
    email.message(["email/base.j2"], {"x": "a"})
    write(tmp_path, {"common/words.j2": "{% macro said(text) %}shouts {{ text }}{% endmacro %}"})
    assert slack.message(["slack/base.j2"], {"x": "a"})["body"] == "shouts a"
    assert email.message(["email/base.j2"], {"x": "a"})["html"] == "shouts a"
    assert done.count("words.j2") == 2
