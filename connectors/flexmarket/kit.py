"""What the conformance kit asks of this connector (see connectors.sdk.conformance.kit). It has no
simulator: the marketplace itself can be run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from connectors.flexmarket import mapping, webhooks
from connectors.flexmarket.mapping import Shop
from connectors.flexmarket.row import Row
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change
from connectors.sdk.conformance.kit import OrderFacts
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind

SHOP = Shop(
    id="5d0e3c7a-0000-4000-8000-000000000001",
    name="Kettle & Co",
    slug="kettle-co",
    status="approved",
    currency="USD",
    host="market.example.com",
    read_at=datetime(2026, 10, 22, 12, tzinfo=UTC),
)
"""Whose the samples are, and when they were read."""

_LAGOS = timezone(timedelta(hours=1))
"""The marketplace writes times of its own zone; UTC's end with Z."""


class _Kit:
    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        """Map rows as they come over the wire. A listing stands beside its variants, a return
        beside the shopper's order and the id of the seller's."""
        given = msgspec.json.encode(sample["given"])
        if sample["kind"] == "webhook":
            return webhooks.decode(RawDelivery(url="", headers={}, body=given), has_staff=True)
        row = Row.of(parse_json(given))
        match Kind(sample["kind"]):
            case Kind.ORDER:
                return mapping.order(row, SHOP)
            case Kind.PRODUCT:
                return mapping.product(row.row("listing"), row.rows("variants"), SHOP)
            case Kind.LEVEL:
                return mapping.level(row, SHOP)
            case Kind.RETURN:
                order_id = row.text("order_id")
                return mapping.returned(row.row("return"), row.row("order"), order_id, SHOP)
            case _:
                price = Row.of({"currency": SHOP.currency})
                return mapping.location(Shop.of(row, price, SHOP.host, SHOP.read_at))

    def sign(self, body: bytes, secret: str, at: datetime) -> RawDelivery:
        """Send as the marketplace does; the signature alone matters, the rest repeats the body."""
        seconds = str(int(at.timestamp()))
        headers = {
            "content-type": "application/json",
            webhooks.HEADER: webhooks.signed(body, secret, seconds),
        }
        return RawDelivery(url="", headers=headers, body=body)

    def order(self, facts: OrderFacts) -> Sequence[list[Change]]:
        """State one order with times of UTC, and with those of another zone. A seller is never
        told a customer, and the currency is the marketplace's."""
        times = (facts.placed_at, facts.placed_at.astimezone(_LAGOS))
        return [_order(facts, at) for at in times]


def _order(facts: OrderFacts, placed_at: datetime) -> list[Change]:
    price = str(facts.unit_price)
    given = {
        "id": facts.id or "0f6a1d0e-0000-4000-8000-000000000002",
        "order_number": "FC26030512345678",
        "status": facts.status or "confirmed",
        "gross_amount": str(facts.unit_price * facts.lines),
        "commission_rate": "0.1000",
        "commission_amount": "2.00",
        "refunded_amount": "0.00",
        "net_amount": "17.99",
        "delivered_at": None,
        "items": [
            {
                "order_item_id": f"0f6a1d0e-0000-4000-9000-{number:012}",
                "name": facts.title,
                "sku": f"TEE-{number}",
                "quantity": 1,
                "quantity_shipped": 0,
                "unit_price": price,
                "line_total": price,
            }
            for number in range(facts.lines)
        ],
        "shipping_address": {"first_name": facts.person, "last_name": "", "country": "Canada"},
        "customer_note": "",
        "created_at": placed_at.isoformat().replace("+00:00", "Z"),
    }
    shop = replace(SHOP, currency=facts.currency)
    return mapping.order(Row.of(parse_json(msgspec.json.encode(given))), shop)


KIT = _Kit()
