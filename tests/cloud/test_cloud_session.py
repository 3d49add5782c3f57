"""Opening a client: TLS is verified, the operator's CA counts, and loopback needs nobody in between."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.cloud import Reader, open_client
from reconciler.errors import Refused, RuntimeFailure, TransportError
from reconciler.model.secret import Secret
from reconciler.sandbox import RunningSandbox, SandboxOptions, start


@pytest.fixture(scope="module")
def over_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    with start(SandboxOptions(tls=True, tls_dir=tmp_path_factory.mktemp("tls"))) as sandbox:
        yield sandbox


def test_a_certificate_of_the_operators_own_ca_is_good(
    over_tls: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(over_tls.ca_file))
    with open_client(host=over_tls.url, token=Secret(over_tls.token)) as client:
        assert Reader(client, over_tls.account_id).inventory().jobs


def test_a_certificate_of_a_stranger_is_not(over_tls: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with (
        open_client(host=over_tls.url, token=Secret(over_tls.token)) as client,
        pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED") as raised,
    ):
        Reader(client, over_tls.account_id).subscription("wsu_x")
    assert "SSL_CERT_FILE" in raised.value.next_step
    assert over_tls.control.log(path="*/subscription/wsu_x") == []


def test_no_proxy_of_the_environment_stands_before_loopback(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with open_client(host=sandbox.url, token=Secret(sandbox.token)) as client:
        assert Reader(client, sandbox.account_id).inventory().jobs


@pytest.mark.parametrize("host", ["https://evil.example", "http://ab123.us1.dbt.com", "file:///etc/passwd"])
def test_a_host_that_must_not_get_the_token_is_refused_before_anything_is_opened(host: str) -> None:
    with pytest.raises(Refused):
        open_client(host=host, token=Secret("dbtc_x"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://127.0.0.1:1"),
        ("HTTPS_PROXY", "ftp://someone:hunter2@127.0.0.1"),
        ("SSL_CERT_FILE", "missing.pem"),
        ("SSL_CERT_FILE", __file__),
    ],
)
def test_a_proxy_or_ca_bundle_of_no_use_is_said_with_its_way_out(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(RuntimeFailure, match="proxy or CA bundle cannot be used") as raised:
        open_client(host="ab123.us1.dbt.com", token=Secret("dbtc_x"))
    assert name in raised.value.next_step
    assert "hunter2" not in raised.value.message
