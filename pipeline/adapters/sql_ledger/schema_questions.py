"""The register of questions and recommendations."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from pipeline.adapters.sql_ledger.columns import Moment, SafeText
from pipeline.adapters.sql_ledger.schema import metadata, number, of_message, required

# A request of one mail, entered when it is filed and never taken out. `signature` is
# that of its words: the same message filed again finds its entries by it. `outcome` is
# the answer, or why it was closed; `letter_id` the letter that carries the answer.
questions = Table(
    "question",
    metadata,
    number(),
    of_message(),
    required("signature"),
    required("kind"),
    Column("round_id", SafeText),
    Column("province_code", SafeText),
    Column("path", SafeText),
    required("passage"),
    Column("topic", SafeText),
    Column("received_at", Moment, nullable=False),
    Column("due", Moment, nullable=False),
    required("state"),
    Column("assigned_to", SafeText),
    Column("outcome", SafeText),
    Column("settled_by", SafeText),
    Column("settled_at", Moment),
    Column("letter_id", Integer, ForeignKey("letter.id")),
    UniqueConstraint("message_id", "signature", name="question_words_key"),
    Index("question_due", "state", "due"),
    Index("question_words", "signature"),
    sqlite_autoincrement=True,
)
