"""A form that goes on in another table: what one part holds, the other need not doubt."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from pipeline.domain.plan.form import RowMatch
from pipeline.domain.reading.form_match import FormMatch

_SAME_LABEL = 0.95


def settle_parts(matches: Sequence[FormMatch]) -> tuple[FormMatch, ...]:
    """The matches, without the doubt between twin rows that stand in different parts.

    "Tỷ lệ" at the top of a second sheet has lost the row that it stands below; where
    the first sheet has the other row of that label, it is the one that is left.
    """
    parts: defaultdict[tuple[str, str], list[FormMatch]] = defaultdict(list)
    for match in matches:
        parts[match.round, match.form].append(match)
    if len(parts) == len(matches):
        return tuple(matches)
    return tuple(_settled(match, parts[match.round, match.form]) for match in matches)


def _settled(match: FormMatch, parts: Sequence[FormMatch]) -> FormMatch:
    own = {row.indicator for row in match.found.rows}
    elsewhere = {
        row.indicator for part in parts if part is not match for row in part.found.rows
    }
    if own & elsewhere or not match.found.uncertain:
        return match
    rows = tuple(_sure(row, elsewhere) for row in match.found.rows)
    return replace(match, found=replace(match.found, rows=rows))


def _sure(row: RowMatch, elsewhere: Collection[str]) -> RowMatch:
    twins = bool(row.rivals) and all(
        rival.key in elsewhere and rival.place == row.sheet_row for rival in row.rivals
    )
    if row.sure or not twins or row.score < _SAME_LABEL:
        return row
    return replace(row, sure=True, spelled="", under="", rivals=())
