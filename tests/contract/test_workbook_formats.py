"""Every format gives the same forms, figures and cell addresses."""

from collections.abc import Callable

import pytest

from bench.reading.torture_packages import unzipped, zipped
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.reading.sheet import UnreadableWorkbookError
from tests.builders.reading import assert_read, read_return, told
from tests.builders.workbook_files import (
    write_csv,
    write_html,
    write_ods,
    write_xls,
    write_xlsx,
)
from tests.builders.workbooks import (
    ROUND,
    Drawing,
    Style,
    draw,
    recoded,
    to_tcvn3,
    to_vni,
    two_row_header,
)
from tests.builders.xlsb_files import write_xlsb

WRITERS: dict[str, Callable[[list[Drawing]], bytes]] = {
    "xlsx": write_xlsx,
    "xls": write_xls,
    "xlsb": write_xlsb,
    "ods": write_ods,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_what_is_known_to_be_a_package_is_read_as_what_is_found_to_be(kind: str) -> None:
    data = WRITERS[kind]([draw(ROUND.form("PL09"))])
    assert open_workbook(data, "PL", kind) == open_workbook(data, "PL")


@pytest.mark.parametrize("kind", WRITERS)
def test_a_clean_workbook_of_nine_forms_reads_whole_and_without_findings(kind: str) -> None:
    drawings = [draw(form) for form in ROUND.forms]
    forms, findings = read_return(WRITERS[kind](drawings), f"PL.{kind}")
    assert told(findings) == []
    for drawing in drawings:
        assert_read(forms[drawing.name], drawing)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_header_of_year_over_version_with_merged_cells(kind: str) -> None:
    drawing = draw(ROUND.form("PL02"), Style(header=two_row_header))
    forms, findings = read_return(WRITERS[kind]([drawing]))
    assert told(findings) == []
    assert_read(forms["PL02"], drawing)


@pytest.mark.parametrize(
    ("font", "recode", "encoding"),
    [(".VnTime", to_tcvn3, "tcvn3"), ("VNI-Times", to_vni, "vni")],
)
@pytest.mark.parametrize("write", [write_xlsx, write_xls])
def test_legacy_fonts_are_decoded_and_named(font, recode, encoding, write) -> None:
    drawings = [recoded(draw(form), recode) for form in ROUND.forms]
    forms, findings = read_return(write(drawings, font))
    assert told(findings) == []
    for drawing in drawings:
        assert_read(forms[drawing.name], drawing)
    assert {row.encoding for row in forms["PL01"].rows} == {encoding}


@pytest.mark.fault("F-S10-3")
@pytest.mark.parametrize(
    "data",
    [
        write_csv(draw(ROUND.form("PL03"))),
        write_csv(draw(ROUND.form("PL03")), delimiter="\t", encoding="utf-16"),
        write_html(draw(ROUND.form("PL03"))),
    ],
    ids=["csv", "tsv-utf16", "html"],
)
def test_text_tables_called_xls(data: bytes) -> None:
    forms, findings = read_return(data, "PL03.xls")
    assert told(findings) == []
    assert_read(forms["PL03"], draw(ROUND.form("PL03")))


@pytest.mark.fault("F-S10-3")
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty-file"),
        (b"\x00" * 100, "empty-file"),
        (b"%PDF-1.4 ...", "unsupported-type"),
        (b"PK\x03\x04 broken", "unreadable-file"),
        (write_xlsx([draw(ROUND.form("PL01"))])[:3000], "unreadable-file"),
        (write_xls([draw(ROUND.form("PL01"))])[:2000], "unreadable-file"),
    ],
    ids=["empty", "zeros", "pdf", "zip-head", "cut-xlsx", "cut-xls"],
)
def test_what_gives_no_cells_is_refused_with_its_code(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableWorkbookError) as caught:
        open_workbook(data, "a.xls")
    assert caught.value.code == code


@pytest.mark.parametrize("part", ["worksheets/sheet1", "sharedStrings", "workbook"])
@pytest.mark.parametrize("share", [0, 0.3, 0.6])
def test_a_part_of_an_xlsb_that_is_cut_is_no_empty_sheet(part: str, share: float) -> None:
    parts = unzipped(write_xlsb([draw(form) for form in ROUND.forms[:2]]))
    whole = parts[f"xl/{part}.bin"]
    cut = {**parts, f"xl/{part}.bin": whole[: int(share * len(whole))]}
    with pytest.raises(UnreadableWorkbookError) as refused:
        open_workbook(zipped(cut), "PL.xlsb")
    assert refused.value.code == "unreadable-file"


def test_a_sheet_of_an_xlsb_out_of_sight_is_told() -> None:
    drawing = draw(ROUND.form("PL01"))
    forms, findings = read_return(write_xlsb([drawing], [drawing.name]), "PL.xlsb")
    assert_read(forms["PL01"], drawing)
    assert [finding.code for finding in findings] == ["hidden-content"]
