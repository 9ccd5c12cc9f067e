"""The client of one Odoo database: each capability, and the part that has it."""

from collections.abc import AsyncIterator, Mapping, Sequence

from connectors.odoo.connector.canceling import Canceling
from connectors.odoo.connector.counting import Counting
from connectors.odoo.connector.door import Door
from connectors.odoo.connector.pulling import Puller
from connectors.odoo.connector.reading import Reader
from connectors.odoo.connector.requesting import Requesting
from connectors.odoo.connector.returning import Returning
from connectors.odoo.connector.shipping import Shipping
from connectors.odoo.feeds import Subject
from connectors.odoo.mapping import pickings, sales, stock, tills, wire
from connectors.odoo.requests import Domain, Login, Search
from connectors.sdk.capabilities import Account
from connectors.sdk.changes import Change, Page, Removed
from connectors.sdk.commands import (
    CancelFulfillment,
    CancelOrder,
    Command,
    Outcome,
    ReceiveReturn,
    RequestFulfillment,
    RequestReturn,
    SetInventory,
    ShipFulfillmentOrder,
)
from connectors.sdk.errors import Misconfigured, Unsupported
from connectors.sdk.http import Http
from connectors.sdk.records import Kind

_MODELS = {sales.PREFIX: sales.MODEL, tills.PREFIX: tills.MODEL, pickings.PREFIX: pickings.MODEL}
"""The models that external ids name by their prefixes."""
_PREFIXES = {
    Kind.ORDER: (sales.PREFIX, tills.PREFIX),
    Kind.RETURN: (pickings.PREFIX, tills.PREFIX),
    Kind.FULFILLMENT_ORDER: (pickings.PREFIX,),
    Kind.SHIPMENT: (pickings.PREFIX,),
}


class Odoo:
    """Implements Checks, Pulls, Fetches, Performs, LooksUp."""

    def __init__(self, settings: Mapping[str, str], http: Http) -> None:
        login = Login(
            database=settings["database"], user=settings["user"], password=settings["password"]
        )
        self._door = Door(http.at(settings["url"].rstrip("/")), login)
        self._reader = Reader(self._door)
        self._puller = Puller(self._door, self._reader)
        self._requesting = Requesting(self._door, self._reader, _carrier(settings))
        self._canceling = Canceling(self._door, self._reader)
        self._shipping = Shipping(self._door, self._reader)
        self._counting = Counting(self._door, self._reader)
        self._returning = Returning(self._door, self._reader)

    async def check(self) -> Account:
        """Read the company's name, which proves address, database, user and password at once."""
        version = await self._door.version()
        domain: Domain = [["id", "=", await self._door.uid()]]
        user = await self._door.find(
            Search(model="res.users", fields=("company_id",), domain=domain)
        )
        company = user.link_name("company_id") if user else None
        if company is None:
            raise Misconfigured("user: has no company")
        return Account(name=company, version=version)

    def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        return self._puller.pull(kind, since)

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        match kind:
            case Kind.LEVEL:
                return await self._levels(external_ids)
            case Kind.ORDER | Kind.RETURN | Kind.FULFILLMENT_ORDER | Kind.SHIPMENT:
                return await self._named(kind, external_ids)
            case Kind.LOCATION | Kind.PRODUCT | Kind.CUSTOMER:
                return await self._numbered(kind, external_ids)
            case _:
                raise Unsupported(f"a {kind} is not fetched", code="unsupported")

    async def perform(self, command: Command) -> Outcome:
        match command:
            case RequestFulfillment():
                return await self._requesting.perform(command)
            case CancelFulfillment():
                return await self._canceling.fulfillment(command)
            case ShipFulfillmentOrder():
                return await self._shipping.perform(command)
            case SetInventory():
                return await self._counting.perform(command)
            case CancelOrder():
                return await self._canceling.order(command)
            case RequestReturn():
                return await self._returning.request(command)
            case ReceiveReturn():
                return await self._returning.receive(command)
            case _:
                raise Unsupported(f"Odoo takes no {type(command).__name__}", code="unsupported")

    async def look_up(self, command: Command) -> Outcome | None:
        match command:
            case RequestFulfillment():
                return await self._requesting.look_up(command)
            case CancelFulfillment():
                return await self._canceling.look_up_fulfillment(command)
            case ShipFulfillmentOrder():
                return await self._shipping.look_up(command)
            case SetInventory():
                return await self._counting.look_up(command)
            case CancelOrder():
                return await self._canceling.look_up_order(command)
            case RequestReturn():
                return await self._returning.look_up_request(command)
            case ReceiveReturn():
                return await self._returning.look_up_receipt(command)
            case _:
                raise Unsupported(f"Odoo takes no {type(command).__name__}", code="unsupported")

    async def _numbered(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        ids = [int(one) for one in external_ids if wire.is_id(one)]
        found = _gone(kind, [one for one in external_ids if not wire.is_id(one)])
        if not ids:
            return found
        if kind is Kind.LOCATION:
            return found + await self._reader.locations(ids)
        if kind is Kind.PRODUCT:
            return found + await self._reader.products(ids)
        return found + await self._reader.customers(ids)

    async def _named(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        subjects: list[Subject] = []
        found: list[Change] = []
        for external_id in external_ids:
            parsed = wire.parse_name(external_id)
            if parsed and parsed[0] in _PREFIXES[kind]:
                subjects.append((_MODELS[parsed[0]], parsed[1]))
            else:
                found += _gone(kind, [external_id])
        transfers = [id for model, id in subjects if model == pickings.MODEL]
        orders = [subject for subject in subjects if subject[0] != pickings.MODEL]
        if transfers:
            found += await self._reader.transfers(transfers, kind)
        return found + (await self._reader.orders(orders) if orders else [])

    async def _levels(self, external_ids: Sequence[str]) -> list[Change]:
        """Read these levels, together where they are of one warehouse."""
        wanted: dict[int, list[int]] = {}
        found: list[Change] = []
        for external_id in external_ids:
            parsed = stock.parse_level_id(external_id)
            if parsed is None:
                found += _gone(Kind.LEVEL, [external_id])
            else:
                wanted.setdefault(parsed[1], []).append(parsed[0])
        for warehouse, products in wanted.items():
            found += await self._reader.levels(products, [warehouse])
        return found


def _gone(kind: Kind, external_ids: Sequence[str]) -> list[Change]:
    return [Removed(kind=kind, external_id=one) for one in external_ids]


def _carrier(settings: Mapping[str, str]) -> int | None:
    """Raises: Misconfigured when it is no id."""
    text = settings.get("carrier") or None
    if text is not None and not wire.is_id(text):
        raise Misconfigured("carrier: not an id")
    return None if text is None else int(text)
