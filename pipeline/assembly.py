"""The composition root: settings in, working parts out. Nothing here decides anything."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event

from pipeline.adapters.file_archive import FileArchive
from pipeline.adapters.folder_mailbox import FolderMailbox
from pipeline.adapters.imap_mailbox import ImapMailbox
from pipeline.adapters.letter_message import Letterhead
from pipeline.adapters.letter_writer import JinjaLetterWriter
from pipeline.adapters.parsing_worker import WorkerPool, WorkerSettings
from pipeline.adapters.registry_files import load_gazetteer, load_senders
from pipeline.adapters.round_files import load_rounds
from pipeline.adapters.send_journal import FileSendJournal
from pipeline.adapters.smtp_postbox import SmtpPostbox
from pipeline.adapters.sql_ledger.ledger import SqlLedger
from pipeline.domain.case import Policy
from pipeline.domain.correction import Correction
from pipeline.domain.errors import ConfigError, TransientError
from pipeline.domain.letter import Enclosure
from pipeline.domain.plan_round import PlanRound
from pipeline.domain.province import Gazetteer, Sender
from pipeline.jobs.consolidate import Consolidation
from pipeline.jobs.judge import Bench
from pipeline.jobs.preview_letters import sample_letters
from pipeline.jobs.process import Workshop
from pipeline.ports import (
    CorrectionWriter,
    Ledger,
    Mailbox,
    MailboxAccess,
    PostboxAccess,
)
from pipeline.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[1]
TEMPLATES = CHECKOUT / "templates"
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the files say: settings, rounds, places, registry of senders."""

    settings: Settings
    rounds: tuple[PlanRound, ...]
    gazetteer: Gazetteer
    senders: tuple[Sender, ...]

    @property
    def own_addresses(self) -> frozenset[str]:
        """Our addresses: the configured ones, else the sender's and the rounds' boxes."""
        if self.settings.mailbox.addresses:
            return self.settings.own_addresses
        boxes = {plan_round.mailbox.lower() for plan_round in self.rounds}
        return self.settings.own_addresses | boxes

    @property
    def account(self) -> str:
        """The name under which the ledger keeps the submission mailbox.

        One ledger, one mailbox: the name does not change when the server moves or the
        password is another user's, and so no letter is ever written twice (ADR 0012).
        """
        return "default"


def read_plan(settings: Settings) -> Plan:
    """Everything that stands in files, checked; ConfigError names file and key."""
    rounds_root = _registry_path(settings, "rounds")
    rounds = load_rounds(rounds_root, settings.round)
    gazetteer = load_gazetteer(
        _registry_path(settings, "provinces.csv"), _registry_path(settings, "communes.csv")
    )
    plan = Plan(settings, rounds, gazetteer, ())
    senders = load_senders(
        _registry_path(settings, "senders.csv"), gazetteer, plan.own_addresses
    )
    return Plan(settings, rounds, gazetteer, senders)


def _registry_path(settings: Settings, name: str) -> Path:
    """Beside the configuration file, else in the checkout's config/."""
    beside = settings.registry / name
    return beside if beside.exists() else CHECKOUT / "config" / name


