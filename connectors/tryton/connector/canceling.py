"""CancelOrder and CancelFulfillment: as far as the goods are still in the house.

What Tryton is processing is canceled by its shipments; the sale then says *exception* until a
person, or we, settle in a wizard that the goods are not to be sent again. Both go through JSON-RPC:
it alone has wizards, and it alone refuses a button on a record that was written since it was read.
That matters, because an administrator may cancel a shipment that is *done*: Tryton books the goods
back that the carrier has.
"""

from collections.abc import Collection, Sequence

from connectors.sdk.commands import CancelFulfillment, CancelOrder, Outcome
from connectors.sdk.errors import Conflict, Missing, Unsupported
from connectors.sdk.records import OrderRecord
from connectors.tryton.connector.door import Door, Session
from connectors.tryton.connector.reading import Reader
from connectors.tryton.connector.shipping import shipment_id
from connectors.tryton.mapping import sales, shipments, tills, wire
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Domain, Json, Search

WIZARD = "wizard.sale.handle.shipment.exception"

_SETTLING = (
    "shipment_state",
    "lines.moves.state",
    "lines.moves.shipment",
    "lines.moves_ignored",
    "lines.moves_recreated",
)
_BACK_TO_DRAFT = "confirmed"
"""A confirmed sale can only be canceled after it was made a draft again."""


class Canceling:
    """After a crash: canceled shipments may stand unsettled; the next attempt settles them.

    Raises: as `Door`; Misconfigured, before anything is sent, when there is no account for
    JSON-RPC and it is needed; Conflict when goods have left, nothing being changed then.
    """

    def __init__(self, door: Door, reader: Reader) -> None:
        self._door = door
        self._reader = reader

    async def fulfillment(self, command: CancelFulfillment) -> Outcome:
        id = shipment_id(command.fulfillment_order_id)
        async with self._door.session() as session:
            await self._cancel(session, id)
            await self._settle(session, [id])
        return await self._shipments([id])

    async def look_up_fulfillment(self, command: CancelFulfillment) -> Outcome | None:
        id = shipment_id(command.fulfillment_order_id)
        domain: Domain = [["id", "=", id], ["state", "=", "cancelled"]]
        search = Search(model=shipments.MODEL, fields=(), domain=domain)
        if await self._door.find(search) is None:
            return None
        open_moves = [_unsettled(sale, [id]) for sale in await self._sales_of([id])]
        return None if any(open_moves) else await self._shipments([id])

    async def order(self, command: CancelOrder) -> Outcome:
        """Cancel a sale wholly, as far as it has not left; the units of one line cannot be."""
        _require_whole(command)
        match wire.parse_name(command.order_id):
            case (sales.MODEL, int() as id):
                await self._sale(await self._read(id))
            case (tills.MODEL, int() as id):
                await self._basket(id)
            case _:
                raise Missing("no such order", code="404")
        return await self._order(command.order_id)

    async def look_up_order(self, command: CancelOrder) -> Outcome | None:
        found = await self._order(command.order_id)
        orders = [one for one in found.changes if isinstance(one, OrderRecord)]
        return found if any(map(_is_stopped, orders)) else None

    async def _sale(self, sale: Row) -> None:
        state = sale.text("state")
        if state == "processing":
            await self._stop(sale)
            return
        if state == _BACK_TO_DRAFT:
            state = await self._door.press(sales.MODEL, sale.id, "draft")
        if state in ("draft", "quotation"):
            state = await self._door.press(sales.MODEL, sale.id, "cancel")
        if state != "cancelled":
            raise Conflict(f"the sale is {state}", code=state)

    async def _stop(self, sale: Row) -> None:
        """Cancel every shipment whose goods are still here."""
        states = {one.id: one.text("state") for one in sale.rows("shipments")}
        here = [id for id, state in states.items() if state not in sales.LEFT]
        if not here:
            raise Conflict("nothing of this sale is still here", code="shipped")
        async with self._door.session() as session:
            for id in here:
                await self._cancel(session, id)
            await self._settle(session, here)

    async def _cancel(self, session: Session, id: int) -> None:
        """Cancel one shipment, if nobody touched it since its state was read."""
        row = await session.read(shipments.MODEL, id, "state", "_timestamp")
        state = row.text("state")
        if state in sales.LEFT:
            raise Conflict("the goods have left", code=state)
        if state != "cancelled":
            seen = {wire.name(shipments.MODEL, id): row.text("_timestamp")}
            method = f"model.{shipments.MODEL}.cancel"
            await session.call(method, [id], context={"_timestamp": seen})

    async def _settle(self, session: Session, ids: Collection[int]) -> None:
        """Answer the wizard: the canceled moves of these shipments are not to be made again."""
        for sale in await self._sales_of(ids):
            moves = _unsettled(sale, ids)
            if moves:
                await _answer(session, sale.id, moves)

    async def _sales_of(self, ids: Collection[int]) -> list[Row]:
        domain: Domain = [["shipments", "in", list(ids)]]
        return await self._door.all(Search(model=sales.MODEL, fields=_SETTLING, domain=domain))

    async def _basket(self, id: int) -> None:
        """A till's sale can be given up until it is paid."""
        domain: Domain = [["id", "=", id]]
        row = await self._door.find(Search(model=tills.MODEL, fields=("state",), domain=domain))
        if row is None:
            raise Missing("no such sale", code="404")
        state = row.text("state")
        if state == "open":
            state = await self._door.press(tills.MODEL, id, "cancel")
        if state != "cancelled":
            raise Conflict(f"the sale is {state}", code=state)

    async def _read(self, id: int) -> Row:
        row = await self._reader.sale(id)
        if row is None:
            raise Missing("no such sale", code="404")
        return row

    async def _order(self, order_id: str) -> Outcome:
        subject = wire.parse_name(order_id)
        changes = await self._reader.orders([subject]) if subject else []
        return Outcome(external_id=order_id, changes=tuple(changes))

    async def _shipments(self, ids: Sequence[int]) -> Outcome:
        return Outcome(
            external_id=wire.name(shipments.MODEL, ids[0]),
            changes=tuple(await self._reader.shipments(ids)),
        )


