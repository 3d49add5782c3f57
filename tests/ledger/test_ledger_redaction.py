"""Hidden addresses: not in the text, back with the key and the recipients, and never taken for somebody else's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.cli.places_ledger import redaction
from reconciler.errors import UsageError
from reconciler.ledger import FileStore
from reconciler.ledger.codec import HiddenLedgerError, decode, encode
from reconciler.ledger.redaction import Redaction, addresses_in
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.hidden import is_hidden
from reconciler.model.ledger import Claim, Ledger, LedgerWrite, RecipientSettings, SubscriptionClaim, SubscriptionState
from reconciler.model.outcome import Outcome
from reconciler.model.secret import Secret
from tests import builders

KEY = Secret("a key that is long enough")
HIDES = Redaction(secret=KEY)
MARIA, SLACK = RecipientKey.email("maria@acme.example"), RecipientKey.slack("C1")

local = st.text("abcxyzé.+-_'0", min_size=1, max_size=12)
keys = st.one_of(
    st.builds(lambda name, host: RecipientKey.email(f"{name}@{host}.example"), local, st.sampled_from(["a", "b"])),
    st.text(min_size=1, max_size=20).map(RecipientKey.email),
    st.integers(1, 9).map(RecipientKey.user),
    st.sampled_from(["C1", "C2"]).map(RecipientKey.slack),
)


def claim(key: RecipientKey, job: int = 1, channel: str = "mail") -> Claim:
    edge = Edge(key, Outcome.FAILURE, job)
    return Claim(edge=edge, project_id=1, environment_id=1, team="default", channel=channel)


def ledger_of(*claims: Claim) -> Ledger:
    return Ledger(host="h", account_id=7, manager="acme", claims={each.edge: each for each in claims})


def full() -> Ledger:
    """Return a ledger that has the address wherever one can stand."""
    return replace(
        ledger_of(claim(MARIA, channel="maria@acme.example"), claim(SLACK)),
        pending={Edge(MARIA, Outcome.CANCELLED, 2): replace(claim(MARIA), edge=Edge(MARIA, Outcome.CANCELLED, 2))},
        recipients={MARIA: RecipientSettings(user_id=3, slack_channel_name="for maria@acme.example")},
        relay={4: {"failure": "mail to Maria@Acme.example"}},
        subscriptions={"default/x": SubscriptionClaim(key="default/x", team="default", state=SubscriptionState.ARMED)},
        log=(
            LedgerWrite(at="t", actor="noah@acme.example", commit="c", plan_digest="d", what="told maria@acme.example"),
        ),
    )


def test_no_address_is_in_the_text_but_that_of_who_applied() -> None:
    text = encode(full(), HIDES)
    assert text.casefold().count("acme.example") == 1
    assert "noah@acme.example" in text
    assert '"C1"' not in text
    assert "slack:C1" in text


def test_with_the_key_and_the_recipients_it_is_what_it_was() -> None:
    found = decode(encode(full(), HIDES), HIDES, known=[MARIA])
    assert found.claims.keys() == full().claims.keys()
    assert (found.pending, found.recipients, found.subscriptions) == (
        full().pending,
        full().recipients,
        full().subscriptions,
    )
    assert found.claims[Edge(MARIA, Outcome.FAILURE, 1)].channel == "maria@acme.example"


@given(st.lists(keys, unique=True, max_size=8))
def test_every_known_recipient_comes_back(found: list[RecipientKey]) -> None:
    ledger = ledger_of(*(claim(key, job) for job, key in enumerate(found, start=1)))
    assert decode(encode(ledger, HIDES), HIDES, known=found).claims == ledger.claims


@given(st.lists(keys, unique=True, min_size=1, max_size=8))
def test_an_unknown_one_keeps_a_mark_that_no_live_recipient_has(found: list[RecipientKey]) -> None:
    ledger = ledger_of(*(claim(key, job) for job, key in enumerate(found, start=1)))
    text = encode(ledger, HIDES)
    back = decode(text, HIDES)
    emails = {key for key in found if key.kind == "email"}
    hidden = {edge.recipient for edge in back.claims if is_hidden(edge.recipient)}
    assert len(hidden) == len(emails)
    assert not hidden & emails
    assert encode(back, HIDES) == text, "what nobody names is carried along as it is"


def test_the_order_of_lines_does_not_tell_the_order_of_addresses() -> None:
    one = encode(ledger_of(*(claim(RecipientKey.email(f"{letter}@x.example")) for letter in "abcdef")), HIDES)
    lines = [line for line in one.splitlines() if "hmac:" in line]
    assert len(lines) == 6
    assert [line.rstrip(",") for line in lines] == sorted(line.rstrip(",") for line in lines)


def test_case_and_space_of_an_address_do_not_matter() -> None:
    assert HIDES.hidden("email:maria@acme.example") == HIDES.hidden("email: Maria@ACME.example ")


def test_another_key_or_none_is_no_empty_ledger() -> None:
    text = encode(full(), HIDES)
    with pytest.raises(HiddenLedgerError, match="no key"):
        decode(text)
    with pytest.raises(HiddenLedgerError, match="another key"):
        decode(text, Redaction(secret=Secret("another key of some length")))


def test_the_key_is_not_in_the_text() -> None:
    assert KEY.reveal() not in encode(full(), HIDES)
    assert json.loads(encode(full(), HIDES))["redacted"] == HIDES.fingerprint


def test_turned_off_the_next_write_is_in_clear_as_far_as_it_is_known() -> None:
    shows = replace(HIDES, hides=False)
    back = decode(encode(full(), HIDES), shows, known=[MARIA])
    text = encode(back, shows)
    assert "hmac:" not in text
    assert "redacted" not in text
    unknown = encode(decode(encode(full(), HIDES), shows), shows)
    assert "hmac:" in unknown
    assert decode(unknown, shows, known=[MARIA]).claims.keys() == full().claims.keys()


def test_turned_on_the_next_write_hides(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    write = LedgerWrite(at="t", actor="a", commit="c", plan_digest="d")
    plain = FileStore(path).save(full(), expected_generation=0, write=write)
    assert "maria@acme.example" in path.read_text()
    hiding = FileStore(path, redaction=HIDES)
    assert hiding.load("h", 7, "acme", known=[MARIA]) == plain
    hiding.save(plain, expected_generation=1, write=write)
    assert "maria@acme.example" not in path.read_text()
    with pytest.raises(UsageError, match="hides its addresses"):
        FileStore(path).load("h", 7, "acme")


def test_addresses_are_found_in_texts() -> None:
    assert addresses_in(["to Maria@acme.example, b@c.d", "none", "@x"]) == {"maria@acme.example", "b@c.d"}


# --- the operator's key --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("redact", "environ", "hides"),
    [
        (False, {}, None),
        (False, {"DBT_ALERTS_LEDGER_KEY": "k" * 16}, False),
        (True, {"DBT_ALERTS_LEDGER_KEY": "k" * 16}, True),
    ],
)
def test_the_policy_says_whether_and_the_operator_with_what(
    redact: bool, environ: dict[str, str], hides: bool | None
) -> None:
    policy = builders.policy()
    policy = replace(policy, ledger=replace(policy.ledger, redact=redact))
    found = redaction(policy, environ)
    assert (None if found is None else found.hides) == hides


@pytest.mark.parametrize("key", ["", "short"])
def test_without_a_good_key_nothing_is_hidden_and_nothing_is_stored(key: str) -> None:
    policy = builders.policy()
    policy = replace(policy, ledger=replace(policy.ledger, redact=True))
    with pytest.raises(UsageError, match="DBT_ALERTS_LEDGER_KEY") as caught:
        redaction(policy, {"DBT_ALERTS_LEDGER_KEY": key} if key else {})
    assert caught.value.next_step
