"""A small part of the mail laboratory (bench/mail), and what the whole of it found once."""

import hashlib

import pytest

from bench.mail.answer_run import may_be_answered, triage_of
from bench.mail.codings import uuencoded
from bench.mail.hostile import hostile_mails, is_believed
from bench.mail.hostile import identified as identified_hostile
from bench.mail.odd_mails import odd_mails
from bench.mail.odd_run import new_worker, run_odd_mails
from bench.mail.payloads import book, old_book
from bench.mail.people import people_mails
from bench.mail.provinces import who_cases
from bench.mail.robots import robot_mails
from bench.mail.run import outcome_of
from pipeline.domain.mail.message import Kind
from pipeline.ports import RawMessage
from pipeline.stages.decode import decode
from pipeline.stages.unpack import unpack
from tests.builders.raw_mails import attached, mail, multipart, named

MOST_SECONDS = 5


@pytest.mark.fault("F-S8-6")
def test_no_file_of_an_odd_mail_is_lost_in_silence() -> None:
    results = run_odd_mails(odd_mails(seed=7, each=1, mixed=60))
    assert [(one.name, outcome) for one, outcome in results.wrong] == []
    assert results.outcomes["whole"] > len(results.seconds) // 2
    assert max(results.seconds) < MOST_SECONDS


@pytest.mark.fault("T-22")
def test_no_robot_is_answered() -> None:
    robots = list(robot_mails())
    assert len(robots) >= 200
    assert [one.name for one in robots if may_be_answered(triage_of(one.raw))] == []


def test_no_person_with_a_form_is_silenced() -> None:
    people = list(people_mails(7))
    assert len(people) >= 200
    assert [name for name, raw in people if not may_be_answered(triage_of(raw))] == []


def test_a_province_is_named_rightly_or_not_at_all() -> None:
    cases = [(outcome_of(case), case) for case in who_cases(7)]
    named_wrongly = [case for outcome, case in cases if outcome in ("wrong", "guessed")]
    assert named_wrongly == []
    held = sum(outcome == "needlessly held" for outcome, _ in cases)
    right = sum(outcome == "right" for outcome, _ in cases)
    assert held <= right // 100


@pytest.mark.fault("T-02")
def test_nobody_passes_for_a_registered_sender() -> None:
    mails = list(hostile_mails())
    assert len(mails) >= 250
    assert [n for n, raw in mails if is_believed(identified_hostile(raw))] == []


def found_in(raw: bytes) -> list[str]:
    """The digests of all files that are taken out of a mail."""
    return [one.sha256 for one in unpack(decode(raw).parts).attachments]


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw.replace(b"\r\n", b"\r\r\n"),
        lambda raw: raw.replace(b"\r\n", b"\r").replace(b"\n", b"\r\n"),
    ],
)
def test_line_ends_that_a_gateway_doubled_or_cut(spoil) -> None:
    line, body = multipart(named(book(), "PL9.xlsx"))
    assert found_in(spoil(mail(line, body=body))) == [digest(book())]


def test_a_nameless_part_that_is_a_mail_is_opened() -> None:
    line, body = multipart(named(book(), "PL9.xlsx"), boundary="in")
    part = b"Content-Type: application/octet-stream\r\n\r\n" + mail(line, body=body)
    line, body = multipart(part)
    assert digest(book()) in found_in(mail(line, body=body))


def test_two_uuencoded_files_without_their_end() -> None:
    blocks = [uuencoded(data, end=False) for data in (book(), old_book())]
    raw = mail("Content-Type: text/plain", body=b"".join(blocks))
    assert len(found_in(raw)) == 2


@pytest.mark.parametrize(
    "body",
    [
        b'Content-Disposition: attachment; filename="a.xls"\r\n\r\nxx',
        b"=ybegin line=128 size=9 name=PL9.xls\r\n\xc9\xc9",
        b"(This file must be converted with BinHex 4.0)\r\n\r\n:abc",
        b"7z=BC=AF'=1C=00=04",
        b"\x00\x01\x02\x03\x04abc",
    ],
)
@pytest.mark.parametrize(
    "wrap", [b"", b'Content-Disposition: attachment; filename="a.txt"']
)
def test_a_text_that_hides_a_file_is_held(body: bytes, wrap: bytes) -> None:
    head = b"Content-Type: text/plain" + (b"\r\n" + wrap if wrap else b"")
    line, whole = multipart(head + b"\r\n\r\n" + body)
    triage = triage_of(mail(line, body=whole))
    assert (triage.kind, triage.reason) == (Kind.SUBMISSION, "hidden-attachment")


def test_a_coded_text_that_begins_with_fields_is_held() -> None:
    part = attached(b"x" * 300, "Content-Type: text/plain").replace(
        b"\r\n\r\n", b"\r\n\r\nContent-Disposition: attachment\r\n\r\n", 1
    )
    line, body = multipart(part)
    assert decode(mail(line, body=body)).hints == ("mime-header",)


def test_a_coded_text_of_people_is_not_held() -> None:
    part = attached(
        "Kính gửi Vụ. ".encode() * 50, "Content-Type: text/plain; charset=utf-8"
    )
    line, body = multipart(part)
    assert not decode(mail(line, body=body)).hidden_attachment
    wide = attached("Kính gửi".encode("utf-16"), "Content-Type: text/plain; charset=utf-16")
    line, body = multipart(wide)
    assert not decode(mail(line, body=body)).hidden_attachment


@pytest.mark.parametrize(
    ("name", "data", "held"),
    [
        ("du lieu.dat", b"\x01\x02\x7f\x00" * 50, True),
        ("so lieu", b"", True),
        ("smime.p7s", b"\x30\x82\x01\x02\x7f\x00" * 50, False),
        ("ATT00001.txt", b"", False),
        ("loi.mp3", b"\x01\x02\x7f\x00" * 50, False),
    ],
)
def test_a_file_that_nobody_can_name_goes_to_a_planner(name, data, held) -> None:
    line, body = multipart(named(data, name))
    triage = triage_of(mail(line, body=body))
    assert (triage.reason == "hidden-attachment") is held


@pytest.mark.fault("F-S10-5")
def test_a_native_readers_panic_costs_only_its_file() -> None:
    """calamine panics on this .xls, cut in the middle; the mail was once given up whole."""
    worker = new_worker()
    cut = old_book()[:4133]
    line, body = multipart(named(cut, "a.xls"), named(book(), "b.xlsx"))
    raw = mail(line, body=body)
    try:
        parsed = worker.parse(RawMessage(digest(raw), raw))
    finally:
        worker.close()
    assert [form.form for form in parsed.appendices] == ["PL09"]
    problems = {one.name: one.problem for one in parsed.attachments}
    assert problems == {"a.xls": "unreadable-file", "b.xlsx": None}
