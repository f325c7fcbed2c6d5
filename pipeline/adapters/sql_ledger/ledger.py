"""The ledger as one thing: every part at one desk."""

from pipeline.adapters.sql_ledger.accounts import Accounts
from pipeline.adapters.sql_ledger.alias_book import AliasBook
from pipeline.adapters.sql_ledger.audit_trail import AuditTrail
from pipeline.adapters.sql_ledger.claims import Claims
from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.decisions import Decisions
from pipeline.adapters.sql_ledger.explanations import Explanations
from pipeline.adapters.sql_ledger.figure_sums import FigureSums
from pipeline.adapters.sql_ledger.filing import Filing
from pipeline.adapters.sql_ledger.foresight import Foresight
from pipeline.adapters.sql_ledger.history import History
from pipeline.adapters.sql_ledger.intake import Intake
from pipeline.adapters.sql_ledger.lineage import Lineage
from pipeline.adapters.sql_ledger.migrate import migrate
from pipeline.adapters.sql_ledger.packed_audit import PackedAudit
from pipeline.adapters.sql_ledger.page_reading import PageReading
from pipeline.adapters.sql_ledger.paper_book import PaperBook
from pipeline.adapters.sql_ledger.postroom import Postroom
from pipeline.adapters.sql_ledger.pulse import Pulse
from pipeline.adapters.sql_ledger.question_register import QuestionRegister
from pipeline.adapters.sql_ledger.registry import Registry
from pipeline.adapters.sql_ledger.reminder_book import ReminderBook
from pipeline.adapters.sql_ledger.retention import Retention
from pipeline.adapters.sql_ledger.rounds import Rounds
from pipeline.adapters.sql_ledger.rule_watch import RuleWatch
from pipeline.adapters.sql_ledger.rulings import PlannersRulings
from pipeline.adapters.sql_ledger.run_book import RunBook
from pipeline.adapters.sql_ledger.standing import Standing


class SqlLedger(
    Foresight,
    Intake,
    Claims,
    Filing,
    Postroom,
    Decisions,
    Registry,
    PlannersRulings,
    Explanations,
    RuleWatch,
    AliasBook,
    History,
    QuestionRegister,
    ReminderBook,
    PaperBook,
    AuditTrail,
    PackedAudit,
    PageReading,
    Accounts,
    Rounds,
    RunBook,
    FigureSums,
    Lineage,
    Retention,
    Pulse,
    Standing,
):
    """The port `Ledger` on SQLite or PostgreSQL (pipeline/ports/ledger.py).

    `url` as SQLAlchemy writes it: "sqlite:///data/ingest.db", "sqlite://" for a ledger
    in memory, "postgresql+psycopg://user@host/name". `account` is the mailbox account:
    locations, claims and letters are its own, figures are everybody's. Nothing is
    opened before the first call; `migrate` must be that. ConfigError for another URL.
    """

    def __init__(self, url: str, account: str = "default") -> None:
        super().__init__(Database(url), account)

    def migrate(self) -> None:
        """Bring the schema up; ConfigError when the database is newer than we are."""
        migrate(self._database)

    def close(self) -> None:
        """Give the connections back."""
        self.leave()
        self._database.close()
