"""How Tryton states an order of given facts, in each of its forms, as samples: for kit.py."""

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.sdk.conformance.kit import OrderFacts

Json = dict[str, Any]


def orders(facts: OrderFacts) -> Iterator[Json]:
    """A sale of a till; and one of the office, unless it is of nobody: those have a party always.
    Both as SQLite has flags (0 and 1), and PostgreSQL (false and true)."""
    for is_sqlite in (False, True):
        yield _till(facts, is_sqlite=is_sqlite)
        if not facts.is_guest:
            yield _office(facts, is_sqlite=is_sqlite)


def _office(facts: OrderFacts, *, is_sqlite: bool) -> Json:
    sample = _read("order")
    (sale,) = sample["given"]["sale.sale"]
    total = _decimal(facts.unit_price * facts.lines)
    sale |= {
        "id": int(facts.id or 7),
        "state": facts.status or "processing",
        "create_date": _time(facts.placed_at),
        "currency": {**sale["currency"], "code": facts.currency},
        "untaxed_amount": total,
        "tax_amount": _decimal(Decimal()),
        "total_amount": total,
        "shipments": [],
    }
    sale["party"]["name"] = facts.person
    sale["shipment_address"]["party_name"] = None
    line = sale["lines"][0] | {
        "quantity": 1.0,
        "unit_price": _decimal(facts.unit_price),
        "amount": _decimal(facts.unit_price),
        "movable": 1 if is_sqlite else True,
        "moves": [],
        "moves_ignored": [],
    }
    line["product"]["template"]["name"] = facts.title
    sale["lines"] = [{**line, "id": place} for place in range(facts.lines)]
    return sample


def _till(facts: OrderFacts, *, is_sqlite: bool) -> Json:
    sample = _read("till")
    (sale,) = sample["given"]["sale.point.sale"]
    sale |= {
        "id": int(facts.id or 3),
        "state": facts.status or "posted",
        "create_date": _time(facts.placed_at),
        "currency": {**sale["currency"], "code": facts.currency},
        "payments": [],
    }
    sale["point"]["tax_included"] = 0 if is_sqlite else False
    price = _decimal(facts.unit_price)
    line = sale["lines"][0] | {"unit_list_price": price, "unit_gross_price": price}
    line["product"]["template"]["name"] = facts.title
    sale["lines"] = [{**line, "id": place} for place in range(facts.lines)]
    return sample


def _read(name: str) -> Json:
    path = Path(__file__).with_name("samples") / f"{name}.json"
    sample: Json = json.loads(path.read_text())
    return sample


def _decimal(amount: Decimal) -> Json:
    return {"__class__": "Decimal", "decimal": str(amount)}


def _time(at: datetime) -> Json:
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{part: getattr(at, part) for part in parts}}
