"""Mails whose forms came in documents: what counts, what is a copy, what is a report."""

from collections.abc import Collection

import pytest

from pipeline.adapters.worker.message_parser import MessageParser
from pipeline.demo.sample_files import NamedFile
from pipeline.domain.plan.finding import Severity
from pipeline.domain.verdict import Parsed
from tests.builders.demo_world import shipped_gazetteer
from tests.builders.documents import (
    TABLE,
    Page,
    docx,
    paragraph,
    table_page,
    word_table,
    write_docx,
    write_pdf,
)
from tests.builders.mails import letter
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, Drawing, Style, draw

PARSER = MessageParser((ROUND,), shipped_gazetteer())
WORDS = paragraph("Sáu tháng đầu năm 2013 tỉnh đã tạo việc làm mới. " * 10) * 6
OLE_DOC = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600) + "WordDocument\0".encode(
    "utf-16-le"
)  # fmt: skip


def parsed(*files: NamedFile, opened: list[str] | None = None) -> Parsed:
    opening = (lambda _: None) if opened is None else opened.append
    return PARSER.parse("0" * 64, letter(files), opening=opening)


def table(form: str, style: Style = TABLE) -> tuple[str, Drawing]:
    found = ROUND.form(form)
    return found.title, draw(found, style)


def word(name: str, *forms: str, style: Style = TABLE, words: str = "") -> NamedFile:
    tables = [table(form, style) for form in forms]
    body = "".join(paragraph(title) + word_table(drawing) for title, drawing in tables)
    return NamedFile(name, docx(words + body))


def pdf(name: str, *forms: str) -> NamedFile:
    tables = [table(form) for form in forms]
    return NamedFile(name, write_pdf([table_page(d, [title]) for title, d in tables]))


def book(*forms: str) -> NamedFile:
    return NamedFile("PL.xlsx", write_xlsx([draw(ROUND.form(form)) for form in forms]))


def roles(mail: Parsed) -> dict[str, str]:
    return {attachment.name: attachment.role.value for attachment in mail.attachments}


def forms(mail: Parsed) -> dict[str, str]:
    return {appendix.form: appendix.path for appendix in mail.appendices}


def codes(mail: Parsed) -> Collection[tuple[str, str | None]]:
    return [(f.code, f.path) for f in mail.findings if f.severity is not Severity.INFO]


@pytest.mark.parametrize("make", [word, pdf], ids=["docx", "pdf"])
def test_forms_in_a_document_count_when_nothing_better_came(make) -> None:
    file = make("PL KH 2014.bin", "PL06", "PL07")
    mail = parsed(file)
    assert forms(mail) == {"PL06": file.name, "PL07": file.name}
    assert (roles(mail), mail.narrative) == ({file.name: "document"}, False)
    assert (mail.round, codes(mail)) == (ROUND.id, [])


def test_a_report_with_its_forms_inside_is_a_report_too() -> None:
    mail = parsed(word("Bao cao.docx", "PL06", words=WORDS))
    assert (roles(mail), mail.narrative) == ({"Bao cao.docx": "document"}, True)
    assert set(forms(mail)) == {"PL06"}


def test_a_report_with_tables_that_are_no_form_is_a_report() -> None:
    small = Drawing("x", {(r, c): f"{r}{c}" for r in range(5) for c in range(4)})
    extract = draw(ROUND.form("PL02"), Style(
        above=(), title=False, signature=False, top=-1,
        keep=lambda indicator: indicator in ROUND.form("PL02").indicators[:4],
    ))  # fmt: skip
    body = WORDS + word_table(small) + paragraph(ROUND.form("PL02").title)
    file = NamedFile("Phu luc thuyet minh.docx", docx(body + word_table(extract)))
    mail = parsed(file)
    assert (roles(mail), mail.narrative) == ({file.name: "narrative"}, True)
    assert (codes(mail), forms(mail)) == ([], {})


def test_the_workbook_counts_and_copies_of_it_do_not() -> None:
    """Even when the copy holds other figures: the letter asks about the workbook."""
    other = Style(
        above=(), title=False, signature=False, top=-1, figure=lambda _, value: value + 1
    )
    opened: list[str] = []
    copies = (word("PL.docx", "PL06", style=other), pdf("PL.pdf", "PL06"))
    mail = parsed(book("PL06", "PL07"), *copies, opened=opened)
    assert forms(mail) == {"PL06": "PL.xlsx", "PL07": "PL.xlsx"}
    assert codes(mail) == []
    assert opened == ["PL.xlsx", "PL.docx", "PL.pdf"]
    assert roles(mail)["PL.docx"] == "document"


