"""Sales that we write: found again by the reference they carry, made once, and taken as far as
Tryton plans what is to move."""

from collections.abc import Mapping

from connectors.sdk.errors import Conflict
from connectors.tryton.connector.door import Door
from connectors.tryton.mapping import sales
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Domain, Json, Search

NEXT = {"draft": "quote", "quotation": "confirm", "confirmed": "process"}
"""The button that takes a sale one state on."""

_RANKS = ("done", "processing", "confirmed", "quotation", "draft", "cancelled")
_WORKING = ("processing", "done")


class Seller:
    """After a crash: a sale that got no further than a draft, which moves nothing; the next attempt
    finds it by its reference and goes on. Raises: as `Door`."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def find(self, reference: str) -> Row | None:
        """Return the sale with our reference. Should there be several, the one that is furthest
        is it: a reply that was lost can leave a draft behind, and nobody takes that any further."""
        domain: Domain = [["reference", "=", reference]]
        found = await self._door.search(Search(model=sales.MODEL, fields=("state",), domain=domain))
        return min(found, key=_rank, default=None)

    async def find_working(self, reference: str) -> Row | None:
        """Return the sale with our reference if it has come as far as `process` takes it."""
        sale = await self.find(reference)
        return sale if sale and sale.text("state") in _WORKING else None

    async def make(self, reference: str, values: Mapping[str, Json]) -> Row:
        """Write a sale that carries *reference*."""
        made = await self._door.create(sales.MODEL, values, ("state",))
        found = await self.find(reference)
        if found is None or found.id == made.id:
            return made
        # Somebody else with the same command was quicker.
        await self._door.delete(sales.MODEL, made.id)
        return found

    async def process(self, sale: Row) -> None:
        """Raises: Conflict when the sale stays where it is, or was canceled."""
        state = sale.text("state")
        while state in NEXT:
            state = await self._step(sale.id, state)
        if state not in _WORKING:
            raise Conflict(f"the sale with this reference is {state}", code=state)

    async def _step(self, id: int, state: str) -> str:
        """Press the next button, if that is still to be done.

        Confirming a sale has it processed, too, as a rule before the answer comes; the answer says
        *confirmed* all the same. Nobody must press *process* then as well: on a database without
        row locks (SQLite) two who process a sale at once make two shipments of it.
        """
        search = Search(model=sales.MODEL, fields=("state",), domain=[["id", "=", id]])
        row = await self._door.find(search)
        after = row.text("state") if row else state
        if after == state:
            after = await self._door.press(sales.MODEL, id, NEXT[state])
        if after == state:
            raise Conflict(f"the sale stays {state}", code=state)
        return after


def _rank(sale: Row) -> tuple[int, int]:
    state = sale.text("state")
    return (_RANKS.index(state) if state in _RANKS else len(_RANKS), sale.id)
