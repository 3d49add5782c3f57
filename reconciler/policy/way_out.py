"""Names that people bring along from dbt Cloud and other tools, and the words of this language for them.

Where a word has one meaning it is read, with a warning and an edit; these are few. Where it has none, or would have to
be guessed, it is an error that names the way out. The words are those of dbt Cloud's pages and API (reference §2, §3),
of Terraform's provider and dbt-jobs-as-code, of PagerDuty and Alertmanager.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from reconciler.policy.way_out_keys import WAY_OUT_KEYS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = [
    "MEANT_EVENTS",
    "MEANT_OUTCOMES",
    "way_out_of_event",
    "way_out_of_key",
    "way_out_of_kind",
    "way_out_of_outcome",
]

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

_VARIANTS: Final = {
    "failure": "error errored failed fail failures on_failure on_error run_errored job_run_errored run.error "
    "run.errored run.failed job.run.error job.run.errored job.run.failed firing triggered",
    "success": "succeeded successful on_success run_successful job_run_success job.run.success job.run.succeeded "
    "run.success run.succeeded ok passed",
    "cancelled": "canceled cancel on_cancel run_cancelled run_canceled job_run_cancelled job.run.cancelled "
    "job.run.canceled run.cancelled run.canceled aborted",
    "warning": "warn warnings warned on_warning run_warning job.run.warning run.warning",
    "started": "start running on_start run_started job_run_started job.run.started run.started",
    "completed": "complete finished finish on_finish on_complete run_completed job_run_completed job.run.completed "
    "run.completed",
    "skipped": "skip on_skipped run_skipped run.skipped job.run.skipped",
    "timeout": "timed_out timedout time_out job.run.timeout run.timeout",
    "late": "sla sla_miss sla_missed missed overdue delayed delay stale not_started",
    "slow": "long_running slower duration",
    "recovered": "resolved recovery recover fixed send_resolved on_recovery",
    "any": "all always every *",
    "severity": "critical high medium low info p1 p2 p3 p4 p5 sev1 sev2 sev3",
    "freshness": "source_freshness",
    "anomaly": "anomalies",
}
"""By a word that stands for them here: what else means the same elsewhere."""
_SAME: Final = {variant: word for word, variants in _VARIANTS.items() for variant in (word, *variants.split())}

_SKIPPED: Final = (
    "a run is never skipped: use `late` for a slot that never ran, `model_notifications` for skipped models"
)
_SEVERITY: Final = "here stands what happened, such as `failure`; how bad it is says the job's tier, under `tiers`"
_EVENT_INSTEAD: Final = (
    "dbt Cloud has no such event: send it through a relayed channel of `type: webhook`, told of `{}` by `notifications`"
)

_EVENTS: Final = {
    "success": f"{_EVENT_INSTEAD.format('success')}; the relay filters `completed` by its status code",
    "cancelled": (
        "dbt Cloud has no such event: write `notifications: [{to: …, on: [cancelled], jobs: …}]`; "
        "a relayed channel is told by the relay's sweeper"
    ),
    "timeout": (
        "dbt Cloud has no such event: write `notifications: [{to: …, on: [failure], jobs: …}]`, with a relayed channel "
        "for `to`; for dbt Cloud's own notifications a timed-out run is `cancelled`"
    ),
    "failure": "for webhooks dbt Cloud says `errored`",
    "started": "did you mean `started`?",
    "completed": "did you mean `completed`?",
    "any": "name the events: `[started, completed, errored]`; a failed run makes both of the last two",
    "skipped": _SKIPPED,
    "severity": "here stand dbt Cloud's events, `started`, `completed`, `errored`; how bad a failure is says a tier",
    **{word: _EVENT_INSTEAD.format(word) for word in ("warning", "late", "slow", "recovered", "anomaly")},
    "freshness": "for webhooks dbt Cloud says `errored`, whatever failed",
}
_OUTCOMES: Final = {
    **{word: f"did you mean `{word}`?" for word in ("failure", "success", "cancelled", "warning")},
    **{word: f"did you mean `{word}`?" for word in ("started", "recovered")},
    "anomaly": "did you mean `anomaly`?",
    "late": "did you mean `late`? It is told where a deadline of `sla` is missed",
    "slow": "did you mean `slow`? For a limit of your own write `sla: {max_duration: 90m}`, which is `late`",
    "any": "did you mean `any`? It is every outcome except `started`",
    "completed": "name the outcomes that you mean, or `any`; `completed` is a webhook's event",
    "timeout": "did you mean `failure`? For dbt Cloud's own notifications a timed-out run is `cancelled`",
    "skipped": _SKIPPED,
    "severity": _SEVERITY,
    "freshness": "write it as a kind of failure: `notify: {failure: [{to: …, of: freshness}]}`",
}
_RELAYED_ONLY: Final = frozenset({"late", "slow", "anomaly", "recovered", "started", "any"})
_ODD_OUTCOMES: Final = {"errored": "did you mean `failure`? (`errored` is a webhook's event)"}

_OF_MODELS: Final = "dbt Cloud tells owners of models `success`, `warning`, `failure` and `skipped`, nothing else"
_MODEL_OUTCOMES: Final = {
    **{word: f"did you mean `{word}`?" for word in ("failure", "success", "warning", "skipped")},
    **dict.fromkeys(("cancelled", "started", "timeout", "late", "slow", "recovered", "anomaly"), _OF_MODELS),
    "any": f"name them: {_OF_MODELS}",
    "completed": f"name them: {_OF_MODELS}",
}

_KINDS: Final = {
    "dbt_user": "user internal dbt_cloud_user 1",
    "dbt_email": "external external_email mailing_list 4",
    "dbt_slack": "dbt_cloud_slack slack_channel 2",
    "dbt_slack_app": "slack_app 5",
    "slack": "slack_webhook slack_configs incoming_webhook slack_bot",
    "pagerduty": "pager_duty pagerduty_configs pager pd",
    "email": "mail smtp e-mail email_configs",
    "teams": "ms_teams msteams microsoft_teams msteams_configs",
    "datadog": "dd data_dog",
    "monte_carlo": "montecarlo mcd mc",
    "webhook": "http https url rest webhook_configs",
    "apprise": "opsgenie victorops discord telegram sns ntfy pushover mattermost sms phone twilio google_chat",
}
_NAMED: Final = frozenset({"channels", "tiers", "escalations", "calendars", "rules"})
_KIND: Final = {variant: kind for kind, variants in _KINDS.items() for variant in variants.split()}


def way_out_of_outcome(word: str, known: Sequence[str]) -> str:
    """Return what to write for a word where one of the outcomes `known` is wanted; nothing for a strange one."""
    if "skipped" in known:
        return _of(word, _MODEL_OUTCOMES)
    if _SAME.get(_folded(word), "") in _RELAYED_ONLY.difference(known):
        return ""
    return _ODD_OUTCOMES.get(word) or _of(word, _OUTCOMES)


def way_out_of_event(word: str) -> str:
    """Return what to write for a word where a webhook's event is wanted; nothing for a strange one."""
    return _of(word, _EVENTS)


