"""Layouts that provinces use; the figures and their cells stay the same."""

import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.plan_round import Column, ColumnRole
from tests.builders.reading import (
    assert_read,
    changed,
    figures,
    read_return,
    row_of,
    told,
)
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Drawing, Style, draw, two_row_header, vietnamese

PL01 = ROUND.form("PL01")

WORDS = {"actual": "Thực hiện", "plan": "Kế hoạch", "estimate": "Ước thực hiện"}


def plan_only(header):
    """A header style for plan columns; money forms keep their titles."""
    return lambda column: [column.title] if column.version not in WORDS else header(column)


def version_over_year(column: Column) -> list[str]:
    half = "6 tháng " if column.period == "H1" else "Năm "
    return [WORDS[column.version or ""], f"{half}{ROUND.plan_year + (column.year or 0)}"]


def three_rows(column: Column) -> list[str]:
    half = " 6 tháng" if column.period == "H1" else ""
    year = ROUND.plan_year + (column.year or 0)
    return ["Số liệu", f"Năm {year}", WORDS[column.version or ""] + half]


def money_groups(column: Column) -> list[str]:
    group, _, part = column.title.partition(" - ")
    return [group, part] if part else [column.title]


def without(*roles: ColumnRole):
    return lambda column: [""] if column.role in roles else [column.title]


def no_marks(text: str) -> str:
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


STYLES = {
    "version over year": Style(header=plan_only(version_over_year)),
    "three header rows": Style(header=plan_only(three_rows)),
    "money groups": Style(header=money_groups),
    "no label title": Style(header=without(ColumnRole.LABEL)),
    "only figures have titles": Style(
        header=without(ColumnRole.LABEL, ColumnRole.CODE, ColumnRole.UNIT)
    ),
    "line breaks": Style(header=lambda column: [column.title.replace(" ", "\n", 2)]),
    "capitals": Style(
        header=lambda column: [column.title.upper()],
        label=lambda indicator: indicator.label.upper(),
    ),
    "no marks": Style(
        header=lambda column: [no_marks(column.title)],
        label=lambda indicator: no_marks(indicator.label),
    ),
    "code in the label": Style(
        order=lambda columns: [c for c in columns if c.role is not ColumnRole.CODE],
        label=lambda i: f"{i.code}. {i.label}" if i.code else i.label,
    ),
    "no title, no letterhead": Style(title=False, above=(), index_row=False),
    "far from the corner": Style(top=5, left=2),
    "districts below every row": Style(
        extra={
            indicator.key: [["-", "Huyện Đồng Văn", "", 1, 2, 3, 4, 5]]
            for form in ROUND.forms
            for indicator in form.indicators
        }
    ),
}


@pytest.mark.parametrize("name", STYLES)
def test_a_layout_of_all_nine_forms(name: str) -> None:
    drawings = [draw(form, STYLES[name]) for form in ROUND.forms]
    forms, findings = read_return(write_xlsx(drawings))
    assert told(findings) == []
    for drawing in drawings:
        assert_read(forms[drawing.name], drawing)


def test_groups_that_are_not_merged() -> None:
    drawing = draw(ROUND.form("PL02"), Style(header=two_row_header))
    drawing.merges.clear()
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL02"], drawing)


def test_parts_below_a_group_that_is_not_merged() -> None:
    def parts(column: Column) -> list[str]:
        group, _, part = column.title.partition(" - ")
        split = (column.key or "").startswith("nc_")
        return [group, part or "Tổng số"] if split else [group]

    drawing = draw(ROUND.form("PL09"), Style(header=parts))
    drawing.merges.clear()
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL09"], drawing)


def test_scratch_numbers_and_numbered_codes() -> None:
    drawing = draw(ROUND.form("PL06"))
    for n in range(5):
        drawing.cells[(12 + n, 30)] = n
        drawing.cells[(drawing.last_row + 6 + n, 4)] = 100 + n
    for place, value in list(drawing.cells.items()):
        if place[1] == 0 and isinstance(value, str) and value.replace(".", "").isdigit():
            drawing.cells[place] = float(value)
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL06"], drawing)


