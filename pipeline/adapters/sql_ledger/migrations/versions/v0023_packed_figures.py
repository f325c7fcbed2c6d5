"""Figures a second time, each version in one row: what a night of many units reads."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from pipeline.adapters.sql_ledger.figure_packing import (
    Layout,
    counting,
    packed,
    written_places,
)

revision = "0023"
down_revision = "0022"

BATCH = 1000
"""Versions that are packed at a time, some hundred figures each."""

_KEYS = """
SELECT v.form_id, f.indicator, f.column_key
FROM figure f JOIN version v ON v.id = f.version_id
GROUP BY v.form_id, f.indicator, f.column_key ORDER BY 1, 2, 3
"""
_FORMS = "SELECT id, form_id FROM version WHERE id > :after ORDER BY id LIMIT :most"
_FIGURES = """
SELECT version_id, indicator, column_key, CAST(value AS TEXT) AS value, missing
FROM figure WHERE version_id BETWEEN :first AND :last ORDER BY version_id
"""


# A figure that anybody changes or removes takes its version's packed row with it: the
# version is read from its rows then. Filing alone adds figures, and packs them after: it
# would pay for a trigger of its own, and `audit` finds a figure that was added by hand.
_UNPACKING = {
    "sqlite": [
        f"CREATE TRIGGER figure_unpacked_by_{verb} AFTER {verb} ON figure BEGIN "  # noqa: S608
        "DELETE FROM packed_figures WHERE version_id = OLD.version_id; END"
        for verb in ("update", "delete")
    ],
    "postgresql": [
        """
        CREATE OR REPLACE FUNCTION figure_unpacked() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN
            DELETE FROM packed_figures
            WHERE version_id IN (SELECT version_id FROM figures_before);
            RETURN NULL;
        END $$
        """,
        *(
            f"""
            CREATE TRIGGER figure_unpacked_by_{verb} AFTER {verb} ON figure
            REFERENCING OLD TABLE AS figures_before
            FOR EACH STATEMENT EXECUTE FUNCTION figure_unpacked()
            """
            for verb in ("update", "delete")
        ),
    ],
}


def upgrade() -> None:
    """Two tables; what was filed before is packed a thousand versions at a time."""
    layouts = op.create_table(
        "figure_layout",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("form_id", sa.Text(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("figure_layout_form", "figure_layout", ["form_id"])
    packs = op.create_table(
        "packed_figures",
        sa.Column(
            "version_id", sa.Integer(), sa.ForeignKey("version.id"), primary_key=True
        ),
        sa.Column("layout_id", sa.Integer(), nullable=False),
        sa.Column("decimals", sa.SmallInteger(), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
    )
    # first, and not after: whoever is changing a figure is waited for, and nobody can
    # until all are packed
    for statement in _UNPACKING[op.get_context().dialect.name]:
        op.execute(statement)
    pack_what_was_filed(op.get_bind(), layouts, packs)


def pack_what_was_filed(
    connection: sa.Connection, layouts: sa.Table, packs: sa.Table
) -> None:
    """Every figure of a ledger in which nothing is packed."""
    known = _layouts(connection, layouts)
    after = 0
    while forms := connection.execute(
        sa.text(_FORMS), {"after": after, "most": BATCH}
    ).all():
        if rows := list(_packed(connection, forms, known)):
            connection.execute(packs.insert(), rows)
        after = forms[-1].id


def _layouts(connection: sa.Connection, layouts: sa.Table) -> dict[str, Layout]:
    """One for each form, in which every figure that came has a place."""
    keys: dict[str, dict[tuple[str, str], int]] = {}
    for form, row, column in connection.execute(sa.text(_KEYS)):
        places = keys.setdefault(form, {})
        places[row, column] = len(places)
    made = {}
    for form, places in keys.items():
        about = {"form_id": form, "places": written_places(places)}
        adding = layouts.insert().returning(layouts.c.id)
        number: int = connection.execute(adding, about).scalar_one()
        made[form] = Layout(number, places)
    return made


def _packed(
    connection: sa.Connection, forms: Sequence[Any], known: dict[str, Layout]
) -> Iterator[dict[str, object]]:
    bounds = {"first": forms[0].id, "last": forms[-1].id}
    figures: dict[int, list[Any]] = {}
    for row in connection.execute(sa.text(_FIGURES), bounds):
        figures.setdefault(row.version_id, []).append(row)
    for number, form in forms:
        if number in figures:
            _, indicators, columns, values, missing = zip(*figures[number], strict=True)
            keys = list(zip(indicators, columns, strict=True))
            found = packed(known[form], keys, counting(values, missing))
            if found is not None:
                made = {"version_id": number, "layout_id": known[form].number}
                yield made | {"decimals": found[0], "numbers": found[1]}
