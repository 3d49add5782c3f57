"""Each recipe of docs/recipes, run as the command sink runs it, against a stand-in for the store's own program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.errors import RuntimeFailure
from reconciler.model.secret import Secret
from reconciler.secrets import CommandSink
from reconciler.secrets.holder import Holder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "docs" / "recipes"
FAKE = Path(__file__).with_name("fake_cloud_cli.py")
OLD, NEW, NEWER = Secret("whsec-old-5f1c"), Secret("whsec-new-0e7d"), Secret("whsec-newer-77aa")
KEY = "finance/lineage refresh"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """`read` and `write` are words of the calls that read and write secrets: what a test makes fail."""

    script: str
    program: str
    read: str
    write: str

    def __str__(self) -> str:
        return self.program


LINES = [
    Recipe(script="vault.sh", program="vault", read="get", write="put"),
    Recipe(script="aws-secrets-manager.sh", program="aws", read="get-secret-value", write="put-secret-value"),
    Recipe(script="gcp-secret-manager.sh", program="gcloud", read="access", write="add"),
    Recipe(script="azure-key-vault.sh", program="az", read="show", write="set"),
]
GITHUB = Recipe(script="github-actions.sh", program="gh", read="list", write="set")
ALL = [*LINES, GITHUB]


@dataclass(frozen=True, kw_only=True)
class Store:
    """A folder with the stand-in under its program's name, what it keeps, and what it was called with."""

    recipe: Recipe
    folder: Path

    def sink(self, *, name: str = KEY, account: int = 7031, interpreter: str = "sh") -> CommandSink:
        environ = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "FAKE_CLOUD": str(self.folder),
            "SINK_AZURE_VAULT": "alerts",
            "SINK_GITHUB_REPO": "acme/alerts",
            "DBT_ALERTS_SINK_COMMAND": f"{interpreter} {RECIPES / self.recipe.script}",
        }
        holder = Holder(key=name, host="cloud.getdbt.com", account_id=account, manager="acme-data-alerts")
        return CommandSink(environ, holder=holder)

    def fails(self, word: str) -> None:
        (self.folder / "fails").write_text(word)

    @property
    def kept(self) -> dict[str, str]:
        path = self.folder / "kept.json"
        return dict(json.loads(path.read_text())) if path.exists() else {}

    @property
    def secrets(self) -> list[str]:
        """What a receiver would try, newest first."""
        if self.recipe is not GITHUB:
            (text,) = self.kept.values()
            return text.split("\n")
        (slots,) = (value.split() for name, value in self.kept.items() if name.startswith("var "))
        (base,) = {name.rpartition("_")[0] for name in self.kept if not name.startswith("var ")}
        return [self.kept[f"{base}_{slot.partition(':')[0]}"] for slot in slots]

    @property
    def held(self) -> set[str]:
        """Every secret that is anywhere in the store."""
        return {line for name, text in self.kept.items() if not name.startswith("var ") for line in text.split("\n")}

    def calls(self) -> list[dict[str, Any]]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture(params=ALL, ids=str)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return made(request.param, tmp_path)


def made(recipe: Recipe, folder: Path) -> Store:
    (folder / "bin").mkdir()
    program = folder / "bin" / recipe.program
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -SI {FAKE} "$0" "$@"\n')
    program.chmod(0o755)
    return Store(recipe=recipe, folder=folder)


def test_a_probe_writes_nothing_and_says_that_it_can_keep_two(store: Store) -> None:
    store.sink().probe_rotation()
    assert store.calls()
    assert store.kept == {}


def test_a_secret_is_stored_and_the_receipt_says_where(store: Store) -> None:
    receipt = store.sink().store(OLD)
    assert store.secrets == [OLD.reveal()]
    words = {"gcloud": "gcp", "gh": "github", "az": "azure"}
    assert receipt.startswith(f"command:{words.get(store.recipe.program, store.recipe.program)} ")
    assert OLD.reveal() not in receipt


def test_a_second_one_stands_before_it_and_the_first_can_be_taken_out(store: Store) -> None:
    sink = store.sink()
    old = sink.store(OLD)
    new = sink.add(NEW)
    assert store.secrets == [NEW.reveal(), OLD.reveal()]
    sink.retire(old)
    assert store.secrets == [NEW.reveal()]
    assert store.held == {NEW.reveal()}
    sink.retire(old)
    sink.retire(new)
    assert store.secrets == [NEW.reveal()], "the last one stays"


def test_rotations_go_on_and_the_one_in_the_middle_may_go_first(store: Store) -> None:
    sink = store.sink()
    old = sink.store(OLD)
    new = sink.add(NEW)
    sink.add(NEWER)
    assert store.secrets == [NEWER.reveal(), NEW.reveal(), OLD.reveal()]
    sink.retire(new)
    assert store.secrets == [NEWER.reveal(), OLD.reveal()]
    sink.retire(old)
    sink.add(OLD)
    assert store.secrets == [OLD.reveal(), NEWER.reveal()]


def test_the_first_one_may_be_added(store: Store) -> None:
    store.sink().add(NEW)
    assert store.secrets == [NEW.reveal()]


def test_one_that_is_added_again_is_there_once(store: Store) -> None:
    sink = store.sink()
    sink.store(OLD)
    sink.add(NEW)
    sink.add(NEW)
    assert store.secrets == [NEW.reveal(), OLD.reveal()]


