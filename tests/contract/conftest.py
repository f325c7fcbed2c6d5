"""Fixtures of the port suites."""

from tests.servers.ledgers import database, empty, ledger
from tests.servers.postgres import postgres

__all__ = ["database", "empty", "ledger", "postgres"]
