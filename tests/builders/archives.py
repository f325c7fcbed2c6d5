"""Archives for the tests: rar and Outlook files by hand, 7z by py7zr."""

import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import py7zr

Entry = tuple[str, bytes]
SIGNATURE = b"Rar!\x1a\x07\x01\x00"
SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def seven_zip(*entries: Entry, password: str | None = None, **more) -> bytes:
    """A 7z; `more` goes to py7zr (header_encryption)."""
    file = io.BytesIO()
    with py7zr.SevenZipFile(file, "w", password=password, **more) as archive:
        for name, data in entries:
            archive.writestr(data, name)
    return file.getvalue()


def seven_zip_leading_out() -> bytes:
    """A 7z with a file that would be written above the folder."""
    file = io.BytesIO()
    with py7zr.SevenZipFile(file, "w") as archive:
        archive.set_encoded_header_mode(False)
        archive.writestr(b"x", "PL1.xls")
    data = bytearray(file.getvalue())
    name = data.index("PL1.xls".encode("utf-16-le"))
    data[name : name + 14] = "../../x".encode("utf-16-le")
    at, size = struct.unpack("<QQ", data[12:28])
    header = data[32 + at : 32 + at + size]
    data[28:32] = struct.pack("<I", zlib.crc32(header))
    data[8:12] = struct.pack("<I", zlib.crc32(data[12:32]))
    return bytes(data)


def rar(*entries: Entry, locked: bool = False, more_volumes: bool = False) -> bytes:
    """A rar (version 5) whose files are stored; `locked` says they are encrypted."""
    blocks = [rar_block(1, b"\x00\x01" if more_volumes else b"\x00\x00")]
    extra = rar_record(1, bytes(36)) if locked else b""
    for position, entry in enumerate(entries):
        last = position == len(entries) - 1
        blocks.append(rar_file(entry, extra, continues=more_volumes and last))
    return SIGNATURE + b"".join(blocks) + rar_block(5, b"\x00\x00")


def rar_with_link(name: str, target: str) -> bytes:
    """A rar that holds nothing but a symbolic link."""
    there = target.encode()
    record = rar_record(5, vint(1) + vint(0) + vint(len(there)) + there)
    blocks = rar_block(1, b"\x00\x00") + rar_file((name, b""), record)
    return SIGNATURE + blocks + rar_block(5, b"\x00\x00")


def rar_with_locked_names() -> bytes:
    """A rar whose very headers are encrypted: nothing in it can be listed."""
    encryption = b"\x00" + vint(0) + vint(0) + b"\x0f" + bytes(16)
    return SIGNATURE + rar_block(4, encryption) + bytes(range(256)) * 4


def rar_file(entry: Entry, extra: bytes = b"", *, continues: bool = False) -> bytes:
    name, data = entry
    spelled = name.encode()
    flags = 0x02 | (0x01 if extra else 0) | (0x10 if continues else 0)
    sizes = (vint(len(extra)) if extra else b"") + vint(len(data))
    body = vint(4) + vint(len(data)) + vint(0o100644) + struct.pack("<I", zlib.crc32(data))
    body += vint(0) + vint(1) + vint(len(spelled)) + spelled
    return rar_block(2, vint(flags) + sizes + body + extra) + data


def rar_block(kind: int, body: bytes) -> bytes:
    header = vint(kind) + body
    sized = vint(len(header)) + header
    return struct.pack("<I", zlib.crc32(sized)) + sized


def rar_record(kind: int, body: bytes) -> bytes:
    record = vint(kind) + body
    return vint(len(record)) + record


