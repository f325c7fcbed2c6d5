"""Triage: what kind of message this is, and whether its headers forbid an answer."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.domain.mail.body_text import own_words
from pipeline.domain.mail.file_path import extension
from pipeline.domain.mail.message import Attachment, Decoded, Envelope, Kind, Role, Triage
from pipeline.domain.mail.robot_marks import (
    REPORT_TYPES,
    is_bounce_subject,
    is_daemon,
    is_own_message_id,
    may_be_bounce_subject,
    may_be_robot_subject,
)
from pipeline.domain.plan.explanation import without_explanations
from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.writing.text import match_key

_CANDIDATES = frozenset((Role.WORKBOOK, Role.NARRATIVE, Role.SCAN, Role.CONTAINER))
_DATA = frozenset((Role.WORKBOOK, Role.CONTAINER))
_NO_RETURN = frozenset(
    (
        *("p7s", "sig", "asc", "pgp", "ics", "vcf", "wmf", "emf", "wmz", "emz", "ttf"),
        *("mp3", "mp4", "wav", "avi", "mov", "wmv", "exe", "dll", "lnk", "scr", "ico"),
    )
)
_OFTEN_EMPTY = frozenset(("txt", "htm", "html", "xml", "css", "png", "gif", "jpg", "bmp"))
# Marks that a robot alone sets; N05, N11, N12 and N15 also come on people's mail.
_ROBOT = frozenset(("N02", "N03", "N04", "N06", "N08", "N10"))
# Match keys ("y" as "i").
_RETURN = re.compile(
    r"\b(?:phu luc|pl ?\d|bieu (?:so|mau)|so lieu|bao cao|ke hoach (?:nam )?20\d\d"
    r"|kh 20\d\d|2364|thuiet minh|danh gia)\b"
)
_ASKS = re.compile(
    r"\b(?:kien nghi|xin hoi|hoi (?:ve|y kien|i kien)|cho hoi|huong dan|giai dap|vuong mac"
    r"|xin i kien|cho biet|xin cho|de nghi (?:bo|vu|quy|qui|trung uong|huong|tra|giai|cho"
    r"|xem|cung|gui|bo sung|som|can|ho tro|sua|dieu)|de xuat|thac mac|lam the nao"
    r"|nhu the nao|co phai|bao gio|khi nao|xin gia han|gia han|the nao|ra sao|bi loi"
    r"|khong mo duoc|khong hieu|question|please advise|could iou|can iou)\b"
)
_ENCLOSES = re.compile(
    r"\b(?:(?:gui|nop|chuien)\b.{0,80}?\bkem|dinh kem|(?:file|tep) kem)\b", re.DOTALL
)
_THANKS = re.compile(r"\b(?:cam on|da nhan)\b")
_STAMPED = "MẬT"
# The stamp stands alone, in capitals.
_STAMP = re.compile(
    rf"(?:^|[\n\[(|])[ \t]*(?:ĐỘ[ \t]+)?(?:TỐI |TUYỆT )?{_STAMPED}[ \t]*(?:$|[\n\])|])"
)


@dataclass(frozen=True, slots=True)
class Sorted:
    """A message sorted: its triage, and findings on what came instead of a workbook."""

    triage: Triage
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Inside:
    """What was found in the files of a message.

    `clues`: something names a province; `stamped` are lines where a stamp of secrecy may
    stand; `persons`: a file lists persons with their numbers.
    """

    forms: bool
    clues: bool
    stamped: Sequence[str] = ()
    persons: bool = False


@dataclass(frozen=True, slots=True)
class _Post:
    """A message on the table."""

    decoded: Decoded
    attachments: Sequence[Attachment]
    inside: Inside
    spam_folder: bool

    @property
    def envelope(self) -> Envelope:
        return self.decoded.envelope


def triage(
    decoded: Decoded,
    attachments: Sequence[Attachment],
    inside: Inside,
    *,
    spam_folder: bool = False,
) -> Sorted:
    """The kind of a message, with the reason that sets it aside.

    A recognised form makes a submission whatever the headers say: they only stop the
    letter (`suppressed`). A stamp of secrecy or a list of persons does both. A link or
    a scan in the place of a workbook is a fatal finding.
    """
    post = _Post(decoded, attachments, inside, spam_folder)
    sorted_out = _sorted(post)
    instead = _substitutes(post) if sorted_out.kind is Kind.SUBMISSION else ()
    return Sorted(sorted_out, tuple(instead))


def _sorted(post: _Post) -> Triage:
    suppressed = _suppressed(post)
    if _is_secret(post):
        return Triage(Kind.SUBMISSION, "state-secret", "N20")
    if post.inside.persons:
        return Triage(Kind.SUBMISSION, "persons-listed", "N20")
    if post.inside.forms:
        reason = "hidden-attachment" if post.decoded.hidden_attachment else None
        return Triage(Kind.SUBMISSION, reason, suppressed)
    kind, reason = _machine(post) or _human(post)
    return Triage(kind, reason, suppressed)


def _substitutes(post: _Post) -> Iterator[Finding]:
    """Findings on what was sent in the place of a workbook; none beside a form."""
    if post.inside.forms or any(one.role in _DATA for one in post.attachments):
        return
    for link in post.decoded.links[:5]:
        yield Finding("link-only", Severity.FATAL, found=link[:200])
    for one in post.attachments:
        if one.role is Role.SCAN and one.problem is None:
            yield Finding("scan-only", Severity.FATAL, path=one.path)
    if _lacks_what_it_encloses(post):
        yield Finding("attachment-missing", Severity.FATAL)


def _suppressed(post: _Post) -> str | None:
    """The first code that forbids a letter; N07 alone does not on a mail with files."""
    marks = sorted(_marks(post))
    if marks == ["N07"] and (post.inside.forms or _has_candidates(post)):
        marks = []
    if post.spam_folder and "N15" not in marks:
        marks.append("N15")
    return min(marks, default=None)


def _marks(post: _Post) -> frozenset[str]:
    """The marks of the headers; a doubtful subject is one where no figures came."""
    marks = frozenset(post.envelope.marks)
    if post.inside.forms or _has_candidates(post, _DATA):
        return marks
    doubtful = may_be_robot_subject(post.envelope.subject)
    return marks | {"N10"} if doubtful else marks


def _machine(post: _Post) -> tuple[Kind, str] | None:
    """The kind of what no person wrote to us, None when somebody may have."""
    marks = _marks(post)
    if _is_report(post.envelope):
        return Kind.BOUNCE, "bounce"
    if "N09" in marks and not _is_echo(post.envelope, marks):
        return Kind.OWN, "own"
    return _robot(post, marks)


def _is_echo(envelope: Envelope, marks: frozenset[str]) -> bool:
    """Whether a robot of theirs answered a letter of ours."""
    answers = any(map(is_own_message_id, envelope.in_reply_to))
    return bool(answers and marks & _ROBOT) and not is_own_message_id(envelope.message_id)


def _robot(post: _Post, marks: frozenset[str]) -> tuple[Kind, str] | None:
    """The kind of a mail that shows a robot's marks, unless it carries a return."""
    if marks & _ROBOT and not _may_be_return(post, _DATA):
        listed = "N05" in marks and not marks & {"N03", "N10"}
        if _is_bounce(post.envelope):
            return Kind.BOUNCE, "bounce"
        return (Kind.LIST, "list") if listed else (Kind.AUTO_REPLY, "auto-reply")
    if _may_be_return(post, _CANDIDATES):
        return None
    if "N05" in marks:
        return Kind.LIST, "list"
    return (Kind.SPAM, "spam") if post.spam_folder or "N15" in marks else None


