"""An alert is never lost to a template, whatever the template does: a plain message goes out and says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.alerts.rendering.process import WorkerProcess
from reconciler.alerts.rendering.renderer import Renderer
from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.model.alert import Case
from reconciler.model.message import Message, Trouble

ALERT = synthetic_alert(Case.FAILURE)
DOUBLED = "{%% set n = namespace(x=%s) %%}{%% for i in range(99) %%}{%% set n.x = n.x %s n.x %%}{%% endfor %%}"
TROUBLES = {
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}": "calls itself without an end",
    '{% extends "webhook/failure.j2" %}': "calls itself without an end",
    "{{ 10 ** 1000000000 }}": "powers are not there",
    "{{ 'x' * 1000000000 }}": "is for numbers here",
    "{{ '%1000000000d' % 1 }}": "is for numbers here",
    "{{ [0] * 1000000000 }}": "is for numbers here",
    "{{ '{:1000000000}'.format(1) }}": "unsafe",
    "{{ 'x'.ljust(1000000000) }}": "unsafe",
    "{{ range(1000000000) | list }}": "goes to 1,000",
    DOUBLED % ("'ab'", "~"): "grew over 1,000,000",
    DOUBLED % ("'ab'", "+"): "grew over 1,000,000",
    DOUBLED % ("[1]", "+"): "is for numbers here",
    "{{ pre('a' | replace('', 'b' ~ error)) }}" + "{% set n = namespace(x=error) %}{% for i in range(9) %}"
    "{% set n.x = n.x | replace('e', n.x) %}{% endfor %}": "grew over",
    "{% for i in range(1000) %}{% for j in range(200) %}0123456789{% endfor %}{% endfor %}": "grew over",
    "{{ " + "(" * 300 + "1" + ")" * 300 + " }}": "parenthes|without an end|nested",
    "": "it says nothing",
    "{{ nothing }}": "'nothing' is undefined",
    "{{ job.nothing }}": "has no attribute 'nothing'",
    "{% if %}": "Expected an expression",
    "{% include 'webhook/gone.j2' %}": "there is no template webhook/gone.j2",
    "{{ failed }}": "a list cannot be printed",
    "{{ 1 // 0 }}": "ZeroDivisionError",
    "{{ part('x') }}": "caller",
    "a" * 100_001: "more than 100,000 bytes",
}
WORDS = (
    *(
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        " if ",
        " for ",
        "x in failed",
        " endfor ",
        "job.name",
        "|",
        "join",
        "'",
        '"',
    ),
    *("block a", "endblock", "part('title')", "call ", "endcall", "\n", "~", "(", ")", "[", "]", "\x00", "é", "-"),
    *("extends 'webhook/failure.j2'", "set a = ", "macro m()", "endmacro", "m()", "1", "*", "range(9)", "namespace()"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("templates")
    (made / "webhook").mkdir()
    return made


@pytest.fixture(scope="module")
def renderer(folder: Path) -> Iterator[Renderer]:
    with Renderer(worker=WorkerProcess.over(folder, None, seconds=20)) as made:
        yield made


def rendered(renderer: Renderer, folder: Path, source: str) -> Message:
    (folder / "webhook" / "failure.j2").write_text(source, encoding="utf-8")
    return renderer.render(ALERT, "webhook")


def complete(message: Message) -> bool:
    text = message.parts["text"]
    said = (
        "Daily Revenue",
        "Impact: Revenue",
        "invalid identifier",
        "1. ",
        "Open the run: https://",
        "Runbook: https://",
    )
    return message.parts["title"].startswith("[CRITICAL] ") and all(each in text for each in said)


@pytest.mark.parametrize("source", TROUBLES, ids=lambda source: source[:40])
def test_the_plain_message_goes_out_and_says_why(renderer: Renderer, folder: Path, source: str) -> None:
    message = rendered(renderer, folder, source)
    assert message.trouble is not None
    assert re.search(TROUBLES[source], message.trouble.why), message.trouble.why
    assert message.trouble.template.startswith("webhook/")
    assert complete(message)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from(WORDS), max_size=14))
def test_an_alert_is_never_lost_to_a_template(renderer: Renderer, folder: Path, words: list[str]) -> None:
    message = rendered(renderer, folder, "".join(words))
    assert any(message.parts.values())
    assert message.trouble is None or complete(message)


def test_a_template_without_an_end_is_ended_and_the_next_alert_has_a_new_worker(tmp_path: Path) -> None:
    rounds = 9
    (tmp_path / "webhook").mkdir()
    base = tmp_path / "webhook" / "base.j2"
    base.write_text("{% for i in range(1000) %}" * rounds + "{% endfor %}" * rounds)
    with Renderer(worker=WorkerProcess.over(tmp_path, None, seconds=0.5)) as renderer:
        message = renderer.render(ALERT, "webhook")
        assert message.trouble is not None
        assert message.trouble == Trouble(template="webhook/base.j2", why="it took longer than 0.5 s", line=1)
        assert complete(message)
        base.write_text("{{ job.name }}")
        assert renderer.render(ALERT, "webhook").trouble is None
