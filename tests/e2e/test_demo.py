"""The demo as a newcomer runs it, twice; and its national figures recomputed."""

import os
import re
import signal
import subprocess
import sys
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from pipeline.domain.lineage import Part, SourcedFigure
from pipeline.domain.total import Total
from pipeline.jobs.trace_totals import trace_totals
from pipeline.stages.take_apart import ask, find_area, take_apart
from tests.builders.returns import shipped_gazetteer, shipped_round
from tests.e2e.program import PROGRAM, ROOT, Said, run_program
from tests.e2e.recomputation import Definitions, Key, figures_of, recompute
from tests.e2e.world import files_of, tables_of
from tests.servers.ledgers import TestDatabase
from tests.servers.pages import Browser

DEFINITIONS = Definitions(ROOT / "config")


@dataclass(frozen=True)
class Demo:
    """A demo that was played once."""

    folder: Path
    said: Said

    @property
    def database(self) -> TestDatabase:
        return TestDatabase("sqlite", f"sqlite:///{self.folder}/ingest.db")

    def rows(self, view: str) -> list[dict[str, Any]]:
        return self.database.rows(f"SELECT * FROM {view}")

    @property
    def workbook(self) -> Path:
        (path,) = (self.folder / "exports").glob("*/latest/*.xlsx")
        return path


def _play(folder: Path) -> Said:
    return run_program("--lang", "en", "demo", "--exit", "--data", str(folder))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "data"
    return Demo(folder, _play(folder))


def test_it_shows_a_whole_round(demo: Demo) -> None:
    """63 provinces with their rows, letters that were delivered, totals, and no fault."""
    assert demo.said.code == 0, demo.said
    assert "Traceback" not in demo.said.err
    assert re.search(r"^63 provinces sent figures", demo.said.out, re.MULTILINE)
    assert "(63/63 units)" in demo.said.out
    assert str(demo.workbook) in demo.said.out
    provinces = {row["province_code"] for row in demo.rows("observations")}
    assert len(provinces) == 63
    assert {row["state"] for row in demo.rows("ingest_log")} == {
        "duplicate",
        "filed",
        "held",
        "ignored",
    }
    assert demo.rows("totals")


def test_letters_lie_in_the_mailboxes(demo: Demo) -> None:
    """One file for each letter sent, at its recipient's, answering the mail it is about."""
    letters = demo.rows("outbox")
    assert {row["state"] for row in letters} == {"sent"}
    assert f"{len(letters)} letters lie in the provinces' mailboxes" in demo.said.out
    parse = BytesHeaderParser().parsebytes
    lying = {
        (path.parent.name, str(parse(path.read_bytes())["Message-ID"]))
        for path in (demo.folder / "letters").glob("*/*.eml")
    }
    assert lying == {(row["recipient"], row["message_id"]) for row in letters}
    assert len(lying) == len(letters)


def test_totals_are_the_sums_and_weighted_means(demo: Demo) -> None:
    """To the last digit, on every level, of all figures and of the certain ones alone."""
    observed = demo.rows("observations")
    found = {_place(row): row for row in demo.rows("totals")}
    for column, clean in (("value", False), ("value_strict", True)):
        figures = figures_of(observed, clean=clean)
        wanted = {place: rest for place, *rest in recompute(DEFINITIONS, figures)}
        assert found.keys() == wanted.keys()
        for place, (total, count) in wanted.items():
            value = found[place][column]
            assert (None if value is None else Decimal(value)) == total, place
            if not clean:
                assert found[place]["reported"] == count, place
    rates = [row for row in found.values() if row["method"] == "weighted" and row["value"]]
    assert len({row["indicator"] for row in rates}) == 15
    assert {row["expected"] for row in found.values() if row["level"] == "national"} == {63}


