"""RequestFulfillment: a sale that carries our reference, taken as far as its shipment."""

from connectors.sdk.commands import Outcome, RequestedLine, RequestFulfillment
from connectors.sdk.errors import Rejected
from connectors.sdk.values import Address
from connectors.tryton import documents, requests
from connectors.tryton.connector.door import Door
from connectors.tryton.connector.reading import Reader
from connectors.tryton.connector.selling import Seller
from connectors.tryton.connector.shipping import first
from connectors.tryton.mapping import customers, sales, shipments, wire
from connectors.tryton.mapping.wire import Row
from connectors.tryton.requests import Domain, Search


class Requesting:
    """After a crash: as `Seller`. Raises: as `Door`."""

    def __init__(self, door: Door, reader: Reader, carrier: int | None) -> None:
        self._door = door
        self._reader = reader
        self._carrier = carrier
        self._seller = Seller(door)

    async def perform(self, command: RequestFulfillment) -> Outcome:
        sale = await self._seller.find(command.reference) or await self._create(command)
        await self._seller.process(sale)
        return await self._outcome(sale.id)

    async def look_up(self, command: RequestFulfillment) -> Outcome | None:
        sale = await self._seller.find_working(command.reference)
        return None if sale is None else await self._outcome(sale.id)

    async def _create(self, command: RequestFulfillment) -> Row:
        warehouse = await require_warehouse(self._door, command.location_id)
        products = await self._products(command.lines)
        party, address = await self._recipient(command.ship_to)
        parts = documents.Parts(
            party=party,
            address=address,
            warehouse=warehouse,
            currency=await self._currency(command.lines[0].unit_price.currency),
            carrier=self._carrier or await first(self._door, "carrier"),
            products=products,
        )
        values = documents.sale(command, self._door.company, parts)
        return await self._seller.make(command.reference, values)

    async def _products(self, lines: tuple[RequestedLine, ...]) -> list[tuple[int, int]]:
        """Return product and unit of each line, found by its id or else by its SKU."""
        named = [line.item_id for line in lines if line.item_id]
        ids = [int(one) for one in named if one.isdecimal()]
        skus = [line.sku for line in lines if line.item_id is None]
        domain: Domain = ["OR", ["id", "in", ids], ["code", "in", skus]]
        fields = ("code", "default_uom")
        rows = await self._door.all(Search(model="product.product", fields=fields, domain=domain))
        return [_product(line, rows) for line in lines]

    async def _recipient(self, ship_to: Address) -> tuple[int, int]:
        """Return party and address, made when there is no such party or address yet."""
        parties = await self._door.search(_same_person(ship_to))
        for party in parties:
            for row in party.rows("addresses"):
                if documents.is_same(customers.address(row, party.find_text("name")), ship_to):
                    return party.id, row.id
        place = await self._place(ship_to)
        if parties and (ship_to.email or ship_to.phone):
            values = {"party": parties[0].id, **documents.address(ship_to, place)}
            address = await self._door.create("party.address", values)
            return parties[0].id, address.id
        person = documents.party(ship_to, place)
        made = await self._door.create("party.party", person, ("addresses",))
        return made.id, made.ids("addresses")[0]

    async def _place(self, ship_to: Address) -> documents.Place:
        country = await self._by_code("country.country", ship_to.country_code)
        if ship_to.country_code and country is None:
            message = "Tryton does not know the country"
            raise Rejected(message, code="unknown_country", field="ship_to.country_code")
        subdivision = documents.subdivision_code(ship_to)
        return documents.Place(
            country=country, subdivision=await self._by_code("country.subdivision", subdivision)
        )

    async def _currency(self, code: str) -> int:
        found = await self._by_code("currency.currency", code)
        if found is None:
            raise Rejected(f"Tryton has no currency {code}", code="unknown_currency")
        return found

    async def _by_code(self, model: str, code: str | None) -> int | None:
        if code is None:
            return None
        row = await self._door.find(Search(model=model, fields=(), domain=[["code", "=", code]]))
        return row.id if row else None

    async def _outcome(self, sale: int) -> Outcome:
        return await outcome_of_sale(self._door, self._reader, sale)


async def outcome_of_sale(door: Door, reader: Reader, sale: int) -> Outcome:
    """Return all shipments of a sale; the id is that of the first which is not canceled.

    Raises: Rejected when there is none.
    """
    row = await door.find(_sale(sale, ("shipments.state",)))
    planned = row.rows("shipments") if row else []
    going = [one.id for one in planned if one.text("state") != "cancelled"]
    if not planned:
        raise Rejected("Tryton planned no shipment: nothing to send", code="no_shipment")
    return Outcome(
        external_id=wire.name(shipments.MODEL, (going or [planned[0].id])[0]),
        changes=tuple(await reader.shipments([one.id for one in planned])),
    )


async def require_warehouse(door: Door, location_id: str) -> int:
    """Look before anybody is written down: Tryton would refuse the sale only.

    Raises: Rejected when there is no such warehouse.
    """
    id = int(location_id) if location_id.isdecimal() else 0
    domain: Domain = [["id", "=", id], ["type", "=", "warehouse"]]
    if await door.find(Search(model="stock.location", fields=(), domain=domain)) is None:
        raise Rejected("no such warehouse", code="unknown_location", field="location_id")
    return id


def _sale(id: int, fields: tuple[str, ...]) -> Search:
    return Search(model=sales.MODEL, fields=fields, domain=[["id", "=", id]])


def _same_person(ship_to: Address) -> Search:
    """Look for the party by mail address, else by phone, else by a name that has neither."""
    reach = ship_to.email or ship_to.phone
    if reach:
        same: Domain = [["value", "ilike", requests.like(reach)]]
        domain: Domain = [["contact_mechanisms", "where", same]]
    else:
        domain = [["name", "=", documents.name(ship_to)], ["contact_mechanisms", "=", None]]
    return Search(model="party.party", fields=customers.FIELDS, domain=domain)


def _product(line: RequestedLine, rows: list[Row]) -> tuple[int, int]:
    def is_it(row: Row) -> bool:
        if line.item_id is None:
            return row.find_text("code") == line.sku
        return str(row.id) == line.item_id

    found = [row for row in rows if is_it(row)]
    if len(found) != 1:
        message = f"{line.sku}: {len(found)} products of that id or SKU"
        raise Rejected(message, code="unknown_product", field=line.sku)
    unit = found[0].link("default_uom")
    return found[0].id, unit or 0
