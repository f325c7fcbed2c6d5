"""The correction workbook: what stands in it, and that it comes back as it left."""

import io
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell

from pipeline.adapters.letters.correction_sheet import FILLS
from pipeline.adapters.letters.correction_workbook import correction_workbook
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.letters.correction import Place
from pipeline.domain.letters.letter import Enclosure
from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.form import Missing
from pipeline.domain.senders.addressing import Addressee
from pipeline.stages.correct import correct
from pipeline.stages.recognise import recognise
from tests.builders.corrections import (
    CONTEXT,
    WRITER,
    correct_return,
    deficient,
    of_decision,
    place,
)
from tests.builders.decisions import finding
from tests.builders.reading import figures as figures_of
from tests.builders.reading import read_return
from tests.builders.returns import consistent_return, make_appendices, shipped_round
from tests.builders.totals import REPOSITORY
from tests.servers.libreoffice import convert, pages

ROUND = shipped_round()
NOBODY = Addressee("Sở", "Sở Lao động - Thương binh và Xã hội")
FIGURES = consistent_return(ROUND, "02", 1)
SUM = ("PL03", "dn.tuyen_moi", "kh_n")
EMPTY = ("PL03", "dn.gv", "kh_n")
WILD = ("PL03", "dn.ldnt", "kh_n")
NOT_YET = ("PL03", "dn.ldnt_nn", "kh_n")
NIL = ("PL03", "dn.ldnt_pnn", "kh_n")
FORMULA = '=HYPERLINK("http://x.vn/a","trên 27.000 người và còn nữa")'
COVER = "Nội dung cần xem"
FORMULAS = (
    '=HYPERLINK("http://evil.example","x")',
    "=cmd|'/c calc'!A0",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\uff1d1+1",
    "{=1}",
)


@pytest.fixture(scope="module")
def faulty():
    """PL01 and PL03 with a broken sum, an empty cell and cells without a figure."""
    unread = Finding(
        "unreadable-value",
        Severity.ERROR,
        form="PL03",
        indicator=WILD[1],
        column=WILD[2],
        path="bao cao.xls",
        sheet="PL03",
        cell=place(*WILD).partition("!")[2],
        found=FORMULA,
    )
    return correct_return(
        ("PL01", "PL03"),
        {SUM: FIGURES[SUM] + 90, EMPTY: None},
        {WILD: FORMULA, NOT_YET: Missing.NOT_AVAILABLE, NIL: Missing.NIL},
        findings=(unread,),
        forms_missing=("PL09",),
    )


@pytest.fixture(scope="module")
def book(faulty) -> Workbook:
    return load_workbook(io.BytesIO(faulty.enclosure.data))


def cell_at(book: Workbook, where: str) -> Cell:
    sheet, _, cell = where.partition("!")
    return book[sheet][cell]


def texts_of(book: Workbook, sheet: str) -> list[str]:
    return [str(c.value) for row in book[sheet].iter_rows() for c in row if c.value]


def changed(enclosure: Enclosure, *changes: tuple[str, object]) -> bytes:
    """The workbook after a person typed into it."""
    book = load_workbook(io.BytesIO(enclosure.data))
    for where, value in changes:
        cell_at(book, where).value = value
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_cover_and_a_sheet_for_every_form_to_send(faulty, book: Workbook) -> None:
    assert faulty.enclosure.name == f"ban-chinh-sua-{faulty.correction.reference}.xlsx"
    assert book.sheetnames == [COVER, "PL01", "PL03", "PL09"]
    assert book.active is not None
    assert book.active.title == COVER


def test_values_stand_as_they_were_read(book: Workbook) -> None:
    assert cell_at(book, place(*SUM)).value == FIGURES[SUM] + 90
    assert cell_at(book, place(*EMPTY)).value is None
    assert cell_at(book, place(*NOT_YET)).value == ".."
    assert cell_at(book, place(*NIL)).value == "-"
    wild = cell_at(book, place(*WILD))
    assert (wild.data_type, wild.value) == ("s", '=HYPERLINK("http //x.vn/a","trên 27.000…')
    title = {text for text in texts_of(book, "PL09") if text.startswith("KINH PHÍ")}
    assert title, "a form that is missing is there, blank"


