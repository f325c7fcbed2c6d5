"""What a judgement will ask, on two ways to the server instead of twenty.

It is asked in the words of those who will ask, so they find it under their own questions;
what nobody foresaw they ask themselves. All of it is of the one moment of the look.
"""

from datetime import datetime

from pipeline.adapters.sql_ledger.alias_book import ANY_ALIAS
from pipeline.adapters.sql_ledger.decisions import PLANNER_HOLD
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.filing import PARSED
from pipeline.adapters.sql_ledger.history import OWN
from pipeline.adapters.sql_ledger.letter_queries import (
    ANSWERING,
    LAST_ANSWERED,
    MADE_SINCE,
    MADE_TO,
    made_since,
)
from pipeline.adapters.sql_ledger.prepared import NONE, Prepared, Values
from pipeline.adapters.sql_ledger.registry import ASSIGNED, ENTRIES
from pipeline.adapters.sql_ledger.round_queries import EARLIER, NARRATIVE
from pipeline.adapters.sql_ledger.rounds import SAME_CONTENT
from pipeline.adapters.sql_ledger.rule_watch import RULED
from pipeline.adapters.sql_ledger.rulings import ACCEPTED_ANYWAY, DUE, WAIVERS
from pipeline.ports.foresight import MailToJudge

Questions = list[tuple[Prepared, Values]]


class Foresight(Desk):
    """ports.Foresight."""

    def foresee_mail(self, mail: MailToJudge, now: datetime) -> None:
        of_message = {"message": mail.message}
        questions: Questions = [
            (ANY_ALIAS, NONE),
            (ENTRIES, NONE),
            (ASSIGNED, {"messages": [mail.message]}),
            (PLANNER_HOLD, of_message),
            (ANSWERING, of_message),
            (ACCEPTED_ANYWAY, of_message),
            (MADE_SINCE, made_since(now)),
            *self._tally.first_questions(mail.round),
        ]
        if mail.sender is not None:
            recipient = {"recipient": mail.sender}
            questions.append((MADE_TO, recipient))
            questions.append((LAST_ANSWERED, recipient | of_message))
        self._database.foresee(questions)

    def foresee_province(self, mail: MailToJudge, province: str) -> None:
        of_province = {"round": mail.round, "province": province}
        at, number = mail.rank
        before = of_province | {"at": at, "number": number}
        questions: Questions = [
            (EARLIER, before),
            (NARRATIVE, before),
            (OWN, of_province),
            (DUE, of_province),
            (WAIVERS, of_province),
            (RULED, {"round": mail.round}),
        ]
        if mail.content_key is not None:
            same = {"content_key": mail.content_key, "province": province}
            questions.append((SAME_CONTENT, same | {"message": mail.message}))
        with self._database.reading() as connection:
            questions += self._tally.next_questions(connection, mail.round)
        last = self._last_answered(mail)
        if last is not None:
            questions.append((PARSED, {"message": last}))
        self._database.foresee(questions)

    def _last_answered(self, mail: MailToJudge) -> int | None:
        if mail.sender is None:
            return None
        which = {"recipient": mail.sender, "message": mail.message}
        with self._database.reading() as connection:
            last: int | None = LAST_ANSWERED.scalar(connection, which)
        return last
