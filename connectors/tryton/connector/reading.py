"""Reading subjects by their ids: each kind in as few searches as Tryton allows."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import msgspec

from connectors.sdk.changes import Change, Removed, read
from connectors.sdk.errors import Misconfigured
from connectors.sdk.records import Kind
from connectors.tryton.connector.door import Door
from connectors.tryton.feeds import HIDDEN, Subject
from connectors.tryton.mapping import catalog, customers, sales, shipments, stock, tills, wire
from connectors.tryton.mapping.stock import Places, Planned, Warehouse
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Domain, Json, Search

MANY = 1000
"""Rows of a search whose rows are small: places, moves."""

ALL_PLACES = Search(
    model="stock.location",
    fields=stock.LOCATION,
    domain=[["type", "in", ["warehouse", "storage", "view"]]],
    size=MANY,
    context=HIDDEN,
)
ALL_POINTS = Search(model="sale.point", fields=stock.POINT, size=MANY)


def now() -> datetime:
    return datetime.now(UTC)


class Reader:
    """Reads records of one database. Missing subjects come back as Removed, unreadable ones as
    Unreadable. Raises: as `Door`."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._currency: str | None = None

    async def locations(self, ids: Collection[int] | None = None) -> list[Change]:
        """Read these warehouses, all of them for None."""
        asked_at = now()
        places = await self.places()
        wanted = places.warehouses.keys() if ids is None else ids
        found: list[Change] = []
        for id in wanted:
            warehouse = places.warehouses.get(id)
            if warehouse is None:
                found.append(Removed(kind=Kind.LOCATION, external_id=str(id)))
                continue
            mapping = partial(_location, warehouse, places, asked_at)
            found += _read(Kind.LOCATION, str(id), warehouse.row, mapping)
        return found

    async def places(self) -> Places:
        """Read the tree of locations, and the tills that tell which warehouses are stores."""
        locations = await self._door.all(ALL_PLACES)
        return stock.places(locations, await self._door.all(ALL_POINTS))

    async def products(self, ids: Sequence[int]) -> list[Change]:
        asked_at, currency = now(), await self.currency()
        rows = await self._by_id("product.template", catalog.FIELDS, ids)

        def changes(row: Row) -> list[Change]:
            record = catalog.product(row, currency, asked_at)
            return [record] if record else []

        return _each(Kind.PRODUCT, ids, rows, changes)

    async def currency(self) -> str:
        """Return the company's currency, which its prices are in; read once."""
        if self._currency is None:
            domain: Domain = [["id", "=", self._door.company]]
            fields = ("currency.code",)
            search = Search(model="company.company", fields=fields, domain=domain)
            row = await self._door.find(search)
            if row is None:
                raise Misconfigured(f"company: there is no company {self._door.company}")
            self._currency = row.row("currency").text("code")
        return self._currency

    async def customers(self, ids: Sequence[int]) -> list[Change]:
        asked_at = now()
        rows = await self._by_id("party.party", customers.FIELDS, ids)

        def changes(row: Row) -> list[Change]:
            return [customers.customer(row, asked_at)]

        return _each(Kind.CUSTOMER, ids, rows, changes)

    async def levels(
        self, products: Sequence[int], warehouses: Collection[int] | None = None
    ) -> list[Change]:
        """Read the stock of *products* in every warehouse, or in these.

        Tryton answers for one warehouse at a time: it takes the place from the context. The plans
        are read before the stock: goods that leave between the two are then missed twice, which
        shows too little for a moment, never too much.
        """
        asked_at, places = now(), await self.places()
        plans = stock.planned(await self._open_moves(products), places)
        found: list[Change] = []
        for warehouse in places.warehouses.keys() if warehouses is None else warehouses:
            if warehouse not in places.warehouses:
                gone = [stock.level_id(product, warehouse) for product in products]
                found += [Removed(kind=Kind.LEVEL, external_id=one) for one in gone]
                continue
            rows = await self.on_hand(products, warehouse)
            found += _levels(products, rows, warehouse, plans, asked_at)
        return found

    async def on_hand(
        self, products: Sequence[int], location: int, context: Mapping[str, Json] = HIDDEN
    ) -> dict[int, Row]:
        """Read `quantity` of *products* in *location* and all inside it.

        In the *context* ``with_childs: False`` leaves out what is inside, and ``stock_assign:
        True`` what is set aside for a shipment.
        """
        context = {**HIDDEN, **context, "locations": [location]}
        return await self._by_id("product.product", stock.PRODUCT, products, context)

    async def _open_moves(self, products: Sequence[int]) -> list[Row]:
        domain: Domain = [*stock.OPEN_MOVES, ["product", "in", products]]
        search = Search(model="stock.move", fields=stock.MOVE, domain=domain, size=MANY)
        return await self._door.all(search)

    async def orders(self, subjects: Sequence[Subject]) -> list[Change]:
        """Read sales of the office and of the tills."""
        at_office = [id for model, id in subjects if model == sales.MODEL]
        at_till = [id for model, id in subjects if model == tills.MODEL]
        found = await self._sales(at_office) if at_office else []
        return found + (await self._tills(at_till) if at_till else [])

    async def sale(self, id: int) -> Row | None:
        return (await self._by_id(sales.MODEL, sales.FIELDS, [id])).get(id)

    async def returns_of(self, ids: Sequence[int]) -> list[Row]:
        """Read the sales that take goods of these sales back."""
        names = [wire.name(sales.MODEL, id) for id in ids]
        domain = [["origin", "in", names]]
        return await self._door.all(Search(model=sales.MODEL, fields=sales.FIELDS, domain=domain))

    async def _sales(self, ids: Sequence[int]) -> list[Change]:
        """A return changes its order, too: that one is read along with it."""
        asked_at = now()
        rows = await self._by_id(sales.MODEL, sales.FIELDS, ids)
        origins = {sales.origin(row) for row in rows.values()} - {None} - rows.keys()
        more = await self._by_id(sales.MODEL, sales.FIELDS, [id for id in origins if id])
        every = {**rows, **more}
        returns = await self.returns_of(list(every)) if every else []

        def changes(row: Row) -> list[Change]:
            return sales.changes(row, sales.kin(row, every, returns), asked_at)

        return _each(Kind.ORDER, [*ids, *more], every, changes, partial(wire.name, sales.MODEL))

    async def _tills(self, ids: Sequence[int]) -> list[Change]:
        asked_at, places = now(), await self.places()
        rows = await self._by_id(tills.MODEL, tills.FIELDS, ids)

        def changes(row: Row) -> list[Change]:
            return tills.changes(row, places, asked_at)

        return _each(Kind.ORDER, ids, rows, changes, partial(wire.name, tills.MODEL))

    async def shipments(self, ids: Sequence[int]) -> list[Change]:
        asked_at = now()
        rows = await self._by_id(shipments.MODEL, shipments.FIELDS, ids)
        lines = [line for row in rows.values() for line in shipments.sale_lines(row)]
        context = shipments.Context(
            owners=await self._by_id(shipments.LINE, shipments.OWNER, lines),
            left_at=await self._left_at(rows.values()),
        )

        def changes(row: Row) -> list[Change]:
            return shipments.changes(row, context, asked_at)

        named = partial(wire.name, shipments.MODEL)
        return _each(Kind.FULFILLMENT_ORDER, ids, rows, changes, named)

    async def _left_at(self, rows: Iterable[Row]) -> Mapping[int, datetime]:
        """Ask the journal when goods left: the shipment itself keeps the day only."""
        left = [row.id for row in rows if row.find_text("state") in sales.LEFT]
        if not left:
            return {}
        domain: Domain = [
            ["resource", "in", [wire.name(shipments.MODEL, id) for id in left]],
            ["event", "=", "transition"],
            ["target", "in", [f"state:{state}" for state in sales.LEFT]],
        ]
        fields = ("resource", "create_date")
        journal = Search(model="ir.model.log", fields=fields, domain=domain, size=MANY)
        return shipments.left_at(await self._door.all(journal))

    async def _by_id(
        self,
        model: str,
        fields: Sequence[str],
        ids: Sequence[int],
        context: Mapping[str, Json] = HIDDEN,
    ) -> dict[int, Row]:
        if not ids:
            return {}
        domain: Domain = [["id", "in", list(set(ids))]]
        size = len(ids)
        search = Search(model=model, fields=fields, domain=domain, size=size, context=context)
        return {row.id: row for row in await self._door.search(search)}


