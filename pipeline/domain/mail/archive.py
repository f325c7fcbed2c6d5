"""Archives, opened in memory under one budget: every byte is counted while it is read.

Names are data and never lead to a disk; sizes in a directory are never believed.
"""

import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.domain.writing.raw_text import guess

MAX_MEMBERS = 1000
MAX_INFLATED = 200 * 1024 * 1024
MAX_RATIO = 150
RATIO_COUNTS_FROM = 1024 * 1024
_CHUNK = 256 * 1024
_UNICODE_PATH = 0x7075
_UTF8_FLAG = 0x800
_LOCAL_HEADER = 30
# What the standard library raises on damaged archives.
_DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
    AttributeError,
    RuntimeError,
    NotImplementedError,
)


def is_crowded(data: bytes) -> bool:
    """Whether a zip's directory is too long even to be listed."""
    return data.startswith(b"PK") and data.count(b"PK\x01\x02") > 10 * MAX_MEMBERS


class ArchiveError(Exception):
    """A container, or a member of it, that gives no file; `code` is a finding code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class Budget:
    """What one mail may unpack to, over all its containers."""

    members: int = MAX_MEMBERS
    inflated: int = MAX_INFLATED

    def member(self) -> None:
        """Count a member; ArchiveError when there were enough."""
        self.members -= 1
        if self.members < 0:
            raise ArchiveError("too-big")

    def take(self, chunk: bytes, total: int, packed: int) -> None:
        """Count bytes just read out of a member of `packed` bytes that gave `total`."""
        self.inflated -= len(chunk)
        if self.inflated < 0:
            raise ArchiveError("too-big")
        if total > RATIO_COUNTS_FROM and total > MAX_RATIO * max(packed, 1):
            raise ArchiveError("too-big")


@dataclass(frozen=True, slots=True)
class Member:
    """A file out of a container, or the finding code of why it could not be had."""

    name: str
    data: bytes = b""
    problem: str | None = None


Opener = Callable[[bytes, str, Budget], Iterator[Member]]
"""(bytes of a container, its name, budget) to members; raises ArchiveError."""


def open_zip(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """The members of a zip in order; folders and links are no members."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (*_DAMAGE, UnicodeDecodeError) as error:
        raise ArchiveError("unreadable-file") from error
    infos = archive.infolist()
    overlapping = _overlapping(infos)
    for info in infos:
        if info.filename.endswith("/") or _is_link(info.external_attr >> 16):
            continue
        budget.member()
        if id(info) in overlapping:
            yield Member(_zip_name(info), problem="unreadable-file")
        else:
            yield _zip_member(archive, info, budget)


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Member:
    name = _zip_name(info)
    if info.flag_bits & 0x41 or info.compress_type == 99:
        return Member(name, problem="encrypted-archive")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return Member(name, problem="unsupported-type")
    chunks: list[bytes] = []
    total = 0
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                budget.take(chunk, total, info.compress_size)
                chunks.append(chunk)
    except _DAMAGE:
        return Member(name, problem="unreadable-file")
    return Member(name, b"".join(chunks))


def _overlapping(infos: list[zipfile.ZipInfo]) -> frozenset[int]:
    """Members whose bytes also belong to another one: a bomb, no archive does that."""
    placed = sorted(infos, key=lambda info: info.header_offset)
    shared = set()
    for one, following in pairwise(placed):
        if one.header_offset + _LOCAL_HEADER + one.compress_size > following.header_offset:
            shared |= {id(one), id(following)}
    return frozenset(shared)


def _is_link(mode: int) -> bool:
    return mode & 0o170000 == 0o120000


def _zip_name(info: zipfile.ZipInfo) -> str:
    """A member's name: the Unicode path field, else the raw bytes by the best guess."""
    extra = info.extra
    while len(extra) >= 4:
        tag, size = struct.unpack("<HH", extra[:4])
        if tag == _UNICODE_PATH and size > 5:
            return guess(extra[9 : 4 + size])
        extra = extra[4 + size :]
    if info.flag_bits & _UTF8_FLAG:
        return info.orig_filename
    return guess(info.orig_filename.encode("cp437", "replace"), dos=True)


def open_tar(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """The ordinary files of a tar; links and devices are no members."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for info in archive:
                if info.isreg():
                    budget.member()
                    yield _tar_member(archive, info, budget)
    except _DAMAGE as error:
        raise ArchiveError("unreadable-file") from error


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo, budget: Budget) -> Member:
    stream = archive.extractfile(info)
    chunks: list[bytes] = []
    total = 0
    while stream is not None and (chunk := stream.read(_CHUNK)):
        total += len(chunk)
        budget.take(chunk, total, MAX_INFLATED)
        chunks.append(chunk)
    return Member(guess(info.name.encode("utf-8", "surrogateescape")), b"".join(chunks))


def open_gzip(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """The one file of a gzip, named as the gzip without its ending."""
    budget.member()
    stem = name[:-3] if name.lower().endswith(".gz") else name
    if name.lower().endswith(".tgz"):
        stem = name[:-4] + ".tar"
    chunks: list[bytes] = []
    total, rest = 0, data
    try:
        while rest.startswith(b"\x1f\x8b"):
            stream = zlib.decompressobj(31)
            while not stream.eof:
                chunk = stream.decompress(rest, _CHUNK)
                rest = stream.unconsumed_tail or stream.unused_data
                if not chunk and not rest:
                    break
                total += len(chunk)
                budget.take(chunk, total, len(data))
                chunks.append(chunk)
            if not stream.eof:
                raise ArchiveError("unreadable-file")
    except zlib.error as error:
        raise ArchiveError("unreadable-file") from error
    yield Member(stem, b"".join(chunks))
