"""Pulling: everything at first, then what moved, page by page, each with where to go on."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from itertools import islice

from connectors.odoo import feeds
from connectors.odoo.connector.door import Door
from connectors.odoo.connector.reading import Reader
from connectors.odoo.feeds import Checkpoint, Cursor, Feed, Plan, Subject
from connectors.sdk.changes import Change, Page
from connectors.sdk.errors import Unsupported
from connectors.sdk.records import Kind

AT_ONCE = 100
"""Subjects read together: a sale and all that belongs to it are some twenty rows."""
RECORDS = 250
"""Records in a page: the sdk's bound."""

Read = Callable[[Sequence[Subject]], Awaitable[list[Change]]]


class Puller:
    """Follows one database. Raises: as `Door`."""

    def __init__(self, door: Door, reader: Reader) -> None:
        self._door = door
        self._reader = reader

    async def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        if kind is Kind.LOCATION:
            for page in _pages(await self._reader.locations(), "", ""):
                yield page
            return
        if kind not in feeds.PLANS:
            raise Unsupported(f"a {kind} is not pulled", code="unsupported")
        plan = feeds.PLANS[kind]
        checkpoint = feeds.decode(since, plan) if since else None
        checkpoint = checkpoint or await self._begin(plan)
        pages = self._backfill if checkpoint.backfill else self._follow
        async for page in pages(plan, checkpoint, self._reads()[kind]):
            yield page

    async def _begin(self, plan: Plan) -> Checkpoint:
        """Note where every feed stands now, before anything is read: what changes while the first
        reading goes on is read again after it."""
        cursors: dict[str, Cursor] = {}
        for feed in plan.feeds:
            newest = await self._door.search(feeds.newest(feed.model))
            cursors[feeds.key(feed)] = Cursor(
                newest_id=newest[0].id if newest else 0, known_until=self._door.now()
            )
        return Checkpoint(cursors=cursors, backfill=(0, 0))

    async def _backfill(
        self, plan: Plan, checkpoint: Checkpoint, read: Read
    ) -> AsyncIterator[Page]:
        place, after = checkpoint.backfill or (0, 0)
        while place < len(plan.mains):
            model, domain = plan.mains[place]
            rows = await self._door.search(feeds.everything(model, domain, after, AT_ONCE))
            changes = await read([(model, row.id) for row in rows]) if rows else []
            held = Checkpoint(cursors=checkpoint.cursors, backfill=(place, after))
            place, after = (place, rows[-1].id) if len(rows) == AT_ONCE else (place + 1, 0)
            is_last = place == len(plan.mains)
            then = Checkpoint(
                cursors=checkpoint.cursors, backfill=None if is_last else (place, after)
            )
            for page in _pages(changes, held.encode(), then.encode()):
                yield page

    async def _follow(self, plan: Plan, checkpoint: Checkpoint, read: Read) -> AsyncIterator[Page]:
        """Ask every feed for its next page, read all that they name once, and again while any of
        them has more."""
        has_more = True
        while has_more:
            subjects: dict[Subject, None] = {}
            cursors: dict[str, Cursor] = {}
            for feed in plan.feeds:
                found, cursors[feeds.key(feed)] = await self._next(
                    feed, checkpoint.cursors[feeds.key(feed)]
                )
                subjects.update(dict.fromkeys(found))
            then = Checkpoint(cursors=cursors)
            has_more = any(cursor.began_at for cursor in cursors.values())
            async for page in self._read(list(subjects), read, (checkpoint, then)):
                yield page
            checkpoint = then

    async def _next(self, feed: Feed, cursor: Cursor) -> tuple[list[Subject], Cursor]:
        """Return what the next page of a feed names, and where the feed stands then."""
        asked_at = self._door.now()
        rows = await self._door.search(feeds.changed(feed, cursor))
        ids = feeds.named(feed, rows)
        owners = feeds.owners(feed, ids) if ids else None
        if owners is not None and feed.through is not None:
            _, field = feed.through
            found = (row.link(field) for row in await self._door.all(owners))
            ids = [id for id in dict.fromkeys(found) if id is not None]
        return [(feed.of, id) for id in ids], cursor.advance(rows, asked_at)

    async def _read(
        self, subjects: Sequence[Subject], read: Read, around: tuple[Checkpoint, Checkpoint]
    ) -> AsyncIterator[Page]:
        """Read *subjects* a few at a time. Only the last page may be gone on from: a pull that is
        broken off before it begins the round again."""
        held, then = (checkpoint.encode() for checkpoint in around)
        parts = list(_parts(subjects)) or [[]]
        for part in parts[:-1]:
            for page in _pages(await read(part), held, held):
                yield page
        changes = await read(parts[-1]) if subjects else []
        for page in _pages(changes, held, then):
            yield page

    def _reads(self) -> Mapping[Kind, Read]:
        return {
            Kind.PRODUCT: lambda some: self._reader.products(_ids(some)),
            Kind.CUSTOMER: lambda some: self._reader.customers(_ids(some), is_pull=True),
            Kind.LEVEL: lambda some: self._reader.levels(_ids(some)),
            Kind.ORDER: self._reader.orders,
            Kind.FULFILLMENT_ORDER: lambda some: self._reader.works(_ids(some)),
        }


def _ids(subjects: Sequence[Subject]) -> list[int]:
    return [id for _, id in subjects]


def _parts(subjects: Sequence[Subject]) -> Iterator[list[Subject]]:
    rest = iter(subjects)
    while part := list(islice(rest, AT_ONCE)):
        yield part


def _pages(changes: Sequence[Change], held: str, then: str) -> Iterator[Page]:
    """Cut *changes* into pages: all but the last carry the checkpoint that was *held* before."""
    starts = range(0, len(changes), RECORDS) or range(1)
    for start in starts:
        is_last = start == starts[-1]
        part = tuple(changes[start : start + RECORDS])
        yield Page(changes=part, checkpoint=then if is_last else held)
