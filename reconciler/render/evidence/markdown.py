"""A run of `alert-test` as Markdown: for the issue that stays open until nothing fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from reconciler.escape import markdown
from reconciler.model.evidence import Evidence, Standing, Tested
from reconciler.render.evidence.text import verdict

__all__ = ["evidence_markdown"]


def evidence_markdown(tested: Tested) -> str:
    """Return the report: failures with owners to chase first, then a table of everything."""
    return "\n".join(_lines(tested)) + "\n"


def _lines(tested: Tested) -> Iterator[str]:
    yield "## Test alerts"
    yield ""
    yield markdown(verdict(tested))
    yield ""
    if tested.failed:
        yield from _failures(tested)
    if tested.evidence:
        yield "| route | stage | standing | answer |"
        yield "|---|---|---|---|"
        yield from map(_row, tested.evidence)
        yield ""
    for each in tested.noted:
        yield f"- note: {markdown(each)}"
    for each in tested.skipped:
        yield f"- left out: {markdown(each)}"


def _failures(tested: Tested) -> Iterator[str]:
    by_owner: defaultdict[str, list[Evidence]] = defaultdict(list)
    for each in tested.failed:
        by_owner[", ".join(each.owners) or "nobody named"].append(each)
    for owner, failed in sorted(by_owner.items()):
        yield f"### To do: {markdown(owner)}"
        yield ""
        for each in failed:
            fix = f" **To do:** {markdown(each.fix)}" if each.fix else ""
            yield f"- [ ] **{markdown(each.route)}** ({each.stage}): {markdown(each.answer)}.{fix}"
        yield ""


def _row(each: Evidence) -> str:
    word = f"**{each.standing}**" if each.standing is Standing.FAILED else each.word
    return f"| {markdown(each.route)} | {each.stage} | {word} | {markdown(each.answer)} |"
