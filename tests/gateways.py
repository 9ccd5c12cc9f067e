"""A gateway for tests: the real one, whole, over a store of the test's own.

    async with gateway_over(store_url, connections) as gateway:
        await gateway.settle()  # turn every loop by hand until all is done
        answer = await gateway.query("{ orders { nodes { number } } }", as_=ADMIN)

`served` runs its loops and serves it on a free port, for tests that go through real sockets.
"""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import httpx2
from starlette.applications import Starlette

from connectors.sdk.records import Kind
from gateway.app import Gateway, create_app, open_gateway
from gateway.auth.principal import Principal
from gateway.auth.scopes import MOST, Role
from gateway.clock import Clock, utc_now
from gateway.settings import load, parse
from gateway.systems.connections import Outside
from gateway.systems.declared import Connection
from gateway.web import server
from tests.both_executors import Asked, require_one_answer

SECRET_KEY = "a-key-for-tests-only-which-opens-nothing"
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
ADMIN = Principal(role=Role.ADMIN, subject="admin@test", scopes=MOST[Role.ADMIN])
AGENT = Principal(role=Role.AGENT, subject="agent@test", scopes=MOST[Role.AGENT])


@dataclass(frozen=True, kw_only=True)
class GatewayUnderTest:
    """A gateway under test. *asked*: what it was sent by `query`."""

    gateway: Gateway
    app: Starlette
    url: str = "http://gateway.test"
    asked: list[Asked] = field(default_factory=list)

    def token(self, principal: Principal) -> str:
        return self.gateway.tokens.mint(principal, timedelta(hours=1))

    async def query(
        self,
        document: str,
        variables: Mapping[str, Any] | None = None,
        *,
        as_: Principal | None = ADMIN,
    ) -> dict[str, Any]:
        """Run an operation over HTTP and return the whole response."""
        self.asked.append(Asked(document=document, variables=dict(variables or {}), as_=as_))
        headers = {"authorization": f"Bearer {self.token(as_)}"} if as_ else {}
        transport = httpx2.ASGITransport(app=self.app)
        async with httpx2.AsyncClient(transport=transport, base_url=self.url) as http:
            answer = await http.post(
                "/graphql", json={"query": document, "variables": variables or {}}, headers=headers
            )
        response: dict[str, Any] = answer.json()
        return response

    async def data(self, document: str, variables: Mapping[str, Any] | None = None) -> Any:
        """Run an operation as admin that must go well; return its data."""
        response = await self.query(document, variables)
        assert "errors" not in response, response["errors"]
        return response["data"]

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a webhook; return the status."""
        transport = httpx2.ASGITransport(app=self.app)
        async with httpx2.AsyncClient(transport=transport, base_url=self.url) as http:
            return (await http.post(path, content=body, headers=dict(headers))).status_code

    async def backfill(self, connection: str) -> None:
        """Read everything of a connection, in the order in which kinds refer to each other."""
        connected = self.gateway.systems.get(connection)
        for kind in Kind:
            if connected.can_pull(kind):
                await self.gateway.background.puller.all(connected, kind, "backfill")
        await self.settle()

    async def settle(self) -> None:
        """Turn the inbox, the reactions, the workers and the relay until none has work."""
        background = self.gateway.background
        with_commands = [one for one in background.systems.all() if one.manifest.commands]
        while True:
            done = await background.drain.step()
            done += await self.gateway.relay.step()
            done += await background.reactor.step()
            for connected in with_commands:
                done += await background.worker.step(connected.id, 8)
            if not done:
                return


@asynccontextmanager
async def gateway_over(
    store_url: str,
    connections: Iterable[Connection] = (),
    configuration: str = "",
    clock: Clock = utc_now,
    outside: Outside | None = None,
    **settings: Any,
) -> AsyncIterator[GatewayUnderTest]:
    """Put a gateway together over a migrated store. *configuration* is the TOML file's text.

    In the end graphql-core is asked what the test has asked: the engine must answer the same.
    """
    loaded = load(
        database_url=store_url, secret_key=SECRET_KEY, private_networks=LOOPBACK, **settings
    )
    parsed = parse(configuration, source="test.toml")
    async with open_gateway(
        loaded, parsed, connections=connections, outside=replace(outside or Outside(), clock=clock)
    ) as gateway:
        tested = GatewayUnderTest(gateway=gateway, app=create_app(gateway))
        yield tested
        await require_one_answer(gateway, tested.asked)


@asynccontextmanager
async def served(
    tested: GatewayUnderTest, port: int | None = None
) -> AsyncIterator[GatewayUnderTest]:
    """Serve *tested* on 127.0.0.1, with every loop running."""
    listener = server.listen("127.0.0.1", port or 0)
    ready, stop = asyncio.Event(), asyncio.Event()
    manners = server.Manners(on_ready=ready.set)
    serving = asyncio.create_task(server.serve(tested.app, listener, stop, manners))
    loops = [
        asyncio.create_task(tested.gateway.relay.run()),
        asyncio.create_task(tested.gateway.background.run()),
    ]
    try:
        async with asyncio.timeout(10):
            await ready.wait()
        yield replace(tested, url=server.address(listener))
    finally:
        stop.set()
        for task in loops:
            task.cancel()
        await asyncio.gather(serving, *loops, return_exceptions=True)
