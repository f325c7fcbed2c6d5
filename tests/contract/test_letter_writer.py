"""Letters as they leave: words within limits, headers as wanted, bytes without chance."""

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.adapters.letters.letter_message import (
    LETTER_POLICY,
    Letterhead,
    header_line,
)
from pipeline.adapters.letters.letter_writer import (
    HTML_LIMIT,
    TEXT_LIMIT,
    JinjaLetterWriter,
)
from pipeline.domain.errors import ConfigError, PermanentError
from pipeline.domain.letters.letter import LetterContext, LetterDraft, Thread
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.finding_codes import FINDING_CODES
from pipeline.domain.plan.form import FormState
from pipeline.domain.senders.province import Province
from pipeline.domain.verdict import Decision, FormResult, ReplyPlan, Verdict
from pipeline.jobs.preview_letters import sample_letters
from pipeline.stages.check import CheckContext, check
from pipeline.stages.compose import compose
from tests.builders.decisions import decision, envelope, finding, form
from tests.builders.returns import (
    cell_of,
    consistent_return,
    make_appendices,
    shipped_gazetteer,
    shipped_round,
)

TEMPLATES = Path(__file__).parents[2] / "templates" / "letters"
NOW = datetime(2013, 7, 10, 2, 30, tzinfo=UTC)
HEAD = Letterhead(
    from_name="Vụ Kế hoạch - Tài chính",
    from_address="khtc@example.gov.vn",
    reply_to="nop.bao.cao@example.gov.vn",
    domain="example.gov.vn",
    secret=b"only for tests, 32 bytes or more",
)
HA_GIANG = shipped_gazetteer().by_code("02")
CONTEXT = LetterContext(
    "khtc", shipped_round(), HA_GIANG, shipped_gazetteer().addressee(HA_GIANG), NOW
)
DEFICIENCY = ReplyPlan("deficiency", "hagiang@example.vn")
HOSTILE = (
    "a\r\nBcc: victim@example.com",
    "a\nTo: victim@example.com",
    "a\x85b",
    "a\u2028b",
    "a\u2029b",
    "a\x00b",
    "a\x0bb",
    "=?utf-8?q?a=0D=0ABcc:_x@y.z?=",
    "\u202egnp.exe",
    "{{ 7*7 }} {% for x in (1,) %}x{% endfor %} {{ v.__class__.__mro__ }}",
    "<script>alert(1)</script><img src=x onerror=1>",
    '"><a href="http://spam.example">x</a>',
)


@pytest.fixture(scope="module")
def writer() -> JinjaLetterWriter:
    return JinjaLetterWriter(TEMPLATES, HEAD)


def draft_of(
    made: Decision, context: LetterContext = CONTEXT, **headers: Any
) -> LetterDraft:
    return compose(made, envelope(**headers), context)[0]


def deficient(*findings: Finding) -> Decision:
    bad = form("PL01", state=FormState.DEFICIENT)
    return decision(
        forms=(bad,), findings=findings, reply=DEFICIENCY, verdict=Verdict.DEFICIENT
    )


