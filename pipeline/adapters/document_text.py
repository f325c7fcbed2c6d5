"""The first lines of a Word document, for the letterhead that names a province."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

_NAMESPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_LARGEST_XML = 20 * 1024 * 1024
_LONGEST_LINE = 300


def read_lines(data: bytes, limit: int) -> tuple[str, ...]:
    """Up to `limit` paragraphs from the top of a .docx; none of any other file.

    A damaged document gives what could be read: the narrative is never an error.
    """
    lines: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entry = archive.getinfo("word/document.xml")
            if entry.file_size > _LARGEST_XML:
                return ()
            with archive.open(entry) as file:
                for line in _paragraphs(file.read(_LARGEST_XML)):
                    lines.append(line)
                    if len(lines) == limit:
                        break
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        OSError,
        RuntimeError,
        NotImplementedError,
        ValueError,
        EOFError,
        ParseError,
        DefusedXmlException,
    ):
        pass  # what was read until here is what there is
    return tuple(lines)


def _paragraphs(xml: bytes) -> Iterator[str]:
    for _, element in iterparse(io.BytesIO(xml), forbid_dtd=True):
        if element.tag == f"{_NAMESPACE}p":
            texts = (node.text or "" for node in element.iter(f"{_NAMESPACE}t"))
            line = "".join(texts).strip()
            if line:
                yield line[:_LONGEST_LINE]
            element.clear()
