"""The JSON Schema (draft 2020-12) of what `plan --out` and `plan --json` write. A test holds every plan to it.

It is of this very minor: it refuses keys that it does not know, so that a misspelt one is noticed here. A reader of
plans ignores them, because a later minor may add some.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconciler.model.actions import Cause
from reconciler.model.ledger import Origin
from reconciler.model.model_notifications import ModelOutcome
from reconciler.model.outcome import NATIVE_OUTCOMES
from reconciler.model.plan import BlockedKind, GuardName, KeptWhy
from reconciler.plan.document import FORMAT
from reconciler.plan.document_actions import VERBS

__all__ = ["FAMILIES", "plan_schema"]

Schema = dict[str, Any]

_EDGE, _RECIPIENT, _WEBHOOK, _MODELS = "edge_action", "recipient_action", "webhook_action", "models_action"

FAMILIES: Final[Mapping[str, str]] = {
    "add": _EDGE,
    "remove": _EDGE,
    "evict": _EDGE,
    "adopt": _EDGE,
    "release": _EDGE,
    "forget": _EDGE,
    "update-claim": _EDGE,
    "change-recipient": _RECIPIENT,
    "create-webhook": _WEBHOOK,
    "recreate-webhook": _WEBHOOK,
    "change-webhook": _WEBHOOK,
    "adopt-webhook": _WEBHOOK,
    "deactivate-webhook": _WEBHOOK,
    "release-webhook": _WEBHOOK,
    "forget-webhook": _WEBHOOK,
    "start-models": _MODELS,
    "stop-models": _MODELS,
    "adopt-models": _MODELS,
    "release-models": _MODELS,
    "forget-models": _MODELS,
}
"""What each action is about, and so which keys it has."""


def plan_schema() -> Schema:
    """Return the schema: a plan, or why there is none."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"A plan of dbt-alerts, format {FORMAT}",
        "description": "What `dbt-alerts plan --out FILE` and `plan --json` write.",
        "oneOf": [{"$ref": "#/$defs/plan"}, {"$ref": "#/$defs/errored"}],
        "$defs": {
            "plan": _plan(),
            "errored": _errored(),
            "problem": _problem(),
            "action": {"oneOf": [{"$ref": f"#/$defs/{family}"} for family in sorted(set(FAMILIES.values()))]},
            _EDGE: _edge_action(),
            _RECIPIENT: _recipient_action(),
            _WEBHOOK: _webhook_action(),
            _MODELS: _models_action(),
            "edge_state": _edge_state(),
            "models_state": _models_state(),
            "claim": _claim(),
            "webhook_settings": _webhook_settings(),
        },
    }


def _text(description: str, **more: object) -> Schema:
    return {"type": "string", "description": description, **more}


def _number(description: str) -> Schema:
    return {"type": "integer", "minimum": 0, "description": description}


def _flag(description: str, **more: object) -> Schema:
    return {"type": "boolean", "description": description, **more}


def _words(description: str, values: Iterable[str]) -> Schema:
    return {"enum": sorted(str(value) for value in values), "description": description}


def _list(description: str, items: Schema) -> Schema:
    return {"type": "array", "items": items, "description": description}


def _ref(name: str, description: str = "") -> Schema:
    return {"$ref": f"#/$defs/{name}", **({"description": description} if description else {})}


def _or_null(schema: Schema, description: str) -> Schema:
    return {"oneOf": [{"type": "null"}, schema], "description": description}


def _object(description: str, properties: Schema, *, optional: frozenset[str] = frozenset()) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


_DIGEST: Final = r"^sha256:[0-9a-f]{64}$"
_RUN: Final = frozenset({"result", "exit_code"})


def _head() -> Schema:
    return {
        "result": _text("The exit code as a word. Only in the output of `--json`, never in a saved plan's digest."),
        "exit_code": _number("The exit code. Only in the output of `--json`."),
        "format": {"const": FORMAT, "description": "Major and minor. Another major is refused with exit 5."},
    }


