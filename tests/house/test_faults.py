"""Faults and threats: every one has a test that carries its name."""

from tests.house.fault_marks import marked, rows, told

# Each with its reason, in the page itself.
NOT_SHOWN = 2


def test_the_page_names_the_tests_of_every_fault() -> None:
    """When this fails: python -m tests.house.fault_marks"""
    marks = marked()
    assert {n: tests for n, (_, tests) in rows().items()} == {
        n: told(n, marks) for n in rows()
    }


def test_every_mark_names_a_fault_of_the_page() -> None:
    assert set(marked()) <= set(rows())


def test_all_forty_threats_are_on_the_page() -> None:
    threats = {name for name in rows() if name.startswith("T-")}
    assert threats == {f"T-{number:02}" for number in range(1, 41)}


def test_faults_without_a_test_say_why_and_are_few() -> None:
    bare = {name: words for name, (words, tests) in rows().items() if tests == "none"}
    assert all("not shown: " in words for words in bare.values())
    assert len(bare) <= NOT_SHOWN
