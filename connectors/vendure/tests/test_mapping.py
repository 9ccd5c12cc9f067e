"""What a shop states, and the records that come of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.conformance.checks.samples import stated
from connectors.sdk.errors import Malformed, Misconfigured
from connectors.sdk.records import CustomerRecord, Kind, OrderRecord
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.values import Money
from connectors.vendure import mapping
from connectors.vendure.kit import KIT
from connectors.vendure.mapping import Node, Options, counters, marks, states
from connectors.vendure.tests import samples


@pytest.mark.parametrize("name", samples.names())
def test_sample_gives_what_it_expects(name: str) -> None:
    """Every sample's payload reads into exactly the changes beside it."""
    sample = samples.load(name)
    assert sample["expect"] == [stated(change) for change in KIT.read(sample)]


def _order(name: str, **changed: Any) -> OrderRecord:
    given_ = samples.load(name)["given"]
    given_["orders"]["items"][0] |= changed
    node = samples.root(given_)["orders"]["items"].items()[0]
    record = mapping.order(node, samples.reading(given_))[0]
    assert isinstance(record, OrderRecord)
    return record


@pytest.mark.parametrize("name", ["order_placed", "order_returned", "order_canceled"])
def test_totals_add_up_to_the_cent(name: str) -> None:
    """Subtotal, discount, shipping and, where it is not included, tax make the total."""
    totals = _order(name).totals
    tax = 0 if totals.tax_included else totals.tax.minor
    expected = totals.subtotal.minor - totals.discount.minor + totals.shipping.minor + tax
    assert expected == totals.total.minor


@pytest.mark.parametrize(("word", "status"), states.ORDER.items())
def test_every_state_of_vendures_own_has_a_status(word: str, status: OrderStatus) -> None:
    """The default order process maps as the domain's table says, and keeps its word."""
    record = _order("order_placed", state=word)
    assert (status, word) == (record.status, record.raw_status)


def test_order_with_tax_included_shows_gross_prices() -> None:
    """The same order has net prices or gross ones, as the channel shows them to shoppers."""
    net = _order("order_placed").lines[0].unit_price
    given_ = samples.load("order_placed")["given"] | {"activeChannel": {"pricesIncludeTax": True}}
    node = samples.root(given_)["orders"]["items"].items()[0]
    (gross,) = mapping.order(node, samples.reading(given_))
    assert isinstance(gross, OrderRecord)
    assert (Money(minor=4000, currency="USD"), Money(minor=4400, currency="USD")) == (
        net,
        gross.lines[0].unit_price,
    )


@pytest.mark.parametrize(
    ("value", "currency", "minor"),
    [(10962, "USD", 10962), (150000, "JPY", 1500), (100, "KWD", 1000)],
)
def test_money_has_the_shops_precision_in_every_currency(
    value: int, currency: str, minor: int
) -> None:
    """Vendure keeps two digits after the point, for yen and for dinars too."""
    reading = samples.reading(samples.load("order_placed")["given"])
    expected = Money(minor=minor, currency=currency)
    assert expected == reading.money(value, currency)
    assert value == reading.units_of(expected)


def test_unknown_currency_is_malformed() -> None:
    """A currency that is none names the field, and no amount is made up."""
    reading = samples.reading(samples.load("order_placed")["given"])
    with pytest.raises(Malformed, match="currencyCode"):
        reading.money(1, "US")


@given(
    placed=st.integers(0, 9),
    quantity=st.integers(0, 9),
    made=st.integers(0, 9),
    delivered=st.integers(0, 9),
)
def test_counters_hold_their_invariants(
    placed: int, quantity: int, made: int, delivered: int
) -> None:
    """Whatever a shop states: delivered <= fulfilled <= ordered - canceled, returned <= delivered,
    and what remains of the line is what was neither canceled nor returned."""
    counted = counters.count(placed=placed, quantity=quantity, made=made, delivered=delivered)
    assert 0 <= counted.returned <= counted.delivered <= counted.fulfilled
    assert 0 <= counted.canceled <= counted.ordered
    assert counted.fulfilled <= counted.ordered - counted.canceled
    assert quantity == counted.ordered - counted.canceled - counted.returned


@pytest.mark.parametrize(
    ("state", "expected"),
    [("PaymentSettled", False), ("Shipped", False), ("Delivered", True), ("Cancelled", True)],
)
def test_order_is_watched_until_its_state_is_final(state: str, expected: bool) -> None:
    """Only a final state lets an order be forgotten; no time of its own would bring it back."""
    given_ = samples.load("order_placed")["given"]
    given_["orders"]["items"][0]["state"] = state
    node = samples.root(given_)["orders"]["items"].items()[0]
    assert expected == mapping.is_settled(node, samples.reading(given_))


