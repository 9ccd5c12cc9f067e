"""RequestReturn and ReceiveReturn: the transfer that brings goods of a delivery back.

Not by Odoo's wizard (`stock.return.picking`): it copies the delivery, so that the transfer carries
no word of ours, and after a lost reply nobody could tell ours from one that staff made. What is
written here is what the wizard writes, and our key with it, in one call.

Source: odoo 11.0 addons/stock/wizard/stock_picking_return.py (_create_returns).
"""

from collections.abc import Sequence

from connectors.odoo import documents, requests
from connectors.odoo.connector.door import Door
from connectors.odoo.connector.moving import MOVE, Mover
from connectors.odoo.connector.reading import Reader
from connectors.odoo.mapping import pickings, sales, tills, wire
from connectors.odoo.mapping.stock import Book
from connectors.odoo.mapping.wire import Row
from connectors.odoo.requests import Domain, Json, Search
from connectors.sdk.commands import Outcome, ReceivedLine, ReceiveReturn, RequestReturn
from connectors.sdk.errors import Conflict, Missing, Rejected, Unsupported
from connectors.sdk.records import Kind
from connectors.sdk.records.states import Disposition
from connectors.sdk.values import LineQuantity

_SENT = ("name", "location_dest_id", "partner_id")
_READY = ("assigned", "done")


class Returning:
    """After a crash: a return that is a draft, found by its note and gone on with. Raises: as
    `Door`."""

    def __init__(self, door: Door, reader: Reader) -> None:
        self._door = door
        self._reader = reader
        self._mover = Mover(door)

    async def request(self, command: RequestReturn) -> Outcome:
        """Raises: Conflict (code ``returnable``) when the customer has not that many, counted
        without what is on its way back; Rejected (``several_deliveries``) when no single delivery
        brought them all: a return in Odoo is of one."""
        held = await self._find(command)
        if held is not None and held.text("state") == "cancel":
            raise Conflict("the return of this key is canceled", code="cancel")
        id = held.id if held else await self._create(command)
        if held is None or held.text("state") not in _READY:
            # Confirms a draft, too.
            await self._door.press(pickings.MODEL, "action_assign", [id])
        return await self._outcome(id, command.order_id)

    async def look_up_request(self, command: RequestReturn) -> Outcome | None:
        held = await self._find(command)
        if held is None or held.text("state") not in _READY:
            return None
        return await self._outcome(held.id, command.order_id)

    async def receive(self, command: ReceiveReturn) -> Outcome:
        """Raises: Rejected, before anything is sent, for a disposition other than RESTOCKED; for
        more than was to come; for another place than the return names."""
        _require_restocked(command.lines)
        row = await self._return(command.return_id)
        if row.text("state") == "cancel":
            raise Conflict("the return is canceled", code="cancel")
        if row.text("state") != "done":
            await self._require_place(row, command.location_id)
            await self._take_in(row.id, command.lines)
        return await self._received(row)

    async def look_up_receipt(self, command: ReceiveReturn) -> Outcome | None:
        row = await self._return(command.return_id)
        return await self._received(row) if row.text("state") == "done" else None

    async def _find(self, command: RequestReturn) -> Row | None:
        """Return the transfer of an earlier attempt: of this sale, with our key in its note."""
        match wire.parse_name(command.order_id):
            case (sales.PREFIX, int() as id):
                note = requests.like(documents.tag(command.key))
                domain: Domain = [["sale_id", "=", id], ["note", "like", note]]
                search = Search(model=pickings.MODEL, fields=("state",), domain=domain)
                return await self._door.find(search)
            case _:
                return None

    async def _create(self, command: RequestReturn) -> int:
        match wire.parse_name(command.order_id):
            case (sales.PREFIX, int() as id):
                book = await self._reader.gatherer.sales([id], self._door.now())
            case (tills.PREFIX, int()):
                raise Unsupported("a till takes goods back itself", code="till", field="order_id")
            case _:
                raise Missing("no such order", code="404")
        if book.tables.find(sales.MODEL, id) is None:
            raise Missing("no such order", code="404")
        _require_returnable(command, book)
        sent, taken = await self._delivery(command, book)
        back = await self._back(command, sent, book)
        rows = {move.id: move for move in await self._moves(list(taken))}
        moves: Sequence[Json] = [
            documents.return_move(rows[move], units, back) for move, units in taken.items()
        ]
        return await self._door.create(
            pickings.MODEL, documents.return_transfer(command, back, moves)
        )

    async def _delivery(self, command: RequestReturn, book: Book) -> tuple[Row, dict[int, int]]:
        """Return the delivery that brought everything, and how many units of which of its moves."""
        for row in book.tables.rows(pickings.MODEL):
            is_delivery = book.places.is_customer(row.link("location_dest_id"))
            if row.text("state") == "done" and is_delivery:
                taken = _taken(command.lines, book.tables.owned(sales.MOVE, "picking_id", row.id))
                if taken is not None:
                    [sent] = await self._door.by_ids(pickings.MODEL, _SENT, [row.id])
                    return sent, taken
        message = "no single delivery brought all of it: return what each brought by itself"
        raise Rejected(message, code="several_deliveries", field="lines")

    async def _moves(self, ids: Sequence[int]) -> list[Row]:
        return await self._door.by_ids(sales.MOVE, MOVE, ids)

    async def _back(self, command: RequestReturn, sent: Row, book: Book) -> documents.Back:
        """Return where it goes: to the warehouse that is named, else where it came from."""
        delivery = book.tables.get(pickings.MODEL, sent.id)
        origin = book.places.warehouse_of_type.get(delivery.link("picking_type_id") or 0)
        named = command.location_id
        id = origin if named is None else int(named) if wire.is_id(named) else None
        warehouse = None if id is None else book.places.warehouses.get(id)
        type = warehouse.row.link("in_type_id") if warehouse else None
        if warehouse is None or type is None:
            raise Rejected("no such warehouse", code="unknown_location", field="location_id")
        return documents.Back(sent=sent, type=type, shelf=warehouse.shelf, warehouse=warehouse.id)

    async def _return(self, return_id: str) -> Row:
        match wire.parse_name(return_id):
            case (pickings.PREFIX, int() as id):
                found = await self._door.by_ids(pickings.MODEL, pickings.FIELDS, [id])
            case _:
                found = []
        places = await self._reader.gatherer.places() if found else None
        if places is None or not places.is_customer(found[0].link("location_id")):
            raise Missing("no such return", code="404")
        return found[0]

    async def _require_place(self, row: Row, location_id: str | None) -> None:
        if location_id is None:
            return
        places = await self._reader.gatherer.places()
        if places.home_id(row.link("location_dest_id")) != location_id:
            raise Rejected("the return goes to another place", code="place", field="location_id")

    async def _take_in(self, id: int, lines: Sequence[ReceivedLine]) -> None:
        moves = await self._mover.moves(id)
        wanted = {move.id: move.units("product_qty") for move in moves}
        if lines:
            named = [LineQuantity(line_id=one.line_id, quantity=one.quantity) for one in lines]
            taken = _taken(named, moves)
            if taken is None:
                raise Rejected("more than was to come back", code="quantity", field="lines")
            wanted = taken
        await self._mover.take(id, wanted)
        await self._mover.finish(id, wanted)

    async def _received(self, row: Row) -> Outcome:
        """Return all that comes back of the sale: what has not come yet is a return of its own."""
        sale = row.link("sale_id")
        order_id = wire.name(sales.PREFIX, sale) if sale else None
        return await self._outcome(row.id, order_id)

    async def _outcome(self, id: int, order_id: str | None) -> Outcome:
        parsed = wire.parse_name(order_id) if order_id else None
        if parsed:
            changes = await self._reader.orders([(sales.MODEL, parsed[1])])
        else:
            changes = await self._reader.transfers([id], Kind.RETURN)
        return Outcome(external_id=wire.name(pickings.PREFIX, id), changes=tuple(changes))