def parsed(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_every_sample_letter_renders_for_the_check_at_start(
    writer: JinjaLetterWriter,
) -> None:
    drafts = [
        draft for _, draft in sample_letters(shipped_round(), shipped_gazetteer(), NOW)
    ]
    writer.check(drafts)
    assert {draft.template for draft in drafts} == {
        "acknowledgement",
        "incomplete",
        "deficiency",
        "received",
        "duplicate",
        "resend-as-workbook",
        "answer",
        "reminder",
        "night-digest",
    }


@pytest.mark.fault("F-S13-7")
def test_headers_are_those_of_an_automatic_answer(writer: JinjaLetterWriter) -> None:
    draft = draft_of(decision(), references=("<0@example.vn>",))
    letter = writer.write(draft, NOW)
    message = parsed(letter.data)
    token = letter.token
    assert re.fullmatch(r"[a-z2-7]{26}", token)
    assert {name: str(value) for name, value in message.items()} == {
        "From": "Vụ Kế hoạch - Tài chính <khtc@example.gov.vn>",
        "Reply-To": "nop.bao.cao@example.gov.vn",
        "To": "hagiang@example.vn",
        "Date": "Wed, 10 Jul 2013 09:30:00 +0700",
        "Subject": letter.subject,
        "In-Reply-To": "<1@example.vn>",
        "References": "<0@example.vn> <1@example.vn>",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
        "Precedence": "auto_reply",
        "X-Loop": "khtc@example.gov.vn",
        "Message-ID": f"<khtc.{token}@example.gov.vn>",
        "X-KHTC-Reply": token,
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="=_khtc_{token}"',
    }
    assert letter.rfc_message_id == message["Message-ID"]
    assert letter.state is LetterState.QUEUED
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]


def test_the_wire_form_is_seven_bit_and_crlf_with_short_lines(
    writer: JinjaLetterWriter,
) -> None:
    data = writer.write(draft_of(deficient(finding(found="1", expected="2"))), NOW).data
    assert data.isascii()
    lines = data.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 76


@pytest.mark.parametrize("province", shipped_gazetteer().provinces, ids=lambda p: p.code)
def test_subject_and_sender_read_back_letter_by_letter(
    writer: JinjaLetterWriter, province: Province
) -> None:
    """The library's own folding loses spaces at the seams of encoded words."""
    plan = ReplyPlan("incomplete", "hagiang@example.vn")
    for n in range(9):
        made = decision(reply=plan, forms_missing=tuple(f"PL0{i}" for i in range(1, n + 1)))
        letter = writer.write(draft_of(made, replace(CONTEXT, province=province)), NOW)
        message = parsed(letter.data)
        assert message["Subject"] == letter.subject
        assert message["From"].addresses[0].display_name == HEAD.from_name


@pytest.mark.parametrize("name", ["KHTC (MOLISA), Ha Noi", "Vụ Kế hoạch - Tài chính " * 4])
def test_any_sender_name_reads_back(name: str) -> None:
    named = JinjaLetterWriter(TEMPLATES, replace(HEAD, from_name=name.strip()))
    data = named.write(draft_of(decision()), NOW).data
    (decoded,) = message_from_bytes(data, policy=compat32).get_all("From", [])
    shown = str(make_header(decode_header(decoded)))
    assert (
        " ".join(shown.replace('"', "").split()) == f"{name.strip()} <khtc@example.gov.vn>"
    )


def test_a_subject_without_a_tag_is_encoded_whole(writer: JinjaLetterWriter) -> None:
    draft = draft_of(decision())
    odd = replace(draft, values={**draft.values, "reference": "số"})
    letter = writer.write(odd, NOW)
    assert parsed(letter.data)["Subject"] == letter.subject


def test_text_and_html_read_back_as_rendered(writer: JinjaLetterWriter) -> None:
    draft = draft_of(decision())
    texts = writer.render(draft)
    text, html = parsed(writer.write(draft, NOW).data).iter_parts()
    assert text.get_content().replace("\r\n", "\n") == texts.text
    assert html.get_content().replace("\r\n", "\n") == texts.html


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Content-Type", 'multipart/alternative; boundary="=_khtc_1"'),
        ("Content-Type", 'multipart/alternative; boundary="=_khtc_2"'),
        ("MIME-Version", "1.0"),
        ("To", "a@b.vn"),
        ("To", "c@d.vn"),
    ],
)
def test_headers_kept_from_letter_to_letter_are_those_of_the_library(name, value) -> None:
    folded = default.fold(name, default.header_store_parse(name, value)[1])
    for _ in range(2):
        stored, kept = LETTER_POLICY.header_store_parse(name, value)
        assert (stored, kept) == (name, value)
        assert LETTER_POLICY.fold(name, kept) == folded.replace("\n", "\r\n")


