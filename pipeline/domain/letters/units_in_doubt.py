"""What a letter says of a row whose unit is in doubt."""

import re
from collections.abc import Mapping

from pipeline.domain.plan.finding import UNLIKE, Finding
from pipeline.domain.writing.vietnamese import safe_text

_FIGURE = re.compile(r"-?(?!10+$)[0-9][0-9.,]*")


def told_unit(finding: Finding) -> str | None:
    """What was found; of two units that a row has the one that is nearer to it."""
    return _units(finding)[0] if finding.found else finding.found


def doubt_of(finding: Finding) -> Mapping[str, str | bool | None]:
    """`other`, quoted: a second unit that is told of the row; `figure`: whether a figure is
    what makes the unit doubtful, 0.053 where percent are asked for.
    """
    other = _units(finding)[2]
    found = finding.found if finding.code == "unit-unknown" else None
    return {
        "other": f"“{safe_text(other)}”" if other else None,
        "figure": _FIGURE.fullmatch(found or "") is not None,
    }


def _units(finding: Finding) -> tuple[str, str, str]:
    if finding.code != "unit-unknown":
        return finding.found or "", "", ""
    return (finding.found or "").partition(UNLIKE)