def test_every_national_figure_leads_back_to_cells_of_mails(demo: Demo) -> None:
    """100 % of the cells: each part is a row of the ledger, and the parts are the total."""
    plan_round, gazetteer = shipped_round(), shipped_gazetteer()
    mails = {row["digest"]: row for row in demo.rows("ingest_log")}
    observed = {_origin(row): row for row in demo.rows("observations")}
    totals = [row for row in demo.rows("totals") if row["level"] == "national"]
    ledger = demo.database.open()
    figures = ledger.sourced_figures(plan_round.id)
    ledger.close()
    by_row: dict[tuple[str, str], list[SourcedFigure]] = {}
    for found in figures:
        by_row.setdefault((found.figure.form, found.figure.indicator), []).append(found)
    assert len(figures) == len(observed) > 40_000
    resolved = 0
    for row in totals:
        asked = ask(plan_round, row["form_id"], row["indicator"], row["column_key"])
        own = [found for key in asked.rows for found in by_row.get(key, ())]
        makeup = take_apart(asked, find_area(None, gazetteer), own, gazetteer)
        total = makeup.total
        assert _texts(total) == {name: row[name] for name in _texts(total)}
        assert len(makeup.parts) + len(makeup.missing) == row["expected"] == 63
        for part in makeup.parts:
            _resolves(part.source, mails, observed)
            resolved += 1
            if part.weight is not None and part.weight.source is not None:
                _resolves(part.weight.source, mails, observed)
    assert len(totals) == 774
    assert resolved == sum(row["reported"] for row in totals) > 40_000


def test_every_mail_leads_to_the_totals_it_stands_in(demo: Demo) -> None:
    """Both ways agree: what `explain` names of a mail, `show --totals` names of it too."""
    plan_round, gazetteer = shipped_round(), shipped_gazetteer()
    ledger = demo.database.open()
    figures = ledger.sourced_figures(plan_round.id)
    ledger.close()
    by_row, of_province = defaultdict(list), defaultdict(list)
    for found in figures:
        by_row[found.figure.form, found.figure.indicator].append(found)
        of_province[found.figure.province].append(found)
    forth = defaultdict(set)
    for row in demo.rows("totals"):
        if row["level"] == "national" and row["method"] != "none":
            cell = row["form_id"], row["indicator"], row["column_key"]
            asked = ask(plan_round, *cell)
            own = [found for key in asked.rows for found in by_row[key]]
            parts = take_apart(asked, find_area(None, gazetteer), own, gazetteer).parts
            for message in {message for part in parts for message in _messages(part)}:
                forth[message].add(cell)
    back = defaultdict(set)
    for mail in demo.rows("ingest_log"):
        own = of_province[mail["province_code"]]
        for touch in trace_totals(plan_round, mail["id"], own, gazetteer):
            back[mail["id"]].add((touch.form, touch.indicator, touch.column))
    assert len(forth) > 60
    assert back == forth


def _messages(part: Part) -> set[int]:
    weights = [w.source for w in (part.weight, part.strict_weight) if w is not None]
    return {source.message for source in (part.source, *weights) if source is not None}


def _texts(total: Total) -> dict[str, Any]:
    return {
        "value": None if total.value is None else f"{total.value:f}",
        "value_strict": None if total.value_strict is None else f"{total.value_strict:f}",
        "reported": total.reported,
        "provisional": total.provisional,
        "method": total.method.value,
        "unit": total.unit,
    }


def _origin(row: dict[str, Any]) -> tuple[str, ...]:
    names = ("province_code", "form_id", "indicator", "column_key")
    return tuple(row[name] for name in names)


def _resolves(
    found: SourcedFigure,
    mails: dict[str, dict[str, Any]],
    observed: dict[tuple[str, ...], dict[str, Any]],
) -> None:
    """The source of a part is the mail, file, sheet and cell that the views name."""
    figure = found.figure
    row = observed[figure.province, figure.form, figure.indicator, figure.column]
    mail = mails[figure.digest]
    assert (mail["id"], mail["sender"]) == (found.message, found.sender)
    place = (figure.path, figure.sheet, figure.cell)
    assert (row["path"], row["sheet"], row["cell"]) == place
    assert all(place)
    assert (row["digest"], row["version"]) == (figure.digest, found.version)


def _place(row: dict[str, Any]) -> tuple[str, str, Key]:
    area = "" if row["level"] == "national" else row["area"]
    return row["level"], area, (row["form_id"], row["indicator"], row["column_key"])


