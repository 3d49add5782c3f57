"""Through the shipped templates, whole: a job, an owner and an error of any text, and nothing of it is obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler import escape
from reconciler.alerts.rendering.process import WorkerProcess
from reconciler.alerts.rendering.renderer import Renderer
from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.model.alert import Alert, Case
from reconciler.shipped import Shipped, shipped
from tests.parsed_html import parsed

KINDS = ("slack", "teams", "email", "pagerduty", "datadog", "monte_carlo", "webhook", "apprise")
FAILURE = synthetic_alert(Case.FAILURE)
NAMES = (
    *("<!channel> <@U012AB3CD> @here", "<http://e.vil|click>", "*bold* _it_ ~no~ `code`", "```", "&lt;!here&gt; &"),
    *(
        "{{ 7919*7907 }} {% raw %} {#",
        "<script>alert(1)</script><img src=x>",
        "[a](http://e.vil) <at>all</at> {{DATE(0)}}",
    ),
    *(
        "a\r\nBcc: all@acme.example",
        "\u202egnp.exe\x00\x1b[31m",
        "a|b",
        '"><a href=x>',
        "%%% @pagerduty",
    ),
)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer(worker=WorkerProcess.over(shipped(Shipped.TEMPLATES), None, seconds=20)) as made:
        yield made


def hostile(text: str) -> Alert:
    thing = replace(FAILURE.failed[0], name=text, error=f"Database Error\n  {text}", owner=text)
    job = replace(FAILURE.job, name=text, environment=text)
    return replace(FAILURE, job=job, impact=text, owner=text, failed=(thing, *FAILURE.failed[1:]))


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=30))
@pytest.mark.parametrize("kind", KINDS)
def test_any_name_is_rendered(renderer: Renderer, kind: str, text: str) -> None:
    judge(renderer, kind, text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", NAMES, ids=lambda text: ascii(text[:12]))
def test_no_name_breaks_out(renderer: Renderer, kind: str, text: str) -> None:
    judge(renderer, kind, text)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_of_100_kb_is_no_trouble(renderer: Renderer, kind: str) -> None:
    thing = replace(FAILURE.failed[0], error="x" * 60 + "\n" + "y" * 100_000)
    assert renderer.render(replace(FAILURE, failed=(thing,)), kind).trouble is None


def judge(renderer: Renderer, kind: str, text: str) -> None:
    message = renderer.render(hostile(text), kind)
    assert message.trouble is None, message.trouble
    whole = "\n".join(message.parts.values())
    assert str(7919 * 7907) not in whole
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", whole)
    for name, part in message.parts.items():
        assert part == part.strip()
        OBEYED.get(kind, nothing)(name, part)


def nothing(name: str, part: str) -> None:
    """Plain text obeys nothing."""


def slack(name: str, part: str) -> None:
    if name == "title":
        assert "\n" not in part
        return
    ours = re.sub(r"<https://[^<>|\s]+\|[^<>]*>|<!subteam\^S0123ABCD>", "", part)
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", ours)


def teams(name: str, part: str) -> None:
    assert not re.search(r"(?<!\\)\]\(http://", part)
    assert part.count("<at>") == (name == "mention")


def email(name: str, part: str) -> None:
    if name == "html":
        tags = {each.tag for each in parsed(part).iter()}
        assert not tags & {"script", "img", "iframe", "object", "form"}
        links = [str(each.get("href")) for each in parsed(part).iter("a")]
        assert all(each.startswith(("https://", "mailto:")) for each in links)
    if name == "subject":
        assert "\n" not in part


OBEYED = {"slack": slack, "teams": teams, "email": email}


def test_the_name_can_still_be_read(renderer: Renderer) -> None:
    parts = renderer.render(hostile("R&D <nightly>"), "email").parts
    assert "R&D <nightly>" in parts["subject"]
    assert "R&D <nightly>" in "".join(parsed(parts["html"]).itertext())
    assert escape.slack("R&D <nightly>") in "".join(renderer.render(hostile("R&D <nightly>"), "slack").parts.values())