def test_order_shipped_in_full_is_watched_for_sixty_days() -> None:
    """A shop that never marks parcels delivered does not make the pull grow for ever."""
    given_ = samples.load("order_placed")["given"]
    given_["orders"]["items"][0]["state"] = "Shipped"
    node = samples.root(given_)["orders"]["items"].items()[0]
    reading = samples.reading(given_)
    later = replace(reading, read_at=reading.read_at + timedelta(days=60))
    assert (False, True) == (
        mapping.is_settled(node, reading),
        mapping.is_settled(node, later),
    )


def test_final_order_with_a_pending_refund_is_watched() -> None:
    """A refund that a processor has yet to settle moves no time either."""
    given_ = samples.load("order_returned")["given"]
    order = given_["orders"]["items"][0]
    order["state"] = "Delivered"
    order["payments"][0]["refunds"][0]["state"] = "Pending"
    node = samples.root(given_)["orders"]["items"].items()[0]
    assert not mapping.is_settled(node, samples.reading(given_))


def test_vendures_word_for_a_verified_address_counts_only_where_the_operator_vouches() -> None:
    """Without requireVerification every account is "verified", so by default nobody is."""
    given_ = samples.load("customers")["given"]
    node = samples.root(given_)["customers"]["items"].items()[0]
    for vouched in (True, False):
        options = Options(verifies_email=vouched)
        (record,) = mapping.row(Kind.CUSTOMER, node, samples.reading(given_, options))
        assert isinstance(record, CustomerRecord)
        assert vouched == record.email_verified


def test_options_are_read_from_settings() -> None:
    """Lists are separated by commas; what is not set has its careful default."""
    expected = Options(pickup_methods=frozenset({"pickup", "locker"}), settles_refunds=False)
    assert expected == Options.parse({"pickup_methods": "pickup, locker,", "settles_refunds": "No"})
    assert Options() == Options.parse({})


def test_wrong_option_is_named() -> None:
    """A setting that is neither yes nor no is refused by its name."""
    with pytest.raises(Misconfigured, match="verifies_email: must be yes or no"):
        Options.parse({"verifies_email": "true"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("late [ref:k1]", ("late", "k1")),
        ("[ref:k1]", (None, "k1")),
        ("late", ("late", None)),
        ("[ref:k1] late", ("[ref:k1] late", None)),
        (None, (None, None)),
    ],
)
def test_mark_is_read_at_the_end_only(
    text: str | None, expected: tuple[str | None, str | None]
) -> None:
    """What a person wrote and our key come apart; a key elsewhere in the text is none."""
    assert expected == marks.split(text)


@given(st.text(), st.text(alphabet="abc:-/0123", min_size=1, max_size=80))
def test_mark_keeps_the_whole_key_whatever_the_text(text: str, key: str) -> None:
    """A long reason is cut to what the narrowest column holds, the key never is."""
    marked = marks.mark(text, key)
    assert key == marks.split(marked)[1]
    assert len(marked) <= marks.MOST_CHARS


@pytest.mark.parametrize(
    ("value", "read", "message"),
    [
        ({"a": 1}, lambda node: node["b"], "data.b is missing"),
        ({"a": 1}, lambda node: node["a"].text(), "data.a is not a text but int"),
        ({"a": True}, lambda node: node["a"].whole(), "data.a is not a whole number but bool"),
        ({"a": -1}, lambda node: node["a"].count(), "data.a is negative"),
        ({"a": 1}, lambda node: node["a"].flag(), "data.a is not true or false but int"),
        ({"a": {}}, lambda node: node["a"].items(), "data.a is not a list but dict"),
        ({"a": "1"}, lambda node: node["a"]["b"], "data.a is not an object but str"),
        ({"a": "now"}, lambda node: node["a"].time(), "data.a is not a time"),
        (
            {"a": "2026-11-22T12:00:00"},
            lambda node: node["a"].time(),
            "data.a is a time without a zone",
        ),
    ],
)
def test_wrong_shape_is_named_by_its_path(value: object, read: Any, message: str) -> None:
    """The path and the type are told, the value, which may be a person's, is not."""
    with pytest.raises(Malformed) as refusal:
        read(Node(value, "data"))
    assert message == str(refusal.value)
