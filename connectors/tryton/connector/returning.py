"""RequestReturn: a sale with negative quantities whose origin is the sale it takes back, as far as
the parcel that Tryton plans to come."""

from collections.abc import Mapping, Sequence

from connectors.sdk.commands import Outcome, RequestReturn
from connectors.sdk.errors import Conflict, Missing, Rejected, Unsupported
from connectors.sdk.values import LineQuantity
from connectors.tryton import documents
from connectors.tryton.connector.door import Door
from connectors.tryton.connector.reading import Reader
from connectors.tryton.connector.requesting import require_warehouse
from connectors.tryton.connector.selling import Seller
from connectors.tryton.mapping import sales, shipments, tills, wire
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Domain, Search

PREFIX = "ret_"
"""How the references of our returns begin, before the key. Not as those of sales that we asked for:
they are work for a warehouse, these are returns of somebody's order."""


class Returning:
    """After a crash: as `Seller`. Raises: as `Door`."""

    def __init__(self, door: Door, reader: Reader) -> None:
        self._door = door
        self._reader = reader
        self._seller = Seller(door)

    async def perform(self, command: RequestReturn) -> Outcome:
        """*order_id* may name the work of a warehouse, too, whose goods come back.

        Raises: Conflict when the customer has fewer units than are to come back.
        """
        reference = PREFIX + command.key
        sale = await self._seller.find(reference) or await self._create(command, reference)
        await self._seller.process(sale)
        return await self._outcome(sale.id)

    async def look_up(self, command: RequestReturn) -> Outcome | None:
        sale = await self._seller.find_working(PREFIX + command.key)
        return None if sale is None else await self._outcome(sale.id)

    async def _create(self, command: RequestReturn, reference: str) -> Row:
        origin = await self._origin(command.order_id)
        lines = _lines(origin, command.lines)
        _require_sent(origin, await self._reader.returns_of([origin.id]), lines)
        where = command.location_id
        warehouse = await require_warehouse(self._door, where) if where else None
        terms = await self._door.find(
            Search(model=sales.MODEL, fields=documents.TERMS, domain=[["id", "=", origin.id]])
        )
        if terms is None:
            raise Missing("no such order", code="404")
        parts = documents.Takes(terms=terms, lines=lines, warehouse=warehouse, reference=reference)
        values = documents.return_sale(command, self._door.company, parts)
        return await self._seller.make(reference, values)

    async def _origin(self, order_id: str) -> Row:
        match wire.parse_name(order_id):
            case (sales.MODEL, int() as id):
                row = await self._reader.sale(id)
            case (shipments.MODEL, int() as id):
                row = await self._sale_of(id)
            case (tills.MODEL, _):
                raise Unsupported("a till takes goods back itself", code="till", field="order_id")
            case _:
                row = None
        if row is None:
            raise Missing("no such order", code="404")
        return row

    async def _sale_of(self, shipment: int) -> Row | None:
        domain: Domain = [["shipments", "in", [shipment]]]
        return await self._door.find(Search(model=sales.MODEL, fields=sales.FIELDS, domain=domain))

    async def _outcome(self, sale: int) -> Outcome:
        return Outcome(
            external_id=wire.name(sales.MODEL, sale),
            changes=tuple(await self._reader.orders([(sales.MODEL, sale)])),
        )


def _lines(origin: Row, asked: Sequence[LineQuantity]) -> dict[int, int]:
    """Return how many units of each line of *origin* are to come back."""
    found: dict[int, int] = {}
    for one in asked:
        line = _line(origin, one)
        found[line.id] = found.get(line.id, 0) + one.quantity
    return found


def _line(origin: Row, asked: LineQuantity) -> Row:
    """Find the line by its id, or else by its SKU. Raises: Rejected."""

    def is_it(line: Row) -> bool:
        if asked.line_id is not None:
            return str(line.id) == asked.line_id
        return sales.sku(line) is not None and sales.sku(line) == asked.sku

    found = [line for line in sales.sold(origin) if is_it(line)]
    if not found or not found[0].flag("movable") or found[0].link("product") is None:
        raise Rejected("no such goods in this order", code="unknown_line", field="lines")
    return found[0]


def _require_sent(origin: Row, returns: Sequence[Row], lines: Mapping[int, int]) -> None:
    """Tryton says by product only what comes back: so it is compared by product."""
    counted = sales.counters(origin, returns)
    held: dict[int | None, int] = {}
    for line in sales.sold(origin):
        one, product = counted[line.id], line.link("product")
        out = one.fulfilled - one.returned - one.return_requested
        held[product] = held.get(product, 0) + out - lines.get(line.id, 0)
    if min(held.values(), default=0) < 0:
        raise Conflict("the customer has fewer of it", code="not_sent", field="lines")
