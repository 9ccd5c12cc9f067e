"""The karrio connector: reads trackers and shipments, buys and voids labels. The only I/O."""

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec

from connectors.karrio import errors, mapping, requests, webhooks
from connectors.karrio.checkpoint import Checkpoint
from connectors.karrio.document import Document
from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page, Removed, read
from connectors.sdk.commands import BuyLabel, Command, Outcome, VoidLabel
from connectors.sdk.errors import (
    Ambiguous,
    ConnectorError,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    Unavailable,
    Unsupported,
)
from connectors.sdk.http import Http, Request
from connectors.sdk.records import Kind

OVERLAP = timedelta(minutes=10)
"""How far a pass looks back before the last one for what came and ended in between: longer than any
difference between two machines' clocks, and than karrio's longest transaction."""
OPEN_FOR = timedelta(days=120)
"""How long something counts as under way. karrio itself gives a tracker up after 90 days
(TRACKER_MAX_ACTIVE_DAYS); a draft that nobody buys would be read for ever."""
OVERLAP_ROWS = 10
"""Rows by which two pages overlap: deleting one (a voided label's tracker) moves all older ones
up, and without it one would be passed over unseen."""
IDS_AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One page of a list. *words*: each row's status by its id. *following*: the next offset."""

    changes: tuple[Change, ...]
    words: Mapping[str, str | None]
    total: int | None
    following: int | None


