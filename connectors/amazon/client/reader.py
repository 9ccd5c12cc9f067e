"""Reading: orders by what changed, stock page by page, and any of them by id."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from connectors.amazon.client.exchange import Exchange
from connectors.amazon.mapping import inventory as stock
from connectors.amazon.mapping import orders as order_mapping
from connectors.amazon.mapping.inventory import Place
from connectors.amazon.reading import Node
from connectors.amazon.requests import Ask, checkpoint, inventory, orders
from connectors.amazon.requests.checkpoint import Mark
from connectors.sdk.changes import Change, Page, Removed
from connectors.sdk.changes import read as read_or_report
from connectors.sdk.errors import (
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    Throttled,
    Unavailable,
    Unsupported,
)
from connectors.sdk.records import Kind

PAGE_RECORDS = 250
"""The most a Page may hold (sdk/capabilities.py)."""
KINDS = (Kind.ORDER, Kind.LEVEL, Kind.LOCATION)

Group = list[Change]
"""What belongs together: an order, its packages and its work are never parted."""


class Reader:
    """One account's facts. *home* is the marketplace whose FBA stock is read."""

    def __init__(self, exchange: Exchange, marketplaces: tuple[str, ...]) -> None:
        self._exchange = exchange
        self._marketplaces = marketplaces
        self.home = marketplaces[0]

    async def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """Walk the list of *kind* (sdk/capabilities.py Pulls).

        After a crash: goes on with the page it was at. A token that has run out by then (FBA's last
        30 seconds) is refused, and the pull begins again, once, with what it began with.
        """
        _require_kind(kind)
        mark = checkpoint.read(since)
        try:
            async for page in self._walk(kind, mark):
                yield page
        except Rejected:
            try:
                async for page in self._walk(kind, Mark(since=mark.since)):
                    yield page
            except Rejected as refusal:
                raise Malformed(f"a list of the contract was refused: {refusal}") from refusal

    def _walk(self, kind: Kind, mark: Mark) -> AsyncIterator[Page]:
        match kind:
            case Kind.ORDER:
                return self._orders(mark)
            case Kind.LEVEL:
                return self._levels(mark)
            case _:
                return self._location()

    async def _orders(self, mark: Mark) -> AsyncIterator[Page]:
        """Walk the orders that changed since *mark*.

        The next pull begins where this one's first answer says that Amazon ended
        (lastUpdatedBefore, by its clock): what it shows late is not passed over.
        """
        while True:
            read_at = _now()
            body = Node((await self._exchange.ask(orders.search(mark, self._marketplaces))).json())
            ended = body["lastUpdatedBefore"].optional_moment() or read_at
            until = mark.until or min(ended, read_at)
            groups = [self._order(one) for one in _listed(body, "orders")]
            token = body["pagination"]["nextToken"].text()
            _require_another(token, mark)
            here = Mark(since=mark.since, until=mark.until, token=mark.token)
            after = Mark(since=mark.since, until=until, token=token) if token else Mark(since=until)
            for page in _pages(groups, here, after):
                yield page
            if not token:
                return
            mark = after

    async def _levels(self, mark: Mark) -> AsyncIterator[Page]:
        """Walk all that Amazon holds; the list has no filter that finds every change."""
        while True:
            filters = (("nextToken", mark.token),) if mark.token else ()
            body, read_at = await self._summaries(inventory.summaries(self.home, *filters))
            groups = [
                self._level(one, read_at) for one in _listed(body["payload"], "inventorySummaries")
            ]
            token = body["pagination"]["nextToken"].text()
            _require_another(token, mark)
            after = Mark(token=token)
            for page in _pages(groups, mark, after):
                yield page
            if not token:
                return
            mark = after

    async def _location(self) -> AsyncIterator[Page]:
        ask = inventory.summaries(self.home, with_details=False)
        body, read_at = await self._summaries(ask)
        yield Page(changes=(stock.location(body, read_at),), checkpoint=checkpoint.write(Mark()))

    async def _summaries(self, ask: Ask) -> tuple[Node, datetime]:
        read_at = _now()
        return Node((await self._exchange.ask(ask)).json()), read_at

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Read these subjects now (sdk/capabilities.py Fetches)."""
        _require_kind(kind)
        wanted = list(dict.fromkeys(external_ids))
        match kind:
            case Kind.ORDER:
                return [change for one in wanted for change in await self._one_order(one)]
            case Kind.LEVEL:
                return await self._some_levels(wanted)
            case _:
                return await self._some_locations(wanted)

    async def _one_order(self, order_id: str) -> list[Change]:
        raw = await self.order(order_id)
        found = [] if raw is None else self._order(raw)
        return found or [Removed(kind=Kind.ORDER, external_id=order_id)]

    async def order(self, order_id: str) -> Node | None:
        """Return an order as Amazon states it, None when it has none of that id."""
        if not orders.is_id(order_id):
            return None
        try:
            body = Node((await self._exchange.ask(orders.one(order_id))).json())
        except Missing:
            return None
        if body["order"].is_null:
            raise Malformed("$.order: expected an object, found nothing")
        return body["order"]

    async def _some_locations(self, wanted: Sequence[str]) -> list[Change]:
        others: list[Change] = [
            Removed(kind=Kind.LOCATION, external_id=one) for one in wanted if one != self.home
        ]
        if self.home not in wanted:
            return others
        return [change async for page in self._location() for change in page.changes] + others

    async def _some_levels(self, wanted: Sequence[str]) -> list[Change]:
        places = {one: stock.place_of(one) for one in wanted}
        held = [place for place in places.values() if place]
        found = await self._fba_levels([sku for sku, at in held if at == self.home])
        found |= await self._our_levels([place for place in held if place[1] != self.home])
        return [
            change
            for one in wanted
            for change in found.get(one, [Removed(kind=Kind.LEVEL, external_id=one)])
        ]

    async def _fba_levels(self, skus: Sequence[str]) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        for ask in inventory.summaries_of(self.home, skus):
            body, read_at = await self._summaries(ask)
            for one in _listed(body["payload"], "inventorySummaries"):
                changes = self._level(one, read_at)
                found[stock.level_id(one["sellerSku"].id(), self.home)] = changes
        return found

    async def _our_levels(self, places: Sequence[Place]) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        for start in range(0, len(places), inventory.BATCH):
            batch = places[start : start + inventory.BATCH]
            for place, (response, read_at) in zip(batch, await self.counts(batch), strict=True):
                if require_answered(response):
                    found[stock.level_id(*place)] = _our_level(response, place, read_at)
        return found

    async def counts(self, places: Sequence[Place]) -> list[tuple[Node, datetime]]:
        """Return what Amazon says of up to ten places of ours, and when it was asked."""
        read_at = _now()
        ask = inventory.counts(places, self.home)
        body = Node((await self._exchange.ask(ask)).json())
        return [(one, read_at) for one in stock.answers(body, places)]

    def _order(self, raw: Node) -> Group:
        """Return all that an order states; nothing of another shop's that Amazon only fulfills."""
        return _read(Kind.ORDER, raw, "orderId", lambda: order_mapping.changes(raw, self.home))

    def _level(self, raw: Node, read_at: datetime) -> Group:
        return _read(Kind.LEVEL, raw, None, lambda: [stock.fba_level(raw, self.home, read_at)])


