"""Keys are functions of what they name: a new recipient never renames an old one, and no two meet."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.importing import sayable
from reconciler.importing.naming import channel_name, file_names, set_apart, slug, team_names
from reconciler.model.edge import RecipientKey, compared_address
from reconciler.model.inventory import Project
from tests.importing.import_world import ODD_NAMES, addresses, slack_ids

texts = st.sampled_from([name for name in ODD_NAMES if len(name) < 50]) | st.text(max_size=20)
recipients = st.one_of(
    st.tuples(st.integers(1, 3).map(RecipientKey.user), addresses | texts, st.just(None)),
    st.tuples((addresses | texts).map(RecipientKey.email), st.just(""), st.just(None)),
    st.tuples((slack_ids | texts).map(RecipientKey.slack), st.just(""), st.none() | texts),
    st.tuples((slack_ids | texts).map(RecipientKey.slack_app), st.just(""), st.none() | texts),
)


@given(st.lists(recipients, max_size=20, unique_by=lambda each: each[0]))
def test_different_recipients_never_share_a_key_and_every_key_can_be_one(
    found: list[tuple[RecipientKey, str, str | None]],
) -> None:
    people = {compared_address(address) for key, address, _ in found if key.kind == "user"}
    if len(people) < len([key for key, _, _ in found if key.kind == "user"]):
        return  # users who share an e-mail are left out of an import
    names = [channel_name(key, address=address, shown=shown) for key, address, shown in found]
    assert len(set(names)) == len(found)
    assert all(map(sayable.team, names)), names


def test_keys_read_as_people_would_write_them() -> None:
    assert channel_name(RecipientKey.user(7), address="Maria@Acme.example") == "maria@acme.example"
    assert channel_name(RecipientKey.email("ops@acme.example")) == "mail/ops@acme.example"
    assert channel_name(RecipientKey.slack("C0123456789"), shown="#data-alerts") == "slack/data-alerts-C0123456789"
    assert channel_name(RecipientKey.slack("C0123456789"), shown="🚀") == "slack/C0123456789"
    assert channel_name(RecipientKey.slack_app("C0123456789"), shown="#ops") == "slack-app/ops-C0123456789"


def test_a_person_and_an_address_of_the_same_text_are_two() -> None:
    assert channel_name(RecipientKey.user(1), address="a@b.c") != channel_name(RecipientKey.email("a@b.c"))


def test_set_apart_keeps_the_word_and_adds_the_identity() -> None:
    apart = set_apart("maria", RecipientKey.user(7))
    assert apart.startswith("maria~")
    assert apart != set_apart("maria", RecipientKey.user(8))


@given(st.lists(texts, max_size=8), texts)
def test_a_new_project_never_renames_an_old_team(names: list[str], new: str) -> None:
    old = [Project(id=number, name=name) for number, name in enumerate(names)]
    before = team_names(old)
    after = team_names([Project(id=len(names), name=new), *reversed(old)])
    assert {number: after[number] for number in before} == dict(before)
    assert len(set(after.values())) == len(after)
    assert all(map(sayable.team, after.values()))


@given(st.sets(texts.filter(bool), max_size=12))
def test_every_team_has_a_file_of_its_own_that_the_loader_reads_whatever_the_disk_thinks_of_case(
    teams: set[str],
) -> None:
    names = file_names(teams)
    assert len({name.casefold() for name in names.values()}) == len(teams)
    for name in names.values():
        assert not name.endswith("-baseline")
        assert not name.startswith(".")
        assert not set(name) & set('/\\:*?"<>|\0')
        assert 0 < len(name.encode()) < 250


def test_a_word_for_people() -> None:
    assert [slug(text) for text in ("Finance (EU)", "\uff21\uff3fb", "--", "Straße", "x" * 99)] == [
        "finance-eu", "a-b", "", "strasse", "x" * 60]  # fmt: skip


def test_a_file_name_is_never_longer_than_a_file_system_takes() -> None:
    far = "\U00020000"
    alike = [far * 70, far * 71]  # both are cut to the same letters, and set apart behind them
    names = file_names([*alike, far * 60, far * 59, far * 58 + "-baseline", "x" * 500])
    assert len(set(names.values())) == 6
    assert max(len(f"{name}.yml".encode()) for name in names.values()) <= 255
