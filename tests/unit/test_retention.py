"""Which raw mails may go, and when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.domain.mail.message import State
from pipeline.domain.retention import RawMail, months_after, past_exports, why_kept

END = datetime(2013, 7, 31, tzinfo=UTC)
ENDS = {"ke-hoach-2014": END, "ke-hoach-2015": END.replace(year=2014)}
MAIL = RawMail(
    digest="a" * 64,
    size=1,
    received_at=END - timedelta(days=9),
    messages=(1,),
    states=frozenset({State.FILED}),
    rounds=frozenset({"ke-hoach-2014"}),
    awaits=frozenset(),
)
OVER = END.replace(year=2015)


@pytest.mark.parametrize("state", State)
def test_only_what_is_settled_goes(state: State) -> None:
    stays = {State.RECEIVED, State.HELD, State.QUARANTINED}
    for states in ({state}, {State.FILED, state}):
        why = why_kept(replace(MAIL, states=frozenset(states)), ENDS, OVER, 24)
        assert why == ("undecided" if state in stays else None)


@pytest.mark.parametrize("open_about", ["question", "letter"])
def test_nothing_goes_that_waits_for_somebody(open_about: str) -> None:
    mail = replace(MAIL, awaits=frozenset({open_about}))
    assert why_kept(mail, ENDS, OVER.replace(year=2050), 24) == open_about


def test_its_rounds_end_counts_and_the_last_of_several() -> None:
    assert why_kept(MAIL, ENDS, OVER - timedelta(seconds=1), 24) == "round"
    assert why_kept(MAIL, ENDS, OVER, 24) is None
    both = replace(MAIL, rounds=frozenset(ENDS))
    assert why_kept(both, ENDS, OVER, 24) == "round"
    assert why_kept(both, ENDS, OVER.replace(year=2016), 24) is None
    unknown = replace(MAIL, rounds=frozenset({"ke-hoach-2013"}))
    assert why_kept(unknown, ENDS, OVER.replace(year=2050), 24) == "round"


def test_a_mail_without_forms_is_of_the_round_that_was_on() -> None:
    mail = replace(MAIL, rounds=frozenset())
    assert why_kept(mail, ENDS, OVER - timedelta(days=1), 24) == "round"
    assert why_kept(mail, ENDS, OVER, 24) is None
    late = replace(mail, received_at=END.replace(year=2020))
    assert why_kept(late, ENDS, END.replace(year=2021), 24) == "round"
    assert why_kept(late, ENDS, END.replace(year=2022), 24) is None


def test_months_end_on_days_that_there_are() -> None:
    assert months_after(datetime(2012, 2, 29, tzinfo=UTC), 24).date().isoformat() == (
        "2014-02-28"
    )
    assert months_after(datetime(2013, 12, 31, tzinfo=UTC), 26).month == 2


def test_old_products_go_but_those_that_stay() -> None:
    folders = {f"n{day}": END + timedelta(days=day) for day in range(4)}
    assert past_exports(folders, {"n1"}, END + timedelta(days=3)) == ("n0", "n2")