def _is_report(envelope: Envelope) -> bool:
    """A delivery report by its form; a receipt or an abuse report is one too."""
    return envelope.content_type in REPORT_TYPES or "N04" in envelope.marks


def _is_bounce(envelope: Envelope) -> bool:
    local = (envelope.sender or "").partition("@")[0]
    nameless = envelope.sender is None and "N08" in envelope.marks
    subject = envelope.subject
    told = is_bounce_subject(subject) or may_be_bounce_subject(subject)
    return is_daemon(local) or nameless or told


def _human(post: _Post) -> tuple[Kind, str | None]:
    """The kind of what a person may have written, without a recognised form.

    Any file that may hold figures makes a submission: who sent it is judged later,
    with the registry, and nothing is dropped unseen.
    """
    if post.decoded.hidden_attachment:
        return Kind.SUBMISSION, "hidden-attachment"
    if _has_candidates(post) and not _only_asks(post):
        return Kind.SUBMISSION, None
    if any(_is_riddle(one) for one in post.attachments):
        return Kind.SUBMISSION, "hidden-attachment"
    return _words(post)


def _words(post: _Post) -> tuple[Kind, str | None]:
    """The kind of words without a file.

    Explanations, a question, a return whose files were forgotten, or nothing for us.
    """
    rest = without_explanations(_own_text(post))
    if rest is not None and not _asks(rest):  # the subject is that of our letter
        return Kind.SUBMISSION, None
    if _asks(rest or _own_text(post)) or _asks(post.envelope.subject):
        return Kind.QUESTION, "question"
    if _lacks_what_it_encloses(post):
        return Kind.SUBMISSION, None
    return Kind.OTHER, "no-content"


