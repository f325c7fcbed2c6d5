"""Addresses are read strictly: a hostile From is no address at all."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.mail.address import (
    Mailbox,
    list_addresses,
    local_parts,
    message_ids,
    parse_address,
    parse_from,
)

VICTIM = "sldtbxh@hagiang.gov.vn"
EVIL = "evil@example.com"

HOSTILE: list[list[str]] = [
    [],
    [""],
    [VICTIM, EVIL],
    [VICTIM, VICTIM],
    [f"{VICTIM}, {EVIL}"],
    [f"{VICTIM} {EVIL}"],
    [f"{VICTIM}<{EVIL}>"],
    [f"{VICTIM} <{EVIL}>"],
    [f'"{VICTIM}" <{EVIL}>'],
    [f'"{VICTIM}" {EVIL}'],
    [f"({VICTIM}) {EVIL}"],
    [f"({VICTIM}) <{EVIL}>"],
    [f"{EVIL} ({VICTIM})"],
    [f"So: {VICTIM};"],
    [f"So: {VICTIM}, {EVIL};"],
    [f"<{VICTIM}><{EVIL}>"],
    [f"<{EVIL}> <{VICTIM}>"],
    [f"<@evil.example,@x.vn:{VICTIM}>"],
    [f"=?utf-8?q?{VICTIM.replace('@', '=40')}?= <{EVIL}>"],
    ["=?utf-8?b?c2xkdGJ4aEBoYWdpYW5nLmdvdi52bg==?="],
    [f"=?utf-8?q?{VICTIM.replace('@', '=40')}=3E?= <{EVIL}>"],
    [f"sldtbxh＠hagiang.gov.vn <{EVIL}>"],
    [f"sldtbxh﹫hagiang.gov.vn <{EVIL}>"],
    [f"{VICTIM}\r\nBcc: {EVIL}"],
    [f"{VICTIM}\0"],
    ["sldtbxh@hagiang.gov.vn.", "x"],
    ["sldtbxh@hagiang"],
    ["sldtbxh@[10.0.0.1]"],
    ['"sldtbxh"@hagiang.gov.vn'],
    ["sldtbxh (x)@hagiang.gov.vn"],
    ["sldtbxh@hagiang.gov.vn (x)"],
    ["sldtbxh@hаgiang.gov.vn"],  # a Cyrillic letter
    ["sldtbxh..x@hagiang.gov.vn"],
    [".sldtbxh@hagiang.gov.vn"],
    ["sld%evil.example@hagiang.gov.vn"],
    ["evil!sld@hagiang.gov.vn"],
    ["sldtbxh@-hagiang.gov.vn"],
    ["sldtbxh@hagiang.gov.vn@evil.example"],
    ["a" * 65 + "@hagiang.gov.vn"],
    ["a@" + "b" * 60 + "." + ("c" * 60 + ".") * 4 + "vn"],
    [f"Nguyen Van A, Phong KHTC <{VICTIM}>"],
    [f'"unclosed <{VICTIM}>'],
    ["Sở LĐTBXH"],
    ["<>"],
]


@pytest.mark.fault("F-S9-1")
@pytest.mark.parametrize("fields", HOSTILE)
def test_hostile_or_doubtful_from_fields_are_refused(fields: list[str]) -> None:
    assert parse_from(field.encode() for field in fields) is None


@pytest.mark.fault("F-S9-1", "T-02")
def test_no_hostile_form_ever_gives_the_victim() -> None:
    """250 mixes of a victim, a stranger and the signs that confuse parsers."""
    patterns = ["{v}{s}{e}", "{e}{s}{v}", "{v}{s}<{e}>", "<{v}>{s}{e}", '"{v}"{s}<{e}>']
    signs = ["", " ", ",", ";", ":", "(", ")", "<", ">", "@", "\\", '"', "\t", "\0", "\r",
             "\n", " via ", "%", "=", "/", "[", "]", "=?", "?=", "''", "(a)", "<>", ">,<",
             "\\,", ", ,", "\u00a0", "\u2028", "#@", "@@", "..", "…", "|", "`", "^", "{x}",
             "&", "~", "!", "*", "$", "--", "\x7f", "\x1b", "é", "中"]  # fmt: skip
    assert len(patterns) * len(signs) >= 250
    for pattern, sign in itertools.product(patterns, signs):
        raw = pattern.replace("{v}", VICTIM).replace("{e}", EVIL).replace("{s}", sign)
        found = parse_from([raw.encode()])
        assert found is None or found.address != VICTIM, raw


def look_alikes(address: str) -> Iterator[str]:
    """An address with another sign, domain or display name that looks much like it."""
    twins = {"a": "а", "e": "е", "o": "о", "c": "с", "i": "і", "l": "1", "s": "ѕ", "h": "һ",
             "g": "ɡ", "d": "ԁ", "b": "Ь", "n": "ո", "v": "ѵ", "t": "т"}  # fmt: skip
    local, domain = address.split("@")
    for at, sign in enumerate(address):
        yield address[:at] + twins.get(sign, sign + sign) + address[at + 1 :]
        yield address[:at] + "\u200b" + address[at:]
        yield address[:at] + chr(ord(sign) + 0xFEE0) + address[at + 1 :]
        yield address[:at] + address[at + 1 :]
    for end in (".evil.com", ".vn", "-vn.com", ".", "x", "%2eevil.com"):
        yield address + end
        yield f"{local}{end}@{domain}"
        yield f"{local}@{end.strip('.-')}.{domain}"
        yield f"{local}@evil.com ({address}{end})"
    for name in ("Sở LĐTBXH Hà Giang", address, f"{address}\u202e", f"<{address}>"):
        yield f'"{name}" <{EVIL}>'
        yield f"{name} <{local}@{domain}.com>"


@pytest.mark.fault("T-04")
@pytest.mark.parametrize("victim", [VICTIM, "ldtbxh.khtc@caobang.gov.vn"])
def test_no_look_alike_is_the_registered_address(victim: str) -> None:
    seen = set(look_alikes(victim)) - {victim}
    assert len(seen) >= 100
    for raw in seen:
        found = parse_from([raw.encode()])
        assert found is None or found.address != victim, raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (VICTIM, Mailbox(VICTIM)),
        (f"<{VICTIM}>", Mailbox(VICTIM)),
        (f"  {VICTIM.upper()} ", Mailbox(VICTIM)),
        (f"Sở LĐTBXH Hà Giang <{VICTIM}>", Mailbox(VICTIM, "Sở LĐTBXH Hà Giang")),
        (f'"Phòng KHTC, Sở" <{VICTIM}>', Mailbox(VICTIM, "Phòng KHTC, Sở")),
        (f'"{VICTIM}" <{VICTIM}>', Mailbox(VICTIM, VICTIM)),
        (f"So (Ha Giang) <{VICTIM}>", Mailbox(VICTIM, "So (Ha Giang)")),
        (f"=?utf-8?q?S=E1=BB=9F?=\t<{VICTIM}>", Mailbox(VICTIM, "Sở")),
        (f'"a \\"b\\" c" <{VICTIM}>', Mailbox(VICTIM, "a 'b' c")),
        (
            "A <ldtbxh_qb.khtc+1@yahoo.com.vn>",
            Mailbox("ldtbxh_qb.khtc+1@yahoo.com.vn", "A"),
        ),
        ("a@xn--hgiang-8ta.gov.vn", Mailbox("a@xn--hgiang-8ta.gov.vn")),
    ],
)
def test_what_mail_programs_write_is_accepted(raw: str, expected: Mailbox) -> None:
    assert parse_from([raw.encode()]) == expected


@given(st.binary(max_size=120))
def test_whatever_is_accepted_stands_in_the_field_as_it_is(raw: bytes) -> None:
    found = parse_from([raw + b" <" + VICTIM.encode() + b">"])
    assert found is None or found.address == VICTIM
    alone = parse_from([raw])
    assert alone is None or parse_address(alone.address) == alone.address


def test_recipients_are_taken_in_order_once_and_bounded() -> None:
    many = b", ".join(b"a%d@b.vn" % n for n in range(2000))
    assert list_addresses([b"X <A@b.vn>, c@d.vn", b"a@b.vn"]) == ("a@b.vn", "c@d.vn")
    assert len(list_addresses([many])) == 500


def test_local_parts_are_read_even_from_broken_fields() -> None:
    assert local_parts(b"Mail System <MAILER-DAEMON>") == ("mailer-daemon",)
    assert local_parts(b"MAILER-DAEMON") == ("mailer-daemon",)
    assert local_parts(b"no-reply@x.vn (robot)") == ("no-reply",)


def test_only_well_formed_message_ids_are_kept() -> None:
    assert message_ids(b"<a.b@c> junk <x y@z> <d@[1.2.3.4]>") == (
        "<a.b@c>",
        "<d@[1.2.3.4]>",
    )
    many = b" ".join(b"<%d@x>" % n for n in range(50))
    kept = message_ids(many)
    assert (len(kept), kept[0], kept[-1]) == (20, "<0@x>", "<49@x>")
