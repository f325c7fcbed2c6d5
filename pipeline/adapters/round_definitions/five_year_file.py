"""The targets of a five-year plan: five_year.csv in the folder of a round."""

from decimal import Decimal, DecimalException
from pathlib import Path

from pipeline.adapters.round_definitions.csv_lines import CsvLine, code_of, csv_lines
from pipeline.domain.errors import ConfigError
from pipeline.domain.five_year_path import path_columns
from pipeline.domain.plan.five_year import FIVE_YEAR_FILE, Better, Target
from pipeline.domain.plan.plan_round import Aggregate, Form, Indicator, PlanRound
from pipeline.domain.senders.province import Gazetteer

HEADER = ("form", "row", "year", "unit", "value", "better", "source")
PERCENT, MOST_DIGITS = "%", 18
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_DIGITS = frozenset("0123456789.-")


def load_five_year(
    folder: Path, plan_round: PlanRound, gazetteer: Gazetteer, *, own: bool = True
) -> tuple[Target, ...]:
    """The targets of a round, in the order of the file; none when it is absent.

    `unit` is the code of a reporting unit, empty for the country; `value` is in the
    row's own unit of measure. A round that is not the units' `own`, from another folder
    than theirs, may speak of others too: those are left out. Raises ConfigError (file,
    line and column, what is wrong and what to write) at the first mistake.
    """
    path = folder / FIVE_YEAR_FILE
    if not path.exists():
        return ()
    desk = _Desk(plan_round, gazetteer)
    seen: dict[tuple[str, str, str | None, int], int] = {}
    ways: dict[tuple[str, str], tuple[Better, int]] = {}
    targets = []
    for line in csv_lines(path, HEADER):
        if not own and desk.speaks_of_others(line):
            continue
        target = desk.target(line)
        key = (target.form, target.indicator, target.unit, target.year)
        if seen.setdefault(key, line.number) != line.number:
            problem = f"this row, unit and year stand in line {seen[key]}; keep one line"
            raise line.fault("year", problem)
        row = (target.form, target.indicator)
        way, where = ways.setdefault(row, (target.better, line.number))
        if way is not target.better:
            problem = f"line {where} says {way.value} of the same row; say the same in all"
            raise line.fault("better", problem)
        targets.append(target)
    return tuple(targets)


class _Desk:
    """The forms, rows and units that a line may name."""

    def __init__(self, plan_round: PlanRound, gazetteer: Gazetteer) -> None:
        self._forms = {form.id: form for form in plan_round.forms}
        self._units = {province.code for province in gazetteer.provinces}

    def speaks_of_others(self, line: CsvLine) -> bool:
        """Whether a line names a unit that does not report here."""
        code = code_of(line, "unit")
        return bool(code) and code not in self._units

    def target(self, line: CsvLine) -> Target:
        form, row = self._row(line)
        unit = self._unit(line, row)
        if not line.cells["source"]:
            raise line.fault("source", "is empty; name the decision that sets the target")
        return Target(
            form=form.id,
            indicator=row.key,
            year=_year(line),
            unit=unit,
            value=_value(line, row),
            better=_better(line),
            source=line.cells["source"],
            line=line.number,
        )

    def _row(self, line: CsvLine) -> tuple[Form, Indicator]:
        form = self._forms.get(line.cells["form"])
        if form is None:
            known = ", ".join(self._forms)
            problem = f"the round has no form {line.cells['form']!r}; it has {known}"
            raise line.fault("form", problem)
        if not path_columns(form):
            problem = f"{form.id} has neither an estimate nor a plan to compare"
            raise line.fault("form", f"{problem}; take the line out")
        try:
            return form, form.indicator(line.cells["row"])
        except KeyError as error:
            problem = f"{form.id} has no row {line.cells['row']!r}"
            raise line.fault("row", f"{problem}; {form.id}.yaml has their keys") from error

    def _unit(self, line: CsvLine, row: Indicator) -> str | None:
        code = code_of(line, "unit")
        if not code:
            if row.aggregate is Aggregate.NONE:
                problem = f"the country has no figure of {row.key} (aggregate: none)"
                raise line.fault("unit", f"{problem}; name the unit the target is of")
            return None
        if code not in self._units:
            problem = f"{code!r} is not a code of provinces.csv; leave it empty"
            raise line.fault("unit", f"{problem} for the country")
        return code


def _year(line: CsvLine) -> int:
    year = line.whole("year")
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise line.fault("year", f"{year} is not a year of a plan; write 2015")
    return year


def _value(line: CsvLine, row: Indicator) -> Decimal:
    text = line.cells["value"]
    try:
        value = Decimal(text)
    except DecimalException as error:
        raise _no_number(line, text) from error
    if not set(text) <= _DIGITS or len(text) > MOST_DIGITS:
        raise _no_number(line, text)
    if row.unit == PERCENT and not 0 <= value <= 100:
        raise line.fault("value", f"{text} is no percentage from 0 to 100")
    return value


def _no_number(line: CsvLine, text: str) -> ConfigError:
    return line.fault("value", f"{text[:40]!r} is no plain number; write 1234.5")


def _better(line: CsvLine) -> Better:
    try:
        return Better(line.cells["better"])
    except ValueError as error:
        problem = f"{line.cells['better']!r} is unknown; write up where more is better"
        raise line.fault("better", f"{problem}, down where less is") from error
