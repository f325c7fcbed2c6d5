"""The statements about letters on their way out, made once."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, func, literal_column, or_, select, update

from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.schema import letters, messages
from pipeline.adapters.sql_ledger.schema_reminders import reminder_letters
from pipeline.domain.letters.reply import LetterState

_ITEM = (
    letters.c.id,
    letters.c.reply_key,
    letters.c.recipient,
    letters.c.rfc_message_id,
    letters.c.data,
    letters.c.attempts,
)
_OLDEST_FIRST = (letters.c.created_at, letters.c.id)
REMINDER = "reminder"
# A person's letter or a reminder is no turn of ours: the budgets are about robots that
# answer robots.
_BY_ITSELF = letters.c.template.not_in(("answer", REMINDER))
_MADE = letters.c.suppressed.is_(None)
OURS = Prepared(
    select(letters.c.id)
    .where(
        letters.c.id == bindparam("letter"),
        letters.c.state == LetterState.SENDING,
        letters.c.attempts == bindparam("attempt"),
    )
    .with_for_update()
)
MADE_TO = Prepared(
    select(letters.c.created_at, letters.c.template, letters.c.brings_forms)
    .where(_MADE, _BY_ITSELF, letters.c.recipient == bindparam("recipient"))
    .order_by(*_OLDEST_FIRST)
)
# Counted there: on the night of a deadline there are thousands. The template in the words
# of the statement: a parameter would not show that `letter_created` holds all.
MADE_SINCE = Prepared(
    select(
        func.count().filter(letters.c.created_at > bindparam("hour")), func.count()
    ).where(
        _MADE,
        letters.c.template != literal_column(f"'{REMINDER}'"),
        letters.c.created_at > bindparam("day"),
    )
)


def made_since(now: datetime) -> Mapping[str, datetime]:
    """What MADE_SINCE is asked."""
    return {"hour": now - timedelta(hours=1), "day": now - timedelta(hours=24)}


LAST_ANSWERED = Prepared(
    select(letters.c.message_id)
    .where(
        letters.c.recipient == bindparam("recipient"),
        _MADE,
        _BY_ITSELF,
        letters.c.message_id != bindparam("message"),
    )
    .order_by(letters.c.created_at.desc(), letters.c.id.desc())
    .limit(1)
)
ANSWERING = Prepared(
    select(letters.c.id)
    .where(letters.c.message_id == bindparam("message"), _MADE, _BY_ITSELF)
    .limit(1)
)
REMINDER_WAITS = Prepared(
    select(letters.c.id)
    .where(letters.c.state == LetterState.QUEUED, letters.c.template == REMINDER)
    .order_by(*_OLDEST_FIRST)  # else SQLite with statistics goes through all letters
    .limit(1)
)
_TO_MAILS = (
    select(letters.c.id)
    .join(messages, messages.c.id == letters.c.message_id)
    .where(messages.c.round_id == bindparam("round"), _MADE)
)
# not joined: SQLite would go through all letters for reminders that there are none of
_AS_REMINDERS = select(reminder_letters.c.letter_id).where(
    reminder_letters.c.round_id == bindparam("round"),
    exists().where(letters.c.id == reminder_letters.c.letter_id, _MADE),
)
OF_A_ROUND = tuple(
    Prepared(select(func.count()).select_from(each.limit(bindparam("most")).subquery()))
    for each in (_TO_MAILS, _AS_REMINDERS)
)
# No parameter may be called like a column: an UPDATE would set that column to it.
DUE = (
    select(letters.c.id)
    .where(
        letters.c.account == bindparam("whose"),
        letters.c.state == LetterState.QUEUED,
        or_(letters.c.retry_at.is_(None), letters.c.retry_at <= bindparam("now")),
    )
    .order_by(*_OLDEST_FIRST)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_CLAIMED_IDS = letters.c.id.in_(bindparam("claimed", expanding=True))
SENDING = (
    update(letters)
    .where(_CLAIMED_IDS)
    .values(state=LetterState.SENDING, attempts=letters.c.attempts + 1)
)
_ITEMS = select(*_ITEM).order_by(*_OLDEST_FIRST)
CLAIMED = _ITEMS.where(_CLAIMED_IDS)
LEFT_SENDING = _ITEMS.where(
    letters.c.account == bindparam("whose"), letters.c.state == LetterState.SENDING
)
SETTLING = update(letters).where(letters.c.id == bindparam("letter"))
_IN_HAND = SETTLING.where(letters.c.attempts == bindparam("attempt"))
SETTLING_HELD = {
    False: _IN_HAND.where(letters.c.state == LetterState.SENDING),
    # no IN: many are told in one go
    True: _IN_HAND.where(
        or_(
            letters.c.state == LetterState.SENDING,
            letters.c.state == LetterState.UNKNOWN,
        )
    ),
}
"""By whether it was sent: that may be said later too."""
