"""Figures and labels as the briefing tells them: shorter than the workbook does."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from pipeline.adapters.workbook_writing.form_layout import row_levels
from pipeline.domain.plan.plan_round import Aggregate, Form, Indicator, IndicatorKind
from pipeline.domain.total import Total
from pipeline.domain.writing.vietnamese import write_number

ROWS_A_FORM, LABEL_SHOWN = 3, 46
HUNDRED, TENTH = Decimal(100), Decimal("0.1")


def chief_rows(form: Form) -> Sequence[Indicator]:
    """The first rows of a form that are added up, have a plan and are part of no other."""
    if not {"kh_n1", "uoc_n1"} <= {column.key for column in form.value_columns}:
        return ()
    levels = row_levels(form.indicators)
    rows = [
        indicator
        for level, indicator in zip(levels, form.indicators, strict=True)
        if level == 0
        and indicator.aggregate is not Aggregate.NONE
        and indicator.kind is not IndicatorKind.MONEY
    ]
    return rows[:ROWS_A_FORM]


def chief_of(forms: Sequence[Form]) -> Sequence[tuple[Form, Indicator]]:
    """The chief rows of all forms; a row that two forms ask for is told once."""
    chief = {
        (row.label.lstrip(" -+"), row.unit): (form, row)
        for form in reversed(forms)
        for row in reversed(chief_rows(form))
    }
    return tuple(reversed(chief.values()))


def shown_filled(total: Total | None, filled: Total | None) -> str:
    """The figure with what stands for silent units, and of how many: "1.234 (5)".

    Empty where nothing stands for anybody.
    """
    if total is None or filled is None or filled.value is None:
        return ""
    units = filled.reported - total.reported
    return f"{briefly(filled.value)} ({units})" if units else ""


def shown_total(total: Total | None) -> str:
    """A total, starred where not all units are in it; empty where there is none."""
    if total is None or total.value is None:
        return ""
    mark = "*" if total.reported < total.expected else ""
    return briefly(total.value) + mark


def share_of(done: Total | None, whole: Total | None) -> str:
    """Done of whole in percent; empty for rates and where one of both is not known."""
    if done is None or whole is None or done.unit == "%":
        return ""
    if done.value is None or not whole.value:
        return ""
    return briefly(done.value * HUNDRED / whole.value)


def briefly(value: Decimal) -> str:
    """One decimal at most: the briefing is read out; the workbook has every digit."""
    return write_number(value.quantize(TENTH, ROUND_HALF_EVEN))


def count_told(number: int) -> str:
    """A count with its thousands parted."""
    return write_number(Decimal(number))


def bar_label(label: str) -> str:
    """A label that fits beside a bar: its own part, cut at a word."""
    own = label.rpartition("› ")[2]
    if len(own) <= LABEL_SHOWN:
        return own
    return own[:LABEL_SHOWN].rpartition(" ")[0] + " …"