def test_faulty_cells_are_coloured_and_say_why(faulty, book: Workbook) -> None:
    root = cell_at(book, place(*SUM))
    assert root.fill.start_color.rgb[2:] == FILLS["mend"]
    assert root.comment is not None
    numbered = {p.root: p.facts["number"] for p in faulty.correction.points}
    assert root.comment.text.startswith(
        f"Mục {numbered[Place(*SUM)]}. Ô {place(*SUM)}: 2 phép kiểm tra chưa khớp"
    )
    assert "cộng các dòng “Cao đẳng nghề”" in root.comment.text
    assert "Đề nghị Sở" in root.comment.text
    empty, unread = (cell_at(book, place(*key)) for key in (EMPTY, WILD))
    assert "Chưa có số liệu" in empty.comment.text
    assert "chưa đọc được thành số" in unread.comment.text
    seat = cell_at(book, place("PL01", "th.tuyen_sinh", "kh_n"))
    assert seat.fill.start_color.rgb[2:] == FILLS["mend"]
    assert f"Ô nên xem trước: {place(*SUM)}." in seat.comment.text
    clean = cell_at(book, place("PL03", "dn.co_so", "kh_n"))
    assert (clean.fill.fill_type, clean.comment) == (None, None)


def test_every_row_names_its_cells_in_the_file_that_came(book: Workbook) -> None:
    sheet = book["PL03"]
    last = sheet.max_column
    assert sheet.cell(7, last).value == "Ô trong tệp đã gửi"
    assert sheet.cell(7, last - 1).value == "Giải trình"
    assert sheet.cell(10, last).value == "PL03!D10:H10"
    assert sheet.cell(15, last).value == "PL03!D15:G15"


def test_the_cover_lists_what_is_to_be_seen(faulty, book: Workbook) -> None:
    sheet = book[COVER]
    head = next(r for r in range(1, 60) if sheet.cell(r, 1).value == "Mục")
    rows = [[c.value for c in row] for row in sheet.iter_rows(min_row=head + 1)]
    entries = [e for point in faulty.correction.points for e in point.entries]
    assert len(rows) == len(entries)
    by_cell = {row[3]: row for row in rows}
    empty = by_cell[place(*EMPTY)]
    assert empty[1:3] == ["PL03", place(*EMPTY)]
    total = next(row for row in rows if row[3] == place(*SUM))
    whole = f"{FIGURES[SUM] + 90:,f}".replace(",", ".")
    assert total[5] == f"{whole} người"
    texts = " ".join(texts_of(book, COVER))
    assert faulty.correction.reference in texts
    assert faulty.correction.code in texts
    assert "PL09 - " in texts
    assert "Hà Nội" not in texts, "would name a province to whom the file comes back"


def test_nothing_in_it_runs_or_leads_anywhere(faulty) -> None:
    with zipfile.ZipFile(io.BytesIO(faulty.enclosure.data)) as package:
        names = package.namelist()
        sheets = [package.read(n) for n in names if n.startswith("xl/worksheets/sheet")]
    assert not [n for n in names if re.search(r"vba|externalLink|embeddings", n)]
    assert not [data for data in sheets if b"<f>" in data or b"<hyperlink" in data]


@pytest.mark.parametrize("payload", FORMULAS)
def test_a_text_never_becomes_a_formula(payload: str) -> None:
    about = finding(
        "unreadable-value",
        form="PL03",
        indicator=SUM[1],
        column=SUM[2],
        path="bao cao.xls",
        sheet=payload,
        cell="H12",
        found=payload,
    )
    made = correct_return(("PL03",), marks={SUM: payload}, findings=(about,))
    book = load_workbook(io.BytesIO(made.enclosure.data))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert [c.coordinate for c in cells if c.data_type == "f"] == []