def test_storing_replaces_everything(store: Store) -> None:
    sink = store.sink()
    sink.store(OLD)
    sink.add(NEW)
    sink.store(NEWER)
    assert store.secrets == [NEWER.reveal()]
    assert store.held == {NEWER.reveal()}


def test_no_secret_is_ever_an_argument_or_in_the_environment(store: Store) -> None:
    sink = store.sink()
    sink.probe_rotation()
    old = sink.store(OLD)
    sink.add(NEW)
    sink.retire(old)
    calls = store.calls()
    seen = json.dumps([(call["arguments"], call["environ"]) for call in calls])
    assert [each.reveal() for each in (OLD, NEW) if each.reveal() in seen] == []
    assert any(NEW.reveal() in call["stdin"] for call in calls)


@pytest.mark.parametrize("step", ["store", "add"])
def test_a_write_that_fails_is_a_failure_and_changes_nothing(store: Store, step: str) -> None:
    sink = store.sink()
    sink.store(OLD)
    before = store.kept
    store.fails(store.recipe.write)
    with pytest.raises(RuntimeFailure, match=r"exit code [1-9]"):
        getattr(sink, step)(NEW)
    assert store.kept == before


@pytest.mark.parametrize("step", ["add", "retire", "probe"])
def test_what_cannot_be_read_is_not_taken_for_empty(store: Store, step: str) -> None:
    """Otherwise a missing permission would put the new secret in the place of the old one."""
    sink = store.sink()
    receipt = sink.store(OLD)
    sink.add(NEW)
    before = store.kept
    store.fails(store.recipe.read)
    with pytest.raises(RuntimeFailure, match="PERMISSION_DENIED"):
        {"add": lambda: sink.add(NEWER), "retire": lambda: sink.retire(receipt), "probe": sink.probe}[step]()
    assert store.kept == before


def test_two_webhooks_never_share_a_place(store: Store) -> None:
    for name, secret in (("a/b c", OLD), ("a/b-c", NEW), ("a-b/c", NEWER), ("ä/ö", Secret("whsec-umlaut"))):
        store.sink(name=name).store(secret)
    assert store.held == {OLD.reveal(), NEW.reveal(), NEWER.reveal(), "whsec-umlaut"}


def test_the_same_webhook_of_two_accounts_has_two_places(store: Store) -> None:
    receipts = [store.sink(account=number).store(secret) for number, secret in ((7031, OLD), (7032, NEW))]
    assert store.held == {OLD.reveal(), NEW.reveal()}
    assert [number in receipt for number, receipt in zip(("7031", "7032"), receipts, strict=True)] == [True, True]


def test_a_step_that_nobody_knows_is_refused(store: Store) -> None:
    ended = subprocess.run(
        ["/bin/sh", str(RECIPES / store.recipe.script), "burn"],
        env={
            **os.environ,
            "PATH": f"{store.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "FAKE_CLOUD": str(store.folder),
            "SINK_AZURE_VAULT": "alerts",
            "SINK_GITHUB_REPO": "acme/alerts",
            "DBT_ALERTS_SINK_NAME": KEY,
            "DBT_ALERTS_SINK_ACCOUNT": "7031",
            "DBT_ALERTS_SINK_HOST": "cloud.getdbt.com",
            "DBT_ALERTS_SINK_MANAGER": "acme-data-alerts",
            "DBT_ALERTS_SINK_FINGERPRINT": "",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (64, "unknown step: burn\n")


def test_github_has_four_slots_and_says_when_they_are_full(tmp_path: Path) -> None:
    store = made(GITHUB, tmp_path)
    sink = store.sink()
    for number in range(4):
        sink.add(Secret(f"whsec-{number}"))
    before = store.kept
    with pytest.raises(RuntimeFailure, match="all four slots"):
        sink.add(NEW)
    assert store.kept == before


def test_vault_is_told_when_the_token_may_not_write(tmp_path: Path) -> None:
    store = made(LINES[0], tmp_path)
    store.fails("capabilities")
    with pytest.raises(RuntimeFailure, match="PERMISSION_DENIED"):
        store.sink().probe()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
@pytest.mark.parametrize("recipe", [LINES[0], GITHUB], ids=str)
def test_bash_does_the_same(recipe: Recipe, tmp_path: Path) -> None:
    store = made(recipe, tmp_path)
    sink = store.sink(interpreter="bash --posix")
    old = sink.store(OLD)
    sink.add(NEW)
    sink.retire(old)
    assert store.secrets == [NEW.reveal()]


def test_shellcheck_has_nothing_to_say() -> None:
    checker = shutil.which("shellcheck")
    if checker is None:
        pytest.skip("shellcheck is not here")
    scripts = sorted(map(str, RECIPES.glob("*.sh")))
    ended = subprocess.run([checker, "-x", *scripts], capture_output=True, text=True, check=False)
    assert ended.stdout == ""


def test_every_recipe_is_in_the_guide_and_tested() -> None:
    scripts = {path.name for path in RECIPES.glob("*.sh")} - {"lines.sh"}
    assert scripts == {recipe.script for recipe in ALL}
    guide = (ROOT / "docs/guides/webhook-secrets.md").read_text()
    assert [name for name in scripts if f"recipes/{name}" not in guide] == []