def way_out_of_kind(word: str) -> str:
    """Return what to write for a word where the kind of a channel is wanted; nothing for a strange one."""
    kind = _KIND.get(_folded(word), "")
    if kind == "apprise":
        return "did you mean `apprise`? It reaches many services by a URL of its own"
    return f"did you mean `{kind}`?" if kind else ""


def way_out_of_key(steps: Sequence[str | int], known: Collection[str]) -> str:
    """Return what to write for the key at the end of a path where only `known` may stand; nothing for a strange one.

    `steps` are those that the file has, without the names of union members.
    """
    found = WAY_OUT_KEYS.get(_section(steps[:-1]), {}).get(_folded(str(steps[-1])), "")
    if isinstance(found, str):
        return found
    meant = next((key for key in found if key in known), "")
    return f"did you mean `{meant}`?" if meant else ""


def _section(steps: Sequence[str | int]) -> str:
    """Return under which name the keys of a mapping are answered: `jobs` is a section at the top, a selector below."""
    words = [step for index, step in enumerate(steps) if not isinstance(step, int) and not _names(steps, index)]
    if words[-2:-1] == ["secret_sink"]:
        words.pop()  # `command` is a kind of sink, and what people write below it
    if words and (words[-1] == "match" or (words[-1] in {"jobs", "job"} and len(words) > 1)):
        return "selector"
    return words[-1] if words else ""


def _names(steps: Sequence[str | int], index: int) -> bool:
    """Tell whether a step is a name that the author gave: of a channel, a tier, an escalation."""
    return index == 1 and steps[0] in _NAMED


def _of(word: str, own: Mapping[str, str]) -> str:
    return own.get(_SAME.get(_folded(word), ""), "")


def _folded(word: str) -> str:
    return word.strip().casefold().replace("-", "_").replace(" ", "_")