def _plan() -> Schema:
    names = {
        **_head(),
        "host": _text("Host and port of dbt Cloud. Compared by `apply --plan`."),
        "account_id": _number("The account. Compared by `apply --plan`."),
        "manager": _text("Whose plan it is. Compared by `apply --plan`."),
        "policy_digest": _text("Digest of the policy. Recorded and shown; `--expect` compares it."),
        "commit": _text("The commit it was made from; empty outside git. Recorded and shown."),
        "ledger_generation": _number("The ledger's generation then. Recorded and shown."),
        "created_at": _text("When it was made: ISO 8601 with a zone."),
        "expires_at": _text("Until when it may be applied: ISO 8601 with a zone. Compared by `apply --plan`."),
        "errored": {"const": False, "description": "There is a plan."},
        "applyable": _flag("Whether `apply --plan` takes it: not from a snapshot, and no guard stands. May be empty."),
        "complete": _flag(
            "Whether applying it reaches what the policy says of dbt Cloud: nothing is blocked, left for another run, "
            "or kept because it waits, is protected or its job is in no list. What a relay will do does not count."
        ),
        "differs": _flag("Whether there is any action."),
        "refused": _flag("Whether a guard stands that was not allowed."),
        "counts": _counts(),
        "coverage": _coverage(),
        "actions": _list("Everything that would be done, in the order of their keys.", _ref("action")),
        "left_for_another_run": _list("`id` of the actions that this run leaves: drift.", {"type": "string"}),
        "wanted_of_recipients": _list("What the policy sets of recipients themselves; no differences.", _wanted()),
        "kept": _list("Ours, not wanted, and kept; no differences.", _kept()),
        "blocked": _list("What live does not answer; left alone.", _blocked()),
        "relay": _relay(),
        "guards": _list("The guards that fired.", _guard()),
        "silenced": _list("Jobs that lose their last alert on purpose, by id.", {"type": "integer"}),
        "notes": _list("What is good to know.", {"type": "string"}),
        "api_calls": _number("Requests that the plan took."),
        "digest": _text("SHA-256 of everything else here, without `result` and `exit_code`.", pattern=_DIGEST),
    }
    return _object("A plan.", names, optional=_RUN)


def _errored() -> Schema:
    properties = {
        **_head(),
        "created_at": _text("When planning was tried: ISO 8601 with a zone."),
        "errored": {"const": True, "description": "There is no plan: planning failed, or was never finished."},
        "applyable": {"const": False, "description": "`apply --plan` refuses it with exit 5."},
        "complete": {"const": False, "description": "Nothing would be reached."},
        "message": _text("What went wrong."),
        "next_step": _text("What to do about it."),
        "problems": _list("What the policy's files get wrong, all of it.", _ref("problem")),
        "digest": _text("SHA-256 of everything else here.", pattern=_DIGEST),
    }
    return _object("Why there is no plan.", properties, optional=_RUN)


def _problem() -> Schema:
    properties = {
        "file": _text("The file."),
        "line": _number("The line, from 1."),
        "column": _number("The column, from 1."),
        "severity": _text("`error` or `warning`."),
        "message": _text("What is wrong."),
        "found": _text("What stands there."),
        "expected": _text("What may stand there."),
        "fix": _text("What to write."),
        "also_at": _list("Further places.", {"type": "string"}),
    }
    return _object("One problem of the policy.", properties)


def _counts() -> Schema:
    names = (*VERBS.values(), "unchanged", "foreign", "kept")
    return _object("How many of each kind.", {name: _number("How many.") for name in names})


def _coverage() -> Schema:
    properties = {
        "before": _number("Jobs in scope of whose failure somebody is told now."),
        "after": _number("The same after this plan."),
        "jobs": _number("Jobs in scope."),
        "untold": _list("Jobs in scope of whose failure nobody would be told, by id.", {"type": "integer"}),
    }
    return _object("Who is told of failures.", properties)


def _wanted() -> Schema:
    properties = {
        "recipient": _text("The recipient's key."),
        "slack_channel_name": _text("The channel's display name."),
        "user_id": _number("The user who stands for it."),
        "exclusive": _flag("Whether the policy declares it its own alone."),
    }
    return _object("One recipient.", properties, optional=frozenset({"slack_channel_name", "user_id"}))


def _edge() -> Schema:
    return {
        "recipient": _text("Who is told: `user:<id>`, `email:<address>`, `slack:<id>` or `slack_app:<id>`."),
        "recipient_name": _text("How people call them."),
        "outcome": _words("Of what.", NATIVE_OUTCOMES),
        "job_id": _number("Of which job."),
        "job": _text("How people call the job; told apart where names repeat. Empty if it is in no list."),
    }


def _kept() -> Schema:
    properties = {"why": _words("Why it stays.", KeptWhy), **_edge(), "team": _text("Whose it is.")}
    return _object("One alert of ours that stays.", properties)


def _blocked() -> Schema:
    properties = {
        "kind": _words("What kind of answer is missing.", BlockedKind),
        "what": _text("What is not answered."),
        "next_step": _text("What to do about it."),
        "at": _text("Where in the policy; empty if nowhere."),
    }
    return _object("One item that is left alone.", properties)


def _relay() -> Schema:
    text = {"type": ["string", "null"]}
    change = {
        "jobs": _list("The jobs, by id.", {"type": "integer"}),
        "what": _text("Which fact."),
        "before": {**text, "description": "What it was; null for nothing."},
        "after": {**text, "description": "What it becomes; null for nothing."},
    }
    properties = {
        "state": {"const": "pending", "description": "Relayed routes are not in force until a relay serves them."},
        "jobs": _number("Jobs with a relayed fact."),
        "changes": _list("What changes of it.", _object("One fact.", change)),
    }
    return _object("What a relay shall do.", properties)


def _guard() -> Schema:
    properties = {
        "guard": _words("Which guard.", GuardName),
        "message": _text("Why it fired."),
        "items": _list("What it counted.", {"type": "string"}),
        "allow": {
            "type": ["string", "null"],
            "description": "The exact `--allow` value; null if there is none.",
        },
        "allowed": _flag("Whether that was given."),
    }
    return _object("One guard that fired.", properties)


