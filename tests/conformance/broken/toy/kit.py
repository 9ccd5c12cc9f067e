"""What the kit asks of the toy shop."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import CancelOrder, Command, CreateRefund, SetInventory
from connectors.sdk.records import Kind
from connectors.sdk.values import Money
from tests.conformance.broken.toy.client import Toy
from tests.conformance.broken.toy.system import Simulator

ORDERS = 3


class Kit:
    async def fill(self, simulator: Simulator, client: Toy) -> None:
        for _ in range(ORDERS):
            simulator.buy()

    def present(self, kind: Kind, simulator: Simulator) -> Collection[str]:
        if kind is Kind.ORDER:
            return simulator.orders
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
        client = Toy(_NO_DOOR, "USD")
        match sample["kind"]:
            case "webhook":
                body = json.dumps(sample["given"]).encode()
                now = datetime.now(UTC)
                return client.decode(RawDelivery(url="", headers={}, body=body), now)
            case "location":
                return [client.location(sample["given"])]
            case _:
                return [client.order(sample["given"])]


_NO_DOOR: Any = None
"""Reading a sample sends nothing."""