def test_the_same_facts_give_the_same_bytes_in_any_process(faulty, tmp_path: Path) -> None:
    assert correction_workbook(faulty.correction, WRITER.tell) == faulty.enclosure
    target = tmp_path / "again.xlsx"
    script = (
        "import sys, pathlib\n"
        "from decimal import Decimal\n"
        "from tests.builders.corrections import correct_return\n"
        "made = correct_return(('PL03',), {('PL03','dn.tuyen_moi','kh_n'): Decimal(1)})\n"
        "pathlib.Path(sys.argv[1]).write_bytes(made.enclosure.data)\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(target)],
        check=True,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "America/Lima"},
        timeout=60,
    )
    here = correct_return(("PL03",), {SUM: Decimal(1)})
    assert target.read_bytes() == here.enclosure.data


def test_it_comes_back_with_the_same_figures_and_only_the_known_faults(faulty) -> None:
    forms, findings = read_return(faulty.enclosure.data, faulty.enclosure.name)
    assert sorted(forms) == ["PL01", "PL03"], "the blank PL09 says nothing"
    assert {(f.code, f.indicator) for f in findings} == {
        ("unreadable-value", WILD[1]),
        ("not-available", NOT_YET[1]),
    }
    assert {form.confidence for form in forms.values()} == {1.0}
    for result in faulty.decision.forms:
        there = forms[result.appendix.form]
        assert values(there) == values(result.appendix)


def values(appendix):
    return {(r.indicator, r.column): (r.value, r.missing) for r in appendix.rows}


def test_all_nine_forms_come_back_from_libreoffice_as_xls(tmp_path: Path) -> None:
    """Every figure of a whole return, and no table that is taken for something else."""
    everything = make_appendices(ROUND, FIGURES)
    every = tuple(
        finding(
            "unit-scale", form=a.form, indicator=r.indicator, column=r.column,
            path=r.path, sheet=r.sheet, cell=r.cell, found=str(r.value), expected="12",
        )
        for a in everything
        for r in a.rows[:9]
    )  # fmt: skip
    made = of_decision(deficient(everything, every))
    (tmp_path / made.enclosure.name).write_bytes(made.enclosure.data)
    old = convert(tmp_path / made.enclosure.name, "xls", tmp_path / "out")
    for data, name in ((made.enclosure.data, "a.xlsx"), (old.read_bytes(), old.name)):
        forms, findings = read_return(data, name)
        assert findings == []
        assert list(forms) == [form.id for form in ROUND.forms]
        for appendix in everything:
            assert values(forms[appendix.form]) == values(appendix)


def test_it_is_printed_across_one_page(faulty, tmp_path: Path) -> None:
    (tmp_path / "c.xlsx").write_bytes(faulty.enclosure.data)
    assert pages(convert(tmp_path / "c.xlsx", "pdf", tmp_path / "out")) == 4
    sheet = load_workbook(io.BytesIO(faulty.enclosure.data))["PL03"]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)


def test_a_correction_and_an_explanation_are_read(faulty) -> None:
    explained = place("PL03", "dn.tl_dtn", "kh_n").partition("!")[2]
    column = load_workbook(io.BytesIO(faulty.enclosure.data))["PL03"].max_column - 1
    row = re.sub("[A-Z]+", "", explained)
    data = changed(
        faulty.enclosure,
        (place(*SUM), int(FIGURES[SUM])),
        (f"PL03!{chr(64 + column)}{row}", "do sáp nhập hai trường nghề"),
    )
    forms, _ = read_return(data, "PL.xlsx")
    assert values(forms["PL03"])[SUM[1:]] == (FIGURES[SUM], None)
    assert forms["PL03"].notes == (("dn.tl_dtn", "do sáp nhập hai trường nghề"),)


def test_a_blank_form_that_was_filled_is_read(faulty) -> None:
    data = changed(faulty.enclosure, (place("PL09", "kp.vldn", "nc_n"), 5))
    forms, findings = read_return(data, "PL.xlsx")
    assert values(forms["PL09"]) == {("kp.vldn", "nc_n"): (Decimal(5), None)}
    assert "form-unrecognised" not in {f.code for f in findings}