def test_workbook_shows_the_same_figures(demo: Demo) -> None:
    """Each form's sheet for the country, and the provinces' own figures beside it."""
    figures = figures_of(demo.rows("observations"), clean=False)
    totals = {
        key: total
        for (level, _, key), total, _ in recompute(DEFINITIONS, figures)
        if level == "national"
    }
    book = load_workbook(demo.workbook)
    compared = 0
    for form in DEFINITIONS.forms:
        for key, shown in _national_sheet(book, form).items():
            assert shown == totals[key], key
            compared += shown is not None
        for province, key, shown in _province_sheet(book, form):
            assert shown == figures[province].get(key), (province, key)
            compared += shown is not None
    assert compared > 40_000


def _national_sheet(book: Any, form: str) -> dict[Key, Decimal | None]:
    """The figures of the sheet, its lines found by label and unit from top to bottom."""
    written, columns = DEFINITIONS.forms[form], DEFINITIONS.columns(form)
    lines = iter(book[form].iter_rows(2, min_col=2, values_only=True))
    found: dict[Key, Decimal | None] = {}
    for row in written["rows"]:
        wanted = row["label"], row["unit"]
        line = next(line for line in lines if line[:2] == wanted)
        for column, value in zip(columns, line[2:], strict=False):
            found[form, row["key"], column["key"]] = _decimal(value)
    return found


def _province_sheet(book: Any, form: str) -> list[tuple[str, Key, Decimal | None]]:
    """Province, figure and value of every line that begins with a province's code."""
    keys = [
        (form, row["key"], column["key"])
        for row in DEFINITIONS.forms[form]["rows"]
        for column in DEFINITIONS.columns(form)
    ]
    (name,) = (title for title in book.sheetnames if title.startswith(f"{form} "))
    found = []
    for code, _, *values in book[name].iter_rows(values_only=True):
        if isinstance(code, str) and re.fullmatch(r"\d\d", code):
            assert len(values) == len(keys)
            found += [(code, k, _decimal(v)) for k, v in zip(keys, values, strict=True)]
    assert len({code for code, *_ in found}) == 63
    return found


def _decimal(value: Any) -> Decimal | None:
    """A cell's number; a nil is 0, a mark of something else none."""
    if value == "-":
        return Decimal(0)
    if isinstance(value, bool | str) or value is None:
        return None
    return Decimal(str(value))


def _at_a_terminal(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """A demo that stays, and the terminal that it speaks to."""
    ours, theirs = os.openpty()
    line = [sys.executable, str(PROGRAM), "--lang", "en", "demo", "--data", folder]
    process = subprocess.Popen(line, stdout=theirs, stderr=subprocess.PIPE, text=True)
    os.close(theirs)
    return process, ours


def _written(terminal: int) -> str:
    """What a program has written to its terminal so far."""
    os.set_blocking(terminal, False)
    written = b""
    with suppress(BlockingIOError):
        while more := os.read(terminal, 1 << 16):
            written += more
    return written.decode().replace("\r\n", "\n")


def test_a_second_demo_finds_nothing_new_and_opens_the_pages(demo: Demo) -> None:
    """The same mail again changes no table but the heartbeats, no letter, no product.

    At a terminal the pages' address, name and password are told; they show the round.
    """
    tables, files = tables_of(demo.database), files_of(demo.folder)
    process, ours = _at_a_terminal(demo.folder)
    try:
        assert process.stderr is not None
        said = ""
        while "Password:" not in said:
            said += process.stderr.readline() or pytest.fail(said)
        story = _written(ours)
        assert "Nothing new" in story
        # the story ends the same way
        assert story.splitlines()[2:] == demo.said.out.splitlines()[2:]
        left = tables_of(demo.database)
        other = {name: {*rows} ^ {*tables[name]} for name, rows in left.items()}
        other.pop("sqlite_sequence")
        # the account of the pages, and the event of its making
        assert {name: len(rows) for name, rows in other.items() if rows} == {
            "console_account": 1,
            "event": 1,
        }
        assert files_of(demo.folder) == files
        port = re.search(r"http ?:?//127\.0\.0\.1:(\d+)/", said)
        entry = re.search(r"Name: (\S+) +Password: (\S+)", said)
        assert port
        assert entry
        browser = Browser(int(port[1]))
        assert browser.enter(entry[1], entry[2]).status == 303
        assert browser.get("/").html.count('<td class="cell') == 63 * 9
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        os.close(ours)
    assert process.returncode in (0, 130)
