"""The doors to the outside world, opened from the plan."""

import os
from collections.abc import Collection
from dataclasses import replace
from datetime import time
from pathlib import Path
from secrets import token_hex
from threading import Event
from zoneinfo import ZoneInfo

from pipeline.adapters.disk.alarm_book import FileAlarmBook
from pipeline.adapters.disk.backup_folder import BackupFolder
from pipeline.adapters.disk.export_shelf import ExportShelf
from pipeline.adapters.disk.file_archive import FileArchive
from pipeline.adapters.disk.send_journal import FileSendJournal
from pipeline.adapters.letters.alarm_letter import AlarmLetterWriter
from pipeline.adapters.mail.folder_mailbox import FolderMailbox
from pipeline.adapters.mail.imap_mailbox import ImapMailbox
from pipeline.adapters.mail.smtp_postbox import SmtpPostbox
from pipeline.adapters.public_holidays import VIETNAM
from pipeline.adapters.sql_ledger.ledger import SqlLedger
from pipeline.adapters.sql_ledger.safe_copy import SqlCopies
from pipeline.adapters.worker.parsing_worker import WorkerSettings
from pipeline.adapters.worker.worker_pool import WorkerPool
from pipeline.assembly.bench import make_bench, make_letterhead
from pipeline.assembly.plan import TEMPLATES, Plan, make_private, registry_path
from pipeline.domain.errors import ConfigError
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.reminders import ReminderHours
from pipeline.jobs.consolidate import Consolidation
from pipeline.jobs.judge import Bench
from pipeline.jobs.process import Workshop
from pipeline.jobs.purge import PurgeDesk, RetentionRules
from pipeline.jobs.raise_alarms import AlarmDesk
from pipeline.jobs.remind import ReminderDesk
from pipeline.jobs.send_digest import DigestDesk
from pipeline.ports import Keep, Ledger, Mailbox, MailboxAccess, PostboxAccess
from pipeline.ports.access import TokenAccess
from pipeline.settings import OAuth2Settings

OFFICE = VIETNAM
"""The working days and hours of the ministry."""

_PROCESS = token_hex(4)
"""Tells this process from an earlier one of the same number."""


def open_ledger(plan: Plan, url: str | None = None) -> SqlLedger:
    """The ledger, its schema up to date, told what each round expects."""
    database = url or plan.settings.database
    _, slashes, path = database.partition("sqlite:///")
    if slashes and path not in ("", ":memory:"):
        make_private(Path(path).parent)
    ledger = SqlLedger(database, plan.account)
    ledger.migrate()
    units = [province.code for province in plan.gazetteer.provinces]
    for plan_round in plan.rounds:
        ledger.know_round(plan_round.id, units, plan_round.forms_required)
    return ledger


def copy_plan(plan: Plan, folder: Path) -> Plan:
    """The plan with a copy of its ledger in a scratch folder; the archive is the same."""
    from pipeline.adapters.sql_ledger.scratch import copy_ledger

    url = copy_ledger(plan.settings.database, folder / "ingest.db")
    return replace(plan, settings=replace(plan.settings, database=url))


def copy_plan_of(plan: Plan, folder: Path, message: int, units: Collection[str]) -> Plan:
    """The plan with a scratch ledger of one message and of what these units sent."""
    from pipeline.adapters.sql_ledger.unit_copy import copy_units

    url = copy_units(plan.settings.database, folder / "ingest.db", message, units)
    return replace(plan, settings=replace(plan.settings, database=url))


def open_archive(plan: Plan) -> FileArchive:
    """The archive of raw messages under data_dir."""
    return FileArchive(make_private(plan.settings.data_dir) / "archive")


def open_copies(plan: Plan) -> SqlCopies:
    """Whole copies of the ledger's database."""
    return SqlCopies(plan.settings.database)


def open_safe(plan: Plan, root: Path) -> BackupFolder:
    """A folder of backups of what lies under data_dir."""
    return BackupFolder(root, make_private(plan.settings.data_dir))


def open_journal(plan: Plan) -> FileSendJournal:
    """The journal of sending, beside the database and never in it."""
    return FileSendJournal(make_private(plan.settings.data_dir) / "send-journal.jsonl")


def open_reader(plan: Plan, keep: Keep = lambda *_: None) -> WorkerPool:
    """The parsing children, one a core unless configured; `keep` as of a child."""
    settings = plan.settings
    rounds_root = registry_path(settings, "rounds")
    return WorkerPool(
        WorkerSettings(
            rounds=tuple(str((rounds_root / name).absolute()) for name in settings.round),
            provinces=str(registry_path(settings, "provinces.csv").absolute()),
            communes=str(registry_path(settings, "communes.csv").absolute()),
            populations=str(registry_path(settings, "populations.csv").absolute()),
            own_addresses=tuple(sorted(plan.own_addresses)),
            trusted_authserv_ids=settings.mailbox.trusted_authserv_ids,
        ),
        settings.workers or os.cpu_count() or 1,
        keep,
    )


def open_workshop(plan: Plan, ledger: Ledger) -> Workshop:
    """All that the job `process` works with, under a name that nobody else has."""
    owner = f"{os.uname().nodename}:{os.getpid()}:{_PROCESS}:{token_hex(4)}"
    ledger.enter(owner)
    return Workshop(
        ledger=ledger,
        archive=open_archive(plan),
        reader=open_reader(plan, ledger.foresee_filing),
        bench=make_bench(plan),
        owner=owner,
    )


