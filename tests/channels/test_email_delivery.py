"""Mail against a real server: what each of its answers, and each way of falling silent, means."""

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Thread

import pytest
import trustme

from reconciler.channels.contract import Destination, Payload, Receipt, Smtp, Verdict, Wire
from reconciler.channels.email import wire as email_wire
from reconciler.channels.email.kind import Email
from reconciler.http.outgoing import Outgoing
from reconciler.model.secret import MASK
from tests.channels.made_messages import a_message
from tests.channels.mail_lab import PASSWORD, Inbox, a_channel, hang_up, mail_server

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

PARTS = {"subject": "[CRITICAL] Daily Revenue failed", "text": "It failed.\n.a line that begins with a dot"}


@pytest.fixture
def wire() -> Iterator[Wire]:
    http = Outgoing(allowed_hosts={"127.0.0.1"})
    yield Wire(http=http)
    http.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    return _context(authority, "127.0.0.1")


@pytest.fixture
def trusting(authority: trustme.CA) -> Email:
    def trust() -> ssl.SSLContext:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        return context

    return Email(trust=trust)


def _context(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def _mail(to: Destination) -> Payload:
    (payload,) = Email().compose(a_message("email", PARTS), to)
    return payload


def _sent(kind: Email, to: Destination, wire: Wire) -> Receipt:
    return kind.deliver(_mail(to), to, wire)


# --- it arrives -----------------------------------------------------------------------------------------------------
def test_a_mail_arrives_once_with_every_octet_of_its_text(wire: Wire) -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        to = a_channel(port, to=("oncall@acme.example", "finance@acme.example"))
        receipt = _sent(Email(), to, wire)
    assert receipt.verdict is Verdict.DONE
    assert receipt.answer == "250 2.0.0 queued as 4711"
    assert inbox.mails[0].rcpt_tos == ["oncall@acme.example", "finance@acme.example"]
    assert inbox.mails[0].mail_from == "dbt-alerts@acme.example"
    assert inbox.only()["Message-ID"] == receipt.vendor_id
    body = inbox.only().get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["It failed.", ".a line that begins with a dot"]


def test_starttls_encrypts_before_the_password_is_said(wire: Wire, trusting: Email, server_tls: ssl.SSLContext) -> None:
    inbox = Inbox()
    with mail_server(inbox, tls_context=server_tls, require_starttls=True, auth_required=True) as port:
        assert _sent(trusting, a_channel(port, tls="starttls", user="alerts"), wire).verdict is Verdict.DONE
    assert len(inbox.mails) == 1


def test_tls_from_the_first_octet_on(wire: Wire, trusting: Email, server_tls: ssl.SSLContext) -> None:
    inbox = Inbox()
    with mail_server(inbox, tls=server_tls) as port:
        assert _sent(trusting, a_channel(port, tls="tls"), wire).verdict is Verdict.DONE
    assert len(inbox.mails) == 1


def test_an_operators_base_stands_in_for_the_server_of_the_policy(wire: Wire) -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        to = replace(a_channel(1, tls="starttls", user="alerts"), base=f"smtp://127.0.0.1:{port}")
        assert _sent(Email(), to, wire).verdict is Verdict.DONE
    assert inbox.mails[0].mail_from == "dbt-alerts@acme.example"


def test_at_an_operators_server_that_takes_logins_a_wrong_password_is_seen(wire: Wire) -> None:
    with mail_server(Inbox(), auth_required=True) as port:
        to = replace(a_channel(1, user="alerts", password="hunter22"), base=f"smtp://127.0.0.1:{port}")
        receipts = (_sent(Email(), to, wire), Email().probe(to, wire))
    assert [each.verdict for each in receipts] == [Verdict.PERMANENT] * 2
    assert all(each.answer.startswith("AUTH: 535") and "hunter22" not in each.answer for each in receipts)


@pytest.mark.parametrize(
    "base", ["smtp://10.0.0.1:25", "http://127.0.0.1:25", "smtp://127.0.0.1:x", "smtp://[", "smtp:"]
)
def test_an_operators_base_is_a_port_of_this_machine(wire: Wire, base: str) -> None:
    receipt = _sent(Email(), replace(a_channel(), base=base), wire)
    assert receipt.verdict is Verdict.PERMANENT
    assert "smtp://127.0.0.1:PORT" in receipt.answer


def test_without_a_mail_server_the_answer_says_what_to_write(wire: Wire) -> None:
    receipt = _sent(Email(), replace(a_channel(), smtp=None), wire)
    assert (receipt.verdict, receipt.answer) == (
        Verdict.PERMANENT,
        "the policy names no mail server; write `smtp: {host: …, from: …}`",
    )


@pytest.mark.parametrize("sender", ["ä@acme.example", "two words@acme.example", "nobody"])
def test_a_sender_that_is_no_address_is_told_and_not_replaced(wire: Wire, sender: str) -> None:
    to = replace(a_channel(), smtp=Smtp(host="127.0.0.1", port=25, sender=sender))
    receipt = _sent(Email(), to, wire)
    assert receipt.verdict is Verdict.PERMANENT
    assert receipt.answer.startswith("`smtp.from` is not an address")


def test_a_channel_without_a_usable_address_says_so(wire: Wire) -> None:
    inbox = Inbox()
    with mail_server(inbox) as port:
        receipt = _sent(Email(), a_channel(port, to=("no address",)), wire)
    assert receipt.verdict is Verdict.PERMANENT
    assert receipt.answer == "the channel has no address that mail can be sent to"
    assert inbox.mails == []


def test_a_probe_logs_in_and_sends_nothing(wire: Wire, trusting: Email, server_tls: ssl.SSLContext) -> None:
    inbox = Inbox()
    with mail_server(inbox, tls_context=server_tls, auth_required=True) as port:
        assert trusting.probe(a_channel(port, tls="starttls", user="alerts"), wire).verdict is Verdict.DONE
        wrong = trusting.probe(a_channel(port, tls="starttls", user="alerts", password="guess"), wire)
    assert wrong.verdict is Verdict.PERMANENT
    assert wrong.status == 535
    assert inbox.mails == []


# --- it does not go out in the open ---------------------------------------------------------------------------------
def test_a_server_without_starttls_is_given_neither_password_nor_mail(wire: Wire) -> None:
    inbox = Inbox()
    with mail_server(inbox, auth_required=True) as port:
        receipt = _sent(Email(), a_channel(port, tls="starttls", user="alerts"), wire)
    assert receipt.verdict is Verdict.PERMANENT
    assert "offers no STARTTLS; nothing was sent" in receipt.answer
    assert inbox.mails == []


@pytest.mark.parametrize("how", ["starttls", "tls"])
@pytest.mark.parametrize("name", ["mx.other.example", "127.0.0.1"])
def test_a_certificate_that_does_not_hold_ends_the_conversation(
    wire: Wire, trusting: Email, authority: trustme.CA, how: str, name: str
) -> None:
    """Another's name by an authority that we trust, and our name by one that we do not."""
    inbox = Inbox()
    theirs = _context(authority if name != "127.0.0.1" else trustme.CA(), name)
    options = {"tls": theirs} if how == "tls" else {"tls_context": theirs}
    with mail_server(inbox, **options) as port:
        receipt = _sent(trusting, a_channel(port, tls=how), wire)
    assert receipt.verdict is Verdict.PERMANENT
    assert "certificate" in receipt.answer
    assert inbox.mails == []


def test_mail_for_another_machine_is_never_sent_in_the_open(wire: Wire) -> None:
    smtp = Smtp(host="smtp.acme.example", port=25, sender="a@acme.example", tls="none")
    receipt = _sent(Email(), replace(a_channel(), smtp=smtp), wire)
    assert receipt.verdict is Verdict.PERMANENT
    assert "unencrypted" in receipt.answer


def test_a_private_server_is_reached_only_if_the_operator_names_it(trusting: Email) -> None:
    """The name is the policy's; that it leads inside is known when it is looked up."""
    smtp = Smtp(host="smtp.acme.example", port=587, sender="a@acme.example")
    inside = Wire(http=Outgoing(resolve=lambda _host, _port: ("10.1.2.3",)))
    receipt = _sent(trusting, replace(a_channel(), smtp=smtp), inside)
    assert receipt.verdict is Verdict.PERMANENT
    assert receipt.answer == (
        "smtp.acme.example (10.1.2.3) is not a public address; the operator can allow it in DBT_ALERTS_ALLOW_PRIVATE"
    )


def test_a_server_that_the_operator_names_is_reached_where_its_name_leads(
    authority: trustme.CA, trusting: Email
) -> None:
    """The address that was judged is the one that is connected to; the certificate is judged for the name."""
    inbox = Inbox()
    with mail_server(inbox, tls_context=_context(authority, "smtp.acme.example")) as port:
        smtp = Smtp(host="smtp.acme.example", port=port, sender="a@acme.example")
        wire = Wire(http=Outgoing(allowed_hosts={"smtp.acme.example"}, resolve=lambda _host, _port: ("127.0.0.1",)))
        assert _sent(trusting, replace(a_channel(), smtp=smtp), wire).verdict is Verdict.DONE
    assert len(inbox.mails) == 1


def test_a_name_that_nobody_knows_can_be_tried_again(trusting: Email) -> None:
    def nobody(host: str, port: int) -> tuple[str, ...]:
        raise OSError

    smtp = Smtp(host="smtp.acme.example", port=587, sender="a@acme.example")
    receipt = _sent(trusting, replace(a_channel(), smtp=smtp), Wire(http=Outgoing(resolve=nobody)))
    assert receipt.verdict is Verdict.TRANSIENT
    assert receipt.answer == "smtp.acme.example:587 is not reached: its name is not known"


# --- who we are -----------------------------------------------------------------------------------------------------
def test_a_wrong_password_is_told_and_not_shown(wire: Wire) -> None:
    with mail_server(Inbox(), auth_required=True) as port:
        receipt = _sent(Email(), a_channel(port, user="alerts", password="hunter22"), wire)
    assert receipt.verdict is Verdict.PERMANENT
    assert receipt.answer.startswith("AUTH: 535")
    assert "hunter22" not in receipt.answer


def test_a_password_that_is_not_ascii_is_a_plain_refusal(wire: Wire) -> None:
    with mail_server(Inbox(), auth_required=True) as port:
        receipt = _sent(Email(), a_channel(port, user="alerts", password="pässwort"), wire)
    assert receipt.verdict is Verdict.PERMANENT


def test_a_server_that_wants_a_login_refuses_who_gives_none(wire: Wire) -> None:
    with mail_server(Inbox(), auth_required=True) as port:
        receipt = _sent(Email(), a_channel(port), wire)
    assert receipt.verdict is Verdict.PERMANENT
    assert "530" in receipt.answer


def test_a_server_without_login_is_told_apart(wire: Wire) -> None:
    with mail_server(Inbox()) as port:
        receipt = _sent(Email(), a_channel(port, user="alerts"), wire)
    assert receipt.verdict is Verdict.PERMANENT
    assert "leave out `smtp.user`" in receipt.answer


def test_a_server_that_repeats_the_password_is_masked() -> None:
    to = a_channel(user="alerts")
    shown = Email().redact(f"535 bad login {PASSWORD} AGFsZXJ0cwBjb3JyZWN0IGhvcnNl", to)
    assert shown == f"535 bad login {MASK} {MASK}"


# --- what the answers mean ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("451 4.3.0 try again", Verdict.TRANSIENT),
        ("452 4.2.2 no room", Verdict.THROTTLED),
        ("421 4.7.28 sending rate is too high", Verdict.THROTTLED),
        ("421 4.3.2 going down", Verdict.TRANSIENT),
        ("552 5.3.4 too large", Verdict.PERMANENT),
        ("554 5.7.1 looks like spam", Verdict.PERMANENT),
    ],
)
def test_an_answer_to_the_content_decides(wire: Wire, answer: str, verdict: Verdict) -> None:
    with mail_server(Inbox(content=answer)) as port:
        receipt = _sent(Email(), a_channel(port), wire)
    assert receipt.verdict is verdict
    assert answer in receipt.answer
    assert receipt.status == int(answer[:3])
    assert (receipt.retry_after is None) == (verdict is Verdict.PERMANENT)


