"""What one round of collecting may do, and what it did."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.domain.errors import MissingFolderError, NoRoomError, TransientError
from pipeline.domain.mail.message import Location

COSTS_ITSELF = (MissingFolderError, NoRoomError)
"""Troubles that end no round: what is small in other folders still comes."""


def _never() -> bool:
    return False


def _told(_: int) -> None:
    return None


def _boundless() -> int:
    return 1 << 62


@dataclass(frozen=True, slots=True)
class CollectLimits:
    """Bounds of one round, and which folders are the provider's spam folders.

    A message above `most_bytes` is refused unfetched; one that cannot be had is asked
    for `tries` times. `stop` says that we should end soon; `room`, how many bytes of mail
    the disk may still take. `coming` is told how many are about to be fetched, so that
    who reads them can get ready meanwhile. At most `group` are kept together, and `most`
    taken in of a folder: the report says where there are more. Without `sizes` those of
    known messages wait, and the report says so.
    """

    spam_folders: frozenset[str] = frozenset()
    most_bytes: int = 50 * 1024 * 1024
    tries: int = 3
    stop: Callable[[], bool] = _never
    coming: Callable[[int], None] = _told
    room: Callable[[], int] = _boundless
    group: int = 20
    most: int = 1 << 62
    sizes: bool = True


@dataclass(frozen=True, slots=True)
class CollectReport:
    """What one round did, and the trouble that ended or thinned it, if any.

    `arrived` are ledger numbers; `refused` were too big, `failed` not to be had, `gone`
    vanished before they were fetched. `sizes_due`: those of known messages still are.
    `more`: a folder holds more than was to be taken in at once.
    """

    arrived: tuple[int, ...]
    refused: tuple[Location, ...]
    failed: tuple[Location, ...]
    gone: tuple[Location, ...]
    trouble: TransientError | None
    sizes_due: bool = False
    more: bool = False

    @property
    def is_alive(self) -> bool:
        """Whether the server answered to the end, whatever single folders cost."""
        return self.trouble is None or isinstance(self.trouble, COSTS_ITSELF)

    @property
    def may_go_on(self) -> bool:
        """Whether to ask for more at once: not one that gives nothing of what it lists."""
        got = self.arrived or self.refused or self.failed or self.gone
        return self.is_alive and bool(got)
