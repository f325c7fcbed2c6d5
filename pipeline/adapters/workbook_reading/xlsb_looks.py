"""Fonts, formats and shared strings of a binary workbook."""

import struct
from dataclasses import dataclass, field

from pipeline.adapters.workbook_reading.number_formats import look_of
from pipeline.adapters.workbook_reading.ooxml_parts import Style
from pipeline.adapters.workbook_reading.shared_strings import SharedString, raised
from pipeline.adapters.workbook_reading.xlsb_records import records, wide_text

_STRING, _STRINGS_END = 19, 160
_FONT, _FORMAT, _XF, _XFS_BEGIN, _XFS_END = 43, 44, 47, 617, 618
_SUPERSCRIPT = 1


@dataclass(slots=True)
class Look:
    """Fonts by number, those that raise their digits, and the styles of cells."""

    fonts: list[str] = field(default_factory=list)
    raising: set[int] = field(default_factory=set)
    styles: list[Style] = field(default_factory=list)

    @classmethod
    def of(cls, part: bytes) -> "Look":
        look, formats, inside = cls(), dict[int, str](), False
        for number, at, end in records(part):
            if number == _FONT:
                if part[at + 6] == _SUPERSCRIPT:
                    look.raising.add(len(look.fonts))
                look.fonts.append(wide_text(part, at + 21, end).text)
            elif number == _FORMAT:
                key = struct.unpack_from("<H", part, at)[0]
                formats[key] = wide_text(part, at + 2, end).text
            elif number in (_XFS_BEGIN, _XFS_END):
                inside = number == _XFS_BEGIN
            elif number == _XF and inside:
                _, key, font = struct.unpack_from("<3H", part, at)
                look.styles.append(look.style(key, formats.get(key, ""), font))
        return look

    def style(self, key: int, code: str, font: int) -> Style:
        return Style(self.font(font), *look_of(key, code))

    def font(self, number: int) -> str | None:
        return self.fonts[number] if number < len(self.fonts) else None


def shared_strings(part: bytes, look: Look) -> list[SharedString]:
    return [
        rich_text(part, at, end, look)
        for number, at, end in records(part, _STRINGS_END)
        if number == _STRING
    ]


def rich_text(part: bytes, at: int, end: int, look: Look) -> SharedString:
    """A text with the fonts that it changes to."""
    text, after = wide_text(part, at + 1, end)
    if not part[at] & 1 or after + 4 > end:
        return SharedString(text)
    count = min(struct.unpack_from("<I", part, after)[0], (end - after - 4) // 4)
    starts = list(struct.iter_unpack("<HH", part[after + 4 : after + 4 + 4 * count]))
    edges = [*(start for start, _ in starts), len(text)]
    runs: list[tuple[str, str | None]] = [(text[: edges[0]], None)] if edges[0] else []
    for (start, font), last in zip(starts, edges[1:], strict=True):
        written = text[start:last]
        if font in look.raising:
            written = raised(text[:start], written)
        runs.append((written, look.font(font)))
    return (
        SharedString("".join(run for run, _ in runs), tuple(runs))
        if starts
        else SharedString(text)
    )
