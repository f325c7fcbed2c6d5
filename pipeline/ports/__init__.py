"""Ports: what the jobs need from the outside world, and the promises that go with it.

Every port has a real adapter, and a fake where the real thing is a server; one contract
suite runs on both. Times are aware; `now` is always passed in.
"""

from pipeline.ports.access import MailboxAccess, PostboxAccess
from pipeline.ports.ledger import (
    Ledger,
    LetterHistory,
    MessageRecord,
    ProvinceFiles,
)
from pipeline.ports.outside import (
    Archive,
    FetchedMessage,
    FolderStatus,
    LetterWriter,
    Mailbox,
    Postbox,
    Reader,
    SendJournal,
    Workbooks,
)

__all__ = [
    "Archive",
    "FetchedMessage",
    "FolderStatus",
    "Ledger",
    "LetterHistory",
    "LetterWriter",
    "Mailbox",
    "MailboxAccess",
    "MessageRecord",
    "Postbox",
    "PostboxAccess",
    "ProvinceFiles",
    "Reader",
    "SendJournal",
    "Workbooks",
]
