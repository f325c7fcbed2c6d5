"""The quick part of the proof against mail servers that misbehave: a seeded sample.

`make proof` tries every fault at every point, and every byte (docs/proof.md).
"""

from collections.abc import Iterator
from random import Random

import pytest

from tests.proof.peers import cut_after, cut_points, imap_cells, smtp_cells, suffer_peer
from tests.proof.scripted_round import quick_pages
from tests.proof.sweep import Undisturbed, undisturbed

SEED = 8
SLOW = {"stall", "trickle"}


@pytest.fixture(scope="module")
def golden() -> Iterator[Undisturbed]:
    with quick_pages():
        yield undisturbed()


@pytest.mark.parametrize("cells", [imap_cells, smtp_cells])
def test_a_fault_of_a_server_changes_nothing(golden: Undisturbed, cells: object) -> None:
    assert callable(cells)
    quick = [cell for cell in cells() if cell.fault not in SLOW]
    for cell in Random(SEED).sample(quick, 3):
        assert suffer_peer(cell, golden).unknown <= cell.doubtful


@pytest.mark.fault("F-S13-5")
def test_a_letter_taken_whose_answer_is_lost_is_left_to_a_person(
    golden: Undisturbed,
) -> None:
    (cell,) = (cell for cell in smtp_cells() if cell.fault == "accept-and-drop")
    assert suffer_peer(cell, golden).unknown == 1


def test_the_grid_has_every_point_and_fault() -> None:
    grid = {(cell.point, cell.fault) for cell in smtp_cells()}
    assert len(grid) >= 56
    assert len({(cell.point, cell.fault) for cell in imap_cells()}) > 80


@pytest.mark.fault("F-S5-1")
def test_wherever_the_line_is_cut_all_of_it_comes_in_the_next_round() -> None:
    places = Random(SEED).sample(cut_points(), 8)
    assert all(place > 0 for place in places)
    for place in places:
        cut_after(place)