def _location(warehouse: Warehouse, places: Places, asked_at: datetime) -> list[Change]:
    return [stock.location(warehouse, places, asked_at)]


def _levels(
    products: Sequence[int],
    rows: Mapping[int, Row],
    warehouse: int,
    plans: Mapping[tuple[int, int], Planned],
    asked_at: datetime,
) -> list[Change]:
    def level(row: Row) -> list[Change]:
        if row.find_text("type") != catalog.GOODS:
            return []
        plan = plans.get((row.id, warehouse), Planned())
        return [stock.level(row, warehouse, plan, asked_at)]

    return _each(Kind.LEVEL, products, rows, level, partial(stock.level_id, warehouse=warehouse))


def _each(
    kind: Kind,
    ids: Iterable[int],
    rows: Mapping[int, Row],
    changes: Callable[[Row], list[Change]],
    named: Callable[[int], str] = str,
) -> list[Change]:
    """Map every one of *ids*: Removed when it is not among *rows*."""
    found: list[Change] = []
    for id in dict.fromkeys(ids):
        row = rows.get(id)
        if row is None:
            found.append(Removed(kind=kind, external_id=named(id)))
        else:
            found += _read(kind, named(id), row, partial(changes, row))
    return found


def _read(
    kind: Kind, external_id: str, row: Row, changes: Callable[[], list[Change]]
) -> list[Change]:
    return read(kind, external_id, msgspec.json.encode(row.data).decode(), changes)
