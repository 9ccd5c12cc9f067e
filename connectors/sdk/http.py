"""The one door out: every request to an external system leaves through `Http.send`.

It bounds time and size, retries what is safe to repeat, waits for the account's budget, opens the
breaker, never follows a redirect (a redirect could lead credentials elsewhere), and turns transport
failures into the errors of `connectors.sdk.errors`.
"""

import asyncio
import random
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal
from math import isfinite
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import aiohttp
import msgspec

from connectors.sdk.errors import (
    Ambiguous,
    ConnectorError,
    Malformed,
    Misconfigured,
    Throttled,
    Unavailable,
)

REQUEST_TIMEOUT_S = 20.0
"""A whole request. Less than an effect's lease, so that no two workers ever wait for one reply."""
CONNECT_TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 32 * 1024 * 1024
"""Larger than any page a vendor documents; a bound against a broken or hostile peer."""
SAFE_ATTEMPTS = 3
"""Tries for a request that changes nothing. Writes are tried once here; the outbox repeats them."""
FIRST_BACKOFF_S = 0.2
LONGEST_WAIT_HERE_S = 5.0
"""A Retry-After beyond this goes to the caller, who can wait without holding a connection."""
LONGEST_RETRY_AFTER_S = 86_400.0
"""A day: what asks for more is taken as asking for this, so that nothing is put off for ever."""

LANE: ContextVar[str] = ContextVar("lane", default="sync")
"""Whose request this is: ``interactive``, ``sync`` or ``backfill``; served in that order."""

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. *path* is joined to the account's base URL; *json* is encoded (Decimal as a
    string); *form* goes as ``application/x-www-form-urlencoded`` in its place, as OAuth's token
    endpoints want it; *is_safe* says that repeating it changes nothing at the system."""

    method: str
    path: str
    is_safe: bool
    query: tuple[tuple[str, str], ...] = ()
    json: Any = None
    form: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes | None:
        """The bytes that are sent; None for none."""
        if self.form:
            return urlencode(self.form).encode()
        return None if self.json is None else msgspec.json.encode(self.json)

    @property
    def content_type(self) -> str | None:
        if self.form:
            return "application/x-www-form-urlencoded"
        return None if self.json is None else "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer, whatever its status below 500 (401, 403 and 429 have been raised)."""

    status: int
    headers: Mapping[str, str]
    """Lower-case names."""
    body: bytes

    def json(self) -> Any:
        """Parse the body; numbers with a point become Decimal, never float. Raises: Malformed."""
        return parse_json(self.body)


def parse_json(text: bytes | str) -> Any:
    """Parse JSON with Decimal for every number with a point. Raises: Malformed."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed(f"not JSON: {error}") from error


class Gate(Protocol):
    """What stands before the door of one account: its budget and its breaker."""

    async def enter(self, lane: str) -> None:
        """Wait for a turn. Raises: Throttled, Unavailable (the breaker is open)."""

    def leave(self, error: ConnectorError | None, headers: Mapping[str, str]) -> None:
        """Learn how it went and what the answer's headers say of the budget."""


