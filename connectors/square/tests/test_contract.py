"""Square's own examples and vectors, where they are to be had."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change, Removed, Touched
from connectors.sdk.errors import SignatureInvalid
from connectors.sdk.records import (
    CustomerRecord,
    LevelRecord,
    LocationRecord,
    OrderRecord,
    ProductRecord,
    RefundRecord,
)
from connectors.square import webhooks
from connectors.square.mapping import (
    catalog,
    customers,
    inventory,
    locations,
    orders,
    payments,
)
from connectors.square.reading import Node
from connectors.square.test_square import SAMPLES
from connectors.square.tests import contract

AS_OF = datetime(2026, 3, 3, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _contract() -> None:
    contract.require()


def recorded(name: str) -> Node:
    """Return one of Square's example answers."""
    text = (contract.FOLDER / "examples" / "responses" / f"{name}.json").read_text()
    return Node.of(json.loads(text), name)


def _orders(*found: Node) -> list[Change]:
    return [change for one in found for change in orders.changes(one, {}, AS_OF)]


def _levels(*found: Node) -> list[Change]:
    pairs = [pair for pair in map(inventory.pair, found) if pair]
    return inventory.levels(found, pairs)


def _items(*found: Node) -> list[Change]:
    items = [one for one in found if one.text("type") == "ITEM"]
    return [change for one in items for change in catalog.changes(one, {}, AS_OF)]


EXAMPLES: dict[str, tuple[Callable[[Node], list[Change]], list[type]]] = {
    "RetrieveOrderResponse": (lambda n: _orders(n.node("order")), [OrderRecord]),
    "CreateOrderResponse": (lambda n: _orders(n.node("order")), [OrderRecord]),
    "UpdateOrderResponse": (lambda n: _orders(n.node("order")), [OrderRecord]),
    "PayOrderResponse": (lambda n: _orders(n.node("order")), [OrderRecord]),
    "CloneOrderResponse": (lambda n: _orders(n.node("order")), [OrderRecord]),
    "BatchRetrieveOrdersResponse": (lambda n: _orders(*n.nodes("orders")), [OrderRecord]),
    "GetPaymentRefundResponse": (
        lambda n: [payments.refund(n.node("refund"), None)],
        [RefundRecord],
    ),
    "RefundPaymentResponse": (lambda n: [payments.refund(n.node("refund"), None)], [RefundRecord]),
    "ListPaymentRefundsResponse": (
        lambda n: [payments.refund(one, None) for one in n.nodes("refunds")],
        [RefundRecord],
    ),
    "BatchRetrieveInventoryCountsResponse": (
        lambda n: _levels(*n.nodes("counts")),
        [LevelRecord],
    ),
    "BatchChangeInventoryResponse": (lambda n: _levels(*n.nodes("counts")), [LevelRecord]),
    "RetrieveInventoryCountResponse": (lambda n: _levels(*n.nodes("counts")), [LevelRecord]),
    "SearchCatalogObjectsResponse": (
        lambda n: _items(*n.nodes("objects")),
        [ProductRecord, ProductRecord],
    ),
    "BatchRetrieveCatalogObjectsResponse": (
        lambda n: _items(*n.nodes("objects")),
        [ProductRecord, ProductRecord],
    ),
    "RetrieveCatalogObjectResponse": (lambda n: _items(n.node("object")), [ProductRecord]),
    "ListLocationsResponse": (
        lambda n: [locations.record(one, AS_OF) for one in n.nodes("locations")],
        [LocationRecord, LocationRecord],
    ),
    "RetrieveLocationResponse": (
        lambda n: [locations.record(n.node("location"), AS_OF)],
        [LocationRecord],
    ),
    "SearchCustomersResponse": (
        lambda n: [customers.record(one, AS_OF) for one in n.nodes("customers")],
        [CustomerRecord, CustomerRecord],
    ),
    "RetrieveCustomerResponse": (
        lambda n: [customers.record(n.node("customer"), AS_OF)],
        [CustomerRecord],
    ),
}
"""Example answer -> how it is mapped, and what it gives."""

