"""A gateway connected to running systems: still, its loops turned by hand, or live.

    async with still(store_url, systems) as gateway:
        await pull(gateway, "wms", Kind.ORDER)
    async with live(store_url, systems) as gateway:  # served, its loops running, webhooks coming in
        ...

*systems* are those of the fixture, by name: what is left out is not connected.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from connectors.sdk.records import Kind
from gateway.systems.declared import Connection
from tests.gateways import GatewayUnderTest, gateway_over, served
from tests.running import System, free_port
from tests.shoppers import karrio as carrier

Systems = Mapping[str, System]

SHOP = "shop"
WAREHOUSE = "wms"
CARRIER = "parcels"
WEBHOOK_SECRET = "vendure-webhook-secret"

CONFIGURATION = """
[locations.DC-RENO]
name = "Reno Distribution Center"
authority = "wms"
[locations.STORE-NYC]
name = "New York Store"
type = "STORE"
authority = "wms"
[channels.web]
kind = "WEB"
connection = "shop"
fulfill_at = "DC-RENO"
carrier = "parcels"
[channels.tills]
kind = "POS"
connection = "wms"
"""


@asynccontextmanager
async def still(store_url: str, systems: Systems) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that has read everything there is. Nothing runs by itself, and nobody calls it."""
    async with gateway_over(store_url, connections(systems), CONFIGURATION) as tested:
        await _backfill(tested, systems)
        yield tested


@asynccontextmanager
async def live(store_url: str, systems: Systems) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that has read everything there is, and hears what happens."""
    port = free_port()
    public_url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        secret = ""
        if "karrio" in systems:
            heard = _carrier_heard(systems["karrio"], f"{public_url}/webhooks/{CARRIER}")
            secret = await stack.enter_async_context(heard)
        tested = await stack.enter_async_context(
            gateway_over(
                store_url, connections(systems, secret), CONFIGURATION, public_url=public_url
            )
        )
        await _backfill(tested, systems)
        running = await stack.enter_async_context(served(tested, port))
        if "vendure" in systems:
            to = f"{public_url}/webhooks/{SHOP}"
            await stack.enter_async_context(shop_heard(systems["vendure"], to))
        yield running


def connections(systems: Systems, carrier_secret: str = "") -> list[Connection]:
    """The connections to *systems*, as an operator would declare them."""
    of = {"vendure": _shop, "tryton": _warehouse}
    found = [of[name](system) for name, system in systems.items() if name in of]
    if "karrio" in systems:
        found.append(_carrier(systems["karrio"], carrier_secret))
    return found


async def pull(gateway: GatewayUnderTest, connection: str, *kinds: Kind) -> None:
    """Read what changed, and do what follows from it."""
    background = gateway.gateway.background
    for kind in kinds:
        await background.puller.all(gateway.gateway.systems.get(connection), kind)
    await gateway.settle()


@asynccontextmanager
async def shop_heard(vendure: System, to: str) -> AsyncIterator[None]:
    """Have the shop post its webhooks to the address *to*."""
    control: str = vendure.info["webhooks"]
    async with aiohttp.ClientSession() as http:
        async with http.post(control, json={"url": to}) as answer:
            assert 201 == answer.status
        try:
            yield
        finally:
            async with http.delete(control) as answer:
                assert 200 == answer.status


@asynccontextmanager
async def _carrier_heard(karrio: System, to: str) -> AsyncIterator[str]:
    token = karrio.info["token"]
    yield await carrier.register(karrio.url, token, to)
    await carrier.unregister(karrio.url, token, to)


async def _backfill(tested: GatewayUnderTest, systems: Systems) -> None:
    """The warehouse first: what it owns is known before the shop shows it."""
    names = {"tryton": WAREHOUSE, "vendure": SHOP, "karrio": CARRIER}
    for name, connection in names.items():
        if name in systems:
            await tested.backfill(connection)


def _shop(vendure: System) -> Connection:
    settings = {
        "url": vendure.url,
        "api_key": vendure.info["apiKey"],
        "webhook_secret": WEBHOOK_SECRET,
    }
    return Connection(id=SHOP, connector="vendure", settings=settings)


def _warehouse(tryton: System) -> Connection:
    settings = {
        "url": tryton.url,
        "rest_key": tryton.info["rest_key"],
        "user": tryton.info["user"],
        "password": tryton.info["password"],
    }
    return Connection(id=WAREHOUSE, connector="tryton", settings=settings)


def _carrier(karrio: System, secret: str) -> Connection:
    settings = {
        "url": karrio.url,
        "token": karrio.info["token"],
        "carrier_ids": "acme-parcel",
    }
    secrets = {"webhook_secret": secret} if secret else {}
    return Connection(id=CARRIER, connector="karrio", settings=settings | secrets)
