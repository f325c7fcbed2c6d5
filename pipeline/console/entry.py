"""Who gets in: passwords, lock-out, sessions, and the token that forms must bring back."""

import hashlib
import hmac
import secrets
import threading
from datetime import timedelta

from pipeline.console.passwords import matches, nobody
from pipeline.console.world import World
from pipeline.domain.people import Account

SESSION = timedelta(hours=12)
TRIES = 5
LOCKED = timedelta(minutes=15)
_ONE_AT_A_TIME = threading.Lock()
"""A password costs much to try: many at once must not starve the pages."""


def enter(world: World, name: str, password: str) -> str | None:
    """The token of a new session; None when the door stays shut.

    Five wrong passwords shut an account for a quarter of an hour, even for the right
    one. Nobody learns which names exist: the answer is the same, a password is tried
    against a record whoever is asked for, and the threshold answers at full steps of time.
    """
    now = world.clock()
    account = world.ledger.account(name.strip()[:100])
    with _ONE_AT_A_TIME:
        right = matches(password, account.password if account else nobody())
    if account is None or account.locked(now):
        return None
    if not right:
        if world.ledger.note_failure(account.id, TRIES, now + LOCKED):
            world.ledger.note(account.name, "console-locked", {"tries": str(TRIES)}, now)
        return None
    token = secrets.token_urlsafe(32)
    world.ledger.open_session(account.id, token_hash(token), now, now + SESSION)
    world.ledger.note(account.name, "console-enter", {"role": account.role.value}, now)
    return token


def who_is(world: World, token: str | None) -> Account | None:
    """Whose session a token opens."""
    if not token or len(token) > 100:
        return None
    return world.ledger.visitor(token_hash(token), world.clock())


def leave(world: World, token: str) -> None:
    """End a session."""
    world.ledger.close_session(token_hash(token))


def token_hash(token: str) -> str:
    """What the ledger keeps of a session's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def form_token(session: str) -> str:
    """What a form of a session must bring back (CSRF): bound to it, and not the token."""
    return hmac.new(session.encode("utf-8", "replace"), b"form", "sha256").hexdigest()


def is_form_token(session: str, sent: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(
        form_token(session).encode(), sent.encode("utf-8", "replace")
    )
