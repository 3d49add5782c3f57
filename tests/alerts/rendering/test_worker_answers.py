"""What the worker says of a template, and what the renderer makes of anything that it says."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from reconciler.alerts.rendering import wire
from reconciler.alerts.rendering.process import WorkerError, WorkerProcess
from reconciler.alerts.rendering.renderer import Renderer
from reconciler.alerts.rendering.worker import Workshop, answer
from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.model.alert import Case
from reconciler.model.message import Trouble
from tests.alerts.rendering.conftest import write

ALERT = synthetic_alert(Case.FAILURE)


class Saying(WorkerProcess):
    """A worker that says always the same, or nothing."""

    def __init__(self, said: dict[str, Any] | None) -> None:
        super().__init__({})
        self._said = said
        self.asked: list[dict[str, Any]] = []

    @override
    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(question)
        if self._said is None:
            raise WorkerError("it died")
        return self._said


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"parts": {}},
        {"parts": []},
        {"parts": None},
        {"trouble": {}},
        {"trouble": {"template": 1, "line": "a", "why": None, "overridden": 0}},
        {"ready": True},
        None,
    ],
)
def test_whatever_the_worker_says_a_message_goes_out(tmp_path: Path, said: dict[str, Any] | None) -> None:
    folder = write(tmp_path, {"webhook/base.j2": ""})
    message = Renderer(folder=folder, worker=Saying(said)).render(ALERT, "webhook")
    assert "Daily Revenue" in message.parts["text"]
    assert message.trouble is not None
    assert message.trouble.template == "webhook/base.j2"


def test_a_silent_worker_is_asked_again_without_the_overrides_and_the_override_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path / "shipped", {"webhook/base.j2": ""})
    own = write(tmp_path / "own", {"webhook/failure.j2": ""})
    worker = Saying(None)
    message = Renderer(overrides=own, folder=folder, worker=worker).render(ALERT, "webhook")
    assert [question["shipped_only"] for question in worker.asked] == [False, True]
    assert message.trouble == Trouble(template="webhook/failure.j2", why="it died", overridden=True)


def test_only_the_view_and_names_are_sent(tmp_path: Path) -> None:
    worker = Saying({"parts": {"title": "a"}})
    Renderer(folder=write(tmp_path, {}), worker=worker).render(ALERT, "webhook")
    (question,) = worker.asked
    assert set(question) == {"kind", "names", "view", "shipped_only"}
    assert wire.unpacked(wire.packed(question)[wire.HEAD :])["view"]["job"]["name"] == "Daily Revenue"


@pytest.fixture
def alarm() -> Iterator[None]:
    """Put back what a signal meant here: the worker has its process to itself."""
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("alarm")
@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"webhook/base.j2": "a\n{{ b }}"}, ("webhook/base.j2", 2, "'b' is undefined")),
        (
            {"webhook/base.j2": "{% if %}"},
            ("webhook/base.j2", 1, "Expected an expression, got 'end of statement block'"),
        ),
        (
            {"webhook/base.j2": "{% include 'common/a.j2' %}", "common/a.j2": "\n\n{{ x.y }}"},
            ("common/a.j2", 3, "'str object' has no attribute 'y'"),
        ),
        (
            {
                "webhook/base.j2": "\n{% from 'common/a.j2' import m %}{{ m() }}",
                "common/a.j2": "{% macro n() %}{% endmacro %}",
            },
            (
                "webhook/base.j2",
                2,
                "the template 'common/a.j2' (imported on line 2 in 'webhook/base.j2') does not export",
            ),
        ),
        (
            {"webhook/base.j2": "\n{% extends 'common/gone.j2' %}"},
            ("webhook/base.j2", 2, "there is no template common/gone.j2"),
        ),
        ({}, ("webhook/base.j2", 0, "there is no template of that name, and no base.j2 beside it")),
        ({"webhook/base.j2": "{{ x | wordwrap }}"}, ("webhook/base.j2", 1, "No filter named 'wordwrap'.")),
        ({"webhook/base.j2": "{{ x | first_line(1, 2) }}"}, ("webhook/base.j2", 1, "TypeError: first_line() takes")),
    ],
)
def test_a_trouble_is_told_with_its_own_file_and_line(
    tmp_path: Path, files: dict[str, str], told: tuple[str, int, str]
) -> None:
    workshop = Workshop(shipped=write(tmp_path, files), overrides=None)
    question = {
        "kind": "webhook",
        "names": ["webhook/base.j2"],
        "view": {"x": "a"},
        "shipped_only": False,
        "seconds": 60,
    }
    trouble = answer(workshop, question)["trouble"]
    assert (trouble["template"], trouble["line"]) == told[:2]
    assert trouble["why"].startswith(told[2])
    assert trouble["overridden"] is False


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff", b"[" * 100_000])
def test_what_is_no_message_is_garbage(body: bytes) -> None:
    with pytest.raises(wire.GarbageError, match="something else than a message"):
        wire.unpacked(body)


def test_the_wire_gives_back_what_it_took() -> None:
    value = {"a": ["é", "\ud800", None, 1.5, True], "b": {"c": "x" * 1000}}
    sent = wire.packed(value)
    assert wire.length(sent[: wire.HEAD]) == len(sent) - wire.HEAD
    assert wire.unpacked(sent[wire.HEAD :]) == value