def test_notes_of_the_province_are_kept_beside_the_explanations() -> None:
    appendices = [
        replace(a, notes=(("dn.gv", "số ước"),))
        for a in make_appendices(ROUND, FIGURES)
        if a.form == "PL03"
    ]
    made = of_decision(deficient(appendices, (finding(form="PL03", cell=None),)))
    assert "số ước" in texts_of(load_workbook(io.BytesIO(made.enclosure.data)), "PL03")
    forms, _ = read_return(made.enclosure.data)
    assert forms["PL03"].notes == (), "what stood there before explains nothing new"


def test_many_findings_stay_a_list_and_never_become_a_form() -> None:
    """Whatever the findings quote: titles of columns, rows, figures in two columns."""
    form = ROUND.form("PL02")
    appendices = [a for a in make_appendices(ROUND, FIGURES) if a.form == "PL02"]
    found = tuple(
        finding(
            code,
            form="PL02",
            indicator=row.key,
            column=column.key,
            path="b.xls",
            sheet="PL02",
            cell=f"{letter}{n}",
            found="12.5" if code == "derived-mismatch" else column.title,
            expected="13" if code == "derived-mismatch" else column.title,
        )
        for n, row in enumerate(form.indicators, 10)
        for letter, column in zip("DEFGHIJ", form.columns[3:10], strict=True)
        for code in ("derived-mismatch", "column-uncertain", "unreadable-value")
    )
    made = of_decision(deficient(appendices, found))
    recognised = recognise(open_workbook(made.enclosure.data, "a.xlsx"), [ROUND])
    assert recognised.findings == ()
    assert [match.form for match in recognised.forms] == ["PL02"]
    book = load_workbook(io.BytesIO(made.enclosure.data))
    assert texts_of(book, COVER)[-1].startswith("Còn ")


def test_empty_rows_are_coloured_whole_and_told_once() -> None:
    row = "dn.tl_dtn"
    taken = {("PL03", row, column.key): None for column in ROUND.form("PL03").value_columns}
    book = load_workbook(io.BytesIO(correct_return(("PL03",), taken).enclosure.data))
    cells = [cell_at(book, place("PL03", row, c)) for c in ("th_n2", "kh_n1", "kh_n")]
    assert {cell.fill.start_color.rgb[2:] for cell in cells} == {FILLS["mend"]}
    assert [cell.comment is not None for cell in cells] == [True, False, False]


def test_rounded_figures_of_a_larger_unit_come_back_as_rounded() -> None:
    """Thousands with one decimal add up within rounding, and still do on return."""
    appendix = next(a for a in make_appendices(ROUND, FIGURES) if a.form == "PL03")
    people = {
        (row.indicator, row.column): replace(
            row,
            value=Decimal(int(round(row.value, -2))),
            quantum=Decimal(100),
            unit_written="nghìn người",
        )
        for row in appendix.rows
        if row.unit == "Người"
    }
    rows = (people.get((row.indicator, row.column), row) for row in appendix.rows)
    rounded = replace(appendix, rows=tuple(rows))
    made = of_decision(deficient([rounded], (finding(form="PL03", cell=None),)))
    forms, findings = read_return(made.enclosure.data)
    assert findings == []
    assert values(forms["PL03"]) == values(rounded)
    back = [row for row in forms["PL03"].rows if (row.indicator, row.column) in people]
    assert min(row.quantum for row in back) == 100
    assert {row.unit_written for row in back} == {"1000 người"}


def test_headers_labels_and_units_are_marked_too() -> None:
    home = {"form": "PL03", "path": "b.xls", "sheet": "PL03"}
    found = (
        finding("unit-unknown", indicator="dn.gv", found="chiếc", **home),
        finding("row-uncertain", indicator="dn.gv", severity=Severity.QUERY, **home),
        finding("column-uncertain", column="kh_n", severity=Severity.WARN, **home),
    )
    book = load_workbook(
        io.BytesIO(correct_return(("PL03",), findings=found).enclosure.data)
    )
    for where, duty in (("C15", "mend"), ("B15", "explain"), ("H7", "note")):
        cell = book["PL03"][where]
        assert cell.fill.start_color.rgb[2:] == FILLS[duty]
        assert cell.comment is not None


