"""The folders of products as they lie on the disk, to be read: one a run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, takewhile
from pathlib import Path

from pipeline.adapters.disk.durable_files import blamed_on
from pipeline.domain.errors import PermanentError
from pipeline.domain.total import Run
from pipeline.domain.writing.vietnamese import HANOI

_MARK = ".run-at-"


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


def mark_of_run(root: Path, run: Run) -> Path:
    """The link from a run to its folder, named by when the run was started."""
    started = run.started_at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return root / run.round / f"{_MARK}{started}"


def marks_of(folder: Path) -> Sequence[Path]:
    """The links of the runs whose products a folder holds."""
    links = [link for link in folder.parent.glob(f"{_MARK}*") if link.is_symlink()]
    return [link for link in links if link.readlink().name == folder.name]


def folder_of_run(root: Path, run: Run) -> Path | None:
    """Where the products of a run lie, None where nothing says so.

    A run of before there were marks has the only folder of its instant that no run is
    known to have; of several it cannot be told which.
    """
    mark = mark_of_run(root, run)
    if mark.is_symlink() or mark.is_dir():  # some ways of copying make folders of links
        return mark
    there = takewhile(Path.is_dir, folders_of_run(root, run.round, run.as_of))
    left = [folder for folder in there if not marks_of(folder)]
    return left[0] if len(left) == 1 else None


@dataclass(frozen=True, slots=True)
class ExportShelf:
    """Products of runs."""

    root: Path

    def names(self, run: Run) -> Mapping[str, int]:
        """The files of a run with their sizes in bytes; none when they were taken away,
        or when it is not known which are this run's.
        """
        with blamed_on(self.root / run.round):
            folder = folder_of_run(self.root, run)
            if folder is None:
                return {}
            files = [each for each in folder.glob("*") if each.suffix != ".tmp"]
            return {f.name: f.stat().st_size for f in sorted(files) if f.is_file()}

    def read(self, run: Run, name: str) -> bytes:
        """One of these files; PermanentError for any other name."""
        with blamed_on(self.root / run.round):
            folder = folder_of_run(self.root, run)
            if folder is None or name not in self.names(run):
                raise PermanentError(f"{name}: this run has no such product")
            return (folder / name).read_bytes()
