"""Rows that left their place in the form, or lean on the row above them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.plan_round import Form, Indicator
from pipeline.domain.reading.row_label import asked_rows
from tests.builders.reading import assert_read, read_return, told
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Drawing, Style, draw

PL02, PL03, PL07 = (ROUND.form(f"PL0{n}") for n in (2, 3, 7))
Read = tuple[Drawing, dict[str, int], list[tuple[str, str | None]]]


def read_drawn(form: Form, label: Callable[[Indicator], str]) -> Read:
    """The drawing, how many figures were read of each row, and what was asked about."""
    drawing = draw(form, Style(label=label))
    forms, findings = read_return(write_xlsx([drawing]))
    rows = forms[form.id].rows
    for row in rows:
        assert (row.cell, row.value) == drawing.truth[row.indicator, row.column]
    figures = {i.key: sum(r.indicator == i.key for r in rows) for i in form.indicators}
    return drawing, figures, [(f.code, f.indicator) for f in findings if is_told(f)]


def is_told(finding: Finding) -> bool:
    return finding.severity is not Severity.INFO


def with_rows(form: Form, rows: Sequence[Indicator]) -> Form:
    return replace(form, indicators=tuple(rows))


def changed(key: str, text: str) -> Callable[[Indicator], str]:
    return lambda indicator: text if indicator.key == key else indicator.label


@pytest.mark.parametrize(
    "text",
    [
        "Cung ứng lao động làm việc ngoài tỉnh trên địa bàn tỉnh",
        "Cung ứng lao động làm việc ở ngoài tỉnh:",
        "Cung ứngl ao động làm việc ngoài tỉnh",
    ],
)
def test_a_row_that_moved_and_is_spelled_otherwise_is_read_and_asked_about(text) -> None:
    own = PL02.indicator("vl.ngoai_tinh")
    rows = [i for i in PL02.indicators if i is not own]
    form = with_rows(PL02, [*rows, replace(own, code="")])
    _, figures, asked = read_drawn(form, changed(own.key, text))
    assert figures[own.key] == 5
    assert asked == [("row-uncertain", own.key)]


@pytest.mark.parametrize("parent", [None, "Xuất khẩu lao động (đi làm việc ở nước ngoài"])
def test_parts_that_changed_places_below_their_own_row(parent: str | None) -> None:
    women, poor = (PL02.indicator(f"vl.xkld_{name}") for name in ("nu", "ngheo"))
    swap = {women.key: poor, poor.key: women}
    rows = [replace(swap.get(i.key, i), code="") for i in PL02.indicators]
    own = PL02.indicator("vl.xkld")
    label = changed(own.key, parent or own.label)
    _, figures, asked = read_drawn(with_rows(PL02, rows), label)
    assert figures[women.key] == figures[poor.key] == 5
    assert [code for code in asked if code[1] in swap] == []


def test_a_part_told_by_a_dash_is_read_below_its_own_row_and_asked_about() -> None:
    _, figures, asked = read_drawn(PL02, changed("vl.xkld_nu", "- Nữ"))
    assert figures["vl.xkld_nu"] == 5
    assert asked == [("row-uncertain", "vl.xkld_nu")]


def test_a_part_told_by_a_dash_below_another_row_is_another() -> None:
    own = PL02.indicator("vl.xkld_nu")
    rows = [i for i in PL02.indicators if i is not own]
    at = next(n for n, i in enumerate(rows) if i.key == "vl.ldnn") + 1
    form = with_rows(PL02, [*rows[:at], own, *rows[at:]])
    drawing = draw(form, Style(label=changed(own.key, "- Nữ")))
    forms, findings = read_return(write_xlsx([drawing]))
    assert not any(row.indicator == own.key for row in forms["PL02"].rows)
    assert "row-extra" in {f.code for f in findings}


def test_money_cut_to_its_first_letters() -> None:
    drawing = draw(PL07, Style(label=changed("bdg.kp", "KP")))
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL07"], drawing)


def test_rows_of_another_part_of_the_form_are_not_taken_unasked() -> None:
    """What joins training is not what leaves it, though its parts are called alike."""
    parts = [PL03.indicator(f"dn.tm_{name}") for name in ("cdn", "tcn", "scn")]
    rows = [i for i in PL03.indicators if i not in parts]
    at = rows.index(PL03.indicator("dn.tot_nghiep")) + 1
    drawing = draw(with_rows(PL03, [*rows[:at], *parts, *rows[at:]]))
    forms, findings = read_return(write_xlsx([drawing]))
    college, secondary, primary = (part.key for part in parts)
    read = {row.indicator for row in forms["PL03"].rows}
    assert read.isdisjoint((college, secondary))
    asked = {f.indicator for f in findings if f.code == "row-uncertain"}
    assert asked == {primary}


def test_a_part_of_the_form_that_moved_as_a_whole_is_read() -> None:
    keys = ("dn.tuyen_moi", "dn.tm_cdn", "dn.tm_tcn", "dn.tm_scn")
    parts = [PL03.indicator(key) for key in keys]
    rows = [i for i in PL03.indicators if i not in parts]
    drawing = draw(with_rows(PL03, [*rows, *parts]))
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL03"], drawing)


@pytest.mark.parametrize("code", ["3", ""])
@pytest.mark.parametrize("after", ["dn.ldnt", "dn.tot_nghiep", "dn.gv"])
def test_a_row_in_another_part_is_asked_about_wherever_it_stands(code, after) -> None:
    own = PL03.indicator("dn.tm_scn")
    rows = [i for i in PL03.indicators if i is not own]
    at = rows.index(PL03.indicator(after)) + 1
    form = with_rows(PL03, [*rows[:at], replace(own, code=code), *rows[at:]])
    _, findings = read_return(write_xlsx([draw(form)]))
    asked = {f.indicator for f in findings if f.code == "row-uncertain"}
    assert own.key in asked


def test_rows_below_a_heading_of_the_provinces_own_are_in_their_part() -> None:
    heading = {"dn.tuyen_moi": [["IX", "Chia theo trình độ đào tạo"]]}
    drawing = draw(PL03, Style(extra=heading))
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL03"], drawing)


def siblings() -> list[tuple[str, str, str]]:
    """Form, row and row after it that lean on the same row above them."""
    pairs = []
    for form in ROUND.forms:
        rows = asked_rows(form)
        for one, other in pairwise(rows):
            leans = not (one.indicator.code or other.indicator.code)
            if leans and one.parent and one.parent == other.parent:
                pairs.append((form.id, one.indicator.key, other.indicator.key))
    return pairs


@pytest.mark.parametrize(("form_id", "one", "other"), siblings())
@pytest.mark.parametrize("words", ["15. {}", "{} trong đó", "{}"])
def test_parts_that_changed_places_are_not_taken_for_each_other(
    form_id: str, one: str, other: str, words: str
) -> None:
    """Whatever is written on the row above them."""
    form = ROUND.form(form_id)
    rows = list(form.indicators)
    at = next(n for n, row in enumerate(rows) if row.key == one)
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    above = rows[at - 1].key

    def label(row: Indicator) -> str:
        return words.format(row.label.upper()) if row.key == above else row.label

    drawing = draw(with_rows(form, rows), Style(label=label))
    forms, findings = read_return(write_xlsx([drawing]))
    asked = {f.indicator for f in findings if is_told(f)}
    for row in forms[form_id].rows:
        if row.indicator in (one, other) and row.indicator not in asked:
            assert (row.cell, row.value) == drawing.truth[row.indicator, row.column]
    assert one in {row.indicator for row in forms[form_id].rows}