def test_who_of_several_was_refused_is_said(wire: Wire) -> None:
    inbox = Inbox(answers={"gone@acme.example": "550 5.1.1 no such user"})
    with mail_server(inbox) as port:
        receipt = _sent(Email(), a_channel(port, to=("oncall@acme.example", "gone@acme.example")), wire)
    assert receipt.verdict is Verdict.DONE
    assert receipt.untold == ("gone@acme.example",)
    assert "not told: gone@acme.example: 550 5.1.1 no such user" in receipt.answer
    assert inbox.mails[0].rcpt_tos == ["oncall@acme.example"]


@pytest.mark.parametrize(
    ("second", "verdict"),
    [("550 5.1.1 no such user", Verdict.PERMANENT), ("450 4.2.0 greylisted", Verdict.TRANSIENT)],
)
def test_where_nobody_is_taken_one_who_may_be_later_is_worth_another_try(
    wire: Wire, second: str, verdict: Verdict
) -> None:
    inbox = Inbox(answers={"a@acme.example": "550 5.1.1 no such user", "b@acme.example": second})
    with mail_server(inbox) as port:
        receipt = _sent(Email(), a_channel(port, to=("a@acme.example", "b@acme.example")), wire)
    assert receipt.verdict is verdict
    assert "a@acme.example: 550" in receipt.answer
    assert f"b@acme.example: {second}" in receipt.answer
    assert inbox.mails == []


