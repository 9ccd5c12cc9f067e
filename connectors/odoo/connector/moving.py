"""Moving goods: one transfer from wherever it stands to *done*, as far as is wanted.

A transfer (`stock.picking`) is made of moves, each for so many of one product; what is set aside
for a move are its move lines (`stock.move.line`, one a bin), on which is written what was done.
"""

from collections.abc import Mapping, Sequence

from connectors.odoo.connector.door import Door
from connectors.odoo.mapping import catalog, pickings, sales
from connectors.odoo.mapping.wire import Row
from connectors.odoo.requests import Domain, Search
from connectors.sdk.errors import Conflict, Rejected

BACKORDER = "stock.backorder.confirmation"
LINE = "stock.move.line"

MOVE = (
    "name",
    "picking_id",
    "product_id",
    "product_uom",
    "product_uom_qty",
    "product_qty",
    "reserved_availability",
    "state",
    "move_orig_ids",
    "sale_line_id",
    "group_id",
    "location_id",
    "location_dest_id",
    "scrapped",
)
_LINE = ("move_id", "product_uom_qty", "qty_done")
_OVER = ("done", "cancel")

Wanted = Mapping[int, int]
"""Units by the id of a move. A move that is not named is left for later."""


class Mover:
    """After a crash: goods may be set aside, and quantities written down, of a transfer that is not
    done; the next attempt writes them anew. Raises: as `Door`."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def moves(self, picking: int) -> list[Row]:
        """Return the moves of a transfer that are not over."""
        domain: Domain = [["picking_id", "=", picking], ["state", "not in", list(_OVER)]]
        return await self._door.all(Search(model=sales.MOVE, fields=MOVE, domain=domain))

    async def take(self, picking: int, wanted: Wanted) -> None:
        """Set goods aside, and the goods of the steps before are moved up to here for it.

        Raises: Conflict (code ``short``, field the SKU) when there is too little.
        """
        for _ in range(2):
            lacking = await self._lacking(picking, wanted)
            if not lacking:
                return
            if not await self._move_up(lacking, wanted):
                await self._door.press(pickings.MODEL, "action_assign", [picking])
        lacking = await self._lacking(picking, wanted)
        if lacking:
            raise await self._short(lacking[0])

    async def finish(self, picking: int, wanted: Wanted) -> None:
        """Write down what is done, and have it done; what is left gets a transfer of its own.

        The button answers nothing when all was done, and an action to go on with when a question
        is left.
        """
        await self._write_down(picking, wanted)
        asked = await self._door.press(pickings.MODEL, "button_validate", [picking])
        if asked is None or asked is True:
            return
        model = asked.get("res_model") if isinstance(asked, dict) else None
        wizard = asked.get("res_id") if isinstance(asked, dict) else None
        if model != BACKORDER or not isinstance(wizard, int):
            raise Rejected(f"Odoo asks a person: {model}", code="asks")
        await self._door.press(BACKORDER, "process", [wizard])

    async def _lacking(self, picking: int, wanted: Wanted) -> list[Row]:
        """Return the moves for which less is set aside than is wanted."""
        moves = await self.moves(picking)
        return [one for one in moves if one.units("reserved_availability") < wanted.get(one.id, 0)]

    async def _move_up(self, lacking: Sequence[Row], wanted: Wanted) -> bool:
        """Have the step before done as far as it is needed; False when there is none open."""
        before = await self._before(lacking)
        needs: dict[int, dict[int, int]] = {}
        for move in lacking:
            missing = wanted[move.id] - move.units("reserved_availability")
            for one in before:
                if one.id in move.ids("move_orig_ids") and missing > 0:
                    units = min(missing, one.units("product_qty"))
                    missing -= units
                    needs.setdefault(one.link("picking_id") or 0, {})[one.id] = units
        for picking, part in needs.items():
            await self.take(picking, part)
        for picking, part in needs.items():
            await self.finish(picking, part)
        return bool(needs)

    async def _before(self, moves: Sequence[Row]) -> list[Row]:
        ids = sorted({id for move in moves for id in move.ids("move_orig_ids")})
        domain: Domain = [["id", "in", ids], ["state", "not in", list(_OVER)]]
        search = Search(model=sales.MOVE, fields=MOVE, domain=domain)
        return await self._door.all(search) if ids else []

    async def _write_down(self, picking: int, wanted: Wanted) -> None:
        """Write on every move line how much of it is done, zero included: staff may have begun.

        Raises: Conflict when that is less than is wanted."""
        domain: Domain = [["picking_id", "=", picking]]
        lines = await self._door.all(Search(model=LINE, fields=_LINE, domain=domain))
        left = dict(wanted)
        for line in lines:
            move = line.link("move_id") or 0
            done = min(left.get(move, 0), line.units("product_uom_qty"))
            left[move] = left.get(move, 0) - done
            if line.units("qty_done") != done:
                await self._door.write(LINE, [line.id], {"qty_done": done})
        if any(left.values()):
            # Somebody took it in the meanwhile: less must not leave under the command's name.
            raise Conflict("what was set aside is not there any more", code="short")

    async def _short(self, move: Row) -> Conflict:
        product = await self._door.by_ids(
            catalog.PRODUCT, ("default_code",), [move.link("product_id") or 0]
        )
        sku = product[0].find_text("default_code") if product else None
        return Conflict(f"too little of {sku or 'it'} on the shelf", code="short", field=sku)
