"""The reference page of channels, for `generate.py`: limits from the code, verdicts from the tests' case file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from reconciler.channels.pagerduty import kind as pagerduty
from reconciler.channels.slack import blocks as slack_blocks
from reconciler.channels.teams import card as teams_card
from reconciler.channels.verdicts import LONGEST_PAUSE, PAUSES
from reconciler.channels.webhook import data as webhook_data
from reconciler.http.outgoing import MAX_ANSWER_BYTES, Limits

__all__ = ["channels_text"]

_CASES: Final = Path(__file__).resolve().parent.parent / "tests" / "cases" / "channels" / "verdicts.yml"
_VERDICTS: Final = (
    ("done", "it arrived, as far as the vendor says", "nothing"),
    ("throttled", "too many", "the whole destination pauses, then the message is tried again"),
    ("transient", "the vendor or the network is ill", "tried again later"),
    ("gone", "the destination is no more, or no longer ours", "the fallback is used, and its owner is told"),
    ("permanent", "this message will never be taken", "the fallback is used"),
    ("in doubt", "it was sent, and no answer came", "tried again where the vendor knows the key; else told so"),
)
_PROOF: Final = (
    ("slack, incoming webhook", "no", "no", "200 `ok`: accepted", "none"),
    ("slack, bot", "yes", "yes", "the message is fetched (`conversations.history`) and deleted", "metadata"),
    ("teams", "no", "no", "202: accepted, never proved", "none"),
    ("pagerduty", "by key", "by key", "with `api_key` the incident is seen; without, 202: accepted", "dedup key"),
    ("webhook", "no", "no", "2xx: accepted", "`webhook-id`"),
    ("email", "by `References`", "no", "the code in the mail; else accepted", "`Message-ID`"),
    ("datadog", "by key", "no", "202: accepted", "aggregation key, of events only"),
    ("monte_carlo", "no", "no", "`ok: true`: accepted", "`x-mcd-idempotent-id`"),
    ("apprise", "no", "no", "accepted", "none"),
)


def channels_text() -> str:
    """Return the page: what each kind takes, what its answers mean, and what counts as proof."""
    return "\n".join(
        [
            "# Channels: limits, answers, proof",
            "",
            "What the kinds do and how to set them up: [the guide](../guides/channels.md).",
            "",
            *_limits(),
            *_proofs(),
            *_meanings(),
            *_answers(),
        ]
    )


def _limits() -> Iterator[str]:
    """Yield the bounds; a message is shortened to them before it is sent, so none fails for its size."""
    waits = Limits()
    yield "## Limits"
    yield ""
    yield "A message is shortened to fit, the least important first, and says what was cut. No cut stands inside a"
    yield "character, an entity, a link, a mention or an open code block."
    yield ""
    yield from _table(
        ("kind", "the vendor takes", "the bound here"),
        [
            (
                "slack",
                "50 blocks, 3,000 characters a section, 10 fields of 2,000, about 13,000 for all blocks",
                f"{slack_blocks.MAX_ALL_BLOCKS:,} characters of blocks",
            ),
            ("teams", "about 28 KB; refusals were seen from 21 KB on", f"{teams_card.MAX_BYTES:,} bytes"),
            ("pagerduty", "512 KB, summary 1,024, dedup key 255", f"{pagerduty.MAX_BYTES:,} bytes"),
            ("webhook", "Standard Webhooks: below 20 KB", f"{webhook_data.MAX_BYTES:,} bytes"),
        ],
    )
    yield ""
    spent = f"{waits.connect:g} to connect, {waits.wait:g} for each wait"
    yield f"Every request ends after {waits.total:g} seconds: {spent}."
    yield f"Of an answer {MAX_ANSWER_BYTES >> 10} KiB are read, unpacked or not."
    yield ""


def _proofs() -> Iterator[str]:
    yield "## Threads, edits, proof"
    yield ""
    yield "The key is the same in every try of one alert in one channel."
    yield ""
    yield from _table(("kind", "threads", "edits or resolves", "what a test alert can prove", "key"), _PROOF)
    yield ""


def _meanings() -> Iterator[str]:
    yield "## Verdicts"
    yield ""
    yield from _table(("verdict", "means", "what follows"), _VERDICTS)
    yield ""
    yield f"A vendor's `Retry-After` counts, in seconds or as a date, up to {LONGEST_PAUSE:,.0f} seconds; one without"
    yield "sense does not. Without it a throttled destination pauses:"
    yield ""
    yield from _table(("kind", "seconds"), [(kind, f"{pause:g}") for kind, pause in PAUSES.items()])
    yield ""


def _answers() -> Iterator[str]:
    yield "## What answers mean"
    yield ""
    yield "The transport speaks first, then the vendor's words, then the status. `any` holds where a kind has no row"
    yield "of its own. What a mail server answers is in [the guide](../guides/channels.md#e-mail)."
    yield ""
    cases: Sequence[Mapping[str, Any]] = YAML(typ="safe").load(_CASES.read_text(encoding="utf-8"))
    yield from _table(("kind", "answer", "verdict"), [(row["kind"], _answer(row), row["verdict"]) for row in cases])
    yield ""


def _answer(row: Mapping[str, Any]) -> str:
    if "answer" in row:
        return str(row["answer"]) if row["status"] == "none" else f"{row['status']}: {row['answer']}"
    headers = "".join(f", `{name}: {value}`" for name, value in row.get("headers", {}).items())
    body = f" `{row['body']}`" if row.get("body") else ""
    return f"{row['status']}{body}{headers}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
