"""The folders of products as they lie on the disk, to be read: one a run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count, takewhile
from pathlib import Path

from pipeline.adapters.disk.durable_files import blamed_on
from pipeline.domain.errors import PermanentError
from pipeline.domain.writing.vietnamese import HANOI


def folders_of_run(root: Path, round_id: str, as_of: datetime) -> Iterator[Path]:
    """Where the products of an instant may lie, oldest first, without an end:
    <root>/<round>/20130713-020000, and 20130713-020000-2 ... where its figures were
    decided otherwise in between.
    """
    instant = name_of_instant(as_of)
    yield root / round_id / instant
    for number in count(2):
        yield root / round_id / f"{instant}-{number}"


def name_of_instant(as_of: datetime) -> str:
    """The name of an instant's first folder, "20130713-020000"; names sort as instants."""
    return as_of.astimezone(HANOI).strftime("%Y%m%d-%H%M%S")


def newest_of_run(root: Path, round_id: str, as_of: datetime) -> Path:
    """The newest folder of an instant; the first name where there is none."""
    folders = folders_of_run(root, round_id, as_of)
    newest = next(folders)
    for folder in takewhile(Path.is_dir, folders):
        newest = folder
    return newest


@dataclass(frozen=True, slots=True)
class ExportShelf:
    """Products of runs, by the instant of their figures."""

    root: Path

    def names(self, round_id: str, as_of: datetime) -> Mapping[str, int]:
        """The files of a run with their sizes in bytes; none when they were taken away."""
        folder = newest_of_run(self.root, round_id, as_of)
        with blamed_on(folder):
            files = [each for each in folder.glob("*") if each.suffix != ".tmp"]
            return {f.name: f.stat().st_size for f in sorted(files) if f.is_file()}

    def read(self, round_id: str, as_of: datetime, name: str) -> bytes:
        """One of these files; PermanentError for any other name."""
        if name not in self.names(round_id, as_of):
            raise PermanentError(f"{name}: this run has no such product")
        file = newest_of_run(self.root, round_id, as_of) / name
        with blamed_on(file):
            return file.read_bytes()
