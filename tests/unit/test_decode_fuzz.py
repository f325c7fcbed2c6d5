"""No bytes whatever make the e-mail stages raise anything but LimitError."""

import random
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.errors import LimitError
from pipeline.domain.mail.message import Envelope
from pipeline.domain.wire import from_wire, to_wire
from pipeline.stages.decode import decode
from pipeline.stages.gather_clues import gather_clues
from pipeline.stages.triage import Inside, triage
from pipeline.stages.unpack import unpack
from tests.builders.raw_mails import (
    attached,
    mail,
    multipart,
    named,
    tnef,
    workbook,
    zipped,
)
from tests.builders.returns import shipped_gazetteer

_INNER = zipped(("thư mục/PL1.xlsx", workbook()), ("b.zip", zipped(("c.txt", b"c"))))
_LINE, _BODY = multipart(
    b"Content-Type: text/html\r\n\r\n<p>S\xe1\xbb\x9f</p>",
    named(_INNER, "Phụ lục.zip"),
    attached(tnef([("PL2.xls", workbook())]), "Content-Type: application/ms-tnef"),
    b"Content-Type: message/rfc822\r\n\r\n" + mail("Subject: x", body=b"y"),
)
SEED = mail(
    "Subject: =?utf-8?B?QsOhbyBjw6Fv?=",
    "Authentication-Results: mx; dmarc=pass",
    "Received: by mx; Wed, 10 Jul 2013 09:12:00 +0700",
    _LINE,
    body=_BODY,
)
_SNIPPETS = [
    b"\r\n",
    b"\n\n",
    b"--b0\r\n",
    b"--b0--",
    b"Content-Type: multipart/mixed; boundary=b0",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"=?utf-8?B?",
    b"?=",
    b"\x00",
    b"\xff\xfe",
    b'"',
    b";",
    b"begin 644 a.xls\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"UEsDBBQ",
    b"(",
    b"<",
    b"Content-Type: text/plain; charset=utf-7\r\n",
    b"*0*=utf-8''%",
    b"PK\x03\x04",
    b"From: ",
]


def run(raw: bytes) -> None:
    """Every stage on a raw message, and its envelope through the wire."""
    with suppress(LimitError):
        decoded = decode(
            raw, trusted_authserv_ids=("mx",), own_addresses=frozenset({"a@b.c"})
        )
        unpacked = unpack(decoded.parts)
        assert from_wire(Envelope, to_wire(decoded.envelope)) == decoded.envelope
        clues = gather_clues(
            decoded.envelope,
            unpacked.attachments,
            (("UBND TỈNH", "x"),),
            shipped_gazetteer(),
        )
        triage(decoded, unpacked.attachments, Inside(forms=False, clues=bool(clues)))
        for attachment in unpacked.attachments:
            assert "\\" not in attachment.path
            assert not {"", ".", ".."} & set(attachment.path.split("/"))
            attachment.path.encode("utf-8")


@given(st.binary(max_size=2000))
@settings(max_examples=150, deadline=None)
def test_any_bytes(raw: bytes) -> None:
    run(raw)


@given(st.lists(st.sampled_from(_SNIPPETS) | st.binary(max_size=12), max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_mix_of_the_signs_of_mime(pieces: list[bytes]) -> None:
    run(b"".join(pieces))


@given(st.integers(min_value=0))
@settings(max_examples=200, deadline=None)
def test_any_damage_to_a_real_mail(seed: int) -> None:
    dice = random.Random(seed)
    raw = bytearray(SEED)
    for _ in range(dice.randint(1, 12)):
        at = dice.randrange(len(raw))
        match dice.randrange(4):
            case 0:
                raw[at] = dice.randrange(256)
            case 1:
                del raw[at : at + dice.randrange(1, 60)]
            case 2:
                raw[at:at] = dice.choice(_SNIPPETS)
            case _:
                raw[at:at] = raw[at : at + dice.randrange(1, 200)]
    run(bytes(raw))


@given(st.integers(min_value=0))
@settings(max_examples=150, deadline=None)
def test_any_damage_to_an_archive(seed: int) -> None:
    dice = random.Random(seed)
    for whole in (_INNER, tnef([("PL2.xls", workbook())])):
        raw = bytearray(whole)
        for _ in range(dice.randint(1, 6)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        line, body = multipart(named(bytes(raw), "a.zip"))
        run(mail(line, body=body))