async def _answer(session: Session, sale: int, moves: list[int]) -> None:
    context: dict[str, Json] = {
        "active_model": sales.MODEL,
        "active_id": sale,
        "active_ids": [sale],
    }
    wizard, *_ = await session.call(f"{WIZARD}.create")
    answer = {"ask": {"ignore_moves": moves, "recreate_moves": [], "domain_moves": moves}}
    await session.call(f"{WIZARD}.execute", wizard, {}, "ask", context=context)
    await session.call(f"{WIZARD}.execute", wizard, answer, "handle", context=context)
    await session.call(f"{WIZARD}.delete", wizard)


def _unsettled(sale: Row, ids: Collection[int]) -> list[int]:
    """Return the canceled moves of these shipments that nobody has decided on."""
    if sale.text("shipment_state") != "exception":
        return []
    names = [(shipments.MODEL, id) for id in ids]
    found: list[int] = []
    for line in sale.rows("lines"):
        settled = {*line.ids("moves_ignored"), *line.ids("moves_recreated")}
        found += [
            move.id
            for move in line.rows("moves")
            if move.text("state") == "cancelled"
            and move.reference("shipment") in names
            and move.id not in settled
        ]
    return found


def _is_stopped(order: OrderRecord) -> bool:
    """Tell whether something was canceled, and nothing is left that could be."""
    counted = [line.counters for line in order.lines]
    is_open = any(one.ordered > one.canceled + one.fulfilled for one in counted)
    return not is_open and any(one.canceled for one in counted)


def _require_whole(command: CancelOrder) -> None:
    if command.lines:
        raise Unsupported("Tryton cancels whole sales", code="lines", field="lines")
    if not command.restock:
        raise Unsupported("what is canceled stays on the shelf", code="restock", field="restock")
