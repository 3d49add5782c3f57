"""The situations that are explored: who is there, what was before, who acts at once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from reconciler.model.outcome import Outcome
from reconciler.model.policy import Channel, Policy, SecretSink, SinkKind
from tests.builders import at, dbt_email, dbt_user, notification, policy, selector, webhook
from tests.interleaving.account import BEFORE, JOBS, MARIA, Account, Told, row_body
from tests.interleaving.actors import Applier, Person, Vault, apply_once
from tests.interleaving.keeping import Files, Keeping, Shared
from tests.interleaving.lockstep import Act, Turns

Acts: TypeAlias = "Callable[[World], Mapping[str, Act]]"
__all__ = ["SCENARIOS", "Scenario", "World"]

MARIAS: Final = f"user:{MARIA}"
MAIL: Final = "email:finance@acme.example"
EVERY_ORDER: Final = 4  # of two steps of a person, among those of one applier
ONE, OTHER = "finance-alerts", "platform-alerts"


@dataclass(slots=True, kw_only=True)
class World:
    """One account, its ledgers and the sinks of its webhooks."""

    account: Account
    keeping: Keeping
    vault: Vault = field(default_factory=Vault)

    def applier(self, policy: Policy, *, repair: bool = False) -> Applier:
        store = self.keeping.store(policy.manager)
        return Applier(account=self.account, store=store, policy=policy, sinks=self.vault, repair=repair)

    def applied(self, *policies: Policy) -> None:
        """Apply before anything is explored."""
        for each in policies:
            attempt = apply_once(self.applier(each), Turns.free(BEFORE))
            assert attempt.code == 0, attempt.said

    def told(self, *edges: Told) -> None:
        """Let somebody have made a row with these edges."""
        body = row_body(self.account.state.account_id, edges)
        self._post("notifications/", body)

    def _post(self, place: str, body: Mapping[str, Any]) -> None:
        path = f"/api/v2/accounts/{self.account.state.account_id}/{place}"
        status, answer = self.account.call(Turns.free(BEFORE), "POST", path, b"", json.dumps(body).encode())
        assert status < 300, answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`finally_` are the policies that must hold when everybody applies once more.

    `may_block`: a person may make a second row for one user, which is for people to put right. `person`: somebody acts
    who holds no lock.
    """

    name: str
    before: Callable[[World], None]
    acts: Acts
    finally_: tuple[Policy, ...]
    shared: bool = False
    preemptions: int = 2
    at_random: int = 60
    may_block: bool = False
    contended: str = "notifications"
    person: bool = False

    @property
    def slug(self) -> str:
        """The name as part of a test's id."""
        return re.sub(r"[^a-z]+", "-", self.name.lower())

    def keeping(self, folder: Path, *, locks: bool = True) -> Keeping:
        return Shared(locks=locks) if self.shared else Files(folder)

    def world(self, keeping: Keeping) -> World:
        world = World(account=Account(contended=self.contended), keeping=keeping)
        self.before(world)
        return world


def wants(
    *numbers: int, manager: str = ONE, on: Outcome = Outcome.FAILURE, mail: Iterable[int] = (), to: str = "maria"
) -> Policy:
    """Return a policy that tells Maria of the failures of these jobs, and the mail address of those."""
    channels: list[Channel] = [dbt_user(), dbt_email(owner="platform@acme.example")]
    rules = [notification(to=(to,), on=(on,), jobs=selector(ids=[JOBS[each] for each in numbers]))] if numbers else []
    more = [JOBS[each] for each in mail]
    if more:
        rules.append(notification(to=("finance-mail",), on=(on,), jobs=selector(ids=more)))
    return policy(channels=channels, notifications=rules, manager=manager)


def hears(number: int, what: str = "failure", who: str = MARIAS) -> Told:
    return Told(who, what, JOBS[number])


def watched(world: World) -> None:
    """Let somebody else be told of every failure, so that no guard of coverage stands in the way."""
    world.told(*(Told("email:watch@acme.example", "failure", job) for job in JOBS))


def marias_row(world: World) -> None:
    watched(world)
    world.told(hears(5), hears(5, "success"))


def _after(*policies: Policy) -> Callable[[World], None]:
    def before(world: World) -> None:
        marias_row(world)
        world.applied(*policies)

    return before


def _appliers(*policies: Policy) -> Acts:
    return lambda world: dict(zip("ab", (world.applier(each) for each in policies), strict=True))


def _against(policy: Policy, edit: Callable[[frozenset[Told]], frozenset[Told]], who: str = MARIAS) -> Acts:
    return lambda world: {
        "a": world.applier(policy),
        "p": Person(account=world.account, who=who, edit=edit),
    }


def calls(name: str, number: int, *, manager: str = ONE) -> Policy:
    """Return a policy with one webhook."""
    sink = SecretSink(kind=SinkKind.FILE, at=at(), path="x.secret")
    return policy(webhooks=[webhook(name=name, jobs=selector(ids=[JOBS[number]]), secret_sink=sink)], manager=manager)


_SAME = wants(1, 2, mail=[0])
_FIRST, _THEN = wants(0, 1), wants(1, 2, mail=[3])
_FOR_THREE = wants(1, 2), wants(4, manager=OTHER)
_HOOK, _OTHER_HOOK = calls("lineage", 0), calls("catalog", 1, manager=OTHER)

