"""What a competent script would do: fetch with imaplib, read with pandas, insert.

No checks, no letters, no archive, no second look. The peer that the benchmark stands
beside; it takes host, port, CA file, user, password, a database file and the engine
(openpyxl or calamine).
"""

import email
import email.policy
import imaplib
import io
import sqlite3
import ssl
import sys
from pathlib import Path

import pandas as pd


def main() -> None:
    """Fetch every message, read every sheet of every workbook, store every cell."""
    host, port, authority, user, password, target, engine = sys.argv[1:8]
    context = ssl.create_default_context(cafile=authority)
    mailbox = imaplib.IMAP4_SSL(host, int(port), ssl_context=context)
    mailbox.login(user, password)
    mailbox.select("INBOX", readonly=True)
    _, found = mailbox.uid("SEARCH", "ALL")
    database = sqlite3.connect(target)
    database.execute("CREATE TABLE cell (uid, sheet, row, column, value)")
    for uid in found[0].split():
        _, data = mailbox.uid("FETCH", uid, "(BODY.PEEK[])")
        message = email.message_from_bytes(data[0][1], policy=email.policy.default)
        for part in message.iter_attachments():
            if str(part.get_filename()).endswith(".xlsx"):
                store(database, uid.decode(), part.get_payload(decode=True), engine)
        database.commit()
    database.close()
    mailbox.logout()


def store(database: sqlite3.Connection, uid: str, data: bytes, engine: str) -> None:
    """Every cell of a workbook as a row."""
    sheets = pd.read_excel(io.BytesIO(data), sheet_name=None, engine=engine)
    for sheet, frame in sheets.items():
        long = frame.astype(str).reset_index().melt(id_vars="index")
        rows = long.itertuples(index=False, name=None)
        database.executemany(
            "INSERT INTO cell VALUES (?, ?, ?, ?, ?)",
            [(uid, sheet, index, str(column), value) for index, column, value in rows],
        )


if __name__ == "__main__":
    main()
    print(Path(sys.argv[6]).stat().st_size)
