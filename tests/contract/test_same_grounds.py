"""The daemon and its child read the same files, so that what the child checked counts."""

import pytest

from pipeline.assembly import open_reader, read_plan
from pipeline.domain.rules.figures import CheckContext
from pipeline.domain.rules.grounds import grounds
from pipeline.domain.senders.province import POPULATION
from pipeline.ports import RawMessage
from pipeline.settings import load_settings
from tests.builders.mails import letter, workbooks
from tests.builders.workshop import digest_of

HA_GIANG = "02"


@pytest.fixture
def plan(tmp_path):
    path = tmp_path / "daemon.yaml"
    path.write_text(
        "mailbox: {host: 127.0.0.1, port: 1, security: none}\n"
        "smtp: {port: 1, security: none}\nworkers: 1\n"
    )
    return read_plan(load_settings(path, {}))


def test_what_the_child_checked_stands_on_the_grounds_of_the_daemon(plan) -> None:
    raw = letter(workbooks(["PL06", "PL09"]))
    reader = open_reader(plan)
    try:
        (answer,) = reader.parse_ahead([lambda: RawMessage(digest_of(raw), raw, False)])
        checked = answer().checked
    finally:
        reader.close()
    context = CheckContext(plan.rounds[0], HA_GIANG, plan.gazetteer)
    assert (POPULATION, HA_GIANG) in plan.gazetteer.facts
    assert checked is not None
    assert checked.grounds == grounds(context)
