"""The names a letter uses for forms, rows and columns, looked up in the round."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.plan_round import Form, Indicator, PlanRound
from pipeline.domain.plan.rule import Rule
from pipeline.domain.rules.terms import rows_spoken_of, texts
from pipeline.domain.writing.vietnamese import safe_text

_COLUMN_TERMS = {"column_order": ("smaller", "larger"), "column_total": ("whole", "parts")}
_PARTNERS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Names:
    """Labels of a round by key; every question has an answer or None, never an error."""

    forms: Mapping[str, Form]
    order: Mapping[str, int]
    rules: Mapping[tuple[str, str], Rule] = field(default_factory=dict)

    def form_order(self, form: str | None) -> int:
        """The place of a form in the round; files without a form come first."""
        return -1 if form is None else self.order.get(form, len(self.order))

    def form_title(self, form: str | None) -> str | None:
        """The title of a form."""
        known = self.forms.get(form or "")
        return known.title if known else None

    def label(self, finding: Finding) -> str | None:
        """The official label of the row that a finding is about."""
        indicator = self.indicator(finding.form, finding.indicator)
        return clean_label(indicator.label) if indicator else None

    def unit(self, finding: Finding) -> str | None:
        """The unit of that row; none where the figure is of another kind."""
        indicator = self.indicator(finding.form, finding.indicator)
        if indicator is None or finding.code == "derived-mismatch":
            return None
        return indicator.unit

    def column(self, finding: Finding) -> str | None:
        """The official title of the column that a finding is about."""
        form = self.forms.get(finding.form or "")
        for column in form.columns if form else ():
            if column.key == finding.column:
                return column.title
        return None

    def indicator(self, form: str | None, key: str | None) -> Indicator | None:
        """The row of a key in a form."""
        known = self.forms.get(form or "")
        for indicator in known.indicators if known else ():
            if indicator.key == key:
                return indicator
        return None

    def against(self, finding: Finding) -> list[str]:
        """The other rows, or columns, of the rule that failed, as a person names them."""
        rule = self.rules.get((finding.form or "", finding.rule or ""))
        if rule is None:
            return []
        own = (finding.form, finding.indicator)
        rows = (self._row_name(r, rule.form) for _, r in rows_spoken_of(rule) if r != own)
        columns = (
            self.column(replace(finding, column=key))
            for name in _COLUMN_TERMS.get(rule.kind, ())
            for key in texts(rule, name)
            if key != finding.column
        )
        quoted = (f"“{title}”" for title in columns if title)
        known = list(dict.fromkeys([name for name in rows if name] + list(quoted)))
        return known[:_PARTNERS_SHOWN] + (["…"] if len(known) > _PARTNERS_SHOWN else [])

    def _row_name(self, reference: tuple[str, str], form: str) -> str | None:
        indicator = self.indicator(*reference)
        if indicator is None:
            return None
        quoted = f"“{clean_label(indicator.label)}”"
        return quoted if reference[0] == form else f"{quoted} ({reference[0]})"


@lru_cache(maxsize=4096)
def clean_label(label: str) -> str:
    """A row's label without the dash or plus that only shows its level."""
    return safe_text(label.lstrip(" -+"), 120)


def names_of(plan_round: PlanRound) -> Names:
    """The names of a round."""
    return Names(
        forms={f.id: f for f in plan_round.forms},
        order={form: n for n, form in enumerate(_form_ids(plan_round))},
        rules={(f.id, r.id): r for f in plan_round.forms for r in f.rules},
    )


def _form_ids(plan_round: PlanRound) -> Iterable[str]:
    return dict.fromkeys((*plan_round.forms_required, *(f.id for f in plan_round.forms)))
