"""Documents as text: equal values give equal text, in any process."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from gateway.store.codec import decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One of everything."""

    name: str
    price: Decimal = Decimal("1.10")
    at: datetime = datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    facts: dict[str, int]
    words: frozenset[str] = frozenset()


def test_what_was_encoded_is_decoded_equal() -> None:
    """To the trailing zero and the microsecond, whatever the text."""
    thing = Thing(name='nul \x00 ☂ 𝄞 "', facts={"b": 1, "a": 2}, words=frozenset("xyz"))
    assert decode(Thing, encode(thing)) == thing


def test_equal_values_give_equal_text_whatever_order_they_were_made_in() -> None:
    """Keys and members are sorted: sets are in another order in each process."""
    one = Thing(name="x", facts={"b": 1, "a": 2}, words=frozenset(["q", "p"]))
    same = Thing(name="x", facts={"a": 2, "b": 1}, words=frozenset(["p", "q"]))
    assert encode(one) == encode(same)
    assert encode(one).index('"a"') < encode(one).index('"b"')
    assert encode(one).index('"p"') < encode(one).index('"q"')


def test_text_of_another_shape_is_not_decoded() -> None:
    """It says where."""
    with pytest.raises(msgspec.ValidationError, match=r"\$\.facts"):
        decode(Thing, '{"name": "x", "facts": []}')