def test_a_form_turned_on_its_side_is_asked_about() -> None:
    form = ROUND.form("PL07")
    drawing = Drawing("ngang", {(2, 1): form.title})
    for across, indicator in enumerate(form.indicators):
        drawing.cells[(4, across + 2)] = indicator.label
        for down, column in enumerate(form.value_columns):
            drawing.cells[(5 + down, 1)] = column.title
            drawing.cells[(5 + down, across + 2)] = 100 + across + down
    forms, findings = read_return(write_xlsx([drawing]))
    assert forms == {}
    assert [(f.code, f.severity) for f in findings] == [
        ("form-unrecognised", Severity.QUERY)
    ]


def slip(dice: random.Random, text: str) -> str:
    """A label as somebody might retype it."""
    words = text.split()
    at = dice.randrange(len(text))
    return dice.choice(
        [
            text.upper(),
            text[:at] + text[at + 1 :],
            text.replace("Số ", ""),
            f"{text} trên địa bàn tỉnh",
            unicodedata.normalize("NFD", text),
            text.replace("lao động", "LĐ").replace("trẻ em", "TE"),
            "  " + "  ".join(words),
        ]
    )


def damaged(dice: random.Random) -> list[Drawing]:
    """All forms with labels edited, rows lost and added, columns shuffled."""
    drawings = []
    for form in ROUND.forms:
        labels = {
            i.key: slip(dice, i.label) if dice.random() < 0.25 else i.label
            for i in form.indicators
        }
        lost = {i.key for i in form.indicators if dice.random() < 0.05}
        columns = dice.sample(form.columns, len(form.columns))
        style = Style(
            label=lambda i, labels=labels: labels[i.key],
            keep=lambda i, lost=lost: i.key not in lost,
            order=lambda _, columns=columns: columns,
            figure=dice.choice([lambda _, v: v, lambda _, v: vietnamese(v)]),
            left=dice.choice([0, 1]),
            index_row=dice.random() < 0.5,
        )
        drawings.append(draw(form, style))
    return drawings


@settings(max_examples=12)
@given(st.integers(0, 10**9))
def test_no_damage_makes_a_figure_silently_wrong(seed: int) -> None:
    """What was read is right, or its row carries a finding."""
    drawings = damaged(random.Random(seed))
    forms, findings = read_return(write_xlsx(drawings))
    flagged = {(f.form, f.indicator) for f in findings if f.severity is not Severity.INFO}
    for drawing in drawings:
        for key, found in figures(forms[drawing.name]).items():
            right = drawing.truth.get(key) == found
            assert right or (drawing.name, key[0]) in flagged, (drawing.name, key, found)


def test_years_as_numbers_over_columns_beside_names_of_their_own() -> None:
    """ "Các chỉ tiêu" and "S TT" are no words of the form, but heads all the same."""
    drawing = draw(ROUND.form("PL01"), Style(header=two_row_header))
    for (row, column), text in list(drawing.cells.items()):
        if text == "Chỉ tiêu":
            drawing.cells[(row, column)] = "Các chỉ tiêu"
        elif text == "TT":
            drawing.cells[(row, column)] = "S\nTT"
        elif str(text).startswith("Năm 20"):
            drawing.cells[(row, column)] = int(str(text)[4:])
        elif text == "Đơn vị tính":
            del drawing.cells[(row, column)]
    forms, findings = read_return(write_xlsx([drawing]))
    assert told(findings) == []
    assert_read(forms["PL01"], drawing)


def test_twins_in_the_two_parts_of_a_form_are_not_taken_for_each_other() -> None:
    """ "Tỷ lệ" comes twice in appendix 6; the second sheet begins with one of them."""
    form = ROUND.form("PL06")
    keys = [indicator.key for indicator in form.indicators]
    cut = keys.index("te.tl_xa")
    first, second = (
        draw(form, Style(keep=lambda i, part=part: i.key in part), name)
        for part, name in ((keys[:cut], "PL6"), (keys[cut:], "PL6 (2)"))
    )
    _, findings = read_return(write_xlsx([first, second]))
    assert [f.code for f in findings if f.severity is not Severity.INFO] == []


