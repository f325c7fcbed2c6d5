"""What a mailbox takes by itself: mails put into it while somebody fetches them, no more.

The floor of the mail server: no client that waits with IDLE has a mail sooner.
"""

import time
from threading import Thread

from imapclient import SocketTimeout

from bench.speed.programs import USER
from bench.speed.side_by_side import put
from pipeline.adapters.mail.imap_mailbox.line import BoundedClient
from pipeline.demo.sample_mails import SampleMail
from tests.servers.dovecot import PASSWORD, Dovecot

PATIENCE = 120.0
_AT_ONCE = 1.0
"""As the daemon's own look at what was announced."""


def seconds_to_fetch(dovecot: Dovecot, some: list[SampleMail]) -> float:
    """From the first append to the last body, with the commands that a daemon gives."""
    waits = SocketTimeout(connect=20, read=PATIENCE)
    # Imapclient's own would not hear what comes in one packet with the answer to IDLE.
    with BoundedClient("127.0.0.1", dovecot.imap, ssl=False, timeout=waits) as client:
        client.login(USER, PASSWORD)
        status = client.select_folder("INBOX", readonly=True)
        last, missing = status[b"UIDNEXT"] - 1, len(some)
        appending = Thread(target=put, args=(dovecot, some))
        began = time.monotonic()
        appending.start()
        while missing > 0:
            # What came since the last look would never be announced.
            status = client.select_folder("INBOX", readonly=True)
            if status[b"UIDNEXT"] == last + 1:
                client.idle()
                client.idle_check(timeout=_AT_ONCE)
                client.idle_done()
            found = client.search(["UID", f"{last + 1}:*"])
            new = [uid for uid in found if uid > last]
            if new:
                client.fetch(new, ["RFC822.SIZE"])
                missing -= len(client.fetch(new, ["BODY.PEEK[]", "INTERNALDATE"]))
                last = max(new)
            if missing > 0 and time.monotonic() - began > PATIENCE:
                raise SystemExit(f"{missing} mails of {len(some)} were not announced")
        seconds = time.monotonic() - began
        appending.join()
    return seconds
