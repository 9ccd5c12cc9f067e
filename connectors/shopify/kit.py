"""What the conformance kit asks of Shopify's simulator (see connectors.sdk.conformance.kit)."""

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
    ReceivedLine,
    ReceiveReturn,
    RecordDelivery,
    RecordShipment,
    RequestReturn,
    SetInventory,
)
from connectors.sdk.conformance.kit import OrderFacts
from connectors.sdk.conformance.world import PURCHASE
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind, Tracking
from connectors.sdk.records.states import Disposition, ReturnReason
from connectors.sdk.values import LineQuantity, Money
from connectors.shopify import stating, webhooks
from connectors.shopify.connector import Shopify
from connectors.shopify.mapping import catalog, orders
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.simulated.shop import Node
from connectors.shopify.simulator import Simulator

READ_AT = datetime(2026, 10, 1, 12, tzinfo=UTC)
"""When the samples were read."""
ORDERS = 6
"""More than a page of them."""


class _Kit:
    ways: Mapping[str, tuple[str, ...]] = {
        "cancel_order": ("cancel_order", "cancel_order of some units"),
        "set_inventory": ("set_inventory", "set_inventory from what is expected"),
        "receive_return": ("receive_return", "receive_return of some units"),
    }

    async def fill(self, simulator: Simulator, client: Shopify) -> None:
        """Orders: one is shipped, delivered and partly comes back, one is partly refunded."""
        bought = [simulator.buy(PURCHASE) for _ in range(ORDERS)]
        shipped = await client.perform(_ship(simulator, bought[0]))
        await client.perform(_deliver(bought[0], shipped.external_id or ""))
        line = simulator.shop.nodes[bought[0]]["lineItems"][0]
        simulator.approve_return(simulator.ask_return(bought[0], {line["id"]: 1}))
        await client.perform(_refund(bought[1]))

    def present(self, kind: Kind, simulator: Simulator) -> Collection[str]:
        shop = simulator.shop
        nodes = {
            Kind.ORDER: shop.orders,
            Kind.PRODUCT: shop.products,
            Kind.CUSTOMER: shop.customers,
            Kind.LOCATION: shop.locations,
        }
        if kind is Kind.LEVEL:
            return {catalog.level_id(item_id, place_id) for item_id, place_id in shop.levels}
        return [one["id"] for one in nodes[kind]]

    async def arrange(self, way: str, simulator: Simulator, client: Shopify) -> Command:
        order_id = simulator.buy(PURCHASE)
        match way:
            case "cancel_order":
                return CancelOrder(key="cancel", order_id=order_id, reason="customer")
            case "cancel_order of some units":
                line = simulator.shop.nodes[order_id]["lineItems"][0]
                lines = (LineQuantity(line_id=line["id"], quantity=1),)
                return CancelOrder(key="cancel", order_id=order_id, lines=lines, reason="customer")
            case "record_shipment":
                return _ship(simulator, order_id)
            case "record_delivery":
                shipped = await client.perform(_ship(simulator, order_id))
                return _deliver(order_id, shipped.external_id or "")
            case "create_refund":
                return _refund(order_id)
            case "request_return" | "receive_return" | "receive_return of some units":
                return await _back(simulator, client, order_id, way)
            case _:
                return _set(simulator, is_expecting=way != "set_inventory")

    def effects(self, command: Command, simulator: Simulator) -> int:
        """Units canceled by the one, fulfillments, scans, adjustments, refunds: all add up."""
        nodes = simulator.shop.nodes
        match command:
            case CancelOrder():
                return _canceled(nodes[command.order_id], is_whole=not command.lines)
            case RecordShipment():
                return len(nodes[command.order_id]["fulfillments"])
            case RecordDelivery():
                return _count(simulator, "FulfillmentEvent")
            case SetInventory():
                return _count(simulator, "InventoryAdjustmentGroup")
            case RequestReturn():
                return _count(simulator, "Return")
            case ReceiveReturn():
                return _count(simulator, "ReverseFulfillmentOrderDisposition")
            case _:
                return _count(simulator, "Refund")

    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        given = parse_json(json.dumps(sample["given"]))
        match sample["kind"]:
            case "webhook":
                headers = {"x-shopify-topic": given["topic"]}
                body = json.dumps(sample["given"]["payload"]).encode()
                return webhooks.decode(RawDelivery(url="", headers=headers, body=body))
            case "order":
                return orders.changes(Answer(given), READ_AT)
            case "product":
                return [catalog.product(Answer(given["product"]), given["currency"], READ_AT)]
            case "customer":
                return [catalog.customer(Answer(given), READ_AT)]
            case "location":
                return [catalog.location(Answer(given), READ_AT)]
            case _:
                return [catalog.level(Answer(given), READ_AT)]

    def order(self, facts: OrderFacts) -> Sequence[list[Change]]:
        return [self.read(sample) for sample in stating.orders(facts)]


def _count(simulator: Simulator, kind: str) -> int:
    return len([one for one in simulator.shop.nodes.values() if one["__typename"] == kind])


def _canceled(order: Node, *, is_whole: bool) -> int:
    """How often the order, or one unit of it, was taken off."""
    left = [one["quantity"] - one["currentQuantity"] for one in order["lineItems"]]
    return len(order["refunds"]) if is_whole else sum(left)


def _ship(simulator: Simulator, order_id: str) -> RecordShipment:
    lines = simulator.shop.nodes[order_id]["lineItems"]
    return RecordShipment(
        key="ship",
        order_id=order_id,
        lines=tuple(LineQuantity(line_id=one["id"], quantity=one["quantity"]) for one in lines),
        tracking=Tracking(number="1Z1", carrier="UPS"),
    )


def _deliver(order_id: str, shipment_id: str) -> RecordDelivery:
    return RecordDelivery(key="deliver", order_id=order_id, shipment_id=shipment_id)


async def _back(simulator: Simulator, client: Shopify, order_id: str, way: str) -> Command:
    """A return of two units of one line; or the goods of it, all or one of them."""
    await client.perform(_ship(simulator, order_id))
    line = simulator.shop.nodes[order_id]["lineItems"][0]
    lines = (LineQuantity(line_id=line["id"], quantity=2),)
    request = RequestReturn(key="ask", order_id=order_id, lines=lines, reason=ReturnReason.UNWANTED)
    if way == "request_return":
        return request
    opened = await client.perform(request)
    here = ReceiveReturn(key="take", return_id=opened.external_id or "")
    some = (ReceivedLine(line_id=line["id"], quantity=1, disposition=Disposition.DAMAGED),)
    return here if way == "receive_return" else replace(here, lines=some)


def _refund(order_id: str) -> CreateRefund:
    return CreateRefund(
        key=f"refund-{order_id}",
        order_id=order_id,
        payment_id=None,
        amount=Money(minor=500, currency="USD"),
        reason="goodwill",
    )


def _set(simulator: Simulator, *, is_expecting: bool) -> SetInventory:
    return SetInventory(
        key="count",
        item_id=simulator.shop.variants["TEE-S"]["inventoryItem"]["id"],
        sku="TEE-S",
        location_id=simulator.shop.location("STORE-1")["id"],
        quantity=7,
        expected=1000 if is_expecting else None,
    )


KIT = _Kit()
