"""One message against the open rounds: which forms are taken, what the rest becomes."""

import io
import shutil
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.adapters.worker.message_parser import MessageParser
from pipeline.demo.return_style import ReturnStyle, SampleReturn
from pipeline.demo.sample_files import NamedFile
from pipeline.demo.sample_workbooks import write_return
from pipeline.domain.mail.message import Role
from pipeline.domain.plan.finding import Finding, Severity
from tests.builders.demo_world import CONFIG, shipped_gazetteer, shipped_round
from tests.builders.mails import OURS, figures, letter, narrative, workbooks
from tests.builders.workshop import digest_of


@pytest.fixture(scope="module")
def next_round(tmp_path_factory):
    """The same forms, asked for a year later."""
    folder = tmp_path_factory.mktemp("rounds") / "ke-hoach-2015"
    shutil.copytree(CONFIG / "rounds" / "ke-hoach-2014", folder)
    file = folder / "round.yaml"
    text = file.read_text(encoding="utf-8").replace("ke-hoach-2014", "ke-hoach-2015")
    file.write_text(text.replace("plan_year: 2014", "plan_year: 2015"), encoding="utf-8")
    return load_round(folder)


def parser(*rounds) -> MessageParser:
    return MessageParser(
        rounds or (shipped_round(),), shipped_gazetteer(), own_addresses=frozenset({OURS})
    )


def parse(raw: bytes, *rounds, **options):
    return parser(*rounds).parse(digest_of(raw), raw, **options)


def of_round(plan_round, *forms: str) -> NamedFile:
    sample = SampleReturn(
        plan_round,
        shipped_gazetteer().by_code("02"),
        figures(),
        ReturnStyle(),
        "1/02",
        forms,
    )
    (book,) = write_return(sample)
    return replace(book, name=f"{plan_round.id}.xlsx")


def taken(parsed) -> tuple[str | None, list[str]]:
    return parsed.round, [form.form for form in parsed.appendices]


@pytest.mark.parametrize("own", [2014, 2015])
def test_a_form_says_by_its_years_which_open_round_it_belongs_to(next_round, own) -> None:
    rounds = (shipped_round(), next_round)
    asked = next(each for each in rounds if each.plan_year == own)
    parsed = parse(letter([of_round(asked, "PL02", "PL03")]), *rounds)
    assert taken(parsed) == (f"ke-hoach-{own}", ["PL02", "PL03"])
    assert parsed.findings == ()


def test_forms_of_another_open_round_are_left_out_and_it_is_said(next_round) -> None:
    files = [of_round(shipped_round(), "PL02", "PL03"), of_round(next_round, "PL04")]
    parsed = parse(letter(files), shipped_round(), next_round)
    assert taken(parsed) == ("ke-hoach-2014", ["PL02", "PL03"])
    assert parsed.findings == (
        Finding(
            "wrong-round",
            Severity.QUERY,
            path="ke-hoach-2015.xlsx",
            sheet="PL4",
            found="2015",
            expected="2014",
        ),
    )


@pytest.mark.fault("F-S9-7")
def test_a_form_of_a_round_that_is_not_open_gives_no_form(next_round) -> None:
    parsed = parse(letter([of_round(next_round, "PL04")]))
    assert taken(parsed) == (None, [])
    assert {finding.code for finding in parsed.findings} == {"wrong-round"}


def test_every_file_is_announced_and_one_that_was_given_up_is_left_alone() -> None:
    announced: list[str] = []
    files = [replace(workbooks(["PL09"])[0], name="a.xlsx"), narrative()]
    raw = letter([*files, replace(workbooks(["PL08"])[0], name="b.xlsx")])
    parsed = parse(raw, given_up={"b.xlsx": "too-big"}, opening=announced.append)
    assert announced == ["a.xlsx", "Thuyet minh.docx"]
    assert taken(parsed) == ("ke-hoach-2014", ["PL09"])
    assert [(f.code, f.path) for f in parsed.findings] == [("too-big", "b.xlsx")]
    problems = {a.name: a.problem for a in parsed.attachments}
    assert problems == {"a.xlsx": None, "Thuyet minh.docx": None, "b.xlsx": "too-big"}
    assert parsed.narrative


def test_a_file_too_large_for_our_memory_is_named(monkeypatch) -> None:
    def devour(data: bytes, path: str, known: str) -> None:
        raise MemoryError

    monkeypatch.setattr("pipeline.adapters.worker.message_parser.open_workbook", devour)
    parsed = parse(letter(workbooks(["PL09"])))
    assert [finding.code for finding in parsed.findings] == ["too-big"]


def test_the_same_files_under_other_names_have_the_same_content_key() -> None:
    (book,) = workbooks(["PL09"])
    named = [NamedFile(name, book.data) for name in ("a.xlsx", "b.xlsx")]
    first, second = (parse(letter([file])) for file in named)
    assert first.content_key == second.content_key
    both = parse(letter([*named, narrative()]))
    assert both.content_key not in (None, first.content_key)
    assert parse(letter(())).content_key is None


def test_the_letterhead_of_a_hidden_sheet_names_nobody() -> None:
    (book,) = workbooks(["PL09"])
    opened = load_workbook(io.BytesIO(book.data))
    old = opened.create_sheet("cu")
    old["A1"], old["A2"] = "UBND TỈNH CAO BẰNG", "SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI"
    for state, provinces in (("hidden", {"02"}), ("visible", {"02", "04"})):
        old.sheet_state = state
        stream = io.BytesIO()
        opened.save(stream)
        parsed = parse(letter([NamedFile(book.name, stream.getvalue())]))
        assert {clue.province for clue in parsed.clues} == provinces
        assert {a.role for a in parsed.attachments} == {Role.WORKBOOK}
