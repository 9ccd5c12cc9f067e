"""Money: exact, rounded once, in every currency."""

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.values import Money, minor_digits

CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KRW", "KWD", "TND", "CLF", "XYZ"])
MINOR = st.integers(-(10**20), 10**20)
AMOUNTS = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=9
)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("19.99", "USD", 1999),
        ("19.99", "usd", 1999),
        (Decimal("0.1"), "EUR", 10),
        ("1500", "JPY", 1500),
        ("1500.00", "JPY", 1500),
        ("5.125", "KWD", 5125),
        ("1.2345", "CLF", 12345),
        ("-7", "USD", -700),
        ("1E+2", "USD", 10000),
        ("0.005", "USD", 1),
        ("0.004999999999999999999999999999999999", "USD", 0),
        ("0.5", "JPY", 1),
        ("-0.005", "USD", -1),
        ("1.0049999999999999999999999999999999", "USD", 100),
    ],
)
def test_an_amount_is_read_in_minor_units(amount: Decimal | str, currency: str, minor: int) -> None:
    """Half a minor unit goes away from zero; the digits behind decide once, all of them."""
    assert Money.of(amount, currency) == Money(minor=minor, currency=currency.upper())


@pytest.mark.parametrize(
    "amount",
    ["", "x", "NaN", "sNaN", "Infinity", "-Infinity", "1,50", "1e30", "1e999999", "9" * 40],
)
def test_what_is_no_amount_is_refused(amount: str) -> None:
    """Also what has more digits than any amount of money, which would take hours to print."""
    with pytest.raises(ValueError, match="not an amount"):
        Money.of(amount, "USD")


@pytest.mark.parametrize("currency", ["", "US", "USDX", "U5D", "ÄÖÜ", "u d", "ßx"])
def test_what_is_no_currency_is_refused(currency: str) -> None:
    """Three letters of ASCII."""
    with pytest.raises(ValueError, match="not an ISO 4217 code"):
        Money.of("1", currency)


@given(MINOR, CURRENCIES)
def test_an_amount_is_what_it_was_read_from(minor: int, currency: str) -> None:
    """Minor units, written as an amount and read again, are the same."""
    money = Money(minor=minor, currency=currency)
    assert Money.of(money.amount, currency) == money
    assert Money.of(str(money.amount), currency) == money
    assert money.amount * 10 ** minor_digits(currency) == minor


@given(AMOUNTS, CURRENCIES)
def test_rounding_is_to_the_nearest(amount: Decimal, currency: str) -> None:
    """Never further off than half a minor unit; a tie goes away from zero."""
    exact = Fraction(amount) * 10 ** minor_digits(currency)
    minor = Money.of(amount, currency).minor
    assert abs(minor - exact) <= Fraction(1, 2)
    if abs(minor - exact) == Fraction(1, 2):
        assert abs(minor) > abs(exact)


@given(AMOUNTS, CURRENCIES)
def test_rounding_agrees_with_a_wider_context(amount: Decimal, currency: str) -> None:
    """Nothing is lost to the 28 digits that decimals usually have."""
    wide = Context(prec=100)
    scaled = amount.scaleb(minor_digits(currency), wide).to_integral_value(ROUND_HALF_UP, wide)
    assert Money.of(amount, currency).minor == int(scaled)


def test_amounts_keep_their_digits() -> None:
    """The amount of a currency shows all its digits: 5.00 dollars, 5 yen, 5.000 dinars."""
    shown = [str(Money.of("5", code).amount) for code in ("USD", "JPY", "KWD", "CLF")]
    assert shown == ["5.00", "5", "5.000", "5.0000"]


def test_values_of_the_same_parts_are_the_same() -> None:
    """They may be keys."""
    assert {Money.of("1", "USD"), Money.of("1.00", "usd")} == {Money(minor=100, currency="USD")}
