"""The briefing read back: sound parts, the figures of the run, steady bytes."""

import io
import zipfile
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from defusedxml.ElementTree import fromstring

from pipeline.adapters.national.briefing import briefing
from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.word_writing.word_text import Grid, paragraph, table
from pipeline.domain.plan.last_round import HistoryFigure
from pipeline.domain.plan.nation_terms import MissingUnits, NationTerms
from pipeline.domain.shortfall import MEASURES
from pipeline.domain.writing.vietnamese import write_number
from pipeline.ports.outside import NationalTables
from pipeline.stages.fill_missing import fill_missing
from pipeline.stages.rank_shortfalls import rank_shortfalls
from tests.builders.national import invented_tables, tables_of
from tests.builders.totals import small_gazetteer, small_round

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.fixture(scope="module")
def tables() -> NationalTables:
    return invented_tables()


@pytest.fixture(scope="module")
def made(tables: NationalTables) -> bytes:
    return briefing(tables)


def parts(data: bytes) -> dict[str, ET.Element]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: fromstring(archive.read(name)) for name in archive.namelist()}


def text_of(element: ET.Element) -> str:
    return "".join(found.text or "" for found in element.iter(f"{W}t"))


def grids(data: bytes) -> list[list[list[str]]]:
    body = parts(data)["word/document.xml"]
    return [
        [[text_of(cell) for cell in row.iter(f"{W}tc")] for row in found.iter(f"{W}tr")]
        for found in body.iter(f"{W}tbl")
    ]


def test_every_part_is_declared_and_every_link_leads_to_a_part(made: bytes) -> None:
    found = parts(made)
    kinds = found["[Content_Types].xml"]
    declared = {part.get("PartName", "").lstrip("/") for part in kinds} - {""}
    links = {name for name in found if name.endswith(".rels")}
    assert declared == set(found) - links - {"[Content_Types].xml"}
    targets = {
        f"{'word/' if name.startswith('word/') else ''}{link.get('Target')}"
        for name in links
        for link in found[name]
    }
    assert targets == declared


def test_the_regions_add_up_to_the_country(tables: NationalTables, made: bytes) -> None:
    _, regions, *_ = grids(made)
    states = Counter(row["state"] for row in tables.coverage)
    country = [int(text) for text in regions[-1][1:]]
    wanted = [states[state] for state in ("accepted", "deficient", "missing")]
    assert country[2:] == wanted
    assert [sum(int(row[n]) for row in regions[1:-1]) for n in range(1, 6)] == country


def test_charts_show_the_shares_of_their_tables(
    tables: NationalTables, made: bytes
) -> None:
    ranked = [
        rank_shortfalls(measure, tables.plan_round.forms, tables.figures)[0][:8]
        for measure in MEASURES
    ]
    shortfalls = [found for found in ranked if found]
    charts = [part for name, part in parts(made).items() if "/charts/" in name]
    told = grids(made)[3:]
    assert len(charts) == len(told) + 1 == len(shortfalls) + 1 > 1
    for found, chart, rows in zip(shortfalls, charts[1:], told, strict=True):
        values = [point.text for point in chart.find(f".//{C}numLit").iter(f"{C}v")]
        assert values == [f"{each.rate:f}" for each in found]
        assert [row[4] for row in rows[1:]] == [
            write_number(each.rate.quantize(each.rate.__class__("0.1"))) for each in found
        ]


def test_the_same_figures_are_the_same_bytes(tables: NationalTables, made: bytes) -> None:
    later = replace(tables.run, started_at=tables.run.started_at.replace(year=2020))
    assert briefing(replace(tables, run=later)) == made


def with_filled(tables: NationalTables, policy: MissingUnits) -> NationalTables:
    """The same run where a round before is known: every unit said 1,000 everywhere."""
    round_ = replace(tables.plan_round, nation=NationTerms(policy))
    history = [
        HistoryFigure(province.code, form.id, row.key, column.key, Decimal(1000))
        for province in tables.gazetteer.provinces
        for form in round_.forms
        for row in form.indicators
        for column in form.value_columns
    ]
    filled = fill_missing(tables.figures, history, (round_, tables.gazetteer))
    totals = consolidate_figures((*tables.figures, *filled), round_, tables.gazetteer)
    return replace(tables, plan_round=round_, filled=filled, filled_totals=totals)


def test_a_national_figure_that_could_hold_imputed_ones_says_how_many(
    tables: NationalTables, made: bytes
) -> None:
    filled = with_filled(tables, MissingUnits.CARRY_FORWARD)
    told = briefing(filled)
    body = text_of(parts(told)["word/document.xml"])
    units = len({figure.province for figure in filled.filled})
    assert f"Có {units} đơn vị còn thiếu" in body
    assert "bằng số của kỳ trước" in body
    reported, imputed = grids(told)[2], grids(told)[3]
    assert reported == grids(made)[2]  # the reported figures are as they were
    view = NationalView(filled)
    jobs = view.national(("PL01", "th.viec_lam", "uoc_n1"))
    with_them = view.filled(("PL01", "th.viec_lam", "uoc_n1"))
    assert jobs is not None
    assert with_them is not None
    silent = with_them.reported - jobs.reported
    assert silent > 0
    (row,) = [row for row in imputed if row[0] == "Tổng số lao động được tạo việc làm"]
    assert row[4] == f"{write_number(with_them.value)} ({silent})"
    assert with_them.value == jobs.value + 1000 * silent
    assert len(imputed) > 5


def test_nothing_imputed_is_not_spoken_of(made: bytes) -> None:
    assert "ước cho đơn vị chưa báo cáo" not in text_of(parts(made)["word/document.xml"])


def test_a_round_without_a_figure_is_told_in_sentences() -> None:
    empty = briefing(tables_of(small_round(), small_gazetteer(), [], []))
    body = text_of(parts(empty)["word/document.xml"])
    assert body.count("Không có chỉ tiêu nào của cả nước dưới mức") == len(MEASURES)
    assert "Đây là lần tổng hợp đầu tiên" in body
    assert not [name for name in parts(empty) if "chart2" in name]


def test_texts_are_texts_whatever_they_hold() -> None:
    told = '<b> & "x" \x00\x1b\n  y'
    drawn = paragraph(told) + table(Grid((100,), ("left",)), [[told]])
    found = fromstring(f"<r {NAMES}>{drawn}</r>")
    lines = [element.text for element in found.iter(f"{W}t")]
    assert lines == ['<b> & "x" ', "  y"] * 2
    assert len(list(found.iter(f"{W}br"))) == 2
