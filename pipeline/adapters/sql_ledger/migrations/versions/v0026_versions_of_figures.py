"""On PostgreSQL the versions of figures are looked up once a statement (ADR 0032).

A foreign key looks each of a return's seven hundred figures up by itself, which took as
long as entering them. Triggers hold the same: no figure without its version.
"""

from alembic import op

revision = "0026"
down_revision = "0025"

# By an array of numbers, and never through a table: a plan stays with its connection, and
# one that was made of a small table would go through all of it when it is a large one.
_LOOKING_UP = """
CREATE OR REPLACE FUNCTION figure_has_version() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS
$$
DECLARE wanted integer[]; found bigint;
BEGIN
    SELECT array_agg(DISTINCT version_id) INTO wanted FROM figures_after;
    PERFORM FROM version WHERE id = ANY (wanted) FOR KEY SHARE;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found < cardinality(wanted) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a figure of no version';
    END IF;
    RETURN NULL;
END
$$
"""
_KEEPING = """
CREATE OR REPLACE FUNCTION version_has_figures() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS
$$
DECLARE gone integer[];
BEGIN
    SELECT array_agg(id) INTO gone FROM versions_before;
    IF EXISTS (SELECT FROM figure WHERE version_id = ANY (gone)) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a version that has figures';
    END IF;
    RETURN NULL;
END
$$
"""
_NUMBERED = """
CREATE OR REPLACE FUNCTION version_keeps_number() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE foreign_key_violation USING MESSAGE = 'a version keeps its number'; END $$
"""
_TRIGGERS = (
    *(
        f"""
        CREATE TRIGGER figure_has_version_by_{verb} AFTER {verb} ON figure
        REFERENCING NEW TABLE AS figures_after
        FOR EACH STATEMENT EXECUTE FUNCTION figure_has_version()
        """
        for verb in ("insert", "update")
    ),
    """
    CREATE TRIGGER version_has_figures AFTER DELETE ON version
    REFERENCING OLD TABLE AS versions_before
    FOR EACH STATEMENT EXECUTE FUNCTION version_has_figures()
    """,
    """
    CREATE TRIGGER version_keeps_number BEFORE UPDATE OF id ON version
    FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION version_keeps_number()
    """,
    """
    CREATE TRIGGER version_not_emptied BEFORE TRUNCATE ON version
    FOR EACH STATEMENT EXECUTE FUNCTION version_keeps_number()
    """,
)


def upgrade() -> None:
    """Triggers instead of the foreign key; SQLite looks up quickly and keeps its own."""
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE figure DROP CONSTRAINT IF EXISTS figure_version_id_fkey")
    for statement in (_LOOKING_UP, _KEEPING, _NUMBERED, *_TRIGGERS):
        op.execute(statement)