def vint(number: int) -> bytes:
    """A number in sevens of bits, lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


@dataclass(frozen=True)
class Folder:
    """A folder of a compound file: streams and folders inside, by name."""

    name: str
    inside: Sequence["Folder | Entry"]


def outlook(*files: Folder) -> bytes:
    """A saved Outlook message with the attachments that `attached` makes."""
    named = [Folder(f"__attach_version1.0_#{n:08X}", f.inside) for n, f in enumerate(files)]
    return compound(Folder("Root Entry", (("__properties_version1.0", bytes(32)), *named)))


def attached(name: str, data: bytes | None, *, short: bool = False) -> Folder:
    """An attachment; without data it is only referred to."""
    name_id = 0x3704 if short else 0x3707
    streams: list[Entry] = [(f"__substg1.0_{name_id:04X}001F", name.encode("utf-16-le"))]
    listed = [(0x001F, name_id)]
    if data is not None:
        streams.append(("__substg1.0_37010102", data))
        listed.append((0x0102, 0x3701))
    return Folder("", (("__properties_version1.0", properties(listed)), *streams))


def forwarded(name: str, *files: Folder) -> Folder:
    """An attachment that is a message itself."""
    inner = [Folder(f"__attach_version1.0_#{n:08X}", f.inside) for n, f in enumerate(files)]
    message = Folder(
        "__substg1.0_3701000D", (("__properties_version1.0", bytes(24)), *inner)
    )
    named = ("__substg1.0_3001001F", name.encode("utf-16-le"))
    listed = properties([(0x001F, 0x3001), (0x000D, 0x3701)])
    return Folder("", (("__properties_version1.0", listed), named, message))


def properties(listed: Sequence[tuple[int, int]]) -> bytes:
    entries = (struct.pack("<HHII4x", kind, number, 6, 0) for kind, number in listed)
    return bytes(8) + b"".join(entries)


def compound(root: Folder) -> bytes:
    """A compound file (OLE); streams are filled up to 4,096 bytes with zeros."""
    file = _Compound()
    file.enter(root, 5)
    while len(file.directory) % 4:
        file.directory.append(_entry("", 0, FREE, 0, 0))
    first = file.add(b"".join(file.directory))
    sectors = -(-(len(file.chains) + 1) // 128)
    while -(-(len(file.chains) + sectors) // 128) > sectors:
        sectors += 1
    table = [*file.chains, *[FAT] * sectors]
    fat = struct.pack(f"<{len(table)}I", *table).ljust(sectors * SECTOR, b"\xff")
    places = [len(file.chains) + n for n in range(sectors)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, sectors, first, 0, 4096, END, 0, END, 0)
    header += struct.pack(f"<{len(places)}I", *places)
    return header.ljust(SECTOR, b"\xff") + bytes(file.content) + fat


@dataclass
class _Compound:
    """A compound file while it is filled: entries, sectors, and how they follow."""

    directory: list[bytes] = field(default_factory=list)
    content: bytearray = field(default_factory=bytearray)
    chains: list[int] = field(default_factory=list)

    def add(self, data: bytes) -> int:
        """Store bytes; the number of their first sector."""
        start = len(self.chains)
        count = -(-len(data) // SECTOR)
        self.content += data.ljust(count * SECTOR, b"\0")
        self.chains += [*range(start + 1, start + count), END]
        return start

    def enter(self, thing: Folder | Entry, kind: int) -> int:
        """Store a folder or a stream; the number of its entry."""
        at = len(self.directory)
        self.directory.append(b"")
        if isinstance(thing, Folder):
            inside = [self.enter(child, 1) for child in thing.inside]
            for one, following in pairwise(inside):
                known = self.directory[one]
                link = struct.pack("<I", following)
                self.directory[one] = known[:72] + link + known[76:]
            child = inside[0] if inside else FREE
            self.directory[at] = _entry(thing.name, kind, child, END * (kind == 5), 0)
        else:
            name, data = thing
            full = data.ljust(4096, b"\0")
            self.directory[at] = _entry(name, 2, FREE, self.add(full), len(full))
        return at


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    spelled = name.encode("utf-16-le")
    head = spelled.ljust(64, b"\0") + struct.pack("<HBB", len(spelled) + 2, kind, 1)
    links = struct.pack("<III", FREE, FREE, child)
    return head + links + bytes(36) + struct.pack("<IQ", start, size)
