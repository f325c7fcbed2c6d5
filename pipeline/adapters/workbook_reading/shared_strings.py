"""The table of strings that the sheets of an .xlsx share."""

import re
from dataclasses import dataclass, field

from pipeline.adapters.workbook_reading.xml_events import Attributes, Handler
from pipeline.domain.writing.legacy_text import Run

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """Text with the escapes of the format (_x000D_) turned into characters."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), text)


@dataclass(frozen=True, slots=True)
class SharedString:
    """A string of the shared table; `runs` where fonts change inside it."""

    text: str
    runs: tuple[Run, ...] = ()


@dataclass(slots=True)
class Strings(Handler):
    """sharedStrings.xml: every string, phonetic guides left out."""

    strings: list[SharedString] = field(default_factory=list)
    _runs: list[Run] = field(default_factory=list)
    _font: str | None = None
    _text: list[str] = field(default_factory=list)
    _phonetic: bool = False
    _reading: bool = False
    _rich: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            self._runs, self._font, self._rich = [], None, False
        elif name == "r":
            self._font, self._rich = None, True
        elif name == "rFont":
            self._font = attributes.get("val")
        elif name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._reading, self._text = not self._phonetic, []

    def end(self, name: str) -> None:
        if name == "t" and self._reading:
            self._runs.append((unescaped("".join(self._text)), self._font))
            self._reading = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            text = "".join(part for part, _ in self._runs)
            runs = tuple(self._runs) if self._rich else ()
            self.strings.append(SharedString(text, runs))

    def text(self, data: str) -> None:
        if self._reading:
            self._text.append(data)
