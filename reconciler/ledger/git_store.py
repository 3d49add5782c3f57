"""The ledger on a branch of its own: one file per manager, a push that compares and swaps, and a lease that holds.

    <host>/<account>/<manager>.json     what each manager owns
    <host>/<account>/lease              who may write right now; there while a run writes

Every write is one commit, so `git log` of the branch is the audit log. Reading takes no right to push.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import quote

from reconciler.errors import LedgerError, Refused
from reconciler.ledger.codec import encode
from reconciler.ledger.git_branch import Blob, LedgerBranch
from reconciler.ledger.git_command import GitAnswer
from reconciler.ledger.git_lease import LEASE, LEASE_TIME, decode_lease, encode_lease
from reconciler.ledger.git_message import Written, commit_message
from reconciler.ledger.reading import LOG_LENGTH, read_ledger, refuse_another
from reconciler.ledger.redaction import Redaction
from reconciler.model.edge import RecipientKey
from reconciler.model.lease import Lease
from reconciler.model.ledger import Ledger, LedgerWrite, Others

__all__ = ["GitStore"]

LARGEST: Final = 64 * 1024 * 1024
"""Bytes. A hundred thousand edges take three million."""

_PAUSES: Final = (0.3, 1.0, 3.0)
"""Seconds before a push that failed without effect is sent again."""
_MOST_RACES: Final = 20
"""How often runs on *other* accounts may win the branch before this one gives up."""
_AGAIN: Final = "run again: it plans from the ledger as it is now"


class Place(NamedTuple):
    """One account of one host: what a lease holds."""

    host: str
    account_id: int

    @property
    def folder(self) -> str:
        return f"{quote(self.host, safe='')}/{self.account_id}"

    def file(self, manager: str) -> str:
        return f"{quote(manager, safe='')}.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The account's folder as one commit has it: what a write is compared with."""

    place: Place
    tip: str | None
    files: Mapping[str, Blob] = field(default_factory=dict)

    @property
    def ids(self) -> Mapping[str, str]:
        return {name: blob.id for name, blob in self.files.items()}

    def has(self, changes: Mapping[str, str | None]) -> bool:
        """Tell whether these files are as a write wanted them."""
        return all(self.ids.get(name) == wanted for name, wanted in changes.items())


