"""Who sent it: cases for every province, with enough evidence, too little, or two names."""

import random
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.domain.mail.message import Attachment, Role
from pipeline.domain.senders.identity import Identity
from pipeline.domain.senders.province import Province
from pipeline.stages.decode import decode
from pipeline.stages.gather_clues import gather_clues
from pipeline.stages.identify import identify
from tests.builders.demo_world import shipped_gazetteer
from tests.builders.raw_mails import without_marks

STRANGER = "nguyen.van.a86@gmail.com"


@dataclass(frozen=True, slots=True)
class WhoCase:
    """A mail's evidence; `expected` is the province's code, None for a hold."""

    name: str
    expected: str | None
    subject: str = "Báo cáo kế hoạch năm 2014"
    sender: str = STRANGER
    text: str = "Kính gửi Vụ KHTC. Xin gửi báo cáo."
    file: str = "PL1-9.xlsx"
    head: tuple[str, ...] = ()
    registered: bool = False


def identified(case: WhoCase) -> Identity:
    """What the stages make of a case."""
    lines = [f"From: {case.sender}", "To: khtc@example.gov.vn", "MIME-Version: 1.0"]
    lines += ["Content-Type: text/plain; charset=utf-8", f"Subject: {case.subject}"]
    envelope = decode("\r\n".join([*lines, "", case.text]).encode()).envelope
    named = Attachment(case.file, case.file, "xlsx", "", 9, Role.WORKBOOK)
    heads = [(line, "PL1-9.xlsx!PL1") for line in case.head]
    clues = gather_clues(envelope, [named], heads, shipped_gazetteer())
    known = {case.sender: case.expected or ""} if case.registered else {}
    return identify(clues, envelope.sender, known, authentication="none", assigned=None)


def who_cases(seed: int) -> Iterator[WhoCase]:
    """All cases of all provinces."""
    provinces = shipped_gazetteer().provinces
    for number, province in enumerate(provinces):
        rng = random.Random(f"{seed}/{province.code}")
        other = provinces[(number + rng.randrange(1, len(provinces))) % len(provinces)]
        yield from _enough(province, rng, other)
        yield from _too_little(province, other)


def _kind(province: Province) -> str:
    return "thành phố" if province.type.startswith("Thành") else "tỉnh"


def _head(province: Province) -> tuple[str, ...]:
    full = f"{_kind(province)} {province.name}".upper()
    return (f"UBND {full}", "SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI", "Số:    /BC-SLĐTBXH")


def _nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


_DAMAGES: Mapping[str, Callable[[str], str]] = {
    "clean": lambda text: text,
    "no tone marks": without_marks,
    "decomposed": _nfd,
    "small letters": str.lower,
    "capitals": str.upper,
    "wide blanks": lambda text: text.replace(" ", "\u00a0 "),
}
_TRAPS = (
    "Tỷ lệ cao bằng năm trước; tình hình thái bình, cuộc sống hòa bình.",
    "Thuế thu nhập; sơn la liệt; số liệu an giang hồ; quảng trị giá.",
    "Lao động đi làm việc tại Hà Nội, Bình Dương, Đồng Nai, Thành phố Hồ Chí Minh.",
    "Kính gửi: Bộ Lao động - Thương binh và Xã hội, số 12 Ngô Quyền, Hà Nội.",
    "Trường Cao đẳng nghề Nam Định, đường Điện Biên Phủ, phố Huế, khách sạn Hải Phòng.",
    "Vùng đồng bằng sông Hồng, Bắc Trung Bộ; dự án Hà Nam Ninh cũ; biển Thái Bình Dương.",
)


