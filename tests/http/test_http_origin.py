"""Where the token may go (design §8): the policy's `host` is untrusted text."""

import pytest

from reconciler.errors import Refused
from reconciler.http import trusted_origin


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("ab123.us1.dbt.com", "https://ab123.us1.dbt.com"),
        ("https://AB123.us1.dbt.com/", "https://ab123.us1.dbt.com"),
        ("https://cloud.getdbt.com/api", "https://cloud.getdbt.com"),
        ("https://cloud.getdbt.com/api/", "https://cloud.getdbt.com"),
        ("emea.dbt.com:443", "https://emea.dbt.com:443"),
        (" cloud.getdbt.com\n", "https://cloud.getdbt.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.8.9.1", "http://127.8.9.1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("https://localhost:8443", "https://localhost:8443"),
    ],
)
def test_a_host_of_dbt_cloud_or_of_this_machine_is_an_origin(host: str, url: str) -> None:
    assert trusted_origin(host).url == url


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "dbt.com",
        "getdbt.com",
        "evildbt.com",
        "cloud.getdbt.com.evil.example",
        "cloud.getdbt.com:8443",
        "cloud.getdbt.com@evil.example",
        "https://user:pw@cloud.getdbt.com",
        "https://evil.example/.dbt.com",
        "https://evil.example#.dbt.com",
        "https://evil.example?.dbt.com",
        "https://evil.example\\.dbt.com",
        "https://evil.example\t.dbt.com",
        "https://evil.example%2f.dbt.com",
        "https://evil。dbt。com",
        "cloud.getdbt.com/api/v2",
        "cloud.getdbt.com.",
        "ftp://cloud.getdbt.com",
        "file:///etc/passwd",
        "http://127.1:80",
        "http://2130706433",
        "http://0.0.0.0",
        "http://localhost.evil.example",
        "cloud.getdbt.com:99999",
        "[::2]",
        "",
        "x" * 100_000,
    ],
)
def test_anything_else_never_gets_the_token(host: str) -> None:
    with pytest.raises(Refused) as refused:
        trusted_origin(host)
    assert refused.value.next_step
    assert len(refused.value.message) < 400


@pytest.mark.parametrize("host", ["http://cloud.getdbt.com", "http://dbt.acme.example"])
def test_plain_http_is_for_loopback_only(host: str) -> None:
    with pytest.raises(Refused, match="without TLS"):
        trusted_origin(host, trusted_hosts=("dbt.acme.example",))


@pytest.mark.parametrize("listed", ["dbt.acme.example", "DBT.acme.example:8443", " dbt.acme.example "])
def test_the_operator_may_trust_a_host_with_every_port_or_with_one(listed: str) -> None:
    assert trusted_origin("dbt.acme.example:8443", trusted_hosts=(listed,)).authority == "dbt.acme.example:8443"


@pytest.mark.parametrize("listed", ["acme.example", "*.acme.example", "dbt.acme.example:443", ""])
def test_a_trusted_name_stands_for_itself_only(listed: str) -> None:
    with pytest.raises(Refused, match="is not a host of dbt Cloud"):
        trusted_origin("dbt.acme.example:8443", trusted_hosts=(listed,))