class GitStore:
    """Keeps the ledgers of every manager and account on one branch.

    `run` is random, so that this run recognises its lease; `where` says in it where to look for the run.
    `notice` is told what is no reason to fail.
    """

    def __init__(  # noqa: PLR0913 - every seam is an argument
        self,
        branch: LedgerBranch,
        *,
        run: str,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        redaction: Redaction | None = None,
        notice: Callable[[str], None] = lambda _: None,
        largest: int = LARGEST,
        where: str = "",
    ) -> None:
        self._branch = branch
        self._run = run
        self._clock = clock
        self._sleep = sleep
        self._redaction = redaction
        self._notice = notice
        self._largest = largest
        self._where = where
        self._seen: Seen | None = None
        self._tip: str | None = None
        self._has_looked = False
        self._holding = False
        self._lease: Lease | None = None
        self._taken = False

    def __str__(self) -> str:
        return f"the ledger on {self._branch}"

    # --- reading -----------------------------------------------------------------------------------------------------
    def look(self) -> None:
        """Fix what the next `load` shows; a look that no load has used yet stands.

        Raises LedgerError where the remote does not answer.
        """
        if self._has_looked:
            return
        self._tip, self._has_looked = self._branch.tip(), True

    def load(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Ledger:
        """Return the manager's ledger as the remote has it now, or as the `look` before this saw it.

        It is an empty one of generation 0 where there is none.

        Raises LedgerError where the remote does not answer or the file cannot be read.
        """
        tip = self._tip if self._has_looked else self._branch.tip()
        self._tip, self._has_looked = None, False
        self._seen = self._listed(Place(host, account_id), tip)
        wanted = Ledger(host=host, account_id=account_id, manager=manager)
        return self._found(self._seen, wanted, known) or wanted

    def others(self, host: str, account_id: int, manager: str, *, known: Collection[RecipientKey] = ()) -> Others:
        """Return the ledgers of the account's other managers, from the same commit that `load` read."""
        place = Place(host, account_id)
        seen = self._at(place)
        ours = place.file(manager)
        names = sorted(name for name in seen.files if name.endswith(".json") and name != ours)
        return Others(ledgers=tuple(self._other(seen, name, known) for name in names), shared=True)

    def lease(self, host: str, account_id: int) -> Lease | None:
        """Return who holds the account, as of the last look."""
        return self._leased(self._at(Place(host, account_id)))

    def _see(self, place: Place) -> Seen:
        return self._listed(place, self._branch.tip())

    def _listed(self, place: Place, tip: str | None) -> Seen:
        return Seen(place=place, tip=tip, files=self._branch.files(tip, place.folder))

    def _at(self, place: Place) -> Seen:
        if self._seen is None or self._seen.place != place:
            self._seen = self._see(place)
        return self._seen

    def _found(self, seen: Seen, wanted: Ledger, known: Collection[RecipientKey] = ()) -> Ledger | None:
        name = seen.place.file(wanted.manager)
        if name not in seen.files:
            return None
        found = read_ledger(self._content(seen, name), self._named(seen, name), self._redaction, known=known)
        refuse_another(found, wanted, self._named(seen, name))
        return found

    def _other(self, seen: Seen, name: str, known: Collection[RecipientKey]) -> Ledger:
        found = read_ledger(self._content(seen, name), self._named(seen, name), self._redaction, known=known)
        if Place(found.host, found.account_id) != seen.place or seen.place.file(found.manager) != name:
            raise LedgerError(
                f"{self._named(seen, name)} is that of {found.manager} on {found.host}, account {found.account_id}",
                next_step="what it claims is unknown; put it back where it belongs with a commit to that branch",
            )
        return found

    def _leased(self, seen: Seen) -> Lease | None:
        if LEASE not in seen.files:
            return None
        return decode_lease(self._content(seen, LEASE), self._named(seen, LEASE))

    def _content(self, seen: Seen, name: str) -> bytes:
        blob = seen.files[name]
        if not blob.plain or blob.size > self._largest:
            why = f"has {blob.size} bytes" if blob.plain else "is no plain file"
            raise LedgerError(
                f"{self._named(seen, name)} {why}", next_step="`git log` of that branch says who wrote it; restore it"
            )
        return self._branch.read(blob)

    def _named(self, seen: Seen, name: str) -> str:
        return f"the file {seen.place.folder}/{name} on {self._branch}"

    # --- holding -----------------------------------------------------------------------------------------------------
    @contextmanager
    def hold(self, ledger: Ledger, *, write: LedgerWrite) -> Generator[None]:
        """Keep every other run off the account, from the first save until the block ends. Nothing saved: no commit.

        Raises LedgerError where another run held the account when `ledger` was loaded.
        """
        place = Place(ledger.host, ledger.account_id)
        self._refuse_held(self._at(place))
        self._holding = True
        try:
            yield
        finally:
            self._holding = False
            self._release(ledger.manager, place, write)

    def _refuse_held(self, seen: Seen) -> None:
        lease = self._leased(seen)
        if lease is None or lease.run == self._run:
            return
        raise self._held(lease)

    def _held(self, lease: Lease) -> LedgerError:
        until = lease.expires_at.isoformat(timespec="seconds")
        if lease.expired(self._clock()):
            return LedgerError(
                f"a run that did not end holds the ledger on {self._branch} ({lease}); its lease expired at {until}",
                next_step="make sure that it has ended, then `dbt-alerts ledger unlock`, then run again",
            )
        return LedgerError(
            f"another run holds the ledger on {self._branch} ({lease}); its lease expires at {until}",
            next_step=f"wait until it has ended, then run again; if it died, {_unlocking(lease, until)}",
        )

    def _release(self, manager: str, place: Place, write: LedgerWrite) -> None:
        """Give the lease back. What goes wrong here undoes nothing that was written, so it is told, not raised."""
        held = self._lease
        if held is None:
            return
        taken, self._lease, self._taken = self._taken, None, False
        try:
            seen = self._see(place)
            lease = self._leased(seen)
            if lease is not None and lease.run == self._run:
                ended = replace(write, what="lease given back")
                self._seen = self._write(seen, {LEASE: None}, message=self._message(manager, place, ended))
            elif taken:
                self._notice(f"somebody broke this run's lease while it wrote; `git log` of {self._branch} says who")
        except (LedgerError, Refused) as error:
            self._notice(
                f"the lease on {self._branch} was not given back: {error.message}; until it is, nobody can apply:"
                f" from {held.expires_at.isoformat(timespec='seconds')} on `dbt-alerts ledger unlock` ends it"
            )

    # --- writing -----------------------------------------------------------------------------------------------------
    def save(self, ledger: Ledger, *, expected_generation: int, write: LedgerWrite) -> Ledger:
        """Push the ledger as the generation after `expected_generation` and return it, with `write` in its log.

        Raises LedgerError if anything of the account moved since it was loaded, or the push did not arrive.
        """
        seen = self._at(Place(ledger.host, ledger.account_id))
        self._refuse_held(seen)
        found = self._found(seen, ledger)
        generation = 0 if found is None else found.generation
        if generation != expected_generation:
            raise LedgerError(
                f"{self} is at generation {generation}, not {expected_generation}: another run wrote it meanwhile",
                next_step=_AGAIN,
            )
        saved = replace(ledger, generation=generation + 1, log=(*ledger.log, write)[-LOG_LENGTH:])
        changes = {seen.place.file(ledger.manager): self._branch.store(encode(saved, self._redaction).encode())}
        if self._holding and not self._taken:
            self._lease = self._new_lease(ledger.manager, write)
            changes[LEASE] = self._branch.store(encode_lease(self._lease))
        message = self._message(ledger.manager, seen.place, write, generation=saved.generation)
        self._seen = self._write(seen, changes, message=message)
        self._taken = self._lease is not None
        return saved

    def unlock(self, host: str, account_id: int, *, write: LedgerWrite, vouched: str | None = None) -> Lease | None:
        """Break the account's lease, with a commit that says who broke whose, and return it; None where there is none.

        Raises Refused for one that has not expired, because its run may be about to write, unless `vouched` names that
        run: somebody who knows that it is dead says so.
        """
        seen = self._see(Place(host, account_id))
        lease = self._leased(seen)
        if lease is None:
            return None
        expired = lease.expired(self._clock())
        if not expired and vouched != lease.run:
            until = lease.expires_at.isoformat(timespec="seconds")
            raise Refused(
                f"the lease ({lease}) has not expired: its run may be writing",
                next_step=f"wait for it; if it died, {_unlocking(lease, until)}",
            )
        what = f"broke the {'expired ' if expired else ''}lease of {lease} (run {lease.run})"
        message = self._message(lease.manager, seen.place, replace(write, what=what))
        self._seen = self._write(seen, {LEASE: None}, message=message)
        return lease

    def _new_lease(self, manager: str, write: LedgerWrite) -> Lease:
        now = self._clock()
        return Lease(
            run=self._run, manager=manager, actor=write.actor, since=now, expires_at=now + LEASE_TIME, where=self._where
        )

    def _write(self, base: Seen, changes: Mapping[str, str | None], *, message: str) -> Seen:
        """Commit and push upon `base`, and return what is there then. Races of other accounts are run again."""
        failures = list(_PAUSES)
        for _ in range(_MOST_RACES):
            paths = {f"{base.place.folder}/{name}": wanted for name, wanted in changes.items()}
            commit = self._branch.commit(base.tip, paths, message=message, at=self._clock())
            answer = self._branch.push(commit, expected=base.tip)
            now = self._after(base, commit) if answer.code == 0 else self._looked_again(base.place, answer)
            if now.tip == commit or now.has(changes):
                return now
            if now.ids != base.ids:
                raise self._moved(now)
            if now.tip == base.tip:
                if not failures:
                    raise self._not_pushed(answer)
                self._sleep(failures.pop(0))
            base = now
        raise LedgerError(f"{self._branch} is written all the time by others", next_step="run again later")

    def _looked_again(self, place: Place, answer: GitAnswer) -> Seen:
        """See what became of a push that failed, or of which nothing is known."""
        try:
            return self._see(place)
        except LedgerError as error:
            raise LedgerError(
                f"whether the last write of {self} arrived is unknown: {answer.reason}; {error.message}",
                next_step="run again when the remote answers: every write is found or made again",
            ) from error

    def _after(self, base: Seen, commit: str) -> Seen:
        return Seen(place=base.place, tip=commit, files=self._branch.files(commit, base.place.folder))

    def _moved(self, now: Seen) -> LedgerError:
        """Say what came in between: another run, or somebody who broke our lease."""
        lease = self._leased(now)
        if lease is not None and lease.run != self._run:
            return self._held(lease)
        if lease is None and self._taken:
            return LedgerError(
                f"somebody broke this run's lease; `git log` of {self._branch} says who", next_step=_AGAIN
            )
        return LedgerError(f"another run wrote {self} meanwhile", next_step=_AGAIN)

    def _not_pushed(self, answer: GitAnswer) -> LedgerError:
        return LedgerError(
            f"{self} cannot be written: {answer.reason}",
            next_step=f"let this run push to {self._branch}, then run again",
        )

    def _message(self, manager: str, place: Place, write: LedgerWrite, *, generation: int | None = None) -> str:
        if self._redaction is not None and self._redaction.hides:
            hidden = self._redaction.hidden
            write = replace(write, what=hidden(write.what), lines=tuple(map(hidden, write.lines)))
        written = Written(
            manager=manager, host=place.host, account_id=place.account_id, run=self._run, generation=generation
        )
        return commit_message(written, write)


def _unlocking(lease: Lease, until: str) -> str:
    return (
        f"`dbt-alerts ledger unlock` from {until} on, or at once with `--run {lease.run}` if you know that it is dead"
    )
