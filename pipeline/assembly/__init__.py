"""The composition root: settings in, working parts out. Nothing here decides anything."""

from pipeline.assembly.bench import make_bench, make_letterhead
from pipeline.assembly.doors import (
    OFFICE,
    mailbox_access,
    make_consolidation,
    make_reminders,
    open_alarms,
    open_archive,
    open_copies,
    open_journal,
    open_ledger,
    open_mailbox,
    open_postbox,
    open_reader,
    open_safe,
    open_workshop,
)
from pipeline.assembly.plan import (
    CHECKOUT,
    PAUSE_FILE,
    TEMPLATES,
    Clock,
    Plan,
    make_private,
    read_plan,
)

__all__ = [
    "CHECKOUT",
    "OFFICE",
    "PAUSE_FILE",
    "TEMPLATES",
    "Clock",
    "Plan",
    "mailbox_access",
    "make_bench",
    "make_consolidation",
    "make_letterhead",
    "make_private",
    "make_reminders",
    "open_alarms",
    "open_archive",
    "open_copies",
    "open_journal",
    "open_ledger",
    "open_mailbox",
    "open_postbox",
    "open_reader",
    "open_safe",
    "open_workshop",
    "read_plan",
]
