"""Shopify's Admin API: capability -> flow. The only I/O of this connector."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page
from connectors.sdk.commands import Command, Outcome
from connectors.sdk.errors import ConnectorError, Malformed, Misconfigured, Throttled
from connectors.sdk.http import LONGEST_WAIT_HERE_S, SAFE_ATTEMPTS, Http, Response
from connectors.sdk.records import Kind
from connectors.shopify import webhooks
from connectors.shopify.errors import data_of
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.requests import fetches, pulls, writes
from connectors.shopify.requests.documents import Call
from connectors.shopify.requests.flow import Answered, Flow, Pause, T, settled
from connectors.shopify.requests.reads import unfinished

API_VERSION = "2026-10"
"""What the documents under queries/ are written against."""


class Connector:
    """Makes clients."""

    def open(self, settings: Mapping[str, str], http: Http) -> "Shopify":
        """Raises: Misconfigured."""
        for name in ("url", "access_token"):
            if not settings.get(name):
                raise Misconfigured(f"{name}: not set")
        door = http.at(settings["url"], {"x-shopify-access-token": settings["access_token"]})
        return Shopify(door, settings.get("api_version") or API_VERSION)


class Shopify:
    """One shop. Concurrency: any number of tasks; it keeps no state."""

    def __init__(self, http: Http, version: str) -> None:
        self._http = http
        self._version = version

    async def check(self) -> Account:
        """Raises: Misconfigured also when another version of the API answers: Shopify serves its
        oldest in place of one that has ended or never was.
        Source: shopify.dev/docs/api/usage/versioning."""
        response = await self._http.send(Call(name="Shop").request(self._version))
        served = response.headers.get("x-shopify-api-version", self._version)
        if served != self._version:
            raise Misconfigured(f"api_version: asked for {self._version}, served {served}")
        try:
            shop = Answer(data_of(response, is_safe=True))["shop"]
            return Account(name=shop["name"].text, version=served)
        except Malformed as error:
            raise Misconfigured(f"url: something else than Shopify answers: {error}") from error

    async def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        state: pulls.State | None = pulls.start(kind, since)
        while state is not None:
            page, state = await self._run(pulls.page(state))
            yield page

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        return await self._run(fetches.fetch(kind, external_ids))

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        """*now* does not matter: the scheme signs no time."""
        return webhooks.verify(delivery, secrets)

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        return webhooks.decode(delivery)

    async def perform(self, command: Command) -> Outcome:
        return await self._run(settled(writes.perform(command)))

    async def look_up(self, command: Command) -> Outcome | None:
        return await self._run(settled(writes.look_up(command)))

    async def _run(self, flow: Flow[T]) -> T:
        """Carry out a flow: do what it yields, send it the answer or throw it the error."""
        try:
            step = next(flow)
            while True:
                try:
                    answered = await self._do(step)
                except ConnectorError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(answered)
        except StopIteration as stop:
            result: T = stop.value
            return result

    async def _do(self, step: Call | Pause) -> Answered:
        asked_at = datetime.now(UTC)
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return Answered(data=Answer(None), at=asked_at)
        data = await self._ask(step)
        await self._complete(data)
        return Answered(data=Answer(data), at=asked_at)

    async def _complete(self, data: dict[str, Any]) -> None:
        """Read to its end every nested connection that did not fit; what that brings, too."""
        while rest := list(unfinished(data)):
            for one in rest:
                one.extend(await self._ask(one.more))

    async def _ask(self, call: Call) -> dict[str, Any]:
        """Send one call. A throttled read waits here for points, as long as that is short.

        Raises: what `Http.send` does, and `errors.data_of`.
        """
        attempts = SAFE_ATTEMPTS if call.is_safe else 1
        for attempt in range(1, attempts + 1):
            response: Response = await self._http.send(call.request(self._version))
            try:
                return data_of(response, is_safe=call.is_safe)
            except Throttled as error:
                wait_s = error.retry_after_s
                if attempt == attempts or wait_s is None or wait_s > LONGEST_WAIT_HERE_S:
                    raise
                await asyncio.sleep(wait_s)
        raise AssertionError("unreachable")
