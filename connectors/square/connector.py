"""The connector: each capability of the sdk, and who does it."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page
from connectors.sdk.commands import Command, Outcome
from connectors.sdk.errors import Malformed, Misconfigured, Missing
from connectors.sdk.http import Http
from connectors.sdk.records import Kind
from connectors.square import webhooks
from connectors.square.client.exchange import Exchange
from connectors.square.client.reader import Reader
from connectors.square.client.writer import Writer
from connectors.square.requests import reads


class Square:
    """One Square seller account. Concurrency: any number of tasks; it holds no state."""

    def __init__(self, http: Http) -> None:
        self._exchange = Exchange(http)
        self._reader = Reader(self._exchange)
        self._writer = Writer(self._exchange, self._reader)

    async def check(self) -> Account:
        try:
            answer = await self._exchange.ask(reads.merchant())
            merchant = answer.body.node("merchant")
            name = merchant.optional_text("business_name") or merchant.text("id")
        except (Malformed, Missing) as error:
            raise Misconfigured("url: does not answer as Square does") from error
        return Account(name=name, version=reads.VERSION)

    def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        return self._reader.pull(kind, since)

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        return await self._reader.fetch(kind, external_ids)

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        return webhooks.verify(delivery, secrets, now)

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        return webhooks.decode(delivery, received_at)

    async def perform(self, command: Command) -> Outcome:
        return await self._writer.perform(command)

    async def look_up(self, command: Command) -> Outcome | None:
        return await self._writer.look_up(command)
