"""The way out: public addresses only, by whatever name, unless a setting allows a network."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from connectors.sdk.errors import Misconfigured, Unavailable
from connectors.sdk.http import Http, Request
from gateway.settings import Network
from gateway.systems import egress

REACHED = web.AppKey("reached", list[str])
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 127.8.8.8 0.0.0.0 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1
    192.0.2.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 ::1 :: fe80::1 fe80::1%eth0 fd00::1
    ff02::1 2001:db8::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1
    64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 2002:7f00:1::1 fec0::1""".split(),
)
def test_addresses_of_our_own_networks_are_not_public(address: str) -> None:
    """Loopback, private, link-local, metadata; also dressed as IPv6."""
    assert egress.is_public(address) is False


@pytest.mark.parametrize(
    "address", "8.8.8.8 93.184.216.34 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808".split()
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    """Systems live there."""
    assert egress.is_public(address) is True


class Names(AbstractResolver):
    """Resolves every name to one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        answer = ResolveResult(
            hostname=host, host=self._address, port=port, family=2, proto=0, flags=0
        )
        return [answer]

    async def close(self) -> None:
        return


@pytest.fixture
async def server() -> AsyncIterator[TestServer]:
    """A server on the loopback address; it must not be reached unless allowed."""
    app = web.Application()
    app[REACHED] = []

    async def answer(request: web.Request) -> web.Response:
        app[REACHED].append(request.path)
        if request.path == "/redirect":
            raise web.HTTPFound("http://169.254.169.254/latest/meta-data")
        return web.json_response({}, headers={"set-cookie": "session=1"})

    app.router.add_get("/{any}", answer)
    async with TestServer(app) as running:
        yield running


async def get(url: str, path: str, *allowed: Network, resolver: Names | None = None) -> int:
    async with egress.open_session(allowed) as session:
        if resolver:
            session.connector._resolver = resolver  # type: ignore[union-attr]
        request = Request(method="GET", path=path, is_safe=False)
        return (await Http(session, url).send(request)).status


async def test_a_loopback_address_is_refused_before_anything_is_sent(server: TestServer) -> None:
    """As an address, as a name, as a name that resolves to it."""
    for host in ("127.0.0.1", "localhost"):
        with pytest.raises(Unavailable):
            await get(f"http://{host}:{server.port}", "/a")
    with pytest.raises(Unavailable):
        url = f"http://shop.example:{server.port}"
        await get(url, "/a", resolver=Names("127.0.0.1"))
    assert server.app[REACHED] == []


async def test_an_allowed_network_is_reached(server: TestServer) -> None:
    """A warehouse in our own network, the simulators of the demo."""
    assert await get(f"http://127.0.0.1:{server.port}", "/a", *LOOPBACK) == 200
    url = f"http://shop.example:{server.port}"
    assert await get(url, "/b", *LOOPBACK, resolver=Names("127.0.0.1")) == 200
    assert server.app[REACHED] == ["/a", "/b"]


async def test_only_the_allowed_network_is(server: TestServer) -> None:
    """Allowing one private network does not allow another."""
    with pytest.raises(Unavailable):
        await get(f"http://127.0.0.1:{server.port}", "/a", ip_network("10.0.0.0/8"))
    assert server.app[REACHED] == []


async def test_a_redirect_is_not_followed(server: TestServer) -> None:
    """It could lead to the metadata service, or our credentials elsewhere."""
    with pytest.raises(Misconfigured, match="redirect"):
        await get(f"http://127.0.0.1:{server.port}", "/redirect", *LOOPBACK)
    assert server.app[REACHED] == ["/redirect"]


async def test_accounts_share_no_cookies(server: TestServer) -> None:
    """A session of one account must not be sent with another's request."""
    async with egress.open_session(LOOPBACK) as session:
        door = Http(session, f"http://127.0.0.1:{server.port}")
        for _ in range(2):
            await door.send(Request(method="GET", path="/a", is_safe=True))
        assert isinstance(session.cookie_jar, aiohttp.DummyCookieJar)
        assert len(session.cookie_jar) == 0
