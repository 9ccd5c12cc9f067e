"""What the conformance kit asks of this connector (see connectors.sdk.conformance.kit): how its
samples are read, and how it would state an order. It has no simulator: Odoo itself can be run.

A sample's ``given`` holds the rows that its kind is put together of, under the names of their
models; quantities are asked for one place at a time: ``"product.product@1"`` are those of the
warehouse 1.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.odoo.mapping import catalog, customers, pickings, sales, stock, tills, wire
from connectors.odoo.mapping.stock import Book, Places
from connectors.odoo.mapping.wire import Tables
from connectors.sdk.changes import Change
from connectors.sdk.conformance.kit import OrderFacts
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind

READ_AT = datetime(2026, 2, 28, 12, tzinfo=UTC)
"""When the samples were read."""


class _Kit:
    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        """Map every record of the kind that the rows hold."""
        return _READ[Kind(sample["kind"])](_book(sample["given"]))

    def order(self, facts: OrderFacts) -> Sequence[list[Change]]:
        """State it at the till, and in the office where somebody buys: an office's sale has no
        guests."""
        forms = [_book(_at_till(facts))]
        if not facts.is_guest:
            forms.append(_book(_at_office(facts)))
        return [_orders(book) for book in forms]


def _book(given: Mapping[str, Any]) -> Book:
    # As it comes off the wire: numbers with a point as Decimal.
    parsed = parse_json(msgspec.json.encode(given))
    tables = Tables({model: wire.rows(rows) for model, rows in parsed.items()})
    return Book(tables=tables, places=Places(tables), asked_at=READ_AT)


def _locations(book: Book) -> list[Change]:
    return [stock.location(one, book) for one in book.places.warehouses.values()]


def _products(book: Book) -> list[Change]:
    rows = book.tables.rows(catalog.TEMPLATE)
    found = (catalog.product(row, book.tables, READ_AT) for row in rows)
    return [one for one in found if one]


def _customers(book: Book) -> list[Change]:
    rows = [row for row in book.tables.rows(customers.MODEL) if customers.is_customer(row)]
    return [customers.customer(row, book.tables, READ_AT) for row in rows]


def _levels(book: Book) -> list[Change]:
    return [
        stock.level(row, id, READ_AT)
        for id in book.places.warehouses
        for row in book.tables.rows(f"{catalog.PRODUCT}@{id}")
    ]


def _orders(book: Book) -> list[Change]:
    found: list[Change] = []
    for row in book.tables.rows(sales.MODEL):
        order = sales.order(row, book)
        found += [order] if order else []
    for row in book.tables.rows(pickings.MODEL):
        found += pickings.returns(row, book)
    for row in book.tables.rows(tills.MODEL):
        found += tills.changes(row, book)
    return found


def _works(book: Book) -> list[Change]:
    rows = book.tables.rows(pickings.MODEL)
    return [change for row in rows for change in pickings.works(row, book)]


_READ = {
    Kind.LOCATION: _locations,
    Kind.PRODUCT: _products,
    Kind.CUSTOMER: _customers,
    Kind.LEVEL: _levels,
    Kind.ORDER: _orders,
    Kind.FULFILLMENT_ORDER: _works,
}


def _at_till(facts: OrderFacts) -> Mapping[str, Any]:
    id = int(facts.id or 7)
    lines = [
        {
            "id": number,
            "order_id": [id, "Main/0007"],
            "product_id": [4, "[TEE-S]"],
            "qty": 1.0,
            "price_subtotal": _number(facts),
            "price_subtotal_incl": _number(facts),
            "tax_ids": [],
        }
        for number in range(1, facts.lines + 1)
    ]
    order = {
        "id": id,
        "name": "Main/0007",
        "pos_reference": "Order 00001-001-0007",
        "state": facts.status or "paid",
        "date_order": facts.placed_at.strftime(wire.TIME),
        "partner_id": False if facts.is_guest else [10, facts.person],
        "pricelist_id": [1, "Public"],
        "location_id": [19, "NYC/Stock"],
        "note": False,
    }
    return {
        tills.MODEL: [order],
        tills.LINE: lines,
        tills.PAYMENT: [],
        tills.PRICELIST: [{"id": 1, "currency_id": [3, facts.currency]}],
        catalog.PRODUCT: [_product(facts)],
    }


def _at_office(facts: OrderFacts) -> Mapping[str, Any]:
    id = int(facts.id or 7)
    lines = [
        {
            "id": number,
            "order_id": [id, "SO007"],
            "name": facts.title,
            "product_id": [4, "[TEE-S]"],
            "product_uom": [1, "Unit(s)"],
            "product_uom_qty": 1.0,
            "qty_delivered": 0.0,
            "price_subtotal": _number(facts),
            "price_total": _number(facts),
            "tax_id": [],
            "is_delivery": False,
        }
        for number in range(1, facts.lines + 1)
    ]
    whole = facts.unit_price * facts.lines
    order = {
        "id": id,
        "name": "SO007",
        "state": facts.status or "sale",
        "date_order": facts.placed_at.strftime(wire.TIME),
        "client_order_ref": False,
        "partner_id": [10, facts.person],
        "partner_shipping_id": [10, facts.person],
        "partner_invoice_id": [10, facts.person],
        "currency_id": [3, facts.currency],
        "carrier_id": False,
        "note": False,
        "amount_untaxed": float(whole),
        "amount_tax": 0.0,
        "amount_total": float(whole),
    }
    return {
        sales.MODEL: [order],
        sales.LINE: lines,
        catalog.PRODUCT: [_product(facts)],
        customers.MODEL: [_partner(facts)],
    }


def _product(facts: OrderFacts) -> Mapping[str, Any]:
    return {
        "id": 4,
        "display_name": facts.title,
        "default_code": "TEE-S",
        "type": "product",
        "uom_id": [1, "Unit(s)"],
    }


def _partner(facts: OrderFacts) -> Mapping[str, Any]:
    absent = (name for name in customers.ADDRESS if name not in ("name", "is_company"))
    row: dict[str, Any] = dict.fromkeys(absent, False)
    return {**row, "id": 10, "name": facts.person, "is_company": False, "type": "contact"}


def _number(facts: OrderFacts) -> float:
    """Odoo writes amounts as the shortest number that reads back the same."""
    return float(facts.unit_price)


KIT = _Kit()
