"""A planning round: its forms, rows, columns, units and rules, all read from data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.five_year import Target
from pipeline.domain.plan.nation_terms import USUAL_TERMS, NationTerms
from pipeline.domain.plan.rule import Rule
from pipeline.domain.plan.usual_size import UsualSize

LAST_YEAR = 2100  # a deadline after it was mistyped


class ColumnRole(StrEnum):
    """What a column of a form is for."""

    CODE = "code"
    LABEL = "label"
    UNIT = "unit"
    VALUE = "value"
    DERIVED = "derived"
    NOTE = "note"


class IndicatorKind(StrEnum):
    """How a figure behaves over time and space."""

    STOCK = "stock"
    FLOW = "flow"
    RATE = "rate"
    MONEY = "money"


class Aggregate(StrEnum):
    """How provinces add up to the nation."""

    SUM = "sum"
    WEIGHTED = "weighted"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure, the spellings met, and its exact factor to a base unit."""

    name: str
    written_as: tuple[str, ...] = ()
    base: str | None = None
    factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a form; `year` counts from the plan year n (n-2 is -2).

    `title` and `aliases` have their years filled in; `if_empty` says how an empty
    required cell weighs.
    """

    key: str
    title: str
    role: ColumnRole
    year: int | None = None
    period: str | None = None
    version: str | None = None
    aliases: tuple[str, ...] = ()
    formula: str | None = None
    optional: bool = False
    if_empty: Severity = Severity.QUERY


@dataclass(frozen=True, slots=True)
class Indicator:
    """A row of a form. `weight` names the row that weighs a rate ("PL02:vl.llld")."""

    key: str
    code: str
    label: str
    unit: str
    kind: IndicatorKind
    aggregate: Aggregate
    weight: str | None = None
    aliases: tuple[str, ...] = ()
    optional: bool = False
    optional_columns: tuple[str, ...] = ()
    usual: UsualSize | None = None

    def requires(self, column: Column) -> bool:
        """Whether a province must fill this row in this column."""
        return not (self.optional or column.optional or column.key in self.optional_columns)


@dataclass(frozen=True)
class Form:
    """One appendix of the round: its columns across, its indicators down, its rules."""

    id: str
    title: str
    column_set: str
    columns: tuple[Column, ...]
    indicators: tuple[Indicator, ...]
    rules: tuple[Rule, ...] = ()

    @cached_property
    def value_columns(self) -> tuple[Column, ...]:
        """The columns whose figures are stored."""
        return tuple(c for c in self.columns if c.role is ColumnRole.VALUE)

    @cached_property
    def by_key(self) -> Mapping[str, Indicator]:
        """The rows by their key."""
        return {row.key: row for row in self.indicators}

    @cached_property
    def required_cells(self) -> frozenset[tuple[str, str]]:
        """The cells that a province must fill, by indicator and column."""
        return frozenset(
            (row.key, column.key)
            for row in self.indicators
            for column in self.value_columns
            if row.requires(column)
        )

    @cached_property
    def required_rows(self) -> frozenset[str]:
        """The rows in which a province must fill something."""
        return frozenset(row for row, _ in self.required_cells)

    def indicator(self, key: str) -> Indicator:
        """The row of a key; KeyError when the form has none."""
        for indicator in self.indicators:
            if indicator.key == key:
                return indicator
        raise KeyError(key)

    def column(self, key: str) -> Column:
        """The column of a key; KeyError when the form has none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class ReminderStep:
    """A reminder so many working days after the deadline (before it: negative)."""

    key: str
    working_days: int


class ExplainedQueries(StrEnum):
    """Who takes a province's explanation of a query: a planner, or nobody has to."""

    PLANNER = "planner"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class PlanRound:
    """One round: what the ministry asked for, by when, in which forms.

    In time until `due`, tolerated until `grace_until`, closed after `closes`. `targets`
    are those of the five-year plan, empty where no file gives any: no return is checked
    against them, so the child that checks ahead does without (`rules.grounds`).
    """

    id: str
    letter: str
    issued: date
    title: str
    plan_year: int
    due: datetime
    mailbox: str
    contact: str
    units: tuple[Unit, ...]
    forms: tuple[Form, ...]
    forms_required: tuple[str, ...]
    reminders: tuple[ReminderStep, ...] = ()
    explained_queries: ExplainedQueries = ExplainedQueries.PLANNER
    nation: NationTerms = USUAL_TERMS
    last_round: str | None = None
    grace_until: datetime | None = None
    closes: datetime | None = None
    targets: tuple[Target, ...] = field(default=(), repr=False, compare=False)

    def __hash__(self) -> int:
        # what is worked out once for a round is looked up several times a message
        return hash((self.id, self.letter, self.plan_year))

    def form(self, form_id: str) -> Form:
        """The form of an id; KeyError when the round has none."""
        for form in self.forms:
            if form.id == form_id:
                return form
        raise KeyError(form_id)

    def unit(self, name: str) -> Unit:
        """The unit of a name; KeyError when the round has none."""
        for unit in self.units:
            if unit.name == name:
                return unit
        raise KeyError(name)

    def may_end(self, due: datetime) -> bool:
        """Whether a deadline can be meant: not before the letter, not beyond all years."""
        return self.issued <= due.date() and due.year <= LAST_YEAR

    def year_of(self, column: Column) -> int:
        """The calendar year a column speaks of; the plan year where it names none."""
        return self.plan_year + (column.year or 0)


def fill_years(title: str, plan_year: int) -> str:
    """A title with {n}, {n-1} ... replaced by the years of a round."""
    return re.sub(
        r"\{n(?:-(\d+))?\}",
        lambda found: str(plan_year - int(found.group(1) or 0)),
        title,
    )


def split_reference(reference: str, form: str) -> tuple[str, str]:
    """Form id and indicator key of "PL05:gn.ho_ngheo", or of a key of `form` itself."""
    left, colon, right = reference.partition(":")
    return (left, right) if colon else (form, reference)
