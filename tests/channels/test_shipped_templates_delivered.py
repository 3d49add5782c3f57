"""Every shipped template of mail, Datadog, Monte Carlo and Apprise, for every case, as its channel would send it."""

import json
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import html5lib  # pyrefly: ignore[untyped-import]
import jsonschema_rs
import pytest

from reconciler.alerts.rendering.renderer import Renderer
from reconciler.alerts.synthetic.alerts import every_synthetic_alert
from reconciler.channels.contract import Destination, Payload, Role
from reconciler.channels.kinds import KINDS
from reconciler.model.alert import Alert, Audience
from reconciler.model.message import Message
from reconciler.model.secret import Secret
from tests.channels.mail_lab import a_channel

FIXTURES = Path(__file__).parents[1] / "fixtures"
TO = {
    "email": a_channel(),
    "datadog": Destination(name="datadog", kind="datadog", settings={"api_key": Secret("k" * 32)}),
    "monte_carlo": Destination(
        name="mc", kind="monte_carlo", settings={"key_id": Secret("a"), "key_token": Secret("b")}
    ),
    "apprise": Destination(name="phone", kind="apprise", settings={"url": Secret("ntfys://ntfy.example/a")}),
}


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    with Renderer() as one:
        yield one


def _schema(path: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads((FIXTURES / path).read_text(encoding="utf-8")))


def _messages(renderer: Renderer, kind: str) -> Iterator[tuple[str, Alert, Message]]:
    for audience in Audience:
        for name, alert in every_synthetic_alert(audience=audience):
            message = renderer.render(alert, kind, audience=audience)
            assert message.trouble is None, (name, message.trouble)
            yield f"{name} for {audience.value}", alert, message


def _composed(kind: str, message: Message) -> tuple[Payload, ...]:
    payloads = KINDS[kind].compose(message, TO[kind])
    for payload in payloads:
        assert KINDS[kind].check(payload) == ()
    return payloads


def test_every_mail_is_strict_html_and_says_job_and_test(renderer: Renderer) -> None:
    for name, alert, message in _messages(renderer, "email"):
        (payload,) = _composed("email", message)
        assert isinstance(payload.content, EmailMessage)
        html, text = (payload.content.get_body((each,)) for each in ("html", "plain"))
        assert html is not None, name
        assert text is not None, name
        html5lib.HTMLParser(strict=True).parse(html.get_content())
        assert payload.cut == (), name
        assert (alert.test is not None) == ("X-Dbt-Alerts-Test" in payload.content), name
        assert len(payload.content.as_bytes()) < 100_000, name


def test_every_event_and_point_is_what_datadog_publishes(renderer: Renderer) -> None:
    schemas = json.loads((FIXTURES / "datadog/openapi-v1.subset.json").read_text(encoding="utf-8"))["components"]
    names = {Role.EVENT: "EventCreateRequest", Role.METRICS: "DistributionPointsPayload"}
    judges = {
        role: jsonschema_rs.Draft4Validator({"$ref": f"#/components/schemas/{name}", "components": schemas})
        for role, name in names.items()
    }
    for _, _, message in _messages(renderer, "datadog"):
        for payload in _composed("datadog", message):
            judges[payload.role].validate(payload.content)


def test_every_pair_of_artifacts_is_what_dbt_would_read(renderer: Renderer) -> None:
    judges = {"manifest": _schema("dbt/manifest-v12.subset.json"), "runResults": _schema("dbt/run-results-v6.json")}
    for _, _, message in _messages(renderer, "monte_carlo"):
        (payload,) = _composed("monte_carlo", message)
        assert not isinstance(payload.content, EmailMessage)
        for name, judge in judges.items():
            judge.validate(payload.content[name])


def test_every_apprise_message_is_whole(renderer: Renderer) -> None:
    for name, _, message in _messages(renderer, "apprise"):
        (payload,) = _composed("apprise", message)
        assert payload.cut == (), name
