"""Archives that need a library: what comes out of them, and what never does."""

import io
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import py7zr
import pytest

from pipeline.adapters import archive_openers
from pipeline.adapters.archive_openers import OPENERS, missing_packages
from pipeline.domain.mail.archive import ArchiveError, Budget, Member
from pipeline.domain.mail.message import Part
from pipeline.stages.unpack import Unpacked, unpack
from tests.builders import archives as make

FILE = bytes(range(256)) * 20
TABLE = "Phụ lục 1.xls"
REPORT = "bao cao/Thuyết minh.txt"
GOOD = {
    "7z": make.seven_zip((TABLE, FILE), (REPORT, b"x")),
    "msg": make.outlook(make.attached(TABLE, FILE), make.attached("x.bin", FILE)),
    "rar": make.rar((TABLE, FILE), (REPORT, b"x")),
}


def members(kind: str, data: bytes, budget: Budget | None = None) -> list[Member]:
    return list(OPENERS[kind](data, f"a.{kind}", budget or Budget()))


def code(kind: str, data: bytes, budget: Budget | None = None) -> str:
    with pytest.raises(ArchiveError) as caught:
        members(kind, data, budget)
    return caught.value.code


def unpacked(kind: str, data: bytes, **more) -> Unpacked:
    name = f"a.{kind}"
    return unpack((Part(name, name, "", data),), OPENERS, **more)


def test_names_in_vietnamese_and_bytes_come_out_whole() -> None:
    assert members("7z", GOOD["7z"]) == [Member(TABLE, FILE), Member(REPORT, b"x")]
    assert members("rar", GOOD["rar"]) == [Member(TABLE, FILE), Member(REPORT, b"x")]
    assert members("msg", GOOD["msg"]) == [Member(TABLE, FILE), Member("x.bin", FILE)]


@pytest.mark.parametrize("kind", GOOD)
def test_a_container_lies_in_the_path_of_its_files(kind) -> None:
    found = unpacked(kind, GOOD[kind])
    assert found.parts[0].path == f"a.{kind}/{TABLE}"
    assert found.attachments[0].type == kind
    assert found.findings == ()


def test_an_outlook_message_within_a_message_is_opened_too() -> None:
    inner = make.forwarded("Tin gốc", make.attached("PL1.xls", FILE, short=True))
    data = make.outlook(inner, make.attached("C:/tam/PL2.xls", FILE))
    names = [one.name for one in members("msg", data)]
    assert names == ["Tin gốc/PL1.xls", "C:_tam_PL2.xls"]
    for _ in range(7):
        inner = make.forwarded("", inner)
    assert code("msg", make.outlook(inner)) == "too-big"


def test_a_file_that_an_outlook_message_only_refers_to_is_named() -> None:
    found = members("msg", make.outlook(make.attached("PL1.xls", None)))
    assert found == [Member("PL1.xls", problem="unreadable-file")]
    nothing = make.Folder("", ())
    assert members("msg", make.outlook(nothing))[0].problem == "unreadable-file"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("7z", make.seven_zip((TABLE, FILE), password="x")),
        ("7z", make.seven_zip((TABLE, FILE), password="x", header_encryption=True)),
        ("rar", make.rar((TABLE, FILE), locked=True)),
        ("rar", make.rar_with_locked_names()),
    ],
    ids=["7z", "7z-names", "rar", "rar-names"],
)
def test_a_locked_archive_is_never_taken_for_an_empty_one(kind, data) -> None:
    found = unpacked(kind, data)
    assert [(f.code, f.path) for f in found.findings] == [
        ("encrypted-archive", f"a.{kind}")
    ]
    assert found.attachments[0].problem == "encrypted-archive"


@pytest.mark.parametrize(("kind", "data"), [("7z", make.seven_zip()), ("rar", make.rar())])
def test_an_archive_without_a_file_is_a_fault(kind, data) -> None:
    assert [f.code for f in unpacked(kind, data).findings] == ["empty-file"]


def test_a_message_without_a_file_is_none() -> None:
    assert unpacked("msg", make.outlook()).findings == ()


def test_a_file_that_goes_on_in_a_volume_that_is_not_here_is_named() -> None:
    data = make.rar(("a.xls", FILE), ("b.xls", FILE), more_volumes=True)
    assert members("rar", data) == [
        Member("a.xls", FILE),
        Member("b.xls", problem="unreadable-file"),
    ]


def test_links_are_no_members() -> None:
    assert members("rar", make.rar_with_link("a.xls", "/etc/passwd")) == []


@pytest.mark.parametrize("kind", GOOD)
def test_every_file_and_byte_counts(kind) -> None:
    assert code(kind, GOOD[kind], Budget(members=1)) == "too-big"
    assert code(kind, GOOD[kind], Budget(inflated=len(FILE) - 1)) == "too-big"


def test_a_bomb_is_put_out_before_it_is_kept() -> None:
    bomb = make.seven_zip(("PL1.xls", bytes(64 << 20)))
    assert code("7z", bomb) == "too-big"


@pytest.mark.fault("T-15")
def test_a_path_that_leads_out_shuts_a_7z() -> None:
    assert code("7z", make.seven_zip_leading_out()) == "unreadable-file"


@pytest.mark.parametrize("kind", GOOD)
def test_damage_never_raises_anything_else(kind) -> None:
    dice = random.Random(7)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(300):
        data = bytearray(GOOD[kind])
        for _ in range(dice.choice((1, 2, 8))):
            data[dice.randrange(8, len(data))] = dice.randrange(256)
        cut = data[: dice.randrange(8, len(data))] if dice.random() < 0.3 else data
        unpacked(kind, bytes(cut))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize(
    ("kind", "module"), [("7z", "py7zr"), ("msg", "olefile"), ("rar", "unrar.cffi")]
)
def test_without_its_library_an_archive_stays_shut(monkeypatch, kind, module) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    found = unpacked(kind, GOOD[kind])
    assert [(f.code, f.path) for f in found.findings] == [("unsupported-type", f"a.{kind}")]


def test_the_packages_that_are_missing_are_named(monkeypatch) -> None:
    assert missing_packages() == ()
    monkeypatch.setattr(
        archive_openers, "LIBRARIES", {"lha": ("no_such_module", "no-such-package")}
    )
    assert missing_packages() == ("no-such-package",)


def test_containers_are_announced_each_time_they_are_read_on() -> None:
    inner = make.rar(("a.xls", FILE))
    outer = make.rar(("trong.rar", inner), ("b.xls", FILE))
    heard: list[str] = []
    unpacked("rar", outer, announce=heard.append)
    assert heard == ["a.rar", "a.rar/trong.rar", "a.rar"]


def test_a_container_that_was_given_up_is_left_alone() -> None:
    def never(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
        raise AssertionError(name)

    heard: list[str] = []
    part = Part("a.rar", "a.rar", "", GOOD["rar"])
    found = unpack(
        (part,), {"rar": never}, announce=heard.append, given_up={"a.rar": "too-big"}
    )
    assert [(f.code, f.path) for f in found.findings] == [("too-big", "a.rar")]
    assert heard == []


def test_a_link_in_a_7z_is_no_member(tmp_path) -> None:
    link = tmp_path / "PL1.xls"
    link.symlink_to("/etc/passwd")
    file = io.BytesIO()
    with py7zr.SevenZipFile(file, "w") as archive:
        archive.write(link, "PL1.xls")
        archive.writestr(b"x", "PL2.xls")
    assert members("7z", file.getvalue()) == [Member("PL2.xls", b"x")]
