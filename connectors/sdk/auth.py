"""Access tokens: had when first needed, renewed before they end, once for all who wait.

    def grant() -> Request: ...                    # pure: what to ask for a token
    def read(response, now) -> Token: ...          # pure: what the answer gives

    door = Authorized(http.at(url), had_from(http.at(auth_url), grant, read), bearer)
    await door.send(Request(method="GET", path="/orders", is_safe=True))

Tokens are held in memory only: another process, or this one started again, has its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from connectors.sdk.errors import Misconfigured
from connectors.sdk.http import Http, Request, Response

EARLY = timedelta(seconds=60)
"""A token is renewed this long before it ends, so that none ends on its way."""
YOUNG = timedelta(seconds=60)
"""A token of less than this age is not blamed for a refusal: then the rights are missing."""

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token, and from when until when it is good."""

    value: str
    had_at: datetime
    expires_at: datetime

    def is_good(self, now: datetime) -> bool:
        return now < self.expires_at - EARLY


Fetch = Callable[[], Awaitable[Token]]


def bearer(token: Token) -> Headers:
    """The header of RFC 6750."""
    return {"authorization": f"Bearer {token.value}"}


def had_from(
    door: Http, grant: Callable[[], Request], read: Callable[[Response, datetime], Token]
) -> Fetch:
    """Return what asks *door* for a token. The *grant* is marked safe: asking again gives another
    token and changes nothing.

    *read* raises: Misconfigured when the answer refuses the credentials, Malformed.
    """

    async def fetch() -> Token:
        now = datetime.now(UTC)
        return read(await door.send(grant()), now)

    return fetch


class Authorized:
    """A door whose every request carries an access token.

    Concurrency: any number of tasks; those that need a new token wait for one request.
    """

    def __init__(self, door: Http, fetch: Fetch, headers: Callable[[Token], Headers]) -> None:
        self._door = door
        self._fetch = fetch
        self._headers = headers
        self._token: Token | None = None
        self._lock = asyncio.Lock()

    async def send(self, request: Request) -> Response:
        """Send *request*, with a new token once more when the system refused an old one: it may
        have been revoked, and a refused request had no effect.

        Raises: what `Http.send` raises; Misconfigured when no token is to be had.
        """
        token = await self._good(None)
        try:
            return await self._door.send(self._signed(request, token))
        except Misconfigured:
            if datetime.now(UTC) - token.had_at < YOUNG:
                raise
        return await self._door.send(self._signed(request, await self._good(token)))

    def _signed(self, request: Request, token: Token) -> Request:
        return replace(request, headers={**request.headers, **self._headers(token)})

    async def _good(self, refused: Token | None) -> Token:
        """The token held, or a new one when it ends or is the *refused* one."""
        async with self._lock:
            held = self._token
            if held is None or held is refused or not held.is_good(datetime.now(UTC)):
                self._token = held = await self._fetch()
            return held
