"""five_year.csv: what is read, and what is refused with file, line and advice."""

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.adapters.round_definitions.five_year_file import HEADER, load_five_year
from pipeline.domain.errors import ConfigError
from pipeline.domain.plan.five_year import Better, Target
from tests.builders.demo_world import CONFIG
from tests.builders.returns import shipped_gazetteer, shipped_round

GOOD = "PL01,th.qua_dt,2015,,55,up,Resolution 1"


def read(folder: Path, *lines: str) -> tuple[Target, ...]:
    text = "\n".join([",".join(HEADER), *lines]) + "\n"
    (folder / "five_year.csv").write_text(text, encoding="utf-8")
    return load_five_year(folder, shipped_round(), shipped_gazetteer())


def test_a_round_without_the_file_has_no_targets(tmp_path: Path) -> None:
    assert load_five_year(tmp_path, shipped_round(), shipped_gazetteer()) == ()


def test_targets_are_of_the_country_or_of_a_unit(tmp_path: Path) -> None:
    province = 'PL01,th.tlhn,2015,2,25.5,down,"Resolution 2, of the council"'
    country, own = read(tmp_path, GOOD, province)
    assert country == Target(
        *("PL01", "th.qua_dt", 2015, None, Decimal(55), Better.UP, "Resolution 1", 2)
    )
    assert (own.unit, own.value, own.better) == ("02", Decimal("25.5"), Better.DOWN)
    assert (own.source, own.line) == ("Resolution 2, of the council", 3)


@pytest.mark.parametrize(
    ("line", "where", "said"),
    [
        ("PL99,th.qua_dt,2015,,55,up,x", "form", "it has PL01, PL02"),
        ("PL01,th.none,2015,,55,up,x", "row", "PL01.yaml has their keys"),
        ("PL01,th.qua_dt,15,,55,up,x", "year", "write 2015"),
        ("PL01,th.qua_dt,next,,55,up,x", "year", "not a whole number"),
        ("PL01,th.qua_dt,2015,99,55,up,x", "unit", "leave it empty for the country"),
        ("PL01,th.giam_tlhn,2015,,2,up,x", "unit", "name the unit the target is of"),
        ('PL01,th.qua_dt,2015,,"55,5",up,x', "value", "write 1234.5"),
        ("PL01,th.qua_dt,2015,,NaN,up,x", "value", "write 1234.5"),
        ("PL01,th.viec_lam,2015,,1e999999,up,x", "value", "write 1234.5"),
        ("PL01,th.qua_dt,2015,,155,up,x", "value", "from 0 to 100"),
        ("PL01,th.qua_dt,2015,,55,more,x", "better", "write up where more is better"),
        ("PL01,th.qua_dt,2015,,55,up,", "source", "name the decision"),
        ("PL01,th.qua_dt,2015,,56,up,x", "year", "line 2; keep one line"),
        ("PL01,th.qua_dt,2014,,54,down,x", "better", "line 2 says up"),
    ],
)
def test_a_mistake_names_file_line_column_and_what_to_do(
    tmp_path: Path, line: str, where: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        read(tmp_path, GOOD, line)
    assert refused.value.source == str(tmp_path / "five_year.csv")
    assert refused.value.key == f"line 3, {where}"


def test_another_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "five_year.csv").write_text("form;row\nPL01;th.tlhn\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="form,row,year,unit,value,better,source"):
        load_five_year(tmp_path, shipped_round(), shipped_gazetteer())


def test_a_round_of_another_folder_may_speak_of_units_that_do_not_report() -> None:
    folder = CONFIG / "rounds" / "ke-hoach-2014"
    bureau = replace(shipped_gazetteer().by_code("02"), code="BTXH")
    units = replace(shipped_gazetteer(), provinces=(bureau,))
    with pytest.raises(ConfigError, match=r"is not a code of provinces\.csv"):
        load_five_year(folder, shipped_round(), units)
    targets = load_five_year(folder, shipped_round(), units, own=False)
    assert targets
    assert {target.unit for target in targets} == {None}


def test_a_line_that_no_program_wrote_is_refused_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="field larger") as refused:
        read(tmp_path, GOOD, "PL01," + "x" * (csv.field_size_limit() + 1))
    assert refused.value.key == "line 3"
