"""Pulls of orders and returns: neither list tells what changed, so they follow what is new and what
is not over yet."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import replace

from connectors.flexmarket.checkpoints import Checkpoint, Seen
from connectors.flexmarket.market import Answer, Market, time_of
from connectors.flexmarket.reading import Reader
from connectors.flexmarket.requests import LISTINGS, Ask
from connectors.sdk.changes import Change, Page, Removed
from connectors.sdk.records import Kind, OrderRecord, ReturnRecord

CHUNK = 100
"""Orders or returns in one page of what is read again; an order may bring its shipment."""


class Pull:
    """One pull of orders or of returns."""

    def __init__(self, market: Market, reader: Reader, kind: Kind) -> None:
        self._market = market
        self._reader = reader
        self._kind = kind
        self._listing = LISTINGS[kind]

    async def since(self, checkpoint: str | None) -> AsyncIterator[Page]:
        """Give what changed since. Raises: Malformed for a checkpoint that is none of ours."""
        held = Checkpoint.load(checkpoint) if checkpoint else Checkpoint(page=1)
        async for page in self._first(held) if held.page else self._later(held):
            yield page

    async def _first(self, held: Checkpoint) -> AsyncIterator[Page]:
        """Give all there is. It goes on a page before where it stopped: rows may have gone since,
        which moves what follows up."""
        start = max(1, (held.page or 1) - 1)
        async for answer in self._market.pages(self._listing.page, start):
            changes = await self._reader.records(self._kind, answer)
            seen = _seen(answer, changes, self._listing.final_words)
            held = replace(held.seen(seen), page=answer.following)
            yield Page(changes=tuple(changes), checkpoint=held.dump(), total=answer.total)

    async def _later(self, held: Checkpoint) -> AsyncIterator[Page]:
        """Give what is new, what is open, and what was open and is not any more. All pages but the
        last carry the checkpoint as it was: only a whole pass tells what has ended."""
        now_held, ids = held, set[str]()
        for word in ("", *self._listing.open_words):
            async for answer in self._rows(word, held):
                changes = await self._reader.records(self._kind, answer)
                seen = _seen(answer, changes, self._listing.final_words)
                now_held, ids = now_held.seen(seen), ids | {row.id for row in seen}
                yield Page(changes=tuple(changes), checkpoint=held.dump())
        ended = {own_id: at for own_id, at in held.open.items() if own_id not in ids}
        for some in _chunks(ended):
            again = {own_id: ended[own_id] for own_id in some}
            changes = await self._reader.again(self._kind, again)
            now_held = now_held.closed(_over(changes, self._listing.final_words))
            yield Page(changes=tuple(changes), checkpoint=held.dump())
        yield Page(changes=(), checkpoint=now_held.dump())

    def _rows(self, word: str, held: Checkpoint) -> AsyncIterator[Answer]:
        """Read all rows of one status or, without a *word*, those as new as the newest held."""

        def page(number: int) -> Ask:
            return self._listing.page(number, word)

        def is_enough(answer: Answer) -> bool:
            return bool(held.since and answer.oldest and answer.oldest < held.since)

        until: Callable[[Answer], bool] = is_enough
        return self._market.pages(page) if word else self._market.pages(page, until=until)


def _seen(answer: Answer, changes: Iterable[Change], final_words: Collection[str]) -> list[Seen]:
    """Say what to keep in mind of a page: of rows that are not this seller's only their time."""
    own = {change.external_id for change in changes}
    rows = [(value, time_of(value)) for value in answer.rows]
    return [
        Seen(
            id=value["id"],
            at=at,
            is_open=value["id"] in own and value.get("status") not in final_words,
        )
        for value, at in rows
        if at and isinstance(value, dict) and isinstance(value.get("id"), str)
    ]


def _over(changes: Iterable[Change], final_words: Collection[str]) -> list[str]:
    """Return the ids of what need not be read again."""
    return [
        change.external_id
        for change in changes
        if isinstance(change, Removed)
        or (isinstance(change, OrderRecord | ReturnRecord) and change.raw_status in final_words)
    ]


def _chunks(ids: Collection[str]) -> list[list[str]]:
    listed = list(ids)
    return [listed[at : at + CHUNK] for at in range(0, len(listed), CHUNK)]
