"""The fonts of a Word document's styles, for text whose runs name none."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.adapters.workbook_reading.xml_events import Attributes, Handler, local, parse

_DEEPEST = 20


@dataclass(slots=True)
class _Style:
    font: str | None = None
    based_on: str | None = None


@dataclass(slots=True)
class WordFonts(Handler):
    """Fonts by style id; `default` is that of text in no style."""

    default: str | None = None
    _styles: dict[str, _Style] = field(default_factory=dict)
    _normal: str | None = None
    _open: _Style | None = None
    _in_defaults: bool = False

    def of(self, character: str | None, paragraph: str | None) -> str | None:
        """The font of a run in a character style inside a paragraph style."""
        for name in (character, paragraph or self._normal):
            font = next((each for each in self._inherited(name) if each), None)
            if font:
                return font
        return self.default

    def _inherited(self, name: str | None) -> Iterator[str | None]:
        for _ in range(_DEEPEST):
            style = self._styles.get(name or "")
            if style is None:
                return
            yield style.font
            name = style.based_on

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "rPrDefault":
            self._in_defaults = True
        elif name == "style":
            self._start_style(attributes)
        elif name == "basedOn" and self._open is not None:
            self._open.based_on = local(attributes, "val")
        elif name == "rFonts":
            self._note(local(attributes, "ascii") or local(attributes, "hAnsi"))

    def end(self, name: str) -> None:
        if name == "rPrDefault":
            self._in_defaults = False
        elif name == "style":
            self._open = None

    def _start_style(self, attributes: Attributes) -> None:
        key = local(attributes, "styleId") or ""
        self._open = self._styles.setdefault(key, _Style())
        paragraph = local(attributes, "type") == "paragraph"
        if paragraph and local(attributes, "default") in ("1", "true", "on"):
            self._normal = key

    def _note(self, font: str | None) -> None:
        if self._in_defaults:
            self.default = font
        elif self._open is not None:
            self._open.font = font


def read_fonts(data: bytes) -> WordFonts:
    """The fonts of word/styles.xml; none of an empty part."""
    fonts = WordFonts()
    if data:
        parse(data, fonts, "word/styles.xml")
    return fonts