SCENARIOS: Final = (
    Scenario(
        name="one manager, one policy, two jobs of CI",
        before=marias_row,
        acts=_appliers(_SAME, _SAME),
        finally_=(_SAME,),
    ),
    Scenario(
        name="one manager, additions and removals twice",
        before=_after(_FIRST),
        acts=_appliers(_THEN, _THEN),
        finally_=(_THEN,),
    ),
    Scenario(
        name="an old job of CI that adds against a new one that does not want it",
        before=_after(wants(0)),
        acts=_appliers(wants(0, 1), wants(0)),
        finally_=(wants(0),),
    ),
    Scenario(
        name="an old job of CI against a new one that removes and adds",
        before=_after(wants(0)),
        acts=_appliers(wants(0, 1), wants(1, 2)),
        finally_=(wants(1, 2),),
    ),
    Scenario(
        name="two managers, different jobs, one recipient",
        before=_after(wants(0), wants(3, manager=OTHER)),
        acts=_appliers(wants(0, 1), wants(3, 4, manager=OTHER)),
        finally_=(wants(0, 1), wants(3, 4, manager=OTHER)),
        shared=True,
    ),
    Scenario(
        name="two managers, one adds while the other removes",
        before=_after(wants(0, 1), wants(3, manager=OTHER)),
        acts=_appliers(wants(0), wants(3, 4, manager=OTHER)),
        finally_=(wants(0), wants(3, 4, manager=OTHER)),
        shared=True,
    ),
    Scenario(
        name="a hand-over: the new owner declares while the old one drops",
        before=_after(wants(0, 1)),
        acts=_appliers(wants(1), wants(0, manager=OTHER)),
        finally_=(wants(1), wants(0, manager=OTHER)),
        shared=True,
    ),
    Scenario(
        name="both declare, both drop",
        before=_after(wants(0, 1), wants(0, 2, manager=OTHER)),
        acts=_appliers(wants(1), wants(2, manager=OTHER)),
        finally_=(wants(1), wants(2, manager=OTHER)),
        shared=True,
    ),
    Scenario(
        name="two managers make one recipient's row",
        before=watched,
        acts=_appliers(wants(mail=[0]), wants(mail=[1], manager=OTHER)),
        finally_=(wants(mail=[0]), wants(mail=[1], manager=OTHER)),
        shared=True,
    ),
    Scenario(
        name="a person adds to a form that is older than our addition",
        before=marias_row,
        acts=_against(wants(1, 2), lambda shown: shown | {hears(4, "success")}),
        preemptions=EVERY_ORDER,
        person=True,
        finally_=(wants(1, 2),),
    ),
    Scenario(
        name="a person saves a form that still shows what we remove",
        before=_after(wants(0, 1)),
        acts=_against(wants(1), lambda shown: shown | {hears(4, "warning")}),
        preemptions=EVERY_ORDER,
        person=True,
        finally_=(wants(1),),
    ),
    Scenario(
        name="a person ends a foreign edge while we add and remove",
        before=_after(wants(0, 1)),
        acts=_against(wants(1, 2), lambda shown: shown - {hears(5)}),
        preemptions=EVERY_ORDER,
        person=True,
        finally_=(wants(1, 2),),
    ),
    Scenario(
        name="a person makes the user's row while we make it",
        before=watched,
        acts=_against(wants(1, 2), lambda shown: shown | {hears(4)}),
        preemptions=EVERY_ORDER,
        person=True,
        finally_=(wants(1, 2),),
        may_block=True,
    ),
    Scenario(
        name="a person makes the address's row while we make it",
        before=watched,
        acts=_against(wants(mail=[1, 2]), lambda shown: shown | {hears(4, who=MAIL)}, MAIL),
        preemptions=EVERY_ORDER,
        person=True,
        finally_=(wants(mail=[1, 2]),),
    ),
    Scenario(
        name="two jobs of CI and a person with a stale form",
        before=_after(_FIRST),
        acts=lambda world: {
            **_appliers(_THEN, _THEN)(world),
            "p": Person(account=world.account, who=MARIAS, edit=lambda shown: shown | {hears(4, "success")}),
        },
        person=True,
        finally_=(_THEN,),
        preemptions=1,
    ),
    Scenario(
        name="two managers and a person with a stale form",
        before=_after(wants(0, 1), wants(3, manager=OTHER)),
        acts=lambda world: {
            **_appliers(*_FOR_THREE)(world),
            "p": Person(account=world.account, who=MARIAS, edit=lambda shown: shown | {hears(4, "success")}),
        },
        person=True,
        finally_=_FOR_THREE,
        shared=True,
        preemptions=1,
    ),
    Scenario(
        name="one manager makes one webhook twice",
        before=watched,
        acts=_appliers(_HOOK, _HOOK),
        finally_=(_HOOK,),
        contended="webhooks",
    ),
    Scenario(
        name="two managers make a webhook each",
        before=watched,
        acts=_appliers(_HOOK, _OTHER_HOOK),
        finally_=(_HOOK, _OTHER_HOOK),
        shared=True,
        contended="webhooks",
    ),
)
