"""The parts of a message, found in its bytes: every leaf, and what no leaf claims.

The standard library's parser shows no attachment in more than half of the mails whose
MIME is broken on purpose, and needs minutes on others. This one works on bounded byte
ranges, guesses a lost boundary, and keeps what it could not place so that somebody can
look for a file in it (ADR: own MIME reading).
"""

import re
from dataclasses import dataclass, field

from pipeline.domain.errors import LimitError
from pipeline.domain.mail.file_type import sniff
from pipeline.domain.mail.header_text import Parameterised, parse_parameterised
from pipeline.domain.mail.mail_fields import Head, read_head
from pipeline.domain.mail.mime_delimiters import delimiters
from pipeline.domain.mail.transfer import undo

MAX_MESSAGE = 50 * 1024 * 1024
MAX_PARTS = 200
MAX_DEPTH = 10
_GUESS = re.compile(
    rb"^--([^\s-][^\r\n]{0,120}?)[ \t]*\r?\n(?=content-[a-z-]+[ \t]*:)",
    re.MULTILINE | re.IGNORECASE,
)
_LONE_RETURN = re.compile(rb"[!-9;-~]{1,100}:[^\r\n]*\r[!-9;-~]{1,100}:")
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+_-]*/[a-z0-9][a-z0-9.+_-]*")
_MESSAGES = frozenset({"message/rfc822", "message/global", "message/news"})
_PLAIN_CODING = ("", "7bit", "8bit", "binary")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part that holds no other: its bytes decoded, and where it stands.

    `inside` names the attached messages around it; `number` is its IMAP part number;
    `encoded` are the bytes as they came.
    """

    content_type: str
    name: str
    disposition: str
    charset: str
    number: str
    inside: tuple[str, ...]
    data: bytes
    encoded: bytes
    related: bool = False


@dataclass(frozen=True, slots=True)
class InnerMessage:
    """The header of the message itself (inside is empty) or of one attached to it."""

    inside: tuple[str, ...]
    head: Head


@dataclass(slots=True)
class Tree:
    """What a message holds, in document order. `unclaimed` are bytes in no leaf."""

    messages: list[InnerMessage] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    unclaimed: list[bytes] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an entity stands while the tree is walked."""

    data: bytes
    start: int
    end: int
    inside: tuple[str, ...] = ()
    number: str = ""
    depth: int = 0
    default_type: str = "text/plain"
    related: bool = False


def read_tree(data: bytes, skip_message: re.Pattern[bytes] | None = None) -> Tree:
    """Every part of a raw message.

    An attached message whose Message-ID matches `skip_message` is left out (our own
    letters come back in bounces). LimitError beyond the bounds of reliability.md.
    """
    if len(data) > MAX_MESSAGE:
        raise LimitError("the message is larger than 50 MB")
    data = _with_line_ends(data)
    tree = Tree()
    _Walk(tree, skip_message).message(_Place(data, 0, len(data)))
    return tree


def _with_line_ends(data: bytes) -> bytes:
    """A message whose lines end as mail's do: some gateways double or drop a sign."""
    if b"\n" not in data or _LONE_RETURN.match(data):
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    doubled = b"\r\r\n" in data[:2048]
    return data.replace(b"\r\r\n", b"\r\n") if doubled else data


