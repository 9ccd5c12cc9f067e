"""The connector to Medusa's Admin API: the only place of it that does I/O."""

import base64
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from connectors.medusa import checkpoints, errors, mapping, requests, webhooks, windows
from connectors.medusa.checkpoints import OVERLAP, Walks, Whole
from connectors.medusa.mapping import Node, Options, Reading
from connectors.medusa.plans import Done, Plan, plan_of
from connectors.medusa.requests import Call, List
from connectors.medusa.windows import Row, Window
from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page, Removed, Unreadable
from connectors.sdk.commands import Command, Outcome
from connectors.sdk.errors import Ambiguous, Malformed, Misconfigured, Rejected, Unsupported
from connectors.sdk.http import Http
from connectors.sdk.records import Kind

_T = TypeVar("_T")

PAGE_RECORDS = 250
"""The most records a page may hold; one order may bring several."""
MAX_STEPS = 10
"""Twice the steps of the longest plan: beyond it someone undoes what we do."""


class Medusa:
    """What ``CONNECTOR`` is."""

    def open(self, settings: Mapping[str, str], http: Http) -> "Client":
        """Make a client of one shop. Raises: Misconfigured, naming the setting."""
        url = _required(settings, "url").rstrip("/").removesuffix("/admin")
        key = base64.b64encode(f"{_required(settings, 'api_key')}:".encode()).decode()
        door = http.at(url, {"authorization": f"Basic {key}"})
        return Client(door, Options.parse(settings))


