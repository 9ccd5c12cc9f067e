"""The connector to Vendure's Admin API: the only place of it that does I/O."""

import time
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page, Removed, Unreadable
from connectors.sdk.commands import Command, Outcome
from connectors.sdk.errors import Ambiguous, Malformed, Misconfigured, Rejected, Unsupported
from connectors.sdk.http import Http
from connectors.sdk.records import Kind
from connectors.vendure import checkpoints, errors, mapping, requests, webhooks, windows
from connectors.vendure.checkpoints import OVERLAP, Walks, Whole
from connectors.vendure.mapping import Node, Options, Reading
from connectors.vendure.plans import Done, Plan, plan_of
from connectors.vendure.requests import Call, List
from connectors.vendure.windows import Row, Window

_T = TypeVar("_T")

PAGE_RECORDS = 250
"""The most records a page may hold; one order may bring several."""
SETTINGS_AGE_S = 300.0
"""How long the shop's settings are held: they change once in years, and cost 0.4 s of its time."""
MAX_STEPS = 6
"""Twice the steps of the longest plan: beyond it someone undoes what we do."""


class Vendure:
    """What ``CONNECTOR`` is."""

    def open(self, settings: Mapping[str, str], http: Http) -> "Client":
        """Make a client of one shop and channel. Raises: Misconfigured, naming the setting."""
        url = _required(settings, "url").rstrip("/").removesuffix(requests.PATH)
        headers = {"vendure-api-key": _required(settings, "api_key")}
        channel = _required(settings, "channel_token") if settings.get("channel_token") else None
        if channel:
            headers["vendure-token"] = channel
        return Client(http.at(url, headers), Options.parse(settings), channel)


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


_WHOLE = {Kind.LEVEL: requests.LEVELS_TAKE, Kind.LOCATION: requests.LOCATIONS_TAKE}
"""Rows a page of what is read whole each time."""