def test_rows_that_changed_places_are_known_by_their_labels() -> None:
    """Though "nghề nông nghiệp" is much like "nghề phi nông nghiệp" in its place."""
    form = ROUND.form("PL03")
    turned = {"dn.ldnt_nn": "dn.ldnt_pnn", "dn.ldnt_pnn": "dn.ldnt_nn"}

    def label(indicator):
        return form.indicator(turned.get(indicator.key, indicator.key)).label

    drawing = draw(form, Style(label=label))
    forms, findings = read_return(write_xlsx([drawing]))
    assert [f.code for f in findings if f.severity is not Severity.INFO] == []
    for key, other in turned.items():
        assert figures(forms["PL03"])[key, "th_n2"] == drawing.truth[other, "th_n2"]


def test_a_lower_level_that_reaches_further_right_than_the_level_above() -> None:
    """Nothing is merged, as in a CSV: "Năm 2013" stands over the first of its columns."""
    below = {
        "th_n2": ["Năm 2012", "Thực hiện", ""],
        "kh_n": ["Năm 2014", "Kế hoạch", ""],
        "kh_n1": ["Năm 2013", "Kế hoạch", ""],
        "th6t_n1": ["Năm 2013", "Thực hiện", "6 tháng đầu năm"],
        "uoc_n1": ["Năm 2013", "", "Ước cả năm"],
    }
    plain = [c for c in PL01.columns if c.role not in (ColumnRole.DERIVED, ColumnRole.NOTE)]
    values = [c for key in below for c in plain if c.key == key]
    order = [c for c in plain if c not in values] + values
    style = Style(
        header=lambda column: below.get(column.key, [column.title]),
        order=lambda _: order,
    )
    drawing = draw(PL01, style)
    drawing.merges.clear()
    forms, findings = read_return(write_xlsx([drawing]))
    assert_read(forms["PL01"], drawing)
    assert [f.code for f in findings if f.severity is not Severity.INFO] == []


def test_a_label_broken_in_two_beside_scribble() -> None:
    drawing = draw(PL01)
    row, label = next(
        (row, text)
        for (row, column), text in drawing.cells.items()
        if column == 1 and text == PL01.indicator("th.qua_dtn").label
    )
    words = label.split()
    broken = Drawing(drawing.name, merges=drawing.merges)
    for (at, column), value in drawing.cells.items():
        broken.cells[at + (at > row or (at == row and column > 1)), column] = value
    broken.cells[row, 1] = " ".join(words[:5])
    broken.cells[row + 1, 1] = " ".join(words[5:])
    broken.cells[row, 14] = 80494
    forms, findings = read_return(write_xlsx([broken]))
    assert [f.code for f in findings if f.severity is not Severity.INFO] == []
    assert len(figures(forms["PL01"])) == len(drawing.truth)


def test_a_label_above_its_figures() -> None:
    """Two rows high, the label in the upper one and the figures in the lower one."""
    drawing = draw(PL01)
    label, unit = PL01.indicator("th.xkld").label, PL01.indicator("th.xkld").unit
    at = next(row for (row, column), text in drawing.cells.items() if text == label)
    apart = Drawing(drawing.name, merges=drawing.merges)
    for (row, column), value in drawing.cells.items():
        beside = row == at and column <= 2
        apart.cells[row + (row >= at and not beside), column] = value
    assert apart.cells[at, 2] == unit
    apart.cells[at, 2] = "1000 người"
    forms, findings = read_return(write_xlsx([apart]))
    _, value = drawing.truth["th.xkld", "th_n2"]
    read = row_of(forms, "PL01", "th.xkld", "th_n2")
    assert (read.value, read.unit_written) == (value * 1000, "1000 người")
    assert [f.code for f in findings if f.severity is not Severity.INFO] == []


