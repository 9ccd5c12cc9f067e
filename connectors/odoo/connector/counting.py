"""SetInventory: a physical inventory of one product, which is how Odoo has stock corrected.

Not by the wizard of the product's form (`stock.change.product.qty`): the inventory that it makes
carries no word of ours, so that nobody could tell afterwards whether it had been made.
"""

from connectors.odoo import documents
from connectors.odoo.connector.door import Door
from connectors.odoo.connector.reading import Reader
from connectors.odoo.mapping import stock, wire
from connectors.odoo.mapping.stock import Warehouse
from connectors.odoo.mapping.wire import Row
from connectors.odoo.requests import Domain, Search
from connectors.sdk.commands import Outcome, SetInventory
from connectors.sdk.errors import Conflict, Missing, Rejected

MODEL, LINE = "stock.inventory", "stock.inventory.line"


class Counting:
    """The inventory goes by the key: that makes an unknown outcome askable. It corrects stock when
    it is validated, not before.

    After a crash: at most a draft inventory stays behind, which changes nothing; the next attempt
    validates it. Raises: as `Door`.
    """

    def __init__(self, door: Door, reader: Reader) -> None:
        self._door = door
        self._reader = reader

    async def perform(self, command: SetInventory) -> Outcome:
        """Raises: Conflict when stock is not *expected*, when more than *quantity* lies in bins,
        which no inventory of ours counts, or while staff count the same shelf."""
        product, warehouse = await self._place(command)
        held = await self._inventory(command)
        id, state = (held.id, held.text("state")) if held else (None, "draft")
        if id is None:
            id = await self._count(command, product, warehouse)
        if state == "cancel":
            raise Conflict("the inventory of this key is canceled", code="cancel")
        if id is not None and state != "done":
            await self._door.press(MODEL, "action_done", [id])
        return await self._outcome(product, warehouse.id, id)

    async def look_up(self, command: SetInventory) -> Outcome | None:
        product, warehouse = await self._place(command)
        held = await self._inventory(command)
        if held is None or held.text("state") != "done":
            return None
        return await self._outcome(product, warehouse.id, held.id)

    async def _place(self, command: SetInventory) -> tuple[int, Warehouse]:
        if not (wire.is_id(command.item_id) and wire.is_id(command.location_id)):
            raise Missing("no such product or warehouse", code="404")
        places = await self._reader.gatherer.places()
        warehouse = places.warehouses.get(int(command.location_id))
        if warehouse is None:
            raise Missing("no such warehouse", code="404", field="location_id")
        return int(command.item_id), warehouse

    async def _inventory(self, command: SetInventory) -> Row | None:
        domain: Domain = [["name", "=", command.key]]
        return await self._door.find(Search(model=MODEL, fields=("state",), domain=domain))

    async def _count(self, command: SetInventory, product: int, warehouse: Warehouse) -> int | None:
        """Write the inventory; None when stock is what it is to be already.

        Odoo has no compare-and-set. It notes what lies there when the inventory is made, and what
        it applies is the difference to that: the note is compared with what was read, so that
        whatever is sold afterwards stays sold.
        """
        total = await self._units(product, warehouse, with_bins=True)
        at_shelf = await self._units(product, warehouse, with_bins=False)
        if command.expected is not None and total != command.expected:
            raise Conflict(f"on hand is {total}", code="expected")
        if total == command.quantity:
            return None
        wanted = command.quantity - (total - at_shelf)
        if wanted < 0:
            raise Conflict(f"{total - at_shelf} units lie in bins", code="elsewhere")
        values = documents.inventory(command.key, warehouse.shelf, product, wanted)
        made = await self._door.create(MODEL, values)
        if await self._noted(made) != at_shelf:
            await self._door.press(MODEL, "unlink", [made])
            raise Conflict("stock moved in the meanwhile", code="expected")
        return made

    async def _noted(self, inventory: int) -> int:
        """Return what Odoo noted to lie there when the inventory was made."""
        domain: Domain = [["inventory_id", "=", inventory]]
        line = await self._door.find(Search(model=LINE, fields=("theoretical_qty",), domain=domain))
        if line is None:
            raise Conflict("somebody emptied the inventory", code="expected")
        return line.units("theoretical_qty")

    async def _units(self, product: int, warehouse: Warehouse, *, with_bins: bool) -> int:
        found = await self._reader.on_shelf([product], warehouse.shelf, with_bins=with_bins)
        row = found.get(product)
        if row is None:
            raise Missing("no such product", code="404", field="item_id")
        if row.text("type") != stock.COUNTED_TYPE:
            raise Rejected("Odoo does not count this product", code="not_counted", field="item_id")
        return row.units("qty_available")

    async def _outcome(self, product: int, warehouse: int, inventory: int | None) -> Outcome:
        return Outcome(
            external_id=None if inventory is None else str(inventory),
            changes=tuple(await self._reader.levels([product], [warehouse])),
        )
