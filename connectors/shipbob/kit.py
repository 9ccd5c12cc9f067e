"""What the conformance kit asks of ShipBob's simulator (see connectors.sdk.conformance.kit)."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import (
    CancelFulfillment,
    Command,
    RequestedLine,
    RequestFulfillment,
    RequestReturn,
)
from connectors.sdk.conformance.kit import TrackerFacts
from connectors.sdk.conformance.world import HOME
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.sdk.records.states import ReturnReason
from connectors.sdk.values import LineQuantity, Money
from connectors.shipbob import mapping, webhooks
from connectors.shipbob.connector import Client
from connectors.shipbob.mapping import Node
from connectors.shipbob.simulator import Simulator

READ_AT = datetime(2026, 1, 10, 12, tzinfo=UTC)
"""When the samples were read."""
ORDERS = 5
A_PAGE = 2
STEPS = 5
"""From taken to delivered."""


class _Kit:
    async def fill(self, simulator: Simulator, client: Client) -> None:
        """Orders that are delivered, one that comes back, one that is canceled, one on its way."""
        simulator.most_per_page = A_PAGE
        number = len(simulator.warehouse.orders)
        for one in range(number, number + ORDERS):
            await client.perform(_request(f"fill-{one}", simulator))
        *_, first, canceled = simulator.warehouse.orders.values()
        await client.perform(
            CancelFulfillment(key="k", fulfillment_order_id=str(canceled.id), reason="r")
        )
        for _ in range(STEPS):
            simulator.advance()
        simulator.warehouse.send_back(first.shipments[0])
        await client.perform(_request(f"fill-{number + ORDERS}", simulator))

    def present(self, kind: Kind, simulator: Simulator) -> Collection[str]:
        warehouse = simulator.warehouse
        there: dict[Kind, Iterable[object]] = {
            Kind.LOCATION: warehouse.places,
            Kind.PRODUCT: [item.product_id for item in warehouse.items.values()],
            Kind.LEVEL: [f"{item}@{place}" for item, place in warehouse.stock],
            Kind.FULFILLMENT_ORDER: warehouse.orders,
            Kind.SHIPMENT: [one.id for one in warehouse.shipments()],
            Kind.TRACKER: [one.id for one in warehouse.shipments() if one.scans],
            Kind.RETURN: warehouse.returns,
        }
        return {str(one) for one in there[kind]}

    async def arrange(self, way: str, simulator: Simulator, client: Client) -> Command:
        request = _request("arranged", simulator)
        if way == "request_fulfillment":
            return request
        asked = await client.perform(request)
        order_id = asked.external_id or ""
        if way == "request_return":
            for _ in range(STEPS):
                simulator.advance()
            lines = (LineQuantity(sku="TEE-S", quantity=1),)
            why = ReturnReason.UNWANTED
            return RequestReturn(key="back", order_id=order_id, lines=lines, reason=why)
        return CancelFulfillment(key="cancel", fulfillment_order_id=order_id, reason="customer")

    def effects(self, command: Command, simulator: Simulator) -> int:
        """Orders of the reference, or cancellations that ShipBob told of."""
        if isinstance(command, RequestFulfillment):
            orders = simulator.warehouse.orders.values()
            return len([one for one in orders if one.reference_id == command.reference])
        if isinstance(command, RequestReturn):
            return len(simulator.warehouse.returns)
        topics = [post.headers["x-webhook-topic"] for post in simulator.posts]
        return topics.count("order.shipment.cancelled")

    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        given = sample["given"]
        if sample["kind"] == "webhook":
            body = json.dumps(given["body"]).encode()
            headers = {"x-webhook-topic": given["topic"]}
            return webhooks.decode(RawDelivery(url="", headers=headers, body=body))
        return list(_MAPPERS[sample["kind"]](Node(parse_json(json.dumps(given)))))

    def tracker(self, facts: TrackerFacts) -> Sequence[list[Change]]:
        """A scan's time in UTC, with an offset, and with none, which is UTC too; what was said of
        it, by ShipBob or by the carrier alone."""
        there = facts.scanned_at.astimezone(timezone(timedelta(hours=-8)))
        said = {"message": facts.description, "carrier_message": "OFD"}
        by_carrier = {"message": None, "carrier_message": facts.description}
        forms = (
            {"timestamp": f"{facts.scanned_at:%Y-%m-%dT%H:%M:%SZ}", **said},
            {"timestamp": there.isoformat(), **by_carrier},
            {"timestamp": f"{facts.scanned_at:%Y-%m-%dT%H:%M:%S.0000000}", **said},
        )
        return [self.read({"kind": "tracker", "given": _tracker(facts, one)}) for one in forms]


def _tracker(facts: TrackerFacts, scan: Mapping[str, Any]) -> dict[str, Any]:
    """The tracker of a sample, with one scan in place of its own."""
    path = Path(__file__).with_name("samples") / "tracker.json"
    sample = json.loads(path.read_text())["given"]
    said = {"status": facts.status or "InTransit", "substatus": None}
    number = {"tracking_id": facts.number, "carrier_tracking_number": facts.number}
    return {**sample, **said, **number, "history": [{**sample["history"][0], **said, **scan}]}


_MAPPERS: dict[str, Callable[[Node], Iterable[Change]]] = {
    "order": lambda raw: mapping.order(raw, READ_AT),
    "shipment": lambda raw: [mapping.shipment(raw, READ_AT)],
    "location": lambda raw: [mapping.location(raw, READ_AT)],
    "product": lambda raw: [mapping.product(raw, READ_AT)],
    "level": lambda raw: mapping.levels(raw, READ_AT),
    "return": lambda raw: mapping.goods_back(raw, READ_AT, "fo-77"),
    "tracker": lambda raw: mapping.tracker(raw, READ_AT),
}


def _request(reference: str, simulator: Simulator) -> RequestFulfillment:
    item = simulator.warehouse.items["TEE-S"]
    line = RequestedLine(
        item_id=str(item.variant_id),
        sku=item.sku,
        quantity=2,
        title=item.title,
        unit_price=Money(minor=1999, currency="USD"),
    )
    return RequestFulfillment(
        key=f"key-{reference}",
        reference=reference,
        order_number="#1001",
        location_id="1",
        lines=(line,),
        ship_to=HOME,
    )


KIT = _Kit()
