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


def raised(before: str, text: str) -> str:
    """Digits that stand raised behind others: "10³" is no 103, and "5.600¹" no 5.6001."""
    return f"^{text}" if text.strip().isdecimal() and before[-1:].isdecimal() else text


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
    _raised: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "si":
            self._runs, self._font, self._rich, self._raised = [], None, False, False
        elif name == "r":
            self._font, self._rich, self._raised = None, True, False
        elif name == "rFont":
            self._font = attributes.get("val")
        elif name == "vertAlign":
            self._raised = attributes.get("val") == "superscript"
        elif name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._reading, self._text = not self._phonetic, []

    def end(self, name: str) -> None:
        if name == "t" and self._reading:
            text = unescaped("".join(self._text))
            if self._raised and self._runs:
                text = raised(self._runs[-1][0], text)
            self._runs.append((text, self._font))
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
