"""Where products lie: one folder a run, and `latest` that always leads to a whole one."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from pipeline.adapters.disk.durable_files import blamed_on, make_folder, sync_folder
from pipeline.adapters.disk.export_shelf import folder_of_run
from pipeline.adapters.national.national_workbook import (
    write_national_workbook,
    write_totals_csv,
)
from pipeline.ports.outside import NationalTables

LATEST = "latest"
_DRAFT = f".{LATEST}."


@dataclass(frozen=True, slots=True)
class ExportFolder:
    """The port Products on a disk: <root>/<round>/<instant of the figures>/.

    A run of the same instant lands in the same folder, file by file in one step each.
    """

    root: Path

    def publish(self, tables: NationalTables) -> str:
        """Write workbook and totals.csv, then point `latest` at them; their folder.

        TransientError when the disk refuses; `latest` then leads where it led before.
        """
        run = tables.run
        folder = folder_of_run(self.root, run.round, run.as_of)
        with blamed_on(folder):
            make_folder(folder)
            for stray in folder.glob("*.tmp"):  # of a run that died while it wrote
                stray.unlink(missing_ok=True)
        write_national_workbook(folder / f"tong-hop-{run.round}.xlsx", tables)
        write_totals_csv(folder / "totals.csv", tables)
        with blamed_on(folder.parent / LATEST):
            _point(folder)
        return str(folder)


def _point(folder: Path) -> None:
    """Replace the link `latest` in one step; links that a crash left behind go."""
    shelf = folder.parent
    for stray in shelf.glob(f"{_DRAFT}*"):
        stray.unlink(missing_ok=True)
    draft = shelf / f"{_DRAFT}{secrets.token_hex(8)}"
    draft.symlink_to(folder.name, target_is_directory=True)
    draft.replace(shelf / LATEST)
    sync_folder(shelf)
