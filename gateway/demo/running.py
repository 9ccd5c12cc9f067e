"""The demo, put together: simulators served, a gateway over them, and life going on."""

import asyncio
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from gateway import settings as setting
from gateway.app import Gateway, create_app, open_gateway
from gateway.auth.principal import Principal
from gateway.auth.scopes import MOST, Role
from gateway.demo import configuration, town
from gateway.demo.life import Life
from gateway.demo.town import Town
from gateway.demo.world import SHOPPERS, STORES
from gateway.domain.customers import repository as customers
from gateway.domain.inventory.model import location_id
from gateway.settings import Settings
from gateway.store import migrate
from gateway.sync import backfill
from gateway.sync.origins import channel_id
from gateway.systems.connections import Connected
from gateway.web import server

ORDERS = 150
SEED = 7
TOKENS_FOR = timedelta(days=30)
GRACE_S = 1.0
"""Whoever presses Ctrl-C does not want to wait for a browser's open stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much happens: *orders* before the start, then as fast as *speed* says."""

    orders: int = ORDERS
    seed: int = SEED
    speed: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A demo that is ready to run. *tokens*: one for each role."""

    url: str
    gateway: Gateway
    town: Town
    life: Life
    listener: socket.socket
    tokens: dict[str, str]

    @property
    def announcement(self) -> dict[str, Any]:
        """What whoever started it is told."""
        return {
            "url": self.url,
            "graphql": f"{self.url}/graphql",
            "console": f"{self.url}/",
            "tokens": self.tokens,
        }

    def loops(self, stop: asyncio.Event, manners: server.Manners) -> list[Awaitable[None]]:
        """Return what has to run: the first ends after *stop*, the others never do."""
        app = create_app(self.gateway, page_token=self.tokens["admin"])
        return [
            server.serve(app, self.listener, stop, manners),
            self.gateway.relay.run(),
            self.gateway.background.run(),
            self.life.run(),
        ]


@asynccontextmanager
async def opened(options: Options, listener: socket.socket) -> AsyncIterator[Demo]:
    """Build the town, connect a new gateway to it and read what is there. Everything is gone
    afterwards."""
    url = server.address(listener)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-demo-")))
        built = town.build(max(options.orders, town.LEAST), options.seed)
        addresses = await stack.enter_async_context(_served(built))
        settings = _settings(folder, url)
        await migrate.upgrade(settings.database_url)
        file = folder / "gateway.toml"
        file.write_text(configuration.text(built.systems, addresses))
        gateway = await stack.enter_async_context(
            open_gateway(
                settings,
                setting.read_file(file),
                environ=configuration.environment(built.systems),
            )
        )
        await _read_all(gateway)
        for id, system in built.systems.items():
            system.register(f"{url}/webhooks/{id}")
        yield Demo(
            url=url,
            gateway=gateway,
            town=built,
            life=Life(built, gateway, options.speed),
            listener=listener,
            tokens=await _tokens(gateway),
        )


def _settings(folder: Path, url: str) -> Settings:
    return setting.load(
        database_url=f"sqlite:///{folder / 'gateway.sqlite3'}",
        redis_url=None,
        config=None,
        secret_key=secrets.token_urlsafe(48),
        previous_secret_keys=(),
        public_url=url,
        private_networks=(ip_network("127.0.0.0/8"),),
        processes=1,
    )


@asynccontextmanager
async def _served(built: Town) -> AsyncIterator[dict[str, str]]:
    """Serve each simulator on a port of its own; give the addresses."""
    stop = asyncio.Event()
    listeners = {id: server.listen("127.0.0.1", 0) for id in built.systems}
    addresses = {id: server.address(listener) for id, listener in listeners.items()}
    manners = server.Manners(grace_s=GRACE_S)
    tasks = [
        asyncio.create_task(server.serve(system.faults, listeners[id], stop, manners))
        for id, system in built.systems.items()
    ]
    try:
        yield addresses
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def _read_all(gateway: Gateway) -> None:
    """Backfill every connection, as `gateway connection backfill` does, all at once."""
    async with asyncio.TaskGroup() as group:
        for connected in gateway.systems.all():
            group.create_task(_read(gateway, connected))


async def _read(gateway: Gateway, connected: Connected) -> None:
    async for _ in backfill.run(gateway.background.puller, connected):
        pass


async def _tokens(gateway: Gateway) -> dict[str, str]:
    async with gateway.units.read() as unit:
        found = await customers.sharing(unit, [SHOPPERS[0].email], [])
    limits: dict[Role, dict[str, Any]] = {
        Role.SHOPPER: {"customer_id": found[0].id},
        Role.ASSOCIATE: {"location_ids": frozenset({location_id(STORES[0])})},
        Role.PARTNER: {"channel_ids": frozenset({channel_id("web")})},
    }
    return {
        role.lower(): gateway.tokens.mint(
            Principal(
                role=role,
                subject=f"{role.lower()}@demo",
                scopes=MOST[role],
                **limits.get(role, {}),
            ),
            TOKENS_FOR,
        )
        for role in (Role.ADMIN, Role.AGENT, Role.ASSOCIATE, Role.SHOPPER, Role.PARTNER)
    }
