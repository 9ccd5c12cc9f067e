"""Idempotency keys: the same request again is the same answer, also after a restart.

A request is (who, which mutation, key). Its first use stores a hash of the input and what it led
to; a later use with the same input gets that back, with another input is refused.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, ColumnElement, String, Table, Text, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.clock import micros
from gateway.errors import IdempotencyConflict, InvalidInput
from gateway.store.metadata import METADATA
from gateway.store.unit import Unit

LONGEST_KEY = 255
LONGEST_CALLER = 160

_requests = Table(
    "idempotency_keys",
    METADATA,
    Column("caller", String(LONGEST_CALLER), primary_key=True),
    Column("mutation", String(64), primary_key=True),
    Column("key", String(LONGEST_KEY), primary_key=True),
    Column("input_hash", String(64), nullable=False),
    Column("result", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One use of a key. *input* is its canonical text; only a hash of it is kept."""

    caller: str
    mutation: str
    key: str
    input: str

    @property
    def input_hash(self) -> str:
        return hashlib.sha256(self.input.encode()).hexdigest()

    @property
    def owner(self) -> str:
        """Whose key it is, as it is kept: an issuer may give its people any names."""
        if len(self.caller) <= LONGEST_CALLER:
            return self.caller
        return f"sha256:{hashlib.sha256(self.caller.encode()).hexdigest()}"

    @property
    def command_key(self) -> str:
        """The key that commands carry upstream; it tells nothing of the caller's."""
        text = "\0".join((self.caller, self.mutation, self.key))
        return hashlib.sha256(text.encode()).hexdigest()[:40]


async def take(unit: Unit, request: Request, now: datetime) -> str | None:
    """Take the key for this unit; return what the request led to, when it is not new.

    Concurrency: of two units with one key the second waits here until the first has ended, and
    then finds what that led to; when the first is undone, the key is free again.

    Raises: IdempotencyConflict (the key was used for another input), InvalidInput (no key).
    """
    if not request.key.strip() or len(request.key) > LONGEST_KEY:
        raise InvalidInput(
            f"an idempotency key has 1 to {LONGEST_KEY} characters", path=("idempotencyKey",)
        )
    insert = sqlite.insert if unit.connection.dialect.name == "sqlite" else postgresql.insert
    taken = await unit.connection.execute(
        insert(_requests)
        .values(
            caller=request.owner,
            mutation=request.mutation,
            key=request.key,
            input_hash=request.input_hash,
            result="",
            created_at=micros(now),
        )
        .on_conflict_do_nothing()
    )
    return None if taken.rowcount == 1 else await _found(unit, request)


async def keep(unit: Unit, request: Request, result: str) -> None:
    """Store what a new request led to, in the unit that took its key."""
    await unit.connection.execute(update(_requests).where(*_is(request)).values(result=result))


async def _found(unit: Unit, request: Request) -> str:
    row = (
        await unit.connection.execute(
            select(_requests.c.input_hash, _requests.c.result).where(*_is(request))
        )
    ).one()
    if row.input_hash != request.input_hash:
        raise IdempotencyConflict("this key was used with another input", path=("idempotencyKey",))
    found: str = row.result
    return found


def _is(request: Request) -> tuple[ColumnElement[bool], ...]:
    return (
        _requests.c.caller == request.owner,
        _requests.c.mutation == request.mutation,
        _requests.c.key == request.key,
    )
