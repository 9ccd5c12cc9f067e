"""What a resolver may reach: one context an operation, or an event of a subscription."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, islice
from typing import Any, TypeVar

import strawberry
from aiodataloader import DataLoader

from gateway.auth.authenticate import Authenticator
from gateway.auth.links import OrderLinks
from gateway.auth.principal import Principal
from gateway.clock import Clock
from gateway.events.relay import Relay
from gateway.execution.admit import Charge
from gateway.execution.shared import Shared
from gateway.orchestration.asking import Asking
from gateway.settings.configuration import Configuration
from gateway.store.unit import Units
from gateway.sync.live import LiveReader, Read
from gateway.systems.connections import Systems
from resolvers.cursors import Cursors

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

STALE_AFTER = timedelta(minutes=15)
"""A connection that has not been heard of for so long may hold changes that we do not know of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What all operations of a process share."""

    units: Units
    systems: Systems
    configuration: Configuration
    relay: Relay
    asking: Asking
    live: LiveReader
    authenticator: Authenticator
    links: OrderLinks
    cursors: Cursors
    shared: Shared
    clock: Clock


@dataclass(slots=True)
class Context:
    """One operation's. Loaders live as long as it does, and not one event longer."""

    services: Services
    principal: Principal
    peer: str | None = None
    """The address that the request came from, where it is known."""
    charge: Charge | None = None
    """What the operation has cost."""
    loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    """How the live reads of this operation went."""
    connections: set[str] = field(default_factory=set)
    """Whose facts are in the answer."""
    resume_after: str | None = None
    """A cursor that the transport resumes from (SSE's Last-Event-ID), before any ``after``."""
    cursor: str | None = None
    """The place in the log of the event that a subscription gives now."""

    @property
    def units(self) -> Units:
        return self.services.units

    def loader(self, make: Callable[["Context"], DataLoader[K, V]]) -> DataLoader[K, V]:
        """Return this operation's one loader made by *make*."""
        if make not in self.loaders:
            self.loaders[make] = make(self)
        return self.loaders[make]

    async def many(
        self, make: Callable[["Context"], DataLoader[K, V]], keys: Sequence[K | None]
    ) -> list[V | None]:
        """Load *keys* with the loader made by *make*, each once; no key has nothing.

        What fields of one level ask for at once is loaded at once.
        """
        if (make, "many") not in self.loaders:
            self.loaders[make, "many"] = _together(self.loader(make))
        found: dict[K | None, V] = await self.loaders[make, "many"].load(tuple(keys))
        return list(map(found.get, keys))

    async def once(self, of: str, key: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """Return what *make* gives, worked out once for all who see the same rows. *key* must name
        all else that it depends on; *of* keeps the keys of different makers apart."""
        return await self.services.shared.once((of, key, self.principal.sees), make)

    async def lists(
        self, make: Callable[["Context"], DataLoader[K, V | None]], keys: Sequence[Sequence[K]]
    ) -> list[list[V]]:
        """Load a list of keys for each parent; what is not there is left out."""
        found = iter(await self.many(make, list(chain.from_iterable(keys))))
        return [[one for one in islice(found, len(those)) if one is not None] for those in keys]

    def extensions(self) -> dict[str, Any]:
        """Return what the answer says beside its data: what it cost; each source's age, latency
        and error."""
        said: dict[str, Any] = {"cost": self.charge.state()} if self.charge else {}
        reads = {read.connection: read for read in self.reads}
        named = sorted(self.connections | set(reads))
        if named:
            said["sources"] = [self._source(one, reads.get(one)) for one in named]
        return said

    def _source(self, connection: str, read: Read | None) -> dict[str, Any]:
        connected = self.services.systems.find(connection)
        last_ok = connected.health.last_ok_at if connected else None
        age = (self.services.clock() - last_ok).total_seconds() * 1000 if last_ok else None
        return {
            "connection": connection,
            "system": connected.connector if connected else None,
            "status": str(connected.health.status) if connected else "GONE",
            "ageMs": round(age) if age is not None else None,
            "latencyMs": round(read.latency_ms, 1) if read else None,
            "error": read.error if read else None,
        }

    async def recheck(self) -> None:
        """Check the caller's credential again. Raises: Unauthenticated once it has ended."""
        await self.services.authenticator.recheck(self.principal)

    def renew(self) -> None:
        """Forget what was read: the next event of a subscription reads anew."""
        self.loaders.clear()
        self.reads.clear()


def _together(loader: DataLoader[K, V]) -> DataLoader[tuple[K | None, ...], dict[K, V]]:
    """Return a loader of many keys at a time: one future for a field, not one for a key."""
    held: dict[K, V] = {}

    async def load(asked: list[tuple[K | None, ...]]) -> list[dict[K, V]]:
        keys = dict.fromkeys(chain.from_iterable(asked))
        wanted = [key for key in keys if key is not None and key not in held]
        if wanted:
            held.update(zip(wanted, await loader.batch_load_fn(wanted), strict=True))
        return [held] * len(asked)

    return DataLoader(load, cache=False)


Info = strawberry.Info[Context, None]
