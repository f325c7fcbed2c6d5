"""Which revisions of the schema there are is read off the names of their files."""

from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from pipeline.adapters.sql_ledger.migrate import SCRIPTS, revisions


def test_the_names_of_the_files_tell_what_alembic_finds_inside() -> None:
    walked = ScriptDirectory(str(SCRIPTS)).walk_revisions()
    with create_engine("sqlite://").connect() as connection:
        current, known = revisions(connection)
    assert current is None
    assert known == [each.revision for each in walked]


def test_a_database_tells_its_own_revision() -> None:
    with create_engine("sqlite://").connect() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
        assert revisions(connection)[0] is None
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0007')")
        assert revisions(connection)[0] == "0007"