EVENTS: dict[str, list[type]] = {
    "CatalogVersionUpdatedEvent": [],
    "CustomerCreatedEvent": [CustomerRecord],
    "CustomerDeletedEvent": [Removed],
    "CustomerUpdatedEvent": [CustomerRecord],
    "GiftCardActivityCreatedEvent": [],
    "GiftCardActivityUpdatedEvent": [],
    "GiftCardCreatedEvent": [],
    "GiftCardCustomerLinkedEvent": [],
    "GiftCardCustomerUnlinkedEvent": [],
    "GiftCardUpdatedEvent": [],
    "InventoryCountUpdatedEvent": [Touched],
    "LocationCreatedEvent": [Touched],
    "LocationSettingsUpdatedEvent": [],
    "LocationUpdatedEvent": [Touched],
    "OrderCreatedEvent": [Touched],
    "OrderFulfillmentUpdatedEvent": [Touched],
    "OrderUpdatedEvent": [Touched],
    "PaymentCreatedEvent": [Touched],
    "PaymentUpdatedEvent": [Touched],
    "RefundCreatedEvent": [Touched],
    "RefundUpdatedEvent": [Touched],
}
"""Example event -> what it states."""


@pytest.mark.parametrize("name", EXAMPLES)
async def test_an_example_answer_is_read(name: str) -> None:
    """None of Square's own examples is Malformed."""
    mapping, expected = EXAMPLES[name]
    assert expected == [type(one) for one in mapping(recorded(name))]


@pytest.mark.parametrize("name", EVENTS)
async def test_an_example_event_is_decoded(name: str) -> None:
    """Each of Square's own events states what it should."""
    body = (contract.FOLDER / "examples" / "webhooks" / f"{name}.json").read_bytes()
    delivery = RawDelivery(url="https://we.example", headers={}, body=body)
    assert EVENTS[name] == [type(one) for one in webhooks.decode(delivery, AS_OF)]


async def test_every_example_event_is_covered() -> None:
    """A new example must be given its place above."""
    found = {path.stem for path in (contract.FOLDER / "examples" / "webhooks").glob("*.json")}
    assert found == set(EVENTS)


async def test_modifiers_and_discounts_of_an_example_add_up() -> None:
    """Square's own order: a steak with a modifier, two discounts and a tax."""
    [sale] = EXAMPLES["CreateOrderResponse"][0](recorded("CreateOrderResponse"))
    assert isinstance(sale, OrderRecord)
    found = sale.totals
    assert [(1599, 1648), (2250, 4528)] == [
        (one.unit_price.minor, one.total.minor) for one in sale.lines
    ]
    assert (6099, 433, 0, 510, 6176) == (
        found.subtotal.minor,
        found.discount.minor,
        found.shipping.minor,
        found.tax.minor,
        found.total.minor,
    )


def vectors() -> list[dict[str, Any]]:
    path = contract.CONTRACTS_DIR / "webhook-signature-vectors.json"
    found = json.loads(path.read_text()) if path.is_file() else []
    return [one for one in found if one["vendor"] == "square"]


async def test_squares_signature_vectors_verify() -> None:
    """Both of the vendor's own, and neither with one byte changed."""
    assert 2 == len(vectors())
    for one in vectors():
        headers = {one["header"]: one["signature"]}
        delivery = RawDelivery(url=one["url"], headers=headers, body=one["body"].encode())
        webhooks.verify(delivery, [one["key"]], AS_OF)
        changed = RawDelivery(url=one["url"], headers=headers, body=one["body"].encode() + b" ")
        with pytest.raises(SignatureInvalid):
            webhooks.verify(changed, [one["key"]], AS_OF)


SCHEMAS = {"order": "Order", "refund": "PaymentRefund", "customer": "Customer"}
SCHEMAS |= {"product": "CatalogObject", "location": "Location"}


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "unknown_words"])
async def test_our_samples_are_what_square_could_send(name: str) -> None:
    """What we map in tests has Square's own shape."""
    sample = SAMPLES[name]
    given = sample["given"]
    match sample["kind"]:
        case "webhook" if name != "webhooks/no_interest":
            found = contract.faults(contract.event_schema(given["type"]), given)
        case "level":
            counts = [one for one in given if one["state"] != "TELEPORTING"]
            found = [fault for one in counts for fault in contract.faults("InventoryCount", one)]
        case kind if kind in SCHEMAS:
            found = contract.faults(SCHEMAS[kind], given)
        case _:
            found = []
    assert [] == found


async def test_the_check_is_strict() -> None:
    """It refuses an unknown property, a read-only one in a request, and a wrong type."""
    order = {"location_id": "L", "colour": "red"}
    assert 1 == len(contract.faults("Order", order))
    assert [] == contract.faults("Order", {"location_id": "L", "id": "x"})
    assert 1 == len(contract.faults("Order", {"location_id": "L", "id": "x"}, sent=True))
    assert 1 == len(contract.faults("Order", {"location_id": 7}))
    assert contract.operation("GET", "/v2/teapots") is None