def _required(settings: Mapping[str, str], name: str) -> str:
    value = settings.get(name, "").strip()
    if not value:
        raise Misconfigured(f"{name}: is not set")
    if not (value.isascii() and value.isprintable()):
        raise Misconfigured(f"{name}: holds characters that neither header nor address can")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """One answer of a list, read at a time; *reached* is how far a walk has come with it."""

    rows: list[Node]
    reading: Reading
    reached: datetime = windows.EPOCH

    @property
    def ids(self) -> set[str]:
        return {row["id"].text() for row in self.rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Changes, and the checkpoint that holds once they are durable."""

    changes: list[Change]
    checkpoint: str


_WALKED = {Kind.CUSTOMER: requests.CUSTOMERS}
_WHOLE = {Kind.LEVEL: requests.ITEMS, Kind.LOCATION: requests.LOCATIONS}
_BY_IDS = {
    Kind.ORDER: requests.ORDERS,
    Kind.CUSTOMER: requests.CUSTOMERS,
    Kind.PRODUCT: requests.PRODUCTS,
    Kind.LOCATION: requests.LOCATIONS,
}
"""Kinds whose rows can be asked for by the ids of their records."""


class Client:
    """One account. Concurrency: any number of tasks; no state but the door."""

    def __init__(self, http: Http, options: Options) -> None:
        self._http = http
        self._options = options

    async def check(self) -> Account:
        """Read the shop's name, and a row of what it may lack the rights to. Changes nothing.

        Raises: Misconfigured, Unavailable, Throttled.
        """
        try:
            stores = (await self._ask(requests.store())).rows("stores")
            for what in (requests.ORDERS, requests.PAYMENTS, requests.ITEMS):
                await self._ask(what.by_ids(["-"]))
            name = stores[0].optional("name") if stores else None
        except Malformed as error:
            raise Misconfigured(f"url: no Admin API answers there: {error}") from error
        return Account(name=name or "Medusa")

    def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """Give what changed since; see Pulls. Stock and locations are given whole each time."""
        if kind is Kind.ORDER:
            return _paged(self._orders(since), since)
        if kind is Kind.RETURN:
            return _paged(self._returns(since), since)
        if kind is Kind.PRODUCT:
            return _paged(self._products(since), since)
        if kind in _WALKED:
            return _paged(self._walked(kind, since), since)
        if kind in _WHOLE:
            return _paged(self._whole(kind, since), since)
        raise Unsupported(f"Medusa has no {kind}", code="UNSUPPORTED")

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Read these now; see Fetches. An order brings its shipments, refunds and returns."""
        if kind is Kind.LEVEL:
            return await self._fetch_levels(external_ids)
        if kind is Kind.RETURN:
            return await self._fetch_returns(external_ids)
        if kind is Kind.PRODUCT:
            external_ids = await self._product_ids(external_ids)
        if kind not in _BY_IDS:
            raise Unsupported(f"Medusa has no {kind}", code="UNSUPPORTED")
        changes: list[Change] = []
        for ids in _chunks(external_ids, requests.IDS_AT_ONCE):
            answer = await self._list(_BY_IDS[kind], _BY_IDS[kind].by_ids(ids))
            changes += _map(kind, answer) + _removed(kind, ids, answer.ids)
        return changes

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        """Prove a delivery genuine; see ReceivesWebhooks."""
        return webhooks.verify(delivery, secrets, now)

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        """Say what a delivery is about; see ReceivesWebhooks."""
        return webhooks.decode(delivery, received_at)

    async def perform(self, command: Command) -> Outcome:
        """Carry out *command*, going on from what the shop says was done of it; see Performs.

        After a crash: the next call with the same key goes on, or finds nothing left to do.
        """
        plan = plan_of(command)
        for _ in range(MAX_STEPS):
            seen = await self._look(plan)
            step = plan.decide(seen)
            if isinstance(step, Done):
                return await self._outcome(plan, seen)
            await self._ask(step.call)
            if step.is_last:
                return await self._outcome(plan, await self._look(plan))
        raise Ambiguous(f"not done after {MAX_STEPS} steps: something undoes it")

    async def look_up(self, command: Command) -> Outcome | None:
        """Say whether all of *command* was done before; see LooksUp. None for a part of it:
        performing it again goes on from there."""
        plan = plan_of(command)
        try:
            seen = await self._look(plan)
            is_done = isinstance(plan.decide(seen), Done)
        except Rejected:
            return None
        return await self._outcome(plan, seen) if is_done else None

    async def _look(self, plan: Plan) -> list[Node]:
        """Read all that a plan wants to know."""
        seen: list[Node] = []
        while call := plan.look(seen):
            seen.append(await self._ask(call))
        return seen

    async def _outcome(self, plan: Plan, seen: list[Node]) -> Outcome:
        """Say what was made, and read again what it touched."""
        touched = plan.touched(seen)
        changes = await self.fetch(Kind.ORDER, touched.orders) if touched.orders else []
        for ids in _chunks(touched.items, requests.IDS_AT_ONCE):
            changes += _map(
                Kind.LEVEL, await self._list(requests.ITEMS, requests.ITEMS.by_ids(ids))
            )
        return Outcome(external_id=plan.made(seen), changes=tuple(changes))

    async def _ask(self, call: Call) -> Node:
        """Send one request. Raises: all that its table names; Ambiguous for a write whose answer
        cannot be read."""
        try:
            return Node(errors.data(await self._http.send(call.request())), "answer")
        except Malformed as error:
            if call.is_safe:
                raise
            raise Ambiguous(f"sent, the answer cannot be read: {error}") from error

    async def _list(self, what: List, call: Call) -> _Answer:
        """Read one page, dated now: the request is yet to begin."""
        reading = Reading(read_at=datetime.now(UTC), options=self._options)
        rows = (await self._ask(call)).rows(what.name)
        if what is requests.ORDERS and any(map(mapping.names_reasons, rows)):
            reading = replace(reading, reasons=await self._reasons())
        return _Answer(rows=rows, reading=reading)

    async def _reasons(self) -> dict[str, str]:
        """Return the shop's names of return reasons, by id: an order states the ids alone."""
        rows = (await self._ask(requests.RETURN_REASONS.all())).rows("return_reasons")
        return {row["id"].text(): row["label"].text() for row in rows}

    async def _walk(self, what: List, since: datetime) -> AsyncIterator[_Answer]:
        """Read a list from *since* to its end, page by page; see windows."""
        window: Window | None = Window(since=max(since, windows.EPOCH))
        while window is not None:
            answer = await self._list(what, what.page(window))
            rows = [Row(id=row["id"].text(), at=row["updated_at"].time()) for row in answer.rows]
            reached = rows[-1].at if rows and not window.is_crowded else window.since
            yield _Answer(rows=answer.rows, reading=answer.reading, reached=reached)
            window = windows.advance(window, rows, what.take)

    async def _orders(self, since: str | None) -> AsyncIterator[_Batch]:
        """Give orders changed since, orders of payments captured since, then each that is open and
        came with neither: see mapping.is_settled."""
        point = checkpoints.parse(since, Walks) or await self._from_now(requests.PAYMENTS)
        stale, given = set(point.open), set[str]()
        async for answer in self._walk(requests.ORDERS, point.of("orders") - OVERLAP):
            given |= answer.ids
            point = _tracked(point.reached("orders", answer.reached), answer)
            yield _batch(_map(Kind.ORDER, answer), point)
        async for answer in self._walk(requests.PAYMENTS, point.of("payments") - OVERLAP):
            point = point.reached("payments", answer.reached)
            stale |= {each for row in answer.rows if (each := _order_of(row))}
            point = point.opened(stale - given)
            yield _batch([], point)
        for ids in _chunks(sorted(stale - given), requests.IDS_AT_ONCE):
            answer = await self._list(requests.ORDERS, requests.ORDERS.by_ids(ids))
            gone = _removed(Kind.ORDER, ids, answer.ids)
            point = _tracked(point.closed(set(ids)), answer)
            yield _batch(_map(Kind.ORDER, answer) + gone, point)

    async def _from_now(self, what: List) -> Walks:
        """Begin a second walk where its list stands now, as the first one gives all there is."""
        newest = await self._list(what, what.newest())
        times = [row["updated_at"].time() for row in newest.rows]
        return Walks().reached(what.name, max(times, default=windows.EPOCH))

    async def _returns(self, since: str | None) -> AsyncIterator[_Batch]:
        """Give returns changed since, as their orders state them: an order's lines tell what a
        return's own count does not."""
        point = checkpoints.parse(since, Walks) or Walks()
        async for answer in self._walk(requests.RETURNS, point.of("returns") - OVERLAP):
            point = point.reached("returns", answer.reached)
            yield _batch(await self._returns_of(answer.rows), point)

    async def _fetch_returns(self, external_ids: Sequence[str]) -> list[Change]:
        changes: list[Change] = []
        for ids in _chunks(external_ids, requests.IDS_AT_ONCE):
            answer = await self._list(requests.RETURNS, requests.RETURNS.by_ids(ids))
            changes += await self._returns_of(answer.rows)
            changes += _removed(Kind.RETURN, ids, answer.ids)
        return changes

    async def _returns_of(self, rows: Sequence[Node]) -> list[Change]:
        wanted = {row["id"].text() for row in rows}
        orders = sorted({row["order_id"].text() for row in rows})
        changes: list[Change] = []
        for ids in _chunks(orders, requests.IDS_AT_ONCE):
            answer = await self._list(requests.ORDERS, requests.ORDERS.by_ids(ids))
            changes += _map(Kind.RETURN, answer)
        return [
            each
            for each in changes
            if isinstance(each, Unreadable) or getattr(each, "external_id", None) in wanted
        ]

    async def _walked(self, kind: Kind, since: str | None) -> AsyncIterator[_Batch]:
        point, what = checkpoints.parse(since, Walks) or Walks(), _WALKED[kind]
        async for answer in self._walk(what, point.of(what.name) - OVERLAP):
            point = point.reached(what.name, answer.reached)
            yield _batch(_map(kind, answer), point)

    async def _products(self, since: str | None) -> AsyncIterator[_Batch]:
        """Give products of which a variant changed, which does not move the product's own time,
        then products that changed. A first pull only looks how far the variants' walk goes."""
        point = checkpoints.parse(since, Walks) or await self._from_now(requests.VARIANTS)
        seen = set[str]()
        async for answer in self._walk(requests.VARIANTS, point.of("variants") - OVERLAP):
            point = point.reached("variants", answer.reached)
            ids = {row["product_id"].text() for row in answer.rows if row.find("product_id")} - seen
            seen |= ids
            yield _batch(await self.fetch(Kind.PRODUCT, sorted(ids)), point)
        async for answer in self._walk(requests.PRODUCTS, point.of("products") - OVERLAP):
            point = point.reached("products", answer.reached)
            yield _batch(_map(Kind.PRODUCT, answer), point)

    async def _whole(self, kind: Kind, since: str | None) -> AsyncIterator[_Batch]:
        """Give all of *kind*; *since* says where a pull was interrupted."""
        what = _WHOLE[kind]
        point = checkpoints.parse(since, Whole) or Whole(offset=0)
        while True:
            answer = await self._list(what, what.by_offset(point.offset))
            is_last = len(answer.rows) < what.take
            point = Whole(offset=0 if is_last else point.offset + what.take)
            yield _batch(_map(kind, answer), point)
            if is_last:
                return

    async def _product_ids(self, ids: Sequence[str]) -> list[str]:
        """Put products in the place of the variants among *ids*; a variant that is gone cannot be
        asked for its product."""
        variants = [each.removeprefix(webhooks.VARIANT) for each in ids if _is_variant(each)]
        found = {each for each in ids if not _is_variant(each)}
        for chunk in _chunks(variants, requests.IDS_AT_ONCE):
            answer = await self._list(requests.VARIANTS, requests.VARIANTS.by_ids(chunk))
            found |= {row["product_id"].text() for row in answer.rows if row.find("product_id")}
        return sorted(found)

    async def _fetch_levels(self, level_ids: Sequence[str]) -> list[Change]:
        by_item: dict[str, list[Change]] = {}
        items = sorted({each.partition("@")[0] for each in level_ids})
        for ids in _chunks(items, requests.IDS_AT_ONCE):
            answer = await self._list(requests.ITEMS, requests.ITEMS.by_ids(ids))
            for row in answer.rows:
                by_item[row["id"].text()] = mapping.row(Kind.LEVEL, row, answer.reading)
        return [_level(each, by_item.get(each.partition("@")[0], [])) for each in level_ids]


def _map(kind: Kind, answer: _Answer) -> list[Change]:
    return [each for row in answer.rows for each in mapping.row(kind, row, answer.reading)]


def _order_of(payment: Node) -> str | None:
    """Return the order that a payment is for; None where a cart was never bought."""
    collection = payment.find("payment_collection")
    order = collection.find("order") if collection else None
    return order["id"].text() if order else None


def _level(level_id: str, levels: list[Change]) -> Change:
    """Pick one level of its item's."""
    for level in levels:
        if isinstance(level, Unreadable) or getattr(level, "external_id", None) == level_id:
            return level
    return Removed(kind=Kind.LEVEL, external_id=level_id)


def _tracked(point: Walks, answer: _Answer) -> Walks:
    """Remember which of the orders just read may yet change without moving a time."""
    opened = {row["id"].text() for row in answer.rows if not _is_settled(row, answer.reading)}
    return point.closed(answer.ids).opened(opened)


def _is_settled(order: Node, reading: Reading) -> bool:
    try:
        return mapping.is_settled(order, reading)
    except Malformed:
        # It is in quarantine and read again on command.
        return True


def _is_variant(external_id: str) -> bool:
    return external_id.startswith(webhooks.VARIANT)


def _removed(kind: Kind, asked: Iterable[str], found: Collection[str]) -> list[Change]:
    return [Removed(kind=kind, external_id=each) for each in asked if each not in found]


def _batch(changes: list[Change], point: Walks | Whole) -> _Batch:
    return _Batch(changes=changes, checkpoint=checkpoints.write(point))


async def _paged(batches: AsyncIterator[_Batch], since: str | None) -> AsyncIterator[Page]:
    """Cut batches into pages. Only the last page of a batch carries its checkpoint; those before
    carry the one that held already, and nothing is given for an empty batch but the last."""
    held, given = since or "", None
    async for batch in batches:
        parts = _chunks(batch.changes, PAGE_RECORDS)
        for part in parts[:-1]:
            yield Page(changes=tuple(part), checkpoint=held)
        held = batch.checkpoint
        if parts:
            given = held
            yield Page(changes=tuple(parts[-1]), checkpoint=held)
    if given != held:
        yield Page(changes=(), checkpoint=held)


def _chunks(values: Sequence[_T], size: int) -> list[list[_T]]:
    return [list(values[at : at + size]) for at in range(0, len(values), size)]
