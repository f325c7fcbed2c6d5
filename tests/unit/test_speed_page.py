"""The page of the speed bench: what is measured anew takes the place of the old."""

from bench.run import HEADINGS, TITLE, with_section

OLD = f"""{TITLE}

## Several daemons

yesterday

| a |
|---|

## Growth

of old
"""


def test_a_section_measured_anew_takes_the_place_of_the_old_one() -> None:
    page = with_section(OLD, "## Several daemons\n\ntoday\n")
    assert page == f"{TITLE}\n\n## Several daemons\n\ntoday\n\n## Growth\n\nof old\n"


def test_sections_stand_in_one_order_whenever_they_were_measured() -> None:
    page = ""
    for heading in reversed(HEADINGS.values()):
        page = with_section(page, f"{heading}\n\nfigures")
    assert [line for line in page.splitlines() if line.startswith("#")] == [
        TITLE,
        *HEADINGS.values(),
    ]
