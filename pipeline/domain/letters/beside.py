"""Forms whose only fault is that they disagree with a cell of another form."""

from collections.abc import Iterable, Mapping

from pipeline.domain.letters.letter_items import Item


def forms_beside(items: Iterable[Item]) -> Mapping[str, tuple[str, ...]]:
    """Forms that need not be mended if others are, with those others.

    All that is wrong with such a form is told beside one cell of another, which is
    likelier to be wrong: more than one rule points to it.
    """
    own: set[str] = set()
    beside: dict[str, set[str]] = {}
    for item in items:
        for finding in item.findings:
            if finding.form is None or not finding.severity.blocks:
                continue
            if item.root is None or item.home.form in (None, finding.form):
                own.add(finding.form)
            else:
                beside.setdefault(finding.form, set()).add(str(item.home.form))
    return {
        form: tuple(sorted(others))
        for form, others in beside.items()
        if form not in own and others <= own
    }
