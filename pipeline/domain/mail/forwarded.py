"""The original sender of a forwarded mail, out of the block that mail programs write."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.domain.writing.text import match_key

MAX_LINES = 600
MAX_SENDERS = 5
_ADDRESS = re.compile(r"[a-z0-9_.+&'=/#-]{1,64}@[a-z0-9.-]{3,200}", re.IGNORECASE)
_SENDER = re.compile(r"[\s>*]*(?:from|từ|người gửi)\s*\*?:\s*\*?(.{3,400})", re.IGNORECASE)
_NEXT = re.compile(
    r"[\s>*]*(?:sent|date|to|subject|cc|ngày|ngày gửi|đã gửi|gửi|gửi lúc|thời gian|đến|tới"
    r"|người nhận|chủ đề|tiêu đề)\s*\*?:",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(
    r"\s*(?:fwd?|chuyển tiếp|chuyen tiep|ct|i)\s*:", re.IGNORECASE
)
# Match keys of the line above a block.
_FORWARD_LINE = re.compile(
    r"(?:begin )?forwarded message|(?:bat dau )?(?:thu|tin nhan) (?:da |duoc )?chuien tiep"
    r"|chuien tiep|forwarded bi .{0,80}|forwarded mail"
)
_ORIGINAL_LINE = re.compile(r"original (?:message|mail)|(?:thu|tin nhan) goc")


@dataclass(frozen=True, slots=True)
class Original:
    """A sender that a forwarded block names: address (may be empty) and shown name."""

    address: str
    name: str


def original_senders(subject: str, text: str) -> tuple[Original, ...]:
    """Who wrote the mails that this one forwards, outermost first.

    A block without a forward's own heading counts only under a forward's subject:
    answers quote in the same way.
    """
    forwards = _FORWARD_SUBJECT.match(subject) is not None
    found = dict.fromkeys(_blocks(text.split("\n")[:MAX_LINES], forwards=forwards))
    return tuple(found)[:MAX_SENDERS]


def _blocks(lines: list[str], *, forwards: bool) -> Iterator[Original]:
    headed = 0
    for number, line in enumerate(lines):
        key = match_key(line[:120])
        if _FORWARD_LINE.fullmatch(key) or (forwards and _ORIGINAL_LINE.fullmatch(key)):
            headed = 8
        shape = _SENDER.fullmatch(line.rstrip()[:420])
        if shape is not None and (headed or (forwards and _goes_on(lines, number))):
            yield _original(shape[1])
            headed = 0
        headed = max(0, headed - 1)


def _goes_on(lines: list[str], number: int) -> bool:
    """Whether a sender's line begins a block: a date, recipient or subject follows."""
    return any(_NEXT.match(line[:200]) for line in lines[number + 1 : number + 4])


def _original(value: str) -> Original:
    address = _ADDRESS.search(value)
    name = re.split(r"[<\[(]", value)[0].strip(" \"'*")
    return Original(address[0].lower().rstrip(".") if address else "", name[:200])
