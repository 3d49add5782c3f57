"""Which template speaks: the override, else the shipped one; and what stands in for a broken one."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from reconciler.alerts.synthetic.alerts import synthetic_alert
from reconciler.model.alert import Audience, Case
from reconciler.model.message import Trouble
from tests.alerts.rendering.conftest import Rendering

GOOD = '{% call part("title") %}{{ severity }}: {{ job.name }}{% endcall %}'
ALERT = synthetic_alert(Case.FAILURE)


def test_the_case_comes_before_the_base(rendering: Rendering) -> None:
    with rendering({"webhook/base.j2": "base", "webhook/failure.j2": GOOD}) as renderer:
        assert renderer.render(ALERT, "webhook").parts == {"title": "CRITICAL: Daily Revenue"}
        late = renderer.render(synthetic_alert(Case.LATE), "webhook")
    assert late.parts["text"] == "base"
    assert late.trouble is None


def test_stakeholders_have_a_template_of_their_own(rendering: Rendering) -> None:
    shipped = {"webhook/base.j2": "base", "webhook/failure.j2": "case", "webhook/stakeholders.j2": "plainly"}
    with rendering(shipped) as renderer:
        told = renderer.render(ALERT, "webhook", audience=Audience.STAKEHOLDERS)
        assert told.parts["text"] == "plainly"
        assert renderer.render(ALERT, "webhook").parts["text"] == "case"


def test_what_a_channel_does_not_include_reaches_no_template(rendering: Rendering) -> None:
    shipped = {
        "webhook/base.j2": "[{{ impact }}] {{ left_out | join(' ') }}",
        "webhook/stakeholders.j2": "{{ impact }}",
    }
    with rendering(shipped) as renderer:
        few = renderer.render(ALERT, "webhook", include=frozenset({"error", "link"}))
        assert few.parts["text"] == "[] duration models cause change history impact owner runbook actions"
        assert ALERT.impact in renderer.render(ALERT, "webhook").parts["text"]
        plain = renderer.render(ALERT, "webhook", include=frozenset({"error"}), audience=Audience.STAKEHOLDERS)
        assert plain.parts["text"] == ALERT.impact


def test_an_override_changes_one_message_only_and_may_extend_what_it_overrides(rendering: Rendering) -> None:
    shipped = {"webhook/base.j2": "[{% block a %}{{ job.name }}{% endblock %}]", "slack/base.j2": "slack"}
    own = {"webhook/failure.j2": '{% extends "webhook/base.j2" %}{% block a %}mine: {{ super() }}{% endblock %}'}
    with rendering(shipped, own) as renderer:
        assert renderer.render(ALERT, "webhook").parts["text"] == "[mine: Daily Revenue]"
        assert renderer.render(synthetic_alert(Case.SLOW), "webhook").parts["text"].startswith("[")
        assert renderer.render(ALERT, "slack").parts["summary"].startswith("slack")


def test_an_overridden_base_reaches_what_is_shipped_and_can_extend_its_own(rendering: Rendering) -> None:
    shipped = {
        "webhook/base.j2": "shipped {% block a %}{% endblock %}",
        "webhook/failure.j2": '{% extends "webhook/base.j2" %}{% block a %}failure{% endblock %}',
    }
    own = {"webhook/base.j2": '{% extends "shipped/webhook/base.j2" %}{% block a %}own{% endblock %}'}
    with rendering(shipped, own) as renderer:
        assert renderer.render(ALERT, "webhook").parts["text"] == "shipped failure"
        assert renderer.render(synthetic_alert(Case.LATE), "webhook").parts["text"] == "shipped own"


def test_a_broken_override_gives_way_to_the_shipped_one_and_is_told(rendering: Rendering) -> None:
    with rendering({"webhook/base.j2": GOOD}, {"webhook/failure.j2": "one\n{{ jobb.name }}"}) as renderer:
        message = renderer.render(ALERT, "webhook")
    assert message.parts == {"title": "CRITICAL: Daily Revenue"}
    assert message.trouble == Trouble(template="webhook/failure.j2", why="'jobb' is undefined", line=2, overridden=True)


def test_a_broken_overridden_base_is_not_used_by_the_shipped_case_either(rendering: Rendering) -> None:
    shipped = {
        "webhook/base.j2": "{% block a %}{% endblock %}",
        "webhook/failure.j2": '{% extends "webhook/base.j2" %}',
    }
    shipped["webhook/failure.j2"] += "{% block a %}whole{% endblock %}"
    with rendering(shipped, {"webhook/base.j2": "{% if %}"}) as renderer:
        message = renderer.render(ALERT, "webhook")
    assert message.parts["text"] == "whole"
    assert message.trouble is not None
    assert (message.trouble.template, message.trouble.line) == ("webhook/base.j2", 1)


def test_a_template_that_is_mended_is_used_at_once(rendering: Rendering, tmp_path: Path) -> None:
    with rendering({"webhook/base.j2": "{{ nothing }}"}) as renderer:
        assert renderer.render(ALERT, "webhook").trouble
        (tmp_path / "shipped" / "webhook" / "base.j2").write_text(GOOD)
        assert renderer.render(ALERT, "webhook").trouble is None


def test_threads_take_turns_and_each_gets_its_own_message(rendering: Rendering) -> None:
    cases = [Case.FAILURE, Case.LATE, Case.SLOW, Case.RECOVERED] * 5
    found: dict[int, str] = {}
    with rendering({"webhook/base.j2": "{{ case }}"}) as renderer:

        def one(number: int) -> None:
            found[number] = renderer.render(synthetic_alert(cases[number]), "webhook").parts["text"]

        threads = [threading.Thread(target=one, args=(number,)) for number in range(len(cases))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [found[number] for number in range(len(cases))] == [case.value for case in cases]


def test_an_acknowledge_link_is_shown_only_where_a_relay_answers_it(rendering: Rendering) -> None:
    alert = replace(ALERT, ack_url="https://relay.acme.example/ack/1")
    with rendering({"webhook/base.j2": "[{{ ack_url }}]"}) as renderer:
        assert renderer.render(alert, "webhook").parts["text"] == "[]"
        assert renderer.render(alert, "webhook", relay=True).parts["text"] == "[https://relay.acme.example/ack/1]"
