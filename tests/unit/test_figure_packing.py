"""Figures as one row of whole numbers, and their sums as matrices: exact, or not at all."""

from decimal import Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.matrices.figure_block import (
    UnitRows,
    block_of_figures,
    block_of_packed,
)
from pipeline.adapters.matrices.matrix_pairs import pairs_of
from pipeline.adapters.matrices.matrix_sums import sums_of
from pipeline.adapters.matrices.unit_figures import UnitFigures
from pipeline.adapters.sql_ledger.figure_packing import (
    NO_FIGURE,
    Layout,
    counting,
    packed,
    read_places,
    unpacked,
    written_places,
)
from pipeline.domain.figure_sums import PairedRows, UnitRow, UnitsTogether
from pipeline.domain.plan.plan_round import IndicatorKind
from pipeline.domain.shortfall import Measure
from pipeline.domain.total import EXACT
from pipeline.domain.writing.number_text import canonical

KEYS = [("a", "x"), ("a", "y"), ("b", "x"), ("c", "x")]
LAYOUT = Layout(1, {key: n for n, key in enumerate(KEYS)})
FIT = st.decimals(-(10**15), 10**15, places=3)
LARGE = st.integers(-(2**63) + 1, 2**63 - 1).map(Decimal)
ANY = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30
)
FIGURES = st.dictionaries(st.sampled_from(KEYS), FIT | LARGE)


def pack(figures: dict[tuple[str, str], Decimal]) -> tuple[int, bytes] | None:
    return packed(LAYOUT, list(figures), [canonical(v) for v in figures.values()])


@given(st.dictionaries(st.sampled_from(KEYS), FIT | LARGE | ANY))
def test_what_is_packed_comes_out_as_it_was(
    figures: dict[tuple[str, str], Decimal],
) -> None:
    found = pack(figures)
    if found is not None:
        assert unpacked(LAYOUT, *found) == figures


@given(st.dictionaries(st.sampled_from(KEYS), FIT))
def test_figures_of_a_plan_are_packed(figures: dict[tuple[str, str], Decimal]) -> None:
    assert pack(figures) is not None


def test_what_does_not_fit_is_not_packed() -> None:
    for text in ("9223372036854775808", "-9223372036854775808", "0." + "1" * 19):
        assert packed(LAYOUT, KEYS[:1], [text]) is None
    together = ["9223372036854775807", "0.5"]
    assert packed(LAYOUT, KEYS[:2], together) is None
    found = packed(LAYOUT, KEYS[:1], ["-9223372036854775807"])
    assert found is not None
    assert unpacked(LAYOUT, *found) == {("a", "x"): Decimal(-(2**63) + 1)}


def test_a_row_of_another_layout_is_not_read() -> None:
    assert unpacked(LAYOUT, 0, bytes(8)) is None


def test_a_nil_counts_as_nothing() -> None:
    assert list(counting(["5", None, None], [None, "n", "x"])) == ["5", "0", None]


@given(st.lists(st.tuples(st.text(), st.text()), unique=True))
def test_places_are_read_as_they_were_written(keys: list[tuple[str, str]]) -> None:
    assert list(read_places(written_places(keys))) == keys


def figures_of(
    said: list[tuple[dict[tuple[str, str], Decimal], bool]], alike: list[int]
) -> UnitFigures:
    """Units of one form: those that can be packed, and the others."""
    fit: dict[int, list[int]] = {}
    loose = []
    for unit, (figures, _) in enumerate(said):
        found = pack(figures)
        if found is None:
            loose.append(unit)
        else:
            fit.setdefault(found[0], []).append(unit)
    blocks = [
        block_of_packed(
            ("F", LAYOUT.places, decimals),
            UnitRows(units, [said[unit][1] for unit in units]),
            [(pack(said[unit][0]) or (0, b""))[1] for unit in units],
            NO_FIGURE,
        )
        for decimals, units in fit.items()
    ]
    if loose:
        rows = UnitRows(loose, [said[unit][1] for unit in loose])
        blocks.append(block_of_figures("F", rows, [said[unit][0] for unit in loose]))
    names = [f"{unit:02}" for unit in range(len(said))]
    return UnitFigures(names, names, alike, {"F": blocks})


@given(st.lists(st.tuples(FIGURES, st.booleans()), min_size=1, max_size=9), st.data())
def test_sums_as_large_as_can_be_are_exact(
    said: list[tuple[dict[tuple[str, str], Decimal], bool]], data: st.DataObject
) -> None:
    """Of numbers that have room in 64 bits one by one, and none when added up."""
    alike = [data.draw(st.integers(0, unit)) for unit in range(len(said))]
    expected: dict[tuple[str, str, str], list[Decimal | int]] = {}
    for unit, (figures, clean) in enumerate(said):
        for key, value in figures.items():
            sums = expected.setdefault(
                (f"{alike[unit]:02}", *key), [Decimal(0)] * 2 + [0, 0]
            )
            for place, more in enumerate((value, value * clean, 1, int(clean))):
                sums[place] += more
    told = {
        (s.unit, s.indicator, s.column): [s.amount, s.amount_strict, s.used, s.clean]
        for s in sums_of(figures_of(said, alike))
    }
    assert told == expected


@given(
    st.lists(st.tuples(FIT | LARGE, FIT | LARGE), min_size=1, max_size=9),
    st.sampled_from([Decimal(100), Decimal(0), Decimal("33.3"), Decimal("1e-25")]),
)
def test_who_lacks_most_is_exact(
    pairs: list[tuple[Decimal, Decimal]], due: Decimal
) -> None:
    measure = Measure("m", "x", "y", IndicatorKind.FLOW, due)
    said = [({("a", "x"): done, ("a", "y"): whole}, True) for done, whole in pairs]
    figures = figures_of(said, list(range(len(said))))
    found = list(pairs_of(figures, PairedRows({("F", "a"): (measure,)}, 1)))
    rows = [row for row in found if isinstance(row, UnitRow)]
    (rest,) = [row for row in found if isinstance(row, UnitsTogether)] or [None]
    with localcontext(EXACT):
        planned = [
            (measure.ahead(d, w), n, d, w) for n, (d, w) in enumerate(pairs) if w > 0
        ]
    lacking = min((each for each in planned if each[0] < 0), default=None)
    assert [row.province for row in rows] == ([f"{lacking[1]:02}"] if lacking else [])
    others = [each for each in planned if each != lacking]
    assert (rest is not None) is bool(others)
    if rest is not None:
        assert (rest.done, rest.whole, rest.units) == (
            sum(each[2] for each in others),
            sum(each[3] for each in others),
            len(others),
        )
