"""The connector to a flexcommerce marketplace: what a seller reads of it and tells it."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit

from connectors.flexmarket import requests, webhooks
from connectors.flexmarket.asked import Asked
from connectors.flexmarket.mapping import Shop
from connectors.flexmarket.market import Market
from connectors.flexmarket.plans import Plan, State, plan_of
from connectors.flexmarket.pulls import Pull
from connectors.flexmarket.reading import Reader, skus
from connectors.flexmarket.requests import LISTINGS
from connectors.flexmarket.row import Row
from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page
from connectors.sdk.commands import (
    CancelOrder,
    Command,
    Outcome,
    ReceiveReturn,
    RecordDelivery,
    RecordShipment,
    SetInventory,
)
from connectors.sdk.errors import (
    Ambiguous,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    Unavailable,
    Unsupported,
)
from connectors.sdk.http import Http
from connectors.sdk.records import Kind

API = "/api"
MAX_STEPS = 20
"""More than the longest plan has; beyond it someone undoes what we do."""
STAFFS = (Kind.LEVEL, Kind.RETURN)
"""What the marketplace shows to its staff alone."""


class Flexmarket:
    """What ``CONNECTOR`` is."""

    def open(self, settings: Mapping[str, str], http: Http) -> "Client":
        """Make a client of one seller. Raises: Misconfigured, naming the setting."""
        url = _required(settings, "url").rstrip("/")
        http.at(url)  # refuses what is no address
        host = urlsplit(url).netloc
        if "@" in host:
            raise Misconfigured("url: holds a user's name; the token alone says who we are")
        url = url if urlsplit(url).path else url + API
        seller = http.at(url, _token(_required(settings, "token")))
        has_staff = bool(settings.get("staff_token"))
        staff = http.at(url, _token(_required(settings, "staff_token"))) if has_staff else None
        return Client(Market(seller, staff, host))


def _required(settings: Mapping[str, str], name: str) -> str:
    value = settings.get(name, "").strip()
    if not value:
        raise Misconfigured(f"{name}: is not set")
    if not (value.isascii() and value.isprintable()):
        raise Misconfigured(f"{name}: holds characters that neither header nor address can")
    return value


def _token(token: str) -> dict[str, str]:
    return {"authorization": f"Token {token}"}


class Client:
    """One seller's account. Concurrency: any number of tasks; see Market."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._reader = Reader(market)

    async def check(self) -> Account:
        """Prove the address, both tokens, and that the seller is approved.

        Raises: Misconfigured, Unavailable, Throttled.
        """
        self._market.forget()
        try:
            shop = await self._market.shop()
            await self._market.read(LISTINGS[Kind.ORDER].page(1))
            if self._market.has_staff:
                await self._market.read(requests.stock(1))
        except (Malformed, Rejected) as error:
            raise Misconfigured("url: no marketplace's API answers there") from error
        return Account(name=shop.name)

    def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """Give what changed since; see Pulls. Listings and stock are given whole each time.

        Raises: Misconfigured for what the staff's token is needed for and missing.
        """
        self._require_readable(kind)
        if kind in LISTINGS:
            return Pull(self._market, self._reader, kind).since(since)
        return self._reader.whole(kind, since)

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Read these now; see Fetches. An order may be named by the number in a webhook: where that
        is no order of this seller's, nothing comes of it."""
        self._require_readable(kind)
        match kind:
            case Kind.ORDER:
                return await self._reader.orders([Asked.parse(each) for each in external_ids])
            case Kind.RETURN:
                return await self._reader.returns(external_ids)
            case Kind.PRODUCT:
                return await self._reader.products(external_ids)
            case Kind.LEVEL:
                return await self._reader.levels(external_ids)
            case _:
                return await self._reader.locations(external_ids)

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        """Prove a delivery genuine; see ReceivesWebhooks."""
        return webhooks.verify(delivery, secrets, now)

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        """Say what a delivery is about; see ReceivesWebhooks."""
        return webhooks.decode(delivery, has_staff=self._market.has_staff)

    async def perform(self, command: Command) -> Outcome:
        """Carry out *command*, going on from what the marketplace says was done of it.

        After a crash: the next call with the same key goes on, or finds nothing left to do.
        """
        plan = self._plan(command)
        for _ in range(MAX_STEPS):
            with _unread_is_unavailable():
                state = await self._look(command)
                step = plan.decide(state)
                if step is None:
                    return _outcome(plan, state)
            await self._market.write(step.ask)
            if step.is_last:
                with _unread_is_unavailable():
                    return _outcome(plan, await self._look(command))
        raise Ambiguous(f"not done after {MAX_STEPS} steps: something undoes it")

    async def look_up(self, command: Command) -> Outcome | None:
        """Say whether all of *command* was done before; see LooksUp."""
        plan = self._plan(command)
        with _unread_is_unavailable():
            try:
                state = await self._look(command)
                return _outcome(plan, state) if plan.decide(state) is None else None
            except Rejected:
                return None

    def _plan(self, command: Command) -> Plan:
        """Raises: Unsupported, Rejected, Misconfigured, before anything is sent."""
        plan = plan_of(command)
        if plan.needs_staff:
            self._market.require_staff()
        plan.require()
        return plan

    async def _look(self, command: Command) -> State:
        """Read what the plan of *command* decides on."""
        shop = await self._market.shop()
        match command:
            case RecordShipment() | RecordDelivery() | CancelOrder():
                return await self._look_at_order(command.order_id, shop)
            case SetInventory():
                return await self._look_at_stock(command.item_id, shop)
            case ReceiveReturn():
                return await self._look_at_return(command.return_id, shop)
            case _:
                raise AssertionError(f"{type(command).__name__} has no plan")

    async def _look_at_order(self, order_id: str, shop: Shop) -> State:
        found = await self._market.find_orders([Asked(text=order_id)])
        if not found:
            return State(shop=shop)
        order = Row.of(found[0].value, "order")
        parent = await self._market.parent_of(order) if self._market.has_staff else None
        return State(shop=shop.at(found[0].read_at), order=order, parent=parent)

    async def _look_at_stock(self, variant_id: str, shop: Shop) -> State:
        sku = skus(await self._market.variants()).get(variant_id)
        found = await self._market.stock_of(sku, variant_id) if sku else None
        if found is None:
            return State(shop=shop)
        stock, read_at = found
        moved = (await self._market.read(requests.movements(stock.text("id")))).rows("results")
        return State(shop=shop.at(read_at), stock=stock, movements=moved)

    async def _look_at_return(self, return_id: str, shop: Shop) -> State:
        try:
            returned = await self._market.read(requests.returned(return_id))
        except Missing:
            return State(shop=shop)
        parent = await self._market.read(requests.parent(returned.text("order")))
        found = await self._market.find_orders([Asked.of(parent)])
        order = Row.of(found[0].value, "order") if found else None
        return State(shop=shop, returned=returned, parent=parent, order=order)

    def _require_readable(self, kind: Kind) -> None:
        if kind not in (*LISTINGS, *STAFFS, Kind.PRODUCT, Kind.LOCATION):
            raise Unsupported(f"a seller is shown no {kind}", code="UNSUPPORTED")
        if kind in STAFFS:
            self._market.require_staff()


def _outcome(plan: Plan, state: State) -> Outcome:
    return Outcome(external_id=plan.made(state), changes=tuple(plan.report(state)))


@contextmanager
def _unread_is_unavailable() -> Iterator[None]:
    """An answer to a read that cannot be read leaves a command undone, as far as it goes."""
    try:
        yield
    except Malformed as error:
        raise Unavailable(f"an answer that cannot be read: {error}") from error
