"""An entry of the register of questions, with defaults for all that a test is not about."""

from typing import Any

from pipeline.adapters.public_holidays import VIETNAM
from pipeline.domain.question_register import Question, QuestionState, due_after
from pipeline.domain.questions.request import Request, RequestKind
from tests.builders import decisions as make


def question(**changes: Any) -> Question:
    """A question of Hà Giang, received at noon."""
    values: dict[str, Any] = {
        "id": 1,
        "message": 1,
        "kind": RequestKind.QUESTION,
        "round": None,
        "province": "02",
        "sender": "hagiang@example.vn",
        "subject": "Xin hỏi",
        "path": None,
        "text": "Xin hỏi hạn gửi báo cáo?",
        "topic": None,
        "received_at": make.at(),
        "due": due_after(make.at(), VIETNAM),
        "state": QuestionState.OPEN,
    }
    return Question(**(values | changes))


def asks(text: str = "Xin hỏi hạn gửi báo cáo?") -> Request:
    """A mail's question."""
    return Request(RequestKind.QUESTION, None, text)


def recommends(text: str = "Bổ sung kinh phí dạy nghề.") -> Request:
    """A passage of a report."""
    return Request(RequestKind.RECOMMENDATION, "Thuyet minh.docx", text)
