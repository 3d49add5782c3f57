"""Names that people bring along from dbt Cloud and other tools, and the words of this language for them."""

from __future__ import annotations

from typing import Final

__all__ = ["MEANT_EVENTS", "MEANT_OUTCOMES", "WAY_OUT_EVENTS", "WAY_OUT_KEYS", "WAY_OUT_OUTCOMES"]

MEANT_EVENTS: Final = {
    "run.error": "errored",
    "job.run.error": "errored",
    "run.completed": "completed",
    "job.run.started": "started",
    "job.run.completed": "completed",
    "job.run.errored": "errored",
}
"""Webhook events that are read, with a warning."""

MEANT_OUTCOMES: Final = {"run.error": "failure", "job.run.error": "failure"}
"""Outcomes that are read, with a warning."""

_SUCCESS_EVENT: Final = (
    "dbt Cloud has no such event: send it through a relayed channel of `type: webhook`, told of `success` by "
    "`notifications`; the relay filters `completed` by its status code"
)
_CANCELLED_EVENT: Final = (
    "dbt Cloud has no such event: write `notifications: [{to: …, on: [cancelled], jobs: …}]`; "
    "a relayed channel is told by the relay's sweeper"
)
_SKIPPED: Final = (
    "a run is never skipped: use `late` for a slot that never ran, `model_notifications` for skipped models"
)

WAY_OUT_EVENTS: Final = {
    "job.run.success": _SUCCESS_EVENT,
    "run.success": _SUCCESS_EVENT,
    "success": _SUCCESS_EVENT,
    "job.run.cancelled": _CANCELLED_EVENT,
    "run.cancelled": _CANCELLED_EVENT,
    "cancelled": _CANCELLED_EVENT,
    "failure": "for webhooks dbt Cloud says `errored`",
    "skipped": _SKIPPED,
}

WAY_OUT_OUTCOMES: Final = {
    "skipped": _SKIPPED,
    "error": "did you mean `failure`?",
    "errored": "did you mean `failure`? (`errored` is a webhook's event)",
    "failed": "did you mean `failure`?",
    "completed": "name the outcomes that you mean, or `any`; `completed` is a webhook's event",
    "run.completed": "name the outcomes that you mean, or `any`; `completed` is a webhook's event",
    "canceled": "did you mean `cancelled`?",
    "job.run.success": "did you mean `success`?",
    "job.run.cancelled": "did you mean `cancelled`?",
    "timeout": "did you mean `failure`? For dbt Cloud's own notifications a timed-out run is `cancelled`",
}

_NO_PROGRAM: Final = (
    "a policy names no program: write `{store: command}`, and set DBT_ALERTS_SINK_COMMAND where `apply` runs"
)
WAY_OUT_KEYS: Final = {
    "secret_sink": {"command": _NO_PROGRAM, "program": _NO_PROGRAM, "run": _NO_PROGRAM, "path": _NO_PROGRAM},
    "webhooks": {
        "headers": "dbt Cloud sends none of your headers: use a relayed channel of `type: webhook`, which has `headers`"
    },
    "channels": {
        "include": "dbt Cloud writes that mail itself: delete `include`, or use a relayed channel",
        "fallback": "dbt Cloud delivers, without a fallback: use a relayed channel",
        "pages": "only relayed channels page: use `type: pagerduty`, or another relayed kind with `pages: true`",
        "exclusive": "only native channels are exclusive: the relay has no foreign recipients",
        "protect": "only native channels are protected: dbt Cloud keeps nothing for a relayed one",
    },
}
"""By the section, then by the key that it does not have."""
