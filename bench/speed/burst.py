"""Mails put into the mailbox at once, until each has its letter."""

import time
from threading import Event

from bench.speed.side_by_side import put
from pipeline.demo.sample_mails import SampleMail
from tests.servers.aiosmtp import AioSmtp
from tests.servers.dovecot import Dovecot

PATIENCE = 300.0
_TICK = Event()


def seconds_to_answer(dovecot: Dovecot, smtp: AioSmtp, some: list[SampleMail]) -> float:
    """From the first append to the last letter that the server accepts."""
    due = len(smtp.letters) + len(some)
    began = time.monotonic()
    put(dovecot, some)
    while len(smtp.letters) < due:
        if time.monotonic() - began > PATIENCE:
            raise SystemExit(f"{len(smtp.letters)} letters of {due}")
        _TICK.wait(0.01)
    return time.monotonic() - began
