"""Monte Carlo: failing models and tests, as the artifacts of a run that it takes from anybody.

Its API has no call that makes an alert. What it takes is what `montecarlo import dbt-run` sends: a manifest and run
results under one invocation id, uploaded to an address that it signs, then announced. Of those it makes its alerts
itself. Source: the GraphQL schema that pycarlo 0.15 ships. Until the announcement nothing is to be seen there, so only
the announcement can be in doubt, and it carries a key by which Monte Carlo knows a repetition.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from typing import Any, Final
from urllib.parse import urlsplit

from reconciler.channels.contract import Destination, Kind, Payload, Receipt, Role, Verdict, Wire
from reconciler.channels.destination import address, masked, revealed, shown
from reconciler.channels.keys import delivery_key, delivery_uuid
from reconciler.channels.monte_carlo.artifacts import artifacts, artifacts_problems
from reconciler.channels.verdicts import judge
from reconciler.http.outgoing import Returned
from reconciler.model.message import Message

__all__ = ["ANNOUNCE", "KIND", "UPLOAD_URL", "WHO", "MonteCarlo"]

_API: Final = "https://api.getmontecarlo.com/graphql"

UPLOAD_URL: Final = (
    "query getDbtUploadUrl($projectName: String!, $invocationId: String!, $fileName: String!) "
    "{ getDbtUploadUrl(projectName: $projectName, invocationId: $invocationId, fileName: $fileName) }"
)
ANNOUNCE: Final = (
    "mutation sendDbtArtifactsEvent("
    "$projectName: String!, $jobName: String!, $invocationId: UUID!, $artifacts: DbtArtifactsInput!) "
    "{ sendDbtArtifactsEvent(projectName: $projectName, jobName: $jobName, invocationId: $invocationId, "
    "artifacts: $artifacts) { ok } }"
)
WHO: Final = "query getUser { getUser { email } }"

_FILES: Final = {"manifest": "manifest.json", "runResults": "run_results.json"}


class _Ended(Exception):
    """A step did not work: nothing was announced."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.answer)
        self.receipt = receipt


