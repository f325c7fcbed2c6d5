"""The folders of products as they lie on the disk, to be read: one a run."""

import re
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count, takewhile
from pathlib import Path

from pipeline.adapters.disk.durable_files import blamed_on, sync_folder
from pipeline.domain.errors import PermanentError
from pipeline.domain.retention import past_exports
from pipeline.domain.total import Run
from pipeline.domain.writing.vietnamese import HANOI

_MARK = ".run-at-"
_FOLDER = re.compile(r"(\d{8}-\d{6})(?:-\d+)?")
LATEST = "latest"


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

    def prune(
        self, round_id: str, before: datetime, *, runs: Collection[datetime], dry_run: bool
    ) -> tuple[Sequence[str], int]:
        """Remove folders of instants before a moment; their names, and bytes freed.

        Neither the folder `latest` leads to, nor those of the instants `runs`. A folder
        loses its name first: a crash leaves what the next consolidation sweeps away.
        """
        shelf = self.root / round_id
        with blamed_on(shelf):
            # a link to a folder was made by hand: that folder is not ours to remove
            folders = [p for p in shelf.glob("*") if p.is_dir() and not p.is_symlink()]
            found = {path.name: path for path in folders}
            instants = {
                name: _instant_of(name) for name in found if _FOLDER.fullmatch(name)
            }
            spared = {name_of_instant(run) for run in runs}
            kept = {name for name in instants if _FOLDER.sub(r"\1", name) in spared}
            kept.add((shelf / LATEST).resolve().name)
            names = past_exports(instants, kept, before)
            freed = sum(_size(found[name]) for name in names)
            for name in () if dry_run else names:
                _remove(found[name])
        return tuple(f"{round_id}/{name}" for name in names), freed


def _instant_of(name: str) -> datetime:
    moment = datetime.strptime(name[:15], "%Y%m%d-%H%M%S")  # noqa: DTZ007 - named in Hanoi
    return moment.replace(tzinfo=HANOI)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file())


def _remove(folder: Path) -> None:
    for mark in marks_of(folder):
        mark.unlink()
    stray = folder.with_name(f".run.{secrets.token_hex(8)}")
    folder.rename(stray)
    sync_folder(folder.parent)
    shutil.rmtree(stray)
