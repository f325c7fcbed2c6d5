"""Bar charts as DrawingML: native, so that whoever gives the briefing may restyle them.

Figures stand in the chart itself; there is no workbook behind it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.sax.saxutils import escape

EMU_A_CM = 360_000
COLOURS = ("2F75B5", "F4B183", "BFBFBF", "70AD47")
CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
CHART_LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/chart"
_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_MAIN = "http://schemas.openxmlformats.org/drawingml/2006/main"
_TEXT = (
    '<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="{size}">'
    '<a:latin typeface="Times New Roman"/></a:defRPr></a:pPr>'
    '<a:endParaRPr lang="vi-VN"/></a:p></c:txPr>'
)


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars of one or more series over the same labels; `stacked` on each other."""

    labels: Sequence[str]
    series: Sequence[tuple[str, Sequence[Decimal]]]
    stacked: bool = False
    number_format: str = "0.0"
    height_cm: float = 8.5
    width_cm: float = 16


def chart_part(chart: BarChart) -> str:
    """The part of the chart: word/charts/chartN.xml."""
    series = "".join(
        _series(chart, n, name, values) for n, (name, values) in enumerate(chart.series)
    )
    grouping, overlap = ("stacked", 100) if chart.stacked else ("clustered", 0)
    legend = (
        f'<c:legend><c:legendPos val="b"/><c:overlay val="0"/>{_TEXT.format(size=1000)}'
        "</c:legend>"
    ) * (len(chart.series) > 1)
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<c:chartSpace xmlns:c="{_CHART}" xmlns:a="{_MAIN}"><c:roundedCorners val="0"/>'
        '<c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>'
        f'<c:barChart><c:barDir val="bar"/><c:grouping val="{grouping}"/>'
        f'<c:varyColors val="0"/>{series}<c:gapWidth val="60"/>'
        f'<c:overlap val="{overlap}"/><c:axId val="111"/><c:axId val="222"/></c:barChart>'
        '<c:catAx><c:axId val="111"/><c:scaling><c:orientation val="maxMin"/></c:scaling>'
        '<c:delete val="0"/><c:axPos val="l"/><c:majorTickMark val="none"/>'
        '<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
        f"{_TEXT.format(size=1000)}"
        '<c:crossAx val="222"/></c:catAx>'
        '<c:valAx><c:axId val="222"/><c:scaling><c:orientation val="minMax"/>'
        '<c:min val="0"/></c:scaling><c:delete val="0"/><c:axPos val="b"/>'
        '<c:numFmt formatCode="0" sourceLinked="0"/><c:majorTickMark val="out"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="high"/>{_TEXT.format(size=900)}'
        '<c:crossAx val="111"/></c:valAx></c:plotArea>'
        f'{legend}<c:plotVisOnly val="1"/></c:chart></c:chartSpace>'
    )


def _series(chart: BarChart, n: int, name: str, values: Sequence[Decimal]) -> str:
    labels = _points("str", "", chart.labels)
    code = escape(chart.number_format)
    told = _points(
        "num", f"<c:formatCode>{code}</c:formatCode>", [f"{v:f}" for v in values]
    )
    fill = f'<a:solidFill><a:srgbClr val="{COLOURS[n]}"/></a:solidFill>'
    shown = (
        f'<c:dLbls><c:numFmt formatCode="{code}" sourceLinked="0"/>'
        f'{_TEXT.format(size=900)}<c:showLegendKey val="0"/><c:showVal val="1"/>'
        '<c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/>'
        '<c:showBubbleSize val="0"/></c:dLbls>'
    )
    return (
        f'<c:ser><c:idx val="{n}"/><c:order val="{n}"/>'
        f"<c:tx><c:v>{escape(name)}</c:v></c:tx><c:spPr>{fill}</c:spPr>"
        f'<c:invertIfNegative val="0"/>{shown}'
        f"<c:cat>{labels}</c:cat><c:val>{told}</c:val></c:ser>"
    )


def _points(kind: str, shape: str, values: Sequence[str]) -> str:
    points = "".join(
        f'<c:pt idx="{n}"><c:v>{escape(value)}</c:v></c:pt>'
        for n, value in enumerate(values)
    )
    return f'<c:{kind}Lit>{shape}<c:ptCount val="{len(values)}"/>{points}</c:{kind}Lit>'


def chart_frame(chart: BarChart, number: int, link: str, told: str) -> str:
    """A paragraph that holds the chart; `told` says in words what it shows."""
    across, down = round(chart.width_cm * EMU_A_CM), round(chart.height_cm * EMU_A_CM)
    words = escape(told, {'"': "&quot;"})
    return (
        '<w:p><w:pPr><w:keepNext/><w:jc w:val="center"/></w:pPr><w:r><w:drawing>'
        f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{across}" '
        f'cy="{down}"/><wp:docPr id="{number}" name="{number}" descr="{words}"/>'
        f'<a:graphic xmlns:a="{_MAIN}"><a:graphicData uri="{_CHART}">'
        f'<c:chart xmlns:c="{_CHART}" r:id="{link}"/></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r></w:p>"
    )
