"""Stage render: a template that cannot be used and a payload that its vendor would refuse are failures."""

from __future__ import annotations

from dataclasses import replace

from reconciler.drill.stages.render import stage
from reconciler.model.alert import Case
from reconciler.model.evidence import Standing
from reconciler.model.message import Trouble
from tests.drill.bench_lab import Vendor, bench, route


def test_what_fits_is_accepted_at_most_and_names_its_cases() -> None:
    (found,) = stage(bench(routes=[replace(route(), cases=(Case.FAILURE, Case.LATE))]))
    assert (found.standing, found.answer) == (Standing.ACCEPTED, "3 messages fit: failure, late, test")


def test_a_broken_template_is_named_with_its_line_for_every_case() -> None:
    vendor = Vendor(trouble=Trouble(template="webhook/failure.j2", line=3, why="'x' is undefined", overridden=True))
    (found,) = stage(bench(routes=[replace(route(), cases=(Case.FAILURE,))], vendor=vendor))
    assert found.standing is Standing.FAILED
    assert "failure: the template webhook/failure.j2:3 cannot be used: 'x' is undefined" in found.answer
    assert found.fix.startswith("correct the template")


def test_nothing_is_sent_no_reference_opened_and_native_channels_are_left_to_dbt_cloud() -> None:
    def never(name: str) -> None:
        raise AssertionError(name)

    vendor = Vendor()
    used = bench(routes=[route(), route("maria", kind="dbt_user", relayed=False)], vendor=vendor)
    assert [each.route for each in stage(replace(used, destination=never))] == ["room"]  # type: ignore[arg-type]
    assert vendor.said == []
