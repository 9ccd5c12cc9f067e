"""ShipBob as a system of ours: the only module here that sends anything."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page
from connectors.sdk.commands import (
    CancelFulfillment,
    Command,
    Outcome,
    RequestFulfillment,
    RequestReturn,
)
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    Unavailable,
    Unsupported,
)
from connectors.sdk.http import Http, Request, Response
from connectors.sdk.records import Kind
from connectors.shipbob import answers, checkpoints, errors, mapping, requests, webhooks
from connectors.shipbob.answers import Mapper
from connectors.shipbob.checkpoints import Mark
from connectors.shipbob.errors import Operation
from connectors.shipbob.mapping import Node
from connectors.shipbob.returning import Returning

REFERENCES_KEPT = 10_000
"""Shipments whose reference is remembered for the returns of them: about a megabyte."""
CHANNEL_PAGES = 20
"""More pages of channels than any account has; ShipBob's own example has a link on every page."""

_MAPPERS: dict[Kind, Mapper] = {
    Kind.LOCATION: lambda raw, read_at: [mapping.location(raw, read_at)],
    Kind.PRODUCT: lambda raw, read_at: [mapping.product(raw, read_at)],
    Kind.LEVEL: mapping.levels,
    Kind.FULFILLMENT_ORDER: mapping.order,
    Kind.SHIPMENT: mapping.order,
}
"""What an item of a list says, by the kind that is pulled; shipments are listed by order."""
_ONE: dict[Kind, Mapper] = {
    Kind.PRODUCT: _MAPPERS[Kind.PRODUCT],
    Kind.SHIPMENT: lambda raw, read_at: [mapping.shipment(raw, read_at)],
}
"""What is read by one id only."""
_KINDS = frozenset({*_MAPPERS, Kind.TRACKER, Kind.RETURN})


class ShipBob:
    """What ``CONNECTOR`` is."""

    def open(self, settings: Mapping[str, str], http: Http) -> "Client":
        """Make a client of one channel. Raises: Misconfigured, naming the setting at fault."""
        for name in ("url", "token", "channel_id"):
            if not settings.get(name):
                raise Misconfigured(f"{name}: not set")
        if not requests.is_id(settings["channel_id"]):
            raise Misconfigured("channel_id: not a number")
        if settings.get("webhook_secret"):
            try:
                webhooks.key_of(settings["webhook_secret"])
            except ValueError as error:
                raise Misconfigured(f"webhook_secret: {error}") from error
        credentials = {"authorization": f"Bearer {settings['token']}"}
        return Client(http.at(settings["url"], credentials), settings["channel_id"])


