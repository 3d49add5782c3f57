import pytest

from reconciler.sandbox.faults import Faults, Mistake


def fired(
    faults: Faults, requests: int, method: str = "GET", path: str = "/api/v2/jobs/", query: str = ""
) -> list[int]:
    return [number for number in range(requests) if faults.choose(method, path, query)]


def test_skip_and_times_pick_the_nth() -> None:
    faults = Faults()
    faults.add({"status": 503, "skip": 2, "times": 2})
    assert fired(faults, 10) == [2, 3]


@pytest.mark.parametrize(
    ("rule", "hit"),
    [
        ({}, True),
        ({"method": "GET"}, True),
        ({"method": "POST"}, False),
        ({"path": "*/jobs/"}, True),
        ({"path": "*/notifications/"}, False),
        ({"query": "offset=100"}, True),
        ({"query": "offset=200"}, False),
    ],
)
def test_what_a_rule_matches(rule: dict[str, str], hit: bool) -> None:
    faults = Faults()
    faults.add({**rule, "status": 500})
    assert bool(fired(faults, 1, query="limit=10&offset=100")) is hit


def test_probability_is_repeatable_and_about_right() -> None:
    runs = []
    for _ in range(2):
        faults = Faults()
        faults.add({"status": 500, "probability": 0.3, "seed": 7})
        runs.append(fired(faults, 1000))
    assert runs[0] == runs[1]
    assert 250 < len(runs[0]) < 350


def test_another_seed_hits_others() -> None:
    hits = []
    for seed in (1, 2):
        faults = Faults()
        faults.add({"status": 500, "probability": 0.5, "seed": seed})
        hits.append(fired(faults, 50))
    assert hits[0] != hits[1]


def test_the_first_rule_that_hits_wins() -> None:
    faults = Faults()
    first, second = faults.add({"status": 500, "times": 1}), faults.add({"status": 503})
    chosen = [faults.choose("GET", "/", "") for _ in range(2)]
    assert chosen == [first, second]


@pytest.mark.parametrize("rule", [{"stauts": 500}])
def test_a_misspelt_key_is_refused(rule: dict[str, int]) -> None:
    with pytest.raises(Mistake) as caught:
        Faults().add(rule)
    assert caught.value.tree == {"stauts": "unknown key"}
