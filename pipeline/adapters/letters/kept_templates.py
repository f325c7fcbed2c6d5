"""Templates as they were compiled, and what they were proven with, as Python keeps modules.

Both lie in `__pycache__` beside the templates and hold for what they were made of only, by
its digest. Where nothing may be written, all is done anew at each start: once a process.
"""

import marshal
import sys
from hashlib import sha256
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from secrets import token_hex

import jinja2
from jinja2.bccache import Bucket, BytecodeCache

_FORMAT = b"1"
_UNWRITTEN: dict[Path, bytes] = {}
"""What this process would have written and may not."""


class KeptTemplates(BytecodeCache):
    """The code that Jinja made of templates in one environment, by name `kind`.

    `settings` is all that decides what code a source becomes.
    """

    def __init__(self, folder: Path, kind: str, settings: bytes) -> None:
        self._shelf = _Shelf(folder)
        self._kind = kind
        self._settings = settings

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template the code that is kept of this very source."""
        data = self._shelf.get(self._name(bucket), self._grounds(bucket))
        if data is not None:
            bucket.code = marshal.loads(data)  # noqa: S302 - its digest is ours, as a .pyc

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        code = marshal.dumps(bucket.code)
        self._shelf.put(self._name(bucket), self._grounds(bucket), code)

    def _name(self, bucket: Bucket) -> str:
        return f"{bucket.key}.{self._kind}"

    def _grounds(self, bucket: Bucket) -> bytes:
        return self._settings + bucket.checksum.encode()


class Proofs:
    """Of what the templates of a folder were proven to be fit for, by name."""

    def __init__(self, folder: Path) -> None:
        self._shelf = _Shelf(folder)

    def holds(self, name: str, grounds: str) -> bool:
        """Whether it was proven, on the same grounds, before."""
        return self._shelf.get(_proof(name), grounds.encode()) is not None

    def note(self, name: str, grounds: str) -> None:
        """It is proven; what was known of the name before is forgotten."""
        self._shelf.put(_proof(name), grounds.encode(), b"")


def _proof(name: str) -> str:
    return f"{sha256(name.encode()).hexdigest()[:16]}.proven"


class _Shelf:
    """Files in `__pycache__`: the digest of grounds and content, then the content."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "__pycache__"

    def get(self, name: str, grounds: bytes) -> bytes | None:
        """The content; None where there is none of these grounds."""
        path = self._folder / name
        try:
            data = path.read_bytes()
        except OSError:
            data = _UNWRITTEN.get(path, b"")
        digest, content = data[:64], data[64:]
        return content if digest == _digest(grounds, content) else None

    def put(self, name: str, grounds: bytes, content: bytes) -> None:
        """Keep it, in one step; in memory where nothing may be written."""
        path, data = self._folder / name, _digest(grounds, content) + content
        if sys.dont_write_bytecode or not _written(path, data):
            _UNWRITTEN[path] = data


def _written(path: Path, data: bytes) -> bool:
    draft = path.with_name(f"{path.name}.{token_hex(8)}")
    try:
        path.parent.mkdir(exist_ok=True)
        try:
            draft.write_bytes(data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _digest(grounds: bytes, content: bytes) -> bytes:
    versions = b"\0".join((_FORMAT, MAGIC_NUMBER, jinja2.__version__.encode()))
    told = b"\0".join(sha256(each).digest() for each in (versions, grounds, content))
    return sha256(told).hexdigest().encode()
