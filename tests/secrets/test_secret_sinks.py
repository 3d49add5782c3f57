"""The file sink: a secret arrives whole, only where it may, and the one before it stays until it is taken out."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.errors import Refused, RuntimeFailure
from reconciler.model.ledger import Ledger, SubscriptionClaim, SubscriptionState
from reconciler.model.policy import SecretSink, SinkKind
from reconciler.model.problem import Position
from reconciler.model.rotation import Retired, Successor
from reconciler.model.secret import Secret
from reconciler.secrets import FileSink, sink_opener
from reconciler.secrets.holder import Holder
from reconciler.secrets.receipt import fingerprint

SECRET = Secret("whsec-5f1c0e7d")
AT = Position("policy.yml", 3, 5)
HOLDER = Holder(key="finance/lineage", host="cloud.getdbt.com", account_id=7031, manager="acme-data-alerts")
OTHER = replace(HOLDER, key="growth/other")
LEDGER = Ledger(host=HOLDER.host, account_id=HOLDER.account_id, manager=HOLDER.manager)


# --- file -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def sink(tmp_path: Path) -> FileSink:
    return FileSink(tmp_path / "deep" / "lineage.secret", holder=HOLDER)


def test_a_stored_secret_is_the_whole_file_and_private(sink: FileSink) -> None:
    sink.probe()
    receipt = sink.store(SECRET)
    assert sink.target.read_text() == SECRET.reveal()
    assert stat.S_IMODE(sink.target.stat().st_mode) == 0o600
    assert stat.S_IMODE(sink.target.parent.stat().st_mode) == 0o700
    assert sink.confirm(receipt)


def test_the_receipt_tells_the_place_and_a_fingerprint_and_not_the_secret(sink: FileSink) -> None:
    sink.probe()
    receipt = sink.store(SECRET)
    assert receipt == f"file:{sink.target}#{fingerprint(SECRET)}"
    assert SECRET.reveal() not in receipt


def test_a_changed_file_is_not_confirmed(sink: FileSink) -> None:
    sink.probe()
    receipt = sink.store(SECRET)
    sink.target.write_text("another")
    assert not sink.confirm(receipt)


def test_a_probe_leaves_nothing_but_the_folder(sink: FileSink) -> None:
    sink.probe()
    assert list(sink.target.parent.iterdir()) == []


def test_a_folder_that_cannot_be_written_fails_the_probe(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RuntimeFailure, match="cannot be written") as caught:
        FileSink(tmp_path / "file" / "x", holder=HOLDER).probe()
    assert caught.value.next_step


def test_its_own_older_secret_is_replaced(sink: FileSink) -> None:
    sink.probe()
    sink.store(Secret("older"))
    sink.probe()
    assert sink.confirm(sink.store(SECRET))
    assert sink.target.read_text() == SECRET.reveal()


def test_a_file_that_is_not_this_webhooks_is_never_overwritten(sink: FileSink) -> None:
    sink.target.parent.mkdir()
    sink.target.write_text("somebody's")
    for attempt in (sink.probe, lambda: sink.store(SECRET)):
        with pytest.raises(Refused, match="not its file"):
            attempt()
    assert sink.target.read_text() == "somebody's"


def test_two_webhooks_cannot_share_a_file(sink: FileSink) -> None:
    sink.probe()
    sink.store(SECRET)
    with pytest.raises(Refused, match="growth/other"):
        FileSink(sink.target, holder=OTHER).probe()


# --- two accounts ---------------------------------------------------------------------------------------------------
STRANGERS = {
    "account": replace(HOLDER, account_id=7032),
    "host": replace(HOLDER, host="emea.dbt.com"),
    "manager": replace(HOLDER, manager="acme-staging"),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS)
def test_the_same_webhook_elsewhere_never_overwrites_a_secret(sink: FileSink, stranger: Holder) -> None:
    sink.probe()
    receipt = sink.store(SECRET)
    other = FileSink(sink.target, holder=stranger)
    for attempt in (other.probe, lambda: other.store(Secret("staging's")), lambda: other.retire(receipt)):
        with pytest.raises(
            Refused, match=r"holds the one of account 7031 on cloud\.getdbt\.com, manager acme-d"
        ) as caught:
            attempt()
    assert stranger.account in caught.value.message
    assert "a sink of its own" in caught.value.next_step
    assert sink.confirm(receipt)


def former_note(sink: FileSink) -> None:
    """Leave a secret as it was kept before notes spoke of accounts."""
    sink.probe()
    sink.store(SECRET)
    sink.target.with_name("lineage.secret.owner").write_text(HOLDER.key)


CLAIM = SubscriptionClaim(key=HOLDER.key, team="finance", state=SubscriptionState.ARMED)
RECEIPT = f"file:/where/it/was#{fingerprint(SECRET)}"


@pytest.mark.parametrize(
    "known",
    [
        replace(CLAIM, receipt=RECEIPT),
        replace(CLAIM, successor=Successor(id="wsu_2", receipt=RECEIPT)),
        replace(CLAIM, retired=(Retired(id="wsu_1"), Retired(id="wsu_0", receipt=RECEIPT))),
    ],
    ids=["now", "coming", "former"],
)
def test_a_note_without_an_account_is_taken_over_by_whom_the_ledger_has_a_receipt(
    sink: FileSink, known: SubscriptionClaim
) -> None:
    former_note(sink)
    ours = FileSink(sink.target, holder=Holder.of(replace(LEDGER, subscriptions={HOLDER.key: known}), HOLDER.key))
    ours.probe_rotation()
    ours.add(Secret("newer"))
    assert sink.target.with_name("lineage.secret.owner").read_text() == HOLDER.note
    assert sink.target.read_text() == f"newer\n{SECRET.reveal()}"


@pytest.mark.parametrize(
    "known",
    [
        {},
        {HOLDER.key: CLAIM},
        {HOLDER.key: replace(CLAIM, receipt="file:x#000000000000")},
        {OTHER.key: replace(CLAIM, receipt=RECEIPT)},
    ],
)
def test_a_note_without_an_account_is_nobodys_where_the_ledger_has_no_receipt_for_what_is_there(
    sink: FileSink, known: dict[str, SubscriptionClaim]
) -> None:
    former_note(sink)
    other = FileSink(sink.target, holder=Holder.of(replace(LEDGER, subscriptions=known), HOLDER.key))
    with pytest.raises(Refused, match="an account that its note does not name"):
        other.probe()
    assert sink.target.read_text() == SECRET.reveal()


# --- a death --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("renames", [0, 1, 2])
def test_a_death_while_storing_leaves_nothing_that_the_next_run_may_not_replace(
    sink: FileSink, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    sink.probe()
    rename, left = Path.replace, iter([True] * renames)

    def dying(self: Path, target: Path) -> Path:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        with contextlib.suppress(KeyboardInterrupt):
            sink.store(Secret("lost"))
    sink.probe()
    assert sink.confirm(sink.store(SECRET))
    assert sink.target.read_text() == SECRET.reveal()


# --- two secrets ----------------------------------------------------------------------------------------------------
def test_a_second_secret_stands_before_the_first_one_on_a_line_of_its_own(sink: FileSink) -> None:
    sink.probe()
    old = sink.store(Secret("older"))
    sink.probe_rotation()
    new = sink.add(SECRET)
    assert sink.target.read_text() == f"{SECRET.reveal()}\nolder"
    assert stat.S_IMODE(sink.target.stat().st_mode) == 0o600
    assert sink.confirm(old)
    assert sink.confirm(new)


def test_a_secret_that_is_taken_out_leaves_the_other_bare(sink: FileSink) -> None:
    sink.probe()
    old = sink.store(Secret("older"))
    new = sink.add(SECRET)
    sink.retire(old)
    assert sink.target.read_bytes() == SECRET.reveal().encode()
    assert (sink.confirm(old), sink.confirm(new)) == (False, True)
    sink.retire(old)
    assert sink.confirm(new)


def test_the_last_secret_is_never_taken_out(sink: FileSink) -> None:
    sink.probe()
    sink.retire(sink.store(SECRET))
    assert sink.target.read_text() == SECRET.reveal()


def test_a_secret_that_is_added_twice_is_there_once(sink: FileSink) -> None:
    sink.probe()
    sink.store(Secret("older"))
    sink.add(SECRET)
    sink.add(SECRET)
    assert sink.target.read_text() == f"{SECRET.reveal()}\nolder"


def test_the_first_secret_may_be_added(sink: FileSink) -> None:
    sink.probe_rotation()
    assert sink.confirm(sink.add(SECRET))
    assert sink.target.read_text() == SECRET.reveal()


@pytest.mark.parametrize("step", ["add", "retire", "confirm"])
def test_no_step_reads_or_writes_somebody_elses_file(sink: FileSink, step: str) -> None:
    sink.probe()
    receipt = sink.store(SECRET)
    other = FileSink(sink.target, holder=OTHER)
    with pytest.raises(Refused, match="not its file"):
        getattr(other, step)(SECRET if step == "add" else receipt)
    assert sink.target.read_text() == SECRET.reveal()


@pytest.mark.parametrize("odd", ["two\nlines", "ends\n", ""])
def test_a_secret_that_a_line_cannot_hold_is_refused(sink: FileSink, odd: str) -> None:
    sink.probe()
    sink.store(Secret("older"))
    for attempt in (sink.store, sink.add):
        with pytest.raises(RuntimeFailure, match="not one line"):
            attempt(Secret(odd))
    assert sink.target.read_text() == "older"


def test_a_file_that_is_no_text_is_not_confirmed(sink: FileSink) -> None:
    sink.probe()
    receipt = sink.store(SECRET)
    sink.target.write_bytes(b"\xff\xfe")
    assert not sink.confirm(receipt)


# --- the file itself ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_whatever_the_umask_and_the_mode_before_it_is_private(sink: FileSink, umask: int) -> None:
    before = os.umask(umask)
    try:
        sink.probe()
        sink.store(Secret("older"))
        sink.target.chmod(0o666)
        sink.store(SECRET)
    finally:
        os.umask(before)
    assert stat.S_IMODE(sink.target.stat().st_mode) == 0o600


def test_a_folder_in_which_everybody_may_replace_files_is_refused(sink: FileSink) -> None:
    sink.target.parent.mkdir()
    sink.target.parent.chmod(0o777)
    with pytest.raises(Refused, match="every user") as caught:
        sink.probe()
    assert "chmod o-w" in caught.value.next_step
    sink.target.parent.chmod(0o1777)
    sink.probe()


@pytest.mark.parametrize("step", ["store", "add"])
def test_a_full_disk_leaves_the_file_as_it_was(sink: FileSink, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    sink.probe()
    receipt = sink.store(Secret("older"))

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(RuntimeFailure, match="No space left") as caught:
            getattr(sink, step)(SECRET)
    assert SECRET.reveal() not in repr(caught.value)
    assert sink.confirm(receipt)
    assert sorted(each.name for each in sink.target.parent.iterdir()) == ["lineage.secret", "lineage.secret.owner"]


def test_a_link_is_not_followed(sink: FileSink, tmp_path: Path) -> None:
    sink.target.parent.mkdir()
    sink.target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Refused):
        sink.probe()


# --- where a policy may put it --------------------------------------------------------------------------------------
def opened(base: Path, path: str | None, *, durable: str = "") -> object:
    opener = sink_opener(ledger=LEDGER, base=base, environ={"DBT_ALERTS_DURABLE": durable}, check=lambda _: None)
    return opener(SecretSink(kind=SinkKind.FILE, at=AT, path=path), "finance/lineage")


def test_a_path_under_the_working_directory_will_do(tmp_path: Path) -> None:
    assert isinstance(opened(tmp_path, ".dbt-alerts/x.secret"), FileSink)


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "link/x", "", None, ".", "a/.."])
def test_a_path_that_leaves_the_working_directory_is_refused(tmp_path: Path, path: str | None) -> None:
    base = tmp_path / "repo"
    base.mkdir()
    (base / "link").symlink_to(tmp_path)
    with pytest.raises(Refused, match=r"policy\.yml:3:5"):
        opened(base, path)


def test_the_operator_may_name_a_folder_elsewhere(tmp_path: Path) -> None:
    base, kept = tmp_path / "repo", tmp_path / "kept"
    base.mkdir()
    assert isinstance(opened(base, str(kept / "x"), durable=str(kept)), FileSink)


def test_the_check_of_the_caller_is_asked(tmp_path: Path) -> None:
    asked: list[Path] = []
    opener = sink_opener(ledger=LEDGER, base=tmp_path, environ={}, check=asked.append)
    opener(SecretSink(kind=SinkKind.FILE, at=AT, path="x"), "a/b")
    assert asked == [tmp_path / "x"]
