"""What a message takes beside Jinja's own time: our sandbox, escaping, bounds and the other process.

*Render* is `Renderer.render` of one alert: its view, the way to the worker and back, the sandboxed template. *Bare* is
the same template with the same view in this process, by a plain `jinja2.Environment` without escaping or sandbox, whose
functions give back what they get. Both are warm: the template is compiled. *Start* is the first message of a process.
`STEPS` takes the other steps of an alert's way; each is a function of the kind that gives back what to repeat.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import jinja2

from benchmarks.measure import ROOT, interleaved, middle
from reconciler.alerts.rendering.filters import first_line, first_lines, plural, shorten
from reconciler.alerts.rendering.folders import candidates
from reconciler.alerts.rendering.renderer import Renderer
from reconciler.alerts.synthetic import synthetic_alert
from reconciler.alerts.view import view
from reconciler.model.alert import Case

__all__ = ["KINDS", "STEPS", "measure"]

KINDS: Final = ("slack", "teams", "email", "pagerduty", "datadog", "monte_carlo", "webhook", "apprise")
_AT_ONCE: Final = 20  # messages between two looks at the clock
_ALERT: Final = synthetic_alert(Case.FAILURE)
Step = Callable[[str], Callable[[], object]]


class _Bare:
    """The same templates as Jinja alone renders them."""

    def __init__(self) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(ROOT / "templates"),
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=False,  # noqa: S701 - bare is what is asked for; nobody reads it
        )
        functions: dict[str, Any] = {"part": _part, "link": _second, "code": str, "pre": str, "mention": str}
        self._environment.globals.update(functions)
        filters: dict[str, Any] = {each.__name__: each for each in (first_line, first_lines, plural, shorten)}
        self._environment.filters.update(filters)

    def step(self, kind: str) -> Callable[[], object]:
        template = self._environment.select_template(list(candidates(kind, _ALERT.case.value, "engineers")))
        seen = view(_ALERT)
        return lambda: template.render(seen)


def _part(_: str, *, caller: Callable[[], str]) -> str:
    return caller()


def _second(_: object, text: object) -> str:
    return str(text)


def _steps(renderer: Renderer) -> Mapping[str, Step]:
    return {
        "bare": _Bare().step,
        "view": lambda _: lambda: view(_ALERT),
        "render": lambda kind: lambda: renderer.render(_ALERT, kind),
    }


STEPS: Final[Callable[[Renderer], Mapping[str, Step]]] = _steps


def measure(*, rounds: int, kinds: tuple[str, ...] = KINDS) -> dict[str, Any]:
    """Return milliseconds per message of each step by kind, the ratio of render to bare, and what a start takes."""
    with Renderer() as renderer:
        started = _seconds(lambda: renderer.render(_ALERT, kinds[0]), times=1)
        found = {kind: _of_kind(kind, STEPS(renderer), rounds) for kind in kinds}
    return {"python": sys.version.split()[0], "start_ms": round(started * 1000, 1), "kinds": found}


def _of_kind(kind: str, steps: Mapping[str, Step], rounds: int) -> dict[str, float]:
    works = [step(kind) for step in steps.values()]
    for work in works:
        work()
    timed = interleaved(rounds, *(lambda work=work: _seconds(work, times=_AT_ONCE) for work in works))
    spent = {f"{name}_ms": middle([each * 1000 for each in found]) for name, found in zip(steps, timed, strict=True)}
    return spent | {
        "ratio": round(spent["render_ms"] / spent["bare_ms"], 2),
        "beside_jinja_ms": round(spent["render_ms"] - spent["bare_ms"], 3),
    }


def _seconds(work: Callable[[], object], *, times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times
