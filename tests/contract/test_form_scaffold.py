"""Definitions drafted from blank workbooks: ours, and planners' own."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook

from pipeline.adapters.round_definitions.form_scaffold import scaffold, write_scaffold
from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.adapters.workbook_writing.blank_workbook import blank_workbook
from pipeline.domain.errors import ConfigError
from pipeline.domain.plan.plan_round import ColumnRole, PlanRound
from pipeline.stages.lint_round import lint
from tests.builders.totals import COMMUNES, PROVINCES, ROUND_FOLDER


@pytest.fixture(scope="module")
def shipped() -> PlanRound:
    return load_round(ROUND_FOLDER)


@pytest.fixture(scope="module")
def drafted(shipped: PlanRound, tmp_path_factory: pytest.TempPathFactory) -> PlanRound:
    folder = tmp_path_factory.mktemp("rounds") / "ban-nhap"
    write_scaffold(blank_workbook(shipped), folder)
    return load_round(folder)


def test_our_own_template_comes_back_whole(shipped: PlanRound, drafted: PlanRound) -> None:
    """Template, import, load: the same forms, rows, labels, units and columns."""
    assert drafted.plan_year == shipped.plan_year
    assert (drafted.letter, drafted.issued) == (shipped.letter, shipped.issued)
    assert drafted.title == shipped.title
    assert drafted.forms_required == shipped.forms_required
    for ours, theirs in zip(drafted.forms, shipped.forms, strict=True):
        assert (ours.id, ours.title, ours.column_set) == (
            theirs.id,
            theirs.title,
            theirs.column_set,
        )
        assert [(i.code, i.label, i.unit) for i in ours.indicators] == [
            (i.code, i.label, i.unit) for i in theirs.indicators
        ]
        assert [
            (c.key, c.title, c.role, c.year, c.version, c.formula) for c in ours.columns
        ] == [
            (c.key, c.title, c.role, c.year, c.version, c.formula) for c in theirs.columns
        ]


def test_rates_and_money_are_told_by_their_units(
    shipped: PlanRound, drafted: PlanRound
) -> None:
    for ours, theirs in zip(drafted.forms, shipped.forms, strict=True):
        for mine, yours in zip(ours.indicators, theirs.indicators, strict=True):
            if yours.kind.value in ("rate", "money"):
                assert mine.kind is yours.kind, yours.label


def test_a_draft_passes_the_lint(drafted: PlanRound) -> None:
    assert lint(drafted, load_gazetteer(PROVINCES, COMMUNES)) == ()


def test_nothing_is_overwritten(shipped: PlanRound, tmp_path: Path) -> None:
    """One file that exists already stops the whole import."""
    folder = tmp_path / "ban-nhap"
    folder.mkdir()
    (folder / "PL09.yaml").write_text("mine", "utf-8")
    with pytest.raises(ConfigError, match=r"PL09\.yaml.*exists"):
        write_scaffold(blank_workbook(shipped), folder)
    assert [path.name for path in folder.iterdir()] == ["PL09.yaml"]
    assert (folder / "PL09.yaml").read_text("utf-8") == "mine"


def test_a_file_that_is_no_workbook_is_refused() -> None:
    with pytest.raises(ConfigError, match="blank workbook"):
        scaffold(b"hello, this is no workbook\n\x00\x01", "r")


def sheet_bytes(rows: list[list[object]], title: str = "Biểu 1") -> bytes:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    hidden = workbook.create_sheet("Nháp")
    hidden.sheet_state = "hidden"
    for row in rows:
        hidden.append(row)
    workbook.create_sheet("Trống")
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def drafted_from(rows: list[list[object]], tmp_path: Path) -> PlanRound:
    folder = tmp_path / "ke-hoach-2016"
    write_scaffold(sheet_bytes(rows), folder)
    return load_round(folder)


def test_a_planner_s_own_sheet_is_drafted(tmp_path: Path) -> None:
    """One header row, one unit for all above the table, no number of a letter."""
    rows: list[list[object]] = [
        ["BỘ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI"],
        ["KẾT QUẢ DẠY NGHỀ"],
        ["Đơn vị tính: Lượt người"],
        [
            "STT",
            "Nội dung",
            "TH 2014",
            "Ước TH 2015",
            "KH 2016",
            "Tỷ lệ (%) KH 2016/TH 2014",
        ],
        ["I", "Dạy nghề thường xuyên"],
        [1, "Sơ cấp nghề"],
        [None, "- Sơ cấp nghề"],
    ]
    found = drafted_from(rows, tmp_path)
    (form,) = found.forms
    assert (form.id, form.title) == ("PL01", "Kết quả dạy nghề")
    assert (found.plan_year, found.letter) == (2016, "?")
    assert found.issued.isoformat() == "2015-06-30"
    assert [column.key for column in form.columns][:5] == [
        "stt",
        "chi_tieu",
        "th_n2",
        "uoc_n1",
        "kh_n",
    ]
    assert form.columns[5].role is ColumnRole.DERIVED
    assert form.columns[5].formula == "kh_n / th_n2 * 100"
    assert [(row.key, row.code, row.unit) for row in form.indicators] == [
        ("pl01.dai_nghe_thuong_xuien", "I", "Lượt người"),
        ("pl01.so_cap_nghe", "1", "Lượt người"),
        ("pl01.so_cap_nghe_2", "", "Lượt người"),
    ]
    assert found.unit("Lượt người").written_as == ("lượt người",)


def test_columns_that_mean_the_same_get_keys_of_their_own(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        [
            "TT",
            "Chỉ tiêu",
            "ĐVT",
            "KH 2016",
            "KH 2016 (lần 2)",
            "So sánh TH/KH",
            "Năm 2016",
        ],
        ["1", "Số cơ sở", "Cơ sở"],
        ["", "Ghi chú cuối biểu", None],
    ]
    (form,) = drafted_from(rows, tmp_path).forms
    keys = [column.key for column in form.columns]
    assert len(set(keys)) == len(keys)
    assert keys[3] == "kh_n"
    assert [row.label for row in form.indicators] == ["Số cơ sở"]


@pytest.mark.parametrize(
    "rows",
    [
        [["a", "b"], [1, 2]],
        [["TT", "Chỉ tiêu", "Đơn vị tính", "Kế hoạch"], ["1", "Số hộ", "Hộ"]],
        [["TT", "Chỉ tiêu", "Đơn vị tính", "KH 2016"], ["1", "Số hộ", None]],
        [["TH 2014", "TH 2015", "KH 2016"], [1, 2, 3]],
    ],
)
def test_a_workbook_without_a_form_is_refused(rows: list[list[object]]) -> None:
    """No header, no year, no unit, no labels."""
    with pytest.raises(ConfigError, match="holds no table"):
        scaffold(sheet_bytes(rows), "r")


def test_two_column_layouts_get_two_names(shipped: PlanRound) -> None:
    """Two layouts of plan columns cannot share the name `plan`."""
    first, second = shipped.forms[0], shipped.forms[1]
    fewer = replace(second, columns=second.columns[:-1])
    files = scaffold(blank_workbook(replace(shipped, forms=(first, fewer))), "r")
    assert "columns: plan\n" in files["PL01.yaml"]
    assert "columns: plan2\n" in files["PL02.yaml"]
