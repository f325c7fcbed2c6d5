"""Where products lie: one folder a run, and `latest` that always leads to a whole one."""

import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.adapters.disk.durable_files import (
    PRIVATE_FOLDER,
    blamed_on,
    make_folder,
    sync_folder,
    write_durably,
)
from pipeline.adapters.disk.export_shelf import (
    LATEST,
    folders_of_run,
    mark_of_run,
    marks_of,
    name_of_instant,
)
from pipeline.adapters.national.run_files import run_files
from pipeline.ports.outside import NationalTables

_DRAFT, _DRAFT_FOLDER = f".{LATEST}.", ".run."
_INSTANT = len("20130713-020000")


@dataclass(frozen=True, slots=True)
class ExportFolder:
    """The port Products on a disk: <root>/<round>/<instant of the figures>/.

    A folder has its name only when it is whole, and never changes afterwards. The same
    instant again is the same folder; were its figures decided otherwise in between,
    a second one is made beside it ("20130713-020000-2"). A link of each run
    (".run-at-<when it was started>") leads to its own.
    """

    root: Path

    def publish(self, tables: NationalTables) -> str:
        """Write the files of a run, then point `latest` at them; their folder.

        `latest` stays where it leads to a newer instant, unless that is yet to come.
        TransientError when the disk refuses; `latest` then leads where it led before.
        """
        run, files = tables.run, run_files(tables)
        shelf = self.root / run.round
        with blamed_on(shelf):
            make_folder(shelf)
            _sweep(shelf)
        folder = _place(folders_of_run(self.root, run.round, run.as_of), files)
        with blamed_on(folder):
            if not folder.is_dir():
                for stale in marks_of(folder):  # somebody took that folder away
                    stale.unlink()
                _write(folder, files)
        with blamed_on(shelf / LATEST):
            _point(mark_of_run(self.root, run), folder)
            if not _is_past(folder, run.started_at):
                _point(shelf / LATEST, folder)
        return str(folder)


def _sweep(shelf: Path) -> None:
    """Take away what runs that died left half-written."""
    for stray in shelf.glob(f"{_DRAFT}*"):
        stray.unlink(missing_ok=True)
    for stray in shelf.glob(f"{_DRAFT_FOLDER}*"):
        shutil.rmtree(stray)


def _place(folders: Iterable[Path], files: Mapping[str, bytes]) -> Path:
    """The folder that holds exactly these files, else the first free name."""
    return next(f for f in folders if not f.is_dir() or _holds(f, files))


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    with blamed_on(folder):
        return {path.name for path in folder.iterdir()} == set(files) and all(
            (folder / name).read_bytes() == data for name, data in files.items()
        )


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a folder aside and give it its name when all of it is on the disk."""
    draft = folder.parent / f"{_DRAFT_FOLDER}{secrets.token_hex(8)}"
    draft.mkdir(PRIVATE_FOLDER)
    for name, data in files.items():
        write_durably(draft / name, data, draft)
    draft.rename(folder)
    sync_folder(folder.parent)


def _is_past(folder: Path, now: datetime) -> bool:
    """Whether `latest` leads to a newer instant than a folder's, and not to a future."""
    latest = folder.parent / LATEST
    newest = latest.resolve().name[:_INSTANT] if latest.is_dir() else ""
    return folder.name[:_INSTANT] < newest <= name_of_instant(now)


def _point(link: Path, folder: Path) -> None:
    """Replace a link in one step."""
    shelf = folder.parent
    draft = shelf / f"{_DRAFT}{secrets.token_hex(8)}"
    draft.symlink_to(folder.name, target_is_directory=True)
    draft.replace(link)
    sync_folder(shelf)
