"""Ten thousand mails of strangers take nobody's place in what planners are shown."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from pipeline.console.rooms.overview import SHOWN_TO_DECIDE, _to_decide
from pipeline.jobs.send_digest import gather
from pipeline.stages.compose_night_digest import LISTED, compose_night_digest
from tests.builders.demo_world import shipped_gazetteer, shipped_round
from tests.builders.mails import letter, workbooks
from tests.builders.workshop import World, open_world
from tests.servers.ledgers import TestDatabase

FLOOD = 10_000
STRANGER = "nguoi.la@example.vn"


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A registered sender's mail is held; then come as many of a stranger, all newer."""
    folder = tmp_path_factory.mktemp("flood")
    world = open_world(folder)
    world.take(letter(workbooks(["PL09"])))
    world.take(letter(workbooks(["PL08"]), sender=STRANGER), 1)
    assert [world.log(number)["verified"] for number in (1, 2)] == [1, 0]
    database = TestDatabase("sqlite", f"sqlite:///{folder}/ingest.db")
    database.run("UPDATE message SET state = 'held'")
    names = [row["name"] for row in database.rows("PRAGMA table_info(message)")]
    changed = {"id": "id + n", "uid": "uid + n", "digest": "digest || n"}
    copied = ", ".join(changed.get(name, name) for name in names)
    database.run(
        "WITH RECURSIVE flood(n) AS "
        f"(SELECT 1 UNION ALL SELECT n + 1 FROM flood WHERE n < {FLOOD}) "
        f"INSERT INTO message SELECT {copied} FROM message, flood WHERE message.id = 2"
    )
    return world


@pytest.mark.fault("T-11")
def test_the_overview_shows_the_registered_first_and_cuts_the_rest(flooded: World) -> None:
    shown = _to_decide(SimpleNamespace(ledger=flooded.ledger))
    assert len(shown) == SHOWN_TO_DECIDE
    assert shown[0]["id"] == 1
    assert {row["sender"] for row in shown[1:]} == {STRANGER}


@pytest.mark.fault("T-11")
def test_the_night_digest_names_the_registered_first_and_counts_the_rest(
    flooded: World,
) -> None:
    night = flooded.now
    facts = gather(flooded.ledger, shipped_round(), night, night + timedelta(minutes=3))
    places = (shipped_round(), shipped_gazetteer())
    values = compose_night_digest(facts, places, "khtc@test", "lan@example.vn").values
    assert len(values["held"]) == LISTED
    assert values["held"][0]["number"] == 1
    assert values["held_all"] == FLOOD + 2
