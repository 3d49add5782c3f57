"""For the two worst tiers no message is poor: whoever opens it finds who, what, when, impact, error and what to do.

Whatever a policy leaves out and whatever nobody knows of a run, each of them stands in what leaves for every kind of
channel, or is said to be missing there: through the real renderer, the shipped templates and every kind's compose.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.alerts.build import build_alert
from reconciler.alerts.rendering.renderer import Renderer
from reconciler.alerts.words.sentences import first_line
from reconciler.alerts.words.times import clock
from reconciler.channels.contract import Destination, Payload, Role, Smtp
from reconciler.channels.kinds import KINDS
from reconciler.model.alert import Alert, Audience
from reconciler.model.outcome import Outcome
from reconciler.model.run import RunStatus
from reconciler.model.telling import Cause
from tests import builders
from tests.alerts import alert_facts as made

_TELLING: Final = frozenset({Role.MAIN, Role.EVENT})
_SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {"email": {"to": ("oncall@acme.example",)}}
_SMTP: Final = Smtp(host="127.0.0.1", port=25, sender="dbt-alerts@acme.example", tls="none", user=None, password=None)
_KINDS: Final = tuple(kind for kind in KINDS if kind != "monte_carlo")
"""Monte Carlo takes artifacts and no message: what it tells of them, it writes itself."""
_NONE: Final = ("none is named", "the policy names no", "nothing of it")
_KNOWN: Final = ("nothing", "event", "run", "step", "node", "silent node", "many", "test", "timeout")


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer() as one:
        yield one


def _facts(known: str) -> Any:  # noqa: ANN401 - RunFacts or none
    tests = tuple(made.failed_test(f"not_null_column_{number}") for number in range(8))
    return {
        "run": made.facts(run=made.run(message="")),
        "step": made.facts(step=made.step()),
        "node": made.facts(made.failed(), past=made.past(RunStatus.ERROR, RunStatus.SUCCESS)),
        "silent node": made.facts(made.failed(message=""), run=made.run(message="", started_at=None)),
        "many": made.facts(*tests, made.failed(message=made.MISSING_COLUMN + "\n  at the end" * 400)),
        "test": made.facts(tests[0]),
        "timeout": made.facts(run=made.run(message="The run timed out.")),
    }.get(known)


@st.composite
def _alerts(draw: st.DrawFn) -> Alert:
    known = draw(st.sampled_from(_KNOWN))
    rule = builders.layer(
        owner=draw(st.sampled_from([None, "Maria Owner", "finance & co"])),
        runbook=draw(st.sampled_from([None, "https://wiki.acme.example/revenue"])),
        impact=draw(st.sampled_from([None, "Revenue is stale", "x" * 3000])),
        actions=draw(st.sampled_from([None, ("Ask for {{ relation }}",)])),
    )
    outcomes = [Outcome.FAILURE] if known == "timeout" else [Outcome.FAILURE, Outcome.WARNING, Outcome.CANCELLED]
    return build_alert(
        made.asked(
            _facts(known),
            policy=made.policy(rule=rule),
            outcome=draw(st.sampled_from(outcomes)),
            tier=draw(st.sampled_from(["critical", "high"])),
            event=made.event() if known == "event" else None,
            cause=Cause.TIMEOUT if known == "timeout" else None,
        )
    )


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for key, each in value.items():
                yield str(key)
                yield from _texts(each)
        case list() | tuple():
            for each in value:
                yield from _texts(each)
        case int():
            yield str(value)
        case _:
            pass


def _read(payload: Payload) -> str:
    """Return what a reader finds in a payload, without what a medium escapes with."""
    if isinstance(payload.content, EmailMessage):
        body = payload.content.get_body(("plain",))
        assert body is not None
        text = f"{payload.content['Subject']}\n{body.get_content()}"
    else:
        text = "\n".join(_texts(payload.content))
    return " ".join(html.unescape(re.sub("[\\\\\u2060\u200b]", "", text)).split())


def _promised(alert: Alert) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield each thing with how it reads where it is known, and how it is said to be missing where it is not."""
    run, first = alert.run, alert.failed[0] if alert.failed else None
    ended = clock(run.finished_at, alert.zone) if run and run.finished_at else ""
    yield "who", alert.owner, _NONE
    yield "what", alert.job.name, ()
    yield "when", ended, ("the run: nothing says which it was", "when it finished")
    yield "impact", alert.impact[:100], _NONE
    yield "runbook", alert.runbook, _NONE
    yield "the run", run.url if run else "", ("none yet",)
    if alert.outcome is Outcome.FAILURE:
        yield "what failed", first.name if first else "", ("what failed: no artifact or log",)
        yield "the error", _error(alert), ("the error: no artifact, log or message",)
        yield "the next step", alert.actions[0].text, ()


def _error(alert: Alert) -> str:
    """Return how the error begins; of a test with failing rows their number is it."""
    found = next((each for each in alert.failed if each.error), None)
    if found is not None and found.failures:
        return f"{found.failures} failing row"
    return first_line(found.error if found else alert.run.message if alert.run else "")[:40]


@pytest.mark.parametrize("kind", _KINDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(alert=_alerts())
def test_each_essential_is_in_what_leaves_or_said_to_be_missing_there(
    renderer: Renderer, kind: str, alert: Alert
) -> None:
    message = renderer.render(alert, kind, audience=Audience.ENGINEERS)
    assert message.trouble is None
    to = Destination(name="c", kind=kind, settings=_SETTINGS.get(kind, {}), smtp=_SMTP)
    told = [each for each in KINDS[kind].compose(message, to) if each.role in _TELLING]
    text = "\n".join(_read(each) for each in told)
    assert told
    for what, known, missing in _promised(alert):
        assert (known in text) if known else any(each in text for each in missing), f"{what}: {known!r} not in {text}"
