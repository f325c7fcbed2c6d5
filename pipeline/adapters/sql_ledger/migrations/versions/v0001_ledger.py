"""The first ledger: messages, versions, figures, letters, audit trail, totals.

A revision is frozen: it names its columns itself and imports nothing of today's code.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _time() -> sa.Text:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def _amount() -> sa.Text:
    return sa.Text().with_variant(sa.Numeric(), "postgresql")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text()) for name in names]


def _required(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _flag(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger(), nullable=nullable)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _time(), nullable=nullable)


def _of(
    table: str, column: str, *, nullable: bool = False, key: bool = False
) -> sa.Column[int]:
    link = sa.ForeignKey(f"{table}.id")
    return sa.Column(column, sa.Integer(), link, nullable=nullable, primary_key=key)


def upgrade() -> None:
    _make_messages()
    _make_forms()
    _make_letters()
    _make_rounds()
    _make_audit_trail()


def _make_messages() -> None:
    op.create_table(
        "message",
        _id(),
        *_required("account", "folder"),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger()),
        *_texts("digest"),
        sa.Column("size", sa.BigInteger()),
        _moment("arrived_at", nullable=True),
        _moment("received_at"),
        _moment("first_seen_at"),
        _flag("spam_folder"),
        *_required("state"),
        *_texts("reason", "detail"),
        _of("message", "duplicate_of", nullable=True),
        _count("attempts"),
        *_texts("lease_owner"),
        _moment("lease_until", nullable=True),
        *_texts("standing", "kind", "sender", "subject", "search_text"),
        *_texts("round_id", "province_code"),
        _flag("verified"),
        *_texts("verdict"),
        _flag("late", nullable=True),
        _flag("narrative"),
        _count("row_count"),
        *_texts("content_key", "suppressed"),
        sa.Column("letter_id", sa.Integer()),
        *_texts("assigned_province"),
        _flag("planner_hold", nullable=True),
        sa.UniqueConstraint(
            "account", "folder", "uidvalidity", "uid", name="message_location_key"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("message_digest", "message", ["digest"])
    op.create_index("message_queue", "message", ["state", "received_at", "id"])
    op.create_index("message_order", "message", ["received_at", "id"])
    op.create_index(
        "message_province", "message", ["round_id", "province_code", "received_at"]
    )
    op.create_index("message_content", "message", ["content_key"])
    op.create_table(
        "past_location",
        _id(),
        _of("message", "message_id"),
        *_required("folder"),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger()),
        _moment("left_at"),
        sqlite_autoincrement=True,
    )
    op.create_index("past_location_message", "past_location", ["message_id"])
    op.create_table(
        "outcome",
        _of("message", "message_id", key=True),
        _moment("filed_at"),
        sa.Column("parsed", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
    )


def _make_forms() -> None:
    op.create_table(
        "version",
        _id(),
        _of("message", "message_id"),
        _count("place"),
        *_required("form_id", "state"),
        _flag("counts"),
        _flag("verified"),
        sa.UniqueConstraint("message_id", "place", name="version_place_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "figure",
        _of("version", "version_id", key=True),
        _key("indicator"),
        _key("column_key"),
        sa.Column("value", _amount()),
        *_texts("missing"),
        sa.Column("quantum", _amount(), nullable=False),
        *_required("unit"),
        *_texts("unit_written"),
        *_required("raw", "path", "sheet", "cell"),
        _flag("hidden"),
        *_required("encoding"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "finding",
        _id(),
        _of("message", "message_id"),
        *_required("code", "severity", "state"),
        *_texts("form_id", "rule", "indicator", "column_key", "path", "sheet", "cell"),
        *_texts("found", "expected"),
        *_required("suspect"),
        sqlite_autoincrement=True,
    )
    op.create_index("finding_message", "finding", ["message_id"])


def _make_letters() -> None:
    op.create_table(
        "letter",
        _id(),
        _of("message", "message_id", nullable=True),
        *_required("account", "reply_key", "token", "template", "recipient"),
        *_required("rfc_message_id", "subject", "state"),
        *_texts("suppressed"),
        _flag("brings_forms"),
        _count("attempts"),
        _moment("created_at"),
        _moment("retry_at", nullable=True),
        _moment("sent_at", nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("reply_key", name="letter_reply_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("letter_queue", "letter", ["state", "created_at", "id"])
    op.create_index("letter_created", "letter", ["created_at"])
    op.create_index("letter_message", "letter", ["message_id"])
    op.create_table(
        "sender",
        _key("address"),
        *_required("province_code", "name", "phone", "confirmed_by"),
        _moment("confirmed_at"),
        _moment("retired_at", nullable=True),
    )


def _make_rounds() -> None:
    op.create_table(
        "expected_form", _key("round_id"), _key("province_code"), _key("form_id")
    )
    op.create_table(
        "run",
        _id(),
        *_required("round_id"),
        _moment("as_of"),
        _moment("started_at"),
        _moment("stored_at"),
        _count("last_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("run_round", "run", ["round_id"])
    op.create_table(
        "total_figure",
        _of("run", "run_id", key=True),
        *[_key(name) for name in ("level", "area", "form_id", "indicator", "column_key")],
        sa.Column("value", _amount()),
        sa.Column("value_strict", _amount()),
        *_required("unit"),
        _count("reported"),
        _count("expected"),
        _count("provisional"),
        *_required("method"),
        sqlite_with_rowid=False,
    )
    op.create_table("heartbeat", _key("job"), _moment("at"), *_required("outcome"))


def _make_audit_trail() -> None:
    op.create_table(
        "event",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        _moment("at"),
        *_required("actor", "action"),
        sa.Column("message_id", sa.Integer()),
        *_required("detail", "hash"),
    )
    for statement in _APPEND_ONLY[op.get_context().dialect.name]:
        op.execute(statement)


_APPEND_ONLY = {
    "sqlite": [
        f"CREATE TRIGGER event_no_{verb} BEFORE {verb} ON event "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        for verb in ("update", "delete")
    ],
    "postgresql": [
        """
        CREATE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$
        """,
        """
        CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event
        FOR EACH STATEMENT EXECUTE FUNCTION event_is_append_only()
        """,
    ],
}
