"""Sample mail for the suite, written once a session."""

from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from pipeline.demo.sample_mails import (
    SampleMail,
    registered_senders,
    sample_round,
    senders_csv,
    typical_messages,
)
from tests.builders.demo_world import shipped_gazetteer, shipped_round, shipped_sizes
from tests.e2e.program import OURS

SEED = 2364


class Mailbag:
    """Correct returns, the odd mail of a whole round, and the registry they need."""

    def __init__(self) -> None:
        self._written: list[SampleMail] = []

    @cached_property
    def senders(self) -> str:
        """The text of senders.csv."""
        return senders_csv(registered_senders(shipped_gazetteer(), SEED))

    def typical(self, count: int) -> list[SampleMail]:
        """The first few correct returns, each from another registered office."""
        self._written += islice(self._more, max(count - len(self._written), 0))
        return self._written[:count]

    @cached_property
    def odd(self) -> list[SampleMail]:
        """All of a round that is not simply a complete return, in order of sending."""
        mails = sample_round(
            shipped_round(), shipped_gazetteer(), shipped_sizes(), SEED, OURS
        )
        return [mail for mail in mails if mail.purpose != "complete"]

    def of(self, *purposes: str) -> list[SampleMail]:
        """The first mail of each purpose."""
        return [next(m for m in self.odd if m.purpose == wanted) for wanted in purposes]

    @cached_property
    def _more(self) -> Iterator[SampleMail]:
        return typical_messages(
            1000, SEED, shipped_round(), shipped_gazetteer(), shipped_sizes(), OURS
        )
