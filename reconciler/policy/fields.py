"""The kinds of single values, each with its own complaint and its line in the JSON Schema.

A validator that refuses raises `PydanticCustomError`; `mistakes.py` adds the place and quotes what was found.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, PlainSerializer, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.model.secret import Reference, Secret

__all__ = [
    "AccountId",
    "Day",
    "Duration",
    "Email",
    "HostText",
    "Name",
    "Percent",
    "SecretText",
    "SignedDuration",
    "Text",
    "TimeOfDay",
    "Timezone",
    "Url",
    "WebhookId",
    "format_duration",
    "listed_value",
    "parse_duration",
    "refuse",
]

REFERENCE: Final = re.compile(r"\$(?:([A-Z_][A-Z0-9_]*)|\{([A-Z_][A-Z0-9_]*)\})")
_LOOKS_LIKE_REFERENCE: Final = re.compile(r"^\$|\$\{.*\}|\$[A-Z_][A-Z0-9_]+", re.DOTALL)
_FORBIDDEN: Final = re.compile(r"GITHUB_TOKEN|ACTIONS_.*|AWS_.*")
_UNITS: Final = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION: Final = re.compile(r"(?:([0-9]{1,5})d)?(?:([0-9]{1,5})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,7})s)?")
_UNITS_PATTERN: Final = r"([0-9]{1,5}d)?([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,7}s)?"
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WEBHOOK_ID: Final = r"wsu_[A-Za-z0-9_-]{1,100}"
_PERCENT: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)%")


def refuse(message: str, *, expected: str = "", fix: str = "") -> PydanticCustomError:
    """Return the error that carries our words to the problem. The words hold no braces of their own."""
    return PydanticCustomError("policy", "{message}", {"message": message, "expected": expected, "fix": fix})


def listed_value(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Write one value as the list of one that it means."""
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, str):
        return value
    raise refuse("this must be text", expected="text", fix="put it in quotes")


def _no_reference(value: str) -> str:
    if value[0] == "$" and REFERENCE.fullmatch(value):
        raise refuse(
            "a reference cannot stand here: this value is plain text",
            expected="text; `$NAME` stands in `account` and in secret values only",
            fix="write the value itself",
        )
    return value


@lru_cache(maxsize=4096)
def _duration_seconds(text: str) -> int | None:
    parts = _DURATION.fullmatch(text)
    if parts is None or not text:
        return None
    return sum(int(count) * unit for count, unit in zip(parts.groups(), _UNITS.values(), strict=True) if count)


def parse_duration(value: Any) -> timedelta:  # noqa: ANN401
    """Read `30m`, `1h30m`, `7d`. Zero is refused."""
    seconds = _duration_seconds(value) if isinstance(value, str) else None
    if not seconds:
        raise refuse(
            "this is not a length of time",
            expected="a number and a unit, the greater unit first: `45s`, `30m`, `1h30m`, `7d`",
            fix=f"write `{value}m` for minutes" if isinstance(value, int) and value > 0 else "write it like `30m`",
        )
    return timedelta(seconds=seconds)


def format_duration(value: timedelta) -> str:
    """Write a length of time the one canonical way: `1h30m`."""
    seconds = int(value.total_seconds())
    parts = []
    for unit, length in _UNITS.items():
        count, seconds = divmod(seconds, length)
        parts.append(f"{count}{unit}" if count else "")
    return "".join(parts) or "0s"


def _since(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, str) and (_TIME.fullmatch(value) or (value[:1] == "-" and _duration_seconds(value[1:]))):
        return value
    raise refuse(
        "this is neither a time of day nor a time before it",
        expected='a time of the due day ("00:00") or a length of time before its start (`-4h`)',
        fix='write it like "00:00" or `-4h`',
    )


def _time(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, str) and _TIME.fullmatch(value):
        return value
    padded = f"0{value}" if isinstance(value, str) and _TIME.fullmatch(f"0{value}") else "08:00"
    raise refuse("this is not a time of day", expected='"HH:MM", 24 hours', fix=f'write it like "{padded}"')


def _day(value: Any) -> date:  # noqa: ANN401
    try:
        return date.fromisoformat(value if _DAY.fullmatch(value) else "")
    except (TypeError, ValueError):
        raise refuse("this is not a day", expected="YYYY-MM-DD", fix="write it like `2027-01-05`") from None


def _percent(value: Any) -> float:  # noqa: ANN401
    parts = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        raise refuse("this is not a percentage", expected="a number and %", fix="write it like `95%`")
    return float(parts[1])


@lru_cache(maxsize=512)
def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _timezone(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, str) and len(value) < 64 and _zone_exists(value):
        return value
    raise refuse("this is not a time zone", expected="a name of the IANA list", fix="write it like `America/New_York`")


