"""`letters`, `pause`, `resume`: what waits to be sent, and who lets it go."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.assembly import (
    PAUSE_FILE,
    TEMPLATES,
    make_bench,
    make_private,
    open_journal,
    open_ledger,
)
from pipeline.cli.decisions import who, word
from pipeline.cli.main import FINE, Call
from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.reply import LetterState
from pipeline.jobs.planner_decisions import RELEASABLE, release_letter
from pipeline.jobs.preview_letters import preview_letters
from pipeline.ports import Ledger

COLUMNS = ("id", "ledger_id", "state", "template", "recipient", "subject", "sent_at")


def letters(call: Call) -> int:
    """`letters list`, `preview DIR` or `release LETTER`."""
    actions = {"list": _list, "preview": _preview, "release": _release}
    actions[call.arguments.action](call)
    return FINE


def _list(call: Call) -> None:
    """The outbox, oldest first: all of it, or one state."""
    ledger = open_ledger(call.plan)
    try:
        wanted = call.arguments.state
        rows = [row for row in ledger.outbox() if wanted in (None, row["state"])]
    finally:
        ledger.close()
    if call.talk.machine:
        for row in rows:
            call.talk.document(dict(row))
        return
    call.talk.table(COLUMNS, [_line(call, row) for row in rows])


def _line(call: Call, row: Mapping[str, Any]) -> list[object]:
    worded = {
        "state": call.talk.text(f"letter.{row['state']}"),
        "template": call.talk.word("template", row["template"]),
    }
    return [worded.get(column, row[column]) for column in COLUMNS]


def _preview(call: Call) -> None:
    """Every letter from sample data, as text, HTML and mail."""
    plan_round = call.plan.rounds[0]
    writer = make_bench(call.plan).writer
    answer = (TEMPLATES / "letters" / "sample-answer.txt").read_text("utf-8").splitlines()
    files = preview_letters(writer, plan_round, call.plan.gazetteer, plan_round.due, answer)
    folder = Path(call.arguments.dir).absolute()
    if not call.arguments.dry_run:
        _write(folder, files)
    if call.talk.machine:
        call.talk.document({"folder": str(folder), "files": sorted(files)})
    phrase = "letters.would_preview" if call.arguments.dry_run else "letters.previewed"
    call.talk.tell(phrase, count=len(files), folder=folder)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    except OSError as error:
        raise PermanentError(f"{folder}: {error.strerror}") from error


def _release(call: Call) -> None:
    """Let a waiting letter go, or one whose outcome nobody knows and that never came."""
    ledger = open_ledger(call.plan)
    try:
        chosen = list(_chosen(call, ledger))
        for row in chosen:
            if not call.arguments.dry_run:
                _let_go(call, ledger, row)
            if call.talk.machine:
                call.talk.document({"id": row["id"], "recipient": row["recipient"]})
            call.talk.tell("letters.released", id=row["id"], recipient=row["recipient"])
        if not chosen:
            call.talk.tell("letters.none_waits")
    finally:
        ledger.close()


def _chosen(call: Call, ledger: Ledger) -> Iterator[Mapping[str, Any]]:
    """The letter of a number, or all that wait; PermanentError when it may not go."""
    wanted = call.arguments.letter
    rows = {str(row["id"]): row for row in ledger.outbox()}
    if wanted == "all":
        yield from (row for row in rows.values() if row["state"] == LetterState.WAITING)
        return
    if wanted not in rows:
        raise PermanentError(f"letter {wanted}: there is none; `letters list` shows them")
    state = rows[wanted]["state"]
    if state not in RELEASABLE:
        raise PermanentError(f"letter {wanted} is {state}: only waiting and unknown can go")
    yield rows[wanted]


def _let_go(call: Call, ledger: Ledger, row: Mapping[str, Any]) -> None:
    journal, state = open_journal(call.plan), row["state"]
    release_letter(ledger, journal, row["id"], state, word(call))


def pause(call: Call) -> int:
    """Stop every letter until `resume`; mail goes on being collected and read."""
    return _switch(call, "pause")


def resume(call: Call) -> int:
    """Let letters go again."""
    return _switch(call, "resume")


def _switch(call: Call, action: str) -> int:
    path = make_private(call.settings.data_dir) / PAUSE_FILE
    if not call.arguments.dry_run:
        ledger = open_ledger(call.plan)
        try:
            ledger.note(who(call), action, {"why": call.arguments.why}, call.clock())
        finally:
            ledger.close()
        if action == "pause":
            path.touch(mode=0o600)
        else:
            path.unlink(missing_ok=True)
    if call.talk.machine:
        call.talk.document({"paused": action == "pause"})
    form = "dry" if call.arguments.dry_run else "done"
    call.talk.tell(f"letters.{action}.{form}", file=path)
    return FINE
