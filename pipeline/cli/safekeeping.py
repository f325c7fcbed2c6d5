"""`backup` and `restore`: the ledger with the archive it stands on."""

from pathlib import Path
from typing import Any

from pipeline.assembly import open_copies, open_safe
from pipeline.cli.lock import only_one
from pipeline.cli.main import FINE, FOUND, Call
from pipeline.domain.backup import Restoring
from pipeline.jobs.back_up import back_up, would_back_up
from pipeline.jobs.restore import restore
from pipeline.stages.report import local_time


def make_backup(call: Call) -> int:
    """Keep database, archive, journal and key in a folder, while the daemon works on."""
    folder, copies = Path(call.arguments.dir).absolute(), open_copies(call.plan)
    safe = open_safe(call.plan, folder)
    if call.arguments.dry_run:
        keeping = would_back_up(copies, safe, call.clock())
        answer: dict[str, Any] = {
            "folder": str(folder / keeping.stamp),
            "made_at": None,
            "messages": keeping.messages,
            "archive_files": len(keeping.archive),
        }
    else:
        kept = back_up(copies, safe, call.clock())
        answer = {
            "folder": str(kept.folder),
            "made_at": local_time(kept.backup.made_at),
            "messages": kept.backup.counts["message"],
            "archive_files": len(kept.backup.archive),
        }
    if call.talk.machine:
        call.talk.document(answer)
    phrase = "backup.would" if call.arguments.dry_run else "backup.done"
    call.talk.tell(phrase, **answer)
    return FINE


def restore_backup(call: Call) -> int:
    """Put a backup back; with -n say what would change. 1 when it lacks mails."""
    folder = Path(call.arguments.dir).absolute()
    named = None
    if (folder / "manifest.json").exists():  # one backup was named, not their folder
        folder, named = folder.parent, folder.name
    safe, copies = open_safe(call.plan, folder), open_copies(call.plan)
    with only_one(call.settings):
        restoring = restore(
            copies, safe, call.clock(), named=named, dry_run=call.arguments.dry_run
        )
    _tell(call, restoring)
    return FOUND if restoring.lost else FINE


def _tell(call: Call, restoring: Restoring) -> None:
    backup, present = restoring.backup, restoring.present or {}
    made_at = local_time(backup.made_at)
    if call.talk.machine:
        call.talk.document(
            {
                "made_at": made_at,
                "changed": not call.arguments.dry_run,
                "before": None if restoring.present is None else dict(present),
                "after": dict(backup.counts),
                "archive_missing": len(restoring.missing),
                "archive_damaged": len(restoring.damaged),
                "archive_lost": list(restoring.lost),
                "journal_lines": restoring.journal_lines,
                "other_key": restoring.other_key,
            }
        )
        return
    call.talk.tell("restore.of", made_at=made_at)
    call.talk.table(
        ("table", "now", "backup"),
        [
            (call.talk.text(f"table.{name}"), present.get(name, "-"), count)
            for name, count in backup.counts.items()
        ],
    )
    call.talk.tell(
        "restore.archive",
        missing=len(restoring.missing),
        damaged=len(restoring.damaged),
        lines=restoring.journal_lines,
    )
    for name in restoring.lost:
        call.talk.tell("restore.lost", name=name)
    phrase = "restore.would" if call.arguments.dry_run else "restore.done"
    call.talk.tell(phrase, made_at=made_at)