def _lacks_what_it_encloses(post: _Post) -> bool:
    """Whether a mail says that a return is enclosed, and nothing is.

    Thanks for what somebody else enclosed are none.
    """
    if post.decoded.hidden_attachment or _has_candidates(post):
        return False
    text = _own_text(post)
    words = match_key(text)
    said = _ENCLOSES.search(words)
    if said is None or _THANKS.search(words, 0, said.start()):
        return False
    about = _RETURN.search(match_key(f"{post.envelope.subject} {text}"))
    return about is not None and without_explanations(text) is None


def _has_candidates(post: _Post, roles: frozenset[Role] = _CANDIDATES) -> bool:
    return bool(post.decoded.links) or any(one.role in roles for one in post.attachments)


def _is_riddle(attachment: Attachment) -> bool:
    """Whether neither bytes nor name say what a file is: a return may be lost in it."""
    ending = extension(attachment.name)
    if attachment.type == "empty":
        return ending not in _NO_RETURN | _OFTEN_EMPTY
    return attachment.type == "unknown" and ending not in _NO_RETURN


def _may_be_return(post: _Post, roles: frozenset[Role]) -> bool:
    """Whether files of these roles, and the words around them, speak of a return."""
    if not _has_candidates(post, roles):
        return False
    names = " ".join(one.name for one in post.attachments[:50])
    words = match_key(f"{post.envelope.subject} {names}")
    return post.inside.clues or _RETURN.search(words) is not None


def _only_asks(post: _Post) -> bool:
    """A question with a letter attached: no data, and nothing that speaks of a return."""
    if _has_candidates(post, _DATA) or _RETURN.search(match_key(post.envelope.subject)):
        return False
    return _asks(post.envelope.subject) or _asks(_own_text(post))


def _own_text(post: _Post) -> str:
    return own_words(post.envelope.text)[:5000]


def _asks(text: str) -> bool:
    without_links = re.sub(r"https?://\S+", " ", text)
    return "?" in without_links or _ASKS.search(match_key(without_links)) is not None


def _is_secret(post: _Post) -> bool:
    """Whether the stamp of a state secret stands on the mail or one of its files."""
    names = (one.name.rpartition(".")[0] for one in post.attachments[:50])
    # asked first for the word itself: hundreds of lines do not have it
    return any(_STAMPED in text and _STAMP.search(text) for text in _stampable(post, names))


def _stampable(post: _Post, names: Iterator[str] | Sequence[str]) -> Iterator[str]:
    yield post.envelope.subject
    yield post.envelope.text
    yield from post.inside.stamped
    yield from (name.replace("_", "|") for name in names)
