"""What a letter says of a row in doubt, or of its unit."""

import re
from collections.abc import Mapping

from pipeline.domain.plan.finding import UNLIKE, Finding
from pipeline.domain.writing.text import match_key
from pipeline.domain.writing.vietnamese import safe_text

_FIGURE = re.compile(r"-?(?!10+$)[0-9][0-9.,]*")


def told_unit(finding: Finding) -> str | None:
    """What was found; of two units that a row has the one that is nearer to it."""
    return _units(finding)[0] if finding.found else finding.found


def doubt_of(finding: Finding) -> Mapping[str, str | bool | None]:
    """`other`, quoted: a second unit that is told of the row; `figure`: whether a figure
    makes the unit doubtful, 0.053 where percent are asked for; `same`: whether a row or
    column in doubt is called as the form calls its own.
    """
    other = _units(finding)[2]
    found = finding.found if finding.code == "unit-unknown" else None
    return {
        "other": f"“{safe_text(other)}”" if other else None,
        "figure": _FIGURE.fullmatch(found or "") is not None,
        "same": match_key(finding.found or "") == match_key(finding.expected or " ?"),
    }


def _units(finding: Finding) -> tuple[str, str, str]:
    if finding.code != "unit-unknown":
        return finding.found or "", "", ""
    return (finding.found or "").partition(UNLIKE)