class Client:
    """One karrio account. Concurrency: any number of tasks; it holds no state."""

    def __init__(self, settings: requests.Settings, http: Http) -> None:
        self._settings = settings
        self._http = http.at(settings.url, {"authorization": f"Token {settings.token}"})

    async def check(self) -> Account:
        """Prove the address (a karrio answers), the token, and that the named carriers are active.

        Raises: Misconfigured, Unavailable, Throttled.
        """
        try:
            version = (await self._read(requests.about())).text("VERSION")
            found = (await self._read(requests.connections())).many("results")
            active = {each.text("carrier_id") for each in found if each.flag("active")}
        except (Malformed, Rejected) as error:
            raise Misconfigured("url: no karrio server answers there") from error
        missing = sorted(set(self._settings.carrier_ids) - active)
        if missing:
            raise Misconfigured(f"carrier_ids: no active connection: {', '.join(missing)}")
        return Account(name=", ".join(sorted(active)) or "no active carrier", version=version)

    async def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """Give everything; or, after a first pass, what may have changed: all that is open, what
        came and ended, and what was open and is not any more.

        After a crash: the first pass goes on at its page, a later one begins again.

        Raises: Misconfigured, Unavailable, Throttled, Malformed, Unsupported.
        """
        _require_readable(kind)
        held = Checkpoint.load(since) if since else Checkpoint(began=_now(), offset=0)
        if since is None or held.offset is not None:
            pages = self._everything(kind, held)
        else:
            pages = self._changed(kind, held, since)
        async for page in pages:
            yield page

    async def _everything(self, kind: Kind, held: Checkpoint) -> AsyncIterator[Page]:
        """Pages of what was there when the pass began; what came later is the next pass's. It goes
        on a page before where it stopped: more than a few rows may have gone since."""
        listing = requests.LISTINGS[kind]
        open_ids = dict.fromkeys(held.open_ids)
        before = requests.created(before=held.began)
        start = max(0, (held.offset or 0) - requests.PAGE_ROWS)
        async for rows in self._pages(kind, before, start):
            open_ids |= dict.fromkeys(
                row_id for row_id, word in rows.words.items() if word not in listing.final_words
            )
            reached = Checkpoint(began=held.began, open_ids=tuple(open_ids), offset=rows.following)
            yield Page(changes=rows.changes, checkpoint=reached.dump(), total=rows.total)

    async def _changed(self, kind: Kind, held: Checkpoint, since: str) -> AsyncIterator[Page]:
        """All pages but the last carry *since*: only a whole pass tells what has ended."""
        began = _now()
        listing = requests.LISTINGS[kind]
        under_way = (*listing.is_open, *requests.created(after=began - OPEN_FOR))
        ended = (*listing.is_final, *requests.created(after=held.began - OVERLAP))
        seen: dict[str, None] = {}
        async for rows in self._pages(kind, under_way):
            seen |= dict.fromkeys(rows.words)
            yield Page(changes=rows.changes, checkpoint=since)
        reached = Checkpoint(began=began, open_ids=tuple(seen))
        async for rows in self._pages(kind, ended):
            seen |= dict.fromkeys(rows.words)
            yield Page(changes=rows.changes, checkpoint=since)
        for some in _chunks(row_id for row_id in held.open_ids if row_id not in seen):
            yield Page(changes=tuple(await self.fetch(kind, some)), checkpoint=since)
        yield Page(changes=(), checkpoint=reached.dump())

    async def _pages(
        self, kind: Kind, filters: requests.Filters, offset: int = 0
    ) -> AsyncIterator[Rows]:
        following: int | None = offset
        while following is not None:
            read_at = _now()
            answer = await self._list(requests.rows(requests.LISTINGS[kind], filters, following))
            values, total = answer.values("results"), answer.number_or_none("count")
            is_last = answer.text_or_none("next") is None or not values
            following = None if is_last else following + requests.PAGE_ROWS - OVERLAP_ROWS
            yield Rows(
                changes=tuple(self._changes(kind, values, read_at)),
                words={row_id: word for row_id, word in map(_identity, values) if row_id},
                total=None if total is None else int(total),
                following=following,
            )

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Shipments by the fifty; trackers one by one, for karrio has no other way.

        Raises: Misconfigured, Unavailable, Throttled, Malformed, Unsupported.
        """
        _require_readable(kind)
        if kind is Kind.TRACKER:
            return [await self._fetch_tracker(tracker_id) for tracker_id in external_ids]
        changes: list[Change] = []
        for some in _chunks(external_ids):
            changes += await self._fetch_shipments(some)
        return changes

    async def _fetch_shipments(self, ids: Sequence[str]) -> list[Change]:
        read_at = _now()
        found = (await self._list(requests.shipments(ids))).values("results")
        there = {row_id for row_id, _ in map(_identity, found)}
        gone = [Removed(kind=Kind.SHIPMENT, external_id=each) for each in ids if each not in there]
        return [*self._changes(Kind.SHIPMENT, found, read_at), *gone]

    async def _fetch_tracker(self, tracker_id: str) -> Change:
        read_at = _now()
        try:
            found = await self._read(requests.tracker(tracker_id))
        except Missing:
            return Removed(kind=Kind.TRACKER, external_id=tracker_id)
        (change,) = self._changes(Kind.TRACKER, [found.fields], read_at)
        return change

    def _changes(self, kind: Kind, values: Iterable[object], read_at: datetime) -> Iterator[Change]:
        for value in values:
            payload = msgspec.json.encode(value).decode()
            mapped = partial(self._record, kind, value, read_at)
            yield from read(kind, _identity(value)[0], payload, mapped)

    def _record(self, kind: Kind, value: object, read_at: datetime) -> list[Change]:
        document = Document.of(value)
        if kind is Kind.TRACKER:
            return [mapping.tracker(document, read_at)]
        return [mapping.shipment(document, self._settings.url, read_at)]

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        """Raises: SignatureInvalid."""
        return webhooks.verify(delivery, secrets)

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        """Raises: Malformed."""
        return webhooks.decode(delivery, received_at, self._settings.url)

    async def perform(self, command: Command) -> Outcome:
        """Buy or void a label.

        After a crash: nothing is bought, or all of it and `look_up` finds it.

        Raises: Rejected (Conflict, Missing, Unsupported), Misconfigured, Throttled, Unavailable,
        Ambiguous.
        """
        match command:
            case BuyLabel():
                return await self._buy(command)
            case VoidLabel():
                return await self._void(command)
            case _:
                raise _unsupported(type(command).__name__)

    async def look_up(self, command: Command) -> Outcome | None:
        """Whether *command* bought a label: what there is under its key, whatever became of it.

        A purchase that karrio is still making is not to be seen yet: it becomes visible, whole,
        when the carrier has answered.

        Raises: Misconfigured, Throttled, Unavailable, Unsupported.
        """
        if not isinstance(command, BuyLabel):
            raise _unsupported(type(command).__name__)
        read_at = _now()
        with _malformed_is(Unavailable):
            bought = await self._bought(command)
            return None if bought is None else await self._outcome(bought, read_at)

    async def _buy(self, command: BuyLabel) -> Outcome:
        outcome = await self.look_up(command)
        if outcome is not None:
            return outcome
        with _malformed_is(Unavailable):
            service, carrier_ids = await self._service(command)
        request = requests.buy(command, service, carrier_ids, self._settings.label_type)
        with _malformed_is(Ambiguous):
            response = await self._http.send(request)
            if response.status >= 400:
                raise errors.refusal(response, errors.ABOUT_A_PURCHASE, requests.private(command))
            return await self._outcome(Document.of(response.json()), _now())

    async def _bought(self, command: BuyLabel) -> Document | None:
        """The first shipment with the command's key; karrio lists the newest first."""
        answer = await self._list(requests.bought(command))
        found = [
            each
            for each in answer.many("results")
            if each.one("metadata").text_or_none(requests.KEY) == requests.key_of(command)
            and each.text("status") != "draft"
        ]
        return found[-1] if found else None

    async def _service(self, command: BuyLabel) -> tuple[str, tuple[str, ...]]:
        """Which service to buy, and from which carrier connections.

        Raises: Rejected, with the carriers' words, when none has a price: karrio answers that with
        200 or 424, and with 207 when some carriers failed and others have prices.
        """
        carrier_ids = self._settings.carrier_ids
        if command.service is not None:
            return command.service, carrier_ids
        response = await self._http.send(requests.rates(command, carrier_ids))
        if response.status >= 400:
            raise errors.refusal(response, errors.ABOUT_A_PURCHASE, requests.private(command))
        answer = Document.of(response.json())
        rate = mapping.cheapest(answer.many("rates"))
        if rate is None:
            raise errors.no_rates(response, requests.private(command))
        return rate.text("service"), (rate.text("carrier_id"),)

    async def _outcome(self, bought: Document, read_at: datetime) -> Outcome:
        record = mapping.shipment(bought, self._settings.url, read_at)
        return Outcome(
            external_id=record.external_id,
            changes=(record, *await self._trackers(bought)),
            label=mapping.label(bought, self._settings.url),
        )

    async def _trackers(self, bought: Document) -> list[Change]:
        """The trackers of a shipment's parcels. karrio follows the first parcel only; the others
        are added, which it does once for each number.

        The label is bought, and that must not fail any more: what cannot be had now, a pull gives.
        """
        tracker_id = bought.text_or_none("tracker_id")
        if tracker_id is None:
            return []
        carrier = bought.text("carrier_name")
        others = (requests.add_tracker(each, carrier) for each in mapping.untracked(bought))
        changes: list[Change] = []
        for request in (requests.tracker(tracker_id), *others):
            read_at = _now()
            with suppress(ConnectorError):
                found = await self._read(request)
                changes += self._changes(Kind.TRACKER, [found.fields], read_at)
        return changes

    async def _void(self, command: VoidLabel) -> Outcome:
        """Raises: Conflict when the parcel is under way already, Missing."""
        with _malformed_is(Unavailable):
            found = await self._read(requests.shipment(command.label_id))
            trackers = {found.text_or_none("tracking_number"): found.text_or_none("tracker_id")}
            is_void = found.text("status") == "cancelled"
        with _malformed_is(Ambiguous):
            if not is_void:
                found = await self._read(requests.cancel(command.label_id))
            record = mapping.shipment(found, self._settings.url, _now())
        trackers |= await self._forget(mapping.untracked(found))
        ended = (
            mapping.tracker_of_void(tracker_id, number, record, record.revised_at)
            for number, tracker_id in trackers.items()
            if number and tracker_id
        )
        return Outcome(external_id=record.external_id, changes=(record, *ended))

    async def _forget(self, numbers: Iterable[str]) -> dict[str | None, str | None]:
        """Delete the trackers that `_trackers` added, for karrio does not know whose they are; give
        their ids by number.

        One that stays is harmless: its parcel never moves, and karrio gives it up by itself.
        """
        ids: dict[str | None, str | None] = {}
        for number in numbers:
            with suppress(ConnectorError):
                tracker_id = (await self._read(requests.tracker(number))).text("id")
                await self._read(requests.delete_tracker(tracker_id))
                ids[number] = tracker_id
        return ids

    async def _list(self, request: Request) -> Document:
        """Raises: Malformed, also when karrio refuses what its documents allow."""
        try:
            return await self._read(request)
        except Rejected as error:
            raise Malformed(f"{request.path}: {error}") from error

    async def _read(self, request: Request) -> Document:
        """Raises: Missing, Rejected, Malformed, and what the door raises."""
        response = await self._http.send(request)
        if response.status >= 400:
            raise errors.refusal(response, errors.ABOUT_A_SHIPMENT)
        return Document.of(response.json())


