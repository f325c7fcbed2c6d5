"""The floor: fetch over IMAP, hash, store with fsync, parse MIME, read with calamine.

Nothing else: no checks, no database, no letter. Nobody can read mailed workbooks in Python
for less. It takes host, port, CA file, user, password and a folder.
"""

import email
import email.policy
import hashlib
import imaplib
import io
import os
import ssl
import sys
from pathlib import Path

import python_calamine


def main() -> None:
    """Fetch, store and read every message."""
    host, port, authority, user, password, target = sys.argv[1:7]
    folder = Path(target)
    folder.mkdir(parents=True)
    context = ssl.create_default_context(cafile=authority)
    mailbox = imaplib.IMAP4_SSL(host, int(port), ssl_context=context)
    mailbox.login(user, password)
    mailbox.select("INBOX", readonly=True)
    _, found = mailbox.uid("SEARCH", "ALL")
    cells = 0
    for uid in found[0].split():
        _, data = mailbox.uid("FETCH", uid, "(BODY.PEEK[])")
        raw = data[0][1]
        keep(folder, raw)
        message = email.message_from_bytes(raw, policy=email.policy.default)
        for part in message.iter_attachments():
            if str(part.get_filename()).endswith(".xlsx"):
                cells += count(part.get_payload(decode=True))
    mailbox.logout()
    print(cells)


def keep(folder: Path, raw: bytes) -> None:
    """The bytes by their sha256, on the disk before it returns."""
    path = folder / hashlib.sha256(raw).hexdigest()
    with path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def count(data: bytes) -> int:
    """Every cell of every sheet, read."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    return sum(len(row) for sheet in sheets for row in sheet)


if __name__ == "__main__":
    main()
