"""Take the daemon's pulse: what its ledger, its disk and its doors say just now."""

from dataclasses import replace

from pipeline.domain.errors import PipelineError
from pipeline.domain.health import VitalSigns
from pipeline.ports import Ledger


def take_pulse(signs: VitalSigns, ledger: Ledger | None) -> VitalSigns:
    """The signs with what the ledger tells; without it where it does not answer."""
    if ledger is None:
        return signs
    try:
        return replace(
            signs,
            tallies=ledger.tallies(),
            beats=ledger.beats(),
            good=ledger.good_beats(),
        )
    except PipelineError:
        return signs
