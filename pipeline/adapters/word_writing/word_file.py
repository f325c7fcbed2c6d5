"""A Word document as bytes: the same document is the same bytes, for ever."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from pipeline.adapters.word_writing.word_chart import (
    CHART_LINK,
    CHART_TYPE,
    BarChart,
    chart_frame,
    chart_part,
)

FONT = "Times New Roman"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
_NAMES = f'xmlns:w="{_WORD}" xmlns:r="{_OFFICE}" xmlns:wp="{_DRAWING}"'
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_OPEN = "application/vnd.openxmlformats-package"
_FIRST_ZIP_YEAR = 1980
# A4; margins in twentieths of a point: 2 cm above, below and right, 3 cm left
_PAGE = (
    '<w:sectPr><w:footerReference w:type="default" r:id="rId2"/>'
    '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" '
    'w:bottom="1134" w:left="1701" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
)
TEXT_WIDTH = 11906 - 1701 - 1134


@dataclass(slots=True)
class WordFile:
    """A document in the making: blocks of WordprocessingML in order, and its charts."""

    title: str
    blocks: list[str] = field(default_factory=list)
    charts: list[BarChart] = field(default_factory=list)

    def add(self, *blocks: str) -> None:
        """Append paragraphs or tables."""
        self.blocks.extend(blocks)

    def add_chart(self, chart: BarChart, told: str) -> None:
        """Append a chart; `told` says in words what it shows."""
        self.charts.append(chart)
        number = len(self.charts)
        self.blocks.append(chart_frame(chart, number, f"rId{number + 2}", told))

    def to_bytes(self, at: datetime) -> bytes:
        """The .docx file; `at` is all that it knows of time."""
        local = at.astimezone(UTC)
        stamp = max(local, datetime(_FIRST_ZIP_YEAR, 1, 1, tzinfo=UTC)).timetuple()[:6]
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive:
            for name, text in self._parts(local).items():
                member = zipfile.ZipInfo(name, stamp)
                member.compress_type = zipfile.ZIP_DEFLATED
                member.external_attr = 0o644 << 16
                archive.writestr(member, text.encode())
        return target.getvalue()

    def _parts(self, at: datetime) -> Mapping[str, str]:
        charts = {
            f"word/charts/chart{n}.xml": chart_part(chart)
            for n, chart in enumerate(self.charts, 1)
        }
        body = "".join(self.blocks)
        return {
            "[Content_Types].xml": self._types(),
            "_rels/.rels": _links(
                (f"{_OFFICE}/officeDocument", "word/document.xml"),
                (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
            ),
            "docProps/core.xml": self._properties(at),
            "word/document.xml": (
                f"{_HEAD}<w:document {_NAMES}><w:body>{body}{_PAGE}</w:body></w:document>"
            ),
            "word/_rels/document.xml.rels": _links(
                (f"{_OFFICE}/styles", "styles.xml"),
                (f"{_OFFICE}/footer", "footer1.xml"),
                *((CHART_LINK, name.removeprefix("word/")) for name in charts),
            ),
            "word/styles.xml": _STYLES,
            "word/footer1.xml": _FOOTER,
            **charts,
        }

    def _types(self) -> str:
        known = {
            "/word/document.xml": f"{_TYPE}.document.main+xml",
            "/word/styles.xml": f"{_TYPE}.styles+xml",
            "/word/footer1.xml": f"{_TYPE}.footer+xml",
            "/docProps/core.xml": f"{_OPEN}.core-properties+xml",
            **{
                f"/word/charts/chart{n}.xml": CHART_TYPE
                for n in range(1, len(self.charts) + 1)
            },
        }
        named = "".join(
            f'<Override PartName="{name}" ContentType="{kind}"/>'
            for name, kind in known.items()
        )
        links = f"{_OPEN}.relationships+xml"
        return (
            f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
            f'<Default Extension="rels" ContentType="{links}"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{named}</Types>'
        )

    def _properties(self, at: datetime) -> str:
        moment = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return (
            f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:dcterms="http://purl.org/dc/terms/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<dc:title>{escape(self.title)}</dc:title><dc:creator>KHTC</dc:creator>"
            f'<dcterms:created xsi:type="dcterms:W3CDTF">{moment}</dcterms:created>'
            f'<dcterms:modified xsi:type="dcterms:W3CDTF">{moment}</dcterms:modified>'
            "</cp:coreProperties>"
        )


def _links(*links: tuple[str, str]) -> str:
    told = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(links, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{told}</Relationships>'


_FACE = f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:cs="{FONT}" w:eastAsia="{FONT}"/>'
_STYLES = (
    f"{_HEAD}<w:styles {_NAMES}><w:docDefaults><w:rPrDefault><w:rPr>{_FACE}"
    '<w:sz w:val="26"/><w:szCs w:val="26"/><w:lang w:val="vi-VN"/></w:rPr></w:rPrDefault>'
    "</w:docDefaults></w:styles>"
)
_FOOTER = (
    f'{_HEAD}<w:ftr {_NAMES}><w:p><w:pPr><w:jc w:val="center"/></w:pPr>'
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    "<w:r><w:instrText>PAGE</w:instrText></w:r>"
    '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:ftr>'
)
