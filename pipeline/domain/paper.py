"""The signed and stamped paper beside the workbook: by post, or as a scan."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Beside:
    """What of a province's report came beside its forms.

    `narrative`: the report in words; `scan`: a scan of signed pages; `paper`: the day the
    signed paper came, as a planner noted.
    """

    narrative: bool = False
    scan: bool = False
    paper: date | None = None
