"""The pairing of two sequences keeps order, skips what is foreign, and knows its doubt."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.reading.alignment import FORBIDDEN, align


def scores(left: str, right: str) -> list[list[float]]:
    return [[1.0 if a == b else FORBIDDEN for b in right] for a in left]


def paired(left: str, right: str) -> list[tuple[int, int]]:
    return [(pair.left, pair.right) for pair in align(scores(left, right))]


def test_nothing_pairs_with_nothing() -> None:
    assert align([]) == ()
    assert align([[]]) == ()
    assert paired("ab", "xy") == []


def test_equal_sequences_pair_one_to_one() -> None:
    assert paired("abc", "abc") == [(0, 0), (1, 1), (2, 2)]


def test_inserted_and_deleted_items_are_skipped() -> None:
    assert paired("abcd", "axbd") == [(0, 0), (1, 2), (3, 3)]


def test_repeated_items_are_told_apart_by_their_neighbours() -> None:
    assert paired("atbt", "abt") == [(0, 0), (2, 1), (3, 2)]


def test_a_toss_up_has_no_margin() -> None:
    (pair,) = align(scores("aa", "a"))
    assert pair.margin == 0
    (sure,) = align(scores("a", "a"))
    assert sure.margin > 0.5


@given(st.text("abcd", max_size=8), st.text("abcd", max_size=8))
def test_pairs_are_allowed_and_in_order(left: str, right: str) -> None:
    pairs = paired(left, right)
    assert all(left[i] == right[j] for i, j in pairs)
    assert pairs == sorted(pairs)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


@given(st.text("abcdefgh", min_size=1, max_size=8), st.data())
def test_one_foreign_item_never_disturbs_the_others(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    found = paired(text, text[:at] + "x" + text[at:])
    assert found == [(i, i + (i >= at)) for i in range(len(text))]
