"""A secret shows itself to `reveal()` only."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from dataclasses import dataclass

import pytest

from reconciler.model.secret import MASK, Reference, Secret

VALUE = "hmac-4f1c9d"
SECRET = Secret(VALUE)


@dataclass(frozen=True)
class Holder:
    name: str
    secret: Secret


def test_no_way_of_showing_a_secret_shows_it() -> None:
    shown = [
        repr(SECRET),
        str(SECRET),
        f"{SECRET} {SECRET!r} {SECRET!s} {SECRET!a} {SECRET:>20}",
        "%s %r" % (SECRET, SECRET),  # noqa: UP031 - logging formats like this
        repr(Holder(name="webhook", secret=SECRET)),
        repr({"token": SECRET, "all": [SECRET]}),
    ]
    assert all(MASK in text for text in shown)
    assert not any(VALUE in text for text in shown)


def test_a_width_applies_to_the_mask() -> None:
    assert f"{SECRET:>10}" == f"{MASK:>10}"


def test_it_is_never_serialised_or_copied_into_another_form() -> None:
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError) as refused:
            attempt(SECRET)
        assert VALUE not in "".join(traceback.format_exception(refused.value))


def test_it_has_no_attributes_to_dump() -> None:
    assert not hasattr(SECRET, "__dict__")


def test_equal_values_are_equal_and_text_is_no_secret() -> None:
    assert Secret(VALUE) == SECRET
    assert hash(Secret(VALUE)) == hash(SECRET)
    assert Secret("another") != SECRET
    assert SECRET != VALUE
    assert SECRET.reveal() == VALUE


def test_a_reference_shows_its_name() -> None:
    assert str(Reference("DBT_TOKEN")) == "$DBT_TOKEN"