class OpenGate:
    """No budget, no breaker: for tests and one-off tools."""

    async def enter(self, lane: str) -> None:
        return

    def leave(self, error: ConnectorError | None, headers: Mapping[str, str]) -> None:
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long, how often and how much: the defaults are what is right for a real system.

    Units: seconds; bytes. Tests and tools that must not wait hand `Http` smaller ones.
    """

    request_s: float = REQUEST_TIMEOUT_S
    connect_s: float = CONNECT_TIMEOUT_S
    safe_attempts: int = SAFE_ATTEMPTS
    first_backoff_s: float = FIRST_BACKOFF_S
    longest_wait_s: float = LONGEST_WAIT_HERE_S
    answer_bytes: int = MAX_ANSWER_BYTES


class Http:
    """The door of one account.

    *headers* go with every request (credentials among them). Concurrency: any number of tasks.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        gate: Gate | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        _require_address(base_url)
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._headers = dict(headers or {})
        self._gate = gate or OpenGate()
        self._bounds = bounds or Bounds()

    def at(self, base_url: str, headers: Mapping[str, str] | None = None) -> "Http":
        """Return the same door to *base_url*, with *headers* on every request."""
        both = {**self._headers, **(headers or {})}
        return Http(self._session, base_url, both, self._gate, self._bounds)

    async def send(self, request: Request) -> Response:
        """Send *request* and return the answer.

        Raises: Misconfigured (401, 403), Throttled (429), Unavailable (not reached; or a safe
        request that failed), Ambiguous (an unsafe one that was sent, and timed out, was cut off,
        got a 5xx or a larger answer than is read), Malformed (a larger answer to a safe one).
        """
        attempts = self._bounds.safe_attempts if request.is_safe else 1
        for attempt in range(attempts):
            try:
                return await self._once(request)
            except (Throttled, Unavailable) as error:
                wait_s = self._wait_s(error, attempt)
                if attempt + 1 == attempts or wait_s > self._bounds.longest_wait_s:
                    raise
                await asyncio.sleep(wait_s)
        raise AssertionError("unreachable")

    async def _once(self, request: Request) -> Response:
        await self._gate.enter(LANE.get())
        headers: Mapping[str, str] = {}
        failure: ConnectorError | None = None
        try:
            response = await self._exchange(request)
            headers = response.headers
            _raise_for_status(request, response)
            return response
        except ConnectorError as error:
            failure = error
            raise
        finally:
            self._gate.leave(failure, headers)

    async def _exchange(self, request: Request) -> Response:
        try:
            async with self._session.request(
                request.method,
                self._base_url + request.path,
                params=list(request.query) or None,
                data=request.body,
                headers=self._headers_of(request),
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=self._bounds.request_s, connect=self._bounds.connect_s
                ),
            ) as answer:
                body = await _read(answer, self._bounds.answer_bytes)
                found = {name.lower(): value for name, value in answer.headers.items()}
                return Response(status=answer.status, headers=found, body=body)
        except (
            aiohttp.ClientConnectorError,
            aiohttp.ConnectionTimeoutError,
            aiohttp.InvalidURL,
        ) as error:
            raise Unavailable(f"not reached: {type(error).__name__}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _unknown(request, type(error).__name__) from error
        except Malformed as error:
            if request.is_safe:
                raise
            raise Ambiguous(f"sent, outcome unknown: {error}") from error

    def _headers_of(self, request: Request) -> dict[str, str]:
        headers = {"accept": "application/json", **self._headers, **request.headers}
        if request.content_type:
            headers.setdefault("content-type", request.content_type)
        return headers

    def _wait_s(self, error: ConnectorError, attempt: int) -> float:
        """Seconds before the next try: what the system asked for, else full jitter."""
        if isinstance(error, Throttled) and error.retry_after_s is not None:
            return error.retry_after_s
        most = self._bounds.first_backoff_s * 2**attempt
        return random.uniform(0, most)  # noqa: S311 (spreads load, no secret)


def _require_address(base_url: str) -> None:
    """Raise Misconfigured unless requests can be sent there. Credentials in it are refused, as they
    would leave with every request; and the address is not told, as some write theirs into it."""
    try:
        parts = urlsplit(base_url)
        is_plain = bool(parts.hostname) and parts.username is None and parts.port != 0
        is_address = parts.scheme in ("http", "https") and is_plain
    except ValueError:
        is_address = False
    if not is_address:
        raise Misconfigured("url: not an http(s) address")


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """Read the body, and stop when it is larger than any honest answer."""
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_chunked(65536):
        size += len(part)
        if size > most:
            raise Malformed(f"an answer of more than {most} bytes")
        parts.append(part)
    return b"".join(parts)


def _raise_for_status(request: Request, response: Response) -> None:
    if response.status in (401, 403):
        raise Misconfigured(f"refused our credentials or rights: HTTP {response.status}")
    if response.status == 429:
        raise Throttled("HTTP 429", retry_after_s=_retry_after_s(response.headers))
    if response.status >= 500:
        raise _unknown(request, f"HTTP {response.status}")
    if 300 <= response.status < 400:
        raise Misconfigured(f"url: answers with a redirect: HTTP {response.status}")


def _unknown(request: Request, why: str) -> ConnectorError:
    if request.is_safe:
        return Unavailable(why)
    return Ambiguous(f"sent, outcome unknown: {why}")


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After in its seconds form (RFC 9110 section 10.2.3), or X-Retry-After, as some
    spell it; a date counts as unsaid, and so does what is no number of seconds."""
    try:
        seconds = float(headers.get("retry-after") or headers["x-retry-after"])
    except (KeyError, ValueError):
        return None
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_S) if isfinite(seconds) else None
