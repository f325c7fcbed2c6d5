"""Files with their truth, made from a plan, a province and a seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from bench.reading import heads as head_making
from bench.reading import lines as line_making
from bench.reading.charsets import NAMED, recode
from bench.reading.neighbours import cover, districts, hidden_copy, name_list
from bench.reading.notation import Wording, other_units
from bench.reading.page import Case, Fact, Key, Page, Stand
from bench.reading.plan import Plan, feasible, is_damage, traits_of
from bench.reading.sketch import Sketch, place
from bench.reading.text_writers import write_csv, write_html, write_xml
from bench.reading.writers import write_ods, write_xls, write_xlsx
from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.demo.province_sizes import load_sizes
from pipeline.demo.sample_figures import sample_figures
from pipeline.domain.plan.plan_round import ColumnRole, Form, PlanRound
from pipeline.domain.senders.province import Gazetteer, Province

CONFIG = Path(__file__).resolve().parents[2] / "config"
_HEAD_TITLES = {
    "appendix": ("Phụ lục {n}", "{title}"),
    "years": ("{title} NĂM 2013 VÀ KẾ HOẠCH NĂM 2014",
              "(Kèm theo Công văn số 415/SLĐTBXH-KHTC ngày 10/7/2013 của Sở LĐTBXH)"),
    "official": ("{title}",),
    "lower": ("Biểu số {n}: {lower}",),
}  # fmt: skip
_ABOVE = {"Người": "Đơn vị tính: {}", "Triệu đồng": "ĐVT: {}", "Hộ": "Đơn vị: {}"}


@dataclass(frozen=True)
class World:
    """What every case is made of."""

    plan_round: PlanRound
    gazetteer: Gazetteer

    @cached_property
    def provinces(self) -> Sequence[Province]:
        return self.gazetteer.provinces

    @cached_property
    def sizes(self) -> dict[str, object]:
        return dict(load_sizes(CONFIG))

    def figures(self, province: str, seed: int) -> dict[Key, Decimal]:
        return dict(sample_figures(self.plan_round, province, self.sizes, seed))


def load_world() -> World:
    """The shipped round and registry."""
    return World(
        load_round(CONFIG / "rounds" / "ke-hoach-2014"),
        load_gazetteer(
            CONFIG / "provinces.csv", CONFIG / "communes.csv", CONFIG / "populations.csv"
        ),
    )


def make_case(world: World, name: str, plan: Plan, form_ids: Sequence[str] = ()) -> Case:
    """A file of some forms; the same for the same name and plan."""
    dice = random.Random(name)
    province = dice.choice(world.provinces)
    figures = world.figures(province.code, dice.randrange(10_000))
    forms = [form for form in world.plan_round.forms if form.id in form_ids]
    if not forms:
        forms = sorted(
            dice.sample(world.plan_round.forms, dice.choice((1, 2, 3, 4))),
            key=lambda form: form.id,
        )
    maker = _Maker(world, plan, dice, province, figures)
    return maker.case(name, forms)


class _Maker:
    def __init__(self, world: World, plan: Plan, dice: random.Random,
                 province: Province, figures: dict[Key, Decimal]) -> None:  # fmt: skip
        self.world, self.plan, self.dice = world, feasible(plan), dice
        self.province, self.figures = province, figures
        self.facts: dict[Key, Fact] = {}
        self.stands: list[Stand] = []
        self.accepted: set[str] = set()

    def case(self, name: str, forms: Sequence[Form]) -> Case:
        pages = self._pages(forms)
        pages += self._neighbours(pages)
        for page in pages:
            recode(page, self.plan["encoding"], self.dice)
        kind = self.plan["format"]
        damaged = any(is_damage(value) for value in self.plan.values())
        return Case(
            name=name,
            province=self.province.code,
            kind=kind,
            data=self._written(pages),
            traits=traits_of(self.plan),
            facts=self.facts,
            stands=self.stands,
            clean=not damaged,
            accepted=frozenset(self.accepted),
            encoding=NAMED.get(self.plan["encoding"], ""),
        )

    def _written(self, pages: Sequence[Page]) -> bytes:
        kind = self.plan["format"]
        if kind == "csv":
            return self._csv(pages[0])
        writers = {"xls": write_xls, "ods": write_ods, "html": write_html, "xml": write_xml}
        return writers.get(kind, write_xlsx)(pages)

    def _csv(self, page: Page) -> bytes:
        legacy = self.plan["encoding"] in ("tcvn3", "tcvn3-caps", "vni")
        names = ("utf-8", "utf-8-sig", "utf-16")
        encoding = "cp1252" if legacy else self.dice.choice(names)
        if self.plan["encoding"] == "cp1258":
            encoding = "cp1258"
        return write_csv(page, self.dice.choice(";,\t"), encoding)

    def _pages(self, forms: Sequence[Form]) -> list[Page]:
        if self.plan["arrangement"] == "stacked":
            page = Page({"csv": "csv", "html": "html"}.get(self.plan["format"], "Tổng hợp"))
            for form in forms:
                gap = self.dice.randint(0, 4) if page.cells else 0
                self._put(self._sketch(form), page, page.height + gap)
            return self._shaped([page])
        pages = []
        for form in forms:
            sketch = self._sketch(form)
            number = int(form.id[2:])
            name = self.dice.choice((f"PL{number}", f"Biểu {number}", f"Sheet{number}"))
            if self.plan["title"] == "sheet-name":
                name = form.title[:28].replace("/", "-").replace(":", "")
            halves = [sketch]
            if self.plan["arrangement"] == "split" and len(sketch.lines) > 8:
                halves = self._halved(sketch)
            for at, half in enumerate(halves):
                page = Page(name if not at else f"{name[:25]} (2)")
                self._put(half, page, 0)
                pages.append(page)
        return self._shaped(pages)

    def _halved(self, sketch: Sketch) -> list[Sketch]:
        coded = [at for at, line in enumerate(sketch.lines) if line.code and at > 3]
        cut = self.dice.choice(coded) if coded else len(sketch.lines) // 2
        title = [f"{text} (tiếp theo)" for text in sketch.title[-1:]]
        return [
            replace(sketch, lines=sketch.lines[:cut]),
            replace(sketch, lines=sketch.lines[cut:], title=title),
        ]

    def _put(self, sketch: Sketch, page: Page, top: int) -> None:
        stand, facts = place(sketch, page, top)
        self.stands.append(stand)
        self.facts.update(facts)

    def _sketch(self, form: Form) -> Sketch:
        wording, unit_line = self._wording(form)
        return Sketch(
            form=form,
            heads=self._heads(form, unit_line, wording),
            lines=self._lines(form),
            plan=self.plan,
            wording=wording,
            dice=self.dice,
            title=(*self._letterhead(), *self._title(form)),
            unit_line=unit_line,
        )

    def _letterhead(self) -> tuple[str, ...]:
        if self.plan["letterhead"] == "none":
            return ()
        usual = (
            f"UBND {self.province.full_name.upper()}",
            "SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI",
        )
        if self.plan["letterhead"] == "usual":
            return usual
        return (
            *usual, "Số: 415/SLĐTBXH-KHTC", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc", "Hà Giang, ngày 10 tháng 7 năm 2013",
            "BÁO CÁO THỰC HIỆN KẾ HOẠCH 6 THÁNG ĐẦU NĂM 2013, XÂY DỰNG KẾ HOẠCH NĂM 2014",
        )  # fmt: skip

    def _title(self, form: Form) -> tuple[str, ...]:
        wanted = _HEAD_TITLES.get(self.plan["title"], ())
        return tuple(
            text.format(n=int(form.id[2:]), title=form.title.upper(), lower=form.title)
            for text in wanted
        )

    def _wording(self, form: Form) -> tuple[Wording, str | None]:
        plan, units = self.plan, self.plan["units"]
        wording, unit_line = Wording(), None
        held = {row.unit for row in form.indicators}
        if units == "row":
            wording = other_units(self.dice)
        if units in ("above", "head", "!undeclared", "!above-left"):
            unit = self._convertible(held)
            if unit:
                wording = other_units(self.dice, unit)
                spelling = wording.scaled(unit)[0]
                if units in ("above", "!above-left"):
                    unit_line = _ABOVE[unit].format(spelling)
        wording = replace(
            wording,
            notation=plan["notation"],
            percent=plan["percent"],
            marks=plan["marks"] == "!all",
            quiet_marks=plan["marks"] == "quiet",
            unreadable=0.02 if plan["damage"] == "!unreadable" else 0.0,
        )
        return wording, unit_line

    def _convertible(self, held: set[str]) -> str | None:
        if {"Người", "1000 người"} <= held:
            return None
        found = sorted(held & set(_ABOVE))
        return self.dice.choice(found) if found else None

    def _heads(
        self, form: Form, unit_line: str | None, wording: Wording
    ) -> list[head_making.Head]:
        plan, dice = self.plan, self.dice
        made = head_making.make_heads(form, plan["header"], dice)
        if plan["header"] == "number-years":
            made = head_making.numbered_years(made)
        made = head_making.reorder(made, plan["order"], dice)
        if plan["extra"] == "one":
            made = head_making.with_extra(made, dice)
        elif plan["extra"] == "shares":
            made = head_making.with_shares(made)
        roles = {"derived": ColumnRole.DERIVED, "note": ColumnRole.NOTE,
                 "code": ColumnRole.CODE, "unit": ColumnRole.UNIT}  # fmt: skip
        if plan["lacking"] in roles:
            made = head_making.without(made, roles[plan["lacking"]])
        declared = unit_line and plan["units"] == "above"
        if declared or plan["units"] in ("absent", "head"):
            made = head_making.without(made, ColumnRole.UNIT)
        if plan["units"] == "head" and wording.scale:
            made = [
                replace(
                    head, path=(*head.path[:-1], f"{head.path[-1]} ({wording.scale[0][1]})")
                )
                if head.role is ColumnRole.VALUE
                else head
                for head in made
            ]
        return made

    def _lines(self, form: Form) -> list[line_making.Line]:
        plan, dice = self.plan, self.dice
        made = line_making.make_lines(form, self.figures)
        if plan["rows"] in ("!deleted", "!both"):
            made = line_making.delete_rows(made, 0.07, dice)
        if plan["labels"] == "cosmetic":
            made = line_making.edit_labels(made, 0.4, dice, sorted(line_making.COSMETIC))
        elif plan["labels"] == "!edited":
            made = line_making.edit_labels(made, 0.25, dice)
        if plan["rows"] == "!moved":
            made = line_making.move_block(made, dice)
        if plan["rows"] == "!swapped":
            made = line_making.swap_rows(made, 0.15, dice)
        if plan["rows"] in ("own", "!both"):
            made = line_making.insert_rows(made, 0.06, dice, twins=plan["rows"] == "!both")
        if plan["rows"] == "headings":
            made = line_making.with_headings(made, dice)
        return line_making.recode_rows(made, plan["codes"].lstrip("!"), dice)

    def _shaped(self, pages: list[Page]) -> list[Page]:
        """Hidden parts and formatting far out."""
        page, hidden = self.dice.choice(pages), self.plan["hidden"]
        if self.plan["far"] == "rows":
            page.far = (self.dice.randint(3000, 60_000), 3)
        elif self.plan["far"] == "columns":
            page.far = (4, self.dice.randint(60, 250))
        if hidden == "!value-column":
            cells = [fact.cell for fact in self.facts.values() if fact.sheet == page.name]
            page.hidden_columns.add(self.dice.choice(cells)[1])
            self.accepted.add("hidden-content")
        elif hidden == "!rows":
            cells = [fact.cell for fact in self.facts.values() if fact.sheet == page.name]
            page.hidden_rows.update(self.dice.choice(cells)[0] for _ in range(2))
            self.accepted.add("hidden-content")
        elif hidden == "note-column":
            page.hidden_columns.add(page.width - 1)
            self.accepted.add("hidden-content")
        return pages

    def _neighbours(self, pages: Sequence[Page]) -> list[Page]:
        more = []
        if self.plan["hidden"] == "!copy-sheet":
            more.append(hidden_copy(pages[0]))
            self.accepted.add("hidden-content")
        if self.plan["hidden"] == "lists":
            more.append(name_list(self.world.provinces))
        if self.plan["neighbours"] == "empty":
            more += [Page("Sheet21"), Page("Sheet31")]
        elif self.plan["neighbours"] == "cover":
            more.append(cover())
        elif self.plan["neighbours"] == "!district":
            more.append(districts(self.dice))
            self.accepted.add("form-unrecognised")
        return more