def _email(value: str) -> str:
    local, _, domain = value.rpartition("@")
    if local and domain and "@" not in local and value.split() == [value]:
        return value
    raise refuse("this is not an e-mail address", expected="name@host", fix="correct the address")


def _url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    if scheme in {"https", "http"} and rest and rest[0] not in "/?#:" and value.split() == [value]:
        return value
    raise refuse(
        "this is not a web address", expected="https://host/path", fix="write the whole address, with https://"
    )


def _webhook_id(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, str) and re.fullmatch(_WEBHOOK_ID, value):
        return value
    raise refuse(
        "this is not a webhook's id",
        expected="`wsu_` and letters and digits, as dbt Cloud has it",
        fix="run `dbt-alerts import`, which writes it; to make a new webhook, delete this line",
    )


def _reference(value: str) -> Reference | None:
    """Return what the whole value refers to. Refuses what only looks like a reference, or must not be opened."""
    match = REFERENCE.fullmatch(value)
    if match is None:
        if _LOOKS_LIKE_REFERENCE.search(value):
            raise refuse(
                "this is not a reference",
                expected="`$NAME`, upper case, as the whole value: no defaults, no parts of a text",
                fix="put the whole value into one environment variable and write its name",
            )
        return None
    name = match[1] or match[2]
    if _FORBIDDEN.fullmatch(name):
        raise refuse(
            f"${name} is not opened by any policy",
            expected="a variable made for this policy; GITHUB_TOKEN, ACTIONS_* and AWS_* are refused",
            fix="give the value a variable of its own",
        )
    return Reference(name)


def _secret(value: Any) -> Secret | Reference:  # noqa: ANN401
    text = _text(value)
    if not text:
        raise refuse("a secret is empty", expected="a reference", fix="write `$NAME`")
    return _reference(text) or Secret(text)


def _account_id(value: Any) -> int | Reference:  # noqa: ANN401
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    reference = _reference(value) if isinstance(value, str) else None
    if reference:
        return reference
    unquoted = isinstance(value, str) and value.isdigit()
    raise refuse(
        "this is not an account id",
        expected="the number in the address of your account, or a reference",
        fix="write the number without quotes" if unquoted else "write the number, or `$DBT_CLOUD_ACCOUNT_ID`",
    )


def _host(value: Any) -> str | Reference:  # noqa: ANN401
    text = _text(value)
    return _reference(text) or _url(text)


_STRING: Final[dict[str, Any]] = {"type": "string", "minLength": 1}

Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000), AfterValidator(_no_reference)]
"""Plain text, never empty, never a reference."""

Name = Annotated[str, StringConstraints(pattern=r"^[^\s+\-$]\S{0,99}$")]
"""What things are called: no spaces, no sign in front (signs edit lists)."""

Email = Annotated[Text, AfterValidator(_email), WithJsonSchema({**_STRING, "pattern": r"^[^@\s]+@[^@\s]+$"})]
Url = Annotated[Text, AfterValidator(_url), WithJsonSchema({**_STRING, "pattern": r"^https?://[^/?#:\s]\S*$"})]
Duration = Annotated[
    timedelta,
    PlainValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": rf"^(?=.*[1-9]){_UNITS_PATTERN}$"}),
]
SignedDuration = Annotated[
    str,
    PlainValidator(_since),
    WithJsonSchema({"type": "string", "pattern": rf"^(([01][0-9]|2[0-3]):[0-5][0-9]|-(?=.*[1-9]){_UNITS_PATTERN})$"}),
]
TimeOfDay = Annotated[
    str, PlainValidator(_time), WithJsonSchema({"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"})
]
Day = Annotated[
    date,
    PlainValidator(_day),
    PlainSerializer(date.isoformat, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]
Percent = Annotated[
    float,
    PlainValidator(_percent),
    PlainSerializer(lambda value: f"{value:g}%", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,6})?%$"}),
]
Timezone = Annotated[str, PlainValidator(_timezone), WithJsonSchema(_STRING)]
WebhookId = Annotated[
    str, PlainValidator(_webhook_id), WithJsonSchema({"type": "string", "pattern": f"^{_WEBHOOK_ID}$"})
]
SecretText = Annotated[
    Any, PlainValidator(_secret), PlainSerializer(str, return_type=str, when_used="json"), WithJsonSchema(_STRING)
]
AccountId = Annotated[
    Any,
    PlainValidator(_account_id),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": r"^\$([A-Z_][A-Z0-9_]*|\{[A-Z_][A-Z0-9_]*\})$"},
            ]
        }
    ),
]
HostText = Annotated[
    Any, PlainValidator(_host), PlainSerializer(str, return_type=str, when_used="json"), WithJsonSchema(_STRING)
]
