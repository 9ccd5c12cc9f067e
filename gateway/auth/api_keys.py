"""API keys: long-lived credentials of partners and machines.

    gw_4r7k2m0c9x1h5t8b3w6q2n0p_sV9…      "gw_", the key's id, its secret

The database holds SHA-256 of the secret. A slow hash would add nothing: the secret is 256 random
bits, which no one guesses, while a slow hash on each request would let anyone exhaust us.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import BigInteger, Column, RowMapping, String, Table, Text, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from gateway import ids
from gateway.auth.principal import Principal
from gateway.clock import Clock, micros, moment
from gateway.errors import NotFound, Unauthenticated
from gateway.store.codec import decode, encode
from gateway.store.metadata import METADATA
from gateway.store.unit import Units

PREFIX: Final = "gw_"
SECRET_BYTES = 32
HELD_S = 15.0
"""How long a key that was read is used without reading it again; so long a revoked one may live."""
HELD_KEYS = 1024
"""Keys held in memory; the least recently used go first."""
USED_EVERY = timedelta(minutes=10)
"""How exact the time of last use is: a write for each request would cost more than it tells."""

_ID: Final = "key"
_SHAPE = re.compile(r"gw_([0-9a-z]{24})_([A-Za-z0-9_-]{43})")
_NO_DIGEST = hashlib.sha256(b"there is no such key").hexdigest()

log = structlog.get_logger()

api_keys = Table(
    "api_keys",
    METADATA,
    Column("id", String(48), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("principal", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),
    Column("revoked_at", BigInteger),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is kept: whom it proves, and never its secret."""

    id: str
    name: str
    principal: Principal
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Say whether it proves anything at *now*."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class _Held:
    key: ApiKey
    digest: str
    read_at: float


class ApiKeys:
    """The keys in the store. Concurrency: any number of tasks and processes; a process may go on
    with a key for HELD_S after another one revoked it."""

    def __init__(
        self, units: Units, clock: Clock, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._units = units
        self._clock = clock
        self._ticks = ticks
        self._held: OrderedDict[str, _Held] = OrderedDict()

    async def create(
        self, name: str, principal: Principal, expires_at: datetime | None = None
    ) -> tuple[ApiKey, str]:
        """Keep a new key that proves *principal*; return it and its text, which is not kept."""
        id = ids.new(_ID)
        secret = secrets.token_urlsafe(SECRET_BYTES)
        key = ApiKey(
            id=id,
            name=name,
            principal=replace(principal, credential=id, expires_at=expires_at),
            created_at=self._clock(),
            expires_at=expires_at,
        )
        async with self._units.write() as unit:
            await unit.connection.execute(insert(api_keys).values(_row(key, _digest(secret))))
        return key, f"{PREFIX}{id.removeprefix(f'{_ID}_')}_{secret}"

    async def verify(self, text: str) -> Principal:
        """Return whom the key *text* proves. Raises: Unauthenticated.

        An absent key takes the same path as a wrong secret.
        """
        found = _SHAPE.fullmatch(text)
        if not found:
            raise Unauthenticated("the API key is not valid")
        held = await self._get(f"{_ID}_{found[1]}")
        is_right = hmac.compare_digest(_digest(found[2]), held.digest if held else _NO_DIGEST)
        if held is None or not is_right or not held.key.is_good(self._clock()):
            raise Unauthenticated("the API key is not valid")
        await self._note_use(held)
        return held.key.principal

    async def is_good(self, id: str) -> bool:
        """Say whether the key *id* still proves anything, at most HELD_S late."""
        held = await self._get(id)
        return held is not None and held.key.is_good(self._clock())

    async def revoke(self, id: str) -> None:
        """End a key for good. Raises: NotFound."""
        async with self._units.write() as unit:
            done = await unit.connection.execute(
                update(api_keys)
                .where(api_keys.c.id == id, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=micros(self._clock()))
            )
        if done.rowcount == 0:
            raise NotFound(f"no API key {id} that is not revoked")
        self._held.pop(id, None)

    async def list(self) -> list[ApiKey]:
        """Return all keys, oldest first, revoked ones too."""
        async with self._units.read() as unit:
            rows = await unit.connection.execute(select(api_keys).order_by(api_keys.c.id))
            keys = [_key(row) for row in rows.mappings()]
        return sorted(keys, key=lambda key: key.created_at)

    async def _get(self, id: str) -> _Held | None:
        held = self._held.get(id)
        if held is None or self._ticks() - held.read_at > HELD_S:
            return await self._read(id)
        self._held.move_to_end(id)
        return held

    async def _read(self, id: str) -> _Held | None:
        async with self._units.read() as unit:
            rows = await unit.connection.execute(select(api_keys).where(api_keys.c.id == id))
            row = rows.mappings().one_or_none()
        if row is None:
            self._held.pop(id, None)
            return None
        held = _Held(_key(row), row["digest"], self._ticks())
        self._hold(held)
        return held

    def _hold(self, held: _Held) -> None:
        self._held[held.key.id] = held
        self._held.move_to_end(held.key.id)
        while len(self._held) > HELD_KEYS:
            self._held.popitem(last=False)

    async def _note_use(self, held: _Held) -> None:
        """Keep when a key was last used. That the store takes no writes now is no reason to refuse
        a caller who only reads."""
        key, now = held.key, self._clock()
        if key.last_used_at and now - key.last_used_at < USED_EVERY:
            return
        self._hold(replace(held, key=replace(key, last_used_at=now)))
        try:
            async with self._units.write() as unit:
                await unit.connection.execute(
                    update(api_keys).where(api_keys.c.id == key.id).values(last_used_at=micros(now))
                )
        except SQLAlchemyError as error:
            log.warning("api_key.use_not_noted", key=key.id, reason=type(error).__name__)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _row(key: ApiKey, digest: str) -> dict[str, object]:
    return {
        "id": key.id,
        "name": key.name,
        "digest": digest,
        "principal": encode(key.principal),
        "created_at": micros(key.created_at),
        "expires_at": micros(key.expires_at) if key.expires_at else None,
    }


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        principal=decode(Principal, row["principal"]),
        created_at=moment(row["created_at"]),
        expires_at=_moment(row["expires_at"]),
        last_used_at=_moment(row["last_used_at"]),
        revoked_at=_moment(row["revoked_at"]),
    )


def _moment(value: int | None) -> datetime | None:
    return None if value is None else moment(value)
