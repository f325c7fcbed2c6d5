"""Answers that are worked out beside the pages."""

from threading import Event

import pytest

from pipeline.console.errands import MOST, Errands
from pipeline.domain.errors import PermanentError, TransientError


def test_an_answer_is_there_once_it_is_worked_out() -> None:
    errands, go = Errands(), Event()
    name = ("difference 1", "7")

    def work() -> str:
        go.wait()
        return "answer"

    assert errands.look(name, work) is None
    assert errands.look(name, work) is None
    go.set()
    assert errands.settled(name)
    assert errands.look(name, pytest.fail) == "answer"
    assert not errands.settled(("difference 2", "7"))
    errands.finish()


def test_what_fails_is_told_once_and_tried_again() -> None:
    errands, name, go = Errands(), ("difference 1", "7"), Event()

    def fail() -> str:
        go.wait()
        raise PermanentError("never fetched")

    assert errands.look(name, fail) is None
    go.set()
    assert errands.settled(name)
    with pytest.raises(PermanentError, match="never fetched"):
        errands.look(name, fail)
    assert errands.look(name, lambda: "answer") in (None, "answer"), "asked anew"
    errands.finish()


def test_only_so_many_are_waited_for_and_kept() -> None:
    errands, go = Errands(), Event()
    for number in range(MOST):
        assert errands.look(("difference", str(number)), go.wait) is None
    with pytest.raises(TransientError, match="try again"):
        errands.look(("difference", "x"), go.wait)
    go.set()
    for number in range(MOST):
        assert errands.settled(("difference", str(number)))
    assert errands.look(("difference", "x"), go.wait) in (None, True)
    assert not errands.settled(("difference", "0")), "the oldest made room"
    errands.finish()
