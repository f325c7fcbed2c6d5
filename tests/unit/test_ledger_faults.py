"""Faults of a database in our words: what may pass, and what must not be told."""

import sqlite3

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, InvalidRequestError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from pipeline.adapters.sql_ledger.faults import translate
from pipeline.domain.errors import PermanentError, TransientError

URL = make_url("postgresql+psycopg://khtc:s3cr3t@db.example.vn/ingest")


def _sqlite(name: str) -> DBAPIError:
    cause = sqlite3.OperationalError(f"{name} happened\nand more")
    cause.sqlite_errorname = name
    return OperationalError("INSERT", {}, cause)


@pytest.mark.fault("F-DB-1")
@pytest.mark.parametrize(
    "name", ["SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_FULL", "SQLITE_IOERR_WRITE"]
)
def test_sqlite_fault_that_may_pass(name: str) -> None:
    fault = translate(_sqlite(name), make_url("sqlite:///data/ingest.db"))
    assert isinstance(fault, TransientError)
    assert "database sqlite:///data/ingest.db" in str(fault)
    assert "and more" not in str(fault)


@pytest.mark.fault("F-DB-2")
@pytest.mark.parametrize("name", ["SQLITE_CORRUPT", "SQLITE_READONLY", "SQLITE_ERROR"])
def test_sqlite_fault_that_stays(name: str) -> None:
    assert isinstance(translate(_sqlite(name), URL), PermanentError)


def test_busy_pool_may_pass() -> None:
    assert isinstance(translate(PoolTimeout("5 taken"), URL), TransientError)


def test_fault_of_our_own_stays() -> None:
    assert isinstance(translate(InvalidRequestError("no such"), URL), PermanentError)


def test_password_is_never_told() -> None:
    cause = RuntimeError("cannot log in with s3cr3t")
    fault = translate(OperationalError("SELECT", {}, cause), URL)
    assert isinstance(fault, TransientError)
    assert "s3cr3t" not in str(fault)
    assert "khtc:***@db.example.vn" in str(fault)


@pytest.mark.fault("F-DB-4")
def test_lost_connection_may_pass() -> None:
    lost = DBAPIError("SELECT", {}, RuntimeError("gone"), connection_invalidated=True)
    assert isinstance(translate(lost, URL), TransientError)