ATOMS = st.text("abc019.=?_-+'{", min_size=1, max_size=70)


@given(ATOMS, st.sampled_from(["b.vn", "sldtbxh.hagiang.gov.vn"]))
def test_what_the_library_is_not_asked_it_would_leave_as_it_is(name, domain) -> None:
    address = f"{name}@{domain}"
    assume(re.fullmatch(r"[^.]+(\.[^.]+)*@.+", address))
    for header in ("To", "Reply-To", "X-Loop", "Message-ID"):
        value = f"<{address}>" if header == "Message-ID" else address
        parsed_value = LETTER_POLICY.header_store_parse(header, value)[1]
        assert header_line(header, value) == LETTER_POLICY.fold(header, parsed_value)


@given(st.text("aĐạ 🏛[]=?", max_size=90).map(lambda text: f"[KHTC 1] {text}".strip()))
def test_encoded_words_split_no_letter_and_read_back(subject: str) -> None:
    line = header_line("Subject", subject)
    assert all(len(each) <= 76 for each in line.split("\r\n"))
    assume("=?" not in subject)
    words = re.sub(r"\s+", " ", subject)
    read = str(make_header(decode_header(line[9:].replace("\r\n", ""))))
    assert re.sub(r"\s+", " ", read) == words


def test_the_same_draft_and_time_give_the_same_bytes() -> None:
    draft = draft_of(deficient(finding(found="1", expected="2")))
    first = JinjaLetterWriter(TEMPLATES, HEAD).write(draft, NOW)
    assert JinjaLetterWriter(TEMPLATES, HEAD).write(draft, NOW) == first
    other = replace(draft, reply_key="k2")
    assert JinjaLetterWriter(TEMPLATES, HEAD).write(other, NOW).token != first.token


def test_a_token_cannot_be_made_without_the_secret(writer: JinjaLetterWriter) -> None:
    other = JinjaLetterWriter(
        TEMPLATES, replace(HEAD, secret=b"another secret of some length")
    )
    draft = draft_of(decision())
    assert writer.write(draft, NOW).token != other.write(draft, NOW).token
    assert "secret" not in repr(HEAD)


def test_a_suppressed_draft_becomes_a_suppressed_letter(writer: JinjaLetterWriter) -> None:
    letter = writer.write(replace(draft_of(decision()), suppressed="N18"), NOW)
    assert (letter.state, letter.suppressed) == (LetterState.SUPPRESSED, "N18")


def test_a_long_thread_keeps_its_first_and_last_nineteen_ids(
    writer: JinjaLetterWriter,
) -> None:
    ids = tuple(f"<{n}.{'x' * 150}@{'h' * 100}.example.vn>" for n in range(60))
    letter = writer.write(draft_of(decision(), references=ids, message_id=ids[-1]), NOW)
    header = letter.data.split(b"\r\n\r\n", 1)[0].decode()
    unfolded = header.replace("\r\n ", " ")
    (line,) = re.findall(r"^References: (.*)$", unfolded, re.MULTILINE)
    assert line.split() == [ids[0], *ids[-19:]]
    (parent,) = re.findall(r"^In-Reply-To: (.*)$", unfolded, re.MULTILINE)
    assert parent.strip() == ids[-1]
    assert max(map(len, header.split("\r\n"))) <= 998


