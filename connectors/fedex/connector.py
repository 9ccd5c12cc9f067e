"""FedEx over HTTP: the only I/O. Everything it knows of the wire is in requests and mapping."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from connectors.fedex import errors as refusals
from connectors.fedex import mapping, requests
from connectors.fedex.document import Node
from connectors.sdk import errors
from connectors.sdk.auth import Authorized, bearer, had_from
from connectors.sdk.capabilities import Account
from connectors.sdk.changes import Change, Removed, Unreadable, read
from connectors.sdk.http import Http, Request, parse_json
from connectors.sdk.records import Kind


class FedexConnector:
    """Opens accounts."""

    def open(self, settings: Mapping[str, str], http: Http) -> "Fedex":
        """Make a client. Raises: Misconfigured naming the setting that is absent."""
        for name in ("url", "client_id", "client_secret"):
            if not settings.get(name):
                raise errors.Misconfigured(f"{name}: is not set")
        client_id, secret = settings["client_id"], settings["client_secret"]

        def grant() -> Request:
            return requests.grant(client_id, secret)

        door = http.at(settings["url"])
        return Fedex(Authorized(door, had_from(door, grant, requests.token), bearer))


class Fedex:
    """One project of one account."""

    def __init__(self, door: Authorized) -> None:
        self._door = door

    async def check(self) -> Account:
        """Track an example, which takes a token and the right to track.

        Raises: Misconfigured, also when what answers is not FedEx; Unavailable, Throttled.
        """
        try:
            mapping.results(await self._ask([requests.CHECKED]))
        except errors.Missing:
            pass
        except (errors.Malformed, errors.Rejected) as error:
            raise errors.Misconfigured(f"url: does not answer as FedEx does: {error}") from error
        return Account(name="FedEx", version="v1")

    async def fetch(self, kind: Kind, external_ids: Sequence[str]) -> list[Change]:
        """Read parcels by their numbers, thirty a request.

        Raises: Unsupported, before anything is sent.
        """
        if kind is not Kind.TRACKER:
            raise errors.Unsupported(f"FedEx has no {kind}", code=kind)
        numbers = list(dict.fromkeys(external_ids))
        found: list[Change] = []
        for start in range(0, len(numbers), requests.MOST_NUMBERS):
            found += await self._track(numbers[start : start + requests.MOST_NUMBERS])
        return found

    async def _track(self, numbers: Sequence[str]) -> list[Change]:
        """Read some parcels. FedEx refuses all for one that is no number: then each is asked for
        by itself, so that one hides no other."""
        read_at = datetime.now(UTC)
        try:
            said = mapping.results(await self._ask(numbers))
        except errors.Rejected as error:
            if len(numbers) == 1:
                return [_refused(numbers[0], error)]
            return [change for one in numbers for change in await self._track([one])]
        return [change for one in numbers for change in _read(said.get(one), one, read_at)]

    async def _ask(self, numbers: Sequence[str]) -> object:
        """Track, and return the parsed answer. Raises: what `errors.refusal` makes of a 4xx."""
        response = await self._door.send(requests.track(numbers, uuid4().hex))
        if response.status < 400:
            body: object = response.json()
            return body
        raise refusals.refusal(response.status, _body(response.body))


def _read(said: Node | None, number: str, read_at: datetime) -> list[Change]:
    """Read what was said of one number. What is wrong with it is told of it alone."""
    if said is None:
        return [_unreadable(number, "no result: the answer does not name it")]
    payload = msgspec.json.encode(said.value).decode()

    def mapped() -> list[Change]:
        return [mapping.tracker(mapping.parcel(said), number, read_at)]

    try:
        return read(Kind.TRACKER, number, payload, mapped)
    except errors.Rejected as error:
        return [_refused(number, error, payload)]


def _refused(number: str, error: errors.Rejected, payload: str = "{}") -> Change:
    if isinstance(error, errors.Missing):
        return Removed(kind=Kind.TRACKER, external_id=number)
    return _unreadable(number, str(error), payload)


def _unreadable(number: str, reason: str, payload: str = "{}") -> Unreadable:
    return Unreadable(kind=Kind.TRACKER, external_id=number, reason=reason, payload=payload)


def _body(raw: bytes) -> object:
    """Parse a refusal's body, None when it is no JSON."""
    try:
        found: object = parse_json(raw)
        return found
    except errors.Malformed:
        return None