class MonteCarlo:
    """The kind `monte_carlo`."""

    name = "monte_carlo"

    def compose(self, message: Message, to: Destination) -> tuple[Payload, ...]:
        content, cut = artifacts(message, invocation=delivery_uuid(message, to))
        return (Payload(role=Role.MAIN, content=content, key=delivery_key(message, to), cut=cut),)

    def check(self, payload: Payload) -> tuple[str, ...]:
        if isinstance(payload.content, EmailMessage):
            return ("the content is no pair of artifacts",)
        return artifacts_problems(payload.content)

    def deliver(self, payload: Payload, to: Destination, wire: Wire) -> Receipt:
        """Upload both artifacts and announce them. Done is Monte Carlo's `ok`: an alert comes of it later, or not."""
        content = payload.content
        if isinstance(content, EmailMessage) or not content["runResults"]["results"]:
            return Receipt(verdict=Verdict.PERMANENT, answer="Monte Carlo takes models and tests, and none is in this")
        talk = _Talk(to=to, wire=wire)
        try:
            for name, file in _FILES.items():
                talk.upload(content, file, json.dumps(content[name]).encode())
            found = talk.announce(content)
        except _Ended as ended:
            found = ended.receipt
        return replace(found, answer=shown(found.answer, to), seconds=sum(talk.seconds))

    def probe(self, to: Destination, wire: Wire) -> Receipt:
        """Ask Monte Carlo whose key this is; nothing is sent."""
        talk = _Talk(to=to, wire=wire)
        try:
            data, found = talk.ask(WHO, {}, what="the key")
            if not isinstance(data.get("getUser"), dict):
                found = replace(found, verdict=Verdict.PERMANENT, answer="the key belongs to nobody")
        except _Ended as ended:
            found = ended.receipt
        return replace(found, answer=shown(found.answer, to), seconds=sum(talk.seconds))

    def redact(self, text: str, to: Destination) -> str:
        return masked(text, to)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    """The requests of one delivery. Each but the last may be repeated at will, so a doubt about it is none."""

    to: Destination
    wire: Wire
    seconds: list[float] = field(default_factory=list)

    def upload(self, content: Mapping[str, Any], file: str, body: bytes) -> None:
        asked = {key: content[key] for key in ("projectName", "invocationId")} | {"fileName": file}
        data, _ = self.ask(UPLOAD_URL, asked, what=f"an address for {file}")
        url = data.get("getDbtUploadUrl")
        if not isinstance(url, str) or not self._may_reach(url):
            why = f"the address that Monte Carlo gave for {file} is not a public https address; nothing was sent to it"
            raise _Ended(Receipt(verdict=Verdict.PERMANENT, answer=why))
        returned = self._timed(self.wire.http.request("PUT", url, body=body, headers={}))
        found = judge("upload", returned, now=self.wire.now())
        if found.verdict is Verdict.DONE:
            return
        # a signed address that is refused has ended its time: the next try asks for a new one
        stale = returned.status == 403 or found.verdict is Verdict.IN_DOUBT
        why = f"the upload of {file} did not work ({_status(returned)})"
        verdict = Verdict.TRANSIENT if stale else found.verdict
        raise _Ended(Receipt(verdict=verdict, answer=why, status=returned.status, retry_after=found.retry_after))

    def announce(self, content: Mapping[str, Any]) -> Receipt:
        asked = {key: content[key] for key in ("projectName", "jobName", "invocationId")} | {"artifacts": _FILES}
        key = str(content["invocationId"])
        data, found = self.ask(ANNOUNCE, asked, what="the announcement", key=key)
        told = data.get("sendDbtArtifactsEvent")
        if not isinstance(told, dict) or told.get("ok") is not True:
            return replace(found, verdict=Verdict.PERMANENT, answer="Monte Carlo answered that it is not ok")
        return replace(found, answer="ok", vendor_id=key)

    def ask(
        self, query: str, variables: Mapping[str, Any], *, what: str, key: str | None = None
    ) -> tuple[Mapping[str, Any], Receipt]:
        """Return the data of an answer without errors, and its receipt; raise _Ended for any other."""
        headers = {
            "Content-Type": "application/json",
            "x-mcd-id": revealed(self.to.settings.get("key_id", "")),
            "x-mcd-token": revealed(self.to.settings.get("key_token", "")),
            **({"x-mcd-idempotent-id": key} if key else {}),
        }
        body = json.dumps({"query": query, "variables": variables}).encode()
        returned = self._timed(self.wire.http.request("POST", address(self.to, _API), body=body, headers=headers))
        found = judge("monte_carlo", returned, now=self.wire.now())
        doubt = found.verdict is Verdict.IN_DOUBT and key is None
        receipt = Receipt(
            verdict=Verdict.TRANSIENT if doubt else found.verdict,
            answer=found.answer if found.verdict is Verdict.DONE else f"{what}: {found.answer}",
            status=returned.status,
            retry_after=found.retry_after,
        )
        if receipt.verdict is not Verdict.DONE:
            raise _Ended(receipt)
        data = json.loads(returned.body).get("data")
        return (data if isinstance(data, dict) else {}), receipt

    def _may_reach(self, url: str) -> bool:
        """Tell whether an address that came in an answer may be written to: in public, or where the base leads.

        What the operator lets a policy reach inside, an answer must not choose.
        """
        try:
            there, base = urlsplit(url), urlsplit(self.to.base or "")
            port = there.port or 443
        except ValueError:
            return False
        if self.to.base is not None and (there.scheme, there.netloc) == (base.scheme, base.netloc):
            return True
        return there.scheme == "https" and not self.wire.http.names(there.hostname or "", port)

    def _timed(self, returned: Returned) -> Returned:
        self.seconds.append(returned.seconds)
        return returned


def _status(returned: Returned) -> str:
    return returned.error or f"HTTP {returned.status}"


KIND: Final[Kind] = MonteCarlo()
