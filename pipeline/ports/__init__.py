"""Ports: what the jobs need from the outside world, and the promises that go with it.

Every port has a real adapter, and a fake where the real thing is a server; one contract
suite runs on both. Times are aware; `now` is always passed in.
"""

from pipeline.domain.case import LetterHistory
from pipeline.ports.access import MailboxAccess, PostboxAccess
from pipeline.ports.foresight import Keep, MailToJudge
from pipeline.ports.ledger import (
    Ledger,
    MessageRecord,
    ProvinceFiles,
)
from pipeline.ports.outside import (
    AddUp,
    Answer,
    Archive,
    CorrectionWriter,
    FetchedMessage,
    FolderStatus,
    LetterWriter,
    Mailbox,
    NationalTables,
    Postbox,
    Products,
    RawMessage,
    Reader,
    SendJournal,
)
from pipeline.ports.retention import ExportStore
from pipeline.ports.rulings import RuleStanding

__all__ = [
    "AddUp",
    "Answer",
    "Archive",
    "CorrectionWriter",
    "ExportStore",
    "FetchedMessage",
    "FolderStatus",
    "Keep",
    "Ledger",
    "LetterHistory",
    "LetterWriter",
    "MailToJudge",
    "Mailbox",
    "MailboxAccess",
    "MessageRecord",
    "NationalTables",
    "Postbox",
    "PostboxAccess",
    "Products",
    "ProvinceFiles",
    "RawMessage",
    "Reader",
    "RuleStanding",
    "SendJournal",
]