def test_one_stray_figure_below_an_empty_row_is_not_its_own() -> None:
    empty = "th.xkld"
    style = Style(
        extra={empty: [["", "", "", 77]]},
        figure=lambda row, value: "" if row.key == empty else value,
    )
    forms, _ = read_return(write_xlsx([draw(PL01, style)]))
    assert {r.column for r in forms["PL01"].rows if r.indicator == empty} == set()


def test_half_a_label_that_is_another_rows() -> None:
    """ "Số trẻ em có hoàn cảnh đặc biệt" is a row, and the first half of one as well."""
    form = ROUND.form("PL06")
    rest = "được trợ giúp, chăm sóc"
    whole = form.indicator("te.cs").label
    half = whole.removesuffix(rest).strip()
    assert half == form.indicator("te.hcdb").label
    style = Style(
        label=lambda row: half if row.key == "te.cs" else row.label,
        extra={"te.cs": [["", rest]]},
        keep=lambda row: row.key != "te.hcdb",
    )
    drawing = draw(form, style)
    forms, findings = read_return(write_xlsx([drawing]))
    assert figures(forms["PL06"]) == drawing.truth
    told = [(f.code, f.expected) for f in findings if f.severity is not Severity.INFO]
    assert {code for code, _ in told} <= {"row-missing", "missing-value"}


def test_a_row_far_from_its_own_place_that_says_what_it_is() -> None:
    """It has no code, so the one above it is all that it seems to lean on."""
    form = ROUND.form("PL02")
    moved = form.indicator("vl.bhtn_huong")
    drawing = draw(form)
    at = next(row for (row, column), text in drawing.cells.items() if text == moved.label)
    last = drawing.last_row
    elsewhere = Drawing(drawing.name, merges=drawing.merges)
    for (row, column), value in drawing.cells.items():
        elsewhere.cells[last if row == at else row + (row >= last), column] = value
    forms, findings = read_return(write_xlsx([elsewhere]))
    told = [f.code for f in findings if f.severity is not Severity.INFO]
    assert (told, len(figures(forms["PL02"]))) == ([], len(drawing.truth))


def test_rows_that_changed_places_where_the_codes_were_left_out() -> None:
    form = ROUND.form("PL05")
    turned = {"gn.thoat": "gn.tai", "gn.tai": "gn.thoat"}
    codes = [column for column in form.columns if column.role is not ColumnRole.CODE]

    def label(indicator):
        return form.indicator(turned.get(indicator.key, indicator.key)).label

    drawing = draw(form, Style(label=label, order=lambda _: codes))
    forms, findings = read_return(write_xlsx([drawing]))
    for key, other in turned.items():
        assert figures(forms["PL05"])[key, "th_n2"] == drawing.truth[other, "th_n2"]
    rows = {f.indicator for f in findings if f.code in ("row-uncertain", "row-missing")}
    assert rows.isdisjoint(turned)


@pytest.mark.parametrize("hidden", ["H", "I"])
def test_of_two_columns_under_one_header_the_one_in_sight_is_read(hidden: str) -> None:
    """The other holds last month's figures; it is asked about all the same."""
    drawing = draw(PL01)

    def change(sheet) -> None:
        sheet.insert_cols(8)
        for row in range(1, sheet.max_row + 1):
            first, second = sheet.cell(row, 8), sheet.cell(row, 9)
            first.value = second.value
            old = first if hidden == "H" else second
            if isinstance(old.value, int | float) and row > 6:
                old.value = old.value * 7
        sheet.column_dimensions[hidden].hidden = True

    forms, findings = read_return(changed(drawing, change))
    values = {(r.indicator, r.column): r.value for r in forms["PL01"].rows}
    assert values == {key: value for key, (_, value) in drawing.truth.items()}
    assert ("column-uncertain", "kh_n") in {(f.code, f.column) for f in findings}