# --- silence --------------------------------------------------------------------------------------------------------
def test_a_connection_that_is_lost_after_the_content_leaves_it_in_doubt(wire: Wire) -> None:
    inbox = Inbox(after=hang_up)
    with mail_server(inbox) as port:
        receipt = _sent(Email(), a_channel(port), wire)
    assert receipt.verdict is Verdict.IN_DOUBT
    assert receipt.vendor_id == inbox.only()["Message-ID"]


def test_a_refused_connection_can_be_tried_again(wire: Wire) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        receipt = _sent(Email(), a_channel(taken.getsockname()[1]), wire)
    assert receipt.verdict is Verdict.TRANSIENT
    assert "refuses connections" in receipt.answer


def _fake_server(act: Callable[[socket.socket], None]) -> tuple[int, Thread]:
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as there:
            act(there)

    thread = Thread(target=serve)
    thread.start()
    return listening.getsockname()[1], thread


def test_a_server_that_greets_and_falls_silent_is_not_waited_for(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """One octet now and then keeps a timeout for each reply from ending; the whole conversation has one, too."""
    monkeypatch.setattr(email_wire, "_WHOLE", 0.05)

    def greet(there: socket.socket) -> None:
        there.sendall(b"220-still")
        while there.recv(1000):
            pass

    port, thread = _fake_server(greet)
    receipt = _sent(Email(), a_channel(port), wire)
    thread.join(5)
    assert receipt.verdict is Verdict.TRANSIENT
    assert 0 < receipt.seconds < 5


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.1 400 Bad Request\r\n", b"554 5.7.1 not from you\r\n", b"\xff\x00" * 5000, b""]
)
def test_what_is_no_mail_server_is_a_verdict_and_no_error(wire: Wire, greeting: bytes) -> None:
    def greet(there: socket.socket) -> None:
        there.sendall(greeting)

    port, thread = _fake_server(greet)
    receipt = _sent(Email(), a_channel(port), wire)
    thread.join(5)
    assert receipt.verdict in {Verdict.PERMANENT, Verdict.TRANSIENT}
    assert receipt.answer.isprintable()
