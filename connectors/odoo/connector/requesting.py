"""RequestFulfillment: a sale that carries our reference, confirmed in the right warehouse."""

from connectors.odoo import documents, requests
from connectors.odoo.connector.door import Door
from connectors.odoo.connector.reading import Reader
from connectors.odoo.mapping import catalog, customers, sales, stock, tills, wire
from connectors.odoo.mapping.wire import Row
from connectors.odoo.requests import Domain, Search
from connectors.sdk.commands import Outcome, RequestedLine, RequestFulfillment
from connectors.sdk.errors import Conflict, Rejected
from connectors.sdk.records import FulfillmentOrderRecord
from connectors.sdk.records.states import FulfillmentOrderStatus
from connectors.sdk.values import Address

_NEW = ("draft", "sent")
_RANKS = ("done", "sale", "sent", "draft", "cancel")


class Requesting:
    """After a crash: a partner, or a sale that is a draft, which holds no stock; the next attempt
    finds either and goes on. Raises: as `Door`."""

    def __init__(self, door: Door, reader: Reader, carrier: int | None) -> None:
        self._door = door
        self._reader = reader
        self._carrier = carrier

    async def perform(self, command: RequestFulfillment) -> Outcome:
        """Raises: Conflict (code ``cancel``) when what was asked under this reference is canceled;
        Rejected, before anything is written, when Odoo does not know the warehouse, a product, the
        currency or the country."""
        held = await self._find(command)
        sale, state = (held.id, held.text("state")) if held else (None, _NEW[0])
        if sale is None:
            sale = await self._create(command)
        if state in _NEW:
            await self._door.press(sales.MODEL, "action_confirm", [sale])
        elif state == "cancel":
            raise Conflict("the sale with this reference is canceled", code="cancel")
        outcome = await self._outcome(sale)
        if outcome is None:
            raise Conflict("nothing of this reference is to be sent (any more)", code="cancel")
        return outcome

    async def look_up(self, command: RequestFulfillment) -> Outcome | None:
        held = await self._find(command)
        if held is None or held.text("state") in (*_NEW, "cancel"):
            return None
        return await self._outcome(held.id)

    async def _find(self, command: RequestFulfillment) -> Row | None:
        """Return the sale with our reference. Should there be several, the one that is furthest
        is it: a reply that was lost can leave a draft behind, and nobody takes that any further."""
        domain: Domain = [["client_order_ref", "=", command.reference]]
        search = Search(model=sales.MODEL, fields=("state",), domain=domain)
        return min(await self._door.search(search), key=_rank, default=None)

    async def _create(self, command: RequestFulfillment) -> int:
        warehouse = await self._warehouse(command.location_id)
        products = await self._products(command.lines)
        pricelist = await self._pricelist(command.lines)
        place = await self._place(command.ship_to)
        customer, recipient = await self._recipient(command.ship_to, place)
        parts = documents.Parts(
            customer=customer,
            recipient=recipient,
            warehouse=warehouse,
            pricelist=pricelist,
            carrier=self._carrier,
            products=products,
        )
        return await self._door.create(sales.MODEL, documents.sale(command, parts))

    async def _warehouse(self, location_id: str) -> int:
        id = int(location_id) if wire.is_id(location_id) else 0
        domain: Domain = [["id", "=", id]]
        if await self._door.find(Search(model=stock.WAREHOUSE, fields=(), domain=domain)) is None:
            raise Rejected("no such warehouse", code="unknown_location", field="location_id")
        return id

    async def _products(self, lines: tuple[RequestedLine, ...]) -> list[tuple[int, int]]:
        """Return product and unit of each line, found by its id or else by its SKU."""
        ids = [int(one) for line in lines if (one := line.item_id) and wire.is_id(one)]
        skus = [line.sku for line in lines if line.item_id is None]
        domain: Domain = ["|", ["id", "in", ids], ["default_code", "in", skus]]
        fields = ("default_code", "uom_id")
        rows = await self._door.all(Search(model=catalog.PRODUCT, fields=fields, domain=domain))
        return [_product(line, rows) for line in lines]

    async def _pricelist(self, lines: tuple[RequestedLine, ...]) -> int:
        """Return a price list in the currency of the prices: a sale has its currency from there."""
        codes = {line.unit_price.currency for line in lines}
        if len(codes) != 1:
            raise Rejected("the lines have more than one currency", code="currencies")
        code = codes.pop()
        domain: Domain = [["currency_id.name", "=", code]]
        found = await self._door.find(Search(model=tills.PRICELIST, fields=(), domain=domain))
        if found is None:
            message = f"Odoo has no price list in {code}"
            raise Rejected(message, code="unknown_currency", field="unit_price")
        return found.id

    async def _place(self, ship_to: Address) -> documents.Place:
        if ship_to.country_code is None:
            return documents.Place(country=None, state=None)
        domain: Domain = [["code", "=", ship_to.country_code]]
        country = await self._door.find(Search(model=customers.COUNTRY, fields=(), domain=domain))
        if country is None:
            message = "Odoo does not know the country"
            raise Rejected(message, code="unknown_country", field="ship_to.country_code")
        domain = [["country_id", "=", country.id], ["code", "=", ship_to.province or ""]]
        state = await self._door.find(Search(model=customers.STATE, fields=(), domain=domain))
        return documents.Place(country=country.id, state=state.id if state else None)

    async def _recipient(self, ship_to: Address, place: documents.Place) -> tuple[int, int]:
        """Return who buys and where it goes, written down when there is no such one yet."""
        people = await self._door.search(_same_person(ship_to))
        tables = await self._reader.gatherer.partners([one.id for one in people], is_whole=True)
        for person in people:
            own = tables.owned(customers.MODEL, "parent_id", person.id)
            for row in (tables.get(customers.MODEL, person.id), *own):
                if documents.is_same(customers.address(row, tables), ship_to):
                    return person.id, row.id
        if people and (ship_to.email or ship_to.phone):
            values = documents.delivery_address(ship_to, place, people[0].id)
            return people[0].id, await self._door.create(customers.MODEL, values)
        made = await self._door.create(customers.MODEL, documents.partner(ship_to, place))
        return made, made

    async def _outcome(self, sale: int) -> Outcome | None:
        """Return all deliveries of a sale, the id being that of the first which is not canceled;
        None when there is no such one."""
        changes = await self._reader.works([sale])
        works = [one for one in changes if isinstance(one, FulfillmentOrderRecord)]
        going = [one for one in works if one.status is not FulfillmentOrderStatus.CANCELED]
        if not going:
            return None
        return Outcome(external_id=going[0].external_id, changes=tuple(changes))


