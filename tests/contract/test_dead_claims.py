"""What a killed daemon had in hand is free when the next one starts."""

import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.daemon.leadership import free_claims_of_the_dead
from tests.builders.mails import letter
from tests.builders.workshop import open_world


def _ended() -> int:
    """The number of a process that is no more."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.mark.fault("F-S0-6")
@pytest.mark.parametrize(
    ("owner", "free"),
    [
        ("{here}:{dead}", True),
        ("test:1", False),  # our own
        ("{here}:{alive}:0", True),  # an earlier process that had our number
        ("{here}:{parent}:0", False),
        ("elsewhere:{dead}", False),
    ],
)
def test_claims_of_dead_processes_of_this_machine_are_freed(
    tmp_path: Path, owner: str, free: bool
) -> None:
    """Who may be alive keeps its claim until that runs out by itself."""
    world = open_world(tmp_path)
    world.arrive(letter())
    owner = owner.format(
        here=os.uname().nodename, dead=_ended(), alive=os.getpid(), parent=os.getppid()
    )
    assert world.ledger.claim(owner, world.now, 600)
    free_claims_of_the_dead(world.shop)
    later = world.now + timedelta(minutes=1)
    assert (world.ledger.claim("next:2", later, 600) is not None) is free
