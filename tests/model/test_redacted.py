"""URLs that can be compared but not used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.model.redacted import is_redacted, redact_url

KEYS = st.text("0123456789abcdef", min_size=32, max_size=32)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://hooks.chat.example/services/T0/secret?k=v#f", "https://hooks.chat.example"),
        ("https://user:password@relay.example:8443/dbt", "https://relay.example:8443"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("https://HOOKS.example", "https://hooks.example"),
        ("https://x.example:bad/secret", ""),
        ("http://[", ""),
        ("secret", ""),
        ("", ""),
    ],
)
def test_scheme_host_and_port_are_left(url: str, origin: str) -> None:
    shown, _, digest = redact_url(url, "key").rpartition("/redacted-")
    assert (shown, len(digest)) == (origin, 32)


@given(one=st.text(), other=st.text(), key=KEYS)
def test_equal_urls_stay_equal_and_others_do_not(one: str, other: str, key: str) -> None:
    assert (redact_url(one, key) == redact_url(other, key)) == (one == other)


@given(url=st.text(), key=KEYS, other=KEYS)
def test_another_key_hides_it_differently(url: str, key: str, other: str) -> None:
    assert (redact_url(url, key) == redact_url(url, other)) == (key == other)


@given(url=st.text(), key=KEYS)
def test_a_redacted_url_is_known_as_one(url: str, key: str) -> None:
    assert is_redacted(redact_url(url, key))


@pytest.mark.parametrize("url", ["https://x.example/", "https://x.example/redacted-abc", "", "/redacted-" + "g" * 32])
def test_any_other_is_not(url: str) -> None:
    assert not is_redacted(url)
