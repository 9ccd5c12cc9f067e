"""What the conformance kit asks of Amazon's simulator (see connectors.sdk.conformance.kit)."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.amazon import webhooks
from connectors.amazon.connector import Client
from connectors.amazon.mapping import inventory, orders
from connectors.amazon.reading import Node
from connectors.amazon.simulated.model import Order
from connectors.amazon.simulated.seller import MARKETPLACE
from connectors.amazon.simulator import Simulator
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import Command, RecordShipment, SetInventory, ShipFulfillmentOrder
from connectors.sdk.conformance.kit import OrderFacts
from connectors.sdk.conformance.world import PURCHASE
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind, Tracking
from connectors.sdk.values import LineQuantity

READ_AT = datetime(2026, 1, 10, 12, tzinfo=UTC)
"""When the samples were read."""
ORDERS = 5
A_PAGE = 2


class _Kit:
    ways: Mapping[str, Sequence[str]] = {
        "record_shipment": ("record_shipment", "record_shipment of some units"),
        "ship_fulfillment_order": ("ship_fulfillment_order", "ship_fulfillment_order, labeled"),
    }

    async def fill(self, simulator: Simulator, client: Client) -> None:
        """Orders of both sorts: pending, open, on their way, delivered, and one canceled."""
        simulator.operations.most_per_page = A_PAGE
        seller = simulator.seller
        made = [seller.order(PURCHASE, "MERCHANT") for _ in range(ORDERS)]
        for place, order in enumerate(made[:2]):
            lines = [(item.id, item.waiting) for item in order.items]
            seller.ship(order, str(place + 1), ("UPS", f"1Z{order.id}"), lines)
        seller.cancel(made[2])
        seller.advance(*made[:2], seller.order(PURCHASE, "AMAZON"))
        seller.order(PURCHASE, "AMAZON")
        seller.order(PURCHASE, "MERCHANT", is_paid=False)
        seller.plan(made[3], "DC-1")

    def present(self, kind: Kind, simulator: Simulator) -> Collection[str]:
        there: dict[Kind, Collection[str]] = {
            Kind.ORDER: simulator.seller.orders,
            Kind.LEVEL: [inventory.level_id(sku, MARKETPLACE) for sku in simulator.seller.fba],
            Kind.LOCATION: [MARKETPLACE],
        }
        return there[kind]

    async def arrange(self, way: str, simulator: Simulator, client: Client) -> Command:
        seller = simulator.seller
        order = seller.order(PURCHASE, "MERCHANT")
        match way:
            case "record_shipment" | "record_shipment of some units":
                items = order.items if way == "record_shipment" else order.items[:1]
                return RecordShipment(
                    key=f"key-{way}",
                    order_id=order.id,
                    lines=tuple(
                        LineQuantity(line_id=one.id, quantity=one.ordered) for one in items
                    ),
                    tracking=Tracking(number="1Z1", carrier="UPS"),
                )
            case "set_inventory":
                return SetInventory(
                    key="count",
                    item_id="TEE-S",
                    sku="TEE-S",
                    location_id="DC-1",
                    quantity=7,
                    expected=1000,
                )
            case _:
                return _shipping(simulator, order, is_labeled=way.endswith("labeled"))

    def effects(self, command: Command, simulator: Simulator) -> int:
        """Packages with the parcel's number, counts that were applied, packages handed over."""
        seller = simulator.seller
        match command:
            case RecordShipment():
                packages = seller.orders[command.order_id].packages
                return len([one for one in packages if one.number == command.tracking.number])
            case SetInventory():
                return len(seller.counts[command.item_id, command.location_id].updates)
            case ShipFulfillmentOrder():
                return seller.handed_over.count(command.fulfillment_order_id)
            case _:
                raise AssertionError(f"not a command of Amazon's: {command}")

    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        given = sample["given"]
        body = json.dumps(given).encode()
        raw = Node(parse_json(body))
        match sample["kind"]:
            case "webhook":
                delivery = RawDelivery(url="", headers={}, body=body)
                return webhooks.decode(delivery, MARKETPLACE)
            case "order":
                return orders.changes(raw, MARKETPLACE)
            case "location":
                return [inventory.location(raw, READ_AT)]
            case _ if "body" in given:
                body_of = raw["body"]
                place = (body_of["skuId"].id(), body_of["locationId"].id())
                return [inventory.our_level(raw, place, READ_AT)]
            case _:
                return [inventory.fba_level(raw, MARKETPLACE, READ_AT)]

    def order(self, facts: OrderFacts) -> Sequence[list[Change]]:
        """Amazon never says who a buyer is: nothing of one, nothing but a name, and the address
        for mail that it makes; and times with and without fractions."""
        buyers: list[dict[str, Any]] = [
            {},
            {"buyer": {}},
            {"buyer": {"buyerName": facts.person, "buyerEmail": "x1@marketplace.amazon.com"}},
        ]
        forms = [{**_stated(facts), **buyer} for buyer in buyers]
        forms.append({**_stated(facts), "createdTime": facts.placed_at.isoformat()})
        return [
            orders.changes(Node(parse_json(json.dumps(one, default=str))), MARKETPLACE)
            for one in forms
        ]


def _shipping(simulator: Simulator, order: Order, *, is_labeled: bool) -> ShipFulfillmentOrder:
    planned = simulator.seller.plan(order, "DC-1")
    simulator.seller.pack(planned)
    if is_labeled:
        simulator.seller.label(planned, "UPS", "1Z9")
    return ShipFulfillmentOrder(
        key="hand-over",
        fulfillment_order_id=planned.id,
        tracking=Tracking(number="1Z9", carrier="UPS"),
    )


def _stated(facts: OrderFacts) -> dict[str, Any]:
    amount = {"amount": str(facts.unit_price), "currencyCode": facts.currency}
    items = [
        {
            "orderItemId": str(10_000_000_000_000 + number),
            "quantityOrdered": 1,
            "product": {
                "title": facts.title,
                "sellerSku": f"SKU-{number}",
                "price": {"unitPrice": amount},
            },
            "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 1},
        }
        for number in range(facts.lines)
    ]
    moment = facts.placed_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "orderId": facts.id or "112-1234567-1234567",
        "createdTime": moment,
        "lastUpdatedTime": moment,
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": MARKETPLACE},
        "recipient": {"deliveryAddress": {"name": facts.person, "addressLine1": "9 Elm St"}},
        "fulfillment": {
            "fulfillmentStatus": facts.status or "UNSHIPPED",
            "fulfilledBy": "MERCHANT",
        },
        "orderItems": items,
    }


KIT = _Kit()
