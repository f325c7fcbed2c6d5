"""What a province explains instead of mending: `GT PL02.3: ...`, or in the workbook."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.form import Appendix
from pipeline.domain.plan.root_cell import RootCells

EXPLANATIONS_AT_MOST = 100
LONGEST = 500
# A line of the province's own, as people type it: "GT PL02.3: ...", "gt [PL05/R.7] - ...",
# "- Giải trình PL 02.3 ...". Lines quoted from our letter begin with ">".
_GAP = r"[ \t\u00a0]"
_LINE = re.compile(
    rf"^{_GAP}{{0,8}}(?:[-+*•–]{_GAP}{{0,3}})?(?:GT|Giải trình|Giai trinh){_GAP}{{0,3}}"
    rf"[:.]?{_GAP}{{0,3}}(?<=[\s:.\u00a0])[\[(“\"]?(?:(PL{_GAP}?\d{{2}})/)?"
    rf"((?:PL{_GAP}?\d{{2}}|[A-Z]{{1,3}}\d{{0,2}})(?:\.\d{{1,3}}){{1,2}})[\])”\"]?"
    rf"(?:{_GAP}{{0,3}}[:.\-–]{_GAP}{{0,3}}|{_GAP}{{1,3}})(\S[^\r\n]{{0,500}})",
    re.MULTILINE | re.IGNORECASE,
)
_EXAMPLE = re.compile(r"(?:\.{2,}+|…|(?:nêu )?(?:lý do|nguyên nhân))\W*+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A province's words on a rule of a form, or on a row of the correction workbook."""

    form: str | None
    rule: str | None
    indicator: str | None
    text: str


def explains(explanation: Explanation, finding: Finding) -> bool:
    """Whether words are about a finding: its rule, or its row where no rule is named."""
    if explanation.form not in (None, finding.form) or not explainable(finding):
        return False
    if explanation.rule is not None:
        return explanation.rule == (finding.rule or "").upper()
    return explanation.indicator == finding.indicator


def told_together(
    explanation: Explanation, findings: Sequence[Finding], roots: RootCells
) -> list[Finding]:
    """The findings that words are about: a letter tells those of one root cell in one
    point, under one code, and a note stands beside the root.
    """
    direct = [finding for finding in findings if explains(explanation, finding)]
    cells = {roots.key(finding) for finding in direct} - {None}

    def is_meant(finding: Finding) -> bool:
        root = roots.key(finding)
        beside = explanation.rule is None and root is not None
        return (
            finding in direct
            or root in cells
            or (beside and root is not None and root[:2] == _row(explanation))
        )

    return [each for each in findings if explainable(each) and is_meant(each)]


def _row(explanation: Explanation) -> tuple[str | None, str | None]:
    return explanation.form, explanation.indicator


def explainable(finding: Finding) -> bool:
    """Whether a province can explain a finding: one on a form that came, to mend or not."""
    asked = finding.severity.blocks or finding.severity is Severity.QUERY
    return asked and finding.form is not None and finding.code != "form-missing"


def without_explanations(text: str) -> str | None:
    """A text without its lines that explain a rule; None where it has no such line."""
    if next(_in_text(text), None) is None:
        return None
    return _LINE.sub("", unicodedata.normalize("NFC", text))


def explanations_of(
    text: str, appendices: Collection[Appendix], findings: Iterable[Finding]
) -> tuple[Explanation, ...]:
    """What a mail explains: lines of its own text, and notes beside rows asked about.

    A note beside a row that nobody asked about is a note, and no explanation.
    """
    noted = any(appendix.notes for appendix in appendices)
    said = [*_in_text(text), *(_in_notes(appendices, findings) if noted else ())]
    return tuple(dict.fromkeys(said))[:EXPLANATIONS_AT_MOST]


def _in_text(text: str) -> Iterator[Explanation]:
    for found in _LINE.finditer(unicodedata.normalize("NFC", text)):
        form, rule, words = _code(found[1]), _code(found[2]) or "", found[3]
        if _EXAMPLE.fullmatch(words.strip()):
            continue  # the example of our own letter, quoted without a mark
        own = rule.partition(".")[0]
        named = form or (own if own.startswith("PL") else None)
        yield Explanation(named, rule, None, words.strip()[:LONGEST])


def _code(written: str | None) -> str | None:
    """A form or rule as the round writes it, from "pl 02.3"."""
    return None if written is None else "".join(written.split()).upper()


def _in_notes(
    appendices: Collection[Appendix], findings: Iterable[Finding]
) -> Iterator[Explanation]:
    roots, asked = RootCells(appendices), set[tuple[str | None, str | None]]()
    for finding in findings:
        if finding.state is FindingState.FAIL and explainable(finding):
            asked.add((finding.form, finding.indicator))
            root = roots.key(finding)
            asked |= {root[:2]} if root else set()
    for appendix in appendices:
        for indicator, words in appendix.notes:
            if (appendix.form, indicator) in asked and words.strip():
                yield Explanation(appendix.form, None, indicator, words.strip()[:LONGEST])
