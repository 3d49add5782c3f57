"""Policies of the version before this one, rewritten in place; and words that are read for other ones.

A migration is data: the version that it starts from, and a function from a file to edits. Today there is one version of
the language, so the list is empty. Nothing is written here: the texts go back to who asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from reconciler.errors import PolicyError
from reconciler.model.edit import Edit, ReplaceScalar
from reconciler.model.problem import Problem
from reconciler.policy.compiling.policy import VERSION
from reconciler.policy.editing.edit import Refusal, apply_edits, apply_together, place_of
from reconciler.policy.editing.files import Rewrite, read_text
from reconciler.policy.files import find
from reconciler.policy.loader import load
from reconciler.policy.yaml_tree import Tree, parse

if TYPE_CHECKING:
    from reconciler.model.policy import Policy

__all__ = ["MIGRATIONS", "Migrated", "Migration", "Migrator", "word_edits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """From one version to the next: `edits` says what changes in a file. `version:` itself is not its business."""

    from_version: int
    edits: Callable[[Tree], Iterable[Edit]]


MIGRATIONS: Final[tuple[Migration, ...]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """Every file as it is and as it would be. `found` is the version that the files say, None where none does.

    `left` are words that stand where nothing can be rewritten, such as below an anchor; they are read all the same.
    """

    rewrites: tuple[Rewrite, ...]
    found: int | None
    version: int
    left: tuple[Refusal, ...] = ()

    @property
    def changed(self) -> tuple[Rewrite, ...]:
        return tuple(each for each in self.rewrites if each.changes)


def word_edits(policy: Policy) -> tuple[Edit, ...]:
    """Return what writes this language's words in place of those that people brought along."""
    return tuple(edit for problem in policy.warnings for edit in problem.edits)


class Migrator:
    """Rewrites policies for one version. `loaded` reads the result: by it a policy is judged before it is written."""

    def __init__(
        self,
        *,
        migrations: Sequence[Migration] = MIGRATIONS,
        version: int = VERSION,
        loaded: Callable[..., Policy] = load,
    ) -> None:
        self._from = {migration.from_version: migration for migration in migrations}
        self._version = version
        self._loaded = loaded

    def migrated(self, paths: Sequence[Path]) -> Migrated:
        """Return the files as they would be. Raises PolicyError: a newer version, one too old, a policy that is wrong.

        A policy is migrated whole or not at all.
        """
        before = _texts(paths)
        trees = [parse(file, text.encode("utf-8", "surrogateescape"))[0] for file, text in before.items()]
        places = [tree for tree in trees if type(tree.data.get("version")) is int]
        found = min((tree.data["version"] for tree in places), default=None)
        after = dict(before)
        if places and found is not None and found != self._version:
            after |= self._rewritten(before, trees, self._migration(found, places))
        after, left = self._with_own_words(paths, after)
        rewrites = tuple(Rewrite(file=file, before=text, after=after[file]) for file, text in before.items())
        return Migrated(rewrites=rewrites, found=found, version=self._version, left=left)

    def _migration(self, found: int, places: Sequence[Tree]) -> Migration:
        """Return what leads from a version to this one; refuse any that nothing leads from."""
        migration = self._from.get(found)
        if migration is not None and found == self._version - 1:
            return migration
        newer = found > self._version
        raise PolicyError(
            [
                Problem(
                    at=tree.value_at(("version",)),
                    message="the policy is of a newer version than this tool" if newer else _TOO_OLD,
                    found=str(found),
                    expected=" or ".join(str(each) for each in sorted({*self._from, self._version})),
                    fix="update dbt-alerts" if newer else f"write `version: {self._version}`, or the version it is of",
                )
                for tree in places
                if tree.data["version"] == found
            ]
        )

    def _rewritten(self, texts: Mapping[str, str], trees: Sequence[Tree], migration: Migration) -> Mapping[str, str]:
        """Carry a migration out: all of it, else the policy would be of no version."""
        edits: list[Edit] = [edit for tree in trees for edit in migration.edits(tree)]
        edits += [
            ReplaceScalar(at=tree.value_at(("version",)), value=str(self._version))
            for tree in trees
            if tree.data.get("version") == migration.from_version
        ]
        result = apply_together(texts, [edits])
        if result.refused:
            raise PolicyError([_unmigrated(refusal) for refusal in result.refused])
        return result.texts

    def _with_own_words(
        self, paths: Sequence[Path], texts: Mapping[str, str]
    ) -> tuple[dict[str, str], tuple[Refusal, ...]]:
        """Replace the words that people bring along, as often as reading finds more of them."""
        texts = dict(texts)
        while True:
            policy = self._loaded(paths, text_reader=lambda path: _raw(texts[str(path)]))
            result = apply_edits(texts, word_edits(policy))
            texts.update(result.texts)
            if not result.texts:
                return texts, result.refused


_TOO_OLD: Final = "there is no way from this version to that of the tool"


def _texts(paths: Sequence[Path]) -> dict[str, str]:
    """Return the text of every file of the policy. Raises PolicyError where one cannot be read."""
    found = find(paths)
    read = {str(path): read_text(path) for path in found.files}
    problems = [*found.problems, *(text for text in read.values() if isinstance(text, Problem))]
    if problems:
        raise PolicyError(problems)
    return {file: text for file, text in read.items() if isinstance(text, str)}


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _unmigrated(refusal: Refusal) -> Problem:
    return Problem(
        at=place_of(refusal.edit),
        message=f"this place cannot be migrated: {refusal.why}",
        fix="write it out by hand, and run `dbt-alerts migrate` again",
    )
