"""Mapping beyond what the samples show."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.medusa.kit import OPTIONS, READ_AT, READING
from connectors.medusa.mapping import Options, Reading, is_settled
from connectors.medusa.mapping.shape import Node
from connectors.medusa.tests import samples
from connectors.medusa.tests.samples import Given
from connectors.sdk.changes import Unreadable
from connectors.sdk.errors import Malformed, Misconfigured
from connectors.sdk.records import (
    Kind,
    LineCounters,
    OrderRecord,
    ProductRecord,
    ReturnRecord,
    ShipmentRecord,
)
from connectors.sdk.records.states import OrderStatus, ReturnStatus, ShipmentStatus
from connectors.sdk.values import Money


def _order(given: Given) -> OrderRecord:
    order = samples.read(Kind.ORDER, given)[0]
    assert isinstance(order, OrderRecord)
    return order


def test_amount_is_read_from_its_text_and_not_from_the_float() -> None:
    """The float lost digits on its way; without a text it is all there is."""
    given = samples.order()
    line = given["items"][0]
    line["unit_price"], line["raw_unit_price"]["value"] = 0.1, "0.125"
    assert Money(minor=13, currency="USD") == _order(given).lines[0].unit_price
    del line["raw_unit_price"]
    assert Money(minor=10, currency="USD") == _order(given).lines[0].unit_price
    line["raw_unit_price"] = {"value": "much"}
    assert isinstance(samples.read(Kind.ORDER, given)[0], Unreadable)


def test_what_rounding_leaves_over_goes_to_the_tax() -> None:
    """Three parts of 0.335 are 1.01 together and 0.34 each."""
    given = samples.order()
    names = ("item_subtotal", "shipping_subtotal", "tax_total")
    for name in names:
        given[f"raw_{name}"]["value"] = "0.335"
    given["raw_discount_subtotal"]["value"] = "0"
    given["raw_total"]["value"] = "1.005"
    totals = _order(given).totals
    assert (34, 34, 33, 101) == (
        totals.subtotal.minor,
        totals.shipping.minor,
        totals.tax.minor,
        totals.total.minor,
    )


@pytest.mark.parametrize(
    ("status", "payments", "expected"),
    [
        ("pending", [{"canceled_at": None}], OrderStatus.CONFIRMED),
        ("pending", [], OrderStatus.PENDING),
        ("pending", [{"canceled_at": "2026-02-26T12:00:00Z"}], OrderStatus.PENDING),
        ("requires_action", [], OrderStatus.PENDING),
        ("completed", [], OrderStatus.COMPLETED),
        ("archived", [], OrderStatus.COMPLETED),
        ("draft", [], OrderStatus.DRAFT),
    ],
)
def test_pending_order_is_confirmed_once_money_stands_behind_it(
    status: str, payments: list[Given], expected: OrderStatus
) -> None:
    """Any other word says what it says."""
    given = samples.order()
    (payment,) = given["payment_collections"][0]["payments"]
    given["payment_collections"][0]["payments"] = [payment | each for each in payments]
    given["status"] = status
    assert expected == _order(given).status


def test_order_that_costs_nothing_is_confirmed_without_money() -> None:
    """There is nothing to wait for."""
    given = samples.order()
    given["payment_collections"] = []
    given["total"], given["raw_total"] = 0, {"value": "0"}
    assert OrderStatus.CONFIRMED == _order(given).status


def test_archived_order_that_was_canceled_stays_canceled() -> None:
    """The archive is a shelf and no state of an order."""
    given = samples.order("order_canceled")
    given["status"] = "archived"
    order = _order(given)
    assert (OrderStatus.CANCELED, LineCounters(ordered=2, canceled=2)) == (
        order.status,
        order.lines[0].counters,
    )


def test_units_come_from_quantities_whatever_the_status_says() -> None:
    """Three bought, two left, one arrived; one more is on its way back than arrived."""
    given = samples.order()
    given["status"], given["fulfillment_status"] = "completed", "delivered"
    given["items"][0]["quantity"] = 3
    given["items"][0]["detail"] |= {
        "fulfilled_quantity": 2,
        "delivered_quantity": 1,
        "return_requested_quantity": 1,
    }
    assert LineCounters(ordered=3, fulfilled=2, delivered=1, return_requested=1) == (
        _order(given).lines[0].counters
    )


@pytest.mark.parametrize(
    ("changed", "status", "word"),
    [
        ({"delivered_at": None}, ShipmentStatus.SHIPPED, "shipped"),
        ({"delivered_at": None, "shipped_at": None}, ShipmentStatus.PENDING, "packed"),
        (
            {"delivered_at": None, "shipped_at": None, "packed_at": None},
            ShipmentStatus.PENDING,
            "created",
        ),
        ({"canceled_at": "2026-02-26T12:00:00Z"}, ShipmentStatus.CANCELED, "canceled"),
    ],
)
def test_state_of_a_shipment_is_told_by_its_times(
    changed: Given, status: ShipmentStatus, word: str
) -> None:
    """It has no status of its own."""
    given = samples.order("order_returned")
    given["fulfillments"][0] |= changed
    shipment = samples.read(Kind.ORDER, given)[1]
    assert isinstance(shipment, ShipmentRecord)
    assert (status, word) == (shipment.status, shipment.raw_status)


def test_parcel_of_half_a_set_states_no_units() -> None:
    """Five saucers are no number of tea sets: nothing is guessed, and all else is read."""
    given = samples.order("order_returned")
    given["fulfillments"][0]["items"] = given["fulfillments"][0]["items"][:1]
    given["fulfillments"][0]["items"][0]["quantity"] = 5
    order, shipment, *_ = samples.read(Kind.ORDER, given)
    assert isinstance(order, OrderRecord)
    assert isinstance(shipment, ShipmentRecord)
    assert ((), "1Z999") == (shipment.lines, shipment.tracking[0].number)


def test_return_of_which_units_are_awaited_is_partial() -> None:
    """One more of the line is still on its way."""
    given = samples.order("order_returned")
    given["items"][0]["detail"] |= {"return_requested_quantity": 1, "return_received_quantity": 0}
    found = samples.read(Kind.RETURN, given)
    assert [ReturnStatus.PARTIALLY_RECEIVED] == [
        each.status for each in found if isinstance(each, ReturnRecord)
    ]


def _amounts(*amounts: str) -> list[Given]:
    return [{"id": f"capt_{each}", "raw_amount": {"value": each}} for each in amounts]


def _pay(order: Given, **changed: Any) -> None:
    order["payment_collections"][0]["payments"][0] |= changed


def _owe(order: Given) -> None:
    _pay(order, captures=_amounts("91.7676"))
    order["summary"] = {"pending_difference": -1}


@pytest.mark.parametrize(
    ("change", "settled"),
    [
        (lambda order: None, False),
        (lambda order: _pay(order, captures=_amounts("91.7676")), True),
        (lambda order: _pay(order, captures=_amounts("91")), False),
        (lambda order: _pay(order, canceled_at="2026-02-26T12:00:00Z"), True),
        (lambda order: order.update(canceled_at="2026-02-26T12:00:00Z"), True),
        (lambda order: order.update(updated_at="2026-01-01T12:00:00Z"), True),
        (_owe, False),
    ],
)
def test_order_is_read_again_until_its_money_is_settled(change: Any, settled: bool) -> None:
    """Neither a capture of a part nor a refund that is owed moves a time."""
    given = samples.order()
    change(given)
    assert settled == is_settled(samples.node(given), READING)


def test_price_of_the_operators_currency_is_stated() -> None:
    """Where there are several; without a choice, none is."""
    given = samples.load("products")["given"]["products"][0]
    options = Options(currency="EUR")
    (found,) = samples.read(Kind.PRODUCT, given, Reading(read_at=READ_AT, options=options))
    assert isinstance(found, ProductRecord)
    assert [None, Money(minor=5500, currency="EUR")] == [each.price for each in found.variants]


@pytest.mark.parametrize(
    ("setting", "value"), [("verifies_email", "maybe"), ("currency", "dollars"), ("currency", "12")]
)
def test_setting_that_means_nothing_is_named(setting: str, value: str) -> None:
    """Before any request."""
    with pytest.raises(Misconfigured, match=setting):
        Options.parse({setting: value})


def test_settings_are_read() -> None:
    """Names may have blanks around them, and the currency small letters."""
    given = {"stores": " A , B ,", "verifies_email": " Yes", "currency": "eur"}
    parsed = Options.parse(given | {"pickup_methods": "Pickup in Reno"})
    assert (frozenset({"A", "B"}), OPTIONS.pickup_methods, True, "EUR") == (
        parsed.stores,
        parsed.pickup_methods,
        parsed.verifies_email,
        parsed.currency,
    )


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda node: node["a"].text(), 7),
        (lambda node: node["a"].text(), ""),
        (lambda node: node["b"], {}),
        (lambda node: node["a"].time(), "yesterday"),
        (lambda node: node["a"].time(), "2026-02-26T12:00:00"),
        (lambda node: node["a"].decimal(), True),
        (lambda node: node["a"].decimal(), "7"),
        (lambda node: node.units("a"), -1),
        (lambda node: node.units("a"), 1.5),
        (lambda node: node.flag("a"), "yes"),
        (lambda node: node.items("a"), {}),
        (lambda node: node.money("a", "dollars"), 1),
    ],
)
def test_value_of_the_wrong_shape_is_named_and_not_told(read: Any, value: Any) -> None:
    """The path says where; what stood there may be a person's."""
    with pytest.raises(Malformed, match=r"answer\.(a|b)"):
        read(samples.node({"a": value}))


def test_row_that_is_no_object_is_malformed() -> None:
    """Nothing can be found in it."""
    with pytest.raises(Malformed, match="answer is not an object"):
        Node(7, "answer")["id"]


@pytest.mark.parametrize("past", [timedelta(days=29), timedelta(days=31)])
def test_order_is_forgotten_a_month_after_its_last_change(past: timedelta) -> None:
    """An authorization has ended by then."""
    given = samples.order()
    given["updated_at"] = (READ_AT - past).isoformat()
    assert (past > timedelta(days=30)) == is_settled(samples.node(given), READING)
