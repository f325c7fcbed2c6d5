"""When a proof holds."""

import pytest

from bench.proof.report import Part, Proof, page
from bench.proof.soak import Size, Soaked, soak

SIZE = Size(90, 14, 4)
SOAKED = Soaked(100, 10, 0, 4, 0, 1, SIZE, SIZE, 90, ())


@pytest.mark.parametrize(
    ("part", "shown", "holds"),
    [
        (Part(runs=2, planned=2), "I1 after 1", True),
        (Part(runs=1, planned=2), "I1 after 1", False),
        (Part(runs=2, planned=2, broken=("I2: twice",)), "I1 after 1", False),
        (Part(runs=2, planned=2), None, False),
    ],
)
def test_a_proof_holds_when_it_is_whole_and_nothing_broke(
    part: Part, shown: str | None, holds: bool
) -> None:
    proof = Proof(1, {"deaths": part}, {"a defect": shown}, 1, 8, SOAKED, "2 cores")
    assert proof.holds is holds


def test_a_proof_without_a_soak_says_so() -> None:
    part, soaked = Part(runs=2, planned=2), soak(0, 8)
    proof = Proof(1, {"deaths": part}, {"a defect": "I1"}, 1, 8, soaked, "2 cores")
    assert proof.holds
    assert "I7 was not looked at" in page(proof)
