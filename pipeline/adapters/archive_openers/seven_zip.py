"""7z archives by py7zr, in memory, every byte counted before it is kept."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.adapters.archive_openers.damage import DAMAGE
from pipeline.domain.mail.archive import ArchiveError, Budget, Member


def open_seven_zip(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """The files of a 7z, links left out; all of them or none, for most are solid."""
    try:
        import py7zr
        from py7zr import exceptions
    except ImportError as error:
        raise ArchiveError("unsupported-type") from error
    damage: tuple[type[Exception], ...] = (exceptions.ArchiveError, *DAMAGE)
    shelf = _Shelf(budget, len(data))
    try:
        with py7zr.SevenZipFile(io.BytesIO(data)) as archive:
            shelf.links = {entry.filename for entry in archive.files if entry.is_symlink}
            archive.extractall(factory=shelf.as_factory())
    except exceptions.PasswordRequired as error:
        raise ArchiveError("encrypted-archive") from error
    except exceptions.UnsupportedCompressionMethodError as error:
        raise ArchiveError("unsupported-type") from error
    except MemoryError as error:
        raise ArchiveError("too-big") from error
    except damage as error:
        raise ArchiveError("unreadable-file") from error
    for path, book in shelf.files.items():
        if path not in shelf.links:
            yield Member(path, book.content.getvalue())


@dataclass(slots=True)
class _Shelf:
    """Where py7zr puts the files of an archive, in the shape of its `WriterFactory`."""

    budget: Budget
    packed: int
    files: dict[str, "_Book"] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)

    def as_factory(self) -> Any:
        """Itself: py7zr is loaded late, so its base class cannot stand above."""
        return self

    def create(self, filename: str) -> "_Book":
        self.budget.member()
        book = self.files[filename] = _Book(self)
        return book


@dataclass(slots=True)
class _Book:
    """One file while py7zr writes it, in the shape of its `Py7zIO`."""

    shelf: _Shelf
    content: io.BytesIO = field(default_factory=io.BytesIO)

    def write(self, chunk: bytes) -> int:
        self.shelf.budget.take(chunk, self.size() + len(chunk), self.shelf.packed)
        return self.content.write(chunk)

    def size(self) -> int:
        return self.content.getbuffer().nbytes

    def flush(self) -> None:
        """Nothing waits to be written."""

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.content.seek(offset, whence)

    def close(self) -> None:
        """Kept open: it is read when the archive is done."""