def test_findings_alike_share_a_line_and_those_of_accepted_forms_are_only_listed() -> None:
    rows = ("dn.tm_cdn", "dn.tm_tcn", "dn.tm_scn")
    home = {"path": "bao cao.xls", "severity": Severity.QUERY}
    empty = tuple(
        finding(
            "missing-value", form="PL03", indicator=key, column="th6t_n1",
            sheet="PL03", cell=place("PL03", key, "th6t_n1").partition("!")[2], **home,
        )
        for key in rows
    )  # fmt: skip
    elsewhere = finding(
        "change", form="PL02", indicator="vl.tong", column="kh_n", sheet="PL02",
        cell="H14", found="100", expected="10", **home,
    )  # fmt: skip
    made = correct_return(("PL02", "PL03"), {EMPTY: None}, findings=(*empty, elsewhere))
    book = load_workbook(io.BytesIO(made.enclosure.data))
    assert book.sheetnames == [COVER, "PL03"]
    lines = [[c.value for c in row] for row in book[COVER].iter_rows()]
    assert ["PL03!F17:F19", "PL03!F17:F19"] in [line[2:4] for line in lines]
    assert ["PL02!H14", "-"] in [line[2:4] for line in lines]
    marked = [cell_at(book, place("PL03", key, "th6t_n1")) for key in rows]
    assert {c.fill.start_color.rgb[2:] for c in marked} == {FILLS["explain"]}


def test_an_unknown_province_gets_dots_to_fill_in() -> None:
    made = correct_return(("PL03",), {SUM: Decimal(1)})
    correction = correct(made.decision, replace(CONTEXT, province=None, reader=NOBODY))
    data = correction_workbook(correction, WRITER.tell).data
    assert any(text.startswith("UBND TỈNH/") for text in texts_of(
        load_workbook(io.BytesIO(data)), "PL03"
    ))  # fmt: skip


def test_a_suspect_elsewhere_points_to_the_finding() -> None:
    """A sum whose part is suspected: the part is coloured and sends to the sum."""
    part = ("PL03", "dn.tm_scn", "kh_n")
    about = finding(
        "total-mismatch", form="PL03", indicator=SUM[1], column="kh_n", rule="PL03.2",
        path="bao cao.xls", sheet="PL03", cell=place(*SUM).partition("!")[2],
        found="100", expected="110", suspect=(place(*part).partition("!")[2],),
    )  # fmt: skip
    made = correct_return(("PL03",), findings=(about,))
    book = load_workbook(io.BytesIO(made.enclosure.data))
    assert "Ô nên xem trước: PL03!H19" in cell_at(book, place(*SUM)).comment.text
    assert cell_at(book, place(*part)).comment.text == "Mục 1. Xem ghi chú tại ô PL03!H16."


def test_figures_of_are_what_a_drawing_holds() -> None:
    """The builders of returns and of drawings agree on where a figure stands."""
    made = correct_return(("PL03",), {SUM: Decimal(1)})
    forms, _ = read_return(made.enclosure.data)
    cell, value = figures_of(forms["PL03"])[SUM[1:]]
    assert (f"PL03!{cell}", value) == (place(*SUM), 1)


@pytest.mark.parametrize(
    "found",
    [
        "nghìn người",
        "Người ≠ 1000 người",
        "nghìn",
        "(1000)",
        "1000 người",
        "Đơn vị tính: nghìn",
    ],
)
def test_what_was_asked_of_a_unit_is_not_read_as_one(found: str) -> None:
    """The province sends it back: what we asked stands on its cover and in comments."""
    home = {"form": "PL03", "path": "b.xls", "sheet": "PL03"}
    asked = tuple(
        finding("unit-unknown", indicator=key, found=found, expected="Người", **home)
        for key in ("dn.gv", "dn.tuyen_moi")
    )
    made = correct_return(("PL03",), findings=asked)
    forms, findings = read_return(made.enclosure.data)
    assert [f for f in findings if f.code.startswith("unit")] == []
    assert values(forms["PL03"]) == values(made.decision.forms[0].appendix)
