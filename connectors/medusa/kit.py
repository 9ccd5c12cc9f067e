"""What the conformance kit asks of this connector (see connectors.sdk.conformance.kit): how its
samples and an order's facts are read, and how its shop signs. It has no simulator: the shop itself
can be run."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.medusa import mapping, webhooks
from connectors.medusa.mapping import Node, Options, Reading
from connectors.sdk import signatures
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.conformance.kit import OrderFacts
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind

READ_AT = datetime(2026, 2, 28, 12, tzinfo=UTC)
"""When the samples were read."""
OPTIONS = Options(
    pickup_methods=frozenset({"Pickup in Reno"}),
    stores=frozenset({"STORE-NYC"}),
    verifies_email=True,
)
"""What the samples' operator says of the shop."""
READING = Reading(read_at=READ_AT, options=OPTIONS, reasons={"rr_1": "Too small"})

ROWS = {
    Kind.ORDER: "orders",
    Kind.CUSTOMER: "customers",
    Kind.PRODUCT: "products",
    Kind.LEVEL: "inventory_items",
    Kind.LOCATION: "stock_locations",
    Kind.RETURN: "orders",
}
"""Where an answer holds what a kind is read from."""


class _Kit:
    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        """Map a whole answer, or decode a webhook."""
        if sample["kind"] == "webhook":
            body = json.dumps(sample["given"]).encode()
            return webhooks.decode(RawDelivery(url="", headers={}, body=body), READ_AT)
        return _read(Kind(sample["kind"]), json.dumps(sample["given"]))

    def order(self, facts: OrderFacts) -> Sequence[list[Change]]:
        """State an order as the shop does: nobody is a null, all else has one form."""
        return [_read(Kind.ORDER, json.dumps({"orders": [_order(facts)]}))]

    def sign(self, body: bytes, secret: str, at: datetime) -> RawDelivery:
        """Send as the subscriber does; only time and signature matter, the rest repeats the
        body."""
        timestamp = str(int(at.timestamp()))
        signature = signatures.sha256(secret.encode(), timestamp.encode(), b".", body).hex()
        headers = {
            "content-type": "application/json",
            "x-medusa-timestamp": timestamp,
            "x-medusa-signature": f"sha256={signature}",
        }
        return RawDelivery(url="", headers=headers, body=body)


def _read(kind: Kind, answer: str) -> list[Change]:
    rows = Node(parse_json(answer), "answer").items(ROWS[kind])
    return [change for row in rows for change in mapping.row(kind, row, READING)]


def _order(facts: OrderFacts) -> dict[str, Any]:
    first, _, last = facts.person.partition(" ")
    total = facts.unit_price * facts.lines
    return {
        "id": f"order_{facts.id or '01K'}",
        "display_id": 7,
        "status": facts.status or "pending",
        "created_at": facts.placed_at.isoformat().replace("+00:00", "Z"),
        "updated_at": facts.placed_at.isoformat().replace("+00:00", "Z"),
        "canceled_at": None,
        "currency_code": facts.currency.lower(),
        "customer_id": None if facts.is_guest else "cus_01K",
        "email": "ada.park@example.com",
        **_amounts(total=total, item_subtotal=total),
        "shipping_address": {"first_name": first, "last_name": last, "country_code": "us"},
        "items": [_line(facts, number) for number in range(facts.lines)],
    }


def _line(facts: OrderFacts, number: int) -> dict[str, Any]:
    return {
        "id": f"ordli_{number}",
        "title": "Standard",
        "product_title": facts.title,
        "variant_id": "variant_01K",
        "variant_sku": "TEE-CNV-S",
        "is_tax_inclusive": False,
        "quantity": 1,
        "detail": {"quantity": 1, "fulfilled_quantity": 0},
        **_amounts(unit_price=facts.unit_price, subtotal=facts.unit_price),
    }


def _amounts(**amounts: Decimal) -> dict[str, Any]:
    """Each amount as Medusa has it: a float, and all digits of it beside."""
    exact = {f"raw_{name}": {"value": str(each), "precision": 20} for name, each in amounts.items()}
    return {name: float(each) for name, each in amounts.items()} | exact


KIT = _Kit()
