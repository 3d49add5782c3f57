"""The jobs of whose failure nobody hears: why, and the nearest line of the policy that would change it."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from reconciler.model.coverage import Gap, JobCoverage, Means, Standing
from reconciler.model.outcome import Outcome
from reconciler.model.selector import job_name_for_matching
from reconciler.plan.resolve import Recipient

if TYPE_CHECKING:
    from reconciler.model.policy import Layer, Policy
    from reconciler.model.problem import Position
    from reconciler.plan.survey import Survey

__all__ = ["gaps"]

_NAMED: Final = 20
"""Jobs that one entry of YAML lists; a longer list is for an editor, not for a page."""

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[ .-][A-Za-z0-9_]+)*")
_WORDS: Final = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_ODD: Final = re.compile("[`\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]")


def gaps(jobs: Sequence[JobCoverage], survey: Survey) -> tuple[Gap, ...]:
    """Return what is missing, production first, then what concerns most jobs."""
    groups: defaultdict[tuple[object, ...], list[JobCoverage]] = defaultdict(list)
    for job in jobs:
        if not job.answer.failure.standing.decided:
            groups[_alike(job)].append(job)
    advice = _Advice(survey, jobs)
    ordered = sorted(groups.values(), key=lambda group: (not group[0].production, -len(group), group[0].id))
    return tuple(advice.gap(group) for group in ordered)


def _alike(job: JobCoverage) -> tuple[object, ...]:
    """Jobs with one rule have one remedy; those without are taken together by where they are."""
    place = (job.project, job.environment) if job.answer.at is None else ()
    return (job.production, id(job.answer) if job.answer.at else job.answer.failure.standing, *place)


class _Advice:
    """Knows the policy's files and tiers, and so where a line belongs."""

    def __init__(self, survey: Survey, jobs: Sequence[JobCoverage]) -> None:
        self._survey, self._policy = survey, survey.policy
        self._files: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._unruled: Counter[tuple[str, str]] = Counter()
        self._all: Counter[tuple[str, str]] = Counter()
        for placed in survey.places.values():
            project = placed.project.name if placed.project else ""
            place = (project, placed.environment.name if placed.environment else "")
            self._all[place] += 1
            if placed.rule is None:
                self._unruled[place] += 1
            else:
                self._files[project][placed.rule.at.file] += 1
        self._tier = _quiet_tier(self._policy, self._tells_today)
        self._native: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for job in jobs:
            found = (route for route in job.answer.failure.routes if route.means is Means.NATIVE and not route.broken)
            self._native[job.project].update(route.channel for route in found)

    def _tells_today(self, channel: str) -> bool:
        """Tell whether dbt Cloud itself delivers to it: no relay is there yet."""
        found = self._survey.resolved.get(channel)
        return isinstance(found, Recipient) and found.departed is None and self._survey.scope.recipient(found.key)

    def _channel(self, project: str) -> str:
        """Return the native channel that most failures of the project are told to; a word to fill in where none is."""
        best = sorted(self._native[project].items(), key=lambda item: (-item[1], item[0]))
        return _scalar(best[0][0]) if best else "a-native-channel"

    def gap(self, jobs: Sequence[JobCoverage]) -> Gap:
        answer = jobs[0].answer
        ids = tuple(job.id for job in jobs)
        broken = [route for route in answer.failure.routes if route.broken]
        if broken:
            why = "; ".join(dict.fromkeys(route.broken for route in broken))
            where = f"see to the channel, or name another at {_line(broken[0].because[-1])}"
            return Gap(jobs=ids, why=why, where=where)
        if answer.failure.standing is Standing.PARTLY:
            some = ", ".join(dict.fromkeys(route.condition for route in answer.failure.routes))
            at = answer.failure.routes[0].because[-1]
            return Gap(
                jobs=ids,
                why=f"the policy names somebody only for failures {some}",
                where=f"add a channel without `of` at {_line(at)}",
            )
        if answer.at is None:
            return self._without_rule(jobs, ids)
        if answer.silent:
            why, where = "declared silent without a reason", f"add to {_line(answer.at)}:"
            return Gap(jobs=ids, why=why, where=where, lines=("reason: why nobody needs to know",))
        why = f"its rule tells nobody of a failure{f' (tier {answer.tier})' if answer.tier else ''}"
        return Gap(jobs=ids, why=why, where=f"add to {_line(answer.at)}:", lines=(self._notify(jobs[0].project),))

    def _notify(self, project: str, sign: str = "") -> str:
        return f"notify: {{failure: [{sign}{self._channel(project)}]}}"

    def _without_rule(self, jobs: Sequence[JobCoverage], ids: tuple[int, ...]) -> Gap:
        project, environment = jobs[0].project, jobs[0].environment
        files = self._files.get(project)
        where = f"add to {files.most_common(1)[0][0]}" if files else "add to the file of the team that owns them"
        said = self._said_of(jobs[0])
        entries = (f"- match: {{{match}}}" for match in self._matches(jobs, project, environment))
        lines = tuple(line for entry in entries for line in (entry, *said))
        return Gap(jobs=ids, why="no rule of `jobs:` speaks for it", where=f"{where}, under `jobs:`", lines=lines)

    def _said_of(self, job: JobCoverage) -> tuple[str, ...]:
        """Return the rest of an entry. What is no production may well be silent, if somebody says why.

        A tier that only the relay would tell comes with a native channel: alone it tells nobody yet.
        """
        if not job.production:
            return ("  tier: none", "  reason: why nobody needs to know")
        tier, native = self._tier
        if not tier:
            return (f"  {self._notify(job.project)}",)
        said = f"  tier: {_scalar(tier)}"
        return (said,) if native else (said, f"  {self._notify(job.project, '+')}")

    def _matches(self, jobs: Sequence[JobCoverage], project: str, environment: str) -> Iterator[str]:
        """Yield the keys of one selector, or of two: a name with a star in it is a pattern, so that job goes by id."""
        place = (project, environment)
        odd = [job for job in jobs if "*" in job.name or not (project and environment)]
        names = sorted({job_name_for_matching(job.name) for job in jobs if job not in odd})
        if names:
            every = self._all[place] == self._unruled[place] == len(jobs) and len(jobs) > 1 and not odd
            named = "" if every else f", name: {_listed([_scalar(name) for name in names])}"
            yield f"project: {_scalar(project)}, environment: {_scalar(environment)}{named}"
        if odd:
            yield f"id: {_listed([str(job.id) for job in odd])}"


