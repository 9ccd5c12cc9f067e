"""ShipFulfillmentOrder: from wherever a shipment stands to *done*, one button at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.sdk.commands import Outcome, ShipFulfillmentOrder
from connectors.sdk.errors import Conflict, Missing
from connectors.tryton import documents
from connectors.tryton.connector.door import Door
from connectors.tryton.connector.reading import Reader
from connectors.tryton.mapping import catalog, picking, sales, shipments, wire
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Domain, Search

STEPS = 12
"""Buttons between *draft* and *done*, and a few to spare: a bound, should two be at it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the settings say of shipping; None: the first that Tryton has."""

    carrier: int | None = None
    package_type: int | None = None


class Shipping:
    """Each step is chosen by the state that the shipment is in, so that an attempt goes on where
    the last one ended. After a crash: the shipment stands in some state on the way, and the goods
    count as on hand until the last step. Raises: as `Door`."""

    def __init__(self, door: Door, reader: Reader, choices: Choices) -> None:
        self._door = door
        self._reader = reader
        self._choices = choices

    async def perform(self, command: ShipFulfillmentOrder) -> Outcome:
        """Raises: Conflict (code ``short``, field the SKU) when the shelf has too little; then the
        shipment and the stock are as they were."""
        id = shipment_id(command.fulfillment_order_id)
        for _ in range(STEPS):
            row = await self._shipment(id)
            _require_same_parcel(row, command)
            if row.text("state") == "done":
                await self._label(row, command)
                return await self._outcome(row.id)
            await self._step(row, command)
        raise Conflict("the shipment gets nowhere", code="stuck")

    async def look_up(self, command: ShipFulfillmentOrder) -> Outcome | None:
        row = await self._shipment(shipment_id(command.fulfillment_order_id))
        if row.text("state") != "done" or command.tracking.number not in _numbers(row):
            return None
        return await self._outcome(row.id)

    async def _shipment(self, id: int) -> Row:
        domain: Domain = [["id", "=", id]]
        search = Search(model=shipments.MODEL, fields=picking.FIELDS, domain=domain)
        row = await self._door.find(search)
        if row is None:
            raise Missing("no such shipment", code="404")
        return row

    async def _step(self, row: Row, command: ShipFulfillmentOrder) -> None:
        match row.text("state"):
            case "draft":
                await self._press(row, "wait", "waiting")
            case "waiting":
                await self._assign(row, command)
            case "assigned":
                await self._take(row, command)
            case "picked":
                await self._pack(row, command)
            case "packed":
                _require_whole(row, command)
                await self._label(row, command)
                await self._press(row, "ship", "shipped")
            case "shipped":
                await self._press(row, "do", "done")
            case state:
                raise Conflict(f"the shipment is {state}", code=state)

    async def _press(self, row: Row, button: str, wanted: str) -> None:
        state = await self._door.press(shipments.MODEL, row.id, button)
        if state != wanted:
            raise Conflict(f"{button} left the shipment {state}", code=state)

    async def _assign(self, row: Row, command: ShipFulfillmentOrder) -> None:
        """Set the goods aside. Tryton sets aside what there is and answers 200 when that is too
        little; so the shelf is asked first, and what Tryton took is given back should it be too
        little all the same."""
        wanted = picking.wanted(row, command.lines)
        await self._require_stock(row, wanted)
        if command.lines and picking.is_begun(row):
            await self._press(row, "wait", "waiting")
            return
        for move, units in wanted:
            if move.units("quantity") != units:
                await self._door.write("stock.move", move.id, {"quantity": units})
        if await self._door.press(shipments.MODEL, row.id, "assign_try") != "assigned":
            await self._give_back(row.id)

    async def _give_back(self, id: int) -> None:
        row = await self._shipment(id)
        missing = [move for move in picking.moves(row) if move.text("state") == "draft"]
        # Pressing *wait* on what waits already plans the picking anew, as it was before.
        await self._press(row, "wait", "waiting")
        raise _short(missing[0].row("product").find_text("code") if missing else None)

    async def _require_stock(self, row: Row, wanted: Sequence[tuple[Row, int]]) -> None:
        """Raise Conflict naming the first SKU of which the shelf has too little."""
        need: dict[int, int] = {}
        for move, units in wanted:
            if move.text("state") == "draft":
                product = move.row("product").id
                need[product] = need.get(product, 0) + units
        shelf = row.link("warehouse_storage") or 0
        free = await self._reader.on_hand(list(need), shelf, {"stock_assign": True})
        for product, held in free.items():
            if held.text("type") == catalog.GOODS and held.units("quantity") < need[product]:
                raise _short(held.find_text("code"))

    async def _take(self, row: Row, command: ShipFulfillmentOrder) -> None:
        """Take what was set aside off the shelf, unless it is not what was asked for."""
        if not picking.is_as_wanted(row, command.lines):
            await self._press(row, "wait", "waiting")
        elif picking.has_output_zone(row):
            await self._press(row, "pick", "picked")
        else:
            await self._pack(row, command)

    async def _pack(self, row: Row, command: ShipFulfillmentOrder) -> None:
        _require_whole(row, command)
        if row.find_row("carrier") is None:
            await self._choose_carrier(row)
        await self._label(row, command)
        await self._press(row, "pack", "packed")

    async def _choose_carrier(self, row: Row) -> None:
        """Tryton packs nothing that has no carrier."""
        carrier = self._choices.carrier or await first(self._door, "carrier")
        if carrier is not None:
            await self._door.write(shipments.MODEL, row.id, {"carrier": carrier})

    async def _label(self, row: Row, command: ShipFulfillmentOrder) -> None:
        """Write the parcel's number, once: on its package, else on the shipment."""
        number = command.tracking.number
        if number in _numbers(row):
            return
        packages = row.rows("packages")
        if packages:
            await self._door.write("stock.package", packages[0].id, {"shipping_reference": number})
        elif row.text("state") != "picked" or not await self._package(row, number):
            await self._door.write(shipments.MODEL, row.id, {"shipping_reference": number})

    async def _package(self, row: Row, number: str) -> bool:
        """Put everything into one package; False when Tryton has no type of package."""
        type = self._choices.package_type or await first(self._door, "stock.package.type")
        if type is None:
            return False
        package = documents.Package(
            shipment=wire.name(shipments.MODEL, row.id),
            company=self._door.company,
            type=type,
            moves=[move.id for move in picking.outgoing(row)],
            number=number,
        )
        await self._door.create("stock.package", documents.package(package))
        return True

    async def _outcome(self, id: int) -> Outcome:
        """Return all shipments of the sale: when less was sent, there is one for the rest now."""
        domain: Domain = [["shipments", "in", [id]]]
        search = Search(model=sales.MODEL, fields=("shipments",), domain=domain)
        siblings = [
            one for sale in await self._door.search(search) for one in sale.ids("shipments")
        ]
        return Outcome(
            external_id=wire.name(shipments.MODEL, id),
            changes=tuple(await self._reader.shipments(siblings or [id])),
        )


def shipment_id(external_id: str) -> int:
    """Raises: Missing when it is no shipment's id."""
    match wire.parse_name(external_id):
        case (shipments.MODEL, int() as id):
            return id
        case _:
            raise Missing("no such shipment", code="404")


async def first(door: Door, model: str) -> int | None:
    """Return the id of the record of *model* that was set up first."""
    row = await door.find(Search(model=model, fields=()))
    return row.id if row else None


def _numbers(row: Row) -> list[str]:
    return [one.number for one in shipments.tracking(row)]


def _require_same_parcel(row: Row, command: ShipFulfillmentOrder) -> None:
    numbers = _numbers(row)
    if numbers and command.tracking.number not in numbers:
        raise Conflict("the shipment has a parcel of another number", code="other_parcel")


def _require_whole(row: Row, command: ShipFulfillmentOrder) -> None:
    """What is picked goes out: nothing can be left behind any more."""
    picked = {move.id: move.units("quantity") for move in picking.outgoing(row)}
    if command.lines and picking.shares(row, command.lines) != picked:
        raise Conflict("other quantities have been picked", code="picked")


def _short(sku: str | None) -> Conflict:
    return Conflict(f"too little of {sku or 'it'} on the shelf", code="short", field=sku)
