"""Connections that operators added: kept in the store, their secrets sealed."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from connectors.sdk.manifest import Manifest
from gateway.clock import micros
from gateway.errors import InvalidInput, NotFound
from gateway.settings import Configuration
from gateway.store.codec import decode, encode
from gateway.store.metadata import METADATA
from gateway.store.unit import Unit
from gateway.systems.credentials import Vault
from gateway.systems.declared import (
    Connection,
    Manifests,
    check_references,
    from_file,
    require_sound,
)

connections = Table(
    "connections",
    METADATA,
    Column("id", String(48), primary_key=True),
    Column("connector", String(48), nullable=False),
    Column("settings", Text, nullable=False),
    Column("secrets", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)


class _Secrets(msgspec.Struct, frozen=True):
    """What is sealed."""

    settings: Mapping[str, str]
    webhooks: tuple[str, ...]


async def add(
    unit: Unit, vault: Vault, connection: Connection, manifest: Manifest, now: datetime
) -> None:
    """Keep a new connection. It must be sound (`declared.require_sound`).

    Raises: InvalidInput when there is one of that id.
    """
    taken = select(connections.c.id).where(connections.c.id == connection.id)
    if await unit.connection.scalar(taken):
        raise InvalidInput(f"there is a connection {connection.id}", path=("id",))
    await unit.connection.execute(
        insert(connections).values(_row(vault, connection, manifest, now))
    )


async def change(
    unit: Unit, vault: Vault, connection: Connection, manifest: Manifest, now: datetime
) -> None:
    """Replace what is kept of a connection. Raises: NotFound."""
    row = _row(vault, connection, manifest, now)
    done = await unit.connection.execute(
        update(connections).where(connections.c.id == connection.id).values(row)
    )
    _require_one(done.rowcount, connection.id)


async def enable(unit: Unit, id: str, *, enabled: bool, now: datetime) -> None:
    """Switch a connection on or off. Raises: NotFound."""
    done = await unit.connection.execute(
        update(connections)
        .where(connections.c.id == id)
        .values(enabled=enabled, changed_at=micros(now))
    )
    _require_one(done.rowcount, id)


async def remove(unit: Unit, id: str) -> None:
    """Forget a connection and its secrets. Raises: NotFound."""
    done = await unit.connection.execute(delete(connections).where(connections.c.id == id))
    _require_one(done.rowcount, id)


async def all(unit: Unit, vault: Vault) -> list[Connection]:
    """Return those of the store, by id. Raises: ConfigurationError when no key opens one."""
    rows = await unit.connection.execute(select(connections).order_by(connections.c.id))
    return [_connection(vault, row) for row in rows.mappings()]


async def with_file(
    unit: Unit,
    vault: Vault,
    configuration: Configuration,
    manifests: Manifests,
    environ: Mapping[str, str],
) -> list[Connection]:
    """Return the connections of the file and of the store, all sound, each id once.

    Raises: ConfigurationError for the first that is not, or for a reference to none of them.
    """
    found = {one.id: one for one in from_file(configuration, manifests, environ)}
    for connection in await all(unit, vault):
        if connection.id in found:
            raise configuration.error(
                f"connections.{connection.id}", "there is one of that id in the store too"
            )
        require_sound(connection, manifests)
        found[connection.id] = connection
    connectors = {one.id: one.connector for one in found.values()}
    check_references(configuration, connectors, manifests)
    return [found[id] for id in sorted(found)]


async def reseal(unit: Unit, vault: Vault) -> int:
    """Encrypt all secrets under the current key; return how many rows. Former secret keys may be
    forgotten after it."""
    query = select(connections.c.id, connections.c.secrets).with_for_update()
    rows = (await unit.connection.execute(query.order_by(connections.c.id))).all()
    for id, sealed in rows:
        await unit.connection.execute(
            update(connections)
            .where(connections.c.id == id)
            .values(secrets=vault.reseal(id, sealed))
        )
    return len(rows)


def _row(
    vault: Vault, connection: Connection, manifest: Manifest, now: datetime
) -> dict[str, object]:
    secret = connection.secrets(manifest)
    sealed = _Secrets(settings=secret, webhooks=connection.webhook_secrets)
    public = {name: value for name, value in connection.settings.items() if name not in secret}
    return {
        "id": connection.id,
        "connector": connection.connector,
        "settings": encode(public),
        "secrets": vault.seal(connection.id, sealed),
        "enabled": connection.enabled,
        "changed_at": micros(now),
    }


def _connection(vault: Vault, row: RowMapping) -> Connection:
    secrets = vault.open(row["id"], row["secrets"], _Secrets)
    return Connection(
        id=row["id"],
        connector=row["connector"],
        settings={**decode(dict[str, str], row["settings"]), **secrets.settings},
        webhook_secrets=secrets.webhooks,
        enabled=row["enabled"],
    )


def _require_one(rows: int, id: str) -> None:
    if rows != 1:
        raise NotFound(f"no connection {id} that was added by an operator")
