"""Process: every message received becomes rows, findings, a verdict and a letter.

    ledger.claim | reader.parse_ahead | judge | ledger.file

`judge` is the table of contents of a decision; what happens before it (decode, unpack,
recognise, read, triage) happens in the parsing worker, in the order that
adapters/worker/message_parser.py gives.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from pipeline.domain.errors import (
    LimitError,
    OvertakenError,
    PermanentError,
    TransientError,
    WorkerDiedError,
)
from pipeline.domain.reading.alias import NO_ALIASES, Aliases
from pipeline.domain.verdict import Parsed
from pipeline.jobs.judge import Judgement, foresee, judge, provinces_of
from pipeline.jobs.settling_order import (
    LEASE_SECONDS,
    STRIKES,
    Ahead,
    Clock,
    Workshop,
    loader,
    set_aside,
)
from pipeline.ports import Answer, MessageRecord

log = logging.getLogger("khtc.process")

__all__ = ["LEASE_SECONDS", "STRIKES", "Workshop", "process"]


def process(
    shop: Workshop,
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Work until nothing is left in state `received`; how many messages were settled.

    TransientError when the ledger or the archive is out of reach: what was claimed is
    given back first, as it is when told to stop, or when `progress` fails. What the ledger
    did not take back then, it takes back at the next call.
    """
    settled = 0
    ahead = Ahead(shop, clock)
    try:
        if shop.owner in shop.ledger.claimants():
            shop.ledger.free(shop.owner, counted=False)
        while not stop() and ahead.fill():
            chosen = ahead.choose()
            if chosen is None:
                shop.pause()
                continue
            _settle(shop, chosen.record, chosen.answer, clock)
            ahead.in_hand.remove(chosen)
            settled += 1
            ahead.tell_waiting()  # letters may leave now, and that takes its time
            progress(settled)
    except (TransientError, PermanentError):
        ahead.give_back()
        raise
    ahead.give_back()
    return settled


def _settle(shop: Workshop, record: MessageRecord, answer: Answer, clock: Clock) -> None:
    """One message to its end: filed, or set aside with its reason.

    What was taken from us meanwhile is left alone: our judgement may be of yesterday.
    """
    try:
        parsed, judgement, now = _judged(shop, record, answer(), clock)
        # when it is judged again, rules and registry may be others
        kept = replace(parsed, checked=None)
        outcome = (kept, judgement.decision, judgement.letters)
        shop.ledger.file(record.id, *outcome, now, shop.owner)
    except TransientError:
        raise
    except OvertakenError as fault:
        log.warning("%s", fault)
    except LimitError as fault:
        set_aside(shop, record, "limits", str(fault), clock())
    except WorkerDiedError as fault:
        set_aside(shop, record, "worker-died", str(fault), clock())
    except PermanentError as fault:  # WorkerBugError is one
        set_aside(shop, record, "bug", str(fault), clock())
    except Exception as fault:  # two of two: a bug holds its message, the loop goes on
        log.exception("message %d: a bug in our own code", record.id)
        set_aside(shop, record, "bug", type(fault).__name__, clock())
    else:
        decision = judgement.decision
        log.info(
            "message %d: %s%s, province %s, %d forms, verdict %s, letter %s%s",
            record.id,
            decision.state,
            f" ({decision.reason})" if decision.reason else "",
            decision.identity.province or "-",
            len(decision.forms),
            decision.verdict,
            decision.reply.template,
            f" suppressed {decision.reply.suppressed}" if decision.reply.suppressed else "",
        )


def _judged(
    shop: Workshop, record: MessageRecord, parsed: Parsed, clock: Clock
) -> tuple[Parsed, Judgement, datetime]:
    """What was read, by its province's own words where it has any; judged, and when."""
    with shop.ledger.one_look():
        now = clock()
        foresee(shop.bench, shop.ledger, record, parsed, now)
        said = _own_words(shop, record, parsed)
        if not said.entries:
            return parsed, judge(shop.bench, shop.ledger, record, parsed, now), now
    # to be read again, and that may take half a minute: no look lasts so long
    (again,) = shop.reader.parse_ahead([loader(shop, record, said)])
    parsed, now = again(), clock()
    return parsed, judge(shop.bench, shop.ledger, record, parsed, now), now


def _own_words(shop: Workshop, record: MessageRecord, parsed: Parsed) -> Aliases:
    """The aliases of the province that sent a message, for the forms that it brings.

    Only the reading tells whose message it is, so those few are read twice.
    """
    if not parsed.appendices or not shop.ledger.has_aliases():
        return NO_ALIASES
    (province,) = provinces_of(shop.bench, shop.ledger, [(record, parsed)])
    if province is None:
        return NO_ALIASES
    return shop.ledger.aliases(province).of_forms(a.form for a in parsed.appendices)