def make_private(folder: Path) -> Path:
    """A folder of ours that nobody else may read; ConfigError when it cannot be made."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            str(folder), "data_dir", f"cannot be made: {error.strerror}"
        ) from error
    return folder


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


def open_archive(plan: Plan) -> FileArchive:
    """The archive of raw messages under data_dir."""
    return FileArchive(make_private(plan.settings.data_dir) / "archive")


def open_journal(plan: Plan) -> FileSendJournal:
    """The journal of sending, beside the database and never in it."""
    return FileSendJournal(make_private(plan.settings.data_dir) / "send-journal.jsonl")


def open_reader(plan: Plan) -> WorkerPool:
    """The parsing children, one a core unless configured."""
    settings = plan.settings
    communes = _registry_path(settings, "communes.csv")
    rounds_root = _registry_path(settings, "rounds")
    return WorkerPool(
        WorkerSettings(
            rounds=tuple(str((rounds_root / name).absolute()) for name in settings.round),
            provinces=str(_registry_path(settings, "provinces.csv").absolute()),
            communes=str(communes.absolute()),
            own_addresses=tuple(sorted(plan.own_addresses)),
            trusted_authserv_ids=settings.mailbox.trusted_authserv_ids,
        ),
        settings.workers or os.cpu_count() or 1,
    )


def make_bench(plan: Plan) -> Bench:
    """What judging rests on; ConfigError when a template does not render."""
    settings = plan.settings
    writer = _make_writer(plan)
    return Bench(
        rounds=plan.rounds,
        gazetteer=plan.gazetteer,
        senders=plan.senders,
        policy=Policy(
            replies=settings.policy.replies,
            unknown_sender=settings.policy.unknown_sender,
            narrative=settings.policy.narrative,
            letters_per_hour=settings.policy.letters_per_hour,
            units=len(plan.gazetteer.provinces),
        ),
        writer=writer,
        account=plan.account,
        approve_first=settings.policy.approve_first,
        write_correction=_make_correction_writer(writer),
    )


def _make_writer(plan: Plan) -> JinjaLetterWriter:
    """The writer of letters, every template rendered once from samples (0.2 s)."""
    writer = JinjaLetterWriter(TEMPLATES / "letters", make_letterhead(plan))
    somewhere = plan.gazetteer.provinces[0]
    for plan_round in plan.rounds:
        samples = sample_letters(plan_round, somewhere, plan_round.due)
        writer.check(draft for _, draft in samples)
    return writer


def _make_correction_writer(writer: JinjaLetterWriter) -> CorrectionWriter:
    """The writer of correction workbooks, in the words of the letters."""

    def write(correction: Correction) -> Enclosure:
        # openpyxl is loaded with the first workbook, not at start.
        from pipeline.adapters.correction_workbook import correction_workbook

        return correction_workbook(correction, writer.tell)

    return write


def make_letterhead(plan: Plan) -> Letterhead:
    """Who our letters come from, with the key of their tokens."""
    smtp = plan.settings.smtp
    own = plan.settings.mailbox.addresses or (smtp.from_address,)
    return Letterhead(
        from_name=smtp.from_name,
        from_address=smtp.from_address,
        reply_to=own[0],
        domain=smtp.from_address.rpartition("@")[2],
        secret=_token_key(make_private(plan.settings.data_dir) / "token.key"),
    )


def _token_key(path: Path) -> bytes:
    """The key that our letters' tokens are made with: made once, kept with the data."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    except OSError as error:
        raise TransientError(f"{path}: {error.strerror}") from error
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(32))
    return path.read_bytes()


def open_workshop(plan: Plan, ledger: Ledger) -> Workshop:
    """All that the job `process` works with."""
    return Workshop(
        ledger=ledger,
        archive=open_archive(plan),
        reader=open_reader(plan),
        bench=make_bench(plan),
        owner=f"{os.uname().nodename}:{os.getpid()}",
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
    if mailbox.password is None:
        raise _no_password(plan, "mailbox")
    return MailboxAccess(
        host=mailbox.host,
        port=mailbox.port,
        security=mailbox.security,
        ca_file=str(mailbox.ca_file) if mailbox.ca_file else None,
        username=mailbox.username,
        password=mailbox.password,
        folders=mailbox.folders,
        spam_folders=mailbox.spam_folders,
        idle=mailbox.idle,
    )


def _no_password(plan: Plan, section: str) -> ConfigError:
    return ConfigError(
        plan.settings.source,
        f"{section}.password_file",
        f"no password: give password_file, password_command or "
        f"INGEST_{section.upper()}_PASSWORD",
    )


def open_postbox(plan: Plan) -> SmtpPostbox:
    """The way out; ConfigError when its password is missing."""
    smtp = plan.settings.smtp
    if smtp.username is not None and smtp.password is None:
        raise _no_password(plan, "smtp")
    return SmtpPostbox(
        PostboxAccess(
            host=smtp.host,
            port=smtp.port,
            security=smtp.security,
            ca_file=str(smtp.ca_file) if smtp.ca_file else None,
            username=smtp.username,
            password=smtp.password or "",
            envelope_from=smtp.from_address,
        )
    )


def make_consolidation(
    plan: Plan, ledger: Ledger, plan_round: PlanRound, out: Path | None = None
) -> Consolidation:
    """What the night run of a round works with; products under data_dir/exports."""
    # pandas and openpyxl are loaded for the night only.
    from pipeline.adapters.export_folder import ExportFolder
    from pipeline.adapters.national_tables import consolidate_figures

    folder = out or make_private(plan.settings.data_dir) / "exports"
    return Consolidation(
        ledger=ledger,
        add_up=consolidate_figures,
        products=ExportFolder(folder),
        plan_round=plan_round,
        gazetteer=plan.gazetteer,
    )
