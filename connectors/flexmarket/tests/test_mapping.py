"""What rows mean, where samples do not show it."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.flexmarket import mapping
from connectors.flexmarket.kit import SHOP
from connectors.flexmarket.mapping.address import address
from connectors.flexmarket.mapping.countries import code_of
from connectors.flexmarket.mapping.stock import variant_of
from connectors.flexmarket.row import Row
from connectors.flexmarket.tests import rows
from connectors.sdk.errors import Malformed
from connectors.sdk.records import LineCounters, OrderRecord, ShipmentRecord
from connectors.sdk.values import Money


def _order(**values: Any) -> OrderRecord:
    order = mapping.order(Row.of(rows.order(1, **values)), SHOP)[0]
    assert isinstance(order, OrderRecord)
    return order


def _sent(quantity: int, sent: int) -> list[dict[str, Any]]:
    return [rows.item("line", "S", quantity, sent)]


@pytest.mark.parametrize(
    ("status", "sent", "delivered_at", "counters"),
    [
        ("confirmed", 0, None, LineCounters(ordered=3)),
        ("confirmed", 3, None, LineCounters(ordered=3, fulfilled=3)),
        ("shipped", 2, None, LineCounters(ordered=3, fulfilled=2)),
        ("delivered", 2, "2026-10-23T09:00:00Z", LineCounters(ordered=3, fulfilled=2, delivered=2)),
        ("delivered", 3, None, LineCounters(ordered=3, fulfilled=3)),
        ("cancelled", 0, None, LineCounters(ordered=3, canceled=3)),
        ("cancelled", 1, None, LineCounters(ordered=3, canceled=2, fulfilled=1)),
        ("on_review", 1, None, LineCounters(ordered=3, fulfilled=1)),
    ],
)
def test_counters_come_from_quantities(
    status: str, sent: int, delivered_at: str | None, counters: LineCounters
) -> None:
    """The words "shipped" and "delivered" move no unit."""
    order = _order(status=status, items=_sent(3, sent), delivered_at=delivered_at)
    assert counters == order.lines[0].counters


def test_more_units_sent_than_ordered_cannot_be_read() -> None:
    """Nothing is made up of it."""
    with pytest.raises(Malformed, match="more units"):
        _order(items=_sent(1, 2))


def test_shipment_has_the_lines_of_which_units_left() -> None:
    """And is none before any did."""
    items = [rows.item("one", "A", 2, 1), rows.item("two", "B", 1)]
    changes = mapping.order(Row.of(rows.order(1, items=items)), SHOP)
    [shipment] = [each for each in changes if isinstance(each, ShipmentRecord)]
    assert [("one", 1)] == [(line.line_id, line.quantity) for line in shipment.lines]
    assert 1 == len(mapping.order(Row.of(rows.order(1)), SHOP))


@pytest.mark.parametrize(
    ("refunded", "net", "commission"),
    [("0.00", "68.40", 760), ("38.00", "34.20", 380), ("76.00", "0.00", 0), ("80.00", "0.00", 0)],
)
def test_commission_is_of_what_was_kept(refunded: str, net: str, commission: int) -> None:
    """A refund of more than the seller's part leaves nothing to keep, and nothing owed."""
    order = _order(refunded_amount=refunded, net_amount=net)
    assert Money(minor=commission, currency="USD") == order.commission


def test_discount_is_what_the_lines_cost_less_than_listed() -> None:
    """The marketplace states no discount to the seller, but both prices."""
    totals = _order(gross_amount="70.00").totals
    assert (7600, 600, 7000) == (totals.subtotal.minor, totals.discount.minor, totals.total.minor)


@pytest.mark.parametrize("amount", [76, 76.5, None, "", "NaN", "1e400", "seventy"])
def test_amount_that_is_no_decimal_text_cannot_be_read(amount: object) -> None:
    """The marketplace writes texts of decimals; a number could have lost something."""
    with pytest.raises(Malformed, match="gross_amount"):
        _order(gross_amount=amount)


@pytest.mark.parametrize("placed_at", ["yesterday", "2026-10-21T09:00:00", "", 7])
def test_time_without_a_zone_cannot_be_read(placed_at: object) -> None:
    """Nor what is no time."""
    with pytest.raises(Malformed, match="created_at"):
        _order(created_at=placed_at)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("United States", "US"),
        ("united  states of america", "US"),
        ("USA", "US"),
        ("us", "US"),
        ("NG", "NG"),
        ("Nigeria", "NG"),
        ("United Kingdom", "GB"),
        ("Côte d'Ivoire", "CI"),
        ("Somewhere", None),
        ("ZZ", None),
        (None, None),
    ],
)
def test_country_is_its_code(typed: str | None, code: str | None) -> None:
    """Whichever way it was typed; nothing is guessed."""
    assert code == code_of(typed)


def test_address_of_nothing_is_none() -> None:
    """Orders to be collected have an empty one."""
    assert address(Row.of({"first_name": "", "country": None, "lga": ""})) is None


def test_place_of_another_marketplace_is_another_place() -> None:
    """Two connections to sellers of one name do not share their stock."""
    codes = {
        getattr(mapping.location(replace(SHOP, host=host))[0], "code", None)
        for host in ("one.example", "two.example")
    }
    assert {"kettle-co@one.example", "kettle-co@two.example"} == codes


def test_level_of_another_place_is_none_of_ours() -> None:
    """Its id names one variant at the one place."""
    assert "v-1" == variant_of(mapping.level_id("v-1"))
    assert [None] * 3 == [variant_of(each) for each in ("v-1", "v-1@elsewhere", "@marketplace")]
