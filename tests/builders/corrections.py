"""Deficient returns and the correction workbooks that answer them."""

import email
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from email import policy
from pathlib import Path
from typing import Any

from pipeline.adapters.letters.correction_workbook import correction_workbook
from pipeline.adapters.letters.letter_message import Letterhead
from pipeline.adapters.letters.letter_writer import JinjaLetterWriter
from pipeline.domain.letters.correction import Correction
from pipeline.domain.letters.letter import Enclosure, LetterContext
from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.form import Appendix, FormState, Missing
from pipeline.domain.verdict import Decision, FormResult, ReplyPlan, Verdict
from pipeline.stages.check import CheckContext, check
from pipeline.stages.correct import correct
from tests.builders.decisions import decision
from tests.builders.returns import (
    NO_MARKS,
    cell_of,
    consistent_return,
    make_appendices,
    shipped_gazetteer,
    shipped_round,
)

TEMPLATES = Path(__file__).parents[2] / "templates" / "letters"
NOW = datetime(2013, 7, 10, 2, 30, tzinfo=UTC)
HEAD = Letterhead("KHTC", "khtc@example.gov.vn", "khtc@example.gov.vn", "a.vn", b"s" * 16)
WRITER = JinjaLetterWriter(TEMPLATES, HEAD)
HA_GIANG = shipped_gazetteer().by_code("02")
CONTEXT = LetterContext(
    "khtc",
    shipped_round(),
    HA_GIANG,
    shipped_gazetteer().addressee(HA_GIANG),
    NOW,
    corrections=True,
)
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Corrected:
    """A deficient mail, and the workbook for it."""

    decision: Decision
    correction: Correction
    enclosure: Enclosure


def correct_return(
    forms: Collection[str],
    changes: Mapping[Key, Decimal | None] = {},
    marks: Mapping[Key, Missing | str] = NO_MARKS,
    **more: Any,
) -> Corrected:
    """Forms of Hà Giang with some figures changed or taken out, checked and corrected.

    `more`: findings to add, forms_missing, twice (forms whose versions contradict).
    """
    figures = {**consistent_return(shipped_round(), "02", 1), **changes}
    given = {key: value for key, value in figures.items() if value is not None}
    made = make_appendices(shipped_round(), given, marks)
    appendices = [appendix for appendix in made if appendix.form in forms]
    context = CheckContext(
        plan_round=shipped_round(), gazetteer=shipped_gazetteer(), province="02"
    )
    findings = (*check(appendices, context), *more.pop("findings", ()))
    return of_decision(deficient(appendices, findings, **more))


def deficient(
    appendices: Collection[Appendix],
    findings: tuple[Finding, ...],
    twice: Collection[str] = (),
    forms_missing: tuple[str, ...] = (),
) -> Decision:
    """The decision on a mail, its forms deficient where a finding says so."""
    bad = {finding.form for finding in findings if finding.severity.blocks}
    states = {
        form: FormState.UNREADABLE
        if form in twice
        else FormState.DEFICIENT
        if form in bad
        else FormState.ACCEPTED
        for form in (a.form for a in appendices)
    }
    return decision(
        forms=tuple(FormResult(a, states[a.form]) for a in appendices),
        findings=findings,
        forms_missing=forms_missing,
        reply=ReplyPlan("deficiency", "hagiang@example.vn"),
        verdict=Verdict.DEFICIENT,
    )


def of_decision(made: Decision, context: LetterContext = CONTEXT) -> Corrected:
    """The workbook for a decision."""
    correction = correct(made, context)
    return Corrected(made, correction, correction_workbook(correction, WRITER.tell))


def place(form: str, indicator: str, column: str) -> str:
    """Where the workbook and the builder of returns both have a cell ("PL02!H14")."""
    return f"{form}!{cell_of(shipped_round().form(form), indicator, column)}"


def enclosed(data: bytes) -> Enclosure | None:
    """The workbook that goes with a letter."""
    message = email.message_from_bytes(data, policy=policy.default)
    for part in message.iter_attachments():
        return Enclosure(str(part.get_filename()), part.get_content())
    return None
