"""UPS over HTTP: the only I/O. Everything it knows of the wire is in requests and mapping."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from connectors.sdk import errors
from connectors.sdk.auth import Authorized, bearer, had_from
from connectors.sdk.capabilities import Account, RawDelivery, Verified
from connectors.sdk.changes import Change, Removed, Unreadable, read
from connectors.sdk.http import Http, Request, parse_json
from connectors.sdk.records import Kind
from connectors.ups import errors as refusals
from connectors.ups import mapping, requests, webhooks
from connectors.ups.document import Node


class UpsConnector:
    """Opens accounts."""

    def open(self, settings: Mapping[str, str], http: Http) -> "Ups":
        """Make a client. Raises: Misconfigured naming the setting that is absent."""
        for name in ("url", "client_id", "client_secret"):
            if not settings.get(name):
                raise errors.Misconfigured(f"{name}: is not set")
        client_id, secret = settings["client_id"], settings["client_secret"]
        merchant_id = settings.get("merchant_id")

        def grant() -> Request:
            return requests.grant(client_id, secret, merchant_id)

        door = http.at(settings["url"])
        authorized = Authorized(door, had_from(door, grant, requests.token), bearer)
        return Ups(authorized, merchant_id or client_id)


class Ups:
    """One app of one account, called *name*."""

    def __init__(self, door: Authorized, name: str) -> None:
        self._door = door
        self._name = name

    async def check(self) -> Account:
        """Track a test number, which takes a token and the right to track.

        Raises: Misconfigured, also when what answers is not UPS; Unavailable, Throttled.
        """
        try:
            Node.of(await self._ask(requests.CHECKED)).node("trackResponse")
        except errors.Missing:
            pass
        except (errors.Malformed, errors.Rejected) as error:
            raise errors.Misconfigured(f"url: does not answer as UPS does: {error}") from error
        return Account(name=f"UPS ({self._name})", version="v1")

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Read parcels by their numbers, one by one: UPS has no read of several.

        Raises: Unsupported, before anything is sent.
        """
        if kind is not Kind.TRACKER:
            raise errors.Unsupported(f"UPS has no {kind}", code=kind)
        found: list[Change] = []
        for number in dict.fromkeys(external_ids):
            found += await self._track(number)
        return found

    async def _track(self, number: str) -> list[Change]:
        """Read one parcel. What UPS refuses to look up says nothing of the others."""
        gone: list[Change] = [Removed(kind=Kind.TRACKER, external_id=number)]
        if not requests.NUMBER.fullmatch(number):
            return gone
        read_at = datetime.now(UTC)
        try:
            body = await self._ask(number)
        except errors.Missing:
            return gone
        except errors.Rejected as error:
            return [_unreadable(number, str(error))]
        payload = msgspec.json.encode(body).decode()
        return read(Kind.TRACKER, number, payload, lambda: _read(body, number, read_at))

    # Webhooks

    def verify(self, delivery: RawDelivery, secrets: Sequence[str], now: datetime) -> Verified:
        return webhooks.verify(delivery, secrets, now)

    def decode(self, delivery: RawDelivery, received_at: datetime) -> list[Change]:
        return webhooks.decode(delivery, received_at)

    # HTTP

    async def _ask(self, number: str) -> object:
        """Track, and return the parsed answer. Raises: what `errors.refusal` makes of a 4xx."""
        response = await self._door.send(requests.track(number, uuid4().hex))
        if response.status < 400:
            body: object = response.json()
            return body
        raise refusals.refusal(response.status, _body(response.body))


def _read(body: object, number: str, read_at: datetime) -> list[Change]:
    node = mapping.package(body, number)
    if node is None:
        return [Removed(kind=Kind.TRACKER, external_id=number)]
    return [mapping.tracker(node, number, read_at)]


def _unreadable(number: str, reason: str) -> Unreadable:
    return Unreadable(kind=Kind.TRACKER, external_id=number, reason=reason, payload="{}")


def _body(raw: bytes) -> object:
    """Parse a refusal's body, None when it is no JSON."""
    try:
        found: object = parse_json(raw)
        return found
    except errors.Malformed:
        return None
