"""An alert becomes a message, whatever its template does: the override, else the shipped one, else a plain one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from reconciler.alerts.left_out import only
from reconciler.alerts.rendering.bounds import bounded
from reconciler.alerts.rendering.essentials import with_essentials
from reconciler.alerts.rendering.folders import BODY, SHIPPED, Folders, candidates
from reconciler.alerts.rendering.plain import body_part, plain_parts, title_parts
from reconciler.alerts.rendering.process import WorkerError, WorkerProcess
from reconciler.alerts.words.view import view
from reconciler.model.alert import Alert, Audience
from reconciler.model.message import Message, Trouble
from reconciler.shipped import Shipped, shipped

__all__ = ["Renderer"]


class Renderer:
    """Renders messages in a process of its own, which is started with the first message and ended by `close`.

    `overrides` is the policy repository's folder of templates. Safe for many threads, which take turns.
    """

    def __init__(
        self, *, overrides: Path | None = None, folder: Path | None = None, worker: WorkerProcess | None = None
    ) -> None:
        self._overrides = overrides
        root = folder or shipped(Shipped.TEMPLATES)
        self._folders = Folders(shipped=root, overrides=overrides)
        self._worker = worker or WorkerProcess.over(root, overrides)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._worker.close()

    def render(
        self,
        alert: Alert,
        kind: str,
        *,
        audience: Audience = Audience.ENGINEERS,
        thread: str | None = None,
        include: frozenset[str] = frozenset(),
        relay: bool = False,
    ) -> Message:
        """Return the message. Never raises for a template's sake: `trouble` tells what stands in for what.

        `relay` tells that a relay will answer what people click: without it no acknowledge link is shown. `include`
        says what engineers are told; stakeholders are told what their templates say.
        """
        seen = bounded(view(alert))
        if audience is Audience.ENGINEERS:
            seen = only(seen, include)
        if not relay:
            seen["ack_url"] = ""
        parts, trouble = self._parts(kind, alert.case.value, audience.value, seen)
        if self._overrides and audience is Audience.ENGINEERS:
            parts = with_essentials(kind, alert, parts, seen)
        return Message(
            kind=kind,
            case=alert.case,
            audience=audience,
            alert=alert,
            parts=parts,
            trouble=trouble,
            thread=thread,
            include=include,
        )

    def _parts(
        self, kind: str, case: str, audience: str, seen: dict[str, Any]
    ) -> tuple[dict[str, str], Trouble | None]:
        """Try with the overrides, then without, then do without templates. The first trouble is the one to mend."""
        question = {"kind": kind, "names": candidates(kind, case, audience), "view": seen}
        trouble: Trouble | None = None
        for shipped_only in (False, True) if self._overrides else (True,):
            found = self._asked(question | {"shipped_only": shipped_only})
            if not isinstance(found, Trouble):
                return _named(kind, found, seen), trouble
            trouble = trouble or found
        return plain_parts(kind, seen), trouble

    def _asked(self, question: dict[str, Any]) -> dict[str, str] | Trouble:
        try:
            answer = self._worker.ask(question)
        except WorkerError as problem:
            return self._silent(question, str(problem))
        match answer:
            case {"parts": dict(parts)} if parts:
                return {str(name): str(text) for name, text in parts.items()}
            case {"trouble": {"template": str(name), "line": int(line), "why": str(why), "overridden": bool(own)}}:
                return Trouble(template=name, why=why, line=line, overridden=own)
            case {"parts": _}:
                return self._silent(question, "it says nothing")
            case _:
                return self._silent(question, "the process that renders answered something else than a message")

    def _silent(self, question: Mapping[str, Any], why: str) -> Trouble:
        """Name the template that was asked for: the worker did not."""
        names = [f"{SHIPPED}{name}" if question["shipped_only"] else name for name in question["names"]]
        path = next(filter(None, map(self._folders.find, names)), None)
        if path is None:
            return Trouble(template=question["names"][0], why=why)
        name = "/".join(path.parts[-2:])
        return Trouble(template=name, why=why, overridden=self._folders.overridden(str(path)))


def _named(kind: str, parts: dict[str, str], seen: dict[str, Any]) -> dict[str, str]:
    """Put a template's whole text where the kind looks for its body, beside the built-in title, if it names no part."""
    if set(parts) != {BODY}:
        return parts
    return title_parts(kind, seen) | {body_part(kind): parts[BODY]}
