"""Rules as data: what a round's files say must hold between figures."""

from dataclasses import dataclass
from decimal import Decimal

from pipeline.domain.plan.finding import Severity

Value = str | Decimal | bool | tuple[str, ...] | tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a form, as its file writes it.

    `terms` are the fields of its kind (whole, parts, expr ...) in file order.
    `columns` limits it to some columns; None means every value column.
    """

    id: str
    kind: str
    form: str
    severity: Severity
    terms: tuple[tuple[str, Value], ...]
    columns: tuple[str, ...] | None = None
    state: str = "active"
    note: str = ""

    def __hash__(self) -> int:
        return hash((self.form, self.id))

    def term(self, name: str) -> Value | None:
        """A field of the rule, None where the file does not give it."""
        return dict(self.terms).get(name)
