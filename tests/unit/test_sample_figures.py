"""Sample returns keep every rule of the round, by arithmetic of this file's own."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.demo.figure_dice import PLAN_COLUMNS
from pipeline.demo.province_sizes import load_sizes
from pipeline.demo.sample_figures import Figures, sample_figures
from pipeline.domain.errors import ConfigError
from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.form import Appendix, ColumnMatch, Row, RowMatch
from pipeline.domain.plan.plan_round import Form, split_reference
from pipeline.domain.plan.rule import Rule
from pipeline.stages.check import CheckContext, check
from tests.builders.demo_world import (
    CONFIG,
    shipped_gazetteer,
    shipped_round,
    shipped_sizes,
)

HALF = Decimal("0.5")
SEEDS = (1, 2, 2013)


class Checker:
    """One province's figures with the registry behind them."""

    def __init__(self, code: str, figures: Figures) -> None:
        self.code, self.figures = code, figures

    def value(self, rule: Rule, reference: object, column: str) -> Decimal | None:
        form, key = split_reference(str(reference), rule.form)
        if form == "registry":
            year = 2012 if column == "th_n2" else 2013
            counted = shipped_gazetteer().fact(key, self.code, year)
            assert counted is not None
            return Decimal(counted)
        return self.figures.get((form, key, column))

    def values(self, rule: Rule, term: str, column: str) -> list[Decimal | None]:
        named = rule.term(term)
        names = named if isinstance(named, tuple) else (named,)
        return [self.value(rule, name, column) for name in names]


def sums(check: Checker, rule: Rule, column: str) -> bool | None:
    whole = check.value(rule, rule.term("whole"), column)
    parts = check.values(rule, "parts", column)
    given = sum((p for p in parts if p is not None), Decimal(0))
    if whole is None or not any(parts):
        return None
    if rule.kind == "at_most_sum":
        return whole <= given
    if rule.kind == "at_least_sum" or None in parts:
        return whole >= given
    return whole == given


def part_of(check: Checker, rule: Rule, column: str) -> bool | None:
    whole = check.value(rule, rule.term("whole"), column)
    parts = [p for p in check.values(rule, "part", column) if p is not None]
    return None if whole is None or not parts else all(p <= whole for p in parts)


def ratio(check: Checker, rule: Rule, column: str) -> bool | None:
    names = ("rate", "numerator", "denominator")
    rate, part, whole = (check.value(rule, rule.term(name), column) for name in names)
    if rate is None or part is None or whole is None:
        return None
    return abs(100 * part / whole - rate) <= HALF / 100


def same_as(check: Checker, rule: Rule, column: str) -> bool | None:
    left = check.value(rule, rule.term("left"), column)
    return left == check.value(rule, rule.term("right"), column)


BY_COLUMN: dict[str, Callable[[Checker, Rule, str], bool | None]] = {
    "total": sums,
    "at_least_sum": sums,
    "at_most_sum": sums,
    "part_of": part_of,
    "ratio": ratio,
    "same_as": same_as,
}
# the identities of the shipped round, spelled out: form, result, what it must equal
IDENTITIES = {
    "PL01.16": ("PL01", "th.giam_tlhn@kh_n", "th.tlhn@uoc_n1 - th.tlhn@kh_n"),
    "PL01.17": ("PL01", "th.giam_tlhn@uoc_n1", "th.tlhn@th_n2 - th.tlhn@uoc_n1"),
    "PL05.2": ("PL05", "gn.ngheo_dau@uoc_n1", "gn.ho_ngheo@th_n2"),
    "PL05.3": ("PL05", "gn.ngheo_dau@kh_n", "gn.ho_ngheo@uoc_n1"),
    "PL05.1 past": (
        "PL05",
        "gn.ho_ngheo@th_n2",
        "gn.ngheo_dau@th_n2 - gn.thoat@th_n2 + gn.tai@th_n2 + gn.ps@th_n2",
    ),
    "PL05.1 now": (
        "PL05",
        "gn.ho_ngheo@uoc_n1",
        "gn.ngheo_dau@uoc_n1 - gn.thoat@uoc_n1 + gn.tai@uoc_n1 + gn.ps@uoc_n1",
    ),
}


