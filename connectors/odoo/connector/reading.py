"""Reading subjects by their ids: each kind in as few searches as Odoo allows."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import msgspec

from connectors.odoo.connector.door import Door
from connectors.odoo.connector.gathering import Gatherer
from connectors.odoo.feeds import Subject
from connectors.odoo.mapping import catalog, customers, pickings, sales, stock, tills, wire
from connectors.odoo.mapping.stock import Book
from connectors.odoo.mapping.wire import Row
from connectors.sdk.changes import Change, Removed, read
from connectors.sdk.records import Kind

Mapper = Callable[[Row], list[Change]]
"""What a record's row says."""


def now() -> datetime:
    return datetime.now(UTC)


class Reader:
    """Reads records of one database. Missing subjects come back as Removed, unreadable ones as
    Unreadable. Raises: as `Door`."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.gatherer = Gatherer(door)

    async def locations(self, ids: Collection[int] | None = None) -> list[Change]:
        """Read these warehouses, all of them for None."""
        asked_at = now()
        book = await self.gatherer.warehouses(asked_at)
        found = book.places.warehouses
        rows = {id: warehouse.row for id, warehouse in found.items()}

        def changes(row: Row) -> list[Change]:
            return [stock.location(found[row.id], book)]

        return _each(Kind.LOCATION, rows if ids is None else ids, rows, changes)

    async def products(self, ids: Sequence[int]) -> list[Change]:
        asked_at = now()
        tables = await self.gatherer.products(ids)

        def changes(row: Row) -> list[Change]:
            record = catalog.product(row, tables, asked_at)
            return [record] if record else []

        rows = {row.id: row for row in tables.rows(catalog.TEMPLATE)}
        return _each(Kind.PRODUCT, ids, rows, changes)

    async def customers(self, ids: Sequence[int], *, is_pull: bool = False) -> list[Change]:
        """Read partners; in a pull leave out those who are no customers or whom nothing reaches."""
        asked_at = now()
        tables = await self.gatherer.partners(ids, is_whole=True)

        def changes(row: Row) -> list[Change]:
            if is_pull and not customers.is_customer(row):
                return []
            record = customers.customer(row, tables, asked_at)
            return [record] if customers.is_reachable(record) or not is_pull else []

        rows = {row.id: row for row in tables.rows(customers.MODEL)}
        return _each(Kind.CUSTOMER, ids, rows, changes)

    async def levels(
        self, products: Sequence[int], warehouses: Collection[int] | None = None
    ) -> list[Change]:
        """Read the stock of *products* on the shelves of every warehouse, or of these. Odoo answers
        for one place at a time: it takes it from the context."""
        asked_at, places = now(), await self.gatherer.places()
        found: list[Change] = []
        for id in places.warehouses if warehouses is None else warehouses:
            named = partial(stock.level_id, warehouse=id)
            warehouse = places.warehouses.get(id)
            if warehouse is None:
                found += [Removed(kind=Kind.LEVEL, external_id=named(one)) for one in products]
                continue
            rows = await self.on_shelf(products, warehouse.shelf)
            found += _each(Kind.LEVEL, products, rows, partial(_level, id, asked_at), named)
        return found

    async def on_shelf(
        self, products: Sequence[int], location: int, *, with_bins: bool = True
    ) -> dict[int, Row]:
        """Read the quantities of *products* in a location, and in those inside it or not."""
        context = {"location": location, "compute_child": with_bins}
        rows = await self._door.by_ids(catalog.PRODUCT, stock.PRODUCT, products, **context)
        return {row.id: row for row in rows}

    async def orders(self, subjects: Sequence[Subject]) -> list[Change]:
        """Read sales of the office, with their returns, and of the tills, with their refunds."""
        at_office = [id for model, id in subjects if model == sales.MODEL]
        at_till = [id for model, id in subjects if model == tills.MODEL]
        found = await self._sales(at_office) if at_office else []
        return found + (await self._tills(at_till) if at_till else [])

    async def works(self, ids: Sequence[int]) -> list[Change]:
        """Read all that is to be sent, and was, for these sales."""
        asked_at = now()
        book = await self.gatherer.sales(ids, asked_at)
        return _pickings(book, pickings.works)

    async def transfers(self, ids: Sequence[int], kind: Kind) -> list[Change]:
        """Read transfers by their own ids: work and shipments, or returns."""
        asked_at = now()
        rows = await self._door.by_ids(pickings.MODEL, ("sale_id",), ids)
        owners = sorted({sale for row in rows if (sale := row.link("sale_id"))})
        book = await self.gatherer.sales(owners, asked_at)
        mapping = pickings.returns if kind is Kind.RETURN else pickings.works
        held = {row.id: row for row in book.tables.rows(pickings.MODEL)}
        found = _each(kind, ids, held, lambda row: mapping(row, book), _picking_name)
        known = {one.external_id for one in found}
        gone = [name for id in ids if (name := _picking_name(id)) not in known]
        return found + [Removed(kind=kind, external_id=name) for name in gone]

    async def _sales(self, ids: Sequence[int]) -> list[Change]:
        asked_at = now()
        book = await self.gatherer.sales(ids, asked_at)

        def changes(row: Row) -> list[Change]:
            record = sales.order(row, book)
            return [record] if record else []

        rows = {row.id: row for row in book.tables.rows(sales.MODEL)}
        found = _each(Kind.ORDER, ids, rows, changes, partial(wire.name, sales.PREFIX))
        return found + _pickings(book, pickings.returns)

    async def _tills(self, ids: Sequence[int]) -> list[Change]:
        """A refund changes its order, too: all of one receipt are read together."""
        asked_at = now()
        book = await self.gatherer.tills(ids, asked_at)
        rows = {row.id: row for row in book.tables.rows(tills.MODEL)}
        mapping = partial(tills.changes, book=book)
        named = partial(wire.name, tills.PREFIX)
        return _each(Kind.ORDER, [*ids, *rows], rows, mapping, named)


def _level(warehouse: int, asked_at: datetime, row: Row) -> list[Change]:
    if row.text("type") != stock.COUNTED_TYPE:
        return []
    return [stock.level(row, warehouse, asked_at)]


def _picking_name(id: int) -> str:
    return wire.name(pickings.PREFIX, id)


def _pickings(book: Book, mapping: Callable[[Row, Book], list[Change]]) -> list[Change]:
    rows = {row.id: row for row in book.tables.rows(pickings.MODEL)}
    kind = Kind.RETURN if mapping is pickings.returns else Kind.FULFILLMENT_ORDER
    return _each(kind, rows, rows, lambda row: mapping(row, book), _picking_name)


def _each(
    kind: Kind,
    ids: Iterable[int],
    rows: Mapping[int, Row],
    changes: Mapper,
    named: Callable[[int], str] = str,
) -> list[Change]:
    """Map every one of *ids*: Removed when it is not among *rows*."""
    found: list[Change] = []
    for id in dict.fromkeys(ids):
        row = rows.get(id)
        if row is None:
            found.append(Removed(kind=kind, external_id=named(id)))
        else:
            payload = msgspec.json.encode(row.data).decode()
            found += read(kind, named(id), payload, partial(changes, row))
    return found
