"""Pulls and fetches: everything the gateway learns by asking."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import zip_longest
from typing import TypeVar

from connectors.sdk.changes import Change, Page, Removed, Unreadable
from connectors.sdk.errors import Malformed, Missing, Unsupported
from connectors.sdk.http import Request
from connectors.sdk.records import Kind
from connectors.square.client.exchange import Answer, Exchange, Make
from connectors.square.errors import NOT_FOUND
from connectors.square.mapping import (
    catalog,
    customers,
    inventory,
    locations,
    orders,
    payments,
    returns,
)
from connectors.square.reading import Node, payload_of
from connectors.square.requests import reads
from connectors.square.requests.checkpoint import Checkpoint, load, stamp

PAGE_CHANGES = 250
"""The sdk's bound of a page."""

Read = Callable[[Answer], Awaitable[list[Change]]]
"""What a page states, after as many more requests as it takes."""
MakeOfLocations = Callable[[Sequence[str], str | None, str | None], Request]
"""The request of one page, by locations, the time to begin at, and the cursor."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batches:
    """How a pull of *kind* goes through the locations: *size* at a time."""

    kind: Kind
    size: int


class Reader:
    """All reading of one account."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        point = load(since)
        match kind:
            case Kind.LOCATION:
                return self._pull_locations()
            case Kind.PRODUCT:
                return self._pull_items(point)
            case Kind.CUSTOMER:
                make = partial(reads.changed_customers, point.start(kind))
                return self._walk(point, make, self._customers)
            case Kind.LEVEL:
                return self._pull_levels(point)
            case Kind.ORDER:
                return self._pull_orders(point)
            case Kind.REFUND:
                make = partial(reads.changed_refunds, point.start(kind))
                return self._walk(point, make, self._refunds)
            case _:
                raise Unsupported(f"no pull of {kind}", code="UNSUPPORTED")

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        wanted = list(dict.fromkeys(external_ids))
        found: list[Change] = []
        for ids in _batches(wanted, reads.IDS_A_BATCH):
            found += await self._fetch(kind, ids)
        return found

    async def orders_by_id(self, ids: Iterable[str]) -> dict[str, Node]:
        """Return the orders that there are; what does not exist is left out."""
        found: dict[str, Node] = {}
        for some in _batches(sorted(set(ids)), reads.IDS_A_BATCH):
            answer = await self._exchange.ask(reads.orders(some))
            found |= {order.text("id"): order for order in answer.body.nodes("orders")}
        return found

    async def order_changes(self, found: Sequence[Node], as_of: datetime) -> list[Change]:
        """Return what *found* orders state, read by a request that began at *as_of*."""
        needed = {source for order in found for source in returns.needed(order)}
        sources = await self.orders_by_id(needed)
        return _each(Kind.ORDER, found, lambda node: orders.changes(node, sources, as_of))

    # Pulls ---------------------------------------------------------------------------------------

    async def _walk(
        self, point: Checkpoint, make: Make, read: Read, then: str | None = None
    ) -> AsyncIterator[Page]:
        """Give the pages of one list from *point* on; *then* names the batch after it."""
        async for answer in self._exchange.pages(make, point.cursor):
            found = await read(answer)
            after = point.after(
                clock=answer.clock, cursor=answer.cursor, seen=_last_change(answer), then=then
            )
            for page in _bounded(found, point, after):
                yield page
            point = after

    async def _pull_locations(self) -> AsyncIterator[Page]:
        answer = await self._exchange.ask(reads.locations())
        for page in _bounded(_locations(answer), Checkpoint(), Checkpoint()):
            yield page

    def _pull_items(self, point: Checkpoint) -> AsyncIterator[Page]:
        start = point.start(Kind.PRODUCT)
        make = partial(reads.changed_items, start)
        return self._walk(point, make, self._changed_items if start else self._items)

    def _pull_orders(self, point: Checkpoint) -> AsyncIterator[Page]:
        """Go through the locations ten at a time, each ten in the order of change."""
        batches = _Batches(kind=Kind.ORDER, size=reads.LOCATIONS_A_SEARCH)
        return self._walk_locations(point, batches, reads.changed_orders, self._orders)

    def _pull_levels(self, point: Checkpoint) -> AsyncIterator[Page]:
        """Read everything location by location, but what changed of all of them at once."""
        if start := point.start(Kind.LEVEL):
            return self._walk(point, partial(reads.changed_counts, [], start), self._counts)
        batches = _Batches(kind=Kind.LEVEL, size=1)
        return self._walk_locations(point, batches, reads.changed_counts, self._counts)

    async def _walk_locations(
        self, point: Checkpoint, batches: _Batches, make: MakeOfLocations, read: Read
    ) -> AsyncIterator[Page]:
        """Walk the locations still to be read, batch by batch; without any the pull ends."""
        answer = await self._exchange.ask(reads.locations())
        ids = sorted(location.text("id") for location in answer.body.nodes("locations"))
        parts = _batches([one for one in ids if one >= (point.part or "")], batches.size)
        if not parts:
            yield Page(changes=(), checkpoint=point.after(clock=answer.clock, cursor=None).text)
        for part, following in zip_longest(parts, parts[1:]):
            of_part = partial(make, part, point.start(batches.kind))
            then = following[0] if following else None
            async for page in self._walk(point, of_part, read, then):
                point = load(page.checkpoint)
                yield page

    # Answers -> changes --------------------------------------------------------------------------

    async def _orders(self, answer: Answer) -> list[Change]:
        return await self.order_changes(answer.body.nodes("orders"), answer.asked_at)

    async def _items(self, answer: Answer) -> list[Change]:
        names = catalog.option_names(answer.body.nodes("related_objects"))
        found = [one for one in answer.body.nodes("objects") if one.fields.get("type") == "ITEM"]
        return _each(
            Kind.PRODUCT, found, lambda node: catalog.changes(node, names, answer.asked_at)
        )

    async def _changed_items(self, answer: Answer) -> list[Change]:
        """A changed variation does not bring its item along: read the items of all that changed."""
        ids, unreadable = _split(Kind.PRODUCT, answer.body.nodes("objects"), catalog.item_id)
        return [*await self.fetch(Kind.PRODUCT, [one for one in ids if one]), *unreadable]

    async def _customers(self, answer: Answer) -> list[Change]:
        found = answer.body.nodes("customers")
        return _each(Kind.CUSTOMER, found, lambda node: [customers.record(node, answer.asked_at)])

    async def _counts(self, answer: Answer) -> list[Change]:
        """A count is one state of a level: read the others of all levels that changed."""
        found = answer.body.nodes("counts")
        pairs, unreadable = _split(Kind.LEVEL, found, inventory.pair)
        return [*await self._levels(dict.fromkeys(one for one in pairs if one)), *unreadable]

    async def _levels(self, pairs: Iterable[inventory.Pair]) -> list[Change]:
        """Return the levels, in one request for each location."""
        by_location: dict[str, list[inventory.Pair]] = {}
        for pair in pairs:
            by_location.setdefault(pair[1], []).append(pair)
        found: list[Change] = []
        for location, wanted in by_location.items():
            make = partial(reads.counts, [item for item, _ in wanted], location)
            found += inventory.levels(await self._exchange.every(make, "counts"), wanted)
        return found

    async def _refunds(self, answer: Answer) -> list[Change]:
        return await self._read_refunds(answer.body.nodes("refunds"))

    async def _read_refunds(self, found: Sequence[Node]) -> list[Change]:
        made = [one.fields.get("order_id") for one in found]
        their_orders = await self.orders_by_id(one for one in made if isinstance(one, str))
        return [change for one in found for change in await self._refund(one, their_orders)]

    async def _refund(self, node: Node, their_orders: Mapping[str, Node]) -> list[Change]:
        try:
            sale = payments.sale_of(node, their_orders) or await self._paid_order(node)
        except Malformed as error:
            return [_unreadable(Kind.REFUND, node, str(error))]
        return _each(Kind.REFUND, [node], lambda one: [payments.refund(one, sale)])

    async def _paid_order(self, refund: Node) -> str | None:
        """Return the order that the refunded payment paid; None when there is none of either."""
        payment_id = refund.optional_text("payment_id")
        if payment_id is None:
            return None
        try:
            answer = await self._exchange.ask(reads.payment(payment_id))
        except Missing:
            return None
        return answer.body.node("payment").optional_text("order_id")

    # Fetches -------------------------------------------------------------------------------------

    async def _fetch(self, kind: Kind, ids: list[str]) -> list[Change]:
        match kind:
            case Kind.LOCATION:
                answer = await self._exchange.ask(reads.locations())
                return _with_removed(kind, ids, _locations(answer))
            case Kind.PRODUCT:
                answer = await self._exchange.ask(reads.items(ids))
                return _with_removed(kind, ids, await self._items(answer))
            case Kind.CUSTOMER:
                return await self._fetch_customers(ids)
            case Kind.LEVEL:
                pairs = [pair for pair in map(inventory.pair_of, ids) if pair]
                return _with_removed(kind, ids, await self._levels(pairs))
            case Kind.ORDER:
                return await self._fetch_orders(ids)
            case Kind.REFUND:
                return await self._fetch_refunds(ids)
            case _:
                raise Unsupported(f"no fetch of {kind}", code="UNSUPPORTED")

    async def _fetch_customers(self, ids: list[str]) -> list[Change]:
        answer = await self._exchange.ask(reads.customers(ids))
        found: list[Change] = []
        for customer_id, one in _by_id(answer.body.node("responses")).items():
            profile = one.optional_node("customer")
            codes = {error.optional_text("code") for error in one.nodes("errors")}
            if profile is not None:
                found += _each(
                    Kind.CUSTOMER, [profile], lambda node: [customers.record(node, answer.asked_at)]
                )
            elif NOT_FOUND not in codes:
                found.append(_unreadable(Kind.CUSTOMER, one, f"{customer_id}: {codes}"))
        return _with_removed(Kind.CUSTOMER, ids, found)

    async def _fetch_orders(self, ids: list[str]) -> list[Change]:
        """A return order gives the return of another order; one that Square made of an amount-only
        refund states nothing, and is no order to anyone else."""
        answer = await self._exchange.ask(reads.orders(ids))
        found = answer.body.nodes("orders")
        there = {one.fields.get("id") for one in found if not orders.is_amount_only(one)}
        gone = [Removed(kind=Kind.ORDER, external_id=one) for one in ids if one not in there]
        return [*await self.order_changes(found, answer.asked_at), *gone]

    async def _fetch_refunds(self, ids: list[str]) -> list[Change]:
        found: list[Node] = []
        gone: list[Change] = []
        for one in ids:
            try:
                answer = await self._exchange.ask(reads.refund(one))
            except Missing:
                gone.append(Removed(kind=Kind.REFUND, external_id=one))
            else:
                found.append(answer.body.node("refund"))
        return [*await self._read_refunds(found), *gone]


