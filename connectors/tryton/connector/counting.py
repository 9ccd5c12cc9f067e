"""SetInventory: a physical inventory of one product, which is how Tryton has stock corrected."""

from connectors.sdk.commands import Outcome, SetInventory
from connectors.sdk.errors import Conflict, Missing
from connectors.tryton import documents
from connectors.tryton.connector.door import Door
from connectors.tryton.connector.reading import Reader
from connectors.tryton.mapping import wire
from connectors.tryton.mapping.stock import Warehouse
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Domain, Search

MODEL = "stock.inventory"
LINES = ("state", "lines.expected_quantity")

RECENT = 100
"""Inventories of one product in one place among which an earlier attempt is looked for."""


class Counting:
    """The key is kept in a note on the inventory, the only place a user can write: that makes an
    unknown outcome askable. An inventory corrects stock when it is confirmed, not before.

    After a crash: at most a draft inventory stays behind, which changes nothing; the next attempt
    confirms it, when its note was written, or makes another. Raises: as `Door`.
    """

    def __init__(self, door: Door, reader: Reader) -> None:
        self._door = door
        self._reader = reader

    async def perform(self, command: SetInventory) -> Outcome:
        """Raises: Conflict when stock is not *expected*, or when more than *quantity* lies where no
        inventory of ours counts: in bins, or picked and waiting for its carrier."""
        product, warehouse = await self._place(command)
        held = await self._inventory(command, product, warehouse)
        if held is None:
            held = await self._count(command, product, warehouse)
        if held is not None and held.text("state") == "draft":
            await self._door.press(MODEL, held.id, "confirm")
        return await self._outcome(product, warehouse.id, held)

    async def look_up(self, command: SetInventory) -> Outcome | None:
        product, warehouse = await self._place(command)
        held = await self._inventory(command, product, warehouse)
        if held is None or held.text("state") != "done":
            return None
        return await self._outcome(product, warehouse.id, held)

    async def _place(self, command: SetInventory) -> tuple[int, Warehouse]:
        if not (command.item_id.isdecimal() and command.location_id.isdecimal()):
            raise Missing("no such product or warehouse", code="404")
        warehouses = (await self._reader.places()).warehouses
        warehouse = warehouses.get(int(command.location_id))
        if warehouse is None:
            raise Missing("no such warehouse", code="404", field="location_id")
        return int(command.item_id), warehouse

    async def _inventory(
        self, command: SetInventory, product: int, warehouse: Warehouse
    ) -> Row | None:
        """Return the inventory that an earlier attempt wrote its key on.

        Only an administrator may search all notes; anyone may search those of given records.
        """
        counted: Domain = [
            ["location", "=", warehouse.storage],
            ["lines.product", "=", product],
            ["state", "!=", "cancelled"],
        ]
        last = (("id", "DESC"),)
        search = Search(model=MODEL, fields=LINES, domain=counted, order=last, size=RECENT)
        recent = {wire.name(MODEL, row.id): row for row in await self._door.search(search)}
        noted: Domain = [["resource", "in", list(recent)], ["message", "=", command.key]]
        note = await self._door.find(Search(model="ir.note", fields=("resource",), domain=noted))
        return recent.get(note.text("resource")) if note else None

    async def _count(self, command: SetInventory, product: int, warehouse: Warehouse) -> Row | None:
        """Write the inventory; None when stock is what it is to be already.

        Tryton has no compare-and-set. It notes what it expects to find when the inventory is
        made; that is compared with what was read, so that only the moment between making and
        confirming it is left, in which its *difference* is what is applied.
        """
        total = await self._units(product, warehouse.id)
        at_shelf = await self._units(product, warehouse.storage, with_children=False)
        if command.expected is not None and total != command.expected:
            raise Conflict(f"on hand is {total}", code="expected")
        if total == command.quantity:
            return None
        wanted = command.quantity - (total - at_shelf)
        if wanted < 0:
            raise Conflict(f"{total - at_shelf} units lie outside the shelf", code="elsewhere")
        values = documents.inventory(self._door.company, warehouse.storage, product, wanted)
        made = await self._door.create(MODEL, values, LINES)
        if made.rows("lines")[0].units("expected_quantity") != at_shelf:
            await self._door.delete(MODEL, made.id)
            raise Conflict("stock moved in the meanwhile", code="expected")
        note = {"resource": wire.name(MODEL, made.id), "message": command.key}
        await self._door.create("ir.note", note)
        return made

    async def _units(self, product: int, location: int, *, with_children: bool = True) -> int:
        context = {"with_childs": with_children}
        row = (await self._reader.on_hand([product], location, context)).get(product)
        if row is None:
            raise Missing("no such product", code="404", field="item_id")
        return row.units("quantity")

    async def _outcome(self, product: int, warehouse: int, held: Row | None) -> Outcome:
        return Outcome(
            external_id=wire.name(MODEL, held.id) if held else None,
            changes=tuple(await self._reader.levels([product], [warehouse])),
        )