def _action_head(family: str) -> Schema:
    verbs = [name for name, each in FAMILIES.items() if each == family]
    return {
        "do": _words("What is done.", verbs),
        "id": _text("What makes two plans' actions the same one: `apply --plan` compares it."),
        "cause": _words("Why: the policy, drift (somebody changed live), or adoption (live had it already).", Cause),
        "reason": _text("Why, in one word; see the table of reasons.", minLength=1),
        "parts": _list("What is compared in place of `id`, where there are several settings.", {"type": "string"}),
        "team": _text("Whose it is; empty where several teams share it."),
    }


_PARTS: Final = frozenset({"parts"})


def _edge_action() -> Schema:
    state = "Told and claimed; null where there is neither an alert nor a claim of ours."
    properties = {
        **_action_head(_EDGE),
        **_edge(),
        "before": _or_null(_ref("edge_state"), state),
        "after": _or_null(_ref("edge_state"), state),
    }
    return _object("Somebody starts or stops being told, or only the ledger changes.", properties, optional=_PARTS)


def _edge_state() -> Schema:
    properties = {
        "told": _flag("Whether dbt Cloud tells them."),
        "ours": _or_null(_ref("claim"), "What the ledger holds; null where it is not ours."),
    }
    return _object("One alert, as far as it concerns us.", properties)


def _claim() -> Schema:
    wanter = _object("One of them.", {"team": _text("The team."), "channel": _text("Its channel.")})
    properties = {
        "team": _text("Whose it is."),
        "channel": _text("The channel's name in the policy."),
        "also": _list("Further teams that want it.", wanter),
        "protected": _flag("Whether it may not be removed."),
        "origin": _words("Whether we made it or found it there.", Origin),
    }
    return _object("What the ledger holds of one alert.", properties, optional=frozenset({"also"}))


def _recipient_action() -> Schema:
    values = {
        "slack_channel_name": {"type": ["string", "null"], "description": "The channel's display name."},
        "user_id": {"type": ["integer", "null"], "description": "The user who stands for it."},
    }
    settings = _object("The settings that change.", values, optional=frozenset(values)) | {"minProperties": 1}
    properties = {
        **_action_head(_RECIPIENT),
        "recipient": _text("The recipient's key."),
        "recipient_name": _text("How people call them."),
        "channel": _text("The channel's name in the policy."),
        "before": settings,
        "after": settings,
    }
    return _object("Settings of a notification row change.", properties, optional=_PARTS)


def _webhook_action() -> Schema:
    state = "The settings that change; null where there is no webhook."
    properties = {
        **_action_head(_WEBHOOK),
        "key": _text("The webhook's key, `team/name`."),
        "webhook_id": _text("dbt Cloud's id; a new webhook has none."),
        "sink": _text("What kind of place its secret goes to."),
        "judged": _list("How guards judge the change: widens, narrows, rearms, disarms.", {"type": "string"}),
        "before": _or_null(_ref("webhook_settings"), state),
        "after": _or_null(_ref("webhook_settings"), state),
    }
    return _object("A webhook of ours.", properties, optional=_PARTS | {"webhook_id", "sink", "judged"})


def _webhook_settings() -> Schema:
    jobs: Schema = {"oneOf": [{"const": "all"}, {"type": "array", "items": {"type": "integer"}}]}
    properties = {
        "ours": _flag("Whether the ledger claims it."),
        "name": _text("Its name."),
        "url": _text("Scheme and host of its URL, and a fingerprint of all of it.", pattern="/redacted-[0-9a-f]{32}$"),
        "events": _list("What it is sent.", {"type": "string"}),
        "jobs": {**jobs, "description": "Of which jobs, by id, or `all`."},
        "description": _text("Its description, which ends with our mark."),
        "active": _flag("Whether it is switched on."),
    }
    return _object("Settings of a webhook.", properties, optional=frozenset(properties))


def _models_action() -> Schema:
    state = "Told and claimed; null where there is neither an alert nor a claim of ours."
    properties = {
        **_action_head(_MODELS),
        "environment_id": _number("Of which environment."),
        "environment": _text("How people call it; empty if it is in no list."),
        "outcome": _words("Of what; without it, of all that is claimed there.", ModelOutcome),
        "before": _or_null(_ref("models_state"), state),
        "after": _or_null(_ref("models_state"), state),
    }
    return _object("dbt Cloud's mails to the owners of models.", properties, optional=_PARTS | {"outcome"})


def _models_state() -> Schema:
    claim = {
        "team": _text("Whose it is."),
        "found": _list("The outcomes that were on before us.", _words("One of them.", ModelOutcome)),
    }
    properties = {
        "told": _flag("Whether dbt Cloud tells the owners."),
        "ours": _or_null(_object("What the ledger holds.", claim), "What the ledger holds; null where it is not ours."),
    }
    return _object("One environment's mails, as far as they concern us.", properties, optional=frozenset({"told"}))