@pytest.mark.fault("T-19")
@pytest.mark.parametrize(
    ("message_id", "references", "expected"),
    [
        (None, (), {}),
        ("<a b@c.vn>", ("<x@y.vn>", "junk"), {"References": "<x@y.vn>"}),
        ("<a@b.vn>\r\nBcc: <v@example.com>", ("<x@y.vn>\n",), {}),
        ("<a@b.vn>\u2028", (), {}),
        ("<a@b.vn>", ("<a@b.vn>",), {"In-Reply-To": "<a@b.vn>", "References": "<a@b.vn>"}),
    ],
)
def test_only_well_formed_message_ids_are_copied(
    writer: JinjaLetterWriter,
    message_id: str | None,
    references: tuple[str, ...],
    expected: Mapping[str, str],
) -> None:
    draft = replace(draft_of(decision()), thread=Thread(message_id, references))
    message = parsed(writer.write(draft, NOW).data)
    told = {n: str(message[n]) for n in ("In-Reply-To", "References") if n in message}
    assert told == expected
    assert "Bcc" not in message


@pytest.mark.fault("F-S13-9", "T-20")
@pytest.mark.parametrize(
    "address",
    [
        "",
        "a@b\r\nBcc: c@d.vn",
        "a b@c.vn",
        "<a@b.vn>",
        "a@b.vn,c@d.vn",
        "á@b.vn",
        "a@b.vn\n",
    ],
)
def test_a_letter_to_anything_but_one_plain_address_is_refused(
    writer: JinjaLetterWriter, address: str
) -> None:
    with pytest.raises(PermanentError, match="recipient"):
        writer.write(replace(draft_of(decision()), to=address), NOW)


@pytest.mark.parametrize(
    "name",
    ["=?utf-8?q?a=40b.vn=2C_c?=", "=?utf-8?q?=0D=0ABcc=3A_v?=", "=?utf-8?q?=C4=91?="],
)
def test_an_address_that_looks_like_an_encoded_word_is_not_read_as_one(
    writer: JinjaLetterWriter, name: str
) -> None:
    address = f"{name}@evil.com"
    letter = writer.write(replace(draft_of(decision()), to=address), NOW)
    assert f"\r\nTo: {address}\r\n".encode("ascii") in letter.data


@pytest.mark.fault("T-19")
@pytest.mark.parametrize("breaker", ["\r\n", "\n", "\x85", "\u2028", "\x00", "\u202e"])
def test_a_control_character_never_reaches_a_header(
    writer: JinjaLetterWriter, breaker: str
) -> None:
    draft = draft_of(decision())
    hostile = {**draft.values, "place": f"Hà{breaker}Bcc: v@example.com"}
    with pytest.raises(PermanentError, match="Subject"):
        writer.write(replace(draft, values=hostile), NOW)


@pytest.mark.fault("T-17")
@pytest.mark.parametrize("payload", HOSTILE)
def test_what_a_stranger_writes_is_inert(writer: JinjaLetterWriter, payload: str) -> None:
    told = deficient(
        finding(
            "unreadable-value", found=payload, path=payload, sheet=payload, cell=payload
        ),
        finding("unit-unknown", found=payload, expected=payload, suspect=(payload,)),
    )
    plan = ReplyPlan("deficiency", "hagiang@example.vn", also=("so@example.vn",))
    drafts = compose(
        replace(told, reply=plan), envelope(payload, subject=payload, text=payload), CONTEXT
    )
    for draft in drafts:
        letter = writer.write(draft, NOW)
        message = parsed(letter.data)
        assert "Bcc" not in message
        assert len(message.get_all("To", [])) == 1
        text, html = (
            part.get_content().replace("\r\n", "\n") for part in message.iter_parts()
        )
        assert all(ord(c) >= 32 or c == "\n" for c in text + html)
        assert not set("\x85\u2028\u2029\u202e") & set(text + html)
        tags = tags_of(html)
        assert not tags & {"script", "img", "a", "iframe", "link", "style", "form"}
        assert "http" not in re.sub(r"http //", "", html)
        assert max(map(len, text.split("\n"))) <= 76


@pytest.mark.fault("T-18")
def test_template_syntax_in_a_cell_is_shown_as_written(writer: JinjaLetterWriter) -> None:
    told = deficient(finding("unreadable-value", found="{{ 7*7 }}<b>"))
    texts = writer.render(draft_of(told))
    assert "ghi “{{ 7*7 }}<b>”" in texts.text
    assert "ghi “{{ 7*7 }}&lt;b&gt;”" in texts.html
    assert "49" not in re.sub(r"[\d.-]{6,}", "", texts.text.replace(texts.subject, ""))


