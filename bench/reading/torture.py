"""Several hundred sick and odd workbooks through the worker that the daemon runs.

    python -m bench.reading.torture [--seed 2364] [--share 1.0] [--keep FOLDER]

For each file the outcome has a name, the child stays below its limits, and what is sound
is read whole. Exits with 1 when one of these does not hold.
"""

import argparse
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from bench.reading.torture_files import TortureFile, torture_files
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.adapters.worker.parsing_worker import ParsingWorker, WorkerSettings
from pipeline.domain.errors import LimitError, PipelineError
from pipeline.domain.mail.message import Role
from pipeline.domain.reading.sheet import UnreadableWorkbookError
from pipeline.domain.verdict import Parsed
from pipeline.ports import RawMessage

CONFIG = Path(__file__).resolve().parents[2] / "config"
SETTINGS = WorkerSettings(
    rounds=(str(CONFIG / "rounds" / "ke-hoach-2014"),),
    provinces=str(CONFIG / "provinces.csv"),
    communes=str(CONFIG / "communes.csv"),
)
_OTHERS = (Role.NARRATIVE, Role.SCAN, Role.DOCUMENT)
SECONDS, MEGABYTES, SOUND_READ = 30.0, 1024, 0.95


@dataclass(frozen=True)
class Outcome:
    """What came of a file. `name` is empty when nothing at all was said of it."""

    file: TortureFile
    name: str
    figures: int
    seconds: float
    megabytes: float
    cells: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether there is something in the file that is to be read."""
        return bool(self.file.figures or self.file.cells)

    @property
    def is_whole(self) -> bool:
        """Whether a sound file gave every figure, or every cell, that is in it."""
        enough = self.figures >= (self.file.figures or 0)
        return self.is_sound and enough and self.cells >= (self.file.cells or 0)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was read of it."""
        return not (self.figures or self.cells)


def read_all(files: Iterable[TortureFile]) -> list[Outcome]:
    """The files one after the other through one worker."""
    worker = ParsingWorker(SETTINGS)
    try:
        return [_read(worker, file) for file in files]
    finally:
        worker.close()


def _read(worker: ParsingWorker, file: TortureFile) -> Outcome:
    raw = _letter(file)
    message = RawMessage(hashlib.sha256(raw).hexdigest(), raw)
    began = time.monotonic()
    try:
        name, figures = _named(worker.parse(message), file)
    except LimitError:
        name, figures = "limit", 0
    except PipelineError as error:
        name, figures = f"!{type(error).__name__}: {error}", 0
    took, memory = time.monotonic() - began, _most_memory(worker)
    return Outcome(file, name, figures, took, memory, _cells(file) if file.cells else 0)


def _cells(file: TortureFile) -> int:
    """The cells that are seen in a sound file, which needs no child."""
    try:
        book = open_workbook(file.data, file.name)
    except UnreadableWorkbookError:
        return 0
    return sum(len(sheet.cells) for sheet in book.sheets)


def _letter(file: TortureFile) -> bytes:
    mail = EmailMessage()
    mail["From"] = "sldtbxh@hagiang.gov.vn"
    mail["To"] = "khtc@molisa.gov.vn"
    mail["Subject"] = "Báo cáo kế hoạch 2014"
    mail["Message-ID"] = f"<{hashlib.sha256(file.data).hexdigest()[:20]}@hagiang.gov.vn>"
    mail.set_content("Gửi Vụ phụ lục.")
    mail.add_attachment(
        file.data, maintype="application", subtype="octet-stream", filename=file.name
    )
    return mail.as_bytes()


def _named(parsed: Parsed, file: TortureFile) -> tuple[str, int]:
    """What was said of the file: forms, findings, problems or the mail's reason."""
    figures = sum(
        1 for form in parsed.appendices for row in form.rows if row.value is not None
    )
    if parsed.appendices:
        return "read", figures
    problems = [one.problem for one in parsed.attachments if one.problem]
    codes = problems or [finding.code for finding in parsed.findings]
    others = [f"taken as {one.role}" for one in parsed.attachments if one.role in _OTHERS]
    return next(iter([*codes, *others]), parsed.triage.reason or ""), 0


def _most_memory(worker: ParsingWorker) -> float:
    """Megabytes that the child ever held, while it lives."""
    child = worker._child  # noqa: SLF001 - nothing else knows the process
    if child is None:
        return 0.0
    try:
        status = Path(f"/proc/{child.pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM")), "0 0")
    return int(line.split()[1]) / 1024


def faults(outcomes: Iterable[Outcome]) -> list[str]:
    """What does not hold, a line each."""
    told = list(outcomes)
    found = [f"no name: {o.file.kind}" for o in told if not o.name]
    found += [f"{o.file.kind}: {o.name}" for o in told if o.name.startswith("!")]
    found += [f"{o.file.kind}: {o.seconds:.0f} s" for o in told if o.seconds > SECONDS]
    found += [
        f"{o.file.kind}: {o.megabytes:.0f} MB" for o in told if o.megabytes > MEGABYTES
    ]
    sound = [o for o in told if o.is_sound]
    whole = [o for o in sound if o.is_whole]
    if len(whole) < SOUND_READ * len(sound):
        found.append(f"only {len(whole)} of {len(sound)} sound files read whole")
    found += [f"sound, read as empty: {o.file.kind}" for o in sound if o.is_empty]
    return found


def main() -> int:
    """Make, read, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=2364)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--keep", type=Path, help="folder for the files that fail")
    asked = parser.parse_args()
    outcomes = read_all(torture_files(asked.seed, asked.share))
    sound = [o for o in outcomes if o.is_sound]
    print(f"{len(outcomes)} files, {len(sound)} of them sound")
    print(f"sound and read whole: {sum(o.is_whole for o in sound)}")
    print(f"slowest: {max(o.seconds for o in outcomes):.1f} s")
    print(f"most memory: {max(o.megabytes for o in outcomes):.0f} MB")
    for name, count in Counter(o.name[:60] for o in outcomes).most_common():
        print(f"  {count:5d} {name or '(nothing)'}")
    for o in sound:
        if not o.is_whole:
            print(f"not whole: {o.file.kind}: {o.name}, {o.figures} of {o.file.figures}")
            print(f"           cells {o.cells} of {o.file.cells}")
    for o in sorted(outcomes, key=lambda o: -o.seconds)[:8]:
        print(f"slow: {o.seconds:.1f} s {o.file.kind}: {o.name}")
    broken = faults(outcomes)
    for line in broken:
        print(f"FAULT {line}")
    if asked.keep:
        _keep(asked.keep, outcomes)
    return 1 if broken else 0


def _keep(folder: Path, outcomes: Iterable[Outcome]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, o in enumerate(outcomes):
        if not o.name or o.name.startswith("!") or (o.is_sound and not o.is_whole):
            (folder / f"{number}-{o.file.kind}-{o.file.name}").write_bytes(o.file.data)


if __name__ == "__main__":
    sys.exit(main())
