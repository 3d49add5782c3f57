"""What became of each action, while an apply runs. The last word counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reconciler.errors import AlertsError
from reconciler.model.actions import Action
from reconciler.model.report import ActionResult, ActionState

__all__ = ["Results"]

_NOT_REACHED = "the run ended before it"


@dataclass(slots=True)
class Results:
    """Keeps a result per action of the plan. Actions are told apart by identity: two may be equal."""

    actions: tuple[Action, ...]
    _by_action: dict[int, ActionResult] = field(default_factory=dict)

    def done(self, actions: Iterable[Action]) -> None:
        self._put(actions, ActionState.DONE, "", "")

    def failed(self, actions: Iterable[Action], error: AlertsError) -> None:
        self._put(actions, ActionState.FAILED, error.message, error.next_step)

    def withheld(self, actions: Iterable[Action], why: str) -> None:
        self._put(actions, ActionState.WITHHELD, why, "run again")

    def deferred(self, action: Action, why: str) -> None:
        self._put([action], ActionState.DEFERRED, why, "")

    def forget(self, actions: Iterable[Action]) -> None:
        """Take back what was said: the actions are not finished, and not failed either."""
        for action in actions:
            self._by_action.pop(id(action), None)

    def any_failed(self, actions: Iterable[Action]) -> bool:
        return any(self._state(action) is ActionState.FAILED for action in actions)

    def settle(self) -> tuple[ActionResult, ...]:
        """Return one result for every action, in the plan's order; what was never reached is withheld."""
        self.withheld([each for each in self.actions if self._state(each) is None], _NOT_REACHED)
        return tuple(self._by_action[id(action)] for action in self.actions)

    def _put(self, actions: Iterable[Action], state: ActionState, message: str, next_step: str) -> None:
        for action in actions:
            result = ActionResult(action=action, state=state, message=message, next_step=next_step)
            self._by_action[id(action)] = result

    def _state(self, action: Action) -> ActionState | None:
        found = self._by_action.get(id(action))
        return found.state if found is not None else None
