"""How long the server waits for its clients, and how many it has at once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds for a request's head, for all of a request, for a form; most connections.

    Connections stay below the 1,024 files that a process may open out of the box.
    """

    head: float = 15
    whole: float = 300
    body: float = 10
    connections: int = 256


PATIENT = Patience()
