"""More findings than a letter can hold: thirty in its text, all in the workbook."""

import io
import re

from openpyxl import load_workbook

from pipeline.domain.plan.finding import Finding, Severity
from pipeline.stages.compose import compose
from tests.builders.corrections import CONTEXT, WRITER, correct_return, place
from tests.builders.decisions import envelope
from tests.builders.returns import shipped_round

SHOWN = 30


def seeded() -> tuple[Finding, ...]:
    """One fault for each summed row of three forms, each of a rule of its own."""
    return tuple(
        Finding(
            "total-mismatch",
            Severity.ERROR,
            form=form,
            indicator=row.key,
            column="uoc_n1",
            path="bao cao.xls",
            sheet=form,
            cell=place(form, row.key, "uoc_n1").partition("!")[2],
            found="7000000001",
            expected="7000000002",
            rule=f"{form}.9{number}",
        )
        for form in ("PL01", "PL02", "PL03")
        for number, row in enumerate(shipped_round().form(form).indicators)
        if not row.optional
    )


def test_thirty_stand_in_the_text_and_all_of_them_in_the_workbook() -> None:
    faults = seeded()
    made = correct_return(("PL01", "PL02", "PL03"), findings=faults)
    (draft,) = compose(made.decision, envelope(), CONTEXT)
    points = draft.values["points"]
    assert len(points) >= len(faults) > SHOWN
    letter = WRITER.render(draft)
    numbered = [int(n) for n in re.findall(r"^(\d+)\. Số tổng", letter.text, re.MULTILINE)]
    assert numbered == list(range(1, SHOWN + 1))
    text = " ".join(letter.text.split())
    more = f"và {len(points) - SHOWN} mục khác"
    words = f"{more}; tệp “{made.enclosure.name}” kèm theo nêu đầy đủ"
    assert words in text
    assert words in " ".join(letter.html.split())

    cover = load_workbook(io.BytesIO(made.enclosure.data)).worksheets[0]
    listed = [tuple(row) for row in cover.iter_rows(values_only=True)]
    told = {(row[1], row[3]) for row in listed}
    assert len(told) >= len(faults)
    numbers = {row[0] for row in listed if str(row[0]).isdecimal()}
    assert {int(n) for n in numbers} == set(range(1, len(points) + 1))
