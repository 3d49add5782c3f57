"""Claims on model notifications as the ledger's text keeps them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.ledger.codec import DamagedLedgerError, decode, encode
from reconciler.model.ledger import Ledger
from reconciler.model.model_notifications import ModelClaim, ModelOutcome

SETS = st.frozensets(st.sampled_from(list(ModelOutcome)))
CLAIMS = st.builds(
    ModelClaim,
    environment_id=st.integers(1, 5),
    project_id=st.integers(1, 9),
    team=st.text(min_size=1, max_size=5),
    applied=st.dictionaries(st.sampled_from(list(ModelOutcome)), st.booleans()),
    pending=SETS,
    found=SETS,
    at=st.text(max_size=5),
)


def ledger(*claims: ModelClaim) -> Ledger:
    models = {claim.environment_id: claim for claim in claims}
    return Ledger(host="ab123.us1.dbt.com", account_id=7, manager="acme", models=models)


@given(st.lists(CLAIMS))
def test_what_is_written_is_read_back(claims: list[ModelClaim]) -> None:
    kept = ledger(*claims)
    read = decode(encode(kept))
    assert read.models == kept.models
    assert [claim.at for claim in read.models.values()] == [kept.models[number].at for number in read.models]


@pytest.mark.parametrize("value", ['"yes"', "1", "null"])
def test_an_outcome_that_is_neither_on_nor_off_is_damage(value: str) -> None:
    text = encode(ledger(ModelClaim(environment_id=1, project_id=2, team="t", applied={ModelOutcome.FAILURE: True})))
    with pytest.raises(DamagedLedgerError):
        decode(text.replace('"failure": true', f'"failure": {value}'))