def open_mailbox(plan: Plan, stop: Event | None = None) -> Mailbox:
    """The submission mailbox, or the folder that stands for it."""
    mailbox = plan.settings.mailbox
    if mailbox.folder_source is not None:
        if not mailbox.folder_source.is_dir():
            raise ConfigError(
                plan.settings.source,
                "mailbox.folder_source",
                f"{mailbox.folder_source} is no folder",
            )
        return FolderMailbox(mailbox.folder_source, stop=stop)
    return ImapMailbox(mailbox_access(plan), stop)


def mailbox_access(plan: Plan) -> MailboxAccess:
    """How to reach the IMAP server; ConfigError when its password is missing."""
    mailbox = plan.settings.mailbox
    if mailbox.password is None and mailbox.oauth2 is None:
        raise _no_password(plan, "mailbox")
    return MailboxAccess(
        host=mailbox.host,
        port=mailbox.port,
        security=mailbox.security,
        ca_file=str(mailbox.ca_file) if mailbox.ca_file else None,
        username=mailbox.username,
        password=mailbox.password or "",
        tokens=_token_access(mailbox.oauth2),
        folders=mailbox.folders,
        spam_folders=mailbox.spam_folders,
        idle=mailbox.idle,
        timeout_seconds=mailbox.timeout_seconds,
    )


def _token_access(oauth2: OAuth2Settings | None) -> TokenAccess | None:
    if oauth2 is None:
        return None
    return TokenAccess(
        token_url=oauth2.token_url,
        client_id=oauth2.client_id,
        refresh_token_file=str(oauth2.refresh_token_file),
        client_secret=oauth2.client_secret,
        scope=oauth2.scope,
        ca_file=str(oauth2.ca_file) if oauth2.ca_file else None,
    )


def _no_password(plan: Plan, section: str) -> ConfigError:
    return ConfigError(
        plan.settings.source,
        f"{section}.password_file",
        f"no password: give password_file, password_command, oauth2 or "
        f"INGEST_{section.upper()}_PASSWORD",
    )


def open_postbox(plan: Plan) -> SmtpPostbox:
    """The way out; ConfigError when its password is missing."""
    smtp = plan.settings.smtp
    secret = smtp.password or smtp.oauth2
    if smtp.username is not None and secret is None:
        raise _no_password(plan, "smtp")
    return SmtpPostbox(
        PostboxAccess(
            host=smtp.host,
            port=smtp.port,
            security=smtp.security,
            ca_file=str(smtp.ca_file) if smtp.ca_file else None,
            username=smtp.username,
            password=smtp.password or "",
            tokens=_token_access(smtp.oauth2),
            envelope_from=smtp.from_address,
            timeout_seconds=smtp.timeout_seconds,
            final_timeout_seconds=smtp.final_timeout_seconds,
        )
    )


def open_alarms(plan: Plan) -> AlarmDesk:
    """What administrators are written to with, past ledger and outbox."""
    return AlarmDesk(
        postbox=open_postbox(plan),
        writer=AlarmLetterWriter(TEMPLATES / "alarms" / "vi.toml", make_letterhead(plan)),
        books=FileAlarmBook(make_private(plan.settings.data_dir) / "alarms.json"),
        administrators=plan.settings.people.administrators,
    )


def make_consolidation(
    plan: Plan, ledger: Ledger, plan_round: PlanRound, out: Path | None = None
) -> Consolidation:
    """What the night run of a round works with; products under data_dir/exports."""
    # pandas and openpyxl are loaded for the night only.
    from pipeline.adapters.national.export_folder import ExportFolder
    from pipeline.adapters.national.national_tables import consolidate_figures
    from pipeline.adapters.national.summed_totals import consolidate_sums

    folder = out or make_private(plan.settings.data_dir) / "exports"
    return Consolidation(
        ledger=ledger,
        add_up=consolidate_figures,
        add_up_many=consolidate_sums,
        products=ExportFolder(folder),
        plan_round=plan_round,
        gazetteer=plan.gazetteer,
    )


def make_purge(plan: Plan, ledger: Ledger) -> PurgeDesk:
    """What raw mails and products of old nights are removed with."""
    retention = plan.settings.retention
    ends = {each.id: each.closes or each.grace_until or each.due for each in plan.rounds}
    return PurgeDesk(
        ledger=ledger,
        archive=open_archive(plan),
        exports=ExportShelf(make_private(plan.settings.data_dir) / "exports"),
        rules=RetentionRules(ends, retention.raw_months, retention.export_days),
    )


def make_digests(plan: Plan, ledger: Ledger, bench: Bench) -> DigestDesk:
    """What night digests are made with."""
    return DigestDesk(bench, ledger, plan.settings.people.planners)


def reminder_hours(plan: Plan) -> ReminderHours:
    """When reminders leave."""
    schedule = plan.settings.schedule
    return ReminderHours(
        at=time.fromisoformat(schedule.remind_at),
        zone=ZoneInfo(schedule.timezone),
        calendar=OFFICE,
    )


def make_reminders(plan: Plan, ledger: Ledger, bench: Bench) -> ReminderDesk:
    """What reminders are made with."""
    return ReminderDesk(bench, ledger, reminder_hours(plan))
