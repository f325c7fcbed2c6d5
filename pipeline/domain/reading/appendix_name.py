"""File names that promise an appendix rather than a report."""

import re

from pipeline.domain.writing.text import match_key

# Match keys ("y" as "i").
_APPENDIX = re.compile(r"\b(?:phu ?luc|pl ?\d{1,2}|bieu|mau so|so lieu)\b")
_REPORT = re.compile(
    r"\b(?:bao ?cao|bc|thuiet minh|cong van|cv|to trinh|danh gia|giai trinh|thu)\b"
)


def promises_appendix(name: str) -> bool:
    """Whether a file is called an appendix ("Phu luc 1.doc") and not a report."""
    key = match_key(name.rpartition(".")[0] or name)
    return _APPENDIX.search(key) is not None and _REPORT.search(key) is None