@pytest.mark.fault("T-21")
def test_free_text_of_the_sender_does_not_come_back(writer: JinjaLetterWriter) -> None:
    marker = "MARKER-OF-A-SPAMMER"
    draft = draft_of(decision(), subject=marker, text=marker, sender_name=marker)
    texts = writer.render(draft)
    assert marker not in texts.text + texts.html + texts.subject


@pytest.mark.fault("T-21")
def test_a_quoted_cell_is_cut_to_forty_characters(writer: JinjaLetterWriter) -> None:
    texts = writer.render(draft_of(deficient(finding("unreadable-value", found="m" * 500))))
    assert "m" * 39 + "…" in texts.text
    assert "m" * 40 not in texts.text


def test_a_letter_of_a_thousand_findings_stays_within_its_limits(
    writer: JinjaLetterWriter,
) -> None:
    many = tuple(
        finding(
            "total-mismatch",
            form=f.id,
            indicator=i.key,
            column="uoc_n1",
            path=f"{f.id} " + "m" * 300 + ".xls",
            sheet=f.id + "s" * 40,
            cell=f"H{n}",
            found="123456789",
            expected="987654321",
            rule=f"{f.id}.{n}",
            suspect=(f"H{n}", f"I{n}", f"J{n}"),
        )
        for f in shipped_round().forms
        for n, i in enumerate(f.indicators * 5)
    )
    texts = writer.render(draft_of(deficient(*many)))
    assert len(texts.text.encode()) <= TEXT_LIMIT
    assert len(texts.html.encode()) <= HTML_LIMIT
    shown = len(re.findall(r"^\d+\. Số tổng", texts.text, re.MULTILINE))
    assert 10 <= shown <= 30
    assert f"và {len(many) - shown} mục khác" in texts.text
    assert f"và {len(many) - shown} mục khác" in texts.html


def test_thirty_small_findings_fit_and_the_rest_is_counted(
    writer: JinjaLetterWriter,
) -> None:
    many = tuple(
        finding("total-mismatch", cell=f"H{n}", rule=f"PL01.{n}", found="1", expected="2")
        for n in range(35)
    )
    text = writer.render(draft_of(deficient(*many))).text
    assert len(re.findall(r"^\d+\. Số tổng", text, re.MULTILINE)) == 30
    assert "và 5 mục khác" in text


def test_even_without_a_single_point_a_letter_is_written(writer: JinjaLetterWriter) -> None:
    draft = draft_of(deficient(finding()))
    huge = {**draft.values, "contact": "x " * 40_000}
    assert "1. Số tổng" not in writer.render(replace(draft, values=huge)).text


def test_every_code_can_be_told_bare_and_full(writer: JinjaLetterWriter) -> None:
    """Whatever a finding lacks, its sentence still stands and is wrapped."""
    for code in sorted(FINDING_CODES):
        for severity in Severity:
            for found in (None, "5"):
                told = deficient(finding(code, severity=severity, found=found))
                text = writer.render(draft_of(told)).text
                assert "None" not in text, code
                assert not re.search(r"\s\.(\s|$)", text), code
                assert max(map(len, text.split("\n"))) <= 76, code


