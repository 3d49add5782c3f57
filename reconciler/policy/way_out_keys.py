"""Keys that people bring along, by the section in which they write them, and what to write instead."""

from __future__ import annotations

from typing import Final

__all__ = ["WAY_OUT_KEYS"]

_NO_PROGRAM: Final = (
    "a policy names no program: write `{store: command}`, and set DBT_ALERTS_SINK_COMMAND where `apply` runs"
)
_NOT_A_JOB: Final = "here stands who is told about a job; what the job is stays in dbt Cloud, or where you define it"
_NO_REPEAT: Final = "nothing is repeated: what nobody takes goes to the next level of `escalations`"
_GROUP: Final = "write `group: {by: project, window: 10m}`"
_HOURS: Final = 'write `hours: {from: "08:00", to: "19:00"}`'
_TIER: Final = "how bad a job's failure is says its `tier`, by a name that stands under `tiers`"
_WHO_IS_TOLD: Final = "a channel is only where messages go: who is told of what say `notify` and `notifications`"
_IN_JOBS: Final = "put it inside `jobs`: `jobs: {project: Finance, name: Daily Revenue}`"
_IN_MATCH: Final = "put it inside `match`: `match: {project: Finance, name: Daily Revenue}`"
_IDS: Final = "write `jobs: {id: [4711]}`, or better select the jobs by name"
_TO: Final = "write `to: NAME`, with the name of a channel that stands under `channels`"
_ON: Final = "write it as a word: `on: [failure, cancelled]`"
_NO_TAGS: Final = "jobs have no tags: select by `project`, `environment`, `name`; `promote` knows tags of models"
_NO_HEADERS: Final = (
    "dbt Cloud sends none of your headers: use a relayed channel of `type: webhook`, which has `headers`"
)
_NO_REGEX: Final = 'write the name, with `*` for any text: `name: "Daily *"`'
_DELETED: Final = "what is in the policy holds: delete the entry to switch it off"
_RECOVERED: Final = "write it as an outcome: `notify: {recovered: [NAME]}`"


def _same(fix: str, words: str) -> dict[str, str]:
    return dict.fromkeys(words.split(), fix)


def _mean(keys: str, words: str) -> dict[str, tuple[str, ...]]:
    """Return what a word stands for: the first of `keys` that the mapping may hold."""
    return dict.fromkeys(words.split(), tuple(keys.split()))


_LAYER: Final[dict[str, str | tuple[str, ...]]] = {
    **_same("write `notify: {failure: [NAME]}`", "on_failure on_error failure alert alerts"),
    **_same("write `notify: {success: [NAME]}`", "on_success"),
    **_same("write `notify: {cancelled: [NAME]}`", "on_cancel on_cancelled"),
    **_same("write `notify: {warning: [NAME]}`", "on_warning"),
    **_same("write `notify: {failure: [NAME]}`, with the names of channels", "channel channels receiver receivers to"),
    **_same("write `notify: {failure: [NAME]}`, with the names of channels", "recipients notifications emails slack"),
    **_same(_GROUP, "group_by group_wait group_interval grouping"),
    **_same(_NO_REPEAT, "repeat_interval repeat resend renotify_interval"),
    **_same(_HOURS, "office_hours business_hours working_hours quiet_hours support_hours"),
    **_same(_HOURS, "active_time_intervals mute_time_intervals"),
    **_same(_RECOVERED, "send_resolved on_recovery notify_on_recovery"),
    **_mean("escalation", "escalation_policy escalations escalation_policy_id"),
    **_mean("runbook", "runbook_url playbook"),
    **_mean("impact", "description summary business_impact"),
    **_mean("oncall", "on_call rotation"),
}
_SELECTOR: Final[dict[str, str | tuple[str, ...]]] = {
    **_same("did you mean `project`? It is the project's name", "project_id projects project_name"),
    **_same("did you mean `environment`? It is the environment's name", "environment_id environments env"),
    **_same("write `environment: {type: production}`", "environment_type deployment_type target target_name"),
    **_mean("id", "job_id job_ids ids"),
    **_mean("name", "job_name job jobs names identifier"),
    **_mean("job_type", "type types"),
    **_same(_NO_REGEX, "regex pattern match_re name_regex glob"),
    **_same(_NO_TAGS, "tag tags labels"),
    **_same("write `schedule: {at_least: hourly}`", "cron schedule_cron frequency"),
}