def _our_level(raw: Node, place: Place, read_at: datetime) -> Group:
    return _read(Kind.LEVEL, raw, None, lambda: [stock.our_level(raw, place, read_at)])


def require_answered(response: Node) -> bool:
    """Say whether a request inside a batch found what it was about.

    Raises: Throttled, Misconfigured, Unavailable: what such an answer is on its own.
    """
    status = stock.status(response)
    if status == 429:
        raise Throttled("HTTP 429 inside a batch")
    if status in (401, 403):
        raise Misconfigured(f"refused our credentials or rights: HTTP {status} inside a batch")
    if status >= 500:
        raise Unavailable(f"HTTP {status} inside a batch")
    return status < 300


def _listed(body: Node, name: str) -> Iterable[Node]:
    """Return a list that the contract requires. Raises: Malformed when it is not there."""
    if body[name].is_null:
        raise Malformed(f"{body.path}.{name}: expected a list, found nothing")
    return body[name]


def _require_another(token: str | None, mark: Mark) -> None:
    if token is not None and token == mark.token:
        raise Malformed("$.pagination.nextToken: leads to the page it is on")


def _read(kind: Kind, raw: Node, id_name: str | None, mapping: Callable[[], Group]) -> Group:
    """Return what *mapping* reads, or one Unreadable that keeps the payload."""
    value = raw[id_name].value if id_name and isinstance(raw.value, dict) else None
    payload = msgspec.json.encode(raw.value).decode()
    return read_or_report(kind, value if isinstance(value, str) else None, payload, mapping)


def _pages(groups: Sequence[Group], here: Mark, after: Mark) -> Iterator[Page]:
    """Cut one answer into pages, at least one; only the last of them has left *here* behind."""
    page: Group = []
    for group in groups:
        if page and len(page) + len(group) > PAGE_RECORDS:
            yield Page(changes=tuple(page), checkpoint=checkpoint.write(here))
            page = []
        page = [*page, *group]
    yield Page(changes=tuple(page), checkpoint=checkpoint.write(after))


def _require_kind(kind: Kind) -> None:
    if kind not in KINDS:
        raise Unsupported(f"{kind} is not read from Amazon", code="unsupported")


def _now() -> datetime:
    return datetime.now(UTC)
