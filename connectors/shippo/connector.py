"""Shippo over HTTP: what is claimed, by `Door` and `Purchases`, which alone ask anything."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from connectors.sdk import changes, errors
from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page, Removed, Unreadable
from connectors.sdk.commands import BuyLabel, Command, Outcome, VoidLabel
from connectors.sdk.http import Http
from connectors.sdk.records import Kind
from connectors.shippo import requests, webhooks
from connectors.shippo.door import Door
from connectors.shippo.mapping import labels, rates, tracking
from connectors.shippo.mapping.reading import Node
from connectors.shippo.purchases import Purchases
from connectors.shippo.walk import PAGE_SIZE, Listing, Walk

T = TypeVar("T")

MODES = {"shippo_test_": True, "shippo_live_": False}
"""How tokens begin, and whether what they see is a test."""
NAMES = {None: "Shippo", True: "Shippo (test)", False: "Shippo (live)"}


class ShippoConnector:
    """Opens accounts."""

    def open(self, settings: Mapping[str, str], http: Http) -> "Shippo":
        """Make a client. Raises: Misconfigured naming the setting that is absent."""
        for name in ("url", "api_token"):
            if not settings.get(name):
                raise errors.Misconfigured(f"{name}: is not set")
        token = settings["api_token"]
        headers = {"authorization": f"ShippoToken {token}", **requests.VERSION}
        modes = (mode for start, mode in MODES.items() if token.startswith(start))
        return Shippo(Door(http.at(settings["url"], headers)), is_test=next(modes, None))


class Shippo:
    """One account, in one mode. *is_test* is None when its token does not show which."""

    def __init__(self, door: Door, *, is_test: bool | None) -> None:
        self._door = door
        self._is_test = is_test
        self._purchases = Purchases(door)

    async def check(self) -> Account:
        """Say which mode the token is of.

        Raises: Misconfigured, also when what answers is not Shippo; Unavailable, Throttled.
        """
        try:
            listing = Listing.of(await self._door.ask(requests.check()))
            modes = [self._is_test, *(one.maybe_flag("test") for one in listing.nodes)]
        except (errors.Malformed, errors.Rejected) as error:
            raise errors.Misconfigured(f"url: does not answer as Shippo does: {error}") from error
        mode = next((one for one in modes if one is not None), None)
        return Account(name=NAMES[mode], version=requests.VERSION["shippo-api-version"])

    # Reads

    async def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """Give what was made since the checkpoint, and again whatever was still open then.

        Shippo lists no parcels: those of the labels bought here are asked for one by one.

        Raises: Unsupported, before anything is sent.
        """
        read = _reader(kind, self._label, self._parcel)
        walk = Walk.begin(since, datetime.now(UTC))
        while not walk.is_over:
            read_at = datetime.now(UTC)
            listing = await self._door.page(walk.page, PAGE_SIZE[kind])
            found = [one for node in walk.within(listing) for one in await read(node, read_at)]
            walk = walk.after(kind, listing, read_at)
            yield Page(changes=tuple(found), checkpoint=walk.text())

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Read subjects one by one: Shippo has no read of several by id.

        Raises: Unsupported, before anything is sent.
        """
        read = _reader(kind, self._fetch_label, self._fetch_parcel)
        return [one for external_id in external_ids for one in await read(external_id)]

    async def _label(self, node: Node, read_at: datetime) -> list[Change]:
        rate = await self._door.rate_of(node)
        transaction_id = node.value.get("object_id")
        return _read(
            Kind.SHIPMENT, transaction_id, node, lambda: labels.shipment(node, rate, read_at)
        )

    async def _parcel(self, node: Node, read_at: datetime) -> list[Change]:
        """The parcel of a label; nothing where there is none, or its carrier is not to be asked."""
        rate, number = await self._door.rate_of(node), node.value.get("tracking_number")
        if rate is None or not isinstance(number, str) or not number:
            return []
        try:
            tracker_id = tracking.tracker_id(rates.carrier(rate), number)
            found = await self._door.track(tracker_id)
        except (errors.Malformed, errors.Rejected):
            return []
        if found is None:
            return []
        return _read(Kind.TRACKER, tracker_id, found, lambda: tracking.tracker(found))

    async def _fetch_label(self, transaction_id: str) -> list[Change]:
        read_at = datetime.now(UTC)
        node = await self._door.transaction(transaction_id)
        if node is None:
            return [Removed(kind=Kind.SHIPMENT, external_id=transaction_id)]
        return await self._label(node, read_at)

    async def _fetch_parcel(self, tracker_id: str) -> list[Change]:
        """Some carriers only push, and are not to be asked: that says nothing of the parcel."""
        try:
            node = await self._door.track(tracker_id)
        except errors.Rejected as error:
            return [
                Unreadable(kind=Kind.TRACKER, external_id=tracker_id, reason=str(error), payload="")
            ]
        if node is None:
            return [Removed(kind=Kind.TRACKER, external_id=tracker_id)]
        return _read(Kind.TRACKER, tracker_id, node, lambda: tracking.tracker(node))

    # Webhooks

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        return webhooks.verify(delivery, secrets)

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        return webhooks.decode(delivery, self._is_test)

    # Commands

    async def perform(self, command: Command) -> Outcome:
        """Buy a label or give one back.

        After a crash: a shipment without a label may be left at Shippo, which costs nothing; a
        label is found by its reference, and no second is bought.
        """
        try:
            match command:
                case BuyLabel():
                    return await self._purchases.buy(command)
                case VoidLabel():
                    return await self._purchases.void(command)
                case _:
                    name = type(command).__name__
                    raise errors.Unsupported(f"Shippo cannot {name}", code=name)
        except errors.Malformed as error:
            raise errors.Ambiguous(f"sent, answer not readable: {error}") from error

    async def look_up(self, command: Command) -> Outcome | None:
        """Say whether the label of this reference was bought, or this label given back.

        Raises: Unavailable, also while the carrier has not answered.
        """
        try:
            match command:
                case BuyLabel():
                    return await self._purchases.bought(command)
                case VoidLabel():
                    return await self._purchases.voided(command)
                case _:
                    return None
        except errors.Malformed as error:
            raise errors.Unavailable(f"answer not readable: {error}") from error


def _reader(kind: Kind, label: T, parcel: T) -> T:
    """Which of two reads *kind*. Raises: Unsupported."""
    readers = {Kind.SHIPMENT: label, Kind.TRACKER: parcel}
    if kind not in readers:
        raise errors.Unsupported(f"Shippo has no {kind}", code=kind)
    return readers[kind]


def _read(
    kind: Kind, external_id: object, node: Node, mapped: Callable[[], Change]
) -> list[Change]:
    """Read one subject, or say why it cannot be read."""
    named = external_id if isinstance(external_id, str) else None
    payload = msgspec.json.encode(node.value).decode()
    return changes.read(kind, named, payload, lambda: [mapped()])
