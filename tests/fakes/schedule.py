"""Several programs that take turns, call by call, in an order that a seed decides.

Each has a thread of its own and waits for its turn before each call of a port, so only
one is ever at work: the same seed gives the same run. One may be killed between two
calls, as any program may.
"""

from collections.abc import Callable
from random import Random
from threading import Semaphore, Thread
from typing import Any

from tests.fakes.mortal import KilledError

MOST_TURNS = 20_000


class Player:
    """One program: what it does, until it comes back or is killed."""

    def __init__(self, name: str, life: Callable[["Player"], object]) -> None:
        self.name = name
        self.doomed = False
        self.over = False
        self.fault: BaseException | None = None
        self._life = life
        self._may = Semaphore(0)
        self._has = Semaphore(0)
        self._thread = Thread(target=self._live, name=name, daemon=True)

    def wait(self) -> None:
        """End this turn; KilledError where there is no other."""
        self._has.release()
        self._may.acquire()
        if self.doomed:
            raise KilledError(self.name)

    def take_turn(self) -> None:
        """Let it go on to its next call."""
        if not self._thread.is_alive() and not self.over:
            self._thread.start()
        else:
            self._may.release()
        self._has.acquire()

    def _live(self) -> None:
        try:
            self._life(self)
        except KilledError:
            return
        except Exception as fault:  # noqa: BLE001 - told to who plays:
            self.fault = fault  # here nobody would hear it
        finally:
            self.over = True
            self._has.release()


class Stepped:
    """A port each call of which waits for its player's turn; `heard` hears what came."""

    def __init__(
        self, port: object, player: Player, heard: Callable[[str, tuple[Any, ...]], object]
    ) -> None:
        self._port, self._player, self._heard = port, player, heard

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._port, name)
        if not callable(call):
            return call

        def stepped(*values: Any, **named: Any) -> Any:
            self._player.wait()
            given = call(*values, **named)
            self._heard(name, values)
            return given

        return stepped


def play(players: list[Player], dice: Random, between: Callable[[], object]) -> int:
    """Turns of players that live, one after the other, until none does; how many.

    `between` is asked before each turn, and may add players and doom some.
    AssertionError when they do not come to an end; what a player raised is raised.
    """
    for turn in range(MOST_TURNS):
        between()
        living = [player for player in players if not player.over]
        if not living:
            return turn
        chosen = dice.choice(living)
        chosen.take_turn()
        if chosen.fault is not None:
            raise chosen.fault
    raise AssertionError(f"no end after {MOST_TURNS} turns")
