"""The briefing for the conference (giao ban): a Word document of a few pages."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain

from pipeline.adapters.national.briefing_figures import (
    bar_label,
    briefly,
    chief_of,
    count_told,
    share_of,
    shown_filled,
    shown_total,
)
from pipeline.adapters.national.briefing_opening import opening
from pipeline.adapters.national.briefing_path import path_section
from pipeline.adapters.national.national_shortfalls import full_label
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.word_writing.word_chart import BarChart
from pipeline.adapters.word_writing.word_file import WordFile
from pipeline.adapters.word_writing.word_text import (
    CAPTION,
    CELL,
    CENTRED,
    HEADING,
    PLAIN,
    Grid,
    paragraph,
    table,
)
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.plan.plan_round import Form, Indicator
from pipeline.domain.shortfall import Measure, Shortfall, measures_of
from pipeline.domain.total import Level
from pipeline.domain.writing.vietnamese import moment, write_date, write_number
from pipeline.ports.outside import NationalTables

SHORT_ROWS, SHORT_PROVINCES, NAMED = 8, 3, 40
STATES = ("accepted", "deficient", "missing")
ACCEPTED = frozenset(("accepted", "verified"))
COLUMNS = ("kh_n1", "th6t_n1", "uoc_n1", "kh_n")
SMALL = replace(PLAIN, after=4)
DENSE = replace(CELL, size=10)


def briefing(tables: NationalTables, view: NationalView | None = None) -> bytes:
    """The .docx file; the same tables give the same bytes. `view`: if made already."""
    texts = load_texts("briefing")
    year = tables.plan_round.plan_year
    title = texts.say("subtitle", year=year - 1, next=year).replace("\n", " ")
    file = WordFile(title)
    Briefing(file, view or NationalView(tables)).write()
    return file.to_bytes(tables.run.as_of)


@dataclass
class Briefing:
    """One briefing in the making; tables and charts are numbered as they come."""

    file: WordFile
    view: NationalView
    numbers: Counter[str] = field(default_factory=Counter)

    def write(self) -> None:
        tables = self.view.tables
        self.file.add(*opening(tables.plan_round.plan_year, tables.run.as_of))
        self._coverage()
        self._figures()
        for measure in self._measures():
            self._shortfalls(measure)
        self._path()
        self._closing()

    def _measures(self) -> tuple[Measure, ...]:
        return measures_of(self.view.tables.plan_round)

    def _say(self, key: str, **values: object) -> str:
        return load_texts("briefing").say(key, **values)

    def _coverage(self) -> None:
        round_, expected = self.view.tables.plan_round, self.view.expected
        states, forms = self.view.states, len(self.view.forms)
        silent = [
            p.name
            for p in self.view.tables.gazetteer.provinces
            if states[p.code].count("missing") == forms
        ]
        total = _counted(states.values())
        self.file.add(
            self._section("coverage"),
            paragraph(
                self._say(
                    "coverage_text",
                    letter=round_.letter,
                    issued=write_date(round_.issued),
                    moment=self._say("moment", **self.view.moment()),
                    sent=expected - len(silent),
                    expected=expected,
                    complete=sum(ACCEPTED.issuperset(each) for each in states.values()),
                    forms=forms,
                    all=count_told(expected * forms),
                    **{state: count_told(total[state]) for state in STATES},
                )
            ),
            paragraph(self._silent(silent)),
        )
        rows: list[tuple[str, ...]] = [tuple(load_texts("briefing").lines("coverage_head"))]
        found: list[tuple[str, Counter[str]]] = []
        for area, provinces in self.view.groups(Level.REGION6):
            counts = _counted(states[p.code] for p in provinces)
            sent = sum(states[p.code].count("missing") < forms for p in provinces)
            found.append((area, counts))
            rows.append((area, *map(str, (len(provinces), sent, *_of(counts)))))
        country = (expected, expected - len(silent), *_of(total))
        rows.append((self._say("coverage_total"), *map(count_told, country)))
        self._caption("coverage_table")
        grid = Grid((3371, 1140, 1140, 1140, 1140, 1140), ("left", *["center"] * 5))
        self.file.add(table(grid, rows, strong=(len(rows) - 1,)))
        chart = BarChart(
            labels=[area for area, _ in found],
            series=[
                (self._say(f"state_{state}"), [Decimal(c[state]) for _, c in found])
                for state in STATES
            ],
            stacked=True,
            number_format="0;;",
        )
        self._chart(chart, self._say("coverage_chart"))

    def _silent(self, names: Sequence[str]) -> str:
        if not names:
            return self._say("coverage_none")
        told = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
        return self._say("coverage_silent", count=len(names), names=told)

    def _figures(self) -> None:
        year = self.view.tables.plan_round.plan_year
        years = {"year": year - 1, "next": year}
        head = load_texts("briefing").lines("figures_head")
        rows = [tuple(text.format(**years) for text in head)]
        rows += [self._figure_row(*found) for found in chief_of(self.view.forms)]
        self.file.add(
            self._section("figures"),
            paragraph(self._say("figures_text", expected=self.view.expected)),
        )
        self._caption("figures_table")
        widths = (2371, 860, 1250, 1250, 1250, 840, 1250)
        across = ("left", "center", *["right"] * 5)
        grid = Grid(widths, across, style=DENSE)
        self.file.add(table(grid, rows))
        self._filled(rows[0])

    def _filled(self, head: Sequence[str]) -> None:
        """The rows of the country that units without a figure would change."""
        if not self.view.tables.filled:
            return
        found = [self._filled_row(*row) for row in chief_of(self.view.forms)]
        rows = [row for row in found if any(row[2:])]
        policy = self.view.tables.plan_round.nation.missing_units.value
        counts = {
            "cells": count_told(len(self.view.tables.filled)),
            "units": len({figure.province for figure in self.view.tables.filled}),
            "how": self._say(f"filled_{policy}"),
        }
        self.file.add(paragraph("", SMALL), paragraph(self._say("filled_text", **counts)))
        if rows:
            self._caption("filled_table")
            across = ("left", "center", *["right"] * 4)
            grid = Grid((2671, 860, 1385, 1385, 1385, 1385), across, style=DENSE)
            shares = 5  # a share of two filled figures would hang in the air
            self.file.add(table(grid, [(*head[:shares], head[-1]), *rows]))

    def _filled_row(self, form: Form, indicator: Indicator) -> tuple[str, ...]:
        keys = [(form.id, indicator.key, key) for key in COLUMNS]
        label = indicator.label.lstrip(" -+")
        shown = (shown_filled(self.view.national(k), self.view.filled(k)) for k in keys)
        return label, indicator.unit, *shown

    def _figure_row(self, form: Form, indicator: Indicator) -> tuple[str, ...]:
        totals = [self.view.national((form.id, indicator.key, key)) for key in COLUMNS]
        plan, half, estimate, next_plan = (shown_total(total) for total in totals)
        rate = share_of(totals[2], totals[0])
        label = indicator.label.lstrip(" -+")
        return label, indicator.unit, plan, half, estimate, rate, next_plan

    def _shortfalls(self, measure: Measure) -> None:
        country, provinces = self.view.shortfalls(measure)
        shown = country[:SHORT_ROWS]
        counts = {"count": len(country), "due": write_number(measure.due)}
        key = "short_all" if len(shown) == len(country) else "short_text"
        text = self._say(key if shown else "short_nothing", listed=len(shown), **counts)
        heading = self._say(measure.name)
        self.file.add(self._section(measure.name), paragraph(text))
        if not shown:
            return
        rows: list[tuple[str, ...]] = [tuple(load_texts("briefing").lines("short_head"))]
        rows += [self._short_row(found, provinces) for found in shown]
        self._caption("short_table", title=heading)
        widths = (2351, 860, 1250, 1250, 760, 780, 1820)
        across = ("left", "center", "right", "right", "right", "center", "left")
        self.file.add(table(Grid(widths, across, style=DENSE), rows))
        chart = BarChart(
            labels=[bar_label(self._label(found)) for found in shown],
            series=[(heading, [found.rate for found in shown])],
            height_cm=2 + 0.8 * len(shown),
        )
        number = self.numbers["chart"] + 1
        self._chart(chart, self._say("short_chart", number=number))

    def _label(self, found: Shortfall) -> str:
        form = self.view.tables.plan_round.form(found.form)
        return full_label(form, found.indicator)

    def _short_row(
        self, found: Shortfall, provinces: Sequence[Shortfall]
    ) -> tuple[str, ...]:
        place = (found.form, found.indicator.key)
        behind = [
            self.view.tables.gazetteer.by_code(each.province).name
            for each in provinces
            if (each.form, each.indicator.key) == place and each.province is not None
        ]
        return (
            self._label(found),
            found.indicator.unit,
            briefly(found.whole),
            briefly(found.done),
            briefly(found.rate),
            self._say("units", count=found.units, expected=self.view.expected),
            ", ".join(behind[:SHORT_PROVINCES]),
        )

    def _path(self) -> None:
        """The country against its five-year plan, or that no target is on record."""
        found = path_section(self.view)
        self.file.add(self._heading(found.title), paragraph(found.text))
        if found.rows:
            self._caption("path_table")
            widths = (1850, 900, 1300, 1170, 1150, 1050, 1651)
            across = ("left", "center", "left", "right", "right", "right", "left")
            self.file.add(table(Grid(widths, across, style=DENSE), found.rows))
            self.file.add(paragraph("", SMALL))
        self.file.add(*(paragraph(text, SMALL) for text in found.after))

    def _closing(self) -> None:
        changes = self.view.tables.changes
        if changes.since is None:
            text = self._say("changes_first")
        else:
            text = self._say(
                "changes_text",
                moment=self._say("moment", **moment(changes.since)),
                totals=count_told(len(changes.totals)),
                versions=count_told(len(changes.versions)),
            )
        self.file.add(
            self._section("changes"),
            paragraph(text),
            paragraph(self._say("closing", fingerprint=self.view.fingerprint), SMALL),
        )

    def _section(self, key: str) -> str:
        return self._heading(self._say(key))

    def _heading(self, title: str) -> str:
        self.numbers["section"] += 1
        number = self.numbers["section"]
        return paragraph(self._say("section", number=number, title=title), HEADING)

    def _caption(self, key: str, **values: object) -> None:
        self.numbers["table"] += 1
        text = self._say(key, number=self.numbers["table"], **values)
        self.file.add(paragraph(text, replace(CAPTION, after=4, keep=True)))

    def _chart(self, chart: BarChart, caption: str) -> None:
        self.numbers["chart"] += 1
        self.file.add(paragraph("", replace(CENTRED, size=6)))
        self.file.add_chart(chart, caption)
        self.file.add(paragraph(caption, CAPTION))


def _counted(states: Iterable[Sequence[str]]) -> Counter[str]:
    """How often each state; here nobody asks who sent what is accepted."""
    counts = Counter(chain.from_iterable(states))
    counts["accepted"] += counts.pop("verified", 0)
    return counts


def _of(counts: Counter[str]) -> Iterator[int]:
    return (counts[state] for state in STATES)
