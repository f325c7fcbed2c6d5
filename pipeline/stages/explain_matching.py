"""explain_matching: how the forms of a message were matched, ready for JSON."""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.domain.plan.form import Appendix, ColumnMatch, OwnRow, Rival, RowMatch
from pipeline.domain.reading.sheet import column_letters


def explain_matching(appendices: Iterable[Appendix]) -> list[Mapping[str, Any]]:
    """For each form how sure it is, by what each row and column was told, what came
    close, and the province's own rows. Rows count from 1, columns are letters.
    """
    return [_form(appendix) for appendix in appendices]


def _form(appendix: Appendix) -> Mapping[str, Any]:
    return {
        "form": appendix.form,
        "path": appendix.path,
        "sheet": appendix.sheet,
        "confidence": round(appendix.confidence, 4),
        "rows": [_row(match) for match in appendix.row_matches],
        "columns": [_column(match) for match in appendix.column_matches],
        "own_rows": [_own(row) for row in appendix.own_rows],
    }


def _row(match: RowMatch) -> Mapping[str, Any]:
    return {
        "indicator": match.indicator,
        "row": match.sheet_row + 1,
        "label": match.label,
        "how": match.how.value,
        "score": match.score,
        "margin": match.margin,
        "sure": match.sure,
        "rivals": [_rival_row(rival) for rival in match.rivals],
    }


def _rival_row(rival: Rival) -> Mapping[str, Any]:
    return {
        "indicator": rival.key,
        "row": rival.place + 1,
        "label": rival.text,
        "score": rival.score,
    }


def _column(match: ColumnMatch) -> Mapping[str, Any]:
    rival = match.rival
    return {
        "column": match.column,
        "at": column_letters(match.sheet_column),
        "header": match.header,
        "how": match.how.value,
        "score": match.score,
        "sure": match.sure,
        "rivals": [] if rival is None else [_rival_column(rival)],
    }


def _rival_column(rival: Rival) -> Mapping[str, Any]:
    return {
        "column": rival.key,
        "at": column_letters(rival.place),
        "header": rival.text,
        "score": rival.score,
    }


def _own(row: OwnRow) -> Mapping[str, Any]:
    return {
        "row": row.sheet_row + 1,
        "label": row.label,
        "rivals": [_rival_row(rival) for rival in row.rivals],
    }
