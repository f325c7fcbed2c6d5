"""Odd mails: files of a province in mails that are broken in every way we thought of."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

from bench.mail.codings import CODINGS, Coded, uuencoded
from bench.mail.namings import NAMINGS, WORDS
from bench.mail.payloads import Payload, drawn, every_kind, payload
from bench.mail.shapes import SHAPES
from bench.mail.strains import STRAINS

OURS = b"vukhtc@example.gov.vn"
_TYPES = (
    b"application/octet-stream",
    b"text/plain",
    b"text/html",
    b"image/png",
    b"application/x-msdownload",
    b"audio/x-wav",
    b"application/",
    b"x",
    b"message/delivery",
)


@dataclass(frozen=True, slots=True)
class OddMail:
    """A mail, the digests of the files put in, and the traits it was made with.

    `whole`: nothing that was done to it harms the files' bytes by itself.
    """

    name: str
    raw: bytes
    files: tuple[str, ...]
    traits: tuple[str, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    shape: str = "mixed"
    coding: str = "base64"
    naming: str = "utf-8"
    strain: str = "none"
    kind: str = ""
    declared: str = ""


def odd_mails(seed: int, each: int, mixed: int) -> Iterator[OddMail]:
    """`each` mails for every single trait, then `mixed` with a trait of every sort."""
    for plan in _single_traits():
        for n in range(each):
            yield _made(f"{seed}/{n}", plan)
    for n in range(mixed):
        rng = random.Random(f"{seed}/mixed/{n}")
        plan = _Plan(
            rng.choice(tuple(SHAPES)),
            rng.choice(tuple(CODINGS)),
            rng.choice(tuple(NAMINGS)),
            rng.choice(tuple(STRAINS)) if rng.random() < 0.5 else "none",
        )
        yield _made(f"{seed}/{n}", plan)


def _single_traits() -> Iterator[_Plan]:
    yield from (_Plan(shape=shape) for shape in SHAPES)
    yield from (_Plan(coding=coding) for coding in CODINGS)
    yield from (_Plan(naming=naming) for naming in NAMINGS)
    yield from (_Plan(strain=strain) for strain in STRAINS)
    yield from (_Plan(kind=kind) for kind in every_kind())
    yield from (_Plan(naming="no name", kind=kind) for kind in every_kind())
    yield from (
        _Plan(naming="no name", declared="text/plain", kind=k) for k in every_kind()
    )
    yield from (_Plan(coding="cut", naming="no name", kind=kind) for kind in every_kind())
    yield from (_Plan(shape="wrong boundary", kind=kind) for kind in every_kind())
    yield from (_Plan(shape="alone", coding=coding) for coding in CODINGS)
    yield from (_Plan(shape="wrong boundary", coding=coding) for coding in CODINGS)
    yield from (_Plan(shape="no type", coding=coding) for coding in CODINGS)
    yield _Plan(coding="uu in text")


def _made(seed: str, plan: _Plan) -> OddMail:
    """One mail of a plan."""
    traits = (plan.shape, plan.coding, plan.naming, plan.strain, plan.kind, plan.declared)
    name = f"{seed}/{'/'.join(trait for trait in traits if trait)}"
    rng = random.Random(name)
    count = 1 if plan.shape == "alone" else rng.choice((1, 1, 2))
    files = [payload(plan.kind) if plan.kind else drawn(rng) for _ in range(count)]
    digests = tuple(hashlib.sha256(file.data).hexdigest() for file in files)
    text = b"K\xc3\xadnh g\xe1\xbb\xadi V\xe1\xbb\xa5. G\xe1\xbb\xadi bi\xe1\xbb\x83u.\r\n"
    head = _head(rng)
    if plan.coding == "uu in text":
        body = b"\n".join(uuencoded(file.data) for file in files)
        raw = head + b"Content-Type: text/plain\r\n\r\n" + text + body
        return OddMail(name, raw, digests, traits, whole=True)
    coded = [CODINGS[plan.coding](rng, file.data) for file in files]
    texts = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text
    parts = [texts, *(_part(rng, plan, *pair) for pair in zip(files, coded, strict=True))]
    raw = STRAINS[plan.strain](rng, SHAPES[plan.shape](rng, head, parts))
    return OddMail(name, raw, digests, traits, all(one.whole for one in coded))


def _part(rng: random.Random, plan: _Plan, file: Payload, coded: Coded) -> bytes:
    named = NAMINGS[plan.naming](rng, f"{rng.choice(WORDS)}.{file.ending}")
    kind = plan.declared.encode() or rng.choice((file.declared.encode(), *_TYPES))
    fields = [b"Content-Type: " + kind + named.type_tail, *coded.fields]
    if named.disposition:
        fields.append(b"Content-Disposition: " + named.disposition)
    rng.shuffle(fields)
    return b"\r\n".join(fields) + b"\r\n\r\n" + coded.body


def _head(rng: random.Random) -> bytes:
    return (
        b"Received: from a.vn by mx.example.gov.vn; Wed, 10 Jul 2013 09:00:00 +0700\r\n"
        b"From: sldtbxh.demo@hagiang.gov.vn\r\nTo: " + OURS + b"\r\n"
        b"Message-ID: <%d@a.vn>\r\nMIME-Version: 1.0\r\n"
        b"Subject: Bao cao ke hoach 2014\r\n" % rng.randrange(10**9)
    )
