"""A mailbox that fills up is told before provinces' mail bounces."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.domain.errors import UnreachableError
from pipeline.jobs.watch_quota import JOB, QuotaWatch, too_full, watch_quota
from tests.fakes.memory_mailbox import MemoryMailbox

NOW = datetime(2013, 7, 10, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Beats:
    """The part of the ledger that keeps signs of life."""

    def __init__(self) -> None:
        self.told: dict[str, tuple[datetime, str]] = {}

    def beat(self, job: str, at: datetime, outcome: str) -> None:
        self.told[job] = (at, outcome)

    def beats(self) -> dict[str, tuple[datetime, str]]:
        return self.told


@pytest.fixture
def look():
    mailbox, ledger, watch = MemoryMailbox({}), Beats(), QuotaWatch()

    def looked(percent: int | None, hours: float = 0) -> str | None:
        mailbox.percent = percent
        watch_quota(mailbox, ledger, watch, NOW + hours * HOUR)
        return ledger.told.get(JOB, (None, None))[1]

    return looked


@pytest.mark.fault("F-S3-8")
def test_above_ninety_per_cent_is_told_until_it_is_over(look) -> None:
    assert look(90) == "ok"
    full = look(91, hours=1)
    assert full == str(too_full(91))
    assert "91 %" in full
    assert look(50, hours=2) == "ok"


def test_the_server_is_asked_once_an_hour(look) -> None:
    assert look(50) == "ok"
    assert look(99, hours=0.99) == "ok"
    assert "99 %" in look(99, hours=1)


def test_a_server_that_does_not_say_leaves_no_sign_and_no_old_alarm(look) -> None:
    assert look(None) is None
    assert "95 %" in look(95, hours=1)
    assert look(None, hours=2) == "ok"


def test_a_line_that_is_cut_meanwhile_is_the_next_polls_trouble() -> None:
    class Cut(MemoryMailbox):
        def percent_full(self) -> int | None:
            raise UnreachableError("cut")

    ledger = Beats()
    assert watch_quota(Cut({}), ledger, QuotaWatch(), NOW) is None
    assert ledger.told == {}
