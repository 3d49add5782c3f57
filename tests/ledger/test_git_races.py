"""Who may write when: leases, races between real clones, pushes whose answer is lost, runs that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.errors import LedgerError, Refused
from reconciler.http import Pace
from reconciler.ledger.git_command import GitAnswer, run_process
from reconciler.ledger.git_lease import LEASE_TIME
from reconciler.model.ledger import LedgerWrite
from tests.ledger.git_lab import ACCOUNT, BRANCH, HOST, NOON, WRITE, Lab, claimed, jobs_of, load, save

LEASE = f"{HOST}/{ACCOUNT}/lease"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab.open(tmp_path)


def by(actor: str) -> LedgerWrite:
    return replace(WRITE, actor=actor)


# --- the lease -----------------------------------------------------------------------------------------------------
def test_a_run_that_saves_nothing_leaves_no_trace(lab: Lab) -> None:
    store = lab.store()
    with store.hold(load(store), write=WRITE):
        pass
    assert not lab.exists()


def test_the_first_save_takes_the_lease_and_the_end_gives_it_back(lab: Lab) -> None:
    store = lab.store()
    with store.hold(load(store), write=by("maria")):
        ledger = save(store, claimed(load(store), 1), "intent: 1 write(s)")
        assert '"actor": "maria"' in lab.files()[LEASE]
        save(store, claimed(ledger, 2), "done: 1 action(s)")
    assert LEASE not in lab.files()
    assert lab.subjects() == ["acme: lease given back", "acme: done: 1 action(s)", "acme: intent: 1 write(s)"]
    assert lab.notices == []


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_exception_gives_the_lease_back(lab: Lab, error: type[BaseException]) -> None:
    store = lab.store()
    ledger = load(store)

    def stopped() -> None:
        with store.hold(ledger, write=WRITE):
            save(store, claimed(ledger, 1))
            raise error

    with pytest.raises(error):
        stopped()
    assert len(lab.subjects()) == 2
    assert LEASE not in lab.files()


def test_while_one_writes_every_manager_of_the_account_waits(lab: Lab) -> None:
    first, second = lab.store(), lab.store()
    theirs = load(second, "growth")
    with first.hold(load(first), write=by("maria")):
        save(first, claimed(load(first), 1))
        with pytest.raises(LedgerError, match=r"maria for acme.*expires at 2026-03-02T12:30:00") as caught:  # noqa: SIM117
            with second.hold(theirs, write=by("noah")):
                save(second, claimed(theirs, 2))
        assert "wait" in caught.value.next_step
        late = lab.store()
        with pytest.raises(LedgerError, match="holds"), late.hold(load(late, "growth"), write=WRITE):
            pytest.fail("the block must not start")
        assert late.lease(HOST, ACCOUNT) is not None
    after = lab.store()
    with after.hold(load(after, "growth"), write=WRITE):
        save(after, claimed(load(after, "growth"), 2))
    assert jobs_of(load(lab.store(), "growth")) == {2}
    assert lab.notices == []


def test_other_accounts_do_not_wait(lab: Lab) -> None:
    first, second = lab.store(), lab.store()
    theirs = load(second, "acme", 8)
    with first.hold(load(first), write=WRITE):
        mine = save(first, claimed(load(first), 1))
        with second.hold(theirs, write=WRITE):
            save(second, claimed(theirs, 2))
            save(first, claimed(mine, 3))
    assert (jobs_of(load(lab.store())), jobs_of(load(lab.store(), "acme", 8))) == ({1, 3}, {2})
    assert not [name for name in lab.files() if name.endswith("lease")]


@pytest.mark.parametrize("manager", ["acme", "growth"])
def test_what_was_written_since_the_plan_sends_it_back(lab: Lab, manager: str) -> None:
    slow, fast = lab.store(), lab.store()
    planned = load(slow)
    save(fast, claimed(load(fast, manager), 1))
    with slow.hold(planned, write=WRITE), pytest.raises(LedgerError, match="meanwhile") as caught:
        save(slow, claimed(planned, 2))
    assert "run again" in caught.value.next_step
    assert lab.notices == []
    assert jobs_of(load(lab.store(), manager)) == {1}


# --- a run that died -----------------------------------------------------------------------------------------------
def died(lab: Lab, manager: str = "acme") -> None:
    """Leave what a killed run leaves: a lease, and nobody who gives it back."""
    store = lab.store()
    held = store.hold(load(store, manager), write=by("maria"))
    held.__enter__()
    save(store, claimed(load(store, manager), 1))
    store._lease = None


def test_an_expired_lease_still_holds_until_somebody_breaks_it(lab: Lab) -> None:
    died(lab)
    lab.clock.sleep(LEASE_TIME.total_seconds())
    store = lab.store()
    with pytest.raises(LedgerError, match="did not end") as caught, store.hold(load(store, "growth"), write=WRITE):
        pytest.fail("the block must not start")
    assert "dbt-alerts ledger unlock" in caught.value.next_step
    broken = lab.store().unlock(HOST, ACCOUNT, write=by("noah"))
    assert broken is not None
    assert broken.actor == "maria"
    assert lab.subjects()[0].startswith("acme: broke the expired lease of maria for acme")
    assert "Actor: noah" in lab.messages()
    with store.hold(load(store, "growth"), write=WRITE):
        save(store, claimed(load(store, "growth"), 2))


def test_a_lease_that_has_not_expired_is_not_broken(lab: Lab) -> None:
    died(lab)
    lab.clock.sleep(LEASE_TIME.total_seconds() - 1)
    with pytest.raises(Refused, match="has not expired") as caught:
        lab.store().unlock(HOST, ACCOUNT, write=by("noah"))
    assert "12:30:00" in caught.value.next_step
    assert LEASE in lab.files()


def test_who_knows_that_the_run_is_dead_need_not_wait(lab: Lab) -> None:
    died(lab)
    store = lab.store()
    lease = store.lease(HOST, ACCOUNT)
    assert lease is not None
    with pytest.raises(Refused, match="has not expired") as caught:
        store.unlock(HOST, ACCOUNT, write=by("noah"), vouched="another-run")
    assert f"--run {lease.run}" in caught.value.next_step
    assert store.unlock(HOST, ACCOUNT, write=by("noah"), vouched=lease.run) == lease
    assert LEASE not in lab.files()


def test_without_a_lease_there_is_nothing_to_break(lab: Lab) -> None:
    assert lab.store().unlock(HOST, ACCOUNT, write=WRITE) is None
    assert not lab.exists()


def test_a_lease_outlives_the_longest_run(lab: Lab) -> None:
    assert timedelta(seconds=2 * Pace().deadline) <= LEASE_TIME


def test_a_run_whose_lease_was_broken_writes_no_more(lab: Lab) -> None:
    slow = lab.store()
    with slow.hold(load(slow), write=by("maria")):
        ledger = save(slow, claimed(load(slow), 1))
        lab.clock.sleep(LEASE_TIME.total_seconds())
        lab.store().unlock(HOST, ACCOUNT, write=by("noah"))
        with pytest.raises(LedgerError, match="broke this run's lease"):
            save(slow, claimed(ledger, 2))
        other = lab.store()
        with other.hold(load(other), write=by("noah")):
            save(other, claimed(load(other), 3))
            with pytest.raises(LedgerError, match="another run holds"):
                save(slow, claimed(ledger, 2))
    assert jobs_of(load(lab.store())) == {1, 3}
    assert "broke this run's lease" in lab.notices[0]


@pytest.mark.parametrize("text", ["{", "[]", '{"run": 1}', '{"run": "r", "manager": "m", "actor": "a"}'])
def test_a_damaged_lease_holds(lab: Lab, text: str) -> None:
    store = lab.store()
    save(store, claimed(load(store), 1))
    lab.edit(LEASE, text)
    with pytest.raises(LedgerError, match=r"lease .* is damaged"), store.hold(load(store), write=WRITE):
        pytest.fail("the block must not start")


# --- races of real clones ------------------------------------------------------------------------------------------
def test_of_many_that_start_the_branch_exactly_one_wins(lab: Lab) -> None:
    stores = [lab.store() for _ in range(6)]
    loaded = [load(store) for store in stores]

    def attempt(place: int) -> bool:
        try:
            save(stores[place], claimed(loaded[place], place + 1))
        except LedgerError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        won = [place for place, ok in enumerate(pool.map(attempt, range(6))) if ok]
    assert len(won) == 1
    assert jobs_of(load(lab.store())) == {won[0] + 1}
    assert len(lab.subjects()) == 1


@pytest.mark.parametrize("one_clone", [False, True])
def test_three_managers_at_once_lose_nothing(lab: Lab, one_clone: bool) -> None:
    """Each applies again until it succeeds; every winner's write stands in the history, in one line of commits."""
    managers = ("acme", "growth", "platform")
    inside, most = 0, 0
    guard = threading.Lock()
    shared = lab.clone("--depth=1")
    clones = {manager: shared if one_clone else lab.clone("--depth=1") for manager in managers}

    def apply(manager: str, job: int) -> None:
        nonlocal inside, most
        for _ in range(200):
            store = lab.store(clones[manager])
            ledger = load(store, manager)
            try:
                with store.hold(ledger, write=by(manager)):
                    saved = save(store, ledger, f"intent {job}")
                    with guard:
                        inside += 1
                        most = max(most, inside)
                    try:
                        save(store, claimed(saved, job), f"done {job}")
                    finally:
                        with guard:
                            inside -= 1
            except LedgerError:
                continue
            return
        pytest.fail(f"{manager} never got its turn")

    def work(manager: str) -> None:
        for job in (1, 2, 3):
            apply(manager, job)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, managers))
    assert most == 1, "two runs wrote at once"
    for manager in managers:
        ledger = load(lab.store(), manager)
        assert jobs_of(ledger) == {1, 2, 3}
        wanted = [f"intent {job}" if half == 0 else f"done {job}" for job in (1, 2, 3) for half in (0, 1)]
        assert [entry.what for entry in ledger.log] == wanted
        told = [line.partition(": ")[2] for line in reversed(lab.subjects()) if line.startswith(f"{manager}: ")]
        assert [line for line in told if line != "lease given back"] == wanted
    assert LEASE not in lab.files()
    assert lab.notices == []