def test_a_document_brings_the_form_that_the_workbook_lacks() -> None:
    mail = parsed(word("PL06.docx", "PL06"), book("PL07"))
    assert forms(mail) == {"PL06": "PL06.docx", "PL07": "PL.xlsx"}


def test_a_pdf_beside_a_word_table_is_its_copy() -> None:
    mail = parsed(pdf("PL06.pdf", "PL06"), word("PL06.docx", "PL06"))
    assert forms(mail) == {"PL06": "PL06.docx"}
    assert codes(mail) == []


def test_a_form_in_two_documents_is_there_twice() -> None:
    """The decision about two of one kind is made where workbooks' is."""
    mail = parsed(word("1.docx", "PL06"), word("2.docx", "PL06"))
    assert [appendix.form for appendix in mail.appendices] == ["PL06", "PL06"]


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (NamedFile("Phu luc 1.doc", OLE_DOC), "unsupported-type"),
        (NamedFile("PL01.docx", write_docx({})), "form-unrecognised"),
        (NamedFile("Bieu 2.pdf", write_pdf([Page([(20, 300, "PL 2")], [])])),
         "form-unrecognised"),
        (NamedFile("Bao cao KH 2014.doc", OLE_DOC), None),
        (NamedFile("Bao cao phu luc.docx", docx(WORDS)), None),
    ],
    ids=["doc", "docx", "pdf", "report-doc", "report"],
)  # fmt: skip
def test_an_appendix_that_was_not_read_is_told(file: NamedFile, told: str | None) -> None:
    mail = parsed(file)
    assert codes(mail) == ([(told, file.name)] if told else [])
    assert [f.found for f in mail.findings] == (
        ["doc"] if told == "unsupported-type" else [None] if told else []
    )
    assert roles(mail) == {file.name: "document" if told else "narrative"}
    assert mail.narrative == (told is None)
    beside = parsed(file, book("PL07"))
    assert codes(beside) == []


def test_the_letterhead_of_a_pdf_names_the_province() -> None:
    title, drawing = table("PL06")
    page = table_page(drawing, ["UBND TỈNH CAO BẰNG", title])
    mail = parsed(NamedFile("PL06.pdf", write_pdf([page])))
    assert "04" in {clue.province for clue in mail.clues}


def report(*lines: str, name: str = "Bao cao.pdf", pages: int = 1) -> NamedFile:
    texts = [(60, 580 - 14 * n, line) for n, line in enumerate(lines)]
    return NamedFile(name, write_pdf([Page(texts, [])] * pages))


def test_what_a_pdf_beside_a_workbook_says_is_kept_and_names_the_province() -> None:
    told = report(
        "UBND TỈNH CAO BẰNG",
        "SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI",
        "Các làng nghề tạo thêm nhiều việc làm mới.",
        pages=3,
    )
    beside, alone = parsed(book("PL06"), told), parsed(book("PL06"))
    assert "Các làng nghề tạo thêm nhiều việc làm mới." in beside.words
    assert alone.words == ""
    assert forms(beside) == {"PL06": "PL.xlsx"}
    assert ("04", "Bao cao.pdf") in {(c.province, c.where) for c in beside.clues}
    assert codes(beside) == codes(alone)


def test_recommendations_of_a_pdf_are_kept_once() -> None:
    asked = (
        "IV. KIẾN NGHỊ",
        "Đề nghị Bộ bổ sung kinh phí dạy nghề cho lao động nông thôn.",
    )
    mail = parsed(book("PL06"), report(*asked))
    assert [request.path for request in mail.requests] == ["Bao cao.pdf"]
    words = "".join(paragraph(line) for line in asked)
    both = parsed(book("PL06"), NamedFile("Bao cao.docx", docx(words)), report(*asked))
    assert [request.path for request in both.requests] == ["Bao cao.docx"]


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.4\n/Font\nnothing else",
        b"%PDF-1.5\n/ObjStm" + bytes(200),
        report("Một dòng.").data[:300] + b"/Font",
        write_pdf([Page([(60, 700, "Quá dài.")], [])] * 61),
    ],
)
def test_a_pdf_that_cannot_be_listened_to_is_no_fault(data: bytes) -> None:
    mail = parsed(book("PL06"), NamedFile("Bao cao.pdf", data))
    assert (mail.words, codes(mail)) == ("", codes(parsed(book("PL06"))))


def test_nothing_is_kept_of_a_pdf_that_lists_persons() -> None:
    persons = [f"{n} Nguyễn Văn An 0{n}1234567 Phú Yên" for n in range(1, 8)]
    assert parsed(book("PL06"), report("DANH SÁCH", *persons)).words == ""
