"""Sick and odd workbooks, made from a seed: whole ones in strange clothes, broken ones."""

import io
import random
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bench.reading import torture_packages as packages
from bench.reading.torture_kinds import kinds
from tests.builders.bombs import BOMBS
from tests.builders.locked_files import lock_xls, lock_xlsx
from tests.builders.old_files import write_biff5, write_spreadsheet_ml
from tests.builders.raw_files import ods, spreadsheet_ml
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

FORMS = tuple(form.id for form in ROUND.forms)
_ENDINGS = ("xls", "xlsx", "xlsb", "et", "XLS", "xlsm", "ods", "csv")
_CUTS = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.999)
_PACKED = ("xlsx", "xlsb", "ods")


@dataclass(frozen=True)
class TortureFile:
    """A file as it is attached; `figures` are there to be read, None when it is sick.

    `cells` are there to be seen in a sound file that is no return, None in all others.
    """

    kind: str
    name: str
    data: bytes
    figures: int | None = None
    cells: int | None = None


def torture_files(seed: int, share: float = 1.0) -> Iterator[TortureFile]:
    """All files of a seed; or a share of them, without those that take long to make."""
    dice = random.Random(seed)
    families = (sound_files, broken_files, odd_files, other_files)
    for family in families if share < 1 else (*families, large_files):
        for file in family(random.Random(f"{seed}/{family.__name__}")):
            if share >= 1 or dice.random() < share:
                yield file


def _drawn(dice: random.Random) -> Drawing:
    styles = (Style(), Style(header=two_row_header), Style(top=3, left=1, above=()))
    return draw(ROUND.form(dice.choice(FORMS)), dice.choice(styles))


def _written(kind: str, drawing: Drawing) -> bytes:
    """A drawing in one of the formats of provinces."""
    writers: Mapping[str, Callable[[Drawing], bytes]] = {
        "xlsx": lambda one: write_xlsx([one]),
        "xls": lambda one: write_xls([one]),
        "xlsb": lambda one: write_xlsb([one]),
        "ods": lambda one: write_ods([one]),
        "html": write_html,
        "csv": write_csv,
        "tsv": lambda one: write_csv(one, "\t", "utf-16"),
        "xml": write_spreadsheet_ml,
        "biff5": lambda one: write_biff5(recoded(one, to_tcvn3), ".VnTime"),
        "biff5-bare": lambda one: write_biff5(recoded(one, to_vni), "VNI-Times", bare=True),
        "tcvn3": lambda one: write_xls([recoded(one, to_tcvn3)], ".VnTime"),
        "vni": lambda one: write_xls([recoded(one, to_vni)], "VNI-Times"),
        "locked-xlsx": lambda one: lock_xlsx(write_xlsx([one])),
        "locked-xls": lambda one: lock_xls(write_xls([one])),
    }
    return writers[kind](drawing)


FORMATS = (
    "xlsx", "xls", "xlsb", "ods", "html", "csv", "tsv", "xml", "biff5", "biff5-bare",
    "tcvn3", "vni", "locked-xlsx", "locked-xls",
)  # fmt: skip
_TEXTS = frozenset(("csv", "tsv"))


def sound_files(dice: random.Random) -> Iterator[TortureFile]:
    """Whole returns: every format under every ending, and packages of odd writers."""
    for kind in FORMATS:
        for ending in _ENDINGS:
            if kind in _TEXTS and ending != "csv" and not ending.startswith("xls"):
                continue
            drawing = _drawn(dice)
            data = _written(kind, drawing)
            yield TortureFile(
                f"{kind} as {ending}", f"PL.{ending}", data, len(drawing.truth)
            )
    for name, change in packages.SOUND.items():
        for _ in range(3):
            drawing = _drawn(dice)
            data = change(write_xlsx([drawing]))
            yield TortureFile(name, "PL.xlsx", data, len(drawing.truth))
    for name, more in _BESIDE.items():
        drawing = _drawn(dice)
        data = write_xlsx([drawing, *more()])
        yield TortureFile(name, "PL.xlsx", data, len(drawing.truth))


def _sheets(count: int) -> Callable[[], list[Drawing]]:
    return lambda: [Drawing(f"Sheet{n}") for n in range(count)]


def _scribble() -> list[Drawing]:
    return [Drawing("nháp", {(row, 3 * row): row for row in range(90)})]


_BESIDE: Mapping[str, Callable[[], list[Drawing]]] = {
    "eighty empty sheets": _sheets(80),
    "scribble beside": _scribble,
    "a long text beside": lambda: [Drawing("ghi chú", {(0, 0): "x" * 32_000})],
}


def large_files(dice: random.Random) -> Iterator[TortureFile]:
    """Formatting without end around a return, and what is huge once it is opened."""
    for name, change in packages.LARGE.items():
        for _ in range(3):
            drawing = _drawn(dice)
            data = change(write_xlsx([drawing]))
            yield TortureFile(name, "PL.xlsx", data, len(drawing.truth))
    for name, bomb in BOMBS.items():
        yield TortureFile("bomb", name, bomb())
    yield TortureFile("a long line", "PL.csv", b"1;" * 1_000_000)
    yield TortureFile("many lines", "PL.csv", b"1;2;3\n" * 500_000)


