"""Idempotency keys: the same request again is the same answer, also after a restart.

A request is (who, which mutation, key). Its first use stores a hash of the input and what it led
to; a later use with the same input gets that back, with another input is refused.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, String, Table, Text, select

from gateway.clock import micros
from gateway.errors import IdempotencyConflict, InvalidInput
from gateway.store.metadata import METADATA
from gateway.store.unit import Unit

LONGEST_KEY = 255

_requests = Table(
    "idempotency_keys",
    METADATA,
    Column("caller", String(160), primary_key=True),
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
    def command_key(self) -> str:
        """The key that commands carry upstream; it tells nothing of the caller's."""
        text = "\0".join((self.caller, self.mutation, self.key))
        return hashlib.sha256(text.encode()).hexdigest()[:40]


async def find(unit: Unit, request: Request) -> str | None:
    """Return what this request led to before, or None when it is new.

    Raises: IdempotencyConflict (the key was used for another input), InvalidInput (no key).
    """
    if not request.key.strip() or len(request.key) > LONGEST_KEY:
        raise InvalidInput(
            f"an idempotency key has 1 to {LONGEST_KEY} characters", path=("idempotencyKey",)
        )
    row = (
        await unit.connection.execute(
            select(_requests.c.input_hash, _requests.c.result).where(
                _requests.c.caller == request.caller,
                _requests.c.mutation == request.mutation,
                _requests.c.key == request.key,
            )
        )
    ).first()
    if row is None:
        return None
    if row.input_hash != request.input_hash:
        raise IdempotencyConflict("this key was used with another input", path=("idempotencyKey",))
    found: str = row.result
    return found


async def keep(unit: Unit, request: Request, result: str, now: datetime) -> None:
    """Store what a new request led to, in the unit that does it.

    Raises: IntegrityError when another process used the key meanwhile: begin the unit again.
    """
    await unit.connection.execute(
        _requests.insert().values(
            caller=request.caller,
            mutation=request.mutation,
            key=request.key,
            input_hash=request.input_hash,
            result=result,
            created_at=micros(now),
        )
    )
