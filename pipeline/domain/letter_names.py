"""The names a letter uses for forms, rows and columns, looked up in the round."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.domain.finding import Finding
from pipeline.domain.plan_round import Form, Indicator, PlanRound, split_reference
from pipeline.domain.rule import Rule
from pipeline.domain.vietnamese import safe_text

_PARTNERS = ("whole", "right", "parts", "numerator", "denominator", "part", "left")
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
        if indicator is None or finding.code in ("derived-mismatch", "low-disbursement"):
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
        """The other rows of the rule that failed, as a person would name them."""
        rule = self.rules.get((finding.form or "", finding.rule or ""))
        if rule is None:
            return []
        references = [r for name in _PARTNERS for r in _texts(rule.term(name))]
        own = {finding.indicator, f"{finding.form}:{finding.indicator}"}
        named = (self._partner(r, rule.form) for r in references if r not in own)
        known = list(dict.fromkeys(name for name in named if name))
        extra = ["…"] if len(known) > _PARTNERS_SHOWN else []
        return known[:_PARTNERS_SHOWN] + extra

    def _partner(self, reference: str, form: str) -> str | None:
        place, key = split_reference(reference.partition("@")[0], form)
        indicator = self.indicator(place, key)
        if indicator is None:
            return None
        quoted = f"“{clean_label(indicator.label)}”"
        return quoted if place == form else f"{quoted} ({place})"


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


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, tuple):
        return tuple(v for v in value if isinstance(v, str))
    return ()
