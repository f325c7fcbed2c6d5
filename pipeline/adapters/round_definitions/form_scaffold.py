"""Definitions of a round drafted from a planner's own blank workbook.

What a workbook cannot tell (what is optional, how a rate is weighed, the rules) is
guessed or left out; the planner edits the drafts and `forms check` judges them.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path

from pipeline.adapters.disk.durable_files import blamed_on, make_folder, write_durably
from pipeline.adapters.round_definitions.scaffold_yaml import (
    ColumnDraft,
    FormDraft,
    RoundDraft,
    RowDraft,
    scaffold_files,
)
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.adapters.workbook_writing.workbook_texts import Texts, load_texts
from pipeline.domain.errors import ConfigError
from pipeline.domain.plan.plan_round import ColumnRole
from pipeline.domain.reading.form_match import Table
from pipeline.domain.reading.header import Signature, read_header
from pipeline.domain.reading.layout import find_tables
from pipeline.domain.reading.sheet import UnreadableWorkbookError, Workbook
from pipeline.domain.writing.text import compose, match_key

_FORM_ID = re.compile(r"[A-Z]{1,4}\d{1,3}[A-Z]?")
_YEAR_GROUP = re.compile(r"nam ((?:19|20)\d\d)")
_LETTER = re.compile(r"số\s+([^\s,;]+/[^\s,;]+)\s+ngày\s+(\d{1,2})/(\d{1,2})/(\d{4})")
_TITLE = re.compile(r"\((?!.*Công văn)([^()]{8,})\)")
_ROLES = {
    "code": ColumnRole.CODE,
    "label": ColumnRole.LABEL,
    "unit": ColumnRole.UNIT,
    "note": ColumnRole.NOTE,
}
_STEMS = {
    "actual": "th",
    "plan": "kh",
    "estimate": "uoc",
    "budget": "dt",
    "disbursed": "gn",
    "request": "nc",
}
_PLAIN_KEYS = {
    ColumnRole.CODE: "stt",
    ColumnRole.LABEL: "chi_tieu",
    ColumnRole.UNIT: "dvt",
    ColumnRole.NOTE: "ghi_chu",
}
_SCOPES = {"trung uong": "_tw", "dia phuong": "_dp"}
_SLUG_WORDS = 5


def write_scaffold(blank: bytes, folder: Path) -> tuple[Path, ...]:
    """Draft the files of a round into a folder, whose name becomes the round's id.

    Raises ConfigError when a file is there already (nothing is written then) or when
    the workbook holds no form; TransientError when the disk refuses.
    """
    files = {folder / name: text for name, text in scaffold(blank, folder.name).items()}
    for path in files:
        if path.exists():
            raise ConfigError(str(path), "the file", "exists; name another folder")
    with blamed_on(folder):
        make_folder(folder)
        for path, text in files.items():
            write_durably(path, text.encode(), folder)
    return tuple(files)


def scaffold(blank: bytes, round_id: str) -> Mapping[str, str]:
    """YAML texts by file name out of a blank workbook: round.yaml and one a form.

    ConfigError when the bytes are no workbook, or when no sheet holds a form: a header
    with a label column and columns of figures.
    """
    try:
        workbook = open_workbook(blank, "blank workbook")
    except UnreadableWorkbookError as error:
        raise ConfigError("blank workbook", error.code, error.detail) from error
    forms = tuple(_forms(workbook))
    if not forms:
        problem = "holds no table with a label column and columns of figures"
        raise ConfigError("blank workbook", "sheets", problem)
    return scaffold_files(_round(workbook, round_id, forms))


def _round(workbook: Workbook, round_id: str, forms: tuple[FormDraft, ...]) -> RoundDraft:
    texts = load_texts("import")
    lines = [
        compose(cell.text) for sheet in workbook.sheets for cell in sheet.cells.values()
    ]
    years = [year for form in forms for column in form.columns for year in column.years]
    letter = next((m for m in map(_LETTER.search, lines) if m), None)
    title = next((m.group(1) for m in map(_TITLE.fullmatch, lines) if m), round_id)
    plan_year = max(years)
    issued = f"{plan_year - 1}-06-30"
    if letter:
        issued = f"{letter[4]}-{int(letter[3]):02}-{int(letter[2]):02}"
    return RoundDraft(
        id=round_id,
        letter=letter.group(1) if letter else "?",
        issued=issued,
        title=title,
        plan_year=plan_year,
        mailbox=texts.say("mailbox"),
        contact=texts.say("contact"),
        forms=forms,
    )


def _forms(workbook: Workbook) -> Iterator[FormDraft]:
    """The forms of the visible sheets, each with an id of its own."""
    texts = load_texts("import")
    words = _words(texts)
    taken: set[str] = set()
    for sheet in workbook.sheets:
        if sheet.hidden or not sheet.cells:
            continue
        for table in find_tables(sheet, words):
            form = _form(table, texts)
            if form is not None:
                id_ = _free_id(sheet.name, taken)
                taken.add(id_)
                yield replace(form, id=id_, rows=_keyed(id_, form.rows))


def _free_id(sheet: str, taken: Container[str]) -> str:
    """The sheet's name when it is an id ("PL01"), else the next number."""
    name = sheet.upper().replace(" ", "")
    numbered = (f"PL{number:02}" for number in count(1))
    wanted = chain([name] if _FORM_ID.fullmatch(name) else [], numbered)
    return next(id_ for id_ in wanted if id_ not in taken)


