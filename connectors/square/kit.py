"""What the conformance kit asks of Square's simulator (see connectors.sdk.conformance.kit)."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import (
    CancelOrder,
    Command,
    CreateRefund,
    RecordShipment,
    SetInventory,
)
from connectors.sdk.conformance.kit import OrderFacts
from connectors.sdk.conformance.world import PURCHASE
from connectors.sdk.records import Kind, Tracking
from connectors.sdk.values import LineQuantity, Money
from connectors.square import stating, webhooks
from connectors.square.connector import Square
from connectors.square.mapping import (
    catalog,
    customers,
    inventory,
    locations,
    orders,
    payments,
)
from connectors.square.reading import Node
from connectors.square.requests import writes
from connectors.square.simulated.till import Ahead
from connectors.square.simulator import Simulator

READ_AT = datetime(2026, 3, 3, tzinfo=UTC)
"""When the samples were read."""
A_PAGE = 2
SALES = 3
AT_TILL = replace(PURCHASE, place="STORE-1")


class _Kit:
    ways: Mapping[str, tuple[str, ...]] = {
        "cancel_order": ("cancel_order", "cancel_order with an approved payment"),
        "create_refund": ("create_refund", "create_refund of no named payment"),
    }

    async def fill(self, simulator: Simulator, client: Square) -> None:
        """Sales over the counter, goods and money that come back, an order to be shipped."""
        simulator.books.cursors.limit = A_PAGE
        sold = [simulator.buy(AT_TILL) for _ in range(SALES)]
        line = simulator.books.orders[sold[0]]["line_items"][0]
        simulator.take_back(sold[0], {line["uid"]: "1"})
        simulator.refund(sold[1], 100)
        simulator.order_ahead(AT_TILL)

    def present(self, kind: Kind, simulator: Simulator) -> Collection[str]:
        """Orders are those that sold something: Square makes orders of returns as well."""
        books = simulator.books
        sales = [order_id for order_id, one in books.orders.items() if "line_items" in one]
        there: dict[Kind, Collection[str]] = {
            Kind.LOCATION: books.locations,
            Kind.PRODUCT: books.items,
            Kind.CUSTOMER: books.customers,
            Kind.LEVEL: {inventory.id_of((item, place)) for item, place, _ in books.counts},
            Kind.ORDER: sales,
            Kind.REFUND: books.refunds,
        }
        return there[kind]

    async def arrange(self, way: str, simulator: Simulator, client: Square) -> Command:
        match way:
            case "cancel_order":
                order_id = simulator.order_ahead(AT_TILL, Ahead(paid=None))
                return CancelOrder(key="cancel", order_id=order_id, reason="customer")
            case "cancel_order with an approved payment":
                order_id = simulator.order_ahead(AT_TILL, Ahead(paid="AUTHORIZED"))
                return CancelOrder(key="cancel", order_id=order_id, reason="customer")
            case "create_refund" | "create_refund of no named payment":
                return _refund(simulator, is_named=way == "create_refund")
            case "set_inventory":
                return _count(simulator)
            case _:
                return _ship(simulator)

    def effects(self, command: Command, simulator: Simulator) -> int:
        """Refunds, counts under our reference, fulfillments completed. An order is canceled once:
        Square changes nothing of one that has ended."""
        books = simulator.books
        match command:
            case CancelOrder():
                return int(books.orders[command.order_id]["state"] == "CANCELED")
            case CreateRefund():
                return len(books.refunds)
            case SetInventory():
                made = [one["physical_count"]["reference_id"] for one in books.changes]
                return made.count(writes.idempotency_key(command.key))
            case _:
                told = [json.loads(post.body)["type"] for post in simulator.posts]
                return told.count("order.fulfillment.updated")

    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        given = sample["given"]
        match sample["kind"]:
            case "webhook":
                body = json.dumps(given).encode()
                return webhooks.decode(RawDelivery(url="", headers={}, body=body), READ_AT)
            case "order":
                return orders.changes(Node.of(given, "order"), {}, READ_AT)
            case "refund":
                return [payments.refund(Node.of(given, "refund"), None)]
            case "product":
                names = catalog.option_names([Node.of(one, "related") for one in sample["related"]])
                return catalog.changes(Node.of(given, "item"), names, READ_AT)
            case "customer":
                return [customers.record(Node.of(given, "customer"), READ_AT)]
            case "location":
                return [locations.record(Node.of(given, "location"), READ_AT)]
            case _:
                counts = [Node.of(one, "count") for one in given]
                return inventory.levels(counts, [("VAR-1", "L-NORTH")])

    def order(self, facts: OrderFacts) -> Sequence[list[Change]]:
        return [self.read(sample) for sample in stating.orders(facts)]


def _refund(simulator: Simulator, *, is_named: bool) -> CreateRefund:
    order_id = simulator.buy(AT_TILL)
    payment_id = simulator.books.orders[order_id]["tenders"][0]["payment_id"]
    return CreateRefund(
        key="refund",
        order_id=order_id,
        payment_id=payment_id if is_named else None,
        amount=Money(minor=500, currency="USD"),
        reason="goodwill",
    )


def _count(simulator: Simulator) -> SetInventory:
    return SetInventory(
        key="count",
        item_id=simulator.books.variation("TEE-S")[1]["id"],
        sku="TEE-S",
        location_id=simulator.books.location_id("STORE-1"),
        quantity=7,
        expected=1000,
    )


def _ship(simulator: Simulator) -> RecordShipment:
    order_id = simulator.order_ahead(AT_TILL)
    lines = simulator.books.orders[order_id]["line_items"]
    return RecordShipment(
        key="ship",
        order_id=order_id,
        lines=tuple(
            LineQuantity(line_id=one["uid"], quantity=int(one["quantity"])) for one in lines
        ),
        tracking=Tracking(number="1Z1", carrier="UPS"),
    )


KIT = _Kit()
