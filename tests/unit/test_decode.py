"""A message is taken apart whatever its shape; what is lost is at least noticed."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage

import pytest

from pipeline.domain.errors import LimitError
from pipeline.domain.mail.message import Decoded
from pipeline.stages.decode import MAX_TEXT, decode
from tests.builders.raw_mails import (
    attached,
    in_cp1258,
    in_tcvn3,
    mail,
    multipart,
    named,
    workbook,
)

NAME = "Phụ lục.xlsx"
FILE = workbook()
OWN_ID = b"<khtc.a2b3c4d5e6f7g2h3i4j5k6l7m2@khtc.example.gov.vn>"


def one_part(part: bytes) -> bytes:
    line, body = multipart(b"Content-Type: text/plain\r\n\r\nKinh gui", part)
    return mail(line, body=body)


def files(decoded: Decoded) -> list[tuple[str, bytes]]:
    return [(part.path, part.data) for part in decoded.parts]


@pytest.mark.parametrize(
    "part",
    [
        named(FILE, NAME),
        named(FILE, in_cp1258(NAME)),
        named(FILE, in_tcvn3(NAME)),
        named(FILE, b"=?utf-8?B?" + base64.b64encode(NAME.encode()) + b"?="),
        attached(FILE, b'Content-Type: application/x; name="' + NAME.encode() + b'"'),
        attached(
            FILE,
            "Content-Type: text/plain; name=x",
            b"Content-Disposition: inline; filename*=utf-8''Ph%E1%BB%A5%20l%E1%BB%A5c.xlsx",
        ),
        attached(
            FILE,
            b"Content-Disposition: attachment;\r\n filename*0*=utf-8''Ph%E1%BB%A5;\r\n"
            b' filename*1=" l";\r\n filename*2*=%E1%BB%A5c.xlsx',
        ),
        attached(FILE, b'Content-Type: ; name="' + NAME.encode() + b'"'),
        attached(
            FILE,
            "Content-Type: image/png",
            b"Content-Type: application/x",
            b'Content-Disposition: ATTACHMENT; filename="' + NAME.encode() + b'"',
        ),
    ],
)
def test_an_attachment_is_found_with_its_name(part: bytes) -> None:
    decoded = decode(one_part(part))
    assert files(decoded) == [(NAME, FILE)]
    assert not decoded.hidden_attachment


@pytest.mark.fault("F-S8-5")
@pytest.mark.parametrize(
    "part",
    [
        attached(FILE, "Content-Type: application/octet-stream"),
        attached(FILE, "Content-Type: text/plain"),
        attached(FILE, "Content-Type: text/html", "Content-Disposition: inline"),
        attached(FILE),
        b"Content-Type: application/octet-stream\r\n\r\n" + base64.encodebytes(FILE),
        b"Content-Transfer-Encoding: 7bit\r\n\r\n" + base64.encodebytes(FILE),
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + base64.encodebytes(FILE),
        b"Content-Transfer-Encoding: x\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(FILE),
        b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(base64.encodebytes(FILE)),
        b"Content-Transfer-Encoding: base64\r\n\r\n!" + base64.encodebytes(FILE),
        b"Content-Transfer-Encoding: binary\r\n\r\n\r\n" + FILE,
        b"Content-Transfer-Encoding: base64\r\n\r\n" + FILE,
    ],
)
def test_a_nameless_or_misdeclared_file_is_found(part: bytes) -> None:
    decoded = decode(one_part(part))
    assert [data[: len(FILE)] for _, data in files(decoded)] == [FILE]
    assert not decoded.hidden_attachment


def broken(change: Callable[[bytes], bytes]) -> bytes:
    return change(one_part(named(FILE, "PL1.xlsx")))


@pytest.mark.fault("F-S8-2")
@pytest.mark.parametrize(
    "raw",
    [
        broken(lambda raw: raw.replace(b"--b0--\r\n", b"")),
        broken(lambda raw: raw.replace(b'; boundary="b0"', b"")),
        broken(lambda raw: raw.replace(b'boundary="b0"', b'boundary="other"')),
        broken(lambda raw: raw.replace(b'boundary="b0"', b"boundary=b0 (c)")),
        broken(lambda raw: raw.replace(b"\r\n", b"\n")),
        broken(lambda raw: raw.replace(b"Content-Type: multipart/mixed", b"X-T: y", 1)),
        broken(lambda raw: raw.replace(b"multipart/mixed", b"multipart")),
        broken(lambda raw: raw.replace(b"--b0\r\n", b"--b0 \t\r\n")),
        broken(lambda raw: b"From robot Wed Jul 10\r\n" + raw),
        broken(lambda raw: raw.replace(b"To: ", b"Subject: a\r\nbadly folded\r\nTo: ")),
        broken(lambda raw: raw.replace(b"Kinh gui\r\n--b0", b"Kinh gui\r\n--b0--\r\n--b0")),
        broken(
            lambda raw: raw.replace(
                b"Content-Type: m", b"Content-Type: x\r\nContent-Type: m"
            )
        ),
    ],
)
def test_broken_mime_still_gives_its_file(raw: bytes) -> None:
    decoded = decode(raw)
    assert ("PL1.xlsx", FILE) in files(decoded)


def test_an_encoded_multipart_is_opened() -> None:
    _, inner = multipart(named(FILE, "PL1.xlsx"))
    raw = mail(
        'Content-Type: multipart/mixed; boundary="b0"',
        "Content-Transfer-Encoding: base64",
        body=base64.encodebytes(inner),
    )
    assert files(decode(raw)) == [("PL1.xlsx", FILE)]


@pytest.mark.parametrize(
    "raw",
    [
        mail(body=b"hello\r\n" + base64.encodebytes(FILE * 3)),
        mail("Content-Type: text/plain", body=b"x\r\n" + FILE),
        mail(body=b"x\r\nbegin 644 a.xls\r\n#"),
        mail(
            "Content-Type: text/plain", body=b'--x\r\nContent-Type: a/b; name="a.xls"\r\n'
        ),
        mail('Content-Type: multipart/mixed; boundary="b0"', body=b"lost\r\n" + FILE),
        mail("Content-Type: multipart/mixed", body=b"Content-Type: a/b\r\n\r\nx"),
        mail("Content-Type: application/pkcs7-mime; name=smime.p7m", body=b"0\x80"),
        mail("Content-Type: message/partial; id=1", body=b"x"),
        one_part(
            b"Content-Type: application/x\r\nContent-Transfer-Encoding: base64\r\n\r\nA"
            + base64.encodebytes(FILE)
        ),
        one_part(b"Content-Type: application/x; name=a.xls\r\n\r\njunk " + FILE),
        mail(body=b"a\r\n" + b"QUJD" * 16 + b"\r\n" + (b"QUJD" * 16 + b"\r\n") * 5),
    ],
)
def test_a_file_that_could_not_be_taken_out_is_noticed(raw: bytes) -> None:
    decoded = decode(raw)
    assert decoded.hidden_attachment
    assert decoded.hints


@pytest.mark.parametrize(
    "raw",
    [
        mail(body=b"Thank you, see the attachment name= or PK."),
        mail(
            "Content-Type: text/plain",
            "Content-Transfer-Encoding: base64",
            body=base64.encodebytes(b"Kinh gui Vu KHTC, " * 60),
        ),
        one_part(named(b"plain text of a file, " * 60, "ghi chu.txt")),
        one_part(
            b"Content-Type: application/pgp-signature\r\n\r\n-----BEGIN PGP SIGNATURE"
        ),
        mail(
            'Content-Type: multipart/mixed; boundary="b0"',
            body=b"This is a multi-part message in MIME format.\r\n--b0\r\n\r\nx\r\n--b0--",
        ),
    ],
)
def test_ordinary_mail_hides_nothing(raw: bytes) -> None:
    assert not decode(raw).hidden_attachment


def uuencoded(data: bytes) -> bytes:
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    return b"".join(lines) + b"`\nend\n"


@pytest.mark.fault("F-S8-5")
def test_uuencoded_files_come_out_of_the_text() -> None:
    body = b"Kinh gui\nbegin 644 PL1.xlsx\n" + uuencoded(FILE) + b"Tran trong\n"
    decoded = decode(mail(body=body))
    assert files(decoded) == [("PL1.xlsx", FILE)]
    assert decoded.envelope.text == "Kinh gui\n\nTran trong"
    assert not decoded.hidden_attachment
    loose = body.replace(b"\nend", b"\n\nend")
    assert files(decode(mail(body=loose))) == [("PL1.xlsx", FILE)]
    coded = b"begin-base64 644 PL1.xlsx\n" + base64.encodebytes(FILE) + b"====\n"
    assert files(decode(mail(body=coded))) == [("PL1.xlsx", FILE)]


def test_a_uuencoded_part_is_decoded() -> None:
    part = b"Content-Transfer-Encoding: x-uuencode\r\nContent-Type: application/x\r\n\r\n"
    raw = one_part(part + b"begin 644 a.xlsx\n" + uuencoded(FILE))
    assert [data for _, data in files(decode(raw))] == [FILE]
    raw = one_part(part + b"no such thing")
    assert [data for _, data in files(decode(raw))] == [b"no such thing"]


def inner_mail(head: bytes = b"") -> bytes:
    line, body = multipart(b"\r\nInside", named(FILE, "PL1.xlsx"), boundary="in")
    return head + mail(line, "Subject: inner", body=body, sender="c@d.vn")


def test_an_attached_mail_is_taken_apart_with_its_path() -> None:
    plain = b"Content-Type: message/rfc822\r\n\r\n" + inner_mail()
    called = (
        b'Content-Type: message/rfc822; name="cu.eml"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(inner_mail())
    )
    line, body = multipart(b"\r\nOutside", plain, called)
    decoded = decode(mail(line, body=body))
    assert [path for path, _ in files(decoded)] == ["mail/2/PL1.xlsx", "cu.eml/PL1.xlsx"]
    assert decoded.envelope.text.startswith("Outside\n----------")
    assert "From: c@d.vn\nSubject: inner\n\nInside" in decoded.envelope.text


@pytest.mark.parametrize("kind", ["application/octet-stream", "text/plain"])
def test_a_mail_attached_as_a_file_tells_its_sender(kind: str) -> None:
    """As web mail forwards: its text and first sender are evidence as in a forward."""
    part = (
        f"Content-Type: {kind}; name=thu.eml\r\n"
        "Content-Disposition: attachment; filename=thu.eml\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    ).encode() + base64.encodebytes(inner_mail())
    decoded = decode(one_part(part))
    assert "From: c@d.vn\nSubject: inner\n\nInside" in decoded.envelope.text
    assert files(decoded) == [("thu.eml/PL1.xlsx", FILE)]


def test_a_workbook_named_like_a_mail_stays_a_workbook() -> None:
    part = (
        b"Content-Type: application/octet-stream; name=PL.eml\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    ) + base64.encodebytes(FILE)
    assert files(decode(one_part(part))) == [("PL.eml", FILE)]


def test_our_own_letter_that_comes_back_gives_no_files() -> None:
    back = (
        b"Content-Type: message/rfc822\r\n\r\nMessage-ID: "
        + OWN_ID
        + b"\r\n"
        + inner_mail()
    )
    line, body = multipart(b"\r\nbounced", back, kind="report")
    decoded = decode(mail(line, body=body))
    assert decoded.parts == ()
    assert "N04" in decoded.envelope.marks
    assert not decoded.hidden_attachment


def test_a_digest_holds_mails() -> None:
    line, body = multipart(b"\r\n" + inner_mail(), kind="digest")
    assert [path for path, _ in files(decode(mail(line, body=body)))] == ["mail/1/PL1.xlsx"]


@pytest.mark.fault("T-14")
def test_equal_names_get_different_paths_and_no_path_is_kept() -> None:
    line, body = multipart(
        named(FILE, "PL.xlsx"),
        named(FILE, "PL.xlsx"),
        named(FILE, "../../etc/PL.xlsx"),
        named(FILE, "C:\\x\\PL.xlsx"),
        named(FILE, "BC 12/7.xlsx"),
        named(FILE, "x" * 300 + ".xlsx"),
    )
    paths = [path for path, _ in files(decode(mail(line, body=body)))]
    assert paths[:4] == ["PL.xlsx", "PL (2).xlsx", "PL (3).xlsx", "PL (4).xlsx"]
    assert paths[4] == "BC 12_7.xlsx"
    assert len(paths[5]) == 200


def test_inline_pictures_are_told_from_attached_ones() -> None:
    line, body = multipart(
        attached(b"GIF89a", "Content-Type: image/gif", "Content-ID: <1>"), kind="related"
    )
    (part,) = decode(mail(line, body=body)).parts
    assert part.inline
    assert part.name == "part-1.gif"


def test_the_envelope_says_what_the_headers_say() -> None:
    raw = mail(
        "Received: by mx; Wed, 10 Jul 2013 09:12:00 +0700",
        "Subject: =?utf-8?q?B=C3=A1o?= =?utf-8?q?_c=C3=A1o?=",
        "Message-ID: <1@b.vn>",
        "In-Reply-To: <2@b.vn>",
        "References: <2@b.vn> nonsense <3@b.vn>",
        "Date: Wed, 10 Jul 2013 09:00:00 +0700",
        "Cc: X <C@d.vn>",
        body="Kính gửi".encode(),
        sender="Sở <A@B.vn>",
    )
    found = decode(raw).envelope
    assert (found.subject, found.sender, found.sender_name) == ("Báo cáo", "a@b.vn", "Sở")
    assert found.message_id == "<1@b.vn>"
    assert (found.in_reply_to, found.references) == (
        ("<2@b.vn>",),
        ("<2@b.vn>", "<3@b.vn>"),
    )
    assert found.recipients == ("khtc@example.gov.vn", "c@d.vn")
    assert found.date_claimed == "Wed, 10 Jul 2013 09:00:00 +0700"
    hanoi = timezone(timedelta(hours=7))
    assert found.received_top == datetime(2013, 7, 10, 9, 12, tzinfo=hanoi)
    assert (found.content_type, found.text) == ("text/plain", "Kính gửi")


def test_a_malformed_message_id_is_none() -> None:
    assert decode(mail("Message-ID: <a b@c>")).envelope.message_id is None
    assert decode(mail("Message-ID: <a@c> <b@c>")).envelope.message_id is None


def test_html_is_read_when_there_is_no_plain_text() -> None:
    markup = (
        "<html><head><title>t</title></head><style>x{}</style><!-- c -->"
        '<p>Kính gửi&nbsp;Vụ</p><a href="https://drive.google.com/file/d/1">tệp</a>'
    )
    message = EmailMessage()
    message["From"] = "a@b.vn"
    message.set_content(markup, subtype="html")
    decoded = decode(bytes(message))
    assert decoded.envelope.text == "Kính gửi Vụ\nhttps://drive.google.com/file/d/1 tệp"
    assert decoded.links == ("https://drive.google.com/file/d/1",)


def test_plain_text_wins_over_html_and_is_bounded() -> None:
    message = EmailMessage()
    message["From"] = "a@b.vn"
    message.set_content("plain " * 10_000)
    message.add_alternative("<b>rich</b>", subtype="html")
    text = decode(bytes(message)).envelope.text
    assert text.startswith("plain plain")
    assert len(text) <= MAX_TEXT


@pytest.mark.fault("F-S8-2")
@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@b.vn\r\nSubject: " + b"x\r\n " * 300_000 + b"\r\n\r\n",
        b"From: a@b.vn\r\nSubject: " + b"x" * 300_000 + b"\r\n\r\n",
        b"From: a@b.vn\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n",
        b"From: a@b.vn\r\n"
        + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(1000)
        ),
        b"From: a@b.vn\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 20,
        mail("Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n\r\nx\r\n" * 201),
        mail("Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n\r\nx\r\n" * 5000),
        b"x" * (50 * 1024 * 1024 + 1),
    ],
    ids=["folded", "long", "fields", "nested", "mails", "parts", "delimiters", "size"],
)
def test_what_is_out_of_bounds_is_a_limit_error(raw: bytes) -> None:
    with pytest.raises(LimitError):
        decode(raw)


@pytest.mark.fault("F-S8-3", "T-09")
@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: a/b;" + b"".join(b" n*%d=x;" % n for n in range(20_000)),
        b"From: " + b"(" * 6000 + b"a@b.vn",
        b"Cc: " + b"a@b.vn, " * 20_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 14_000,
        b"Subject: " + b"=?utf-8?b?" * 14_000,
        b'Content-Type: a/b; name="' + b'\\"' * 100_000,
        b"Authentication-Results: mx; " + b"(" * 200_000,
        b"References: " + b"<a@b>" * 40_000,
        b"Received: by x; " + b"1 " * 100_000,
        b"Content-Disposition: attachment" + b";" * 200_000,
    ],
)
def test_header_bombs_within_the_bounds_are_read(header: bytes) -> None:
    raw = b"Subject: s\r\n" + header + b"\r\n\r\nbody"
    decode(raw, trusted_authserv_ids=("mx",), own_addresses=frozenset({"x@y.vn"}))


@pytest.mark.fault("T-09")
@pytest.mark.parametrize(
    "body",
    [
        b"<style " * 100_000,
        b"<!--" * 100_000,
        b"<a href=" * 100_000,
        b"<" * 400_000,
        b"http://" * 50_000,
        b"begin 644 x\n" * 30_000,
        b"content-a: name\n" * 30_000,
    ],
)
def test_body_bombs_are_read(body: bytes) -> None:
    decode(mail("Content-Type: text/html", body=body))
    decode(mail("Content-Type: text/plain", body=body))
    decode(mail("Content-Type: multipart/mixed; boundary=b", body=body))


def test_unclosed_markup_is_still_text() -> None:
    assert decode(mail("Content-Type: text/html", body=b"a<style>b")).envelope.text == "a b"


def test_bare_carriage_returns_end_lines() -> None:
    raw = b"From: a@b.vn\rSubject: x\r\rbody"
    envelope = decode(raw).envelope
    assert (envelope.sender, envelope.subject, envelope.text) == ("a@b.vn", "x", "body")
