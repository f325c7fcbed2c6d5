"""How often somebody did something of late: too often is told, and nothing is kept long."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

MOST_KEYS = 4096


class Turnstile:
    """Lets each key pass so many times within a while.

    At most MOST_KEYS are remembered, those that came last; safe between threads.
    """

    def __init__(self, most: int, within: timedelta) -> None:
        self._most, self.within = most, within
        self._passed: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._turn = Lock()

    def __len__(self) -> int:
        return len(self._passed)

    def full(self, key: str, now: datetime) -> bool:
        """Whether a key has passed as often as it may."""
        with self._turn:
            return len(self._recent(key, now)) >= self._most

    def passes(self, key: str, now: datetime) -> bool:
        """Count a key; False when it came too often."""
        with self._turn:
            recent = self._recent(key, now)
            if len(recent) >= self._most:
                return False
            recent.append(now)
            self._passed[key] = recent
            self._passed.move_to_end(key)
            if len(self._passed) > MOST_KEYS:
                self._passed.popitem(last=False)
            return True

    def _recent(self, key: str, now: datetime) -> deque[datetime]:
        """When a key passed within the while; what is older is dropped."""
        times = self._passed.get(key, deque())
        while times and now - times[0] >= self.within:
            times.popleft()
        return times
