"""Read a recognised form: exact figures in the form's own unit, each with its cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.form import Appendix, ColumnMatch, Row, RowMatch
from pipeline.domain.plan.plan_round import IndicatorKind, PlanRound, Unit
from pipeline.domain.reading.bare_rows import BareRows
from pipeline.domain.reading.declared import Declared
from pipeline.domain.reading.declared_unit import DeclaredUnits
from pipeline.domain.reading.figure import Figure, are_bare, read_figure, settle
from pipeline.domain.reading.form_match import FormMatch
from pipeline.domain.reading.fractions import (
    Share,
    Shares,
    lone_parts,
    points_among_parts,
    shares_of,
)
from pipeline.domain.reading.made_rows import RowMaker
from pipeline.domain.reading.notation import Habits, habits_of
from pipeline.domain.reading.overwritten import typed_over
from pipeline.domain.reading.sheet import CellKind, address
from pipeline.domain.reading.structure import structure_findings
from pipeline.domain.reading.unit_weighing import Weighed, Weigher
from pipeline.domain.reading.units import Relation, is_share, units_of
from pipeline.domain.reading.units_of_parts import units_of_parts
from pipeline.domain.writing.number_text import canonical
from pipeline.domain.writing.text import compose

_SEVERITIES = {
    "not-available": Severity.QUERY,
    "identity-broken": Severity.QUERY,
    "reader-disagreement": Severity.QUERY,
    "unit-unknown": Severity.QUERY,
    "unit-near": Severity.WARN,
}
_UNIT_CODES = {Relation.UNKNOWN: "unit-unknown", Relation.NEAR: "unit-near"}
_RELATED = (Relation.SAME, Relation.SCALED)
_SHARE = "%"
_NO_HABITS = Habits(frozenset(), frozenset())


def read_forms(
    matches: Sequence[FormMatch], rounds: Mapping[str, PlanRound]
) -> Iterator[tuple[FormMatch, Appendix, tuple[Finding, ...]]]:
    """Each form of one workbook, all asked whether percentages are parts of one."""
    tables = zip(matches, units_of_parts(matches, rounds), strict=True)
    readers = [_TableReader(match, rounds[match.round], told) for match, told in tables]
    written = shares_of([reader.shares() for reader in readers])
    for match, reader, share in zip(matches, readers, written, strict=True):
        appendix = reader.appendix(share)
        told = structure_findings(match, rounds[match.round].form(match.form))
        yield match, appendix, (*told, *reader.findings)


def read_form(
    match: FormMatch, plan_round: PlanRound
) -> tuple[Appendix, tuple[Finding, ...]]:
    """The rows of a form that stands alone and what is wrong with single cells of it.

    An empty cell is no row; a cell that holds no figure is a row without value and a
    finding. Missing rows are told by their absence from `row_matches`.
    """
    ((_, appendix, findings),) = read_forms([match], {match.round: plan_round})
    return appendix, findings


class _TableReader:
    """Reads one table of a form; `findings` fill up on the way."""

    def __init__(
        self, match: FormMatch, plan_round: PlanRound, declared: DeclaredUnits
    ) -> None:
        found = match.found
        self._match = match
        self._form = form = plan_round.form(match.form)
        self._found = found
        self._sheet = found.table.sheet
        self._units = units_of(plan_round)
        self._declared = declared
        self._weigher = Weigher(self._units, declared)
        self._indicators = form.by_key
        self._typed_over = typed_over(
            self._sheet.cells,
            [
                row.sheet_row
                for row in found.rows
                if self._indicators[row.indicator].kind is not IndicatorKind.RATE
            ],
            [column.sheet_column for column in found.layout.values],
        )
        self._maker = RowMaker(match)
        doubted = self._sheet.disputed or self._typed_over
        told = BareRows(self._units, self._weigher, self._maker)
        self._bare = {} if doubted else dict(told.of(found, form))
        self._values = {
            row.indicator: self._figures(row, found.layout.values)
            for row in found.rows
            if row.indicator not in self._bare
        }
        self._percentages = {
            key: own
            for key, figures in self._values.items()
            if figures and is_share(own := self._units.named(self._indicators[key].unit))
        }
        self.findings: list[Finding] = []

    def appendix(self, written: Share) -> Appendix:
        """The form as read, its percentages written in this way."""
        found = self._found
        return Appendix(
            form=self._form.id,
            path=self._match.path,
            sheet=self._sheet.name,
            confidence=self._match.confidence,
            row_matches=found.rows,
            column_matches=(*found.layout.values, *found.layout.derived),
            rows=tuple(self.rows(written)),
            derived=tuple(self.derived()),
            notes=tuple(self.notes()),
            own_rows=found.own,
        )

    def shares(self) -> dict[str, list[Figure]]:
        """The rates of the value columns by row, as they are written."""
        return dict(self._of_unit(self._units.named(_SHARE)))

    def _of_unit(self, unit: Unit | None = None) -> Iterator[tuple[str, list[Figure]]]:
        """Rows of percentages with figures: those in `unit`, or of any kind."""
        for key, own in self._percentages.items():
            if unit in (None, own):
                yield key, [figure for _, figure in self._values[key]]

    def _share_of(self, key: str, figures: list[Figure], written: Share) -> Share:
        """How one row is written: points of a hundred do not follow the rates blindly."""
        rates = self._units.named(self._indicators[key].unit) == self._units.named(_SHARE)
        follows = rates or written is not Share.OF_ONE
        return written if follows else points_among_parts(figures)

    def rows(self, written: Share) -> Iterator[Row]:
        """Every figure of the value columns."""
        shares = Shares(dict(self._values))
        if written is Share.OF_HUNDRED:
            shares.unclear.update(lone_parts(self.shares()))
        for key, found in self._of_unit():
            shares.take(key, found, self._share_of(key, found, written))
        figures = shares.figures
        habits = habits_of(
            (figure.reading, self._weigher.unit_of(figure, self._indicators[key].unit))
            for key, found in figures.items()
            for _, figure in found
            if figure.cell.kind is CellKind.TEXT
            and self._weigher.is_whole(figure, self._indicators[key].unit)
        )
        for row in self._found.rows:
            if bare := self._bare.get(row.indicator):
                yield from self._maker.bare_line(row, *bare)
                continue
            yield from self._row(row, figures[row.indicator], habits)
            if row.indicator in shares.unclear:
                column, figure = figures[row.indicator][0]
                self._tell_unit_of(row, column, figure.cell.text)
            for odd in shares.mixed.get(row.indicator, ()):
                self._tell_parts(row, odd)

    def derived(self) -> Iterator[Row]:
        """Figures of derived columns that can be read; they are percentages."""
        unit, columns = self._units.named(_SHARE), self._found.layout.derived
        for row in self._found.rows:
            if bare := self._maker.bare(row.sheet_row, columns):
                yield from self._maker.bare_line(row, bare, _SHARE, None)
                continue
            figures = [
                (column, figure)
                for column, read in self._figures(row, columns)
                if (figure := settle(read, unit, (), _NO_HABITS)).value is not None
            ]
            yield from self._maker.line(row, figures, _SHARE, None)

    def notes(self) -> Iterator[tuple[str, str]]:
        """The texts of the note column by indicator."""
        column = self._found.layout.note
        for row in self._found.rows if column is not None else ():
            cell = self._sheet.cells.get((row.sheet_row, column or 0))
            if cell is not None and compose(cell.text):
                yield row.indicator, compose(cell.text)

    def _figures(
        self, row: RowMatch, columns: tuple[ColumnMatch, ...]
    ) -> list[tuple[ColumnMatch, Figure]]:
        derived = columns is self._found.layout.derived
        name = _SHARE if derived else self._indicators[row.indicator].unit
        unit, cells, at = self._units.named(name), self._sheet.cells, row.sheet_row
        return [
            (column, figure)
            for column in columns
            if (cell := cells.get((at, column.sheet_column))) is not None
            and (figure := read_figure(cell, cells, unit)) is not None
        ]

    def _row(
        self, row: RowMatch, figures: list[tuple[ColumnMatch, Figure]], habits: Habits
    ) -> Iterator[Row]:
        asked = self._indicators[row.indicator].unit
        bare = are_bare(figures) and not (self._sheet.disputed or self._typed_over)
        name = self._weigher.plain_name(row.sheet_row, asked) if bare else None
        if name is not None:  # as nearly all are
            yield from self._maker.line(row, figures, asked, name[0])
            return
        declared = self._declared.of_row(row.sheet_row, asked)
        plain = self._weigher.is_plain(declared, asked)
        if plain and bare:
            self._tell_unit(row, figures, declared)
            yield from self._maker.line(row, figures, asked, declared.written)
            return
        known = self._weigher.without_slips(figures, declared, asked)
        yield from self._weighed(row, Weighed(asked, declared, habits, known), plain=plain)

    def _weighed(self, row: RowMatch, weighed: Weighed, *, plain: bool) -> Iterator[Row]:
        """The figures of a row one by one, with all that may be wrong with each."""
        asked, declared, disputed = weighed.asked, weighed.declared, self._sheet.disputed
        for column, figure in weighed.figures:
            own, made = declared, figure
            if not plain or figure.open is not None or figure.tail:
                own, made = self._weigher.weigh(weighed, column, figure)
            if made.trouble:
                self._tell(made.trouble, row, column, found=made.cell.text)
            at = row.sheet_row, column.sheet_column
            if disputed and at in disputed and not self._weigher.is_shown(figure, asked):
                self._tell("reader-disagreement", row, column, found=made.cell.text)
            if self._typed_over:
                self._tell_typed_over(row, column, made, own)
            yield self._maker.made(row, column, made, asked, own.written)
        if weighed.parted:
            self._tell_unit_of(row, *weighed.parted[0])
        else:
            self._tell_unit(row, weighed.figures, declared)

    def _tell_unit_of(self, row: RowMatch, column: ColumnMatch, found: str | None) -> None:
        """A question about the unit of a row, at one of its figures."""
        where = address(row.sheet_row, column.sheet_column)
        finding = self._finding("unit-unknown", row.indicator, where)
        asked = self._indicators[row.indicator].unit
        self.findings.append(replace(finding, found=found, expected=asked))

    def _tell_parts(self, row: RowMatch, odd: Figure) -> None:
        """A question about one figure of a row that may be a part of one."""
        for column, figure in self._values[row.indicator]:
            if figure.cell is odd.cell:
                self._tell_unit_of(row, column, figure.cell.text)
                self.findings[-1] = replace(self.findings[-1], column=column.column)

    def _tell_unit(
        self, row: RowMatch, figures: list[tuple[ColumnMatch, Figure]], declared: Declared
    ) -> None:
        """One finding a row whose unit is not the form's, nor related to it."""
        if not self._declared.by_column and declared.conversion.relation in _RELATED:
            return  # nearly always
        asked = self._indicators[row.indicator].unit
        for column, _ in figures if self._declared.by_column else figures[:1]:
            own = self._declared.of_column(column.sheet_column, asked, declared)
            code = _UNIT_CODES.get(own.conversion.relation)
            if code is not None:
                where = own.cell or address(row.sheet_row, column.sheet_column)
                finding = self._finding(code, row.indicator, where)
                self.findings.append(replace(finding, found=own.told, expected=asked))
                return

    def _tell_typed_over(
        self, row: RowMatch, column: ColumnMatch, figure: Figure, declared: Declared
    ) -> None:
        """A question where a number stands in the place of a formula that gives another."""
        expected = self._typed_over.get((row.sheet_row, column.sheet_column))
        if expected is None or figure.value is None:
            return
        where = address(row.sheet_row, column.sheet_column)
        finding = self._finding("identity-broken", row.indicator, where)
        told = canonical(declared.conversion.apply(expected))
        found = canonical(figure.value)
        self.findings.append(
            replace(finding, column=column.column, found=found, expected=told)
        )

    def _tell(self, code: str, row: RowMatch, column: ColumnMatch, found: str) -> None:
        where = address(row.sheet_row, column.sheet_column)
        finding = self._finding(code, row.indicator, where)
        self.findings.append(replace(finding, column=column.column, found=found[:200]))

    def _finding(self, code: str, indicator: str, cell: str) -> Finding:
        return Finding(
            code,
            _SEVERITIES.get(code, Severity.ERROR),
            form=self._form.id,
            indicator=indicator,
            path=self._match.path,
            sheet=self._sheet.name,
            cell=cell,
        )
