"""From a channel of the policy to a destination: references opened, an operator's base in front, secrets masked."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from reconciler.channels.contract import Destination, Smtp
from reconciler.channels.fit import clip
from reconciler.errors import RuntimeFailure
from reconciler.model.policy import RelayedChannel
from reconciler.model.secret import MASK, Reference, Secret

__all__ = [
    "BASE",
    "Open",
    "address",
    "base_of",
    "basic",
    "destination",
    "environ_opener",
    "masked",
    "revealed",
    "shown",
]

Open = Callable[[Secret | Reference], Secret]
"""Opens a reference. Raises LookupError for one that holds nothing; a literal secret is itself."""

BASE: Final = "DBT_ALERTS_BASE_"
"""And the kind in capitals: the operator's replacement of a vendor's scheme and host. Never a key of a policy."""

_LONGEST_ANSWER: Final = 200
_SHORTEST: Final = 6
"""Characters. A part of an address that is shorter, such as `T` or `v2`, is no secret and would mask whole words."""


def environ_opener(environ: Mapping[str, str]) -> Open:
    """Return the function that opens references from the environment; outer blanks are no part of a value."""

    def opened(value: Secret | Reference) -> Secret:
        if isinstance(value, Secret):
            return value
        found = environ.get(value.name, "").strip()
        if not found:
            raise LookupError("is empty" if value.name in environ else "is not set")
        return Secret(found)

    return opened


def destination(
    channel: RelayedChannel,
    *,
    open: Open,  # noqa: A002 - the word of every caller
    smtp: Smtp | None,
    environ: Mapping[str, str],
    acknowledges: bool = False,
) -> Destination:
    """Open the channel's references. Raises RuntimeFailure that names channel and variable for one without a value."""
    return Destination(
        name=channel.name,
        kind=channel.kind,
        settings={key: _opened(value, channel, open) for key, value in channel.settings.items()},
        base=base_of(channel.kind, environ),
        smtp=smtp,
        acknowledges=acknowledges,
    )


def base_of(kind: str, environ: Mapping[str, str]) -> str | None:
    """Return what the operator put in the place of this kind's vendor, without an ending slash."""
    return environ.get(f"{BASE}{kind.upper()}", "").strip().rstrip("/") or None


def address(to: Destination, url: str) -> str:
    """Return where a request to `url` really goes: behind the operator's base, if there is one, path and query kept."""
    if to.base is None:
        return url
    parts = urlsplit(url)
    return f"{to.base}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def revealed(value: object) -> str:
    """Return a setting's text; of a secret, the secret itself. Only for what is sent."""
    return value.reveal() if isinstance(value, Secret) else str(value)


def basic(to: Destination) -> str:
    """Return the channel's user and password as HTTP's Basic scheme carries them: as secret as they are."""
    login = f"{revealed(to.settings.get('user') or '')}:{revealed(to.settings.get('password') or '')}"
    return b64encode(login.encode()).decode()


def masked(text: str, to: Destination) -> str:
    """Return text without any secret of the destination: not whole, and of an address not one of its parts either."""
    for secret in sorted(_secrets(to), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def shown(answer: str, to: Destination) -> str:
    """Return a vendor's answer for people: masked first, then short. The other way round would leave half a secret."""
    return clip(masked(answer, to), _LONGEST_ANSWER)


def _opened(value: object, channel: RelayedChannel, open_one: Open) -> Any:  # noqa: ANN401 - settings are plain data
    if isinstance(value, Mapping):
        return {key: _opened(each, channel, open_one) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_opened(each, channel, open_one) for each in value)
    if not isinstance(value, Secret | Reference):
        return value
    try:
        return open_one(value)
    except LookupError as missing:
        name = value.name if isinstance(value, Reference) else "a secret"
        state = missing.args[0] if missing.args and str(missing.args[0]).startswith("is ") else "is not set"
        raise RuntimeFailure(
            f"{channel.at}: channel `{channel.name}` cannot be reached: the variable {name} {state}",
            next_step=f"export {name}=…, or give the channel another reference",
        ) from None


def _secrets(to: Destination) -> Iterator[str]:
    for secret in (*_inside(to.settings), *_inside({"password": to.smtp.password if to.smtp else None})):
        if not secret:
            continue
        yield secret
        if "://" in secret:
            yield from _parts(secret)
    if "password" in to.settings:
        yield basic(to)


def _inside(value: object) -> Iterator[str]:
    if isinstance(value, Secret):
        yield value.reveal()
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _inside(each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _inside(each)


def _parts(url: str) -> Iterator[str]:
    """Yield what makes an address secret: its path, its query, and each long piece of both. Its host is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return
    pieces = [parts.path, parts.query, parts.username or "", parts.password or "", *parts.path.split("/")]
    pieces += [value for pair in parts.query.split("&") for value in pair.split("=", 1)[1:]]
    yield from (piece for piece in pieces if len(piece) >= _SHORTEST)
