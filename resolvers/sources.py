"""Where facts come from, and how fresh they are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import strawberry
from aiodataloader import DataLoader

from connectors.sdk.records import Kind
from gateway.domain.identity.model import Source
from gateway.sync import pull
from gateway.systems.health import Status
from resolvers.context import STALE_AFTER, Context, Info
from resolvers.scalars import URL


@strawberry.type(description="One object in one connected system that states facts of this noun.")
class SourceRef:
    system: str = strawberry.field(description='The kind of system: "shopify".')
    connection: str = strawberry.field(description='The configured account of it: "shop-us".')
    external_id: str = strawberry.field(description="What the system calls it.")
    url: URL | None = strawberry.field(description="Where people see it in the system itself.")
    version: str | None = strawberry.field(
        description="As of when the system says its facts hold; it grows with every change."
    )
    fetched_at: datetime | None = strawberry.field(
        description="When it was last read from the system, or known not to have changed."
    )
    stale: bool = strawberry.field(
        description="The system has not been heard of lately: it may know better by now."
    )


@strawberry.input(description="A noun by what a connected system calls it.")
class SourceRefInput:
    system: str = strawberry.field(description='The kind of system: "shopify".')
    external_id: str = strawberry.field(description="What the system calls it.")


async def refs(info: Info, sources: Sequence[Iterable[Source]]) -> list[list[SourceRef]]:
    """Return the *sources* of many nouns as the graph shows them. One statement an operation."""
    heard = await info.context.loader(_heard).load("all")
    found = [list(those) for those in sources]
    info.context.connections.update(one.connection for those in found for one in those)
    return [[_ref(info.context, one, heard) for one in those] for those in found]


Heard = dict[tuple[str, str], datetime]
"""When a pull of (connection, kind) last reached its end: the rest still held then."""


def _heard(context: Context) -> DataLoader[str, Heard]:
    async def load(keys: list[str]) -> list[Heard]:
        async with context.units.read() as unit:
            done = await pull.completed(unit)
        found: Heard = {}
        for one in done:
            if one.completed_at:
                key = (one.connection, str(one.kind))
                found[key] = max(one.completed_at, found.get(key, one.completed_at))
        return [found] * len(keys)

    return DataLoader(load)


def _ref(context: Context, source: Source, heard: Heard) -> SourceRef:
    key = (source.connection, str(source.kind))
    subject = (source.kind, source.external_id)
    read_at = [
        one.at
        for one in context.reads
        if one.connection == source.connection and subject in one.subjects and not one.error
    ]
    fetched_at = max([source.fetched_at, heard.get(key, source.fetched_at), *read_at])
    return SourceRef(
        system=source.system,
        connection=source.connection,
        external_id=source.external_id,
        url=URL(source.url) if source.url else None,
        version=source.revised_at.isoformat(),
        fetched_at=fetched_at,
        stale=_is_stale(context, source.connection, fetched_at),
    )


def _is_stale(context: Context, connection: str, fetched_at: datetime) -> bool:
    """A system that is away may have moved on; one that is there is stale only when it was not
    asked for long."""
    connected = context.services.systems.find(connection)
    if any(one.error for one in context.reads if one.connection == connection):
        return True
    if connected is None or connected.health.status in (Status.DOWN, Status.PAUSED):
        return True
    last_ok = connected.health.last_ok_at
    heard = max(fetched_at, last_ok) if last_ok else fetched_at
    return context.services.clock() - heard > STALE_AFTER


def freshness(info: Info) -> int | None:
    """Return the smallest ``@freshness(maxAgeMs:)`` on this field or on its operation.

    Units: milliseconds; None when nobody asked.
    """
    raw = info._raw_info
    nodes: Sequence[Any] = [raw.operation, *raw.field_nodes]
    ages = [
        _argument(argument.value, raw.variable_values)
        for node in nodes
        for directive in node.directives or ()
        if directive.name.value == "freshness"
        for argument in directive.arguments or ()
    ]
    return min(ages, default=None)


async def refresh(info: Info, sources: Iterable[Source]) -> bool:
    """Read live what is older than the operation allows; True when something was read."""
    max_age_ms = freshness(info)
    if max_age_ms is None:
        return False
    now = info.context.services.clock()
    wanted = [
        (one.connection, one.kind, one.external_id)
        for one in sources
        if (now - one.fetched_at).total_seconds() * 1000 > max_age_ms
        and _can_fetch(info.context, one.connection, one.kind)
    ]
    if not wanted:
        return False
    info.context.reads += await info.context.services.live.read(wanted)
    return True


def _can_fetch(context: Context, connection: str, kind: Kind) -> bool:
    connected = context.services.systems.find(connection)
    return connected is not None and connected.can_fetch(kind)


def _argument(value: Any, variables: Any) -> int:
    if value.kind == "variable":
        return int(variables.coerced[value.name.value])
    return int(value.value)
