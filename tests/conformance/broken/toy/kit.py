"""What the kit asks of the toy shop."""

import html
import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import CancelOrder, Command, CreateRefund, SetInventory
from connectors.sdk.conformance.kit import OrderFacts, TrackerFacts
from connectors.sdk.records import Kind
from connectors.sdk.values import Money
from tests.conformance.broken.toy.client import Toy
from tests.conformance.broken.toy.system import Simulator

ORDERS = 3


class Kit:
    """*client* reads what is stated: a flaw puts another in its place."""

    client: type[Toy] = Toy

    async def fill(self, simulator: Simulator, client: Toy) -> None:
        for _ in range(ORDERS):
            simulator.buy()

    def present(self, kind: Kind, simulator: Simulator) -> Collection[str]:
        if kind is Kind.ORDER:
            return simulator.orders
        if kind is Kind.TRACKER:
            return [one["number"] for one in simulator.parcels]
        return [one["id"] for one in simulator.locations]

    async def arrange(self, way: str, simulator: Simulator, client: Toy) -> Command:
        order_id = simulator.buy()["id"]
        match way:
            case "cancel_order":
                return CancelOrder(key="cancel", order_id=order_id, reason="customer")
            case "set_inventory":
                return SetInventory(
                    key="set", item_id="TEE", sku="TEE", location_id="l-0", quantity=7
                )
            case _:
                amount = Money(minor=500, currency="USD")
                return CreateRefund(
                    key="refund", order_id=order_id, payment_id=None, amount=amount, reason="r"
                )

    def effects(self, command: Command, simulator: Simulator) -> int:
        match command:
            case CancelOrder():
                return simulator.restocked // 2
            case SetInventory():
                return len(simulator.counts)
            case _:
                return len(simulator.refunds)

    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        client = self.client(_NO_DOOR, "USD")
        match sample["kind"]:
            case "webhook":
                body = json.dumps(sample["given"]).encode()
                now = datetime.now(UTC)
                return client.decode(RawDelivery(url="", headers={}, body=body), now)
            case "location":
                return [client.location(sample["given"])]
            case "tracker":
                return [client.tracker(sample["given"])]
            case _:
                return [client.order(sample["given"])]

    def order(self, facts: OrderFacts) -> Sequence[list[Change]]:
        """Nobody is null, 0 or nothing; times are UTC, or with the shop's own offset."""
        stated = {
            "id": facts.id or "o-1",
            "number": "#1",
            "state": facts.status or "open",
            "updated_at": _written(facts.placed_at),
            "placed_at": _written(facts.placed_at),
            "title": html.escape(facts.title),
            "price": str(facts.unit_price),
            "currency": facts.currency,
            "lines": facts.lines,
            "ordered": 1,
            "canceled": 0,
        }
        there = facts.placed_at.astimezone(timezone(timedelta(hours=-8)))
        nobody: tuple[Any, ...] = (None, 0, "") if facts.is_guest else ("c-1",)
        forms = [{**stated, "customer": one} for one in nobody]
        forms.append({**forms[0], "placed_at": there.isoformat()})
        return [self.read({"kind": "order", "given": form}) for form in forms]

    def tracker(self, facts: TrackerFacts) -> Sequence[list[Change]]:
        status = facts.status or "moving"
        at = _written(facts.scanned_at)
        scan = {"at": at, "status": status, "text": html.escape(facts.description)}
        stated = {
            "number": facts.number,
            "status": status,
            "updated_at": at,
            "scans": [scan],
        }
        return [self.read({"kind": "tracker", "given": stated})]


def _written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


_NO_DOOR: Any = None
"""Reading a sample sends nothing."""