def _same_person(ship_to: Address) -> Search:
    """Look for the person by mail, else by phone, else by a name that has neither."""
    if ship_to.email:
        same: Domain = [["email", "=ilike", requests.like(ship_to.email)]]
    elif ship_to.phone:
        same = [["phone", "=", ship_to.phone]]
    else:
        same = [
            ["name", "=", documents.name(ship_to)],
            ["email", "=", False],
            ["phone", "=", False],
        ]
    domain: Domain = [*same, "|", ["parent_id", "=", False], ["type", "=", customers.CONTACT]]
    return Search(model=customers.MODEL, fields=(), domain=domain)


def _product(line: RequestedLine, rows: list[Row]) -> tuple[int, int]:
    def is_it(row: Row) -> bool:
        if line.item_id is None:
            return row.find_text("default_code") == line.sku
        return str(row.id) == line.item_id

    found = [row for row in rows if is_it(row)]
    if len(found) != 1:
        message = f"{line.sku}: {len(found)} products of that id or SKU"
        raise Rejected(message, code="unknown_product", field=line.sku)
    return found[0].id, found[0].link("uom_id") or 0


def _rank(sale: Row) -> tuple[int, int]:
    state = sale.text("state")
    return (_RANKS.index(state) if state in _RANKS else len(_RANKS), sale.id)
