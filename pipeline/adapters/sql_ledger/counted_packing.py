"""What a run counted, as one row: JSON, pressed together."""

import json
from collections.abc import Sequence
from zlib import compress, decompress

from pipeline.domain.run_changes import CountedVersion

_QUICK = 1
"""One mail brings all forms of a unit: more effort saves little."""


def written_versions(versions: Sequence[CountedVersion]) -> bytes:
    """Versions in any order as the ledger keeps them."""
    rows = [(*version[:4], int(version.verified)) for version in sorted(versions)]
    return compress(json.dumps(rows, separators=(",", ":")).encode(), _QUICK)


def read_versions(written: bytes) -> Sequence[CountedVersion]:
    """What `written_versions` wrote, by unit and form."""
    return [
        CountedVersion(unit, form, digest, status, verified == 1)
        for unit, form, digest, status, verified in json.loads(decompress(written))
    ]
