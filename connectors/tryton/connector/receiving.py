"""ReceiveReturn: the parcel that Tryton awaits is received, and its goods are put on the shelf.

Tryton has no key for that. Before anything is received, our key is written into the reference of
the parcel, together with how many units of it are here: that makes an unknown outcome askable, and
lets a return be received in parts. What shares a disposition is a parcel of its own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.sdk.changes import Change
from connectors.sdk.commands import Outcome, ReceivedLine, ReceiveReturn
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records.states import Disposition
from connectors.tryton.connector.door import Door
from connectors.tryton.connector.reading import Reader
from connectors.tryton.mapping import arrivals, sales, wire
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Domain, Json, Search

STEPS = 12
"""From a parcel that is awaited to one that is done, and a few to spare."""
STATED = (Disposition.RESTOCKED, Disposition.DESTROYED)
"""What is received is on sale, or goes to the warehouse's waste. Tryton has no place for what
somebody has to look at: the input zone, too, counts as on hand."""
_LINE = ("product", "sale")
_WAREHOUSE = ("waste_locations", "input_location", "storage_location")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What shares a disposition. *units* by product: None is all that is to come. *waste*: where it
    goes instead of the shelf."""

    mark: str
    units: Mapping[int, int] | None = None
    waste: int | None = None


class Receiving:
    """Each step is chosen by the state that the parcel with our mark is in, so that an attempt goes
    on where the last one ended. Raises: as `Door`."""

    def __init__(self, door: Door, reader: Reader) -> None:
        self._door = door
        self._reader = reader

    async def perform(self, command: ReceiveReturn) -> Outcome:
        """Raises: Conflict when fewer units are to come; Rejected for a disposition that this
        warehouse cannot state, or another warehouse than the return's, nothing being changed."""
        _require_stated(command)
        back = await self._return(command)
        if back is None:
            raise Missing("no such return", code="404")
        if command.location_id not in (None, str(back.link("warehouse"))):
            message = "the goods are to come to another warehouse"
            raise Rejected(message, code="other_location", field="location_id")
        shares = await self._shares(command, back)
        arrivals.require(back, _to_come(back, shares))
        for share in shares:
            await self._receive(back.id, share)
        return await self._outcome(back)

    async def look_up(self, command: ReceiveReturn) -> Outcome | None:
        back = await self._return(command)
        if back is None:
            return None
        marks = _by_disposition(command) or {Disposition.RESTOCKED: ()}
        done = [_is_done(back, _mark(command, one), is_all=not command.lines) for one in marks]
        return await self._outcome(back) if all(done) else None

    async def _return(self, command: ReceiveReturn) -> Row | None:
        match wire.parse_name(command.return_id):
            case (sales.MODEL, int() as id):
                return await self._read(id)
            case _:
                return None

    async def _read(self, id: int) -> Row | None:
        domain: Domain = [["id", "=", id], ["lines.quantity", "<", 0]]
        fields = arrivals.FIELDS
        return await self._door.find(Search(model=sales.MODEL, fields=fields, domain=domain))

    async def _shares(self, command: ReceiveReturn, back: Row) -> list[Share]:
        """Find every product, and a place for what is waste, before anything is received."""
        if not command.lines:
            return [Share(mark=_mark(command, Disposition.RESTOCKED))]
        found: list[Share] = []
        for disposition, lines in _by_disposition(command).items():
            is_waste = disposition is Disposition.DESTROYED
            share = Share(
                mark=_mark(command, disposition),
                units=await self._units(back, lines),
                waste=await self._waste(back) if is_waste else None,
            )
            found.append(share)
        return found

    async def _units(self, back: Row, lines: tuple[ReceivedLine, ...]) -> dict[int, int]:
        """Return the units of each product. A line is one of the return or of what it takes back;
        its product is what counts, as in all that Tryton says of returns."""
        ids: Json = [int(one.line_id) for one in lines if one.line_id.isdecimal()]
        names = [wire.name(sales.MODEL, back.id), back.find_text("origin")]
        search = Search(model="sale.line", fields=_LINE, domain=[["id", "in", ids]])
        rows = {
            str(row.id): row.link("product")
            for row in await self._door.all(search)
            if wire.name(sales.MODEL, row.link("sale") or 0) in names
        }
        found: dict[int, int] = {}
        for line in lines:
            product = rows.get(line.line_id)
            if product is None:
                raise Rejected("no such line", code="unknown_line", field="lines")
            found[product] = found.get(product, 0) + line.quantity
        return found

    async def _waste(self, back: Row) -> int:
        domain: Domain = [["id", "=", back.link("warehouse")]]
        search = Search(model="stock.location", fields=_WAREHOUSE, domain=domain)
        row = await self._door.find(search)
        waste = row.ids("waste_locations") if row else []
        if row is None or not waste or row.link("input_location") == row.link("storage_location"):
            message = "the warehouse has no location for waste, or no input zone"
            raise Rejected(message, code="no_waste", field="disposition")
        return waste[0]

    async def _receive(self, id: int, share: Share) -> None:
        for _ in range(STEPS):
            back = await self._read(id)
            if back is None:
                raise Missing("no such return", code="404")
            if _is_done(back, share.mark, is_all=share.units is None):
                return
            open = [one for one in arrivals.marked(back, share.mark) if one.text("state") != "done"]
            if open:
                await self._step(open[0], share)
            else:
                await self._take(back, share)
        raise Conflict("the return gets nowhere", code="stuck")

    async def _take(self, back: Row, share: Share) -> None:
        """Write our mark on a parcel that is to come, and how much of it is here: in one write."""
        parcels = arrivals.awaited(back)
        if not parcels:
            raise Conflict("nothing more is to come", code="not_awaited")
        written = parcels[0].find_text("reference")
        values: dict[str, Json] = {"reference": " ".join(filter(None, (written, share.mark)))}
        if share.units is not None:
            units = arrivals.shares(parcels[0], share.units)
            values["incoming_moves"] = [
                ["write", [move], {"quantity": quantity}] for move, quantity in units.items()
            ]
        await self._door.write(arrivals.MODEL, parcels[0].id, values)

    async def _step(self, parcel: Row, share: Share) -> None:
        match parcel.text("state"):
            case "draft":
                await self._door.press(arrivals.MODEL, parcel.id, "receive")
            case "received":
                for move in parcel.rows("inventory_moves") if share.waste else ():
                    await self._door.write("stock.move", move.id, {"to_location": share.waste})
                await self._door.press(arrivals.MODEL, parcel.id, "do")
            case state:
                raise Conflict(f"the parcel is {state}", code=state)

    async def _outcome(self, back: Row) -> Outcome:
        """Return the return, its order, and what the shelf holds of it now."""
        changes: list[Change] = await self._reader.orders([(sales.MODEL, back.id)])
        products, warehouse = list(arrivals.products(back)), back.link("warehouse")
        changes += await self._reader.levels(products, [warehouse] if warehouse else [])
        return Outcome(external_id=wire.name(sales.MODEL, back.id), changes=tuple(changes))


