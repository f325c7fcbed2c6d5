"""Robots and people through the parser: who would be answered."""

import hashlib
from collections.abc import Iterable

from bench.mail.robots import OURS
from pipeline.adapters.worker.message_parser import MessageParser
from pipeline.domain.mail.message import Kind, Triage
from tests.builders.demo_world import shipped_gazetteer, shipped_round

_TALKED_TO = frozenset((Kind.SUBMISSION, Kind.QUESTION))


def parser() -> MessageParser:
    """The worker's parser in this process."""
    return MessageParser(
        (shipped_round(),), shipped_gazetteer(), own_addresses=frozenset({OURS})
    )


def triage_of(raw: bytes) -> Triage:
    """How a mail is sorted."""
    return parser().parse(hashlib.sha256(raw).hexdigest(), raw).triage


def may_be_answered(triage: Triage) -> bool:
    """Whether a registered sender would get a letter for such a mail."""
    return triage.kind in _TALKED_TO and triage.suppressed is None


def answered(mails: Iterable[tuple[str, bytes]]) -> dict[str, bool]:
    """Name to whether a mail may be answered."""
    return {name: may_be_answered(triage_of(raw)) for name, raw in mails}
