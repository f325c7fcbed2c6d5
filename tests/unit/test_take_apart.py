"""A total taken apart: its parts, its gaps, its areas, and what changed."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.domain.errors import PermanentError
from pipeline.domain.lineage import Change, Gap, Makeup, SourcedFigure
from pipeline.domain.plan.form import Missing
from pipeline.domain.total import Level, ObservedFigure
from pipeline.stages.take_apart import ask, find_area, part_changes, take_apart
from tests.builders.returns import shipped_gazetteer
from tests.builders.totals import AS_OF, every_key, figure, small_gazetteer, small_round

ROUND, PLACES = small_round(), small_gazetteer()


def sourced(found: ObservedFigure, version: int = 1) -> SourcedFigure:
    return SourcedFigure(found, 7, version, AS_OF, "a@example.vn")


def taken(
    cell: tuple[str, str, str], figures: list[ObservedFigure], area: str | None = None
) -> Makeup:
    return take_apart(
        ask(ROUND, *cell), find_area(area, PLACES), [sourced(f) for f in figures], PLACES
    )


def test_a_sum_has_parts_gaps_and_two_values() -> None:
    key = ("PL01", "tong", "kh_n")
    found = taken(
        key,
        [
            figure(("01", *key), "0.1"),
            figure(("02", *key), "0.2", status="provisional"),
            figure(("03", *key), None, Missing.NOT_AVAILABLE),
        ],
    )
    total = found.total
    assert (total.value, total.value_strict) == (Decimal("0.3"), Decimal("0.1"))
    assert (total.reported, total.expected, total.provisional) == (2, 4, 1)
    assert [part.province for part in found.parts] == ["01", "02"]
    assert [(gap.province, gap.gap) for gap in found.missing] == [
        ("03", Gap.UNCOUNTED),
        ("04", Gap.SILENT),
    ]
    assert found.missing[0].source is not None
    assert found.missing[1].source is None


def test_a_rate_names_its_weights_and_where_they_come_from() -> None:
    """A weight of the same column first, else of the estimate; a clean one for strict."""
    key = ("PL01", "tl_tong", "kh_n")
    found = taken(
        key,
        [
            figure(("01", *key), "10"),
            figure(("01", "PL01", "tong", "kh_n"), "3", verified=False),
            figure(("01", "PL01", "tong", "uoc_n1"), "2"),
            figure(("02", *key), "20"),
            figure(("02", "PL01", "tong", "uoc_n1"), "1"),
            figure(("03", *key), "30"),
        ],
    )
    assert found.weighed_by == "PL01:tong"
    first, second = found.parts
    assert first.weight is not None
    assert first.strict_weight is not None
    assert second.weight is not None
    assert (first.weight.value, first.weight.origin) == (Decimal(3), "PL01:tong kh_n")
    assert first.strict_weight.origin == second.weight.origin == "PL01:tong uoc_n1"
    assert (first.clean, second.clean) == (False, True)
    assert found.total.value == Decimal("12.5")
    assert found.total.value_strict == Decimal("13.333333333333")
    assert [gap.gap for gap in found.missing] == [Gap.WEIGHTLESS, Gap.SILENT]


def test_a_weight_of_the_registry_has_no_cell() -> None:
    key = ("PL01", "tl_xa", "th_n2")
    found = taken(key, [figure(("01", *key), "50"), figure(("02", *key), "60")])
    (part,) = found.parts
    assert part.weight is not None
    assert (part.weight.value, part.weight.source) == (Decimal(10), None)
    assert part.weight.origin == "registry:communes 2012"
    assert found.missing[0].gap is Gap.WEIGHTLESS


def test_a_row_that_is_not_added_up_still_shows_its_parts() -> None:
    key = ("PL01", "le", "kh_n")
    found = taken(key, [figure(("01", *key), "50")])
    assert (found.total.value, len(found.parts)) == (None, 1)


VALUES = st.sampled_from(["0", "-3", "0.1", "12.25", "999999999999999.7", None])
STANDING = st.tuples(st.sampled_from(["accepted", "provisional"]), st.booleans())


@settings(deadline=None, max_examples=50)
@given(st.data())
def test_it_is_what_the_consolidation_says(data) -> None:
    """Every row, column and area of invented returns: the same total, worked out anew."""
    figures = []
    for code in ("01", "02", "03", "04"):
        for form, indicator, column in every_key(ROUND):
            if data.draw(st.booleans()):
                status, verified = data.draw(STANDING)
                key = (code, form, indicator.key, column)
                value = data.draw(VALUES)
                figures.append(figure(key, value, None, status, verified))
    from_cells = [sourced(found) for found in figures]
    for total in consolidate_figures(figures, ROUND, PLACES):
        asked = ask(ROUND, total.form, total.indicator, total.column)
        area = find_area(f"{total.level}:{total.area}", PLACES)
        assert take_apart(asked, area, from_cells, PLACES).total == total


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (("PL9", "tong", "kh_n"), "PL9: no form; there are: PL01, PL02"),
        (("PL02", "tong", "kh_n"), "tong: no row of PL02; there are: nen"),
        (
            ("PL02", "nen", "ss"),
            "ss: no value column of PL02; there are: th_n2, uoc_n1, kh_n",
        ),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(cell, said) -> None:
    with pytest.raises(PermanentError) as fault:
        ask(ROUND, *cell)
    assert str(fault.value) == said


@pytest.mark.parametrize(
    ("name", "level", "members"),
    [
        (None, "national", 63),
        ("nation", "national", 63),
        ("ca nuoc", "national", 63),
        ("02", "province", 1),
        ("Ha Giang", "province", 1),
        ("region8:Tây Nguyên", "region8", 5),
        ("province:An Giang", "province", 1),
        ("unit2025:An Giang", "unit2025", 2),
    ],
)
def test_an_area_is_found_by_its_names(name, level, members) -> None:
    found = find_area(name, shipped_gazetteer())
    assert (found.level, len(found.members)) == (level, members)


def test_a_name_of_several_areas_is_asked_back() -> None:
    """An Giang of 2013 is not the An Giang of 2025."""
    with pytest.raises(PermanentError, match="unit2025:An Giang, province:An Giang"):
        find_area("An Giang", shipped_gazetteer())
    with pytest.raises(PermanentError, match="no area; there are: "):
        find_area("Atlantis", shipped_gazetteer())


def test_changes_are_told_apart() -> None:
    key = ("PL01", "tong", "kh_n")
    kept = [figure((code, *key), "1") for code in ("01", "02", "03")]
    before = taken(key, kept)
    later = replace(
        sourced(kept[1], version=2), received_at=AS_OF + timedelta(days=1), message=9
    )
    now = take_apart(
        ask(ROUND, *key),
        find_area(None, PLACES),
        [sourced(figure(("01", *key), "2")), later, sourced(figure(("04", *key), "4"))],
        PLACES,
    )
    assert [(c.province, c.change) for c in part_changes(before, now)] == [
        ("01", Change.ALTERED),
        ("02", Change.RESTATED),
        ("03", Change.GONE),
        ("04", Change.ADDED),
    ]
    assert part_changes(now, now) == ()


def test_a_province_is_no_level_of_runs() -> None:
    found = taken(("PL01", "tong", "kh_n"), [], "province:01")
    assert (found.area.level, found.total.expected) == ("province", 1)
    assert found.total.level is Level.NATIONAL