def test_a_wrong_cell_of_a_real_return_is_named_with_its_figures(
    writer: JinjaLetterWriter,
) -> None:
    plan_round = shipped_round()
    figures = consistent_return(plan_round, "02", 1)
    key = ("PL05", "bt.tong", "kh_n")
    figures[key] *= 10
    appendices = make_appendices(plan_round, figures)
    findings = check(appendices, CheckContext(plan_round, "02", shipped_gazetteer(), ()))
    bad = tuple(FormResult(appendix, FormState.DEFICIENT) for appendix in appendices)
    told = decision(
        forms=bad, findings=findings, reply=DEFICIENCY, verdict=Verdict.DEFICIENT
    )
    text = " ".join(writer.render(draft_of(told)).text.split())
    cell = cell_of(plan_round.form("PL05"), *key[1:])
    assert f"1. Ô {cell}: 4 phép kiểm tra chưa khớp" in text
    assert "2. Ô" not in text
    assert "“Đối tượng hưởng trợ cấp xã hội hàng tháng”" in text


def test_subjects_name_the_forms_while_there_is_room(writer: JinjaLetterWriter) -> None:
    def subject(context: LetterContext, *missing: str) -> str:
        plan = ReplyPlan("incomplete", "hagiang@example.vn")
        made = decision(reply=plan, forms_missing=missing)
        return writer.render(draft_of(made, context)).subject

    few, many = ("PL03", "PL09"), tuple(f"PL0{n}" for n in range(1, 9))
    assert subject(CONTEXT, *few).endswith(
        "] Hà Giang: đã nhận 7/9 phụ lục, còn PL03, PL09"
    )
    assert subject(CONTEXT, *many).endswith("] Hà Giang: đã nhận 1/9 phụ lục, còn 8")
    long = replace(CONTEXT, province=shipped_gazetteer().by_code("77"))
    assert len(subject(long, *few)) <= 78
    nobody = replace(CONTEXT, province=None)
    assert re.fullmatch(r"\[KHTC 2014-00-\d{5}\] đã nhận .*", subject(nobody, *few))
    endless = replace(CONTEXT, province=replace(HA_GIANG, name="X" * 90))
    assert len(subject(endless, *few)) == 78


def test_the_html_of_every_letter_is_safe_for_mail_programs(
    writer: JinjaLetterWriter,
) -> None:
    for name, draft in sample_letters(shipped_round(), shipped_gazetteer(), NOW):
        html = writer.render(draft).html
        tags = tags_of(html)
        assert tags <= {
            *("html", "head", "meta", "title", "body", "table", "tr", "td", "th"),
            *("div", "p", "b", "i", "h2", "ol", "ul", "li", "br", "span"),
        }, name
        assert not re.search(r"url\(|src=|href=|@import|position:", html), name


def test_every_letter_is_plain_wrapped_text_with_its_marks(
    writer: JinjaLetterWriter,
) -> None:
    for name, draft in sample_letters(shipped_round(), shipped_gazetteer(), NOW):
        texts = writer.render(draft)
        lines = texts.text.split("\n")
        assert max(map(len, lines)) <= 76, name
        assert "\n\n\n" not in texts.text, name
        assert draft.values["reference"] in texts.subject, name
        assert len(texts.subject) <= 78, name
        assert "điện thoại 04.3.8269.544" in texts.text.replace("\n", " "), name
        planner = draft.template == "night-digest"
        to = "Lãnh đạo Vụ" if planner else "Sở Lao động - Thương binh và Xã hội"
        assert f"Kính gửi: {to}" in texts.text, name
        origin = "cán bộ Vụ soạn" if draft.template == "answer" else "lập tự động"
        assert origin in texts.text.replace("\n", " "), name


@pytest.mark.fault("F-S0-12", "F-S13-11")
def test_a_missing_value_stops_the_check_and_fails_one_letter_only(
    writer: JinjaLetterWriter,
) -> None:
    draft = draft_of(decision())
    poor = {k: v for k, v in draft.values.items() if k != "contact"}
    with pytest.raises(ConfigError, match="acknowledgement"):
        writer.check([replace(draft, values=poor)])
    with pytest.raises(PermanentError, match="acknowledgement"):
        writer.write(replace(draft, values=poor), NOW)


