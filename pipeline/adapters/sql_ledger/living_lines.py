"""Whether a line to a PostgreSQL still stands, before anything is asked on it.

A restarted server is noticed before the work, not in its middle. Asking it each time would
be one more way there and back for every transaction; but who hangs up says so, and what a
server has said unasked lies in the socket.
"""

import time
from select import POLLIN, poll
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

SURE_SECONDS = 5.0
"""A line that was in use so lately is taken to stand, if the server has said nothing."""
_USED = "used"


def watch_lines(engine: Engine) -> None:
    """Look at each line before it is used again; one that fell makes all be drawn anew."""
    event.listen(engine, "checkin", _note)
    event.listen(engine, "checkout", _look)


def is_silent(driver: Any) -> bool:
    """Whether the server has said nothing that nobody asked for, as who hangs up does."""
    try:
        line = poll()
        line.register(driver.fileno(), POLLIN)
        return not line.poll(0)
    except (driver.Error, OSError):  # it is closed at our own end
        return False


def _note(_connection: object, record: Any) -> None:
    record.info[_USED] = time.monotonic()


def _look(driver: Any, record: Any, _proxy: object) -> None:
    used = record.info.get(_USED)
    if used is None:  # just drawn
        return
    if time.monotonic() - used < SURE_SECONDS and is_silent(driver):
        return
    try:
        driver.execute("SELECT 1", prepare=False)
    except driver.Error as fault:
        raise InvalidatePoolError from fault
