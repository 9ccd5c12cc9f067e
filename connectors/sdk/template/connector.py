"""Acme over HTTP: the only I/O.

What is asked stands in requests, what an answer means in mapping.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime

from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page, Removed
from connectors.sdk.commands import CancelOrder, Command, Outcome
from connectors.sdk.errors import (
    Ambiguous,
    Malformed,
    Misconfigured,
    Rejected,
    Unavailable,
    Unsupported,
)
from connectors.sdk.http import Http, Request
from connectors.sdk.records import Kind, OrderRecord
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.template import mapping, requests, webhooks
from connectors.sdk.template.errors import refusal

READABLE = (Kind.ORDER,)


class AcmeConnector:
    """Opens accounts."""

    def open(self, settings: Mapping[str, str], http: Http) -> "AcmeClient":
        """Make a client, without I/O. Raises: Misconfigured naming the setting that is absent."""
        for name in ("url", "token"):
            if not settings.get(name):
                raise Misconfigured(f"{name}: is not set")
        # The token goes into the door and is kept nowhere else: no error and no repr can tell it.
        door = http.at(settings["url"], {"authorization": f"Bearer {settings['token']}"})
        return AcmeClient(door)


class AcmeClient:
    """One account. Its methods are those that the manifest claims, and no others."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def check(self) -> Account:
        """Say whose account it is. Raises: Misconfigured, Unavailable, Throttled."""
        try:
            return mapping.account(await self._ask(requests.account()))
        except (Malformed, Rejected) as error:
            # Something answers, and not as it should: whoever set the address must look at it.
            raise Misconfigured(f"url: does not answer as it should: {error}") from error

    # Reads

    async def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        """Give what changed since the checkpoint, and what did in the overlap before it.

        The checkpoint is the shop's own time of the last change that was given. By our clock what
        changes while theirs is behind would be skipped. Raises: Unsupported, before it sends.
        """
        _require_readable(kind)
        start, cursor, reached = requests.start(since), None, since or ""
        while True:
            page = mapping.listing(await self._ask(requests.orders(start, cursor)))
            reached = page.reached.isoformat() if page.reached else reached
            # Each page is handed over before the next is asked for: memory stays that of one.
            yield Page(changes=page.changes, checkpoint=reached)
            if page.cursor is None:
                return
            cursor = page.cursor

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Read orders now; what is not listed is gone. Raises: Unsupported, Malformed."""
        _require_readable(kind)
        found = {one.external_id: one for one in await self._orders(external_ids)}
        if None in found:
            # It may be any of those asked for, and none of them may pass for deleted.
            raise Malformed(f"one {kind} without an id")
        wanted = dict.fromkeys(external_ids)
        return [found.get(one) or Removed(kind=kind, external_id=one) for one in wanted]

    async def _orders(self, external_ids: Sequence[str]) -> list[Change]:
        found: list[Change] = []
        for ids in requests.batches(external_ids):
            found += mapping.listing(await self._ask(requests.by_ids(ids))).changes
        return found

    # Webhooks

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        return webhooks.verify(delivery, secrets, now)

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        return webhooks.decode(delivery, received_at)

    # Commands

    async def perform(self, command: Command) -> Outcome:
        """Cancel an order that is not canceled yet.

        After a crash: unknown, and `look_up` finds out. Raises: as `Performs.perform`.
        """
        if not isinstance(command, CancelOrder):
            name = type(command).__name__
            raise Unsupported(f"Acme cannot {name}", code=name)
        cancel = requests.cancel(command)
        order = await self._order(requests.one(command.order_id))
        if order.status is not OrderStatus.CANCELED:
            order = await self._order(cancel)
        return _outcome(order)

    async def look_up(self, command: Command) -> Outcome | None:
        """Say whether the order is canceled: that is what was wanted, whoever did it."""
        if not isinstance(command, CancelOrder):
            return None
        order = await self._order(requests.one(command.order_id))
        return _outcome(order) if order.status is OrderStatus.CANCELED else None

    # HTTP

    async def _order(self, request: Request) -> OrderRecord:
        """Send, and read the order that is answered. An answer that cannot be read says nothing of
        what happened: after a read nothing has, after a write nobody knows."""
        try:
            return mapping.order(await self._ask(request))
        except Malformed as error:
            if request.is_safe:
                raise Unavailable(f"answer not readable: {error}") from error
            raise Ambiguous(f"sent, answer not readable: {error}") from error

    async def _ask(self, request: Request) -> object:
        """Send, and return the parsed answer. Raises: what `errors.refusal` makes of a 4xx."""
        response = await self._http.send(request)
        if response.status >= 400:
            raise refusal(response)
        body: object = response.json()
        return body


def _require_readable(kind: Kind) -> None:
    if kind not in READABLE:
        raise Unsupported(f"Acme has no {kind}", code=kind)


def _outcome(order: OrderRecord) -> Outcome:
    return Outcome(external_id=order.external_id, changes=(order,))
