"""What moved between two runs."""

from datetime import UTC, datetime

import pytest

from pipeline.domain.run_changes import (
    FIRST_RUN,
    CountedVersion,
    EarlierRun,
    VersionStep,
    changes_since,
)

AT = datetime(2013, 7, 12, 19, tzinfo=UTC)
GOOD = CountedVersion("01", "PL01", "aa", "accepted", verified=True)
DOUBTFUL = CountedVersion("01", "PL01", "aa", "provisional", verified=True)
UNKNOWN = CountedVersion("01", "PL01", "aa", "accepted", verified=False)
NEWER = CountedVersion("01", "PL01", "bb", "accepted", verified=True)


def test_without_a_run_before_nothing_moved() -> None:
    assert changes_since(None, (), (GOOD,)) is FIRST_RUN


@pytest.mark.parametrize(
    ("before", "now", "step"),
    [
        (None, GOOD, VersionStep.CAME),
        (GOOD, NEWER, VersionStep.REPLACED),
        (GOOD, None, VersionStep.GONE),
        (DOUBTFUL, GOOD, VersionStep.CLEARED),
        (UNKNOWN, GOOD, VersionStep.CLEARED),
        (GOOD, DOUBTFUL, VersionStep.DOUBTED),
        (GOOD, GOOD, None),
    ],
)
def test_what_became_of_a_return(
    before: CountedVersion | None, now: CountedVersion | None, step: VersionStep | None
) -> None:
    earlier = EarlierRun(1, AT, {}, [before] if before else [])
    found = changes_since(earlier, (), [now] if now else [])
    assert found.since == AT
    assert [change.step for change in found.versions] == ([step] if step else [])
