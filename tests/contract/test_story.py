"""The demo's story on its own servers, with a few mails of a few days."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline.assembly import read_plan
from pipeline.daemon import open_station
from pipeline.demo import story
from pipeline.demo.sample_mails import typical_messages
from pipeline.demo.servers import EmbeddedMail
from pipeline.domain.errors import TransientError
from pipeline.settings import Settings
from tests.builders.demo_world import CONFIG, shipped_sizes

SEED = 7


@pytest.fixture(scope="module")
def plan():
    return read_plan(Settings(source="(test)", registry=CONFIG))


@pytest.fixture(scope="module")
def mails(plan):
    """Three clean returns on two days."""
    plan_round = plan.rounds[0]
    made = typical_messages(
        3, SEED, plan_round, plan.gazetteer, shipped_sizes(), plan_round.mailbox
    )
    first, second, third = made
    return first, second, replace(third, sent_at=third.sent_at + timedelta(days=1))


@pytest.fixture
def demo(tmp_path, plan, mails):
    """Play the mails in a folder; a change of the mailbox's port may break it."""

    def play(port: int | None = None) -> tuple[story.Story, list]:
        told: list = []
        clock = story.SimulatedClock(mails[0].sent_at)
        with EmbeddedMail(plan.rounds[0].mailbox, tmp_path / "letters") as servers:
            ours = story._demo_plan(plan, tmp_path, servers, SEED)
            mailbox = replace(ours.settings.mailbox, port=port or servers.imap_port)
            ours = replace(ours, settings=replace(ours.settings, mailbox=mailbox))
            station = open_station(ours, clock)
            try:
                played = story._play(
                    station, servers, mails, clock, lambda *step: told.append(step)
                )
            finally:
                station.close()
        return played, told

    return play


def test_what_is_sent_is_collected_answered_and_added_up_and_only_once(demo) -> None:
    played, told = demo()
    assert (played.collected, played.sent, played.messages) == (3, 3, 3)
    assert played.states == {"filed": 3}
    assert played.verdicts == {"accepted": 3}
    assert played.letters == {"acknowledgement": 3}
    assert (played.provinces, played.complete) == (3, 3)
    assert played.workbook is not None
    assert played.workbook.exists()
    assert {total.reported for total in played.totals} == {3}
    assert told[-1] == ("demo.playing", 3, 3)
    again, _ = demo()
    assert (again.collected, again.sent) == (0, 0)
    assert again.messages == 3


def test_servers_of_the_demo_that_fail_are_said_to(demo) -> None:
    with pytest.raises(TransientError, match="own servers failed"):
        demo(port=1)


def test_a_story_begins_with_every_mail_of_the_round(tmp_path, mails, monkeypatch) -> None:
    def few(*arguments):
        arguments[-1](63, 63)
        return mails

    steps = []
    monkeypatch.setattr(story, "sample_round", few)
    played = story.tell_story(tmp_path, SEED, lambda *step: steps.append(step))
    assert played.collected == 3
    assert steps[0] == ("demo.writing", 63, 63)
