"""The table of what planners said that provinces mean by labels of their own."""

from sqlalchemy import Index, Table

from pipeline.adapters.sql_ledger.schema import metadata, number, of_message, required
from pipeline.adapters.sql_ledger.schema_rulings import ruled, withdrawn

# `written` and `parent` are keys of the label and of the one above; `asked` is the key
# of the form's own label at that time, `label` what the province wrote.
aliases = Table(
    "label_alias",
    metadata,
    number(),
    of_message(),
    required("province_code"),
    required("form_id"),
    required("axis"),
    required("written"),
    required("parent"),
    required("meaning"),
    required("asked"),
    required("label"),
    *ruled(),
    *withdrawn(),
    Index("label_alias_province", "province_code"),
    sqlite_autoincrement=True,
)
