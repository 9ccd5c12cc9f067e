"""Amazon as a system of ours: each capability of the sdk, and who does it."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from connectors.amazon import webhooks
from connectors.amazon.client.exchange import Exchange
from connectors.amazon.client.reader import Reader
from connectors.amazon.client.writer import Writer
from connectors.amazon.reading import Node
from connectors.amazon.requests import inventory
from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page
from connectors.sdk.commands import Command, Outcome
from connectors.sdk.errors import Malformed, Misconfigured, Rejected
from connectors.sdk.records import Kind

VERSION = "2026-01-01"


class Client:
    """One seller's account in one region of Amazon's. Concurrency: any number of tasks."""

    def __init__(self, exchange: Exchange, marketplaces: tuple[str, ...]) -> None:
        self._exchange = exchange
        self._marketplaces = marketplaces
        self._reader = Reader(exchange, marketplaces)
        self._writer = Writer(exchange, self._reader)

    async def check(self) -> Account:
        """Ask for stock of each marketplace: orders may be searched for once in three minutes only,
        and this proves as much."""
        for one in self._marketplaces:
            try:
                ask = inventory.summaries(one, with_details=False)
                body = Node((await self._exchange.ask(ask)).json())
                body["payload"]["granularity"]["granularityId"].id()
            except Rejected as error:
                raise Misconfigured(f"marketplace_ids: {one} is not this seller's") from error
            except Malformed as error:
                raise Misconfigured(f"url: does not answer as Amazon does: {error}") from error
        return Account(name=f"Amazon {', '.join(self._marketplaces)}", version=VERSION)

    def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        return self._reader.pull(kind, since)

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        return await self._reader.fetch(kind, external_ids)

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        return webhooks.verify(delivery, secrets)

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        return webhooks.decode(delivery, self._reader.home)

    async def perform(self, command: Command) -> Outcome:
        return await self._writer.perform(command)

    async def look_up(self, command: Command) -> Outcome | None:
        return await self._writer.look_up(command)
