"""Forms that a province typed into a document: counted where no workbook brings them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pipeline.adapters.workbook_reading.document_text import ReadDocument
from pipeline.domain.mail.message import Attachment, Role
from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.form import Appendix
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.questions.passage import recommended
from pipeline.domain.questions.request import Request, RequestKind
from pipeline.domain.reading.alias import NO_ALIASES, Aliases
from pipeline.domain.reading.appendix_name import promises_appendix
from pipeline.stages.read import read_forms
from pipeline.stages.recognise import recognise

# A report shows extracts of a form: a table that is sent as one has most of its rows.
_MOST_OF_IT = 0.5
LONGEST_TEXT = 60_000
"""Characters kept of the documents of one mail: some thirty pages."""
_TABLES_READ = frozenset(("docx", "pdf"))


@dataclass(slots=True)
class DocumentForms:
    """What the documents of a mail bring besides its workbooks.

    `given` are (round, form) that are there already: a document's copy of them is left
    aside. `holders` are documents that hold forms or are called so, `prose` those that
    are a report too; `requests` are what documents recommend, `words` their paragraphs.
    """

    rounds: tuple[PlanRound, ...]
    given: set[tuple[str, str]]
    aliases: Aliases = NO_ALIASES
    appendices: list[tuple[str, Appendix]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    holders: set[str] = field(default_factory=set)
    prose: set[str] = field(default_factory=set)
    requests: list[Request] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The running text of the documents, as much of it as is kept for search."""
        return "\n".join(self.words)[:LONGEST_TEXT]

    def take(self, documents: Iterable[ReadDocument]) -> None:
        """Read the forms of documents of equal standing: a signed copy comes after."""
        brought: set[tuple[str, str]] = set()
        for document in documents:
            brought.update(self._forms_of(document))
            self.words.extend(document.body)
            said = recommended(document.body)
            if said is not None:
                kind = RequestKind.RECOMMENDATION
                self.requests.append(Request(kind, document.path, said))
        self.given |= brought

    def overhear(self, documents: Iterable[ReadDocument]) -> None:
        """What documents beside the forms say; of a copy of another nothing twice."""
        asked = bool(self.requests)
        for document in documents:
            self.words.extend(document.body)
            said = None if asked else recommended(document.body)
            if said is not None:
                kind = RequestKind.RECOMMENDATION
                self.requests.append(Request(kind, document.path, said))

    def _forms_of(self, document: ReadDocument) -> Iterator[tuple[str, str]]:
        """The forms a document brings; its other tables are its own affair."""
        if not document.tables:
            return
        found = recognise(document.workbook, self.rounds, self.aliases).forms
        matches = [match for match in found if match.confidence >= _MOST_OF_IT]
        if matches:
            self.holders.add(document.path)
            if document.is_prose:
                self.prose.add(document.path)
        rounds = {plan_round.id: plan_round for plan_round in self.rounds}
        for match, appendix, told in read_forms(matches, rounds):
            if (match.round, match.form) not in self.given:
                self.appendices.append((match.round, appendix))
                self.findings.extend(told)
                yield match.round, match.form

    def note_unread(self, attachments: Iterable[Attachment]) -> None:
        """A finding on each document that is called an appendix and gave no form.

        For a mail without any form: otherwise nobody would hear that it was not read.
        """
        for attachment in attachments:
            named = attachment.role is Role.NARRATIVE and promises_appendix(attachment.name)
            if named and attachment.problem is None and attachment.path not in self.holders:
                readable = attachment.type in _TABLES_READ
                code = "form-unrecognised" if readable else "unsupported-type"
                severity = Severity.ERROR if readable else Severity.FATAL
                kind = None if readable else attachment.type
                path = attachment.path
                self.findings.append(Finding(code, severity, path=path, found=kind))
                self.holders.add(attachment.path)


def in_their_roles(
    attachments: Sequence[Attachment], documents: frozenset[str]
) -> tuple[Attachment, ...]:
    """The attachments, those called documents that hold forms, or should have."""
    return tuple(
        replace(a, role=Role.DOCUMENT) if a.path in documents else a for a in attachments
    )
