"""Faults of a database in the program's own words, without passwords or cell values."""

from sqlalchemy import URL
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from pipeline.domain.errors import PermanentError, PipelineError, TransientError

# What SQLite says when waiting may help: another writer, a full or absent disk.
_PASSING = ("BUSY", "LOCKED", "PROTOCOL", "FULL", "IOERR", "CANTOPEN", "NOMEM")


def translate(error: SQLAlchemyError, url: URL) -> PipelineError:
    """The fault to raise instead: TransientError where a later try may succeed."""
    place = url.render_as_string(hide_password=True)
    said = _without(url.password, _words(error))
    if _may_pass(error):
        return TransientError(f"database {place}: {said}; it is tried again later")
    return PermanentError(f"database {place}: {said}; `doctor` tells what to do")


def _may_pass(error: SQLAlchemyError) -> bool:
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    sqlite = getattr(error.orig, "sqlite_errorname", None)
    if sqlite is not None:
        return str(sqlite).removeprefix("SQLITE_").startswith(_PASSING)
    return isinstance(error, OperationalError)


def _words(error: SQLAlchemyError) -> str:
    """What happened, without the DETAIL lines of PostgreSQL, which quote values."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return f"{type(error).__name__}: {error}"
    cause = error.orig
    diagnosis = getattr(cause, "diag", None)
    if diagnosis is not None and isinstance(error, DataError | IntegrityError):
        place = diagnosis.constraint_name or diagnosis.column_name or ""
        return f"{type(cause).__name__} ({diagnosis.sqlstate}) {place}".rstrip()
    said = getattr(diagnosis, "message_primary", None) or str(cause)
    return f"{type(cause).__name__}: {said.strip().partition(chr(10))[0]}"


def _without(password: object, said: str) -> str:
    return said.replace(str(password), "***") if password else said
