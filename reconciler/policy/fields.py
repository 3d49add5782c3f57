"""The kinds of single values, each with its own complaint and its line in the JSON Schema.

A validator that refuses raises `PydanticCustomError`; `mistakes.py` adds the place and quotes what was found.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, PlainSerializer, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from reconciler.model.duration import DURATION_UNITS, exact_duration
from reconciler.model.secret import Reference, Secret

__all__ = [
    "LARGEST_ID",
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
    "listed_value",
    "parse_duration",
    "refuse",
]

REFERENCE: Final = re.compile(r"\$(?:([A-Z_][A-Z0-9_]*)|\{([A-Z_][A-Z0-9_]*)\})")
_LOOKS_LIKE_REFERENCE: Final = re.compile(r"^\$|\$\{.*\}|\$[A-Z_][A-Z0-9_]+", re.DOTALL)
_FORBIDDEN: Final = re.compile(r"GITHUB_TOKEN|ACTIONS_.*|AWS_.*")
LONGEST_TEXT: Final = 10_000
"""Characters of one text: a message of a chat holds fewer."""
LARGEST_ID: Final = 2**63 - 1
"""The largest id that dbt Cloud can give."""
_DURATION: Final = re.compile(r"(?:([0-9]{1,5})d)?(?:([0-9]{1,5})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,7})s)?")
_UNITS_PATTERN: Final = r"([0-9]{1,5}d)?([0-9]{1,5}h)?([0-9]{1,6}m)?([0-9]{1,7}s)?"
_TIME: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_DAY: Final = re.compile(r"2[0-9]{3}-[0-9]{2}-[0-9]{2}")
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")
_PORT: Final = r"(?::(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[0-9]{1,4}))?"
_IPV6: Final = r"\[(?:::1|(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,6}:[0-9A-Fa-f]{1,4})\]"
_HOSTNAME: Final = r"[A-Za-z0-9._~\u00a1-\u1fff\u2c00-\u2dff\u3040-\ud7ff-]+"
_ADDRESS: Final = rf"https?://(?:[^\s/?#@\[\]]*@)?(?:{_IPV6}|{_HOSTNAME}){_PORT}(?:[/?#]\S*)?"
_WEB_ADDRESS: Final = re.compile(_ADDRESS)
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
    if not value.strip():
        raise refuse("this text is blank", expected="a text that says something", fix="write it, or delete the key")
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
    return sum(int(count) * unit for count, unit in zip(parts.groups(), DURATION_UNITS.values(), strict=True) if count)


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
        expected = "a day that exists, as YYYY-MM-DD, of the years 2000 to 2999"
        raise refuse("this is not a day", expected=expected, fix="write it like `2027-01-05`") from None


def _percent(value: Any) -> float:  # noqa: ANN401
    parts = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if parts is None:
        raise refuse("this is not a percentage", expected="a number and %", fix="write it like `95%`")
    return float(parts[1])


def _timezone(value: Any) -> str:  # noqa: ANN401
    """Check the form only: which zones there are is the system's to know, and is asked with the other names."""
    if isinstance(value, str) and len(value) < 64 and _ZONE.fullmatch(value):
        return value
    raise refuse("this is not a time zone", expected="a name of the IANA list", fix="write it like `America/New_York`")


def _email(value: str) -> str:
    local, _, domain = value.rpartition("@")
    if local and domain and "@" not in local and value.split() == [value]:
        return value
    raise refuse("this is not an e-mail address", expected="name@host", fix="correct the address")


def _url(value: str) -> str:
    if _WEB_ADDRESS.fullmatch(value) and _readable(value):
        return value
    raise refuse(
        "this is not a web address", expected="https://host/path", fix="write the whole address, with https://"
    )


def _readable(address: str) -> bool:
    """Tell whether Python's own reader takes the address too: what it refuses would fail later, and elsewhere."""
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False


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
    if not text.strip():
        raise refuse("a secret is empty", expected="a reference", fix="write `$NAME`")
    if "\n" in text or "\r" in text or len(text) > LONGEST_TEXT:
        expected = f"a reference, or one line of at most {LONGEST_TEXT:,} characters"
        raise refuse("a secret is one line", expected=expected, fix="put it into a variable and write `$NAME`")
    return _reference(text) or Secret(text)


def _account_id(value: Any) -> int | Reference:  # noqa: ANN401
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_ID:
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


# What follows speaks to JSON Schema, in the regular expressions of ECMA-262. Tests hold it against the functions above.
_STRING: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}
_WRITTEN_REFERENCE: Final = r"\$([A-Z_][A-Z0-9_]*|\{[A-Z_][A-Z0-9_]*\})"
_OPENED: Final = rf"(?!\$\{{?(GITHUB_TOKEN|ACTIONS_[A-Z0-9_]*|AWS_[A-Z0-9_]*)\}}?$){_WRITTEN_REFERENCE}"
_NO_LIKENESS: Final = r"(?!\$)(?![\s\S]*\$\{[\s\S]*\})(?![\s\S]*\$[A-Z_][A-Z0-9_])"
_PLAIN_TEXT: Final = rf"^(?!{_WRITTEN_REFERENCE}$)[\s\S]*\S"
_SECRET_TEXT: Final = rf"^({_OPENED}|{_NO_LIKENESS}[^\r\n]*\S[^\r\n]*)$"

Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_TEXT),
    AfterValidator(_no_reference),
    WithJsonSchema({**_STRING, "pattern": _PLAIN_TEXT}),
]
"""Plain text, never empty, never a reference."""

Name = Annotated[str, StringConstraints(pattern=r"^[^\s+\-$]\S{0,99}$")]
"""What things are called: no spaces, no sign in front (signs edit lists)."""

Email = Annotated[Text, AfterValidator(_email), WithJsonSchema({**_STRING, "pattern": r"^[^@\s]+@[^@\s]+$"})]
Url = Annotated[Text, AfterValidator(_url), WithJsonSchema({**_STRING, "pattern": f"^{_ADDRESS}$"})]
Duration = Annotated[
    timedelta,
    PlainValidator(parse_duration),
    PlainSerializer(exact_duration, return_type=str, when_used="json"),
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
    WithJsonSchema({"type": "string", "format": "date", "pattern": "^2[0-9]{3}-[0-9]{2}-[0-9]{2}$"}),
]
Percent = Annotated[
    float,
    PlainValidator(_percent),
    PlainSerializer(lambda value: f"{value:g}%", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,6}(\.[0-9]{1,6})?%$"}),
]
Timezone = Annotated[
    str,
    PlainValidator(_timezone),
    WithJsonSchema({"type": "string", "maxLength": 63, "pattern": f"^{_ZONE.pattern}$"}),
]
WebhookId = Annotated[
    str, PlainValidator(_webhook_id), WithJsonSchema({"type": "string", "pattern": f"^{_WEBHOOK_ID}$"})
]
SecretText = Annotated[
    Any,
    PlainValidator(_secret),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({**_STRING, "pattern": _SECRET_TEXT}),
]
AccountId = Annotated[
    Any,
    PlainValidator(_account_id),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
                {"type": "string", "pattern": f"^{_OPENED}$"},
            ]
        }
    ),
]
HostText = Annotated[
    Any,
    PlainValidator(_host),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({**_STRING, "pattern": f"^({_OPENED}|{_NO_LIKENESS}{_ADDRESS})$"}),
]