def _words(texts: Texts) -> frozenset[str]:
    """The header texts of the columns that hold no figures."""
    return frozenset(
        read_header(word).text for role in _ROLES for word in texts.lines(role)
    )


@dataclass(frozen=True, slots=True)
class _Head:
    """A column of a sheet with what its header says."""

    place: int
    path: str
    role: ColumnRole
    says: Signature


def _form(table: Table, texts: Texts) -> FormDraft | None:
    """The form that a table is; None when it has no labels or no figures."""
    heads = [
        _Head(place, path, _role(path, texts), read_header(path))
        for place, path in sorted(table.headers.items())
    ]
    roles = {head.role for head in heads}
    values = [head for head in heads if head.role is ColumnRole.VALUE]
    if ColumnRole.LABEL not in roles or not any(head.says.years for head in values):
        return None
    rows = tuple(_rows(table, {head.role: head.place for head in reversed(heads)}, texts))
    if not rows:
        return None
    return FormDraft("", _title(table, texts), tuple(map(_column, heads)), rows)


def _role(path: str, texts: Texts) -> ColumnRole:
    key = read_header(path).text
    for name, role in _ROLES.items():
        if key in {read_header(word).text for word in texts.lines(name)}:
            return role
    return ColumnRole.DERIVED if read_header(path).compares else ColumnRole.VALUE


def _title(table: Table, texts: Texts) -> str:
    """The last line in capitals above the table that is no letterhead."""
    heads = tuple(texts.lines("letterhead"))
    lines = [line for line in table.title.split("\n") if line == line.upper()]
    titles = [line for line in lines if len(line) > 5 and not line.startswith(heads)]
    return titles[-1].capitalize() if titles else table.sheet.name


def _column(head: _Head) -> ColumnDraft:
    years = head.says.years if head.role is ColumnRole.VALUE else ()
    return ColumnDraft(
        stem=_PLAIN_KEYS.get(head.role) or _stem(head),
        title=_joined(head),
        role=head.role,
        years=years,
        version=(head.says.versions or ("",))[0] if years else "",
        period=head.says.period if years else "",
        compared=_compared(head),
    )


