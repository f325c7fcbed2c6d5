"""Answer: a planner's words on a question become a letter to whoever asked."""

from collections.abc import Sequence
from datetime import datetime

from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.letter import LetterContext, LetterTexts
from pipeline.domain.letters.reply import Letter
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.question_register import Question
from pipeline.domain.verdict import Parsed
from pipeline.domain.writing.text import compose
from pipeline.jobs.approval import approved
from pipeline.jobs.judge import Bench
from pipeline.ports import Ledger
from pipeline.stages.compose_answer import compose_answer

LONGEST = 6_000
"""Characters of an answer: with the passage that it answers it stays within a letter."""
# Marks that stand on people's mail too: a list that carries it, a hidden recipient, a
# provider's guess at spam. A person has read the question before answering it.
_ON_PEOPLES_MAIL = frozenset((None, "N05", "N07", "N12", "N15"))


def write_answer(
    bench: Bench, ledger: Ledger, question: Question, text: str, now: datetime
) -> tuple[Letter, LetterTexts]:
    """The letter that answers an entry, ready for the outbox, and its words.

    PermanentError when it may not go: the text is none, the asker cannot be told from
    the mail, or letters are switched off.
    """
    lines = plain_lines(text, LONGEST)
    if question.refusal is not None:
        raise PermanentError(question.refusal)
    parsed = _answerable(bench, ledger, question)
    plan_round = _round_of(bench, question)
    province = bench.gazetteer.by_code(question.province) if question.province else None
    reader = bench.gazetteer.addressee(province)
    context = LetterContext(bench.account, plan_round, province, reader, now)
    draft = compose_answer(question, parsed.digest, parsed.envelope, lines, context)
    letter = bench.writer.write(draft, now)
    (ready,) = approved(bench.policy, bench.approve_first, ledger, plan_round.id, [letter])
    return ready, bench.writer.render(draft)


def plain_lines(text: str, longest: int) -> Sequence[str]:
    """The text line by line; PermanentError for one that no letter can carry."""
    if not text.strip():
        raise PermanentError("the answer is empty")
    if len(text.replace("\r\n", "\n")) > longest:
        raise PermanentError(f"the answer is longer than {longest} characters; attach less")
    lines = [compose(line) for line in text.splitlines()]
    if not all(line.isprintable() for line in lines):
        raise PermanentError("the answer holds control characters; save it as plain text")
    return lines


def _answerable(bench: Bench, ledger: Ledger, question: Question) -> Parsed:
    """What was read of the mail; PermanentError where no letter may answer it."""
    parsed = ledger.parsed(question.message)
    closing = f"`questions close {question.id}` notes an answer given otherwise"
    if bench.policy.replies == "off":
        raise PermanentError(f"policy.replies is off: no letter leaves; {closing}")
    if parsed is None or parsed.envelope.sender is None:
        raise PermanentError(f"the mail does not say who asked; {closing}")
    if parsed.envelope.authentication == "fail":
        raise PermanentError(f"the sender is forged (N14), telephone; {closing}")
    mark = parsed.triage.suppressed
    if mark not in _ON_PEOPLES_MAIL:
        raise PermanentError(f"no person wrote the mail ({mark}); {closing}")
    return parsed


def _round_of(bench: Bench, question: Question) -> PlanRound:
    named = (r for r in bench.rounds if r.id == question.round)
    return next(named, bench.rounds[0])
