"""A letter with its correction workbook: structure, name, bytes without chance."""

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest

from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.letter import Enclosure, LetterContext
from pipeline.stages.compose import compose
from tests.builders.corrections import CONTEXT, NOW, WRITER, correct_return, enclosed
from tests.builders.decisions import envelope
from tests.builders.returns import consistent_return, shipped_round

SUM = ("PL03", "dn.tuyen_moi", "kh_n")
FIGURES = consistent_return(shipped_round(), "02", 1)
MADE = correct_return(("PL03",), {SUM: FIGURES[SUM] + 90})
(DRAFT,) = compose(MADE.decision, envelope(), CONTEXT)
PARTS = [
    "multipart/mixed",
    "multipart/alternative",
    "text/plain",
    "text/html",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
]


def test_the_workbook_stands_behind_the_two_versions_of_the_words() -> None:
    letter = WRITER.write(DRAFT, NOW, MADE.enclosure)
    message = message_from_bytes(letter.data, policy=default)
    assert [part.get_content_type() for part in message.walk()] == PARTS
    assert not [part.defects for part in message.walk() if part.defects]
    assert enclosed(letter.data) == MADE.enclosure
    (workbook,) = message.iter_attachments()
    assert workbook.get_content_disposition() == "attachment"
    assert workbook["Content-Transfer-Encoding"] == "base64"
    assert f'filename="{MADE.enclosure.name}"'.encode() in letter.data
    assert letter.data.count(b"MIME-Version") == 1


def test_its_words_and_headers_are_those_without_a_workbook() -> None:
    plain = message_from_bytes(WRITER.write(DRAFT, NOW).data, policy=default)
    whole = message_from_bytes(
        WRITER.write(DRAFT, NOW, MADE.enclosure).data, policy=default
    )
    for kind in ("plain", "html"):
        told = [m.get_body((kind,)).get_content() for m in (plain, whole)]
        assert told[0] == told[1]
    ours = {name: value for name, value in whole.items() if name != "Content-Type"}
    assert ours == {n: v for n, v in plain.items() if n != "Content-Type"}


def test_the_same_facts_give_the_same_bytes_and_short_lines() -> None:
    first = WRITER.write(DRAFT, NOW, MADE.enclosure)
    assert WRITER.write(DRAFT, NOW, MADE.enclosure) == first
    lines = first.data.split(b"\r\n")
    longest = {line for line in lines if len(line) > 78}
    assert longest == {b"Content-Type: " + PARTS[-1].encode()}, "one word, not to be cut"
    assert re.search(rb"(?<!\r)\n", first.data) is None


def test_the_letter_says_what_goes_with_it() -> None:
    texts = WRITER.render(DRAFT)
    name = MADE.correction.name
    for told in (texts.text, texts.html):
        assert f"tệp “{name}”" in re.sub(r"\s+", " ", told)
        assert "Giải trình" in told
    (silent,) = compose(MADE.decision, envelope(), LetterContext(
        CONTEXT.account, CONTEXT.plan_round, CONTEXT.province, CONTEXT.reader, NOW
    ))  # fmt: skip
    assert name not in WRITER.render(silent).text


def test_points_that_the_letter_leaves_out_are_in_the_workbook() -> None:
    values = {**DRAFT.values, "points": DRAFT.values["points"] * 40}
    for number, point in enumerate(values["points"], 1):
        values["points"][number - 1] = {**point, "number": number}

    text = " ".join(WRITER.render(replace(DRAFT, values=values)).text.split())
    assert f"mục khác; tệp “{MADE.correction.name}” kèm theo nêu đầy đủ." in text


def test_a_workbook_is_told_in_the_words_of_the_letter() -> None:
    point = DRAFT.values["points"][0]
    told = WRITER.tell(point, point["lines"], "Sở")
    text = " ".join(WRITER.render(DRAFT).text.split())
    for words in (told.title, *told.lines, told.todo):
        assert words in text


def test_facts_that_are_wanting_are_reported() -> None:
    with pytest.raises(PermanentError, match="total-mismatch"):
        WRITER.tell({"code": "total-mismatch"}, [], "Sở")


def test_an_enclosure_of_another_letter_is_another_letter() -> None:
    other = Enclosure(MADE.enclosure.name, MADE.enclosure.data + b"x")
    assert WRITER.write(DRAFT, NOW, other).data != WRITER.write(
        DRAFT, NOW, MADE.enclosure
    ).data  # fmt: skip