def _enough(province: Province, rng: random.Random, other: Province) -> Iterator[WhoCase]:
    """Two classes of strong evidence, clean and damaged; everyday words beside them."""
    code, name, kind = province.code, province.name, _kind(province)
    for damage, spoil in _DAMAGES.items():
        head = tuple(spoil(line) for line in _head(province))
        trap = rng.choice(_TRAPS)
        subject = spoil(f"Sở LĐTBXH {kind} {name} gửi báo cáo kế hoạch 2014")
        yield WhoCase(f"head+subject/{damage}", code, subject, head=head, text=trap)
        file = spoil(f"Phu luc - {kind} {name}") + ".xlsx"
        yield WhoCase(f"head+file/{damage}", code, file=file, head=head, text=trap)
    joined = without_marks(name).replace(" ", "").replace("-", "").lower()
    head = _head(province)
    for local in (
        f"sldtbxh{joined}",
        f"sldtbxh.{joined}",
        f"{joined}.khtc",
        f"khtc_{joined}",
    ):
        yield WhoCase(f"head+local/{local}", code, sender=f"{local}@gmail.com", head=head)
    for domain in province.domains:
        gov = f"sldtbxh@{domain}"
        yield WhoCase("head+domain", code, sender=gov, head=head)
        yield WhoCase("subject+domain", code, f"{kind} {name}: báo cáo", sender=gov)
        for style, text in _forwards(gov, name).items():
            yield WhoCase(
                f"forward/{style}", code, "Fwd: Báo cáo kế hoạch 2014", text=text, head=head
            )
    for alias in (one for one in province.aliases if len(one) > 4):
        subject = f"Sở LĐTBXH {alias} - báo cáo kế hoạch 2014"
        yield WhoCase(f"alias/{alias}", code, subject, head=head)
    dated = (f"{province.capital}, ngày 10 tháng 7 năm 2013", f"Đơn vị: {name}")
    yield WhoCase("dateline", code, f"Tỉnh {name}: biểu kế hoạch", head=dated)
    body = f"So với {other.name}, {name} đạt cao hơn."
    yield WhoCase("neighbour in prose", code, f"{kind} {name}", text=body, head=head)
    yield WhoCase("registered", code, registered=True)
    yield WhoCase("registered, traps", code, registered=True, text=" ".join(_TRAPS))


def _too_little(province: Province, other: Province) -> Iterator[WhoCase]:
    """One class of evidence, or evidence for two: nothing may be guessed."""
    name, kind = province.name, _kind(province)
    head, theirs = _head(province), _head(other)
    yield WhoCase("head only", None, head=head)
    yield WhoCase("subject only", None, f"Sở LĐTBXH {kind} {name} gửi báo cáo")
    yield WhoCase("text only", None, text=f"Tỉnh {name} xin gửi báo cáo.")
    yield WhoCase("two heads", None, f"Sở LĐTBXH {kind} {name}", head=(*head, *theirs))
    yield WhoCase("head against subject", None, f"Sở LĐTBXH {kind} {name}", head=theirs)
    yield WhoCase(
        "head against domain", None, sender=f"sldtbxh@{province.domains[0]}", head=theirs
    )
    yield WhoCase(
        "file against subject", None, f"Sở LĐTBXH {kind} {name}", file=_file(other)
    )
    yield WhoCase(
        "file and subject", None, f"Sở LĐTBXH {kind} {name}", file=_file(province)
    )
    for short in province.weak_abbr:
        yield WhoCase("abbreviation", None, f"BC {short} 2014", file=f"PL {short}.xlsx")
    yield WhoCase("traps only", None, "Báo cáo cao bằng mọi năm", text=" ".join(_TRAPS))


def _file(province: Province) -> str:
    return f"Biểu {_kind(province)} {province.name}.xlsx"


def _forwards(address: str, name: str) -> Mapping[str, str]:
    """The blocks that programs write above a forwarded mail."""
    who = f"So LDTBXH {without_marks(name)}"
    return {
        "gmail": f"---------- Forwarded message ----------\nFrom: {who} <{address}>\n"
        "Date: 2013/7/9\nSubject: Báo cáo\nTo: a@gmail.com\n\nKính gửi",
        "outlook": f"-----Original Message-----\nFrom: {who} [mailto:{address}]\n"
        "Sent: Tuesday, July 09, 2013 9:00 AM\nTo: a@gmail.com\nSubject: BC\n\nKính gửi",
        "yahoo": f"----- Forwarded Message -----\nFrom: {who} <{address}>\nTo: a@y.com\n"
        "Sent: Tuesday, July 9, 2013 9:00 AM\nSubject: BC\n\nKính gửi",
        "gmail, Vietnamese": f"---------- Thư đã chuyển tiếp ----------\nTừ: {who} "
        f"<{address}>\nNgày: 09:00 Ngày 09 tháng 7 năm 2013\nChủ đề: BC\nĐến: a@gmail.com",
        "outlook, Vietnamese": f"________________________________\nTừ: {who} <{address}>\n"
        "Đã gửi: Thứ Ba, 9 Tháng Bảy 2013 9:00 SA\nTới: a@gmail.com\nChủ đề: BC",
    }
