"""The client of one Tryton database: each capability, and the part that has it."""

from collections.abc import AsyncIterator, Mapping, Sequence

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
from connectors.tryton import errors, feeds, requests
from connectors.tryton.connector.canceling import Canceling
from connectors.tryton.connector.counting import Counting
from connectors.tryton.connector.door import Door, Login
from connectors.tryton.connector.pulling import Puller
from connectors.tryton.connector.reading import Reader
from connectors.tryton.connector.receiving import Receiving
from connectors.tryton.connector.requesting import Requesting
from connectors.tryton.connector.returning import Returning
from connectors.tryton.connector.shipping import Choices, Shipping
from connectors.tryton.mapping import sales, shipments, stock, tills, wire
from connectors.tryton.requests import Search

_MODELS = {
    Kind.ORDER: (sales.MODEL, tills.MODEL),
    Kind.RETURN: (sales.MODEL, tills.MODEL),
    Kind.FULFILLMENT_ORDER: (shipments.MODEL,),
    Kind.SHIPMENT: (shipments.MODEL,),
}
"""Kinds whose external ids name the model, and the models they may name."""


class Tryton:
    """Implements Checks, Pulls, Fetches, Performs, LooksUp."""

    def __init__(self, settings: Mapping[str, str], http: Http) -> None:
        url, database = settings["url"].rstrip("/"), settings.get("database") or "tryton"
        bearer = {"authorization": f"Bearer {settings['rest_key']}"}
        choices = Choices(
            carrier=_number(settings, "carrier"), package_type=_number(settings, "package_type")
        )
        self._server = http.at(url)
        self._door = Door(
            http.at(f"{url}/{database}", bearer),
            _number(settings, "company") or 1,
            _login(settings),
        )
        self._reader = Reader(self._door)
        self._puller = Puller(self._door, self._reader)
        self._requesting = Requesting(self._door, self._reader, choices.carrier)
        self._shipping = Shipping(self._door, self._reader, choices)
        self._canceling = Canceling(self._door, self._reader)
        self._counting = Counting(self._door, self._reader)
        self._returning = Returning(self._door, self._reader)
        self._receiving = Receiving(self._door, self._reader)

    async def check(self) -> Account:
        """Read the company's name, which proves address, database, key and company at once."""
        domain: requests.Domain = [["id", "=", self._door.company]]
        search = Search(model="company.company", fields=("party.name",), domain=domain)
        row = await self._door.find(search)
        if row is None:
            raise Misconfigured(f"company: there is no company {self._door.company}")
        version = requests.call("common.server.version", is_safe=True)
        answer = errors.result((await self._server.send(version)).json())
        return Account(name=row.row("party").text("name"), version=str(answer))

    def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        return self._puller.pull(kind, since)

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        match kind:
            case Kind.LEVEL:
                return await self._levels(external_ids)
            case Kind.ORDER | Kind.RETURN | Kind.FULFILLMENT_ORDER | Kind.SHIPMENT:
                return await self._named(kind, external_ids)
            case _:
                return await self._numbered(kind, external_ids)

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
                return await self._returning.perform(command)
            case ReceiveReturn():
                return await self._receiving.perform(command)
            case _:
                raise Unsupported(f"Tryton takes no {type(command).__name__}", code="unsupported")

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
                return await self._returning.look_up(command)
            case ReceiveReturn():
                return await self._receiving.look_up(command)
            case _:
                raise Unsupported(f"Tryton takes no {type(command).__name__}", code="unsupported")

    async def _numbered(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        ids = [int(one) for one in external_ids if one.isdecimal()]
        found = _gone(kind, [one for one in external_ids if not one.isdecimal()])
        match kind:
            case Kind.LOCATION:
                return found + await self._reader.locations(ids)
            case Kind.PRODUCT:
                return found + await self._reader.products(ids)
            case Kind.CUSTOMER:
                return found + await self._reader.customers(ids)
            case _:
                raise Unsupported(f"Tryton keeps no {kind}", code="unsupported")

    async def _named(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        subjects: list[feeds.Subject] = []
        unknown: list[str] = []
        for external_id in external_ids:
            subject = wire.parse_name(external_id)
            if subject and subject[0] in _MODELS[kind]:
                subjects.append(subject)
            else:
                unknown.append(external_id)
        if kind in (Kind.ORDER, Kind.RETURN):
            found = await self._reader.orders(subjects)
        else:
            found = await self._reader.shipments([id for _, id in subjects])
        # A return is looked for among the orders, and is missed as a return.
        missed = [one.external_id for one in found if isinstance(one, Removed)]
        read = [one for one in found if not isinstance(one, Removed)]
        return read + _gone(kind, [*unknown, *missed])

    async def _levels(self, external_ids: Sequence[str]) -> list[Change]:
        """Read the pairs that were asked for. Their products are read in all their warehouses."""
        pairs = {one: stock.parse_level_id(one) for one in external_ids}
        known = [pair for pair in pairs.values() if pair]
        products = sorted({product for product, _ in known})
        warehouses = sorted({warehouse for _, warehouse in known})
        read = await self._reader.levels(products, warehouses) if known else []
        found = [one for one in read if one.external_id in pairs]
        return found + _gone(Kind.LEVEL, [one for one, pair in pairs.items() if pair is None])


def _gone(kind: Kind, external_ids: Sequence[str]) -> list[Change]:
    """What is no id of Tryton's names nothing there."""
    return [Removed(kind=kind, external_id=one) for one in external_ids]


def _login(settings: Mapping[str, str]) -> Login | None:
    user, password = settings.get("user"), settings.get("password")
    if bool(user) != bool(password):
        raise Misconfigured("user, password: give both or neither")
    return Login(user=user, password=password) if user and password else None


def _number(settings: Mapping[str, str], name: str) -> int | None:
    value = settings.get(name)
    if value and not value.isdecimal():
        raise Misconfigured(f"{name}: not an id: {value!r}")
    return int(value) if value else None
