"""One message from bytes to `Parsed`: the order of the stages inside the worker.

    decode | unpack | open workbooks | recognise | read | gather_clues | triage |
    gather_requests | check_ahead

Every step is pure but the opening of workbooks and documents. That and the opening of
containers are announced first, so that the daemon knows what killed a child.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.adapters.workbook_reading.document_forms import DocumentForms, in_their_roles
from pipeline.adapters.workbook_reading.document_text import (
    PortableReader,
    ReadDocument,
    read_word,
)
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.adapters.worker.check_ahead import check_ahead
from pipeline.domain.mail.archive import Opener
from pipeline.domain.mail.message import Attachment, Part, Role
from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.form import Appendix
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.questions.request import Request
from pipeline.domain.reading.alias import NO_ALIASES, Aliases
from pipeline.domain.reading.persons_table import persons_listed
from pipeline.domain.reading.sheet import UnreadableWorkbookError, Workbook
from pipeline.domain.senders.letterhead import letterhead_of
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.verdict import Parsed
from pipeline.stages.decode import decode
from pipeline.stages.gather_clues import gather_clues
from pipeline.stages.gather_requests import gather_requests
from pipeline.stages.read import read_forms
from pipeline.stages.recognise import recognise
from pipeline.stages.triage import Inside, triage
from pipeline.stages.unpack import Unpacked, unpack

Reader = Callable[[bytes, str], ReadDocument]
DOCUMENT_ROLES = frozenset({Role.DOCUMENT, Role.NARRATIVE})
# Holds whose rows are not copied: state secrets, personal data.
NOT_COPIED = frozenset({"state-secret", "persons-listed"})
CONTENT_ROLES = frozenset({Role.WORKBOOK, Role.DOCUMENT, Role.NARRATIVE, Role.SCAN})


@dataclass(frozen=True, slots=True)
class _Files:
    """What the files of a mail hold: forms by round, letterheads, findings.

    `documents` hold forms, or should have; `prose`: one is a report as well.
    """

    appendices: tuple[tuple[str, Appendix], ...]
    letterheads: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    documents: frozenset[str]
    prose: bool
    requests: tuple[Request, ...]
    words: str


@dataclass(frozen=True, slots=True)
class MessageParser:
    """Reads messages of one province's `aliases`; lives in the worker child."""

    rounds: tuple[PlanRound, ...]
    gazetteer: Gazetteer
    own_addresses: frozenset[str] = frozenset()
    trusted_authserv_ids: tuple[str, ...] = ()
    openers: Mapping[str, Opener] = field(default_factory=dict)
    aliases: Aliases = NO_ALIASES

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
        unpacked = unpack(
            decoded.parts, self.openers, announce=opening, given_up=given_up or {}
        )
        files = self._read_files(unpacked, given_up or {}, opening)
        attachments = in_their_roles(unpacked.attachments, files.documents)
        plan_round = self._main_round(files)
        appendices = tuple(a for name, a in files.appendices if name == plan_round)
        clues = gather_clues(
            decoded.envelope, unpacked.attachments, files.letterheads, self.gazetteer
        )
        sorted_out = triage(
            decoded,
            unpacked.attachments,
            Inside(
                forms=bool(appendices),
                clues=bool(clues),
                stamped=[line for line, _ in files.letterheads],
                persons=any(f.code == "persons-listed" for f in files.findings),
            ),
            spam_folder=spam_folder,
        )
        requests = gather_requests(decoded.envelope, sorted_out.triage.kind, files.requests)
        words = files.words
        if sorted_out.triage.reason in NOT_COPIED:
            appendices, requests, words = (), (), ""
        return Parsed(
            digest=digest,
            envelope=decoded.envelope,
            attachments=_with_problems(attachments, files.findings),
            triage=sorted_out.triage,
            clues=clues,
            round=plan_round,
            appendices=appendices,
            findings=(
                *unpacked.findings,
                *files.findings,
                *_without_form(unpacked.attachments, files),
                *self._of_other_rounds(files, plan_round),
                *sorted_out.findings,
            ),
            narrative=_any(attachments, Role.NARRATIVE) or files.prose,
            scan=_any(attachments, Role.SCAN),
            content_key=_content_key(unpacked.attachments),
            requests=requests,
            words=words,
            checked=check_ahead(self.rounds, self.gazetteer, plan_round, appendices, clues),
        )

    def _read_files(
        self,
        unpacked: Unpacked,
        given_up: Mapping[str, str],
        opening: Callable[[str], None],
    ) -> _Files:
        known = {attachment.path: attachment for attachment in unpacked.attachments}
        appendices: list[tuple[str, Appendix]] = []
        letterheads: list[tuple[str, str]] = []
        findings: list[Finding] = []
        written: list[Part] = []
        for part in unpacked.parts:
            about = known.get(part.path)
            role = about.role if about else None
            if part.path in given_up:
                code = given_up[part.path]
                findings.append(Finding(code, Severity.FATAL, path=part.path))
            elif role in DOCUMENT_ROLES:
                written.append(part)
            elif about and role is Role.WORKBOOK:
                opening(part.path)
                workbook = _open(part, about.type, findings)
                if workbook is not None:
                    letterheads.extend(letterhead_of(workbook))
                    appendices.extend(self._forms_of(workbook, findings))
        told = letterheads, findings
        found = self._read_documents((written, known), appendices, told, opening)
        if not (appendices or found.appendices):
            found.note_unread(unpacked.attachments)
        return _Files(
            appendices=(*appendices, *found.appendices),
            letterheads=tuple(letterheads),
            findings=(*findings, *found.findings),
            documents=frozenset(found.holders),
            prose=bool(found.prose),
            requests=tuple(found.requests),
            words=found.text,
        )

    def _read_documents(
        self,
        documents: tuple[Sequence[Part], Mapping[str, Attachment]],
        appendices: Sequence[tuple[str, Appendix]],
        told: tuple[list[tuple[str, str]], list[Finding]],
        opening: Callable[[str], None],
    ) -> DocumentForms:
        """What the documents bring that no workbook of the mail does.

        Reading the tables of a PDF is slow, and beside a workbook it is the signed copy:
        that is only done when nothing else gave a form; else its words are taken.
        `documents` are told of by path; `told` takes letterheads and findings.
        """
        parts, known = documents
        letterheads, findings = told
        given = {(name, a.form) for name, a in appendices}
        found = DocumentForms(self.rounds, given, self.aliases)

        def opened(kind: str, read: Reader) -> Iterator[ReadDocument]:
            for part in parts:
                if known[part.path].type == kind:
                    opening(part.path)
                    document = read(part.data, part.path)
                    letterheads.extend((line, part.path) for line in document.lines)
                    persons = persons_listed(document.workbook)
                    findings.extend(persons)
                    if not persons:
                        yield document

        found.take(opened("docx", read_word))
        if not (appendices or found.appendices):
            found.take(opened("pdf", PortableReader().read))
        else:
            found.overhear(opened("pdf", PortableReader().listen))
        return found

    def _forms_of(
        self, workbook: Workbook, findings: list[Finding]
    ) -> Iterator[tuple[str, Appendix]]:
        persons = persons_listed(workbook)
        if persons:  # nothing of such a file is quoted either
            findings.extend(persons)
            return
        recognised = recognise(workbook, self.rounds, self.aliases)
        findings.extend(recognised.findings)
        rounds = {plan_round.id: plan_round for plan_round in self.rounds}
        for match, appendix, found in read_forms(recognised.forms, rounds):
            findings.extend(found)
            yield match.round, appendix

    def _main_round(self, files: _Files) -> str | None:
        """The round most forms belong to; None when there is no form."""
        votes = Counter(name for name, _ in files.appendices)
        return votes.most_common(1)[0][0] if votes else None

    def _of_other_rounds(self, files: _Files, main: str | None) -> Iterator[Finding]:
        """A finding on each form that is left out because most are of another round."""
        years = {plan_round.id: str(plan_round.plan_year) for plan_round in self.rounds}
        for name, appendix in files.appendices:
            if main is not None and name != main:
                yield Finding(
                    "wrong-round",
                    Severity.QUERY,
                    path=appendix.path,
                    sheet=appendix.sheet,
                    found=years[name],
                    expected=years[main],
                )


def _any(attachments: Iterable[Attachment], role: Role) -> bool:
    return any(attachment.role is role for attachment in attachments)


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


def _open(part: Part, kind: str, findings: list[Finding]) -> Workbook | None:
    """The workbook of a part; a finding in its place when it gives no cells."""
    try:
        return open_workbook(part.data, part.path, kind)
    except UnreadableWorkbookError as error:
        findings.append(Finding(error.code, Severity.FATAL, path=part.path))
    except MemoryError:
        findings.append(Finding("too-big", Severity.FATAL, path=part.path))
    return None


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
