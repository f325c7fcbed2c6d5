"""The quick way through the pipe gives what the careful one gives, and refuses as much."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.json_wire import (
    AsItCame,
    fields_of,
    read,
    read_part,
    text_of,
    written,
)
from pipeline.domain.plan.form import SaidForms, say_the_same
from pipeline.domain.verdict import Decision, Parsed
from pipeline.domain.wire import WireError, from_wire, to_wire
from tests.builders import decisions as make
from tests.unit.test_wire import values


@settings(max_examples=15, deadline=None)
@given(st.one_of(values(Parsed), values(Decision)))
def test_what_one_way_writes_the_other_reads(value) -> None:
    data = written(value)
    assert from_wire(type(value), json.loads(data)) == value
    assert read(type(value), data) == value
    assert read(type(value), json.dumps(to_wire(value)).encode()) == value


@pytest.mark.parametrize("subject", ["nửa đôi \ud83d", "NaN", "-Infinity"])
def test_a_text_that_only_the_careful_way_can_read_comes_through(subject) -> None:
    whole = make.parsed(forms=[make.form()])
    sent = replace(whole, envelope=replace(whole.envelope, subject=subject))
    answer = fields_of(written({"parsed": sent}))
    assert read(Parsed, answer["parsed"]) == sent


def test_what_was_read_is_written_once_as_it_came() -> None:
    data = written(make.parsed(forms=[make.form()]))
    came, kept = AsItCame(), read(Parsed, data)
    came.hold(kept, data)
    assert AsItCame().written(kept) is not data
    assert came.written(replace(kept, checked=None)) is data
    again = came.written(kept)
    assert again is not data
    assert again == data


def test_what_is_only_like_what_was_read_is_written_anew() -> None:
    data = written(make.parsed(forms=[make.form()]))
    came, kept = AsItCame(), read(Parsed, data)
    came.hold(kept, data)
    others = replace(kept, words="others")
    assert came.written(others) == written(others)
    alike = read(Parsed, bytes(data))
    assert alike == kept
    assert came.written(alike) is not data
    assert came.written(kept) is data


def test_only_the_last_few_are_held() -> None:
    whole, came = make.parsed(forms=[make.form()]), AsItCame()
    of_first = written(replace(whole, words="first"))
    first = read(Parsed, of_first)
    came.hold(first, of_first)
    for number in range(16):
        data = written(replace(whole, words=str(number)))
        came.hold(read(Parsed, data), data)
    assert came.written(first) is not of_first


def test_what_is_large_is_not_held() -> None:
    data = written(replace(make.parsed(), words="x" * (1 << 19)))
    came, kept = AsItCame(), read(Parsed, data)
    came.hold(kept, data)
    again = came.written(kept)
    assert again is not data
    assert again == data


def test_a_part_of_what_was_checked_is_what_the_whole_holds() -> None:
    whole = make.parsed(forms=[make.form()])
    part = read_part(SaidForms, written(whole))
    assert [form.form for form in part.appendices] == [a.form for a in whole.appendices]
    assert say_the_same(whole.appendices, part.appendices)
    (form,) = whole.appendices
    torn = replace(form, notes=(("a", "nửa đôi \ud83d"),))
    with pytest.raises(WireError):
        read_part(SaidForms, written(replace(whole, appendices=(torn,))))


def changed(**changes) -> bytes:
    return json.dumps(to_wire(make.parsed(forms=[make.form()])) | changes).encode()


ROW = to_wire(make.row())


def form(**changes) -> list:
    return [to_wire(make.form()) | changes]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no json",
        b"[" * 100_000,
        changed(extra=1),
        changed(narrative=1),
        changed(digest=None),
        changed(attachments=[1]),
        changed(appendices=form(confidence="0.9")),
        changed(appendices=form(confidence=True)),
        changed(appendices=form(rows=[ROW | {"value": "NaN"}])),
        changed(appendices=form(rows=[ROW | {"value": "Infinity"}])),
        changed(appendices=form(rows=[ROW | {"value": "infinity"}])),
        changed(appendices=form(rows=[ROW | {"value": 1.5}])),
    ],
)
def test_what_the_careful_way_refuses_is_refused(data) -> None:
    with pytest.raises(WireError):
        read(Parsed, data)


def test_what_was_kept_before_a_field_came_to_be_has_its_default() -> None:
    kept = json.loads(changed())
    del kept["requests"]
    data = json.dumps(kept).encode()
    assert read(Parsed, data) == from_wire(Parsed, kept)


@pytest.mark.parametrize("data", [b"no json", b"[1]", b"[" * 100_000, b"\xff"])
def test_what_is_no_object_has_no_fields(data) -> None:
    with pytest.raises(ValueError, match=r".*"):
        fields_of(data)


def test_what_is_no_text_is_no_word() -> None:
    assert text_of(b'"\xc4\x91"') == "đ"
    assert text_of(b"3") == "no word"
