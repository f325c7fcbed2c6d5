"""One message from bytes to `Parsed`: the order of the stages inside the worker.

    decode | unpack | open workbooks | recognise | read | gather_clues | triage

Every step is pure but the opening of workbooks and documents, which is announced first,
so that the daemon knows what killed a child.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.adapters.document_text import read_lines
from pipeline.adapters.workbook_reader import open_workbook
from pipeline.domain.finding import Finding, Severity
from pipeline.domain.form import Appendix
from pipeline.domain.message import Attachment, Part, Role
from pipeline.domain.plan_round import PlanRound
from pipeline.domain.province import Gazetteer
from pipeline.domain.sheet import Sheet, UnreadableWorkbookError, Workbook
from pipeline.domain.verdict import Parsed
from pipeline.stages.decode import decode
from pipeline.stages.gather_clues import gather_clues
from pipeline.stages.read import read_form
from pipeline.stages.recognise import recognise
from pipeline.stages.triage import triage
from pipeline.stages.unpack import unpack

LETTERHEAD_ROWS = 12
LETTERHEAD_LINES = 40
CONTENT_ROLES = frozenset({Role.WORKBOOK, Role.DOCUMENT, Role.NARRATIVE, Role.SCAN})


@dataclass(frozen=True, slots=True)
class _Files:
    """What the files of a mail hold: forms by round, letterheads, findings."""

    appendices: tuple[tuple[str, Appendix], ...]
    letterheads: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class MessageParser:
    """Reads messages against the open rounds; lives in the worker child."""

    rounds: tuple[PlanRound, ...]
    gazetteer: Gazetteer
    own_addresses: frozenset[str] = frozenset()
    trusted_authserv_ids: tuple[str, ...] = ()

    def parse(
        self,
        digest: str,
        data: bytes,
        *,
        spam_folder: bool = False,
        given_up: Mapping[str, str] | None = None,
        opening: Callable[[str], None] = lambda path: None,
    ) -> Parsed:
        """What a raw message says.

        `opening` hears the path of each file before it is opened; files in `given_up`
        (path to finding code) are left alone. LimitError when the mail is out of bounds.
        """
        decoded = decode(
            data,
            trusted_authserv_ids=self.trusted_authserv_ids,
            own_addresses=self.own_addresses,
        )
        unpacked = unpack(decoded.parts)
        roles = {attachment.path: attachment.role for attachment in unpacked.attachments}
        files = self._read_files(unpacked.parts, roles, given_up or {}, opening)
        plan_round = self._main_round(files)
        appendices = tuple(a for name, a in files.appendices if name == plan_round)
        clues = gather_clues(
            decoded.envelope, unpacked.attachments, files.letterheads, self.gazetteer
        )
        sorted_out = triage(
            decoded,
            unpacked.attachments,
            has_forms=bool(appendices),
            has_clues=bool(clues),
            spam_folder=spam_folder,
            stamped=[line for line, _ in files.letterheads],
        )
        return Parsed(
            digest=digest,
            envelope=decoded.envelope,
            attachments=_with_problems(unpacked.attachments, files.findings),
            triage=sorted_out.triage,
            clues=clues,
            round=plan_round,
            appendices=appendices,
            findings=(
                *unpacked.findings,
                *files.findings,
                *_without_form(unpacked.attachments, files),
                *sorted_out.findings,
            ),
            narrative=Role.NARRATIVE in roles.values(),
            scan=Role.SCAN in roles.values(),
            content_key=_content_key(unpacked.attachments),
        )

    def _read_files(
        self,
        parts: Iterable[Part],
        roles: Mapping[str, Role],
        given_up: Mapping[str, str],
        opening: Callable[[str], None],
    ) -> _Files:
        appendices: list[tuple[str, Appendix]] = []
        letterheads: list[tuple[str, str]] = []
        findings: list[Finding] = []
        for part in parts:
            role = roles.get(part.path)
            if part.path in given_up:
                code = given_up[part.path]
                findings.append(Finding(code, Severity.FATAL, path=part.path))
                continue
            if role in (Role.NARRATIVE, Role.DOCUMENT):
                opening(part.path)
                lines = read_lines(part.data, LETTERHEAD_LINES)
                letterheads.extend((line, part.path) for line in lines)
            if role is Role.WORKBOOK:
                opening(part.path)
                workbook = _open(part, findings)
                if workbook is not None:
                    letterheads.extend(_letterhead(workbook))
                    appendices.extend(self._forms_of(workbook, findings))
        return _Files(tuple(appendices), tuple(letterheads), tuple(findings))

    def _forms_of(
        self, workbook: Workbook, findings: list[Finding]
    ) -> Iterator[tuple[str, Appendix]]:
        recognised = recognise(workbook, self.rounds)
        findings.extend(recognised.findings)
        rounds = {plan_round.id: plan_round for plan_round in self.rounds}
        for match in recognised.forms:
            appendix, found = read_form(match, rounds[match.round])
            findings.extend(found)
            yield match.round, appendix

    def _main_round(self, files: _Files) -> str | None:
        """The round most forms belong to; None when there is no form."""
        votes = Counter(name for name, _ in files.appendices)
        return votes.most_common(1)[0][0] if votes else None


def _without_form(attachments: Iterable[Attachment], files: _Files) -> Iterator[Finding]:
    """A finding on each workbook that gave no form and of which nothing was said yet.

    Beside forms it is only told; alone it is why the mail is deficient.
    """
    told = {finding.path for finding in files.findings}
    told |= {appendix.path for _, appendix in files.appendices}
    severity = Severity.WARN if files.appendices else Severity.ERROR
    for attachment in attachments:
        silent = attachment.problem is None and attachment.path not in told
        if attachment.role is Role.WORKBOOK and silent:
            yield Finding("form-unrecognised", severity, path=attachment.path)


def _open(part: Part, findings: list[Finding]) -> Workbook | None:
    """The workbook of a part; a finding in its place when it gives no cells."""
    try:
        return open_workbook(part.data, part.path)
    except UnreadableWorkbookError as error:
        findings.append(Finding(error.code, Severity.FATAL, path=part.path))
    except MemoryError:
        findings.append(Finding("too-big", Severity.FATAL, path=part.path))
    return None


def _letterhead(workbook: Workbook) -> Iterator[tuple[str, str]]:
    """The texts at the top of each visible sheet, with where they stand."""
    for sheet in workbook.sheets:
        if not sheet.hidden:
            yield from ((text, f"{workbook.path}!{sheet.name}") for text in _top(sheet))


def _top(sheet: Sheet) -> Sequence[str]:
    top = [
        (place, cell.text)
        for place, cell in sheet.cells.items()
        if place[0] < LETTERHEAD_ROWS and cell.number is None
    ]
    return [text for _, text in sorted(top)][:LETTERHEAD_LINES]


def _with_problems(
    attachments: Sequence[Attachment], findings: Iterable[Finding]
) -> tuple[Attachment, ...]:
    """The attachments, each with the code of what is wrong with it as a file."""
    problems = {f.path: f.code for f in findings if f.severity is Severity.FATAL}
    return tuple(
        replace(a, problem=problems[a.path])
        if a.problem is None and a.path in problems
        else a
        for a in attachments
    )


def _content_key(attachments: Iterable[Attachment]) -> str | None:
    """Equal for two mails that carry the same files, whatever they are called."""
    hashes = sorted(a.sha256 for a in attachments if a.role in CONTENT_ROLES)
    if not hashes:
        return None
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()
