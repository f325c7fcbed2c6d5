"""Unpack: every file out of every container, recursively, under one budget."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from pipeline.domain.errors import LimitError
from pipeline.domain.mail.archive import (
    ArchiveError,
    Budget,
    Member,
    Opener,
    is_crowded,
    open_gzip,
    open_tar,
    open_zip,
)
from pipeline.domain.mail.file_path import extension, member_path, unique_path
from pipeline.domain.mail.file_role import has_macros, problem_of, role_of
from pipeline.domain.mail.file_type import sniff
from pipeline.domain.mail.mail_files import files_of, hints_in
from pipeline.domain.mail.message import Attachment, Part, Role
from pipeline.domain.mail.mime_tree import read_tree
from pipeline.domain.mail.robot_marks import OWN_MESSAGE_ID_BYTES
from pipeline.domain.mail.tnef import open_tnef
from pipeline.domain.plan.finding import Finding, Severity

MAX_DEPTH = 5
_OFFICE_NAMES = frozenset(
    ("xlsx", "xlsm", "xlsb", "ods", "docx", "docm", "odt", "pptx", "numbers", "pages")
)
_MIME_FIELD = re.compile(rb"(?im)^content-(?:type|transfer)[a-z-]*[ \t]*:")
_NOTHING: Mapping[str, str] = {}
_NO_OPENERS: Mapping[str, Opener] = {}


@dataclass(frozen=True, slots=True)
class Unpacked:
    """All files of a mail.

    `parts` are the leaves that may be read, with their bytes and full path;
    `attachments` describe every file and container in document order; `findings` say
    what could not be opened.
    """

    parts: tuple[Part, ...]
    attachments: tuple[Attachment, ...]
    findings: tuple[Finding, ...]


def unpack(
    parts: tuple[Part, ...],
    openers: Mapping[str, Opener] = _NO_OPENERS,
    *,
    announce: Callable[[str], None] = lambda path: None,
    given_up: Mapping[str, str] = _NOTHING,
) -> Unpacked:
    """Open every container. Never raises; what stays shut is a finding.

    `openers` add container types (rar, 7z, msg) that need a library. `announce` hears
    the path of the container whose bytes are read next; those in `given_up` (path to
    finding code) are left alone.
    """
    work = _Unpacking({**_OWN_OPENERS, **openers}, announce, given_up)
    for part in parts:
        work.visit(part, 0)
    return Unpacked(tuple(work.parts), tuple(work.attachments), tuple(work.findings))


def _open_mail(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """The files of a saved mail; the hint of a lost one makes it unreadable."""
    try:
        tree = read_tree(data, OWN_MESSAGE_ID_BYTES)
    except LimitError as error:
        raise ArchiveError("too-big") from error
    for part in files_of(tree):
        budget.member()
        budget.take(part.data, len(part.data), len(data))
        yield Member(part.path, part.data)
    if any(hints_in(tree)):
        raise ArchiveError("unreadable-file")


_OWN_OPENERS: Mapping[str, Opener] = {
    "zip": open_zip,
    "tar": open_tar,
    "gz": open_gzip,
    "tnef": open_tnef,
    "eml": _open_mail,
}
_CONTAINERS = frozenset({*_OWN_OPENERS, "rar", "7z", "msg"})
# A mail without a file is nothing wrong; an archive without one is.
_MAILS = frozenset({"eml", "tnef", "msg"})


@dataclass(slots=True)
class _Unpacking:
    """One mail being unpacked."""

    openers: Mapping[str, Opener]
    announce: Callable[[str], None]
    given_up: Mapping[str, str]
    announced: str | None = None
    budget: Budget = field(default_factory=Budget)
    parts: list[Part] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)

    def visit(self, part: Part, depth: int) -> None:
        """Take in one file, and what is inside it."""
        if is_crowded(part.data):
            self.attachments.append(_described(part, "zip", Role.CONTAINER, "too-big"))
            self._fault("too-big", part.path)
            return
        kind = _kind_of(part)
        if kind in _CONTAINERS and not _only_looks_packed(kind, part):
            self._container(part, kind, depth)
        else:
            self._leaf(part, kind)

    def _container(self, part: Part, kind: str, depth: int) -> None:
        """Note a container before its members; the first trouble is its problem."""
        place = len(self.attachments)
        troubles: list[str] = []
        count = 0
        try:
            for member in self._told(part, self._members(part, kind, depth)):
                count += 1
                if member.problem is None:
                    self.visit(self._inner(part, member), depth + 1)
                elif member.problem not in troubles:
                    troubles.append(member.problem)
        except ArchiveError as error:
            troubles.append(error.code)
        if not count and not troubles and kind not in _MAILS:
            troubles.append("empty-file")
        problem = troubles[0] if troubles else None
        self.attachments.insert(place, _described(part, kind, Role.CONTAINER, problem))
        for code in dict.fromkeys(troubles):
            self._fault(code, part.path)

    def _told(self, part: Part, members: Iterator[Member]) -> Iterator[Member]:
        """The members, with the container announced each time it is read on."""
        while True:
            if self.announced != part.path:
                self.announced = part.path
                self.announce(part.path)
            member = next(members, None)
            if member is None:
                return
            yield member

    def _members(self, part: Part, kind: str, depth: int) -> Iterator[Member]:
        if part.path in self.given_up:
            raise ArchiveError(self.given_up[part.path])
        if kind not in self.openers:
            raise ArchiveError("unsupported-type")
        if depth >= MAX_DEPTH:
            raise ArchiveError("too-big")
        return self.openers[kind](part.data, part.name, self.budget)

    def _inner(self, outer: Part, member: Member) -> Part:
        inside = member_path(member.name) or "file"
        path = unique_path(f"{outer.path}/{inside}", self.taken)
        name = inside.rpartition("/")[2]
        return Part(path, name, "", member.data, inline=outer.inline)

    def _leaf(self, part: Part, kind: str) -> None:
        role = role_of(kind, part.name, part.data, inline=part.inline)
        problem = problem_of(kind, role, part.data)
        self.attachments.append(_described(part, kind, role, problem))
        if problem is not None:
            self._fault(problem, part.path)
            return
        self.parts.append(part)
        if role in (Role.WORKBOOK, Role.NARRATIVE) and has_macros(part.data):
            self.findings.append(Finding("macro-present", Severity.INFO, path=part.path))

    def _fault(self, code: str, path: str) -> None:
        self.findings.append(Finding(code, Severity.FATAL, path=path))


def _kind_of(part: Part) -> str:
    """The type of a file; a saved mail may hold bytes that hide what it is."""
    kind = sniff(part.data, part.name)
    is_mail = extension(part.name) == "eml" or part.declared_type == "message/rfc822"
    return "eml" if is_mail and kind in ("unknown", "txt", "html", "csv") else kind


def _only_looks_packed(kind: str, part: Part) -> bool:
    """A damaged Office file still is a zip; a text may begin like a mail."""
    ending = extension(part.name)
    if kind == "zip":
        return ending in _OFFICE_NAMES
    if kind != "eml" or ending in ("eml", "mht", ""):
        return False
    return _MIME_FIELD.search(part.data[:16_384]) is None


def _described(part: Part, kind: str, role: Role, problem: str | None) -> Attachment:
    digest = sha256(part.data).hexdigest()
    return Attachment(part.path, part.name, kind, digest, len(part.data), role, problem)
