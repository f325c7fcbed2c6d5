"""Fixtures of the port suites."""

from tests.servers.ledgers import database, ledger
from tests.servers.postgres import postgres

__all__ = ["database", "ledger", "postgres"]
