"""What is asked of the ledger when mail comes in.

Made once: SQLAlchemy takes longer to put such a statement together than SQLite to run it.
"""

from sqlalchemy import bindparam, insert, select

from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.schema import messages, past_locations
from pipeline.domain.mail.message import State

_DUPLICATES_LAST = messages.c.state == State.DUPLICATE
HERE = select(messages).where(
    messages.c.account == bindparam("account"),
    messages.c.folder == bindparam("folder"),
    messages.c.uidvalidity == bindparam("uidvalidity"),
    messages.c.uid == bindparam("uid"),
)
_IN_THE_FOLDER = (
    messages.c.account == bindparam("account"),
    messages.c.folder == bindparam("folder"),
    messages.c.uidvalidity == bindparam("uidvalidity"),
)
PLACED = Prepared(
    select(messages.c.uid).where(
        *_IN_THE_FOLDER,
        messages.c.uid.between(bindparam("first"), bindparam("last")),
        messages.c.reason.is_distinct_from("fetch-failed"),
    )
)
PLACED_SIZES = Prepared(
    select(messages.c.uid, messages.c.size).where(
        *_IN_THE_FOLDER, messages.c.uid.is_not(None), messages.c.digest.is_not(None)
    )
)
NUMBERS = select(messages.c.id, messages.c.uid).where(
    messages.c.account == bindparam("account"),
    messages.c.folder == bindparam("folder"),
    messages.c.uidvalidity == bindparam("uidvalidity"),
    messages.c.uid.in_(bindparam("uid", expanding=True)),
)
ANY_BYTES = (
    select(messages.c.id)
    .where(messages.c.digest.in_(bindparam("digests", expanding=True)))
    .limit(1)
)
STOOD_HERE = (
    select(past_locations.c.message_id)
    .join(messages, messages.c.id == past_locations.c.message_id)
    .where(
        messages.c.account == bindparam("account"),
        messages.c.digest == bindparam("digest"),
        past_locations.c.folder == bindparam("folder"),
        past_locations.c.uidvalidity == bindparam("uidvalidity"),
        past_locations.c.uid == bindparam("uid"),
        past_locations.c.left_at >= bindparam("seen_at"),
    )
    .limit(1)
)
OLD_NUMBERING = (
    select(messages)
    .where(
        messages.c.account == bindparam("account"),
        messages.c.folder == bindparam("folder"),
        messages.c.digest == bindparam("digest"),
        messages.c.uidvalidity != bindparam("uidvalidity"),
    )
    .order_by(_DUPLICATES_LAST, messages.c.id)
    .limit(1)
)
TWIN = (
    select(messages)
    .where(messages.c.digest == bindparam("digest"))
    .order_by(_DUPLICATES_LAST, messages.c.id)
    .limit(1)
)
ADDING = insert(messages).returning(messages.c.id)