def broken_rules(code: str, figures: Figures) -> Iterator[str]:
    check = Checker(code, figures)
    for form in shipped_round().forms:
        for rule in form.rules:
            if rule.kind not in BY_COLUMN:
                continue
            for column in form.value_columns:
                if BY_COLUMN[rule.kind](check, rule, column.key) is False:
                    yield f"{code} {rule.id} {column.key}"
        yield from broken_columns(form, figures)
    for name, (form_id, result, terms) in IDENTITIES.items():
        if not holds(figures, form_id, result, terms):
            yield f"{code} {name}"


def holds(figures: Figures, form: str, result: str, terms: str) -> bool:
    total, sign = Decimal(0), 1
    for word in terms.split():
        if word in "+-":
            sign = 1 if word == "+" else -1
        else:
            total += sign * figures[(form, *word.split("@"))]  # type: ignore[index]
    return total == figures[(form, *result.split("@"))]  # type: ignore[index]


def broken_columns(form: Form, figures: Figures) -> Iterator[str]:
    for indicator in form.indicators:
        row = {
            column.key: figures[form.id, indicator.key, column.key]
            for column in form.value_columns
            if (form.id, indicator.key, column.key) in figures
        }
        most = 100 if indicator.unit == "%" else Decimal("Infinity")
        faults = {
            "bound": any(not 0 <= value <= most for value in row.values()),
            "half-year": indicator.kind in ("flow", "money")
            and row.get("th6t_n1", 0) > row.get("uoc_n1", 0),
            "disbursed": row.get("gn6t_n1", 0)
            > min(row.get("dt_n1", 0), row.get("uoc_n1", 0)),
            "sources": row.get("nc_n", 0) != row.get("nc_tw", 0) + row.get("nc_dp", 0),
        }
        yield from (f"{indicator.key} {name}" for name, fault in faults.items() if fault)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_rule_of_the_round_holds_in_every_province(seed: int) -> None:
    broken = [
        fault
        for code in shipped_sizes()
        for fault in broken_rules(
            code, sample_figures(shipped_round(), code, shipped_sizes(), seed)
        )
    ]
    assert broken == []


def as_appendices(figures: Figures) -> list[Appendix]:
    """The figures as if they had been read out of a workbook, one form a sheet."""
    appendices = []
    for form in shipped_round().forms:
        rows = [
            Row(
                form=form.id,
                indicator=indicator.key,
                column=column.key,
                value=figures[form.id, indicator.key, column.key],
                missing=None,
                unit=indicator.unit,
                unit_written=indicator.unit,
                raw="",
                path="book.xlsx",
                sheet=form.id,
                cell=f"{chr(ord('D') + right)}{down}",
                quantum=Decimal(1).scaleb(
                    int(figures[form.id, indicator.key, column.key].as_tuple().exponent)
                ),
            )
            for down, indicator in enumerate(form.indicators, start=8)
            for right, column in enumerate(form.value_columns)
            if (form.id, indicator.key, column.key) in figures
        ]
        found = [
            RowMatch(indicator.key, down, indicator.label, 1.0)
            for down, indicator in enumerate(form.indicators, start=7)
        ]
        columns = [
            ColumnMatch(column.key, right, column.title, 1.0)
            for right, column in enumerate(form.value_columns, start=3)
        ]
        appendices.append(
            Appendix(
                form.id,
                "book.xlsx",
                form.id,
                1.0,
                tuple(found),
                tuple(columns),
                tuple(rows),
            )
        )
    return appendices


def test_the_daemons_own_check_finds_nothing_to_mend_or_explain() -> None:
    """Only information remains: targets missed, money spent slowly, as in real life."""
    told = set()
    for code in shipped_sizes():
        figures = sample_figures(shipped_round(), code, shipped_sizes(), 2013)
        context = CheckContext(shipped_round(), code, shipped_gazetteer())
        found = check(as_appendices(figures), context)
        assert [f for f in found if f.severity is not Severity.INFO] == []
        told |= {f.code for f in found}
    assert told == {"shortfall", "low-disbursement"}


