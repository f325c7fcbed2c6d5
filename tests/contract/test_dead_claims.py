"""What a killed daemon had in hand is free when the next one starts."""

import os
import subprocess
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.assembly import open_ledger, open_workshop
from pipeline.daemon.leadership import free_claims_of_the_dead
from tests.builders import decisions as make
from tests.builders.mails import letter
from tests.builders.workshop import open_world
from tests.servers.console_world import plan_in


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


def test_what_the_console_has_in_hand_in_the_daemons_process_is_left(
    tmp_path: Path,
) -> None:
    plan = plan_in(tmp_path)
    with closing(open_ledger(plan)) as ledger:
        daemon, console = open_workshop(plan, ledger), open_workshop(plan, ledger)
        ledger.arrive(make.arrival("a"))
        assert ledger.claim(console.owner, make.at(1), 600)
        free_claims_of_the_dead(daemon)
        assert ledger.claimants() == {console.owner}
        daemon.reader.close()
        console.reader.close()
