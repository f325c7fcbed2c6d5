"""Gather clues: everything in a message that names a province, with its place."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from pipeline.domain.mail.forwarded import Original, original_senders
from pipeline.domain.mail.message import Attachment, Envelope
from pipeline.domain.senders.identity import Clue, Source
from pipeline.domain.senders.place_names import Capitals, Mention, PlaceNames, capitals
from pipeline.domain.senders.province import Gazetteer, Province
from pipeline.domain.senders.sender_address import (
    abbreviation_of,
    glued_name,
    imitated_province,
    province_of_domain,
    province_of_local_part,
)
from pipeline.domain.writing.text import match_key

MAX_LINES = 400
MAX_LINE = 160
MAX_FILES = 300
MAX_WEAK = 8
# The tag of our own letters, with the province that we wrote into it.
_OWN_TAG = re.compile(r"\[KHTC[^\]]{0,80}\](?:\s*\[[^\]]{0,80}\])?", re.IGNORECASE)
_SYMBOL = re.compile(r"\d{1,5}\s?/\s?([^\s,;()/]{3,60})")
_DATELINE = re.compile(r"\s*+([^\d,]{2,40}),\s*+ngày\b", re.IGNORECASE)
_LABEL = re.compile(
    r"\s*(?:đơn vị(?: báo cáo| gửi)?|địa phương|(?:tên )?tỉnh"
    r"|tỉnh\s*[,/-]\s*(?:thành phố|tp)|sở l[dđ]tbxh)\s*:",
    re.IGNORECASE,
)
# Lines that name those who are written to.
_ADDRESSEE = re.compile(r"\s*(?:kính gửi|nơi nhận|gửi\s*:|đồng kính gửi)", re.IGNORECASE)
_HEADING = re.compile(r"so (?:lao dong|ld|tb)|so ldtbxh|ubnd|ui ban nhan dan")
# Words of these forms in capitals: thực hiện, kế hoạch, chỉ tiêu, lao động ...
_EVERYDAY = frozenset(("TH", "KH", "CT", "LĐ", "TB", "PT", "NĐ", "ĐT", "KT", "HD", "CB"))


def gather_clues(
    envelope: Envelope,
    attachments: Sequence[Attachment],
    letterheads: Sequence[tuple[str, str]],
    gazetteer: Gazetteer,
) -> tuple[Clue, ...]:
    """All clues of a message that need no registry of senders.

    `letterheads` are (line, where) from the top of workbooks and narratives. The
    original sender of a forward has province "" until `identify` knows whose it is.
    """
    search = _Search(gazetteer)
    found = [
        *search.in_lines(letterheads),
        *search.in_address(envelope.sender or "", "From"),
        *search.in_title(_OWN_TAG.sub(" ", envelope.subject), Source.SUBJECT, "Subject"),
        *search.in_files(attachments),
        *search.in_forwards(envelope),
        *search.in_text(envelope.text),
    ]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4)
def _names_of(provinces: tuple[Province, ...]) -> "_Names":
    return _Names(PlaceNames(provinces), capitals(provinces))


class _Names:
    """The names of one gazetteer, and what lines of letterheads said that came before."""

    def __init__(self, places: PlaceNames, capitals: Capitals) -> None:
        self.places = places
        self._capitals = capitals
        self.headed = lru_cache(maxsize=4096)(self._headed)

    def _headed(self, line: str, above: str) -> tuple[tuple[str, str], ...]:
        """What a line that is not too long names, and whose name it is: a dateline, a
        marked name, a labelled one, one under the department's.
        """
        found = list(self._in_dateline(line)) if "," in line else []
        mentions = self.places.mentions(line)
        if mentions and not _ADDRESSEE.match(line):
            for mention in mentions:
                headed = mention.whole and _HEADING.match(match_key(above))
                labelled = _LABEL.match(line) is not None and mention.alone
                if mention.marked or headed or labelled:
                    found.append((mention.value, mention.province))
        return tuple(found)

    def _in_dateline(self, line: str) -> Iterator[tuple[str, str]]:
        place = _DATELINE.match(line)
        code = self._capitals.get(match_key(place[1])) if place else None
        if place is not None and code is not None:
            yield place[1].strip(), code


class _Search:
    """The names of one gazetteer, looked for in each place of a message."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        known = _names_of(gazetteer.provinces)
        self._names, self._headed = known.places, known.headed

    def in_lines(self, lines: Sequence[tuple[str, str]]) -> Iterator[Clue]:
        """Letterheads: a marked name, a labelled one, one under the department's."""
        for line, where, above in _said_once(lines[:MAX_LINES]):
            for value, province in self._headed(line, above):
                yield Clue(Source.LETTERHEAD, value, province, where)

    def in_address(self, address: str, where: str) -> Iterator[Clue]:
        """The sender's domain and local part; an imitation speaks against it."""
        if not address:
            return
        code = province_of_domain(address, self._gazetteer)
        if code is not None:
            yield Clue(Source.GOV_DOMAIN, address, code, where)
        imitated = imitated_province(address, self._gazetteer)
        if imitated is not None:
            yield Clue(Source.LOOK_ALIKE, address, imitated, where)
        if not address.endswith(".gov.vn"):
            yield from self._in_local_part(address, where)

    def _in_local_part(self, address: str, where: str) -> Iterator[Clue]:
        named = province_of_local_part(address, self._names)
        if named is not None:
            source = Source.LOCAL_PART if named[1] else Source.TEXT
            yield Clue(source, address, named[0], where)
            return
        for word in abbreviation_of(address):
            for _, code in self._names.weak(word):
                yield Clue(Source.ABBREVIATION, address, code, where)

    def in_title(self, title: str, source: Source, where: str) -> Iterator[Clue]:
        """A subject or a file name: names behind a mark or alone, symbols, short forms."""
        for mention in self._names.mentions(title):
            if mention.marked or (mention.alone and mention.full):
                yield _clue(source, mention, where)
            else:
                weak = Source.TEXT if mention.full else Source.ABBREVIATION
                yield _clue(weak, mention, where)
        yield from self._in_symbols(title, where)
        yield from self._in_short_forms(title, where)

    def _in_symbols(self, title: str, where: str) -> Iterator[Clue]:
        """Document symbols with the department and a province: "12/BC-SLĐTBXH-BRVT"."""
        for symbol in _SYMBOL.findall(title):
            if re.search(r"l[dđ]tbxh|ubnd", symbol, re.IGNORECASE) is None:
                continue
            for word in symbol.split("-"):
                for mention in self._names.mentions(word):
                    yield _clue(Source.DOCUMENT_SYMBOL, mention, where)

    def _in_short_forms(self, title: str, where: str) -> Iterator[Clue]:
        """Abbreviations in capitals, but those that are words of every form."""
        for word, code in self._names.weak(title):
            if word not in _EVERYDAY or _behind_office(word).search(title):
                yield Clue(Source.ABBREVIATION, word, code, where)

    def in_files(self, attachments: Sequence[Attachment]) -> Iterator[Clue]:
        """File names, those of containers too."""
        for attachment in attachments[:MAX_FILES]:
            stem = attachment.name.rpartition(".")[0] or attachment.name
            yield from self.in_title(stem, Source.FILE_NAME, attachment.path)
            for word in re.findall(r"[^\W\d_]{8,60}", stem):
                code = glued_name(word, self._names)
                if code is not None:
                    yield Clue(Source.FILE_NAME, word, code, attachment.path)

    def in_forwards(self, envelope: Envelope) -> Iterator[Clue]:
        for original in original_senders(envelope.subject, envelope.text):
            codes = dict.fromkeys(self._codes_of(original))
            shown = original.address or original.name
            for code in codes:
                yield Clue(Source.FORWARDED, shown, code, "forwarded mail")
            if original.address and not codes:
                yield Clue(Source.FORWARDED, original.address, "", "forwarded mail")

    def _codes_of(self, original: Original) -> Iterator[str]:
        """The provinces that an original sender's address and name point to."""
        for clue in self.in_address(original.address, ""):
            if clue.source in (Source.GOV_DOMAIN, Source.LOCAL_PART):
                yield clue.province
        for mention in self._names.mentions(original.name):
            if mention.marked:
                yield mention.province

    def in_text(self, text: str) -> Iterator[Clue]:
        """Names in the body: weak, bounded; Hanoi stands in every address line."""
        seen: set[str] = set()
        for mention in self._names.mentions(text):
            plain_hanoi = mention.province == "01" and not mention.marked
            if mention.full and not plain_hanoi and len(seen) < MAX_WEAK:
                if mention.province not in seen:
                    yield _clue(Source.TEXT, mention, "body")
                seen.add(mention.province)


def _said_once(lines: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Lines with where they stand and the line above; the sheets of a workbook have one
    letterhead, and it says the same each time.
    """  # fmt: skip
    above = ""
    seen: set[tuple[str, str, str]] = set()
    for line, where in lines:
        # A long line is prose, and prose names neighbours too.
        if len(line) > MAX_LINE:
            continue
        if (line, where, above) not in seen:
            seen.add((line, where, above))
            yield line, where, above
        above = line if line.strip() else above


@lru_cache(maxsize=128)
def _behind_office(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?:LĐTBXH|LDTBXH|[Tt]ỉnh|TỈNH)[\s_-]*{word}\b")


def _clue(source: Source, mention: Mention, where: str) -> Clue:
    return Clue(source, mention.value, mention.province, where)