WAY_OUT_KEYS: Final[dict[str, dict[str, str | tuple[str, ...]]]] = {
    "": {
        **_mean("channels", "receivers contact_points recipients destinations integrations users"),
        **_mean("notifications", "notification alerts alert subscriptions"),
        **_mean("mutes", "silences silence maintenance_windows inhibit_rules snooze"),
        **_mean("escalations", "escalation_policies escalation_policy"),
        **_mean("tiers", "severities priorities levels"),
        **_mean("calendars", "calendar schedules time_intervals mute_time_intervals holidays"),
        **_mean("defaults", "global default"),
        **_mean("webhooks", "webhook"),
        **_mean("rules", "lint guardrails"),
        **_same("did you mean `team`? Each team has a file of its own, with `team: NAME` at its head", "teams"),
        **_same("write `tiers`, and give each job its tier under `jobs`", "route routes routing"),
        **_same("every file under the folder is read: there is nothing to include", "include includes import imports"),
        **_same("write `$NAME` where the value stands; the environment holds it", "vars variables env environment"),
        **_same("write `scope: {projects: [NAME]}`", "projects project"),
        **_same("write `account: {id: …, host: …, token: …}`", "account_id host token dbt_cloud"),
        **_same("write `manager`, `account` and `version: 1`", "provider terraform api_version apiversion kind"),
    },
    "secret_sink": {**_same(_NO_PROGRAM, "command program run path")},
    "account": {
        **_mean("id", "account_id"),
        **_mean("host", "host_url url base_url api_url endpoint"),
        **_mean("token", "api_key api_token service_token token_env"),
    },
    "channels": {
        "include": "dbt Cloud writes that mail itself: delete `include`, or use a relayed channel",
        "fallback": "dbt Cloud delivers, without a fallback: use a relayed channel",
        "pages": "only relayed channels page: use `type: pagerduty`, or another relayed kind with `pages: true`",
        "exclusive": "only native channels are exclusive: the relay has no foreign recipients",
        "protect": "only native channels are protected: dbt Cloud keeps nothing for a relayed one",
        **_same(
            "write `type`: 1 is `dbt_user`, 2 `dbt_slack`, 4 `dbt_email`, 5 `dbt_slack_app`", "notification_type kind"
        ),
        "external_email": "write `{type: dbt_email, address: …}`",
        "user_id": "write `{type: dbt_user, email: …}`: people are named by their e-mail in dbt Cloud",
        **_mean("channel_id", "slack_channel_id channel slack_channel"),
        **_mean("channel_name", "slack_channel_name"),
        **_mean("url", "webhook_url slack_webhook_url hook_url slack_api_url api_url client_url endpoint webhook"),
        **_mean("routing_key", "integration_key service_key integration_url"),
        **_mean("token", "api_token bot_token slack_token"),
        **_mean("email address to", "email emails address addresses recipients mail to"),
        **_same(_WHO_IS_TOLD, "on on_failure on_success on_cancel on_warning jobs events job_ids notify"),
        **_same(_RECOVERED, "send_resolved"),
        **_same("how bad something is says the job's tier, not the channel", "severity priority urgency"),
        **_same(_DELETED, "active enabled state"),
    },
    "tiers": {
        **_mean("rank", "severity priority level urgency order"),
        **_mean("response", "response_time sla_response"),
        **_LAYER,
    },
    "defaults": {**_LAYER, **_mean("timezone", "time_zone tz")},
    "jobs": {
        **_LAYER,
        **_same(_TIER, "severity priority urgency level criticality"),
        **_same(_IN_MATCH, "name project environment id job_id project_id environment_id identifier job_type schedule"),
        **_same(_NOT_A_JOB, "account_id dbt_version execute_steps triggers settings execution generate_docs state"),
        **_same(_NOT_A_JOB, "run_generate_sources deferring_job_definition_id custom_environment_variables linked_id"),
        **_same("write `tier: none` with a `reason`", "silent ignore muted disabled"),
    },
    "notifications": {
        **_same(_ON, "on_failure on_success on_cancel on_warning on_error"),
        **_mean("on", "events event_types outcomes outcome when notify_on event"),
        **_same(_TO, "channel channels recipient recipients receiver receivers email external_email user_id user"),
        **_same(_TO, "slack_channel_id slack_channel_name notification_type type slack"),
        **_same(_IDS, "job_id job_ids"),
        **_mean("jobs", "job match selector"),
        **_same(_IN_JOBS, "name project environment project_id environment_id"),
        **_same(_TIER, "severity priority tier"),
        **_same(_DELETED, "state active enabled"),
    },
    "webhooks": {
        "headers": _NO_HEADERS,
        **_mean("url", "client_url target_url endpoint webhook_url"),
        **_mean("on", "event_types events event outcomes"),
        **_mean("active", "enabled state"),
        **_mean("id", "webhook_id webhooks_id"),
        **_mean("jobs", "job match selector"),
        **_same(_IDS, "job_id job_ids"),
        **_same(_IN_JOBS, "project environment project_id environment_id"),
        **_same(
            "dbt Cloud makes the secret and shows it once: say with `secret_sink` where it is put",
            "secret hmac_secret hmac token sign signing_secret",
        ),
        **_same("an address holds no password, and dbt Cloud sends only its signature", "auth authorization username"),
    },
    "model_notifications": {
        **_same(_ON, "on_failure on_success on_warning on_skipped"),
        **_mean("environment", "environment_id environments"),
        **_mean("project", "project_id projects"),
        **_same(_DELETED, "enabled active"),
    },
    "escalations": {
        **_mean("after", "delay wait timeout escalation_delay_in_minutes in minutes"),
        **_mean("notify", "to targets target channel channels receivers"),
        **_mean("unless", "until if when"),
        **_same("the levels end: add another one", "repeat num_loops loops repeat_interval"),
    },
    "mutes": {
        **_mean("jobs", "match matchers job selector"),
        **_mean("until", "ends_at endsat end to expires expires_at"),
        **_mean("reason", "comment description why"),
        **_same("a mute begins with the apply that brings it", "starts_at startsat start from since"),
        **_same("git knows who wrote it", "created_by createdby author"),
    },
    "calendars": {
        **_mean("subdivision", "region state province bundesland subdiv land"),
        **_mean("country", "country_code holidays"),
        **_mean("weekdays", "days workdays working_days"),
    },
    "promote": {**_mean("after_consecutive_failures", "after_failures failures after consecutive_failures")},
    "selector": _SELECTOR,
}
