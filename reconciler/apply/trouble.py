"""What can go wrong between a write and its verification, besides what the API itself says."""

from __future__ import annotations

from reconciler.errors import (
    AlertsError,
    ApiError,
    AuthenticationError,
    DeadlineExceeded,
    Refused,
    RuntimeFailure,
    Throttled,
)
from reconciler.model.edge import Edge, RecipientKey

__all__ = ["DuplicateError", "ForeignLostError", "NotHeldError", "ends_the_run", "two_rows", "worth_another_round"]


class NotHeldError(RuntimeFailure):
    """A write was answered, and re-reading does not show it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: written, but re-reading does not show it", next_step="run again")


class DuplicateError(RuntimeFailure):
    """dbt Cloud says that the recipient exists, and shows it to nobody (reference §2.5)."""

    def __init__(self, key: RecipientKey) -> None:
        super().__init__(
            f"blocked: dbt Cloud refuses to make {key}, because a row for it exists that it does not list",
            next_step="add the recipient once in dbt Cloud's notification settings, then run again",
        )


class ForeignLostError(RuntimeFailure):
    """Something that is not ours was there before a write of ours and not after it."""

    def __init__(self, edges: frozenset[Edge]) -> None:
        self.edges = edges
        shown = ", ".join(str(edge) for edge in sorted(edges)[:10])
        super().__init__(
            f"{len(edges)} edge(s) of others vanished with a write: {shown}",
            next_step="see who else edits these recipients, restore what is missing, then run again",
        )


def two_rows(key: RecipientKey, count: int) -> Refused:
    return Refused(
        f"blocked: {key} has {count} rows in dbt Cloud", next_step="delete all but one of them, then run again"
    )


def ends_the_run(error: AlertsError) -> bool:
    """Tell whether every further write would meet the same."""
    return isinstance(error, AuthenticationError | DeadlineExceeded | Throttled)


def worth_another_round(error: AlertsError) -> bool:
    """Tell whether the same work may succeed later in this run; a definite refusal of the API does not."""
    if isinstance(error, DuplicateError | Refused):
        return False
    return not (isinstance(error, ApiError) and 400 <= error.status < 500)