class Client:
    """One channel of one ShipBob account. Concurrency: any number of tasks."""

    def __init__(self, http: Http, channel_id: str) -> None:
        self._http = http
        self._channel_id = channel_id
        self._references: dict[str, str | None] = {}
        self._returning = Returning(http, channel_id, self._order)

    async def check(self) -> Account:
        """Find our channel among those of the token, with the right to make orders."""
        try:
            channel = await self._channel()
            if channel is not None:
                return answers.account(channel)
        except (Malformed, Rejected) as error:
            raise Misconfigured(f"url: does not answer as ShipBob does: {error}") from error
        raise Misconfigured("channel_id: not a channel of this token")

    async def _channel(self) -> Node | None:
        """Our channel among the first CHANNEL_PAGES pages of those that the token sees."""
        request = requests.channels()
        for _ in range(CHANNEL_PAGES):
            listing = requests.listing(request, await self._ask(request))
            for each in listing.items:
                if each["id"].id() == self._channel_id:
                    return each
            if listing.following is None or not listing.items:
                return None
            request = listing.following
        return None

    async def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """Walk the lists of *kind* (sdk/capabilities.py Pulls).

        After a crash: goes on with the page it was at. A link that has gone stale meanwhile is
        refused; then the pull begins again with what it began with.
        """
        _require_kind(kind)
        mark = checkpoints.read(since)
        if mark.is_midway:
            try:
                async for page in self._walk(kind, mark):
                    yield page
            except Rejected:
                mark = Mark(since=mark.since)
            else:
                return
        try:
            async for page in self._walk(kind, mark):
                yield page
        except Rejected as refusal:
            raise Malformed(f"a list that the contract has was refused: {refusal}") from refusal

    async def _walk(self, kind: Kind, mark: Mark) -> AsyncIterator[Page]:
        passes = requests.passes(kind, mark.since, self._channel_id)
        began = mark.began or _now()
        for step in range(mark.step, len(passes)):
            request: Request | None = passes[step]
            if step == mark.step and mark.query:
                request = replace(passes[step], query=mark.query)
            while request is not None:
                read_at = _now()
                listing = requests.listing(request, await self._ask(request))
                changes = await self._changes(kind, listing.items, read_at)
                here = Mark(since=mark.since, began=began, step=step, query=request.query)
                after = answers.after(here, listing.following, len(passes))
                for page in answers.pages(changes, here, after):
                    yield page
                request = listing.following

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Read these now; one that is not there comes back as Removed (sdk/capabilities.py)."""
        _require_kind(kind)
        wanted = list(dict.fromkeys(external_ids))
        if not wanted:
            return []  # locations come in one list, whichever are asked for
        try:
            changes = await self._fetch(kind, wanted, _now())
        except Rejected as refusal:
            raise Malformed(f"a read that the contract has was refused: {refusal}") from refusal
        return answers.wanted_of(kind, changes, wanted)

    async def _fetch(self, kind: Kind, wanted: list[str], read_at: datetime) -> list[Change]:
        ids = [each for each in wanted if requests.is_id(each)]
        listed = partial(self._listed, kind, read_at)
        match kind:
            case Kind.FULFILLMENT_ORDER:
                by_id = (requests.orders_by_id(some, self._channel_id) for some in _batches(ids))
                return await listed(by_id)
            case Kind.RETURN:
                return await listed(map(requests.returns_by_id, _batches(ids)))
            case Kind.LEVEL:
                return await listed(map(requests.levels_of, _batches(_items_of(wanted))))
            case Kind.LOCATION:
                return await listed([requests.locations()])
            case Kind.TRACKER:
                return await self._trackers(ids, read_at)
            case Kind.SHIPMENT:
                shipments = (requests.shipment(each, self._channel_id) for each in ids)
                return await self._one_by_one(kind, read_at, shipments)
            case _:
                return await self._one_by_one(kind, read_at, map(requests.product, ids))

    async def _listed(
        self, kind: Kind, read_at: datetime, asked: Iterable[Request]
    ) -> list[Change]:
        changes: list[Change] = []
        for first in asked:
            request: Request | None = first
            while request is not None:
                listing = requests.listing(request, await self._ask(request))
                changes += await self._changes(kind, listing.items, read_at)
                request = listing.following
        return changes

    async def _one_by_one(
        self, kind: Kind, read_at: datetime, asked: Iterable[Request]
    ) -> list[Change]:
        changes: list[Change] = []
        for request in asked:
            try:
                body = Node((await self._ask(request)).json())
            except Missing:
                continue
            changes += answers.read(kind, body, read_at, _ONE[kind])
        return changes

    async def _changes(self, kind: Kind, items: Sequence[Node], read_at: datetime) -> list[Change]:
        """Return what a list's items say; each that cannot be read as one Unreadable."""
        if kind is Kind.TRACKER:
            return await self._trackers(answers.tracked(items), read_at)
        changes: list[Change] = []
        for item in items:
            mapper = _MAPPERS.get(kind) or await self._return_mapper(item)
            changes += answers.read(kind, item, read_at, mapper)
        return changes

    async def _trackers(self, shipment_ids: Sequence[str], read_at: datetime) -> list[Change]:
        changes: list[Change] = []
        for some in _batches(shipment_ids, requests.TRACKINGS_AT_ONCE):
            for item in Node((await self._ask(requests.trackings(some))).json()):
                changes += answers.read(Kind.TRACKER, item, read_at, mapping.tracker)
        return changes

    async def _return_mapper(self, goods_back: Node) -> Mapper:
        return partial(mapping.goods_back, reference=await self._reference_of(goods_back))

    async def _reference_of(self, goods_back: Node) -> str | None:
        """Return our reference for what comes back. A return names its shipment only, and the
        shipment is asked once: neither its order nor the order's reference ever changes."""
        try:
            shipment_id = goods_back["original_shipment_id"].optional_id()
        except Malformed:
            return None
        if shipment_id is None or not requests.is_id(shipment_id):
            return None
        if shipment_id not in self._references:
            reference = await self._reference_on(shipment_id)
            if len(self._references) >= REFERENCES_KEPT:
                self._references.pop(next(iter(self._references)))
            self._references[shipment_id] = reference
        return self._references[shipment_id]

    async def _reference_on(self, shipment_id: str) -> str | None:
        try:
            body = Node((await self._ask(requests.shipment(shipment_id))).json())
        except Missing:
            return None
        return body["reference_id"].text()

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        return webhooks.verify(delivery, secrets, now)

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        return webhooks.decode(delivery)

    async def perform(self, command: Command) -> Outcome:
        """Ask for fulfillment, or take it back (sdk/capabilities.py Performs)."""
        match command:
            case RequestFulfillment():
                return await self._request(command)
            case CancelFulfillment():
                return await self._cancel(command)
            case RequestReturn():
                return await self._returning.perform(command)
            case _:
                raise _unsupported(command)

    async def look_up(self, command: Command) -> Outcome | None:
        """Say whether *command* took effect: by our reference, or by the order's state."""
        read_at = _now()
        try:
            with answers.legible(Unavailable):
                if isinstance(command, RequestReturn):
                    return await self._returning.find(command)
                order = await self._effect_of(command)
                return answers.outcome(order, read_at) if order else None
        except Unsupported:
            raise
        except Rejected as refusal:
            raise Unavailable(f"a look-up was refused: {refusal}") from refusal

    async def _effect_of(self, command: Command) -> Node | None:
        match command:
            case RequestFulfillment():
                return await self._by_reference(command.reference, self._channel_id)
            case CancelFulfillment():
                order = await self._order(command.fulfillment_order_id)
                return order if order and mapping.is_canceled(order) else None
            case _:
                raise _unsupported(command)

    async def _request(self, command: RequestFulfillment) -> Outcome:
        """Make the order, or find the one that an earlier attempt made.

        ShipBob keeps references unique and answers 422 to a second order with one.

        After a crash: nothing, or the order; `look_up` tells, and performing again finds it.
        """
        request = requests.create(command, self._channel_id)
        read_at = _now()
        with answers.legible(Ambiguous):
            response = await self._http.send(request)
            try:
                errors.raise_for(Operation.CREATE, response, requests.private_words(command))
            except Rejected as refusal:
                found = await self._made_before(command.reference, response, refusal)
                if found is None:
                    raise
                return answers.outcome(found, read_at)
            return answers.outcome(Node(response.json()), read_at)

    async def _made_before(
        self, reference: str, response: Response, refusal: Rejected
    ) -> Node | None:
        """Return the order that is why ShipBob refused to make it, if that is why.

        Raises: Unavailable when no order we may read has the reference that is said to be taken:
        the list is behind, and will have it. (In another channel's hands it stays a Conflict.)
        """
        if response.status != 422:
            return None
        with answers.legible(Unavailable):
            found = await self._by_reference(reference, self._channel_id)
            if found is None and errors.is_duplicate(refusal):
                elsewhere = await self._by_reference(reference, None)
                if elsewhere is None:
                    raise Unavailable("refused as a duplicate, and not listed yet") from refusal
            return found

    async def _cancel(self, command: CancelFulfillment) -> Outcome:
        """Cancel the whole order or nothing of it.

        ShipBob cancels shipment by shipment and would leave a split order half canceled: so one
        shipment that is past recall keeps us from asking.

        After a crash: as before, or canceled; performing again sees which.
        """
        order_id = command.fulfillment_order_id
        read_at = _now()
        with answers.legible(Unavailable):
            order = await self._order(order_id)
            if order is None:
                raise Missing("no such order", code="not_found", field="fulfillment_order_id")
            if mapping.is_canceled(order):
                return answers.outcome(order, read_at)
            late = mapping.past_recall(order)
        if late:
            raise Conflict(f"already picked: shipment {', '.join(late)}", code="not_cancellable")
        read_at = _now()
        with answers.legible(Ambiguous):
            response = await self._http.send(requests.cancel(order_id, self._channel_id))
            errors.raise_for(Operation.CANCEL, response)
            return answers.canceled(order_id, Node(response.json()), read_at)

    async def _order(self, order_id: str) -> Node | None:
        if not requests.is_id(order_id):
            return None
        try:
            return Node((await self._ask(requests.order(order_id, self._channel_id))).json())
        except Missing:
            return None

    async def _by_reference(self, reference: str, channel_id: str | None) -> Node | None:
        """Return the order with exactly this reference; ShipBob does not say how it compares."""
        request = requests.orders_by_reference(reference, channel_id)
        for each in Node((await self._ask(request)).json()):
            if each["reference_id"].text() == reference.strip():
                return each
        return None

    async def _ask(self, request: Request) -> Response:
        response = await self._http.send(request)
        errors.raise_for(Operation.READ, response)
        return response


def _items_of(level_ids: Sequence[str]) -> list[str]:
    """Return the inventory ids in ``"<inventory>@<location>"``."""
    items = (each.partition("@")[0] for each in level_ids)
    return list(dict.fromkeys(each for each in items if requests.is_id(each)))


def _batches(ids: Sequence[str], size: int = requests.IDS_AT_ONCE) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _require_kind(kind: Kind) -> None:
    if kind not in _KINDS:
        raise Unsupported(f"{kind} is not read from ShipBob", code="unsupported")


def _unsupported(command: Command) -> Unsupported:
    return Unsupported(f"ShipBob takes no {type(command).__name__}", code="unsupported")


def _now() -> datetime:
    return datetime.now(UTC)
