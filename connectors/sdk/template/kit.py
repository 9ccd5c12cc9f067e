"""What the conformance kit cannot know of Acme.

connectors/sdk/conformance/kit.py says each part in full.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.commands import CancelOrder, Command
from connectors.sdk.conformance.kit import OrderFacts
from connectors.sdk.conformance.world import PURCHASE
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.sdk.template import mapping, webhooks
from connectors.sdk.template.simulator import Simulator


class _Kit:
    # For reads and webhooks

    async def fill(self, simulator: Simulator, client: object) -> None:
        """Three orders on pages of two: a reading that stops at the first page would show."""
        simulator.page_size = 2
        for _ in range(3):
            simulator.buy(PURCHASE)

    def present(self, kind: Kind, simulator: Simulator) -> Collection[str]:
        return [str(id) for id in simulator.orders]

    # For commands

    async def arrange(self, way: str, simulator: Simulator, client: object) -> Command:
        return CancelOrder(key="arranged", order_id=simulator.buy(PURCHASE), reason="customer")

    def effects(self, command: Command, simulator: Simulator) -> int:
        """How often the units went back: that adds up, while "canceled" is merely set again."""
        return len(simulator.put_back)

    # For samples and facts: by the very functions that read what comes over the wire

    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        body = json.dumps(sample["given"]).encode()
        if sample["kind"] == "webhook":
            return webhooks.decode(RawDelivery(url="", headers={}, body=body), datetime.now(UTC))
        return [mapping.order(parse_json(body))]

    def order(self, facts: OrderFacts) -> Sequence[list[Change]]:
        """A guest is null or 0; times are UTC, or with the shop's own offset."""
        local = facts.placed_at.astimezone(timezone(timedelta(hours=-8)))
        nobody: tuple[Any, ...] = (None, 0)
        given = [_stated(facts, one) for one in (nobody if facts.is_guest else (7,))]
        given.append({**given[0], "created_at": local.isoformat()})
        return [self.read({"kind": "order", "given": one}) for one in given]


def _stated(facts: OrderFacts, customer_id: Any) -> dict[str, Any]:
    """The order of samples/order.json, with *facts* in the place of its own."""
    path = Path(__file__).with_name("samples") / "order.json"
    sample = json.loads(path.read_text())["given"]
    price = {"title": facts.title, "price": str(facts.unit_price)}
    return {
        **sample,
        "id": int(facts.id or sample["id"]),
        "status": facts.status or "open",
        "created_at": facts.placed_at.isoformat(),
        "currency": facts.currency,
        "customer_id": customer_id,
        "ship_to": {**sample["ship_to"], "name": facts.person},
        "items": [{**sample["items"][0], **price, "id": line} for line in range(facts.lines)],
    }


KIT = _Kit()
