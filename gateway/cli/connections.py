"""``gateway connection add``, ``list`` and ``test``."""

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping
from typing import Annotated

import typer
from rich.table import Table

from connectors.sdk import registry
from connectors.sdk.manifest import Manifest
from gateway import settings as setting
from gateway.cli import stores
from gateway.cli.words import out
from gateway.clock import utc_now
from gateway.settings import Configuration, ConfigurationError, Settings
from gateway.systems import declared, egress, stored
from gateway.systems.connections import Connected, Systems
from gateway.systems.credentials import Vault
from gateway.systems.declared import Connection

Id = Annotated[str, typer.Argument(help="Its name here: shop-us.")]


def add(
    id: Id,
    connector: Annotated[str, typer.Argument(help="What it is: see `gateway connector list`.")],
    given: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SETTING=VALUE]...", help="Its settings: url=https://…"),
    ] = None,
    env: Annotated[
        list[str] | None,
        typer.Option(metavar="SETTING=VARIABLE", help="A setting that stands in the environment."),
    ] = None,
) -> None:
    """Add a connection to the store, its secrets encrypted.

    A required secret that no --env names is asked for. What runs already takes it up when it is
    started again.
    """
    settings, configuration = _load()
    manifest = _manifest(connector)
    plain = dict(_pair(one) for one in given or ())
    for name in plain:
        if name in manifest.settings and manifest.settings[name].secret:
            raise ConfigurationError(f"{name}: a secret: give it with --env {name}=VARIABLE")
    held = {name: _held(variable) for name, variable in map(_pair, env or ())}
    whole = _asked_for(manifest, {**plain, **held})
    connection = Connection(id=id, connector=connector, settings=whole)
    if id in configuration.connections:
        raise configuration.error(f"connections.{id}", "there is one of that id in the file")
    declared.require_sound(connection, registry.discover())
    asyncio.run(_keep(settings, connection, manifest))
    out.print(f"{id} is connected.", markup=False)
    if manifest.webhooks:
        out.print(f"Have its webhooks sent to {settings.public_url}/webhooks/{id}", markup=False)


def list_() -> None:
    """List the connections of the file and of the store."""
    settings, configuration = _load()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("connection", "connector", "address", "from", "enabled"):
        table.add_column(name)
    for one in asyncio.run(_all(settings, configuration)):
        origin = "file" if one.id in configuration.connections else "store"
        row = (one.id, one.connector, one.settings.get("url", ""), origin)
        table.add_row(*row, "yes" if one.enabled else "no")
    out.print(table, soft_wrap=False)


def test(id: Id) -> None:
    """Ask the system who we are: proves address, credentials and rights."""
    settings, configuration = _load()
    out.print(asyncio.run(_check(settings, configuration, id)), markup=False)


def find(systems: Systems, id: str) -> Connected:
    """Return a connection. Raises: ConfigurationError when there is none of that id."""
    connected = systems.find(id)
    if connected is None:
        there_are = ", ".join(one.id for one in systems.all()) or "none"
        raise ConfigurationError(f"no connection {id!r}; there are: {there_are}")
    return connected


async def _keep(settings: Settings, connection: Connection, manifest: Manifest) -> None:
    async with stores.opened(settings) as units, units.write() as unit:
        await stored.add(unit, Vault(settings.keys), connection, manifest, utc_now())


async def _all(settings: Settings, configuration: Configuration) -> list[Connection]:
    async with stores.opened(settings) as units:
        return await stores.connections(units, settings, configuration)


async def _check(settings: Settings, configuration: Configuration, id: str) -> str:
    found = await _all(settings, configuration)
    async with egress.open_session(settings.private_networks) as session:
        account = await find(Systems(found, session), id).client.check()
    return f"{id}: {account.name}{f' {account.version}' if account.version else ''}"


def _load() -> tuple[Settings, Configuration]:
    settings = setting.load()
    settings.keys("any")
    return settings, setting.read_file(settings.config)


def _manifest(connector: str) -> Manifest:
    manifests = registry.discover()
    if connector not in manifests:
        known = ", ".join(manifests)
        raise ConfigurationError(f"no connector {connector!r}; there are: {known}")
    return manifests[connector]


def _asked_for(manifest: Manifest, given: Mapping[str, str]) -> dict[str, str]:
    """Ask for the required secrets that are missing, where somebody is there to answer."""
    missing = [
        name
        for name, one in manifest.settings.items()
        if one.secret and one.required and name not in given
    ]
    return {**given, **(_prompted(missing, manifest) if sys.stdin.isatty() else {})}


def _prompted(names: Iterable[str], manifest: Manifest) -> dict[str, str]:
    return {
        name: typer.prompt(f"{name} ({manifest.settings[name].description})", hide_input=True)
        for name in names
    }


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not name:
        raise ConfigurationError(f"{text}: not of the form NAME=VALUE")
    return name, value


def _held(variable: str) -> str:
    if not os.environ.get(variable):
        raise ConfigurationError(f"the environment variable {variable} is not set")
    return os.environ[variable]