def test_every_rule_of_the_round_is_looked_at() -> None:
    """A new kind of rule must not pass this file unseen."""
    elsewhere = {
        "half_year",
        "identity",
        "column_order",
        "column_total",
        "low_disbursement",
    }
    everywhere = {"bound", "derived", "shortfall", "unit_scale", "change"}
    kinds = {rule.kind for form in shipped_round().forms for rule in form.rules}
    assert kinds <= set(BY_COLUMN) | elsewhere | everywhere
    ids = {r.id for f in shipped_round().forms for r in f.rules if r.kind == "identity"}
    assert ids == {name.split()[0] for name in IDENTITIES}


def test_every_required_cell_is_filled_and_nothing_else_is_invented() -> None:
    known = {
        (form.id, indicator.key, column.key): indicator.requires(column)
        for form in shipped_round().forms
        for indicator in form.indicators
        for column in form.value_columns
    }
    for code in shipped_sizes():
        figures = sample_figures(shipped_round(), code, shipped_sizes(), 7)
        assert set(figures) <= set(known)
        assert [cell for cell, required in known.items() if required] == [
            cell for cell, required in known.items() if required and cell in figures
        ]


def test_no_row_looks_like_a_slip_of_units() -> None:
    """Figures of a row stay within a factor of about six, money spent slowly included."""
    for code in shipped_sizes():
        figures = sample_figures(shipped_round(), code, shipped_sizes(), 5)
        for form in shipped_round().forms:
            for indicator in form.indicators:
                keys = [(form.id, indicator.key, c.key) for c in form.value_columns]
                row = [figures[key] for key in keys if figures.get(key)]
                assert not row or max(row) / min(row) < 6.5, (code, indicator.key, row)


def test_counts_are_whole_and_rates_have_two_decimals() -> None:
    figures = sample_figures(shipped_round(), "79", shipped_sizes(), 1)
    for (form, key, _), value in figures.items():
        unit = shipped_round().form(form).indicator(key).unit
        places = -int(value.as_tuple().exponent)
        allowed = {"%": {2}, "Điểm %": {2}, "1000 người": {1}, "Triệu đồng": {0, 1}}
        assert places in allowed.get(unit, {0}), (key, value)


def test_the_same_seed_gives_the_same_figures_and_another_seed_others() -> None:
    first, again, other = (
        sample_figures(shipped_round(), "02", shipped_sizes(), seed) for seed in (3, 3, 4)
    )
    assert first == again
    assert first != other


def test_sums_of_all_provinces_are_of_the_published_size() -> None:
    """Jobs, poor households and recipients of aid come near what the nation reported."""
    totals = dict.fromkeys(("vl.tong", "gn.ho_ngheo", "bt.tong", "ncc.tong"), Decimal(0))
    for code in shipped_sizes():
        figures = sample_figures(shipped_round(), code, shipped_sizes(), 2013)
        for (_, key, column), value in figures.items():
            if key in totals and column == "uoc_n1":
                totals[key] += value
    assert 1_300_000 < totals["vl.tong"] < 1_800_000
    assert 1_500_000 < totals["gn.ho_ngheo"] < 2_100_000
    assert 2_200_000 < totals["bt.tong"] < 2_900_000
    assert 1_200_000 < totals["ncc.tong"] < 1_800_000


def test_the_columns_of_the_dice_are_those_of_the_round() -> None:
    columns = [column.key for column in shipped_round().form("PL01").value_columns]
    assert sorted(columns) == sorted(PLAN_COLUMNS)


def test_a_missing_file_of_sizes_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"communes\.csv: file"):
        load_sizes(tmp_path)


def test_a_bad_row_of_sizes_is_named(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    communes = (CONFIG / "communes.csv").read_text(encoding="utf-8")
    (tmp_path / "communes.csv").write_text(communes, encoding="utf-8")
    sizes = (CONFIG / "demo" / "province_sizes.csv").read_text(encoding="utf-8")
    spoiled = sizes.replace("6865.2", "many", 1)
    (tmp_path / "demo" / "province_sizes.csv").write_text(spoiled, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"province_sizes\.csv: 01"):
        load_sizes(tmp_path)
