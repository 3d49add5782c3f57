"""Many edits at once: of one file, of several, in groups that are carried out whole or not at all."""

from reconciler.model.edit import AddEntry, ReplaceScalar
from reconciler.model.problem import Position
from reconciler.policy.editing.edit import apply_edits, apply_together

WEBHOOKS = "webhooks:\n" + "".join(f"  - {{name: w{number}, on: run.error}}\n" for number in range(40))
ALIAS = "  - &kept {name: shared, on: run.error}\n  - *kept\n"


def _word(line: int, column: int, *, file: str = "a.yml") -> ReplaceScalar:
    return ReplaceScalar(at=Position(file, line, column), value="errored")


def _words(text: str) -> list[ReplaceScalar]:
    lines = enumerate(text.splitlines(), start=1)
    return [_word(number, line.index("run.error") + 1) for number, line in lines if "run.error" in line]


def test_many_edits_of_one_file() -> None:
    result = apply_edits({"a.yml": WEBHOOKS}, _words(WEBHOOKS))
    assert not result.refused
    assert result.texts == {"a.yml": WEBHOOKS.replace("run.error", "errored")}


def test_one_that_cannot_be_carried_out_does_not_hold_the_others_up() -> None:
    text = WEBHOOKS + ALIAS
    result = apply_edits({"a.yml": text}, _words(text))
    assert [refusal.edit.at.line for refusal in result.refused if isinstance(refusal.edit, ReplaceScalar)] == [42]
    assert result.texts == {"a.yml": WEBHOOKS.replace("run.error", "errored") + ALIAS}


def test_one_that_would_change_the_meaning_is_found_among_many() -> None:
    text = WEBHOOKS.replace("w20, on: run.error", "w20, 'on': x, off: 1")
    edits = [*_words(text), ReplaceScalar(at=Position("a.yml", 22, 26), value="on")]
    result = apply_edits({"a.yml": text}, edits)
    assert [refusal.why for refusal in result.refused] == ["the key is there already"]
    assert result.texts["a.yml"].count("errored") == 39


def test_two_keys_do_not_become_one() -> None:
    text = "notify: {run.error: [a], job.run.error: [b]}\n"
    edits = [ReplaceScalar(at=Position("a.yml", 1, column), value="failure") for column in (10, 26)]
    result = apply_edits({"a.yml": text}, edits)
    assert [refusal.why for refusal in result.refused] == ["the key is there already"]
    assert result.texts["a.yml"] in {text.replace("{run.error", "{failure"), text.replace("job.run.error", "failure")}


def test_a_group_is_carried_out_whole_or_not_at_all() -> None:
    texts = {"a.yml": WEBHOOKS, "b.yml": "channels:\n  hook: {type: webhook}\n"}
    taken = AddEntry(file="b.yml", section="channels", name="hook", value="{type: slack}")
    free = AddEntry(file="b.yml", section="channels", name="other", value="{type: slack}")
    one, other, shared = _words(WEBHOOKS)[:3]
    result = apply_together(texts, [(one, taken, shared), (other, free, shared)])
    changed = [line for line in result.texts["a.yml"].splitlines() if "errored" in line]
    assert changed == ["  - {name: w1, on: errored}", "  - {name: w2, on: errored}"]
    assert result.texts["b.yml"] == "channels:\n  hook: {type: webhook}\n  other: {type: slack}\n"
    assert {refusal.edit: refusal.why for refusal in result.refused} == {
        taken: "`channels` has `hook` already",
        one: "it belongs to a change of which another part was refused",
    }


def test_a_file_that_is_not_here_is_refused() -> None:
    (refusal,) = apply_edits({"a.yml": WEBHOOKS}, [_word(1, 1, file="b.yml")]).refused
    assert refusal.why == "the file is not here"


def test_the_same_edit_twice_is_one() -> None:
    edit = _words(WEBHOOKS)[0]
    result = apply_edits({"a.yml": WEBHOOKS}, [edit, edit])
    assert not result.refused
    assert result.texts["a.yml"].count("errored") == 1