class Client:
    """One account. Concurrency: any number of tasks; no state but the door and, for a while, the
    shop's settings, which two tasks may at worst both read."""

    def __init__(self, http: Http, options: Options, channel: str | None) -> None:
        self._http = http
        self._options = options
        self._channel = channel
        self._settings: tuple[float, Reading] | None = None

    async def check(self) -> Account:
        """Read one row of everything. Raises: Misconfigured, Unavailable, Throttled.

        A channel token that Vendure does not know it takes for none, and works in the default
        channel without a word: so the channel that answers is looked at.
        """
        try:
            found = (await self._ask(requests.check()))["activeChannel"]
            name, token = found["code"].text(), found["token"].text()
        except Malformed as error:
            raise Misconfigured(f"url: no Admin API answers there: {error}") from error
        if self._channel not in (None, token):
            raise Misconfigured("channel_token: the shop has no such channel")
        return Account(name="default channel" if name == "__default_channel__" else name)

    def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """Give what changed since; see Pulls. Stock and locations are given whole each time."""
        if kind is Kind.ORDER:
            return _paged(self._orders(since), since)
        if kind is Kind.CUSTOMER:
            return _paged(self._customers(since), since)
        if kind is Kind.PRODUCT:
            return _paged(self._products(since), since)
        if kind in _WHOLE:
            return _paged(self._whole(kind, since), since)
        raise Unsupported(f"Vendure has no {kind}", code="UNSUPPORTED")

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Read these now; see Fetches. A cart, which is no order yet, gives nothing."""
        if kind is Kind.LEVEL:
            return await self._fetch_levels(external_ids)
        if kind is Kind.PRODUCT:
            external_ids = await self._product_ids(external_ids)
        if kind not in requests.DOCUMENTS:
            raise Unsupported(f"Vendure has no {kind}", code="UNSUPPORTED")
        changes: list[Change] = []
        for ids in _chunks(external_ids, requests.IDS_AT_ONCE):
            answer = await self._by_ids(kind, ids)
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
            root, reading = await self._look(plan)
            step = plan.decide(root, reading)
            if isinstance(step, Done):
                return _outcome(plan, root, reading)
            await self._ask(step.call)
            if step.is_last:
                return _outcome(plan, *await self._look(plan))
        raise Ambiguous(f"not done after {MAX_STEPS} steps: something undoes it")

    async def look_up(self, command: Command) -> Outcome | None:
        """Say whether all of *command* was done before; see LooksUp. None for a part of it:
        performing it again goes on from there."""
        plan = plan_of(command)
        try:
            root, reading = await self._look(plan)
            is_done = isinstance(plan.decide(root, reading), Done)
        except Rejected:
            return None
        return _outcome(plan, root, reading) if is_done else None

    async def _look(self, plan: Plan) -> tuple[Node, Reading]:
        call = plan.look()
        reading = await self._reading()
        return await self._ask(call), reading

    async def _reading(self) -> Reading:
        """Return what the next answer is read with, dated now: the request is yet to begin."""
        now = time.monotonic()
        if self._settings is None or now - self._settings[0] > SETTINGS_AGE_S:
            root = await self._ask(requests.shop())
            self._settings = now, Reading.of(root, self._options, datetime.now(UTC))
        return replace(self._settings[1], read_at=datetime.now(UTC))

    async def _ask(self, call: Call) -> Node:
        """Send one document. Raises: all that its table names; Ambiguous for a write whose answer
        cannot be read."""
        try:
            response = await self._http.send(call.request())
            errors.raise_for_status(response.status)
            return Node(errors.data(response.json(), is_safe=call.is_safe), "data")
        except Malformed as error:
            if call.is_safe:
                raise
            raise Ambiguous(f"sent, the answer cannot be read: {error}") from error

    async def _by_ids(self, kind: Kind, ids: Sequence[str]) -> _Answer:
        document = requests.DOCUMENTS[kind]
        return await self._list(document, requests.by_ids(document, ids))

    async def _list(self, document: str, call: Call) -> _Answer:
        reading = await self._reading()
        root = await self._ask(call)
        return _Answer(rows=root[requests.ROOT[document]]["items"].items(), reading=reading)

    async def _walk(self, what: List, after: datetime) -> AsyncIterator[_Answer]:
        """Read a list from *after* to its end, page by page; see windows."""
        window: Window | None = Window(after=after)
        while window is not None:
            answer = await self._list(what.document, what.page(window))
            rows = [Row(id=row["id"].text(), at=row[what.time].time()) for row in answer.rows]
            reached = rows[-1].at if rows and window.second is None else window.after
            yield replace(answer, reached=reached)
            window = windows.advance(window, rows, what.take)

    async def _orders(self, since: str | None) -> AsyncIterator[_Batch]:
        """Give orders placed and orders changed since, then each that was open and came with
        neither: its state may have moved, and nothing else tells."""
        point = checkpoints.parse(since, Walks) or await self._first_orders()
        stale = set(point.open)
        for what in (requests.PLACED, requests.UPDATED):
            async for answer in self._walk(what, point.of(what.name) - OVERLAP):
                stale -= answer.ids
                point = _tracked(point.reached(what.name, answer.reached), answer)
                yield _batch(_map(Kind.ORDER, answer), point)
        for ids in _chunks(sorted(stale), requests.IDS_AT_ONCE):
            answer = await self._by_ids(Kind.ORDER, ids)
            gone = _removed(Kind.ORDER, ids, answer.ids)
            point = _tracked(point.closed(set(ids)), answer)
            yield _batch(_map(Kind.ORDER, answer) + gone, point)

    async def _first_orders(self) -> Walks:
        """Begin the walk over changes where it stands now, as all that is placed is read anyway."""
        root = await self._ask(requests.newest_order())
        newest = [row["updatedAt"].time() for row in root["orders"]["items"].items()]
        return Walks().reached(requests.UPDATED.name, max(newest, default=windows.EPOCH))

    async def _customers(self, since: str | None) -> AsyncIterator[_Batch]:
        point = checkpoints.parse(since, Walks) or Walks()
        what = requests.CUSTOMERS
        async for answer in self._walk(what, point.of(what.name) - OVERLAP):
            point = point.reached(what.name, answer.reached)
            yield _batch(_map(Kind.CUSTOMER, answer), point)

    async def _products(self, since: str | None) -> AsyncIterator[_Batch]:
        """Give products of which a variant changed, which does not move the product's own time,
        then products that changed. A first pull only looks how far the variants' walk goes."""
        held = checkpoints.parse(since, Walks)
        point, seen = held or Walks(), set[str]()
        async for answer in self._walk(requests.VARIANTS, point.of("variants") - OVERLAP):
            point = point.reached("variants", answer.reached)
            ids = {row["productId"].text() for row in answer.rows} - seen if held else set()
            seen |= ids
            yield _batch(await self.fetch(Kind.PRODUCT, sorted(ids)), point)
        async for answer in self._walk(requests.PRODUCTS, point.of("products") - OVERLAP):
            point = point.reached("products", answer.reached)
            yield _batch(_map(Kind.PRODUCT, answer), point)

    async def _whole(self, kind: Kind, since: str | None) -> AsyncIterator[_Batch]:
        """Give all of *kind*; *since* says where a pull was interrupted."""
        document, take = requests.DOCUMENTS[kind], _WHOLE[kind]
        point = checkpoints.parse(since, Whole) or Whole(skip=0)
        while True:
            answer = await self._list(document, requests.by_skip(document, point.skip, take))
            is_last = len(answer.rows) < take
            point = Whole(skip=0 if is_last else point.skip + take)
            yield _batch(_map(kind, answer), point)
            if is_last:
                return

    async def _product_ids(self, ids: Sequence[str]) -> list[str]:
        """Put products in the place of the variants among *ids*; a variant that is gone cannot be
        asked for its product."""
        variants = [each.removeprefix(webhooks.VARIANT) for each in ids if _is_variant(each)]
        found = {each for each in ids if not _is_variant(each)}
        for chunk in _chunks(variants, requests.IDS_AT_ONCE):
            answer = await self._list("variants", requests.by_ids("variants", chunk))
            found |= {row["productId"].text() for row in answer.rows}
        return sorted(found)

    async def _fetch_levels(self, level_ids: Sequence[str]) -> list[Change]:
        by_variant: dict[str, list[Change]] = {}
        variants = sorted({each.partition("@")[0] for each in level_ids})
        for ids in _chunks(variants, requests.IDS_AT_ONCE):
            answer = await self._by_ids(Kind.LEVEL, ids)
            for row in answer.rows:
                by_variant[row["id"].text()] = mapping.row(Kind.LEVEL, row, answer.reading)
        return [_level(each, by_variant.get(each.partition("@")[0], [])) for each in level_ids]


def _map(kind: Kind, answer: _Answer) -> list[Change]:
    return [each for row in answer.rows for each in mapping.row(kind, row, answer.reading)]


def _level(level_id: str, levels: list[Change]) -> Change:
    """Pick one level of its variant's."""
    for level in levels:
        if isinstance(level, Unreadable) or getattr(level, "external_id", None) == level_id:
            return level
    return Removed(kind=Kind.LEVEL, external_id=level_id)


def _tracked(point: Walks, answer: _Answer) -> Walks:
    """Remember which of the orders just read are not final."""
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


def _outcome(plan: Plan, root: Node, reading: Reading) -> Outcome:
    return Outcome(external_id=plan.made(root), changes=tuple(plan.report(root, reading)))


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