def _require_returnable(command: RequestReturn, book: Book) -> None:
    """Raise Conflict unless the customer has as many as are to come back."""
    for line in command.lines:
        row = book.tables.find(sales.LINE, _id(line))
        owner = row.link("order_id") if row else None
        if row is None or owner is None or wire.name(sales.PREFIX, owner) != command.order_id:
            raise Missing("no such line", code="404", field=line.line_id or line.sku)
        counted = sales.counters(row, book.tables.get(sales.MODEL, owner), book)
        held = counted.fulfilled - counted.returned - counted.return_requested
        if line.quantity > held:
            message = f"the customer has {held} of it"
            raise Conflict(message, code="returnable", field=line.line_id)


def _id(line: LineQuantity) -> int | None:
    text = line.line_id or ""
    return int(text) if wire.is_id(text) else None


def _taken(lines: Sequence[LineQuantity], moves: Sequence[Row]) -> dict[int, int] | None:
    """Share *lines* among *moves* of the same sale lines; None when these have too few."""
    left = {move.id: move.units("product_qty") for move in moves}
    taken: dict[int, int] = {}
    for line in lines:
        missing = line.quantity
        for move in moves:
            if str(move.link("sale_line_id")) == line.line_id and missing:
                units = min(missing, left[move.id])
                left[move.id] -= units
                missing -= units
                taken[move.id] = taken.get(move.id, 0) + units
        if missing:
            return None
    return {id: units for id, units in taken.items() if units}


def _require_restocked(lines: Sequence[ReceivedLine]) -> None:
    for line in lines:
        if line.disposition is not Disposition.RESTOCKED:
            message = "Odoo puts what comes back on the shelf"
            raise Rejected(message, code="disposition", field=line.line_id)