def _stem(head: _Head) -> str:
    """The beginning of a column's key: th, th6t, nc_tw; ss_uoc_kh of a comparison."""
    if head.role is ColumnRole.DERIVED:
        sides = (_STEMS[version] for version, _ in _compared(head))
        return "_".join(("ss", *sides))
    stem = _STEMS.get((head.says.versions or ("",))[0], "cot")
    if head.says.period == "H1":
        stem += "6t"
    return stem + "".join(_SCOPES.get(scope, "") for scope in sorted(head.says.scopes))


def _joined(head: _Head) -> str:
    """One title out of a header path: "Kế hoạch năm 2013" of "Năm 2013 | Kế hoạch"."""
    group, bar, own = head.path.rpartition(" | ")
    if not bar:
        return own
    year = _YEAR_GROUP.fullmatch(match_key(group))
    if year:
        word = load_texts("forms").say("year_word")
        return f"{own} {year[1]}" if own.split()[-1] == word else f"{own} {word} {year[1]}"
    joint = " " if head.role is ColumnRole.DERIVED else " - "
    return group.replace(" | ", " - ") + joint + own


def _compared(head: _Head) -> tuple[tuple[str, int], ...]:
    """Version and year on both sides of the stroke of a comparison."""
    own = head.path.rpartition(" | ")[2]
    sides = [read_header(side) for side in own.split("/")]
    if head.role is not ColumnRole.DERIVED or len(sides) != 2:
        return ()
    if not all(side.versions and side.years for side in sides):
        return ()
    return tuple((side.versions[0], side.years[0]) for side in sides)


def _rows(
    table: Table, places: Mapping[ColumnRole, int], texts: Texts
) -> Iterator[RowDraft]:
    """Rows with a label and a unit; others are headings and notes.

    A row without a number that counts the same thing as the numbered row above it is
    of its kind.
    """
    common = _common_unit(table, texts)
    above = RowDraft("", "", "", "", "")
    for row in range(table.body_top, table.body_bottom + 1):
        cells = {
            role: table.sheet.cells.get((row, place)) for role, place in places.items()
        }
        text = {role: cell.text for role, cell in cells.items() if cell is not None}
        label = text.get(ColumnRole.LABEL, "").rstrip()
        unit = compose(text.get(ColumnRole.UNIT, "")) or common
        if not label or not unit:
            continue
        code = compose(text.get(ColumnRole.CODE, ""))
        inherits = not code and unit == above.unit
        kind = above.kind if inherits else _kind(label, unit, texts)
        draft = RowDraft("", code, label, unit, kind)
        above = draft if code else above
        yield draft


def _common_unit(table: Table, texts: Texts) -> str:
    """The unit named above the table, for tables without a unit column."""
    mark = texts.say("unit_line")
    lines = table.title.split("\n")
    found = (line.partition(mark)[2].strip() for line in lines if mark in line)
    return next(found, "") if ColumnRole.UNIT not in _roles(table, texts) else ""


def _roles(table: Table, texts: Texts) -> frozenset[ColumnRole]:
    return frozenset(_role(path, texts) for path in table.headers.values())


def _kind(label: str, unit: str, texts: Texts) -> str:
    if "%" in unit:
        return "rate"
    if any(word in unit.lower() for word in texts.lines("money_words")):
        return "money"
    both = f"{label} {unit}".lower()
    return "flow" if any(word in both for word in texts.lines("flow_words")) else "stock"


def _keyed(form: str, rows: Sequence[RowDraft]) -> tuple[RowDraft, ...]:
    """The rows with keys made of the first words of their labels, each once."""
    seen: dict[str, int] = {}
    keyed = []
    for row in rows:
        slug = "_".join(match_key(row.label).split()[:_SLUG_WORDS]) or "dong"
        seen[slug] = seen.get(slug, 0) + 1
        again = f"_{seen[slug]}" if seen[slug] > 1 else ""
        keyed.append(replace(row, key=f"{form.lower()}.{slug}{again}"))
    return tuple(keyed)
