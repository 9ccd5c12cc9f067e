"""What the conformance kit asks of this connector (see connectors.sdk.conformance.kit): how its
samples are read. It has no simulator: Tryton itself can be run.

A sample's ``given`` holds the answers to the searches that its kind is read by, under the names of
their models; quantities are asked for one warehouse at a time: ``"product.product@5"``.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from connectors.sdk.changes import Change
from connectors.sdk.conformance.kit import OrderFacts
from connectors.sdk.http import parse_json
from connectors.sdk.records import Kind
from connectors.tryton import stating
from connectors.tryton.mapping import catalog, customers, sales, shipments, stock, tills, wire
from connectors.tryton.mapping.stock import Places, Planned
from connectors.tryton.mapping.wire import Row

READ_AT = datetime(2026, 2, 28, 12, tzinfo=UTC)
"""When the samples were read."""


class _Answers:
    def __init__(self, given: Mapping[str, Any]) -> None:
        # As it comes off the wire: numbers with a point as Decimal.
        self._given = parse_json(msgspec.json.encode(given))

    def rows(self, model: str) -> list[Row]:
        return wire.rows(self._given.get(model, []))

    def by_id(self, model: str) -> dict[int, Row]:
        return {row.id: row for row in self.rows(model)}

    @property
    def places(self) -> Places:
        return stock.places(self.rows("stock.location"), self.rows("sale.point"))


class _Kit:
    def read(self, sample: Mapping[str, Any]) -> list[Change]:
        """Map every record of the kind that the answers hold."""
        return list(_READ[Kind(sample["kind"])](_Answers(sample["given"])))

    def order(self, facts: OrderFacts) -> Sequence[list[Change]]:
        return [self.read(sample) for sample in stating.orders(facts)]


def _locations(answers: _Answers) -> list[Change]:
    places = answers.places
    return [stock.location(one, places, READ_AT) for one in places.warehouses.values()]


def _products(answers: _Answers) -> list[Change]:
    rows = answers.rows("product.template")
    found = (catalog.product(row, "USD", READ_AT) for row in rows)
    return [one for one in found if one]


def _customers(answers: _Answers) -> list[Change]:
    return [customers.customer(row, READ_AT) for row in answers.rows("party.party")]


def _levels(answers: _Answers) -> list[Change]:
    places = answers.places
    plans = stock.planned(answers.rows("stock.move"), places)
    return [
        stock.level(row, id, plans.get((row.id, id), Planned()), READ_AT)
        for id in places.warehouses
        for row in answers.rows(f"product.product@{id}")
    ]


def _orders(answers: _Answers) -> list[Change]:
    every = answers.by_id(sales.MODEL)
    found = [
        change
        for row in every.values()
        for change in sales.changes(row, sales.kin(row, every, every.values()), READ_AT)
    ]
    places = answers.places
    for row in answers.rows(tills.MODEL):
        found += tills.changes(row, places, READ_AT)
    return found


def _shipments(answers: _Answers) -> list[Change]:
    context = shipments.Context(
        owners=answers.by_id(shipments.LINE),
        left_at=shipments.left_at(answers.rows("ir.model.log")),
    )
    return [
        change
        for row in answers.rows(shipments.MODEL)
        for change in shipments.changes(row, context, READ_AT)
    ]


_READ = {
    Kind.LOCATION: _locations,
    Kind.PRODUCT: _products,
    Kind.CUSTOMER: _customers,
    Kind.LEVEL: _levels,
    Kind.ORDER: _orders,
    Kind.FULFILLMENT_ORDER: _shipments,
}

KIT = _Kit()