class Karrio:
    """Opens accounts."""

    def open(self, settings: Mapping[str, str], http: Http) -> Client:
        """Raises: Misconfigured."""
        return Client(requests.Settings.of(settings), http)


CONNECTOR = Karrio()


def _now() -> datetime:
    return datetime.now(UTC)


def _identity(value: object) -> tuple[str | None, str | None]:
    """A row's id and status, as far as it has them."""
    if not isinstance(value, dict):
        return None, None
    row_id, word = value.get("id"), value.get("status")
    return (
        row_id if isinstance(row_id, str) else None,
        word if isinstance(word, str) else None,
    )


def _chunks(ids: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """*ids* by IDS_AT_ONCE."""
    rest = iter(ids)
    while some := tuple(itertools.islice(rest, IDS_AT_ONCE)):
        yield some


@contextmanager
def _malformed_is(kind: type[ConnectorError]) -> Iterator[None]:
    """An answer that cannot be read means, for a command, that nothing was done (Unavailable), or
    that it may have been (Ambiguous)."""
    try:
        yield
    except Malformed as error:
        raise kind(f"an answer that cannot be read: {error}") from error


def _require_readable(kind: Kind) -> None:
    if kind not in requests.LISTINGS:
        raise _unsupported(kind)


def _unsupported(what: str) -> Unsupported:
    return Unsupported(f"karrio has no {what}", code="unsupported")
