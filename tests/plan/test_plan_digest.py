"""The digest is taken in slices and is that of the whole: SHA-256 of compact JSON with sorted keys."""

import hashlib
import json

import pytest

from reconciler.plan.document import digest_of


@pytest.mark.parametrize("actions", [0, 1, 999, 1_000, 1_001, 2_500])
def test_slices_add_up_to_the_whole(actions: int) -> None:
    document = {
        "z": {"b": 1, "a": "ü"},
        "actions": [{"id": f"add {n}", "do": "add"} for n in range(actions)],
        "k": None,
    }
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert digest_of(document) == f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def test_the_digest_is_not_part_of_itself() -> None:
    assert digest_of({"a": 1, "digest": "sha256:0"}) == digest_of({"a": 1})
