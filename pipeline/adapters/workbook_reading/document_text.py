"""Documents that may hold forms: the lines at their top, and their tables as sheets."""

from dataclasses import dataclass

from pipeline.adapters.workbook_reading.pdf_document import MOST_PAGES, read_pdf
from pipeline.adapters.workbook_reading.pdf_words import lines_at_the_top, pdf_words
from pipeline.adapters.workbook_reading.raw import finish
from pipeline.adapters.workbook_reading.word_document import Document, read_docx
from pipeline.domain.reading.sheet import Sheet, Workbook

_PROSE = 1_500


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A document as read.

    `lines` are the paragraphs at its top, for the letterhead that names a province;
    `body` are its paragraphs outside of tables; `is_prose`: it is a report in words,
    whatever tables stand in it besides.
    """

    path: str
    type: str
    lines: tuple[str, ...] = ()
    tables: tuple[Sheet, ...] = ()
    is_prose: bool = False
    body: tuple[str, ...] = ()

    @property
    def workbook(self) -> Workbook:
        """The tables in the shape in which forms are recognised."""
        return Workbook(self.path, self.type, self.tables)


def read_word(data: bytes, path: str) -> ReadDocument:
    """A .docx; a file of another type, or a damaged one, gives what can be read."""
    return _made(read_docx(data), path, "docx")


class PortableReader:
    """Reads PDFs that were born as text, as many pages of a mail as a return may have."""

    def __init__(self) -> None:
        self._left = MOST_PAGES

    def read(self, data: bytes, path: str) -> ReadDocument:
        """A .pdf; slow, so only where nothing better came."""
        document, pages = read_pdf(data, self._left)
        self._left -= pages
        return _made(document, path, "pdf")

    def listen(self, data: bytes, path: str) -> ReadDocument:
        """The words of a .pdf only; quick."""
        lines, pages = pdf_words(data, self._left)
        self._left -= pages
        return ReadDocument(path, "pdf", lines=tuple(lines_at_the_top(lines)), body=lines)


def _made(document: Document, path: str, kind: str) -> ReadDocument:
    return ReadDocument(
        path=path,
        type=kind,
        lines=tuple(document.lines),
        tables=tuple(finish(sheet) for sheet in document.tables),
        is_prose=document.prose >= _PROSE,
        body=tuple(document.body),
    )
