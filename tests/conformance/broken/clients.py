"""Connectors, clients and kits of the toy shop with one flaw each."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import aiohttp

from connectors.sdk import errors
from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Page, Removed, Touched
from connectors.sdk.commands import CancelOrder, Command, Outcome
from connectors.sdk.errors import SignatureInvalid
from connectors.sdk.http import Http, Request
from connectors.sdk.records import Kind, OrderRecord
from tests.conformance.broken.toy.client import Toy, ToyConnector
from tests.conformance.broken.toy.kit import Kit
from tests.conformance.broken.toy.system import Simulator, sign

# Manifest, settings, samples


class Unnamed(ToyConnector):
    def open(self, settings: Mapping[str, str], http: Http) -> Toy:
        try:
            return super().open(settings, http)
        except errors.Misconfigured as error:
            raise errors.Misconfigured("something is missing") from error


class Demanding(ToyConnector):
    def open(self, settings: Mapping[str, str], http: Http) -> Toy:
        if "currency" not in settings:
            raise errors.Misconfigured("currency: not set")
        return super().open(settings, http)


class Inquisitive(ToyConnector):
    def open(self, settings: Mapping[str, str], http: Http) -> Toy:
        settings.get("colour")
        return super().open(settings, http)


class Credulous(ToyConnector):
    def open(self, settings: Mapping[str, str], http: Http) -> Toy:
        url = settings.get("url", "")
        return super().open(
            {**_plain(settings), "url": f"https://{url}"} if url else settings, http
        )


def _plain(settings: Mapping[str, str]) -> dict[str, str]:
    return {name: settings[name] for name in ("url", "token")}


class Chatty(ToyConnector):
    def open(self, settings: Mapping[str, str], http: Http) -> Toy:
        client = super().open(settings, http)
        client.token = settings["token"]  # type: ignore[attr-defined]
        return client


class TellsItsToken(Toy):
    token: str

    async def send(self, request: Request) -> Any:
        try:
            return await super().send(request)
        except errors.Misconfigured as error:
            raise errors.Misconfigured(f"{self.token} was refused") from error


class PrintsItsToken(Toy):
    token: str

    def __repr__(self) -> str:
        return f"Toy(token={self.token!r})"


# The account


class Nameless(Toy):
    async def check(self) -> Account:
        await super().check()
        return Account(name=" ")


class TakesAnythingForTheShop(Toy):
    async def check(self) -> Account:
        return Account(name=(await self._ask("GET", "/me"))["name"])


class ChecksNothing(Toy):
    async def check(self) -> Account:
        return Account(name="Toy Town")


class TakesSilenceForAbsence(Toy):
    async def one(self, order_id: str) -> Change:
        try:
            return await super().one(order_id)
        except errors.Unavailable:
            return Removed(kind=Kind.ORDER, external_id=order_id)


# Reads


class FillsLittle(Kit):
    async def fill(self, simulator: Simulator, client: Toy) -> None:
        if not simulator.orders:
            simulator.buy()


class FillsOnce(Kit):
    async def fill(self, simulator: Simulator, client: Toy) -> None:
        if not simulator.orders:
            await super().fill(simulator, client)


class HasADoorOfItsOwn(Toy):
    async def check(self) -> Account:
        url = f"{self._http._base_url}/me"
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers=self._http._headers),
        ):
            return Account(name="Toy Town")


class TakesTimesAsTheyCome(Toy):
    def order(self, stated: Any) -> OrderRecord:
        record = super().order(stated)
        return replace(record, revised_at=record.revised_at.replace(tzinfo=None))


class CountsWrong(Toy):
    def order(self, stated: Any) -> OrderRecord:
        return super().order({**stated, "canceled": stated["ordered"] + 1})


class GivesEverythingAtOnce(Toy):
    async def _orders(self, since: str | None) -> AsyncIterator[Page]:
        async for page in super()._orders(since):
            yield replace(page, changes=page.changes * 126)


class SkipsTheSameSecond(Toy):
    def begin(self, since: str | None) -> str:
        return "9999-01-01T00:00:00Z" if since else ""


class TakesOnePageForAll(Toy):
    async def _orders(self, since: str | None) -> AsyncIterator[Page]:
        async for page in super()._orders(since):
            yield page
            return


class EndsQuietly(Toy):
    async def _orders(self, since: str | None) -> AsyncIterator[Page]:
        try:
            async for page in super()._orders(since):
                yield page
        except errors.Unavailable:
            return


class AlwaysBeginsAnew(Toy):
    def begin(self, since: str | None) -> str:
        return ""


class ForgetsHowLongToWait(Toy):
    async def send(self, request: Request) -> Any:
        try:
            return await super().send(request)
        except errors.Throttled as error:
            raise errors.Throttled("slower") from error


class CallsEverythingUnavailable(Toy):
    async def send(self, request: Request) -> Any:
        try:
            return await super().send(request)
        except errors.Throttled as error:
            raise errors.Unavailable("later") from error


class FetchesTheFirst(Toy):
    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        return await super().fetch(kind, external_ids[:1])


class LeavesOutWhatIsGone(Toy):
    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        found = await super().fetch(kind, external_ids)
        return [one for one in found if not isinstance(one, Removed)]


class AsksForNothing(Toy):
    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        await self.check()
        return await super().fetch(kind, external_ids)


class TakesNonsenseForAbsence(Toy):
    async def one(self, order_id: str) -> Change:
        try:
            return await super().one(order_id)
        except errors.Malformed:
            return Removed(kind=Kind.ORDER, external_id=order_id)


class ReadsInTwoWays(Toy):
    async def one(self, order_id: str) -> Change:
        found = await super().one(order_id)
        return replace(found, number="?") if isinstance(found, OrderRecord) else found


# Webhooks


class NamesDeliveriesByChance(Toy):
    count = 0

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        self.count += 1
        return replace(super().verify(delivery, secrets, now), id=str(self.count))


class NamesDeliveriesAlike(Toy):
    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        return replace(super().verify(delivery, secrets, now), id="event")


class IgnoresUnknownTopics(Toy):
    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        try:
            return super().decode(delivery, received_at)
        except errors.Malformed:
            return []


class TrustsEveryBody(Toy):
    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        event = json.loads(delivery.body)
        if event["topic"] not in ("order.created", "order.updated"):
            raise errors.Malformed("$.topic: not one of ours")
        return [Touched(kind=Kind.ORDER, external_id=event["order"])]


class TouchesWhatCannotBeRead(Toy):
    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        return [Touched(kind=Kind.SHIPMENT, external_id="s-1")]


class _Lenient(Toy):
    """Verifies as `is_genuine` says, and nothing else."""

    def is_genuine(self, delivery: RawDelivery, secrets: Sequence[str]) -> bool:
        raise NotImplementedError

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        if not self.is_genuine(delivery, secrets):
            raise SignatureInvalid("x-toy-signature does not match")
        event = json.loads(delivery.body)
        return Verified(id=event.get("id", ""), topic=event.get("topic", ""))


def _signatures(delivery: RawDelivery, secrets: Sequence[str]) -> list[str]:
    timestamp = delivery.headers.get("x-toy-time", "")
    return [sign(secret, timestamp, delivery.body) for secret in secrets]


class ComparesTheBeginning(_Lenient):
    def is_genuine(self, delivery: RawDelivery, secrets: Sequence[str]) -> bool:
        given = delivery.headers.get("x-toy-signature", "")
        return any(one[:8] == given[:8] for one in _signatures(delivery, secrets))


class TakesWhatIsNotSigned(_Lenient):
    def is_genuine(self, delivery: RawDelivery, secrets: Sequence[str]) -> bool:
        given = delivery.headers.get("x-toy-signature")
        return given is None or given in _signatures(delivery, secrets)


class TriesOneSecret(_Lenient):
    def is_genuine(self, delivery: RawDelivery, secrets: Sequence[str]) -> bool:
        return delivery.headers.get("x-toy-signature") in _signatures(delivery, secrets[:1])


class TakesWhatIsStale(_Lenient):
    def is_genuine(self, delivery: RawDelivery, secrets: Sequence[str]) -> bool:
        return delivery.headers.get("x-toy-signature") in _signatures(delivery, secrets)


# Commands


class CancelsAnyway(Toy):
    async def _cancel(self, command: CancelOrder) -> Outcome:
        stated = await self.write("POST", f"/orders/{command.order_id}/cancel", key=command.key)
        return Outcome(external_id=stated["id"], changes=(self.order(stated),))


class CancelsTwice(CancelsAnyway):
    async def _cancel(self, command: CancelOrder) -> Outcome:
        await super()._cancel(command)
        return await super()._cancel(command)


class SaysNothing(Toy):
    async def perform(self, command: Command) -> Outcome:
        return replace(await super().perform(command), changes=())


class CancelsWhatIsNotThere(Toy):
    async def _cancel(self, command: CancelOrder) -> Outcome:
        try:
            return await super()._cancel(command)
        except errors.Missing:
            return Outcome(external_id=command.order_id)


class MarksWritesSafe(Toy):
    async def write(self, method: str, path: str, **stated: Any) -> Any:
        return await self.send(Request(method=method, path=path, json=stated, is_safe=True))


class RepeatsBlindly(Toy):
    async def write(self, method: str, path: str, **stated: Any) -> Any:
        try:
            return await super().write(method, path, **stated)
        except errors.Ambiguous:
            return await super().write(method, path, **stated)


class RefusesForTheSystem(Toy):
    async def write(self, method: str, path: str, **stated: Any) -> Any:
        try:
            return await super().write(method, path, **stated)
        except errors.Misconfigured as error:
            raise errors.Rejected("not allowed", code="FORBIDDEN") from error


class AlwaysSaysDone(Toy):
    async def look_up(self, command: Command) -> Outcome | None:
        assert isinstance(command, CancelOrder)
        return Outcome(external_id=command.order_id)


class TakesSilenceForNo(Toy):
    async def look_up(self, command: Command) -> Outcome | None:
        try:
            return await super().look_up(command)
        except errors.Unavailable:
            return None


class NeverSaysDone(Toy):
    async def look_up(self, command: Command) -> Outcome | None:
        await self.check()
        return None


# What is not claimed


class PullsAnything(Toy):
    def pull(self, kind: Kind, since: str | None) -> AsyncIterator[Page]:
        return self._orders(since)


class FetchesAnything(Toy):
    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        return [await self.one(external_id) for external_id in external_ids]


class PerformsAnything(Toy):
    async def perform(self, command: Command) -> Outcome:
        try:
            return await super().perform(command)
        except errors.Unsupported:
            await self.check()
            raise
