"""Facts of the letter by which a planner answers a question or a recommendation."""

from collections.abc import Sequence

from pipeline.domain.letters.letter import (
    LetterContext,
    LetterDraft,
    Thread,
    make_reference,
    make_reply_key,
    make_short_code,
)
from pipeline.domain.mail.message import Envelope
from pipeline.domain.question_register import Question
from pipeline.domain.writing.vietnamese import moment, safe_path, safe_text

TEMPLATE = "answer"
LINES_QUOTED = 12
LONGEST_QUOTED = 300


def compose_answer(
    question: Question,
    digest: str,
    envelope: Envelope,
    lines: Sequence[str],
    context: LetterContext,
) -> LetterDraft:
    """The letter to whoever asked, in the thread of his mail.

    Its key holds the entry's number and the letter before it, if one came back: so an
    entry is answered once, and once more only where the first answer did not arrive.
    """
    to = envelope.sender or ""
    province = context.province
    about = f"{TEMPLATE}:{question.id}:{question.letter or 0}"
    asked = question.text.split("\n")
    code = province.code if province else None
    return LetterDraft(
        template=TEMPLATE,
        to=to,
        reply_key=make_reply_key(context.account, digest, about, to),
        thread=Thread(envelope.message_id, envelope.references or envelope.in_reply_to[:1]),
        values={
            "reference": make_reference(context.plan_round.plan_year, code, digest),
            "code": make_short_code(digest),
            "today": moment(context.now),
            "received": moment(question.received_at),
            "called": context.reader.called,
            "office": context.reader.office,
            "place": province.name if province else None,
            "contact": context.plan_round.contact,
            "kind": question.kind.value,
            "file": safe_path(question.path) if question.path else None,
            "asked": [
                quoted
                for line in asked[:LINES_QUOTED]
                if (quoted := safe_text(line, LONGEST_QUOTED))
            ],
            "asked_more": len(asked) > LINES_QUOTED,
            "answer": [line for line in lines if line],
        },
    )
