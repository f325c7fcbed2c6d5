"""Rows paired with what planners said of a province's own labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.domain.plan.form import Matched
from pipeline.domain.reading.alias import OWN, Alias
from pipeline.domain.reading.rivals import Paired
from pipeline.domain.reading.row_label import AskedRow, FoundRow
from pipeline.domain.reading.row_match import pair_rows
from pipeline.domain.reading.units import Units


def pair_as_told(
    asked: Sequence[AskedRow],
    found: Sequence[FoundRow],
    units: Units,
    aliases: Mapping[tuple[str, str], Alias],
) -> tuple[Paired, ...]:
    """The pairing of all rows; what a planner said of a label is settled first."""
    if not aliases:
        return pair_rows(asked, found, units)
    told, own = _told(asked, found, aliases)
    settled = {pair.found for pair in told} | own
    there = [at for at in range(len(found)) if at not in settled]
    named = {pair.asked for pair in told}
    open_rows = [i for i in range(len(asked)) if i not in named]
    others = pair_rows([asked[i] for i in open_rows], [found[at] for at in there], units)
    placed = [
        replace(
            pair,
            asked=open_rows[pair.asked],
            found=there[pair.found],
            rivals=tuple((open_rows[i], there[j], s) for i, j, s in pair.rivals),
        )
        for pair in others
    ]
    return tuple(sorted((*told, *placed), key=lambda pair: pair.asked))


def _told(
    asked: Sequence[AskedRow],
    found: Sequence[FoundRow],
    aliases: Mapping[tuple[str, str], Alias],
) -> tuple[list[Paired], set[int]]:
    """The pairs that aliases settle, and the rows that they say are the province's own.

    An alias is silent where its label comes twice, where the form's own label stands
    there as well, and where the form asks for something else by now.
    """
    places: dict[tuple[str, str], list[int]] = {}
    for at, row in enumerate(found):
        places.setdefault((row.label.key, row.parent), []).append(at)
    lacking = Counter(row.labels[0].key for row in asked)
    lacking.subtract(row.label.key for row in found)
    by_meaning: dict[int, list[int]] = {}
    own: set[int] = set()
    rows = {row.indicator.key: i for i, row in enumerate(asked)}
    for said, alias in aliases.items():
        here, i = places.get(said, []), rows.get(alias.meaning)
        if alias.meaning == OWN:
            own.update(here)
        elif (
            i is not None
            and asked[i].labels[0].key == alias.asked
            and lacking[alias.asked] > 0
        ):
            by_meaning.setdefault(i, []).extend(here)
    told = [
        Paired(i, here[0], 1.0, sure=True, how=Matched.ALIAS)
        for i, here in by_meaning.items()
        if len(here) == 1
    ]
    return told, own
