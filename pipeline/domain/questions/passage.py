"""Where a report recommends: the section under its heading, else single paragraphs."""

import re
from collections.abc import Iterator, Sequence

from pipeline.domain.questions.request import cut
from pipeline.domain.writing.text import compose, match_key

_LONGEST_HEADING = 120
_LINES_LOOKED_AT = 5_000
_PARAGRAPHS = 20
_NUMBERING = (
    re.compile(r"(?:PHẦN|Phần)\s+\S{1,6}\s*[.:)\-–]?\s*"),
    re.compile(r"[A-H]\s*[.)/\-–]\s*(?=\S)"),
    re.compile(r"[IVX]{1,5}\s*[.)/\-–:]\s*(?=\S)"),
    re.compile(r"\d{1,2}\s*[.)/\-–]\s*(?=[^\d\s])"),
    re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}\s*[.)/\-–]?\s*(?=\D)"),
)
"""How headings are numbered, the widest section first."""
_BULLET = re.compile(r"^(?:[-+*•–]|[a-zđ]\s*[.)])\s*")
# Match keys: "Kiến nghị", "Một số đề xuất, kiến nghị với Bộ", "Đề nghị Bộ".
_HEADING = re.compile(
    r"(?:(?:cac|mot so|nhung|noi dung|ve|phan|i kien) )*"
    r"(?:kien nghi|de xuat(?: va)? kien nghi|de nghi va kien nghi|de xuat voi bo"
    r"|de nghi bo)"
    r"(?! sung\b)(?: .*)?"
)
# In plain letters "bộ" and "bổ" are one: the marks decide here.
_ASKS_THE_MINISTRY = re.compile(
    r"(?:(?:sở|tỉnh|địa phương|ubnd tỉnh)\s+)?(?:kiến nghị|đề nghị|đề xuất)"
    r"(?: (?:với|lên|quý))?:? (?:bộ\b(?! phận)|chính phủ|trung ương|quốc hội|thủ tướng)"
)
_ENDS = re.compile(
    r"(?:tren dai la|noi nhan|kt giam doc|tl giam doc|giam doc|pho giam doc|tm uiban"
    r"|tran trong|kinh trinh|kinh de nghi)\b"
)
_NONE = frozenset(
    ("khong", "khong co", "khong co kien nghi", "khong co i kien", "khong kien nghi")
)


def recommended(lines: Sequence[str]) -> str | None:
    """What a report recommends, word for word and bounded; None where it does not.

    The section under the first heading that says so and has a text; without one, the
    paragraphs that begin by asking the ministry or those above it.
    """
    kept = [compose(line) for line in lines[:_LINES_LOOKED_AT]]
    for at, line in enumerate(kept):
        if _is_heading(line):
            said = list(_section(line, kept[at + 1 :]))
            if not _says_nothing(said):
                return cut("\n".join(said))
    asking = [line for line in kept if _ASKS_THE_MINISTRY.match(_bare(line).lower())]
    return cut("\n".join(asking[:_PARAGRAPHS])) if asking else None


def headed(lines: Sequence[str]) -> str | None:
    """As `recommended`, but only under a heading: a mail's courtesies are none."""
    marked = [line for line in lines if not _ASKS_THE_MINISTRY.match(_bare(line).lower())]
    return recommended(lines) if any(map(_is_heading, map(compose, marked))) else None


def _is_heading(line: str) -> bool:
    if not 0 < len(line) <= _LONGEST_HEADING:
        return False
    title, _, rest = _unnumbered(line).partition(":")
    if rest.strip() or title.rstrip().endswith((".", ";", "?")):
        return False
    return _HEADING.fullmatch(match_key(title)) is not None


def _section(heading: str, after: Sequence[str]) -> Iterator[str]:
    """The lines under a heading, up to the next one of its rank or the signature."""
    rank = _rank(heading)
    for line in after:
        if _ENDS.match(match_key(line)) or _begins_another(line, rank):
            return
        if line:
            yield line


def _begins_another(line: str, rank: int | None) -> bool:
    """Whether a line heads a section as wide as the one of `rank`, or wider."""
    here = _rank(line)
    if rank is None:
        # under a plain heading numbers are items of it, not the next section
        return here is not None and here <= 2 and len(line) <= _LONGEST_HEADING
    return here is not None and here <= rank


def _rank(line: str) -> int | None:
    found = (n for n, pattern in enumerate(_NUMBERING) if pattern.match(line))
    return next(found, None)


def _unnumbered(line: str) -> str:
    rank = _rank(line)
    return line if rank is None else _NUMBERING[rank].sub("", line, count=1)


def _bare(line: str) -> str:
    return _BULLET.sub("", _unnumbered(line))


def _says_nothing(said: Sequence[str]) -> bool:
    return not said or match_key(" ".join(said)) in _NONE
