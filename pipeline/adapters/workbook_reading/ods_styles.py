"""The styles of an OpenDocument spreadsheet: fonts, number formats, hidden tables."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from pipeline.adapters.workbook_reading.number_formats import (
    Scale,
    Section,
    chosen_by,
    scale_of,
)
from pipeline.adapters.workbook_reading.xml_events import Attributes

_THOUSANDS = re.compile(r"1(?:000){1,3}(?:\.0{1,9})?")
_CONDITION = re.compile(r"value\(\) ?(<=|>=|!=|<|>|=) ?(-?\d{1,15}(?:\.\d{1,9})?)")
_RAISED = re.compile(r"super\b|[1-9]\d{0,2}%")
_MOST_MAPS = 10  # programs write three
_FORMATS = frozenset(("number-style", "currency-style"))


@dataclass(slots=True)
class OdsStyle:
    """What matters of the style of a cell or a table."""

    font: str | None = None
    hidden: bool = False
    scale: Scale = ""
    page: str = ""


_NO_STYLE = OdsStyle()


@dataclass(slots=True)
class _Format:
    """A number format while it is read: its text, and what other ones show instead."""

    text: str = ""
    factor: str = "1"
    maps: list[tuple[str, Decimal, str]] = field(default_factory=list)

    @property
    def own(self) -> str:
        """The commas and the word of this format alone."""
        whole = self.factor.partition(".")[0]
        commas = "," * (len(whole) // 3) if _THOUSANDS.fullmatch(self.factor) else ""
        scale = scale_of(f'0{commas}"{self.text}"')
        return scale if isinstance(scale, str) else ""

    def scale(self, others: Mapping[str, "_Format"]) -> Scale:
        """The scale of this format and of those that it sends some figures to."""
        sent = [
            Section(others[name].own if name in others else "", sign, bound)
            for sign, bound, name in self.maps
        ]
        return chosen_by([*sent, Section(self.own)])


class OdsStyles:
    """Follows the styles of a document, those of `styles.xml` before its own."""

    def __init__(self) -> None:
        self._known: dict[str, OdsStyle] = {}
        self._raised: set[str] = set()
        self._of_text = ""
        self._formats: dict[str, _Format] = {}
        self._default = self._style = OdsStyle()
        self._format: _Format | None = None
        self._openers: Mapping[str, Callable[[Attributes], None]] = {
            "style": self._start_style,
            "default-style": self._start_default,
            "text-properties": self._start_text,
            "table-properties": self._start_table,
            "number-style": self._start_format,
            "currency-style": self._start_format,
            "number": self._start_number,
            "map": self._start_map,
        }

    def named(self, name: str) -> OdsStyle:
        """The style of a cell or table; one that says nothing where it is not known."""
        return self._known.get(name, self._default if not name else _NO_STYLE)

    def raises(self, name: str) -> bool:
        """Whether a style of letters raises them."""
        return name in self._raised

    def start(self, name: str, attributes: Attributes) -> None:
        """An element, which may be one of a style."""
        opener = self._openers.get(name)
        if opener is not None:
            opener({key.rpartition(":")[2]: value for key, value in attributes.items()})

    def end(self, name: str) -> None:
        """The end of an element."""
        if name in _FORMATS:
            self._format = None

    def text(self, data: str) -> bool:
        """Whether a text was part of a number format."""
        if self._format is not None:
            self._format.text += data
        return self._format is not None

    def _start_style(self, attributes: Attributes) -> None:
        self._style = style = OdsStyle()
        family = attributes.get("family", "table-cell")
        self._of_text = attributes.get("name", "") if family == "text" else ""
        if family not in ("table-cell", "table"):
            return
        parent = self.named(attributes.get("parent-style-name", ""))
        style.font, style.scale = parent.font, parent.scale
        written = attributes.get("data-style-name")
        if written is not None:
            found = self._formats.get(written)
            style.scale = found.scale(self._formats) if found else ""
        style.page = attributes.get("master-page-name", parent.page)
        self._known[attributes.get("name", "")] = style

    def _start_default(self, attributes: Attributes) -> None:
        self._style = OdsStyle()
        if attributes.get("family") == "table-cell":
            self._default = self._style

    def _start_text(self, attributes: Attributes) -> None:
        font = attributes.get("font-name") or attributes.get("font-family")
        if font and self._format is None:
            self._style.font = font
        if self._of_text and _RAISED.match(attributes.get("text-position", "")):
            self._raised.add(self._of_text)

    def _start_table(self, attributes: Attributes) -> None:
        self._style.hidden = attributes.get("display") == "false"

    def _start_format(self, attributes: Attributes) -> None:
        self._format = self._formats[attributes.get("name", "")] = _Format()

    def _start_number(self, attributes: Attributes) -> None:
        if self._format is not None:
            self._format.factor = attributes.get("display-factor", "1")

    def _start_map(self, attributes: Attributes) -> None:
        test = _CONDITION.fullmatch(attributes.get("condition", ""))
        if self._format is not None and test and len(self._format.maps) < _MOST_MAPS:
            sign = "<>" if test[1] == "!=" else test[1]
            other = attributes.get("apply-style-name", "")
            self._format.maps.append((sign, Decimal(test[2]), other))
