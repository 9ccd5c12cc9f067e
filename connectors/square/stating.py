"""How Square states an order of given facts, in each of its forms, as samples: for kit.py."""

import json
from collections.abc import Iterator
from datetime import timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.sdk.conformance.kit import OrderFacts
from connectors.sdk.values import minor_digits

Json = dict[str, Any]

NOBODY: tuple[Json, ...] = ({}, {"customer_id": None}, {"customer_id": ""})


def orders(facts: OrderFacts) -> Iterator[Json]:
    """Nobody is an absent customer, null or ""; times are written in three ways. Nothing where a
    price is no whole number of the currency's smallest unit: Square has no other amounts."""
    price = facts.unit_price.scaleb(minor_digits(facts.currency))
    if price != int(price):
        return
    there = facts.placed_at.astimezone(timezone(timedelta(hours=-8)))
    times = (
        f"{facts.placed_at:%Y-%m-%dT%H:%M:%SZ}",
        f"{facts.placed_at:%Y-%m-%dT%H:%M:%S.000Z}",
        there.isoformat(),
    )
    for nobody, created_at in zip(NOBODY, times, strict=True):
        somebody = nobody if facts.is_guest else {"customer_id": "CUST-9"}
        given = {**_order(facts, price), **somebody, "created_at": created_at}
        yield {"kind": "order", "given": given}


def _order(facts: OrderFacts, price: Decimal) -> Json:
    """The order of a sample, with the facts in place of its own; one shipment holds every line."""
    path = Path(__file__).with_name("samples") / "order_to_ship.json"
    sample: Json = json.loads(path.read_text())["given"]
    del sample["customer_id"]
    shipment = {**sample["fulfillments"][0], "line_item_application": "ALL", "entries": []}
    shipment["shipment_details"]["recipient"]["display_name"] = facts.person
    amount = {"amount": int(price), "currency": facts.currency}
    line = {"name": facts.title, "quantity": "1", "base_price_money": amount}
    return {
        **sample,
        "id": facts.id or sample["id"],
        "state": facts.status or "OPEN",
        "line_items": [
            {**line, "uid": f"l{place}", "total_money": amount} for place in range(facts.lines)
        ],
        "service_charges": [],
        "fulfillments": [shipment],
        "tenders": [],
        "total_money": {**amount, "amount": int(price) * facts.lines},
        "total_service_charge_money": {**amount, "amount": 0},
    }
