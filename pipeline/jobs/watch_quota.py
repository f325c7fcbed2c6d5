"""Watch how full the mailbox is: a full one sends provinces' mail back to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.domain.errors import PermanentError, TransientError
from pipeline.ports import Ledger, Mailbox

JOB = "quota"
FULL_PERCENT = 90
_ASKED_EVERY = timedelta(hours=1)


@dataclass(slots=True)
class QuotaWatch:
    """When the server was last asked; lives as long as the daemon."""

    asked: datetime | None = None


def watch_quota(
    mailbox: Mailbox, ledger: Ledger, watch: QuotaWatch, now: datetime
) -> PermanentError | None:
    """Once an hour a sign of life, by which the alarm rings; the trouble, if there is one.

    A server that does not say is left in peace, and what it said before is taken back.
    """
    if watch.asked is not None and now - watch.asked < _ASKED_EVERY:
        return None
    watch.asked = now
    try:
        percent = mailbox.percent_full()
    except TransientError:
        return None  # the next poll meets the same, and tells it
    trouble = too_full(percent)
    if percent is not None or JOB in ledger.beats():
        ledger.beat(JOB, now, "ok" if trouble is None else str(trouble))
    return trouble


def too_full(percent: int | None) -> PermanentError | None:
    """What is wrong with a mailbox that full; None: the server does not say."""
    if percent is None or percent <= FULL_PERCENT:
        return None
    return PermanentError(f"the mailbox is {percent} % full: provinces' mail may bounce")
