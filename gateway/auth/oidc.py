"""Tokens of an OpenID Connect issuer, checked against the keys that it publishes.

Source: OpenID Connect Discovery 1.0 section 4 (where the keys are), RFC 7517 (what they look like),
RFC 8725 (what to refuse).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import jwt
import msgspec
import structlog

from connectors.sdk.errors import ConnectorError
from connectors.sdk.http import Http, Request
from gateway.auth import claims, tokens
from gateway.auth.principal import Principal
from gateway.clock import Clock
from gateway.errors import Unauthenticated, UpstreamUnavailable

ALGORITHMS: Final = ("RS256", "ES256")
"""Signatures only: a public key must never be taken for a shared secret."""
FRESH_S = 600.0
"""How long published keys are used without asking again: a withdrawn key is trusted no longer."""
COOLDOWN_S = 30.0
"""Least time between two requests for keys: tokens with made-up key ids cost the issuer nothing."""
ANSWER_S = 5.0
"""How long callers wait for the issuer's keys."""
STALE_S = 24 * 3600.0
"""How long the last known keys are used while the issuer does not answer."""

log = structlog.get_logger()

Fetch = Callable[[str], Awaitable[bytes]]
"""Reads a URL. Raises: ConnectorError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Whose tokens are accepted, for whom, and what stands before our claims in them."""

    url: str
    audience: str
    claim_prefix: str = ""


class OidcTokens:
    """Verifies one issuer's tokens. Concurrency: one request for keys at a time, however many
    callers wait for it."""

    def __init__(
        self,
        issuer: Issuer,
        fetch: Fetch,
        clock: Clock,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.issuer = issuer
        self._clock = clock
        self._keys = _PublishedKeys(issuer.url, fetch, ticks)

    async def verify(self, token: str) -> Principal:
        """Return whom *token* proves.

        Raises: Unauthenticated; UpstreamUnavailable when the issuer's keys cannot be read.
        """
        tokens.require_shape(token)
        key = await self._key_of(token)
        try:
            payload = tokens.decoded(
                token,
                key,
                algorithms=list(ALGORITHMS),
                issuer=self.issuer.url,
                audience=self.issuer.audience,
            )
        except jwt.InvalidSignatureError as error:
            raise Unauthenticated("the token is not signed by its issuer") from error
        return claims.read(payload, self._clock(), self.issuer.claim_prefix)

    async def _key_of(self, token: str) -> jwt.PyJWK:
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise Unauthenticated("the token is not valid") from error
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS or not isinstance(key_id, str | None):
            raise Unauthenticated("the token is signed in a way that is not accepted")
        return await self._keys.get(key_id, algorithm)


class _PublishedKeys:
    """The issuer's keys by (key id, algorithm), read when needed."""

    def __init__(self, issuer: str, fetch: Fetch, ticks: Callable[[], float]) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._ticks = ticks
        self._reading = asyncio.Lock()
        self._keys: dict[tuple[str | None, str], jwt.PyJWK] = {}
        self._read_at = float("-inf")
        self._tried_at = float("-inf")

    async def get(self, key_id: str | None, algorithm: str) -> jwt.PyJWK:
        """Return one key, reading them anew when it is unknown or what we hold is old.

        Raises: Unauthenticated, UpstreamUnavailable.
        """
        wanted = (key_id, algorithm)
        someone_reads_and_we_can_go_on = self._reading.locked() and wanted in self._keys
        if not self._is_fresh(wanted) and not someone_reads_and_we_can_go_on:
            async with self._reading:
                if not self._is_fresh(wanted) and self._ticks() - self._tried_at >= COOLDOWN_S:
                    await self._read()
        if self._age() > STALE_S:
            raise UpstreamUnavailable("the issuer's keys cannot be read", connection="oidc")
        if wanted not in self._keys:
            raise Unauthenticated("the token names a key that its issuer does not have")
        return self._keys[wanted]

    def _age(self) -> float:
        return self._ticks() - self._read_at

    def _is_fresh(self, wanted: tuple[str | None, str]) -> bool:
        return wanted in self._keys and self._age() <= FRESH_S

    async def _read(self) -> None:
        """Read the keys; where that fails, what we hold stays."""
        self._tried_at = self._ticks()
        try:
            async with asyncio.timeout(ANSWER_S):
                self._keys = await _published(self._issuer, self._fetch)
            self._read_at = self._ticks()
        except (ConnectorError, TimeoutError) as error:
            log.warning("oidc.keys_not_read", issuer=self._issuer, reason=error)


class _Discovery(msgspec.Struct, frozen=True):
    issuer: str
    jwks_uri: str


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


async def _published(issuer: str, fetch: Fetch) -> dict[tuple[str | None, str], jwt.PyJWK]:
    """Read the issuer's keys. Raises: ConnectorError."""
    try:
        well_known = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        discovery = msgspec.json.decode(await fetch(well_known), type=_Discovery)
        if discovery.issuer != issuer:
            raise ConnectorError("the issuer's discovery document is another issuer's")
        published = msgspec.json.decode(await fetch(discovery.jwks_uri), type=_KeySet)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ConnectorError(f"the issuer's keys are not readable: {error}") from error
    keys: dict[tuple[str | None, str], jwt.PyJWK] = {}
    for algorithm in ALGORITHMS:
        keys |= _of_algorithm(published.keys, algorithm)
    return keys


def _of_algorithm(
    published: list[dict[str, Any]], algorithm: str
) -> dict[tuple[str | None, str], jwt.PyJWK]:
    """Return the keys that *algorithm* can use; an only one also serves tokens that name none."""
    found: dict[tuple[str | None, str], jwt.PyJWK] = {}
    for entry in published:
        key = _usable(entry, algorithm)
        if key is not None:
            found[entry.get("kid"), algorithm] = key
    if len(found) == 1:
        found[None, algorithm] = next(iter(found.values()))
    elif (None, algorithm) in found:
        del found[None, algorithm]
    return found


def _usable(entry: Mapping[str, Any], algorithm: str) -> jwt.PyJWK | None:
    if entry.get("use", "sig") != "sig" or entry.get("alg", algorithm) != algorithm:
        return None
    if not isinstance(entry.get("kid"), str | None):
        return None
    try:
        return jwt.PyJWK(dict(entry), algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError):
        return None


def fetch_over(session: aiohttp.ClientSession) -> Fetch:
    """Return a Fetch that goes out through the one door, `connectors.sdk.http`."""

    async def fetch(url: str) -> bytes:
        parts = urlsplit(url)
        door = Http(session, f"{parts.scheme}://{parts.netloc}")
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        answer = await door.send(Request(method="GET", path=path, is_safe=True))
        if answer.status != 200:
            raise ConnectorError(f"the issuer answered HTTP {answer.status}")
        return answer.body

    return fetch
