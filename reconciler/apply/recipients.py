"""One recipient at a time: look, write the delta, look again.

Every write is judged twice: by its answer and by a fresh read. What was there before, is not ours and is gone after
raises ForeignLostError, which ends the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from reconciler.apply.order import AddWork, RemoveWork, foreign_lost
from reconciler.apply.trouble import DuplicateError, ForeignLostError, NotHeldError, two_rows
from reconciler.apply.writers import Adding, Taking
from reconciler.errors import ApiError, AuthenticationError, InDoubt, NotFound, Throttled
from reconciler.model.edge import Edge, RecipientKey
from reconciler.model.inventory import NotificationRow
from reconciler.model.ledger import RecipientSettings

if TYPE_CHECKING:
    from reconciler.apply.ports import AppliesReader

__all__ = ["Recipients"]

_NONE: frozenset[Edge] = frozenset()


@dataclass(slots=True, kw_only=True)
class Recipients:
    """Writes notification rows. `settings` are the scalars for rows that must be made.

    `found` keeps what each recipient was told before this run first wrote to it; `notes` gathers facts for people.
    """

    reader: AppliesReader
    writer: Adding
    settings: Mapping[RecipientKey, RecipientSettings]
    found: dict[RecipientKey, frozenset[Edge]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _row_ids: dict[RecipientKey, int] = field(default_factory=dict)

    def add(self, work: AddWork) -> None:
        """Make the work's edges and scalars live: on the one row there is, a revived one, or a new one.

        Raises Refused for two rows, InDoubt where a create may have happened: then look by key before the next one.
        """
        rows = self.reader.notifications_for(work.key)
        active = _one_active(work.key, rows)
        self.found.setdefault(work.key, active.edges() if active else _NONE)
        if active is not None:
            self._row_ids[work.key] = active.id
            self._add_to(active, work)
            return
        if not work.edges:
            raise NotHeldError(f"the row of {work.key} is gone")
        deleted = max((row for row in rows if row.deleted), key=lambda row: row.id, default=None)
        row_id = self._revive(deleted, work) if deleted is not None else self._create(work)
        self._row_ids[work.key] = row_id
        self._verify(row_id, work, before=None)

    def remove(self, work: RemoveWork, writer: Taking) -> None:
        """Make the work's edges disappear from the recipient's row; a row that is gone has none."""
        row = _one_active(work.key, self.reader.notifications_for(work.key))
        if row is None or not row.edges() & work.edges:
            return
        self._row_ids[work.key] = row.id
        before, doubt = row, None
        try:
            change = writer.remove_from_row(row.id, work.edges)
        except InDoubt as error:
            doubt = error
        else:
            before = change.before
            _refuse_loss(before, change.after, removed=work.edges)
        after = self.reader.notification(row.id)
        _refuse_loss(before, after, removed=work.edges)
        if after.edges() & work.edges:
            raise doubt or NotHeldError(f"{len(after.edges() & work.edges)} removal(s) of {work.key}")

    def live(self, key: RecipientKey) -> frozenset[Edge]:
        """Return what the recipient is told now: by the row that this run wrote, else by all its active rows."""
        row_id = self._row_ids.get(key)
        if row_id is not None:
            return self._of_row(row_id)
        rows = self.reader.notifications_for(key)
        return _NONE.union(*(row.edges() for row in rows if not row.deleted))

    def _of_row(self, row_id: int) -> frozenset[Edge]:
        try:
            row = self.reader.notification(row_id)
        except NotFound:
            return _NONE
        return _NONE if row.deleted else row.edges()

    def _add_to(self, row: NotificationRow, work: AddWork) -> None:
        if work.edges <= row.edges() and not _unset(row, work.settings):
            return
        try:
            change = self.writer.add_to_row(row.id, work.edges, work.settings)
        except InDoubt as doubt:
            self._verify(row.id, work, before=row, doubt=doubt)
            return
        _refuse_loss(change.before, change.after, removed=_NONE)
        self._verify(row.id, work, before=change.before)

    def _verify(
        self, row_id: int, work: AddWork, *, before: NotificationRow | None, doubt: InDoubt | None = None
    ) -> None:
        after = self.reader.notification(row_id)
        if before is not None:
            _refuse_loss(before, after, removed=_NONE)
        if missing := work.edges - after.edges():
            raise doubt or NotHeldError(f"{len(missing)} addition(s) for {work.key}")
        if unset := _unset(after, work.settings):
            raise doubt or NotHeldError(f"{', '.join(unset)} of {work.key}")

    def _revive(self, deleted: NotificationRow, work: AddWork) -> int:
        """Re-activate with our edges only. Whether dbt Cloud allows it is unknown (reference §2.6): if not, create."""
        try:
            self.writer.revive_row(deleted.id, work.edges, self._for_new(work))
        except (InDoubt, AuthenticationError, Throttled):
            raise
        except ApiError as refusal:
            if refusal.status >= 500:
                raise
            return self._create(work)
        held = replace(deleted, deleted=False).edges()
        told = ", ".join(f"{edge.outcome.value} of job {edge.job_id}" for edge in sorted(held)) or "nothing"
        self.notes.append(
            f"{work.key} had been deleted and is active again with our edges only; it used to hold {told}"
        )
        return deleted.id

    def _create(self, work: AddWork) -> int:
        try:
            return self.writer.create_row(work.key, work.edges, self._for_new(work)).id
        except ApiError as refusal:
            if 400 <= refusal.status < 500 and "already exists" in refusal.detail:
                raise DuplicateError(work.key) from refusal
            raise

    def _for_new(self, work: AddWork) -> RecipientSettings:
        known, asked = self.settings.get(work.key, RecipientSettings()), work.settings
        return RecipientSettings(
            slack_channel_name=asked.slack_channel_name or known.slack_channel_name,
            user_id=asked.user_id or known.user_id,
        )


def _one_active(key: RecipientKey, rows: Iterable[NotificationRow]) -> NotificationRow | None:
    active = [row for row in rows if row.key == key and not row.deleted]
    if len(active) > 1:
        raise two_rows(key, len(active))
    return active[0] if active else None


def _unset(row: NotificationRow, settings: RecipientSettings) -> list[str]:
    """Return the names of the scalars that the row does not have yet."""
    wanted = {"slack_channel_name": settings.slack_channel_name, "user_id": settings.user_id}
    return [name for name, value in wanted.items() if value is not None and getattr(row, name) != value]


def _refuse_loss(before: NotificationRow, after: NotificationRow, *, removed: frozenset[Edge]) -> None:
    if lost := foreign_lost(before=before, after=after, removed=removed):
        raise ForeignLostError(lost)