def _quiet_tier(policy: Policy, tells_today: Callable[[str], bool]) -> tuple[str, bool]:
    """Return the least severe tier that alone tells somebody of every failure, and whether dbt Cloud itself does.

    One that does comes before every one that waits for the relay. No name where no tier tells.
    """
    telling = [(tier, _told_of_failure(tier.layer)) for tier in policy.tiers.values()]
    ranked = [(any(map(tells_today, channels)), tier.rank, tier.name) for tier, channels in telling if channels]
    native, _, name = max(ranked, default=(False, 0, ""))
    return name, native


def _told_of_failure(layer: Layer) -> tuple[str, ...]:
    edit = layer.notify.get(Outcome.FAILURE)
    return () if edit is None else tuple(target.channel for target in (edit.replace or edit.add) if target.of is None)


def _listed(values: Sequence[str]) -> str:
    shown = [*values[:_NAMED], *([f"… and {len(values) - _NAMED} more"] if len(values) > _NAMED else [])]
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"


def _scalar(text: str) -> str:
    """Return a name as YAML reads it back: plain where that is safe, else quoted as JSON, which YAML contains.

    A backtick is written as its code: it might end the block of code that the line is shown in.
    """
    if _PLAIN.fullmatch(text) and text.casefold() not in _WORDS:
        return text
    return _ODD.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def _line(at: Position) -> str:
    return f"{at.file}:{at.line}"
