"""JSON as it comes off the wire: numbers exact, and nothing but Malformed for what is none."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.errors import Malformed
from connectors.sdk.http import Response, parse_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("19.99", Decimal("19.99")),
        ("0.1", Decimal("0.1")),
        ("1.10", Decimal("1.10")),
        ("1e2", Decimal(100)),
        ("-0.0", Decimal(0)),
        ("9007199254740993", 9007199254740993),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ('{"a": [0.5]}', {"a": [Decimal("0.5")]}),
    ],
)
def test_numbers_keep_every_digit(text: str, value: object) -> None:
    """With a point they are Decimals; ids beyond 2^53 are what they were."""
    assert parse_json(text) == value
    assert Response(status=200, headers={}, body=text.encode()).json() == value


def test_an_amount_keeps_its_zeros() -> None:
    """1.10 is not 1.1: some vendors' digits say how exact they are."""
    assert str(parse_json("1.10")) == "1.10"


@given(JSON)
def test_what_is_json_is_read_as_it_was_written(value: Any) -> None:
    """No text, number or nesting is changed on the way."""
    assert parse_json(json.dumps(value)) == value


@given(st.binary() | st.text(st.characters()))
def test_what_is_no_json_is_malformed(text: bytes | str) -> None:
    """Whatever comes, it is read or said to be Malformed: nothing else is raised."""
    try:
        parse_json(text)
    except Malformed:
        return
    # What was read is JSON for Python's own reader, too.
    json.loads(text)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"nul", b"NaN", b"[" * 200_000, b"\xff", "\ud800", b"1" * 5000, b"01"]
)
def test_odd_bodies_are_malformed(text: bytes | str) -> None:
    """Deep nesting, lone surrogates, absurd numbers."""
    with pytest.raises(Malformed, match="not JSON"):
        parse_json(text)
