"""CancelOrder and CancelFulfillment: as far as the goods are still in the house.

A sale cancels all its transfers with it, or, when one of them is done, refuses as a whole: then its
open transfers are canceled by themselves, in one call. Odoo itself refuses what has left.
"""

from connectors.odoo.connector.door import Door
from connectors.odoo.connector.reading import Reader
from connectors.odoo.connector.shipping import picking
from connectors.odoo.mapping import pickings, sales, tills, wire
from connectors.odoo.mapping.wire import Row
from connectors.sdk.commands import CancelFulfillment, CancelOrder, Outcome
from connectors.sdk.errors import Conflict, Missing, Unsupported
from connectors.sdk.records import OrderRecord

_OVER = ("done", "cancel")


class Canceling:
    """After a crash: all of it or nothing, each being one call. Raises: as `Door`; Conflict when
    goods have left, nothing being changed then."""

    def __init__(self, door: Door, reader: Reader) -> None:
        self._door = door
        self._reader = reader

    async def fulfillment(self, command: CancelFulfillment) -> Outcome:
        """Cancel a delivery and the picking before it. Goods that are picked stay at the gate, for
        the staff to put back: Odoo does not do it by itself."""
        row = await picking(self._door, command.fulfillment_order_id)
        if row.text("state") == "done":
            raise Conflict("the goods have left", code="done")
        sale = row.link("sale_id") or 0
        if row.text("state") != "cancel":
            await self._take_back(row, sale)
        return await self._works(row.id, sale)

    async def look_up_fulfillment(self, command: CancelFulfillment) -> Outcome | None:
        row = await picking(self._door, command.fulfillment_order_id)
        if row.text("state") != "cancel":
            return None
        return await self._works(row.id, row.link("sale_id") or 0)

    async def order(self, command: CancelOrder) -> Outcome:
        """Cancel a sale wholly, as far as it has not left; the units of one line cannot be."""
        _require_whole(command)
        match wire.parse_name(command.order_id):
            case (sales.PREFIX, int() as id):
                await self._sale(id, command)
            case (tills.PREFIX, int() as id):
                await self._refuse_basket(id)
            case _:
                raise Missing("no such order", code="404")
        return await self._order(command.order_id)

    async def look_up_order(self, command: CancelOrder) -> Outcome | None:
        found = await self._order(command.order_id)
        orders = [one for one in found.changes if isinstance(one, OrderRecord)]
        return found if any(map(_is_stopped, orders)) else None

    async def _take_back(self, row: Row, sale: int) -> None:
        """Cancel what is open of one delivery; of a sale of ours that has no other, the sale."""
        held = await self._reader.gatherer.sales([sale], self._door.now())
        transfers = held.tables.rows(pickings.MODEL)
        owner = held.tables.get(sales.MODEL, sale)
        is_alone = all(one.id == row.id or _is_inside(one, row) for one in transfers)
        is_done = any(one.text("state") == "done" for one in transfers)
        if sales.is_ours(owner.find_text("client_order_ref")) and is_alone and not is_done:
            await self._door.press(sales.MODEL, "action_cancel", [sale])
            return
        feeding = pickings.feeding(row, held.tables)
        before = {id for move in feeding if (id := move.link("picking_id"))}
        open_ones = [one for one in transfers if one.text("state") not in _OVER]
        ids = [one.id for one in open_ones if one.id in before or one.id == row.id]
        await self._door.press(pickings.MODEL, "action_cancel", ids)

    async def _sale(self, id: int, command: CancelOrder) -> None:
        """Cancel a sale, or what of it is still here; what is coming back goes on doing so."""
        held = await self._reader.gatherer.sales([id], self._door.now())
        row = held.tables.find(sales.MODEL, id)
        if row is None:
            raise Missing("no such sale", code="404")
        if row.text("state") == "cancel":
            return
        transfers = held.tables.rows(pickings.MODEL)
        if not any(one.text("state") == "done" for one in transfers):
            await self._door.press(sales.MODEL, "action_cancel", [id])
            return
        here = [
            one.id
            for one in transfers
            if one.text("state") not in _OVER
            and not held.places.is_customer(one.link("location_id"))
        ]
        if here:
            await self._door.press(pickings.MODEL, "action_cancel", here)
        elif await self.look_up_order(command) is None:
            raise Conflict("nothing of this sale is still here", code="done")

    async def _refuse_basket(self, id: int) -> None:
        rows = await self._door.by_ids(tills.MODEL, ("state",), [id])
        if not rows:
            raise Missing("no such sale", code="404")
        state = rows[0].text("state")
        if state != "cancel":
            raise Conflict(f"a till's sale is not canceled from outside: it is {state}", code=state)

    async def _order(self, order_id: str) -> Outcome:
        match wire.parse_name(order_id):
            case (sales.PREFIX, int() as id):
                changes = await self._reader.orders([(sales.MODEL, id)])
                changes += await self._reader.works([id])
            case (tills.PREFIX, int() as id):
                changes = await self._reader.orders([(tills.MODEL, id)])
            case _:
                changes = []
        return Outcome(external_id=order_id, changes=tuple(changes))

    async def _works(self, id: int, sale: int) -> Outcome:
        return Outcome(
            external_id=wire.name(pickings.PREFIX, id),
            changes=tuple(await self._reader.works([sale])),
        )


def _is_inside(row: Row, delivery: Row) -> bool:
    """Tell whether a transfer is a step before *delivery*: one that ends inside the house."""
    return row.link("location_dest_id") != delivery.link("location_dest_id")


def _is_stopped(order: OrderRecord) -> bool:
    """Tell whether something was canceled, and nothing is left that could be."""
    counted = [line.counters for line in order.lines]
    is_open = any(one.ordered > one.canceled + one.fulfilled for one in counted)
    return not is_open and any(one.canceled for one in counted)


def _require_whole(command: CancelOrder) -> None:
    if command.lines:
        raise Unsupported("Odoo cancels whole sales", code="lines", field="lines")
    if not command.restock:
        raise Unsupported("what is canceled stays on the shelf", code="restock", field="restock")
