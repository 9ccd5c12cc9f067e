"""ShipFulfillmentOrder: a delivery, and the picking before it, from wherever they stand."""

from collections.abc import Sequence

from connectors.odoo.connector.door import Door
from connectors.odoo.connector.moving import Mover, Wanted
from connectors.odoo.connector.reading import Reader
from connectors.odoo.mapping import catalog, pickings, wire
from connectors.odoo.mapping.wire import Row
from connectors.sdk.commands import Outcome, ShipFulfillmentOrder
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.values import LineQuantity


class Shipping:
    """What is to be done next is told by what is set aside, so that an attempt goes on where the
    last one ended. The parcel's number is written before the goods leave: a delivery that is done
    and carries it is this command's.

    After a crash: the goods are picked, or lie at the gate; they count as sent with the last step.
    Raises: as `Door`.
    """

    def __init__(self, door: Door, reader: Reader) -> None:
        self._door = door
        self._reader = reader
        self._mover = Mover(door)

    async def perform(self, command: ShipFulfillmentOrder) -> Outcome:
        """Raises: Conflict (code ``short``, field the SKU) when the shelf has too little: nothing
        has left then, and what Odoo has set aside stays so."""
        row = await picking(self._door, command.fulfillment_order_id)
        _require_same_parcel(row, command)
        if row.text("state") == "cancel":
            raise Conflict("the delivery is canceled", code="cancel")
        if row.text("state") != "done":
            wanted = await self._wanted(row.id, command.lines)
            await self._mover.take(row.id, wanted)
            await self._label(row, command)
            await self._mover.finish(row.id, wanted)
        return await self._outcome(row)

    async def look_up(self, command: ShipFulfillmentOrder) -> Outcome | None:
        row = await picking(self._door, command.fulfillment_order_id)
        if row.text("state") != "done" or command.tracking.number not in _numbers(row):
            return None
        return await self._outcome(row)

    async def _wanted(self, id: int, lines: Sequence[LineQuantity]) -> Wanted:
        """Return how many units of which moves are to leave: all of them, or those named."""
        moves = await self._mover.moves(id)
        if not lines:
            return {move.id: move.units("product_qty") for move in moves}
        skus = await self._skus(moves)
        left = {move.id: move.units("product_qty") for move in moves}
        wanted: dict[int, int] = {}
        for line in lines:
            missing = line.quantity
            for move in moves:
                if _is_of(move, line, skus):
                    units = min(missing, left[move.id])
                    left[move.id] -= units
                    missing -= units
                    wanted[move.id] = wanted.get(move.id, 0) + units
            if missing:
                message = f"{line.sku or line.line_id}: {missing} more than there is to send"
                raise Rejected(message, code="quantity", field=line.sku or line.line_id)
        return {id: units for id, units in wanted.items() if units}

    async def _skus(self, moves: Sequence[Row]) -> dict[int, str | None]:
        ids = [move.link("product_id") or 0 for move in moves]
        rows = await self._door.by_ids(catalog.PRODUCT, ("default_code",), ids)
        return {row.id: row.find_text("default_code") for row in rows}

    async def _label(self, row: Row, command: ShipFulfillmentOrder) -> None:
        if command.tracking.number not in _numbers(row):
            number = {"carrier_tracking_ref": command.tracking.number}
            await self._door.write(pickings.MODEL, [row.id], number)

    async def _outcome(self, row: Row) -> Outcome:
        """Return all deliveries of the sale: when less was sent, there is one for the rest now."""
        sale = row.link("sale_id")
        return Outcome(
            external_id=wire.name(pickings.PREFIX, row.id),
            changes=tuple(await self._reader.works([sale])) if sale else (),
        )


async def picking(door: Door, external_id: str) -> Row:
    """Return a delivery of a sale. Raises: Missing when there is no such one."""
    match wire.parse_name(external_id):
        case (pickings.PREFIX, int() as id):
            found = await door.by_ids(pickings.MODEL, pickings.FIELDS, [id])
        case _:
            found = []
    if not found or found[0].link("sale_id") is None:
        raise Missing("no such delivery", code="404")
    return found[0]


def _numbers(row: Row) -> list[str]:
    return [one.number for one in pickings.tracking(row)]


def _require_same_parcel(row: Row, command: ShipFulfillmentOrder) -> None:
    numbers = _numbers(row)
    if command.tracking.number in numbers:
        return
    if numbers:
        raise Conflict("the delivery has a parcel of another number", code="other_parcel")
    if row.text("state") == "done":
        raise Conflict("the delivery left without a number", code="done")


def _is_of(move: Row, line: LineQuantity, skus: dict[int, str | None]) -> bool:
    """Tell whether *line* means this move: by the sale's line, else by the SKU."""
    if line.line_id is not None:
        return str(move.link("sale_line_id")) == line.line_id
    return skus.get(move.link("product_id") or 0) == line.sku
