"""The connector of the toy shop."""

import html
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.sdk import errors
from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page, Removed, Touched, Unreadable
from connectors.sdk.commands import CancelOrder, Command, CreateRefund, Outcome, SetInventory
from connectors.sdk.http import Http, Request, parse_json
from connectors.sdk.records import (
    Kind,
    LevelRecord,
    LineCounters,
    LocationRecord,
    OrderLineRecord,
    OrderRecord,
    Quantities,
    RefundRecord,
    TotalsRecord,
    TrackerRecord,
    TrackingEventRecord,
)
from connectors.sdk.records.states import (
    LocationType,
    OrderStatus,
    RefundStatus,
    TrackingStatus,
)
from connectors.sdk.signatures import require_fresh, require_match, require_secrets
from connectors.sdk.values import Money
from tests.conformance.broken.toy.errors import require_answer
from tests.conformance.broken.toy.system import sign

OVERLAP = timedelta(seconds=60)
_STATUS = {"open": OrderStatus.CONFIRMED, "canceled": OrderStatus.CANCELED}
_SCANS = {"moving": TrackingStatus.IN_TRANSIT, "there": TrackingStatus.DELIVERED}
TOPICS = ("order.created", "order.updated")


class Toy:
    """One toy shop."""

    def __init__(self, http: Http, currency: str) -> None:
        self._http = http
        self._currency = currency

    async def check(self) -> Account:
        try:
            return Account(name=(await self._ask("GET", "/me"))["name"])
        except errors.Malformed as error:
            raise errors.Misconfigured("url: no toy shop answers there") from error

    # Reads

    def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        match kind:
            case Kind.ORDER:
                return self._orders(since)
            case Kind.LOCATION:
                return self._locations()
            case Kind.TRACKER:
                return self._parcels()
            case _:
                raise errors.Unsupported(f"no {kind}", code="UNSUPPORTED")

    async def _parcels(self) -> AsyncIterator[Page]:
        yield Page(changes=tuple(await self.all_parcels()), checkpoint="")

    async def all_parcels(self) -> list[Change]:
        answer = await self._ask("GET", "/parcels")
        return [self.readable(Kind.TRACKER, one, self.tracker) for one in answer["parcels"]]

    async def _orders(self, since: str | None) -> AsyncIterator[Page]:
        begin, after = self.begin(since), ""
        reached = since or ""
        while after is not None:
            answer = await self._ask("GET", "/orders", since=begin, after=after)
            found = [self.readable(Kind.ORDER, one, self.order) for one in answer["orders"]]
            times = [one["updated_at"] for one in answer["orders"] if one["updated_at"]]
            reached = times[-1] if times else reached
            after = answer["after"]
            yield Page(changes=tuple(found), checkpoint=reached)

    def begin(self, since: str | None) -> str:
        """Where a pull begins: the overlap before its checkpoint."""
        return (datetime.fromisoformat(since) - OVERLAP).isoformat() if since else ""

    async def _locations(self) -> AsyncIterator[Page]:
        yield Page(changes=tuple(await self.all_locations()), checkpoint="")

    async def all_locations(self) -> list[Change]:
        answer = await self._ask("GET", "/locations")
        return [self.readable(Kind.LOCATION, one, self.location) for one in answer["locations"]]

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        wanted = list(dict.fromkeys(external_ids))
        match kind:
            case Kind.ORDER:
                return [await self.one(external_id) for external_id in wanted]
            case Kind.LOCATION:
                return among(await self.all_locations() if wanted else [], kind, wanted)
            case Kind.TRACKER:
                return among(await self.all_parcels() if wanted else [], kind, wanted)
            case _:
                raise errors.Unsupported(f"no {kind}", code="UNSUPPORTED")

    async def one(self, order_id: str) -> Change:
        try:
            return self.order(await self._ask("GET", f"/orders/{order_id}"))
        except errors.Missing:
            return Removed(kind=Kind.ORDER, external_id=order_id)

    # Records

    def readable(self, kind: Kind, stated: Any, mapping: Callable[[Any], Change]) -> Change:
        """The record of what is stated, or what is wrong with it."""
        try:
            return mapping(stated)
        except (KeyError, TypeError, ValueError) as error:
            return Unreadable(
                kind=kind,
                external_id=stated.get("id"),
                reason=repr(error),
                payload=json.dumps(stated),
            )

    def order(self, stated: Any) -> OrderRecord:
        currency = stated.get("currency", self._currency)
        lines = tuple(self.line(stated, number, currency) for number in range(stated["lines"]))
        total = Money(minor=sum(line.total.minor for line in lines), currency=currency)
        nothing = Money(minor=0, currency=currency)
        return OrderRecord(
            external_id=str(stated["id"]),
            revised_at=self.moment(stated["updated_at"]),
            number=stated["number"],
            status=_STATUS.get(stated["state"], OrderStatus.UNKNOWN),
            raw_status=stated["state"],
            placed_at=self.moment(stated["placed_at"]),
            currency=currency,
            totals=TotalsRecord(
                subtotal=total, discount=nothing, shipping=nothing, tax=nothing, total=total
            ),
            lines=lines,
            customer_id=stated.get("customer") or None,
        )

    def line(self, stated: Any, number: int, currency: str) -> OrderLineRecord:
        price = self.money(stated["price"], currency)
        return OrderLineRecord(
            external_id=f"{stated['id']}-{number + 1}",
            title=self.words(stated["title"]),
            counters=LineCounters(ordered=stated["ordered"], canceled=stated["canceled"]),
            unit_price=price,
            total=Money(minor=price.minor * stated["ordered"], currency=currency),
        )

    def tracker(self, stated: Any) -> TrackerRecord:
        scans = tuple(
            TrackingEventRecord(
                occurred_at=self.moment(one["at"]),
                status=self.scanned(one["status"]),
                raw_status=one["status"],
                description=self.words(one["text"]),
            )
            for one in stated["scans"]
        )
        return TrackerRecord(
            external_id=stated["number"],
            revised_at=self.moment(stated["updated_at"]),
            tracking_number=stated["number"],
            carrier="Toy Post",
            status=self.scanned(stated["status"]),
            raw_status=stated["status"],
            events=scans,
        )

    def scanned(self, word: str) -> TrackingStatus:
        return _SCANS.get(word, TrackingStatus.UNKNOWN)

    def moment(self, text: str) -> datetime:
        return datetime.fromisoformat(text).astimezone(UTC)

    def words(self, text: str) -> str:
        return html.unescape(text)

    def money(self, amount: str, currency: str) -> Money:
        return Money.of(amount, currency)

    def location(self, stated: Any) -> LocationRecord:
        return LocationRecord(
            external_id=stated["id"],
            revised_at=datetime.fromisoformat(stated["updated_at"]),
            code=stated["name"],
            name=stated["name"],
            type=LocationType.WAREHOUSE,
        )

    # Webhooks

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        require_secrets(secrets)
        timestamp = delivery.headers.get("x-toy-time", "")
        expected = [sign(secret, timestamp, delivery.body) for secret in secrets if secret]
        require_match(delivery.headers.get("x-toy-signature"), expected, "x-toy-signature")
        require_fresh(datetime.fromtimestamp(int(timestamp), UTC), now)
        event = json.loads(delivery.body)
        return Verified(id=event["id"], topic=event["topic"])

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        event = parse_json(delivery.body)
        if not isinstance(event, dict) or event.get("topic") not in TOPICS:
            raise errors.Malformed("$.topic: not one of ours")
        if not isinstance(event.get("order"), str):
            raise errors.Malformed("$.order: not an id")
        return [Touched(kind=Kind.ORDER, external_id=event["order"])]

    # Commands

    async def perform(self, command: Command) -> Outcome:
        match command:
            case CancelOrder():
                return await self._cancel(command)
            case SetInventory():
                return await self._set(command)
            case CreateRefund():
                return await self.refund(command)
            case _:
                raise errors.Unsupported(type(command).__name__, code="UNSUPPORTED")

    async def look_up(self, command: Command) -> Outcome | None:
        if not isinstance(command, CancelOrder):
            raise errors.Unsupported(type(command).__name__, code="UNSUPPORTED")
        stated = await self.stated(command.order_id)
        if stated["state"] != "canceled":
            return None
        return Outcome(external_id=stated["id"], changes=(self.order(stated),))

    async def stated(self, order_id: str) -> Any:
        try:
            return await self._ask("GET", f"/orders/{order_id}")
        except errors.Malformed as error:
            raise errors.Unavailable(f"cannot be read: {error}") from error

    async def _cancel(self, command: CancelOrder) -> Outcome:
        stated = await self.stated(command.order_id)
        if stated["state"] != "canceled":
            stated = await self.write("POST", f"/orders/{command.order_id}/cancel", key=command.key)
        return Outcome(external_id=stated["id"], changes=(self.order(stated),))

    async def _set(self, command: SetInventory) -> Outcome:
        path = f"/levels/{command.item_id}"
        stated = await self.write("PUT", path, quantity=command.quantity, key=command.key)
        level = LevelRecord(
            external_id=command.item_id,
            revised_at=datetime.fromisoformat(stated["updated_at"]),
            item_id=command.item_id,
            sku=command.sku,
            location_id=command.location_id,
            quantities=Quantities(on_hand=stated["quantity"]),
        )
        return Outcome(external_id=command.item_id, changes=(level,))

    async def refund(self, command: CreateRefund) -> Outcome:
        stated = await self.write(
            "POST", "/refunds", order=command.order_id, minor=command.amount.minor
        )
        refund = RefundRecord(
            external_id=stated["id"],
            revised_at=datetime.fromisoformat(stated["updated_at"]),
            order_id=command.order_id,
            status=RefundStatus.SUCCEEDED,
            raw_status="done",
            amount=command.amount,
        )
        return Outcome(external_id=stated["id"], changes=(refund,))

    # HTTP

    async def _ask(self, method: str, path: str, **query: str) -> Any:
        given = tuple((name, value) for name, value in query.items() if value)
        return await self.send(Request(method=method, path=path, query=given, is_safe=True))

    async def write(self, method: str, path: str, **stated: Any) -> Any:
        try:
            return await self.send(Request(method=method, path=path, json=stated, is_safe=False))
        except errors.Malformed as error:
            raise errors.Ambiguous(f"sent, and cannot be read: {error}") from error

    async def send(self, request: Request) -> Any:
        response = await self._http.send(request)
        require_answer(request.path, response)
        return response.json()


def among(changes: list[Change], kind: Kind, wanted: list[str]) -> list[Change]:
    """Those of *changes* that are *wanted*; what is not there is gone."""
    by_id = {getattr(one, "external_id", None): one for one in changes}
    return [by_id.get(one) or Removed(kind=kind, external_id=one) for one in wanted]


class ToyConnector:
    """Opens toy shops. *client* is what it opens: a flaw puts another in its place."""

    def __init__(self, client: type[Toy] = Toy) -> None:
        self._client = client

    def open(self, settings: Mapping[str, str], http: Http) -> Toy:
        for name in ("url", "token"):
            if not settings.get(name):
                raise errors.Misconfigured(f"{name}: not set")
        door = http.at(settings["url"], {"authorization": f"Bearer {settings['token']}"})
        return self._client(door, settings.get("currency") or "USD")
