"""What short commands need of the store: units, and the connections that are declared."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.sdk import registry
from gateway.settings import Configuration, Settings
from gateway.store import state
from gateway.store.unit import Units, open_units
from gateway.systems import stored
from gateway.systems.credentials import Vault
from gateway.systems.declared import Connection


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Units]:
    """Open the store. Raises: StoreAway, StoreBehind."""
    await state.require_migrated(settings.database_url)
    units = open_units(settings.database_url)
    try:
        yield units
    finally:
        await units.close()


async def connections(
    units: Units, settings: Settings, configuration: Configuration
) -> list[Connection]:
    """Return the connections of the file and of the store. Raises: ConfigurationError."""
    async with units.read() as unit:
        vault, manifests = Vault(settings.keys), registry.discover()
        return await stored.with_file(unit, vault, configuration, manifests, os.environ)
