"""The figure that is probably behind a finding, by its key."""

from collections.abc import Iterable, Mapping

from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.form import Appendix

Key = tuple[str, str, str]
"""Form, indicator, column."""


class RootCells:
    """Looks up the likeliest cell of a finding among the figures of a mail."""

    def __init__(self, appendices: Iterable[Appendix]) -> None:
        rows = [row for appendix in appendices for row in appendix.rows]
        self._known: Mapping[tuple[str, str, str], Key] = {
            (row.path, row.sheet, row.cell): (row.form, row.indicator, row.column)
            for row in rows
        }
        self._elsewhere: dict[tuple[str, str], set[Key]] = {}
        for (_, sheet, cell), key in self._known.items():
            self._elsewhere.setdefault((sheet, cell), set()).add(key)

    def key(self, finding: Finding) -> Key | None:
        """The key of the first suspect; None without one, and where two sheets of one
        name leave open which is meant.
        """
        if not finding.suspect:
            return None
        sheet, mark, cell = finding.suspect[0].rpartition("!")
        if not mark:
            return self._known.get((finding.path or "", finding.sheet or "", cell))
        keys = self._elsewhere.get((sheet, cell), set())
        return next(iter(keys)) if len(keys) == 1 else None