def _by_disposition(command: ReceiveReturn) -> dict[Disposition, tuple[ReceivedLine, ...]]:
    found: dict[Disposition, tuple[ReceivedLine, ...]] = {}
    for line in command.lines:
        found[line.disposition] = (*found.get(line.disposition, ()), line)
    return found


def _mark(command: ReceiveReturn, disposition: Disposition) -> str:
    return f"{arrivals.PREFIX}{command.key}/{disposition}"


def _to_come(back: Row, shares: Sequence[Share]) -> Counter[int]:
    """Return the units of each product that must be awaited: of shares that are not begun with."""
    found: Counter[int] = Counter()
    for share in shares:
        if not arrivals.marked(back, share.mark):
            found.update(share.units or {})
    return found


def _is_done(back: Row, mark: str, *, is_all: bool) -> bool:
    """Tell whether all parcels of a mark are done, and, if that is the whole, none is to come."""
    parcels = arrivals.marked(back, mark)
    are_done = bool(parcels) and all(one.text("state") == "done" for one in parcels)
    return are_done and not (is_all and arrivals.awaited(back))


def _require_stated(command: ReceiveReturn) -> None:
    for line in command.lines:
        if line.disposition not in STATED:
            message = f"Tryton has no place for what is {line.disposition}"
            raise Rejected(message, code="disposition", field="disposition")
