"""`purge`: raw mails whose time is over, and products of old nights."""

from contextlib import closing

from pipeline.assembly import make_purge, open_ledger
from pipeline.cli.decisions import who
from pipeline.cli.main import FINE, Call
from pipeline.jobs.purge import PurgeReport, purge


def purge_old(call: Call) -> int:
    """Remove what may go; with -n say what that would be."""
    dry_run: bool = call.arguments.dry_run
    with closing(open_ledger(call.plan)) as ledger:
        desk = make_purge(call.plan, ledger)
        report = purge(desk, who(call), call.clock(), dry_run=dry_run)
    _tell(call, report)
    return FINE


def _tell(call: Call, report: PurgeReport) -> None:
    if call.talk.machine:
        call.talk.document(
            {
                "changed": not call.arguments.dry_run,
                "mails": [mail.digest for mail in report.mails],
                "bytes": report.mail_bytes,
                "kept": dict(report.kept),
                "exports": list(report.exports),
                "export_bytes": report.export_bytes,
            }
        )
        return
    phrase = "purge.would" if call.arguments.dry_run else "purge.done"
    call.talk.tell(
        phrase,
        mails=len(report.mails),
        megabytes=report.mail_bytes >> 20,
        exports=len(report.exports),
        export_megabytes=report.export_bytes >> 20,
    )
    for reason, count in sorted(report.kept.items()):
        call.talk.tell("purge.kept", count=count, why=call.talk.text(f"purge.{reason}"))