def test_four_accounts_at_once_on_one_branch_all_get_through(lab: Lab) -> None:
    stores = [lab.store() for _ in range(4)]

    def apply(place: int) -> None:
        ledger = load(stores[place], "acme", place + 1)
        with stores[place].hold(ledger, write=WRITE):
            save(stores[place], claimed(save(stores[place], ledger), place + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(apply, range(4)))
    assert [jobs_of(load(lab.store(), "acme", place)) for place in (1, 2, 3, 4)] == [{1}, {2}, {3}, {4}]
    assert len(lab.subjects()) == 12


# --- answers that are lost -----------------------------------------------------------------------------------------
def flaky(broken: Callable[[int], str]) -> Callable[..., GitAnswer]:
    """Return git whose n-th push fails: `before` it is sent, `after` it arrived, or not at all."""
    pushes = iter(range(1, 1000))

    def run(
        arguments: Sequence[str], stdin: bytes, environ: Mapping[str, str], folder: Path, seconds: float
    ) -> GitAnswer:
        if "push" not in arguments:
            return run_process(arguments, stdin, environ, folder, seconds)
        when = broken(next(pushes))
        lost = GitAnswer(code=128, err="fatal: unable to access: Connection reset")
        if when == "before":
            return lost
        answer = run_process(arguments, stdin, environ, folder, seconds)
        return lost if when == "after" else answer

    return run


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_push_that_failed_once_is_looked_for_and_made_once(lab: Lab, when: str) -> None:
    store = lab.store(run=flaky(lambda number: when if number in {1, 3, 5} else ""))
    with store.hold(load(store), write=WRITE):
        ledger = save(store, claimed(load(store), 1), "one")
        save(store, claimed(ledger, 2), "two")
    assert lab.subjects() == ["acme: lease given back", "acme: two", "acme: one"]
    assert lab.notices == []


def test_a_save_after_one_that_failed_still_takes_the_lease(lab: Lab) -> None:
    store = lab.store(run=flaky(lambda number: "before" if number <= 4 else ""))
    ledger = load(store)
    with store.hold(ledger, write=WRITE):
        with pytest.raises(LedgerError, match="cannot be written"):
            save(store, claimed(ledger, 1))
        save(store, claimed(ledger, 2))
        assert LEASE in lab.files()
    assert lab.subjects() == ["acme: lease given back", "acme: test"]


def test_a_push_that_arrived_and_was_built_upon_is_not_made_again(lab: Lab) -> None:
    """Our push arrives, its answer does not, and before we look another account writes."""

    def run(
        arguments: Sequence[str], stdin: bytes, environ: Mapping[str, str], folder: Path, seconds: float
    ) -> GitAnswer:
        answer = run_process(arguments, stdin, environ, folder, seconds)
        if "push" in arguments and not wrote:
            wrote.append(True)
            other = lab.store()
            save(other, claimed(load(other, "acme", 8), 9), "theirs")
            return GitAnswer(code=124, err="fatal: git push took longer than 180 s")
        return answer

    wrote: list[bool] = []
    store = lab.store(run=run)
    with store.hold(load(store), write=WRITE):
        save(store, claimed(load(store), 1), "ours")
    assert lab.subjects() == ["acme: lease given back", "acme: theirs", "acme: ours"]


def test_a_remote_that_goes_away_in_between_says_that_nothing_is_known(lab: Lab) -> None:
    away = lab.folder / "away.git"

    def run(
        arguments: Sequence[str], stdin: bytes, environ: Mapping[str, str], folder: Path, seconds: float
    ) -> GitAnswer:
        answer = run_process(arguments, stdin, environ, folder, seconds)
        if "push" in arguments:
            lab.remote.rename(away)
            return GitAnswer(code=128, err="fatal: the remote end hung up unexpectedly")
        return answer

    store = lab.store(run=run)
    with store.hold(load(store), write=WRITE), pytest.raises(LedgerError, match="is unknown") as caught:
        save(store, claimed(load(store), 1))
    assert "run again" in caught.value.next_step
    assert "was not given back" in lab.notices[0]
    assert "ledger unlock" in lab.notices[0]
    away.rename(lab.remote)
    assert jobs_of(load(lab.store())) == {1}


def test_a_timeout_ends_git_and_what_it_started(tmp_path: Path) -> None:
    answer = run_process(["sh", "-c", "sleep 30 & sleep 30"], b"", {"PATH": os.environ["PATH"]}, tmp_path, 0.2)
    assert answer.code == 124
    assert "took longer than 0.2 s" in answer.err


# --- a process that is killed ----------------------------------------------------------------------------------------
_RUN = """
import os, signal, sys
from pathlib import Path
from tests.ledger.git_lab import Lab, WRITE, claimed, load, save
from reconciler.ledger.git_command import run_process

moment, number = sys.argv[3], int(sys.argv[4])
pushes = 0

def run(arguments, stdin, environ, folder, seconds):
    global pushes
    if "push" not in arguments:
        return run_process(arguments, stdin, environ, folder, seconds)
    pushes += 1
    if (moment, number) == ("pushing", pushes):
        os.kill(os.getpid(), signal.SIGKILL)
    answer = run_process(arguments, stdin, environ, folder, seconds)
    if (moment, number) == ("pushed", pushes):
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

lab = Lab(folder=Path(sys.argv[1]), remote=Path(sys.argv[1]) / "remote.git")
store = lab.store(Path(sys.argv[2]), run=run)
with store.hold(load(store), write=WRITE):
    save(store, claimed(save(store, claimed(load(store), 1), "intent"), 2), "done")
"""


@pytest.mark.crash
@pytest.mark.parametrize(
    ("moment", "number", "jobs", "held"),
    [
        ("pushing", 1, set[int](), False),
        ("pushed", 1, {1}, True),
        ("pushing", 2, {1}, True),
        ("pushed", 2, {1, 2}, True),
        ("pushing", 3, {1, 2}, True),
        ("pushed", 3, {1, 2}, False),
    ],
)
def test_killed_at_any_push_the_next_run_goes_on(
    lab: Lab, moment: str, number: int, jobs: set[int], held: bool
) -> None:
    clone = lab.clone("--depth=1")
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(lab.folder), str(clone), moment, str(number)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    store = lab.store(clone)
    assert jobs_of(load(store)) == jobs
    lease = store.lease(HOST, ACCOUNT)
    assert (lease is not None) == held
    if lease is not None:
        assert lease.expires_at == NOON + LEASE_TIME
        lab.clock.sleep(LEASE_TIME.total_seconds())
        assert store.unlock(HOST, ACCOUNT, write=by("noah")) is not None
    with store.hold(load(store), write=WRITE):
        save(store, claimed(load(store), 1, 2, 3))
    assert jobs_of(load(lab.store())) == {1, 2, 3}
    assert BRANCH in str(store)
