"""Workbooks encrypted as Excel does it: .xlsx (agile) and .xls (RC4 of BIFF8)."""

import io
import struct
from hashlib import md5

import olefile
from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher
from msoffcrypto.method.ecma376_agile import ECMA376Agile
from xlwt.CompoundDoc import XlsDoc

BUILT_IN = "VelvetSweatshop"
_SALT = bytes(range(16))
_BOF, _FILEPASS, _BOUNDSHEET, _INTERFACEHDR = 0x809, 0x2F, 0x85, 0xE1
_BLOCK = 1024


def lock_xlsx(data: bytes, password: str = BUILT_IN) -> bytes:
    """An .xlsx (or anything of 8 KiB and more) inside an encrypted package."""
    return bytes(ECMA376Agile.encrypt(password, io.BytesIO(data)))


def lock_xls(data: bytes, password: str = BUILT_IN) -> bytes:
    """An .xls whose records are encrypted, as a protected structure makes them."""
    stream = olefile.OleFileIO(io.BytesIO(data)).openstream("Workbook").read()
    secret = _key(password, 0)
    verifier = bytes(reversed(_SALT))
    sealed = _rc4(secret, verifier + md5(verifier).digest())
    locked = struct.pack("<3H", 1, 1, 1) + _SALT + sealed
    records = _records(stream)
    bof = records[0]
    # The writer below pads the stream with zeros; four of them make a record.
    locked += bytes(-sum(len(body) for _, body in records) - len(locked) & 3)
    filepass = struct.pack("<HH", _FILEPASS, len(locked)) + locked
    shifted = [_moved(number, body, len(filepass)) for number, body in records[1:]]
    plain = [bof, (_FILEPASS, locked), *shifted]
    out = io.BytesIO()
    XlsDoc().save(out, _sealed(plain, password))
    return out.getvalue()


def _records(stream: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at + 4 <= len(stream):
        number, size = struct.unpack_from("<HH", stream, at)
        if not number:
            break
        found.append((number, stream[at + 4 : at + 4 + size]))
        at += 4 + size
    return found


def _moved(number: int, body: bytes, by: int) -> tuple[int, bytes]:
    """A record after something was put in front; sheets are listed by their place."""
    if number != _BOUNDSHEET:
        return number, body
    (place,) = struct.unpack_from("<I", body)
    return number, struct.pack("<I", place + by) + body[4:]


def _sealed(records: list[tuple[int, bytes]], password: str) -> bytes:
    plain, open_bytes = bytearray(), bytearray()
    for number, body in records:
        header = struct.pack("<HH", number, len(body))
        bare = number in (_BOF, _FILEPASS, _INTERFACEHDR)
        kept = len(body) if bare else 4 if number == _BOUNDSHEET else 0
        plain += header + body
        open_bytes += b"\1" * (4 + kept) + b"\0" * (len(body) - kept)
    sealed = bytearray()
    for block in range(0, len(plain), _BLOCK):
        key = _key(password, block // _BLOCK)
        sealed += _rc4(key, bytes(plain[block : block + _BLOCK]))
    pairs = zip(plain, sealed, open_bytes, strict=True)
    return bytes(old if is_open else new for old, new, is_open in pairs)


def _key(password: str, block: int) -> bytes:
    short = md5(password.encode("utf-16-le")).digest()[:5]
    salted = md5((short + _SALT) * 16).digest()[:5]
    return md5(salted + struct.pack("<I", block)).digest()


def _rc4(key: bytes, data: bytes) -> bytes:
    return Cipher(ARC4(key), mode=None).encryptor().update(data)
