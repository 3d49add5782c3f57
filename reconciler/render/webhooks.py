"""What a webhook sends and where to, in few words: of its address only the host, whose path may be a key."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.model.inventory import AllJobs, JobScope

if TYPE_CHECKING:
    from reconciler.model.actions import SubscriptionSettings

__all__ = ["sent_text"]


def sent_text(settings: SubscriptionSettings) -> str:
    """Return, for instance, `completed, errored of 2 jobs, to catalog.acme.example`."""
    events = ", ".join(sorted(event.rpartition(".")[2] for event in settings.events))
    return f"{events} of {_jobs(settings.jobs)}, to {_host(settings.url)}"


def _jobs(jobs: JobScope) -> str:
    if isinstance(jobs, AllJobs):
        return "every job of the account"
    return f"{len(jobs)} job{'' if len(jobs) == 1 else 's'}"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "nowhere"
    except ValueError:
        return "nowhere"
