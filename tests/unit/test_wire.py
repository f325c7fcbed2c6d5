"""Values survive the pipe between worker and daemon; nothing misshapen passes it."""

import json
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.mail.message import Kind
from pipeline.domain.verdict import Decision, Parsed
from pipeline.domain.wire import WireError, from_wire, to_wire
from tests.builders import decisions as make

ZONES = (UTC, timezone(timedelta(hours=7)), None)
SCALARS = {
    str: st.text(max_size=8),
    int: st.integers(-(2**53), 2**53),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(timezones=st.sampled_from(ZONES)),
    date: st.dates(),
    type(None): st.none(),
}


def values(kind):
    """Values of an annotation of the domain, small."""
    if kind in SCALARS:
        return SCALARS[kind]
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{f.name: values(hints[f.name]) for f in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if get_origin(kind) is tuple:
        return tuples(*get_args(kind))
    return st.one_of(*map(values, get_args(kind)))


def tuples(first, *rest):
    if Ellipsis in rest:
        return st.lists(values(first), max_size=2).map(tuple)
    return st.tuples(*map(values, (first, *rest)))


@settings(max_examples=30, deadline=None)
@given(st.one_of(values(Parsed), values(Decision)))
def test_what_goes_through_the_pipe_comes_out_equal(value) -> None:
    through = json.loads(json.dumps(to_wire(value)))
    assert from_wire(type(value), through) == value


def test_a_decimal_keeps_its_last_zero() -> None:
    sent = make.parsed(forms=[make.form(rows=[make.row(value="12.50")])])
    (form,) = from_wire(Parsed, to_wire(sent)).appendices
    assert str(form.rows[0].value) == "12.50"


def broken(**changes) -> dict:
    return to_wire(make.parsed(forms=[make.form()])) | changes


def test_what_was_kept_before_a_field_came_to_be_has_its_default() -> None:
    kept = broken()
    del kept["requests"], kept["envelope"]["returned"], kept["envelope"]["authentication"]
    assert from_wire(Parsed, kept) == make.parsed(forms=[make.form()])


ROW = to_wire(make.row())


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (None, "$"),
        ([], "$"),
        ("text", "$"),
        ({}, "$"),
        (broken(extra=1), "$"),
        ({k: v for k, v in broken().items() if k != "scan"}, "$"),
        (broken(digest=1), "$.digest"),
        (broken(digest=None), "$.digest"),
        (broken(narrative=1), "$.narrative"),
        (broken(narrative="true"), "$.narrative"),
        (broken(attachments={}), "$.attachments"),
        (broken(attachments=[1]), "$.attachments[0]"),
        (broken(triage=broken()["triage"] | {"kind": "parcel"}), "$.triage.kind"),
        (broken(triage=broken()["triage"] | {"kind": 3}), "$.triage.kind"),
        (
            broken(envelope=broken()["envelope"] | {"received_top": "yesterday"}),
            "$.envelope.received_top",
        ),
        (
            broken(appendices=[broken()["appendices"][0] | {"confidence": "0.9"}]),
            "$.appendices[0].confidence",
        ),
        (
            broken(appendices=[broken()["appendices"][0] | {"confidence": True}]),
            "$.appendices[0].confidence",
        ),
        (
            broken(
                appendices=[broken()["appendices"][0] | {"rows": [ROW | {"value": 1.5}]}]
            ),
            "$.appendices[0].rows[0].value",
        ),
        (
            broken(
                appendices=[broken()["appendices"][0] | {"rows": [ROW | {"value": "1,5"}]}]
            ),
            "$.appendices[0].rows[0].value",
        ),
        (
            broken(
                appendices=[broken()["appendices"][0] | {"rows": [ROW | {"value": "NaN"}]}]
            ),
            "$.appendices[0].rows[0].value",
        ),
        (
            broken(appendices=[broken()["appendices"][0] | {"confidence": float("inf")}]),
            "$.appendices[0].confidence",
        ),
        (
            broken(appendices=[broken()["appendices"][0] | {"notes": [["a"]]}]),
            "$.appendices[0].notes[0]",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(data, place) -> None:
    with pytest.raises(WireError) as refusal:
        from_wire(Parsed, data)
    assert str(refusal.value).startswith(f"{place}: ")


@dataclass(frozen=True)
class Small:
    """A value with one field of each remaining kind."""

    day: date
    number: int
    share: float
    kind: Kind | None = None


def test_whole_numbers_are_floats_where_a_float_is_asked_but_never_the_reverse() -> None:
    data = {"day": "2013-07-20", "number": 1, "share": 1, "kind": None}
    assert from_wire(Small, data) == Small(date(2013, 7, 20), 1, 1.0)
    sent = replace(from_wire(Small, data), kind=Kind.OWN)
    assert to_wire([sent]) == [data | {"kind": "own"}]
    for change in ({"number": 1.0}, {"number": True}, {"day": "20/7/2013"}):
        with pytest.raises(WireError):
            from_wire(Small, data | change)