def broken_files(dice: random.Random) -> Iterator[TortureFile]:
    """Files cut short, with bytes turned, and with parts lost or spoiled."""
    for kind in FORMATS:
        whole = _written(kind, _drawn(dice))
        for cut in _CUTS:
            part = whole[: int(cut * len(whole))]
            yield TortureFile(f"{kind} cut", f"PL.{_ending(kind)}", part)
        for _ in range(8):
            spoiled = bytearray(whole)
            for _ in range(dice.choice((1, 10, 200))):
                spoiled[dice.randrange(len(spoiled))] = dice.randrange(256)
            yield TortureFile(f"{kind} spoiled", f"PL.{_ending(kind)}", bytes(spoiled))
    for kind in _PACKED:
        yield from _without_parts(kind, _written(kind, _drawn(dice)), dice)


def _ending(kind: str) -> str:
    return "xlsx" if "xlsx" in kind else kind if kind in ("xlsb", "ods", "csv") else "xls"


def _without_parts(kind: str, data: bytes, dice: random.Random) -> Iterator[TortureFile]:
    """A package without each of its parts, and with each of them spoiled inside."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    for name, text in parts.items():
        rest = {other: text for other, text in parts.items() if other != name}
        yield TortureFile(f"{kind} without a part", f"PL.{kind}", packages.zipped(rest))
        at = dice.randrange(max(len(text), 1))
        for spoiled in (text[:at], text[:at] + b"<&\0" + text[at:], b""):
            changed = packages.zipped({**parts, name: spoiled})
            yield TortureFile(f"{kind} with a spoiled part", f"PL.{kind}", changed)


def odd_files(dice: random.Random) -> Iterator[TortureFile]:
    """What is no return at all, what is too large, and what is a trap."""
    for name, make in packages.SICK.items():
        yield TortureFile(name, "PL.xlsx", make())
    locked = lock_xlsx(write_xlsx([_drawn(dice)]), "bi mat")
    yield TortureFile("a password", "PL.xlsx", locked)
    yield TortureFile("a password", "PL.xls", lock_xls(write_xls([_drawn(dice)]), "bi mat"))
    for name, data in _FOREIGN.items():
        for ending in ("xls", "xlsx", "ods", "csv"):
            yield TortureFile(name, f"PL.{ending}", data)
    for length in (1, 7, 100, 5_000, 200_000):
        noise = dice.randbytes(length)
        yield TortureFile("noise", "PL.xls", noise)
        yield TortureFile("noise behind a head", "PL.xls", _OLE + noise)
        yield TortureFile("noise behind a head", "PL.xlsx", b"PK\3\4" + noise)
        yield TortureFile(
            "noise behind a head", "PL.xls", b"\x09\x08\x10\0\0\6\5\0" + noise
        )
    yield from _deep(dice)


def other_files(_: random.Random) -> Iterator[TortureFile]:
    """The kinds that readers are tested with: no returns, but with cells to be seen."""
    for kind, name, cells, data in kinds():
        yield TortureFile(kind, name, data, cells=cells)


_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_FOREIGN = {
    "nothing": b"",
    "blanks": b" \r\n" * 400,
    "zeros": bytes(4096),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "a page": b"<html><body><p>"
    + "Không có bảng nào ở đây".encode()
    + b"</p></body></html>",
    "a program": b"MZ" + bytes(500),
    "an archive": b"Rar!\x1a\x07\x00" + bytes(100),
    "a document": b"%PDF-1.4\n%%EOF",
    "text": "Kính gửi Bộ, số liệu gửi sau.".encode(),
}


def _deep(dice: random.Random) -> Iterator[TortureFile]:
    """Tables within tables, spans and repeats without end, entities in every format."""
    nested = b"<table><tr><td>" * 3000 + b"1" + b"</td></tr></table>" * 3000
    yield TortureFile("tables within tables", "PL.xls", nested)
    wide = b"<table><tr><td colspan=99999999 rowspan=99999999>1</td></tr></table>"
    yield TortureFile("an endless span", "PL.xls", wide)
    yield TortureFile("an open quotation", "PL.csv", b'"' + b"1;2\n" * 200_000)
    repeated = (
        "<office:spreadsheet><table:table table:name='A'>"
        "<table:table-row table:number-rows-repeated='1048576'><table:table-cell "
        "table:number-columns-repeated='16384' office:value-type='float' "
        "office:value='1'/></table:table-row></table:table></office:spreadsheet>"
    )
    yield TortureFile("endless repeats", "PL.ods", ods(repeated))
    index = "<Row ss:Index='99999999'><Cell ss:Index='99999999' ss:MergeAcross='99999999'>"
    rows = f"{index}<Data ss:Type='Number'>1</Data></Cell></Row>"
    yield TortureFile("a cell far out", "PL.xls", spreadsheet_ml(rows))
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    xml = spreadsheet_ml("<Row><Cell><Data ss:Type='String'>&b;</Data></Cell></Row>")
    bomb = re.sub(rb"<Workbook", entity + b"<Workbook", xml, count=1)
    yield TortureFile("entities", "PL.xls", bomb)
    huge = Drawing("A", {(0, 0): Decimal(10) ** 300, (1, 0): "9" * 400, (2, 0): -0.0})
    yield TortureFile("huge numbers", "PL.xlsx", write_xlsx([huge]))
    for _ in range(5):
        cells = {(dice.randrange(60_000), dice.randrange(200)): 1 for _ in range(300)}
        yield TortureFile("scattered cells", "PL.xls", write_xls([Drawing("A", cells)]))
