"""The file of an earlier round's figures: CSV in, checked figures out."""

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal, DecimalException
from hashlib import sha256
from pathlib import Path

from pipeline.domain.errors import PermanentError
from pipeline.domain.plan.last_round import HistoryFigure, HistoryFile
from pipeline.domain.plan.plan_round import Form, PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.writing.number_text import canonical

COLUMNS = ("province_code", "form_id", "indicator", "column_key", "value")
_FAULTS_NAMED = 20


def read_history(
    path: Path, plan_round: PlanRound, gazetteer: Gazetteer
) -> tuple[HistoryFigure, ...]:
    """The figures of a CSV file with a head line (province_code, form_id, indicator,
    column_key, value), commas or semicolons between, UTF-8.

    `value` is a plain decimal with a point, in the form's own unit; an empty one is left
    out. Columns count from the plan year of their own round. PermanentError names every
    line that cannot be meant (the first twenty), and nothing of the file is taken.
    """
    desk = _Desk(plan_round, gazetteer)
    seen: dict[tuple[str, str, str, str], int] = {}
    figures, faults = [], []
    for line, fields in _lines(path):
        key = (
            fields["province_code"],
            fields["form_id"],
            fields["indicator"],
            fields["column_key"],
        )
        fault = desk.fault(*key) or _number_fault(fields["value"])
        if fault is None and key in seen:
            fault = f"stands in line {seen[key]} already"
        if fault is not None:
            faults.append(f"line {line}: {fault}")
            continue
        seen[key] = line
        if fields["value"]:
            figures.append(HistoryFigure(*key, Decimal(fields["value"]), line=line))
    if faults:
        more = len(faults) - _FAULTS_NAMED
        named = faults[:_FAULTS_NAMED] + ([f"and {more} more"] if more > 0 else [])
        raise PermanentError(f"{path}: nothing was imported; " + "; ".join(named))
    return tuple(figures)


def history_file(path: Path) -> HistoryFile:
    """The name and the digest of a file of figures; PermanentError when it is not there."""
    try:
        digest = sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise PermanentError(f"{path}: cannot be read: {error.strerror}") from error
    return HistoryFile(path.name, digest)


class _Desk:
    """The provinces, forms, rows and columns that a line may name."""

    def __init__(self, plan_round: PlanRound, gazetteer: Gazetteer) -> None:
        self._provinces = {province.code for province in gazetteer.provinces}
        self._forms: Mapping[str, Form] = {form.id: form for form in plan_round.forms}
        self._rows = {
            form.id: {row.key for row in form.indicators} for form in plan_round.forms
        }
        self._columns = {
            form.id: {column.key for column in form.value_columns}
            for form in plan_round.forms
        }

    def fault(self, province: str, form: str, indicator: str, column: str) -> str | None:
        """Why a line names no cell of the round."""
        if province not in self._provinces:
            return f"no province has the code {province!r}"
        if form not in self._forms:
            return f"the round has no form {form!r}"
        if indicator not in self._rows[form]:
            return f"{form} has no row {indicator!r}"
        if column not in self._columns[form]:
            return f"{form} has no value column {column!r}"
        return None


def _number_fault(text: str) -> str | None:
    if not text:
        return None
    try:
        canonical(Decimal(text))
    except (DecimalException, ValueError):
        return f"{text[:40]!r} is no plain number (write 1234.5)"
    return None


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each line of figures with its number in the file; blank lines are left out."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PermanentError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise PermanentError(f"{path}: is not UTF-8; save it as CSV UTF-8") from error
    first = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(), delimiter=";" if ";" in first else ",")
    head = [name.strip().lower() for name in next(reader, [])]
    lacking = [name for name in COLUMNS if name not in head]
    if lacking:
        raise PermanentError(
            f"{path}: line 1 must name the columns {', '.join(COLUMNS)}; "
            f"missing: {', '.join(lacking)}"
        )
    for cells in reader:
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * (len(head) - len(cells))]
            named = dict(zip(head, (cell.strip() for cell in padded), strict=False))
            yield reader.line_num, named