@pytest.mark.fault("T-18")
def test_a_template_may_not_reach_into_python(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "received.summary.j2").write_text("{{ v.__class__.__mro__ }}", "utf-8")
    hostile = JinjaLetterWriter(folder, HEAD)
    plan = ReplyPlan("received", "hagiang@example.vn")
    with pytest.raises(PermanentError):
        hostile.render(draft_of(decision(reply=plan)))


@pytest.mark.fault("F-S0-12")
def test_a_missing_or_broken_template_stops_the_start(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "received.txt.j2").write_text("{% if %}", "utf-8")
    with pytest.raises(ConfigError, match=r"received\.txt\.j2, line 1"):
        JinjaLetterWriter(folder, HEAD)
    (folder / "received.txt.j2").unlink()
    with pytest.raises(ConfigError, match=r"received\.txt\.j2"):
        JinjaLetterWriter(folder, HEAD)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from_address", "Vụ KHTC <khtc@example.gov.vn>"),
        ("reply_to", "khtc@example.gov.vn\r\nBcc: x@y.vn"),
        ("domain", "not a domain"),
        ("from_name", "KHTC\r\nBcc: x@y.vn"),
        ("from_name", "  "),
        ("secret", b"short"),
    ],
)
def test_a_bad_letterhead_names_its_key(field: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        replace(HEAD, **{field: value})
    assert caught.value.key == field


def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TEMPLATES, tmp_path / "letters"))


def tags_of(html: str) -> set[str]:
    found: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.add(tag)

    Tags().feed(html)
    return found


def test_a_form_in_another_unit_is_one_request(writer: JinjaLetterWriter) -> None:
    cells = [f"{column}{row}" for row in (9, 10) for column in "DEFGH"]
    asked = [finding("unit-scale", form="PL01", rule="R.6", cell=cell) for cell in cells]
    text = writer.render(draft_of(deficient(*asked))).text
    assert "kiểm tra đơn vị tính của cả phụ lục" in text
    assert "- và 4 chỗ khác cùng nội dung." in text


@pytest.mark.parametrize(
    ("code", "found", "expected", "said"),
    [
        (
            "unit-unknown",
            "Người ≠ nghìn người",
            "Người",
            "có hai cách ghi đơn vị tính cho dòng này: “Người” và “nghìn người”; mẫu quy",
        ),
        ("unit-unknown", "chiếc", "Người", "đơn vị tính ghi “chiếc”; mẫu quy định “Người”"),
        ("unit-unknown", "nghìn", "Hộ", "(xem cả tiêu đề, ghi chú, trang bìa, tên tệp)"),
        (
            "unit-unknown",
            "0,053",
            "%",
            "số liệu ghi “0,053”, hệ thống chưa rõ tính theo đơn vị nào; mẫu quy định “%”",
        ),
        (
            "row-uncertain",
            "Sơ cấp nghề",
            "Sơ cấp nghề",
            "dòng “Sơ cấp nghề” trùng tên với chỉ tiêu của mẫu nhưng vị trí hoặc các dòng",
        ),
        (
            "row-uncertain",
            "Người hoạt động cách mạng từ 01/01/1945 đến ngày khởi nghĩa",
            "Người hoạt động cách mạng từ 01/01/1945 đến trước Tổng khởi nghĩa",
            "01/01/1945 đến ngày khởi nghĩa” là chỉ tiêu “Người hoạt động cách mạng từ",
        ),
        (
            "column-uncertain",
            "Kế hoạch năm 2014",
            "Kế hoạch năm 2014",
            "có nhiều cột có thể là cột “Kế hoạch năm 2014”; hệ thống đọc cột này nhưng",
        ),
    ],
)
def test_what_is_asked_about_a_row_is_said_so_that_it_can_be_found(
    writer: JinjaLetterWriter, code: str, found: str, expected: str, said: str
) -> None:
    told = deficient(finding(code, cell="D9", found=found, expected=expected))
    text = " ".join(writer.render(draft_of(told)).text.split())
    assert said in text
