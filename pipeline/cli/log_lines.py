"""The log: one line for each thing that happened, as text or as JSON."""

import json
import logging
import sys
from datetime import UTC, datetime

from pipeline.domain.writing.vietnamese import safe_text

LONGEST_LINE = 2000


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, part and message; a traceback as one more field."""
        line = {
            "at": _time(record),
            "level": record.levelname,
            "part": record.name,
            "message": safe_text(record.getMessage(), LONGEST_LINE),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextLines(logging.Formatter):
    """One readable line; foreign text cannot forge a second one."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, part: message."""
        message = safe_text(record.getMessage(), LONGEST_LINE)
        line = f"{_time(record)} {record.levelname.lower()} {record.name}: {message}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        return line


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds")


def set_up_logging(level: str, form: str) -> None:
    """Send the log to standard error in one form ("text" or "json")."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # what libraries say of their own set-up is no news to an operator
    logging.getLogger("alembic").setLevel(logging.WARNING)
