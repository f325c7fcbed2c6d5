"""From fields and addresses that want to pass for a registered province."""

import base64
from collections.abc import Iterator

from pipeline.domain.senders.identity import Identity, Strength
from pipeline.stages.decode import decode
from pipeline.stages.gather_clues import gather_clues
from pipeline.stages.identify import identify
from tests.builders.demo_world import shipped_gazetteer

REGISTRY = {
    "sldtbxh@hagiang.gov.vn": "02",
    "sldtbxh@hanam.gov.vn": "35",
    "khtc.sldtbxh@gmail.com": "26",
    "soldtbxh_caobang@yahoo.com": "04",
    "ldtbxh@hochiminhcity.gov.vn": "79",
}
HEAD = (
    ("UBND TỈNH HÀ GIANG", "PL.xlsx!PL1"),
    ("SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI", "PL.xlsx!PL1"),
)
# `{v}` is the victim's address, `{l}` and `{d}` its parts; the mail really is another's.
_FORMS = (
    "{v}, evil@x.test",
    "evil@x.test, {v}",
    "{v}; evil@x.test",
    "{v} <evil@x.test>",
    '"{v}" <evil@x.test>',
    "'{v}' <evil@x.test>",
    '"{v}" evil@x.test',
    "{v}<evil@x.test>",
    "<{v}> <evil@x.test>",
    "<evil@x.test> <{v}>",
    "evil@x.test <{v}> ",
    "a <b <{v}>>",
    "<{v}>evil@x.test",
    "{v} (evil@x.test)",
    "({v}) evil@x.test",
    "evil@x.test ({v})",
    "group: {v};",
    "group: {v}, evil@x.test;",
    "Sở: <{v}>;",
    "<@x.test:{v}>",
    "<@x.test,@y.test:{v}>",
    "{l}@[1.2.3.4]",
    "{l}@{d}.x.test",
    "{l}@{d}@x.test",
    "{l}@x.test@{d}",
    '"{l}"@{d}',
    '"{l}@{d}"@x.test',
    "{l}%{d}@x.test",
    "{l}!{d}@x.test",
    "{l}@{d}\t<evil@x.test>",
    "=?utf-8?q?{l}=40{d}?=",
    "=?utf-8?b?{b}?=",
    "=?utf-8?q?{l}=40{d}?= <evil@x.test>",
    "=?utf-8?b?{b}?= <evil@x.test>",
    "a@=?utf-8?q?{d}?=",
    "<=?utf-8?q?{l}=40{d}?=>",
    "{l}@{d}\x00evil@x.test",
    "{l}\x00@{d}",
    "{l}@{d}\x01",
    "\u202e{v}",
    "{l}＠{d} <evil@x.test>",
    "{l}＠{d}",
    "{l}@{d}\u200b",
    "{l}@\u200b{d}",
    "{l} @{d}, x",
    "{l}@{d} evil@x.test",
    "{l}@ {d} @x.test",
    "\\{v}",
    "<{v}",
    "{v}>",
    "{v}>,<evil@x.test>",
    "(a){l}(b)@(c){d}(d)",
    "{l}(x)@{d}",
    "{l}..@{d}",
    ".{l}@{d}",
    "{l}@{d}.",
    "{l}@.{d}",
    "{l}@{d}..",
    "{l}@-{d}",
    "mailto:{v}",
    "URL:{v}",
    "{v}?x=1",
    "{v}&x",
    "{v}\r\n <evil@x.test>",
    "{v},",
    ",{v}",
    ";{v}",
    "",
)
_GREEK = str.maketrans("aoeilcpn", "аοеіlсрп")


def hostile_mails() -> Iterator[tuple[str, bytes]]:
    """Name and raw mail, each from somebody who is not registered."""
    for victim in list(REGISTRY)[:4]:
        local, _, domain = victim.partition("@")
        coded = base64.b64encode(victim.encode()).decode()
        for form in _FORMS:
            value = form.format(v=victim, l=local, d=domain, b=coded)
            yield f"form/{form}/{victim}", _mail(f"From: {value}")
        yield f"two fields/{victim}", _mail(f"From: evil@x.test\r\nFrom: {victim}")
        yield (
            f"two fields, victim first/{victim}",
            _mail(f"From: {victim}\r\nFrom: e@x.test"),
        )
        yield f"sender field/{victim}", _mail(f"From: evil@x.test\r\nSender: {victim}")
        yield f"reply-to/{victim}", _mail(f"From: evil@x.test\r\nReply-To: {victim}")
        yield f"no from/{victim}", _mail(f"Sender: {victim}\r\nReturn-Path: <{victim}>")
    for victim in REGISTRY:
        for look in sorted(set(look_alikes(victim)) - {victim}):
            yield f"look-alike/{look}", _mail(f"From: Sở LĐTBXH <{look}>")


def look_alikes(victim: str) -> Iterator[str]:
    """Addresses that a reader takes for the victim's."""
    local, _, domain = victim.partition("@")
    first, _, rest = domain.partition(".")
    yield from (
        f"{local}@{domain}.evil.test",
        f"{local}@{domain}-vn.com",
        f"{local}@{first}-gov.vn",
        f"{local}@{first}gov.vn",
        f"{local}@{first}.gov.vn.com",
        f"{local}@{first}.g0v.vn",
        f"{local}@{first}.gov.vm",
        f"{local}@{first}.govvn.net",
        f"{local}@{first}s.{rest}",
        f"{local}@{first[:-1]}.{rest}",
        f"{local}@{first}-{rest}",
        f"{local}@x{first}.{rest}",
        f"{local}@mail-{domain}",
        f"{local}1@{domain}",
        f"{local}.@{domain}",
        f"{local.replace('l', '1')}@{domain}x",
        f"{local}@{first.replace('a', '4')}.{rest}",
        f"{local}@{first.translate(_GREEK)}.{rest}",
        f"{local.translate(_GREEK)}@{domain}",
        f"{local}@xn--{first}-x1a.{rest}",
        f"{local}@{first[1]}{first[0]}{first[2:]}.{rest}",
        f"{local}@{domain.replace('n', 'rn')}",
        f"{local}@{domain.replace('.', '-')}.vn",
        f"{local}-{first}@gmail.com.vn",
        f"{local}@{first}.gov.vn.",
        f"{local}@{domain}:25",
    )


def _mail(head: str) -> bytes:
    lines = f"{head}\r\nTo: vukhtc@example.gov.vn\r\nSubject: tỉnh Hà Giang báo cáo"
    return f"{lines}\r\n\r\nKính gửi".encode()


def identified(raw: bytes) -> Identity:
    """What the stages make of a hostile mail that carries a true letterhead."""
    envelope = decode(raw).envelope
    clues = gather_clues(envelope, (), HEAD, shipped_gazetteer())
    return identify(clues, envelope.sender, REGISTRY, authentication="none", assigned=None)


def is_believed(identity: Identity) -> bool:
    """Whether a mail counts as a registered province's."""
    return identity.verified or identity.strength is Strength.REGISTERED
