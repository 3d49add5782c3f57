"""Where a policy may make us post: https, public, in one spelling; what a name resolves to is judged at the connect."""

import pytest

from reconciler.errors import RuntimeFailure
from reconciler.http.outgoing import Outgoing, Proxy, Returned

SECRET = "T00000000/B00000000/secretsecret"


def post(url: str, *, resolves_to: tuple[str, ...] = ("192.0.2.1",), allow: frozenset[str] = frozenset()) -> Returned:
    out = Outgoing(allowed_hosts=allow, resolve=lambda host, port: resolves_to)
    return out.request("POST", url, body=b"{}", headers={})


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/x",
        "ftp://hooks.example/x",
        "HTTPS://hooks.example/x",
        "https://user@hooks.example/x",
        "https://user:password@hooks.example/x",
        "https://hooks.example/x#fragment",
        "https://hooks.example\\@evil.example/x",
        "https://hooks.example/x y",
        "https://hooks.example/x\r\nHost: evil",
        "https://hooks.example/x\0",
        "https://hooks.exämple/x",
        "https://hooks.example:0/x",
        "https://hooks.example:65536/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "https://127.1/x",
        "https://0177.0.0.1/x",
        "https://[::1/x",
        "https:///x",
        "https://a..b/x",
        "https://" + "a" * 5000,
        "",
    ],
)
def test_a_spelling_that_two_readers_could_read_differently_is_refused(url: str) -> None:
    got = post(url, resolves_to=("8.8.8.8",))
    assert (got.refused, got.status, got.maybe_sent) == (True, None, False)


ANY = "0.0.0.0"  # noqa: S104 - an address to refuse
PRIVATE = [
    "127.0.0.1", "127.8.8.8", ANY, "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "169.254.1.1",
    "100.64.0.1", "100.100.100.200", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "192.88.99.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1", "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe", "2001:db8::1", "192.0.2.1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_inside_is_refused_at_the_connect(address: str) -> None:
    got = post(f"https://hooks.example/services/{SECRET}", resolves_to=(address,))
    assert got.refused
    assert "hooks.example" in got.error
    assert SECRET not in repr(got)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_inside_is_refused(address: str) -> None:
    host = f"[{address.partition('%')[0]}]" if ":" in address else address
    assert post_to_nobody(f"https://{host}/x", "8.8.8.8", "").refused


def test_one_private_address_among_public_ones_spoils_them_all() -> None:
    assert post("https://hooks.example/x", resolves_to=("8.8.8.8", "10.0.0.1")).refused


def test_the_operator_allows_a_host_with_or_without_a_port() -> None:
    for allow in ("intranet.example", "intranet.example:8443", "10.0.0.1", "10.0.0.1:8443", "INTRANET.example"):
        got = post_to_nobody("https://intranet.example:8443/x", "10.0.0.1", allow)
        assert not got.refused, allow
    assert post_to_nobody("https://intranet.example:8443/x", "10.0.0.1", "intranet.example:443").refused
    assert post_to_nobody("https://intranet.example:8443/x", "10.0.0.1", "example").refused


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_a_public_address_is_reached_also_behind_a_nat64(address: str) -> None:
    assert not post_to_nobody("https://hooks.example/x", address, "").refused


def post_to_nobody(url: str, resolves_to: str, allow: str) -> Returned:
    """Post with a clock that has run out, so that nothing is connected to once the address was judged."""
    times = iter([0.0, 0.0, 0.0])
    out = Outgoing(
        allowed_hosts={allow}, resolve=lambda host, port: (resolves_to,), monotonic=lambda: next(times, 99.0)
    )
    return out.request("POST", url, headers={})


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "fe80::1", "224.0.0.1", ANY])
def test_an_allowed_name_never_leads_to_a_cloud_s_metadata(address: str) -> None:
    assert post_to_nobody("https://intranet.example/x", address, "intranet.example").refused


def test_http_is_for_this_machine_only_and_only_where_the_operator_names_it() -> None:
    assert post("http://127.0.0.1:9/x").refused
    assert post("http://intranet.example/x", allow=frozenset({"intranet.example"})).refused
    assert not post("http://127.0.0.1:9/x", resolves_to=("127.0.0.1",), allow=frozenset({"127.0.0.1:9"})).refused


def test_a_name_that_nobody_knows_is_worth_another_try() -> None:
    def unknown(host: str, port: int) -> tuple[str, ...]:
        raise OSError("no such host " + host)

    got = Outgoing(resolve=unknown).request("POST", "https://hooks.example/x", headers={})
    assert (got.refused, got.maybe_sent, got.error) == (
        False,
        False,
        "hooks.example has no address: its name is not known",
    )


@pytest.mark.parametrize("headers", [{"X-Token": "a\r\nHost: evil"}, {"X-Token": "geheim-ü"}, {"X Token": "a"}])
def test_a_header_that_cannot_be_sent_is_refused_and_not_shown(headers: dict[str, str]) -> None:
    allow = frozenset({"127.0.0.1:9"})
    out = Outgoing(allowed_hosts=allow)
    got = out.request("POST", "http://127.0.0.1:9/x", headers=headers)
    assert got.refused
    assert got.error == "127.0.0.1: a header holds what cannot be sent"


# --- the operator's environment -------------------------------------------------------------------------------------
def test_the_operator_s_bases_and_private_hosts_are_allowed() -> None:
    environ = {
        "DBT_ALERTS_BASE_SLACK": "http://127.0.0.1:8580/channels/slack",
        "DBT_ALERTS_ALLOW_PRIVATE": "intranet.example, 10.0.0.5:8443",
        "DBT_ALERTS_BASE_EMAIL": "smtp://127.0.0.1:25",
        "DBT_ALERTS_BASE_ODD": "http://[",
    }
    allowed = Outgoing.of_environ(environ)._allowance.entries
    assert allowed == {"127.0.0.1:8580", "intranet.example", "10.0.0.5:8443"}


def test_a_proxy_is_the_operator_s_and_its_password_is_masked() -> None:
    proxy = Proxy.of_environ({"HTTPS_PROXY": "http://me:password@proxy.example:3128", "NO_PROXY": "acme.example,.corp"})
    assert proxy is not None
    assert "password" not in repr(proxy)
    assert [proxy.leaves_out(host) for host in ("acme.example", "a.acme.example", "a.corp", "notacme.example")] == [
        True, True, True, False,
    ]  # fmt: skip
    assert Proxy.of_environ({"HTTP_PROXY": "http://proxy.example", "ALL_PROXY": "http://proxy.example"}) is None


@pytest.mark.parametrize("proxy", ["proxy.example:3128", "socks5://proxy.example", "http://", "http://a:b"])
def test_a_proxy_that_is_none_is_said_at_once(proxy: str) -> None:
    with pytest.raises(RuntimeFailure, match="HTTPS_PROXY"):
        Outgoing.of_environ({"HTTPS_PROXY": proxy})


def test_behind_a_proxy_an_inner_name_or_address_is_refused_all_the_same() -> None:
    out = Outgoing.of_environ({"HTTPS_PROXY": "http://127.0.0.1:9"})
    for url in ("https://metadata/x", "https://169.254.169.254/x", "https://localhost/x"):
        assert out.request("GET", url, headers={}).refused, url
    got = out.request("GET", "https://hooks.example/x", headers={})
    assert (got.refused, got.maybe_sent) == (False, False)
