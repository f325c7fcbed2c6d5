"""What a province explains instead of mending: `GT PL02.3: ...`, or in the workbook."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.form import Appendix

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
_EXAMPLE = re.compile(r"(?:\.{2,}|…|(?:nêu )?(?:lý do|nguyên nhân))\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A province's words on a rule of a form, or on a row of the correction workbook."""

    form: str | None
    rule: str | None
    indicator: str | None
    text: str


def explanations_of(
    text: str, appendices: Iterable[Appendix], findings: Iterable[Finding]
) -> tuple[Explanation, ...]:
    """What a mail explains: lines of its own text, and notes beside rows asked about.

    A note beside a row that nobody asked about is a note, and no explanation.
    """
    said = [*_in_text(text), *_in_notes(appendices, findings)]
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
    appendices: Iterable[Appendix], findings: Iterable[Finding]
) -> Iterator[Explanation]:
    asked = {
        (finding.form, finding.indicator)
        for finding in findings
        if finding.state is FindingState.FAIL
        and (finding.severity.blocks or finding.severity is Severity.QUERY)
    }
    for appendix in appendices:
        for indicator, words in appendix.notes:
            if (appendix.form, indicator) in asked and words.strip():
                yield Explanation(appendix.form, None, indicator, words.strip()[:LONGEST])
