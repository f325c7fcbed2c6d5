"""A form that only a held rule clears, and what happens when the rule comes back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builders.demo_world import shipped_round
from tests.builders.mails import figures, letter, workbooks
from tests.builders.workshop import World, open_world

WHOLE = ("PL02", "vl.tong", "kh_n")
RULE = ("PL02", "PL02.2")
CLEAN = letter(workbooks(("PL02",)))
BROKEN = letter(workbooks(("PL02",), {**figures(), WHOLE: figures()[WHOLE] + 90}))
OTHER = letter(workbooks(("PL02",), {**figures(), WHOLE: figures()[WHOLE] + 70}))


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = open_world(tmp_path)
    say(made, "held")
    yield made
    made.ledger.close()


def say(world: World, word: str) -> None:
    world.ledger.rule_on(shipped_round().id, RULE, word, "lan", "xem lại", world.now)


def again(world: World, number: int, **told: bool) -> Mapping[str, Any]:
    """Judged again as it stands, or as a planner released it."""
    world.ledger.reopen(number, world.now)
    if told:
        world.ledger.hold(number, "lan", "đã gọi điện", world.now, **told)
    world.process()
    return world.document(number)


def test_a_first_version_counts_and_falls_when_the_rule_returns(world: World) -> None:
    first = world.take(BROKEN)
    assert (first["state"], first["forms"][0]["state"]) == ("filed", "accepted")
    assert {f["state"] for f in first["findings"] if f["rule"] == RULE[1]} == {"blocked"}
    say(world, "kept")
    assert world.document(1)["forms"][0]["state"] == "accepted"  # until judged again
    judged = again(world, 1)
    assert (judged["verdict"], judged["forms"][0]["state"]) == ("deficient", "deficient")
    assert [template for template, _, _ in world.letters()] == ["incomplete", "deficiency"]


def test_an_accepted_version_is_not_replaced_unseen(world: World) -> None:
    clean = world.take(CLEAN)
    broken = world.take(BROKEN, minutes=60)
    assert (broken["state"], broken["reason"]) == ("held", "rule-held")
    assert broken["reply"]["template"] == "received"
    assert world.counting() == {"PL02": clean["digest"]}
    released = again(world, 2, held=False)
    assert released["state"] == "filed"
    assert world.counting() == {"PL02": released["digest"]}
    later = world.take(OTHER, minutes=120)  # it broke the rule before: no news
    assert (later["state"], world.counting()) == ("filed", {"PL02": later["digest"]})


def test_with_the_rule_back_the_older_accepted_version_counts_again(world: World) -> None:
    clean = world.take(CLEAN)
    world.take(BROKEN, minutes=60)
    again(world, 2, held=False)
    say(world, "kept")
    judged = again(world, 2)
    assert judged["verdict"] == "deficient"
    assert world.counting() == {"PL02": clean["digest"]}


def test_a_form_with_other_errors_is_told_of_them_as_ever(world: World) -> None:
    world.take(CLEAN)
    worse = {**figures(), WHOLE: figures()[WHOLE] + 90, ("PL02", "vl.xkld", "kh_n"): None}
    given = {key: value for key, value in worse.items() if value is not None}
    broken = world.take(letter(workbooks(("PL02",), given)), minutes=60)
    assert (broken["state"], broken["verdict"]) == ("filed", "deficient")