class _Walk:
    """One walk over one message; counts the parts of all depths together."""

    def __init__(self, tree: Tree, skip_message: re.Pattern[bytes] | None) -> None:
        self._tree = tree
        self._skip = skip_message
        self._parts = 0

    def message(self, place: _Place) -> None:
        head = read_head(place.data, place.start, place.end)
        if place.depth and self._skip and self._skip.match(head.first("message-id")):
            return
        self._tree.messages.append(InnerMessage(place.inside, head))
        self._entity(place, head)

    def _part(self, place: _Place) -> None:
        self._entity(place, read_head(place.data, place.start, place.end))

    def _entity(self, place: _Place, head: Head) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise LimitError("more than 200 parts")
        if place.depth > MAX_DEPTH:
            raise LimitError("parts nested deeper than 10")
        self._tree.defects.extend(head.defects)
        kind = self._kind(head, place.default_type)
        self._tree.types.append(kind.value)
        if kind.value.startswith("multipart/"):
            self._multipart(place, head, kind)
        elif kind.value in _MESSAGES or _is_saved_mail(place, head, kind):
            self._attached_message(place, head, kind)
        elif not (place.depth == 0 and self._lost_multipart(place, head, kind)):
            self._leaf(place, head, kind)

    def _kind(self, head: Head, default: str) -> Parameterised:
        """The content type; of several that differ, a multipart is preferred."""
        fields = head.all("content-type")
        kinds = [parse_parameterised(one.value) for one in fields[:8]]
        good = [kind for kind in kinds if _TYPE.fullmatch(kind.value)]
        if len({kind.value for kind in kinds}) > 1 or len(good) < len(kinds):
            self._tree.defects.append("content-type")
        for kind in good:
            if kind.value.startswith("multipart/"):
                return kind
        if good:
            return good[0]
        parameters = kinds[0].parameters if kinds else {}
        return Parameterised(default, parameters)

    def _multipart(self, place: _Place, head: Head, kind: Parameterised) -> None:
        data, start, end = _undone(place, head)
        boundary = kind.parameters.get("boundary", "").partition('"')[0].rstrip()
        pieces = _split(data, start, end, boundary.encode("utf-8", "replace"))
        if pieces is None:
            self._tree.defects.append("boundary")
            guessed = _GUESS.search(data, start, end)
            pieces = _split(data, start, end, guessed[1]) if guessed else None
        if pieces is None:
            self._tree.unclaimed.append(data[start:end])
            return
        default = "message/rfc822" if kind.value == "multipart/digest" else "text/plain"
        self._tree.unclaimed.extend(data[a:b] for a, b in pieces.around)
        for count, (piece_start, piece_end) in enumerate(pieces.parts, 1):
            number = f"{place.number}.{count}" if place.number else str(count)
            related = place.related or kind.value == "multipart/related"
            self._part(
                _Place(
                    data, piece_start, piece_end, place.inside, number,
                    place.depth + 1, default, related,
                )
            )  # fmt: skip

    def _attached_message(self, place: _Place, head: Head, kind: Parameterised) -> None:
        data, start, end = _undone(place, head)
        name = _name(head, kind)[0] or f"mail/{place.number.rpartition('.')[2] or 1}"
        inside = (*place.inside, name)
        self.message(_Place(data, start, end, inside, "", place.depth + 1))

    def _lost_multipart(self, place: _Place, head: Head, kind: Parameterised) -> bool:
        """A message whose Content-Type was lost, though its body has parts."""
        if head.all("content-type") and "content-type" not in self._tree.defects:
            return False
        if _GUESS.search(place.data, head.body_at, place.end) is None:
            return False
        self._tree.defects.append("lost-multipart")
        self._multipart(place, head, Parameterised("multipart/mixed", {}))
        return True

    def _leaf(self, place: _Place, head: Head, kind: Parameterised) -> None:
        body = place.data[head.body_at : place.end]
        name, disposition = _name(head, kind)
        self._tree.leaves.append(
            Leaf(
                kind.value, name, disposition, kind.parameters.get("charset", ""),
                place.number or "1", place.inside, undo(body, _codings(head)), body,
                place.related,
            )
        )  # fmt: skip


def _name(head: Head, kind: Parameterised) -> tuple[str, str]:
    """(file name or empty, disposition) of a part."""
    disposition = parse_parameterised(head.first("content-disposition"))
    names = (disposition.parameters.get("filename"), kind.parameters.get("name"))
    given = [name for name in names if name]
    # Of two writings the one without replacement signs is the better reading.
    best = min(given, key=lambda name: name.count("\ufffd"), default="")
    return best, disposition.value


def _is_saved_mail(place: _Place, head: Head, kind: Parameterised) -> bool:
    """Whether a part is a mail that web mail attached as a file: by name and content."""
    name = _name(head, kind)[0]
    if place.depth == 0 or not name.lower().endswith(".eml"):
        return False
    body = place.data[head.body_at : place.end]
    return sniff(undo(body, _codings(head)), name) == "eml"


def _codings(head: Head) -> tuple[str, ...]:
    fields = head.all("content-transfer-encoding")[:4]
    return tuple(parse_parameterised(one.value).value for one in fields)


def _undone(place: _Place, head: Head) -> tuple[bytes, int, int]:
    """The body range of a part that should not be encoded but may be."""
    codings = [coding for coding in _codings(head) if coding not in _PLAIN_CODING]
    body = place.data[head.body_at : place.end] if codings else b""
    if not codings or re.search(rb"(?m)^--[^\r\n]+\r?$|^[A-Za-z-]+: ", body[:65536]):
        return place.data, head.body_at, place.end
    decoded = undo(body, tuple(codings))
    return decoded, 0, len(decoded)


@dataclass(frozen=True, slots=True)
class _Pieces:
    parts: tuple[tuple[int, int], ...]
    around: tuple[tuple[int, int], ...]


def _split(data: bytes, start: int, end: int, boundary: bytes) -> _Pieces | None:
    """The parts between delimiters, and the text before and after; None without any."""
    if not boundary.strip():
        return None
    parts: list[tuple[int, int]] = []
    around: list[tuple[int, int]] = []
    open_at: int | None = None
    at = start
    for count, found in enumerate(delimiters(data, boundary[:500], (start, end))):
        target = around if open_at is None else parts
        target.append((at, _line_end(data, at, found.begins)))
        at = min(found.ends + 1, end)
        open_at = None if found.closes else at
        if count > 2 * MAX_PARTS:
            raise LimitError("more than 200 parts")
    if not parts and open_at is None and len(around) == 0:
        return None
    (around if open_at is None else parts).append((at, end))
    return _Pieces(tuple(parts), tuple(around))


def _line_end(data: bytes, start: int, at: int) -> int:
    """The end of a part: the line break before a delimiter belongs to the delimiter."""
    if at > start and data[at - 1 : at] == b"\n":
        at -= 1
        if at > start and data[at - 1 : at] == b"\r":
            at -= 1
    return at