def _locations(answer: Answer) -> list[Change]:
    return _each(
        Kind.LOCATION,
        answer.body.nodes("locations"),
        lambda node: [locations.record(node, answer.asked_at)],
    )


def _each(
    kind: Kind, found: Iterable[Node], mapping: Callable[[Node], list[Change]]
) -> list[Change]:
    """Return what *mapping* reads of each; one that it cannot read is Unreadable, alone."""
    values, unreadable = _split(kind, found, mapping)
    return [*(change for one in values for change in one), *unreadable]


def _split(
    kind: Kind, found: Iterable[Node], mapping: Callable[[Node], T]
) -> tuple[list[T], list[Unreadable]]:
    """Return what *mapping* finds in each, and those it cannot read."""
    values: list[T] = []
    unreadable: list[Unreadable] = []
    for node in found:
        try:
            values.append(mapping(node))
        except Malformed as error:
            unreadable.append(_unreadable(kind, node, str(error)))
    return values, unreadable


def _unreadable(kind: Kind, node: Node, reason: str) -> Unreadable:
    stated = node.fields.get("id")
    external_id = stated if isinstance(stated, str) else None
    return Unreadable(kind=kind, external_id=external_id, reason=reason, payload=payload_of(node))


def _with_removed(kind: Kind, ids: Iterable[str], found: Iterable[Change]) -> list[Change]:
    """Return those of *found* that *ids* name, and Removed for the rest."""
    by_id = {change.external_id: change for change in found}
    return [by_id.get(one) or Removed(kind=kind, external_id=one) for one in ids]


def _by_id(node: Node) -> dict[str, Node]:
    return {key: node.node(key) for key in node.fields}


def _last_change(answer: Answer) -> str | None:
    """Return the change time of an order page's last order: pages of orders go by it."""
    found = answer.body.nodes("orders")
    try:
        moment = found[-1].optional_moment("updated_at") if found else None
    except Malformed:
        return None  # the order itself is reported; the pull goes on by its cursor
    return stamp(moment) if moment else None


def _bounded(found: list[Change], before: Checkpoint, after: Checkpoint) -> list[Page]:
    """Cut a page of Square's into pages of the sdk's size: only the last one moves on."""
    parts = [tuple(part) for part in _batches(found, PAGE_CHANGES)] or [()]
    pages = [Page(changes=part, checkpoint=before.text) for part in parts[:-1]]
    return [*pages, Page(changes=parts[-1], checkpoint=after.text)]


def _batches(values: Sequence[T], size: int) -> list[list[T]]:
    return [list(values[i : i + size]) for i in range(0, len(values), size)]
