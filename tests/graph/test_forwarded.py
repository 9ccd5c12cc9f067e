"""Headers by which a peer says where it is, whom it stands for, or what it meant: none of them
changes who asks, what is asked, or under which address systems know the gateway."""

import httpx2
import pytest

from connectors.sdk.records import Kind
from tests.gateways import GatewayUnderTest, gateway_over, served
from tests.graph.sending import send
from tests.toys import Toy

QUERY = "{ viewer { role } }"
CLAIMS = {
    "forwarded": 'for="[::1]";host=evil.example;proto=https',
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": "evil.example/graphql?x",
    "x-forwarded-port": "99999",
    "x-forwarded-prefix": "/admin",
    "x-forwarded-proto": "https\x00",
    "x-forwarded-user": "admin",
    "x-http-method-override": "DELETE",
    "x-original-url": "/metrics",
    "x-real-ip": "127.0.0.1",
    "x-rewrite-url": "/metrics",
}
HOSTS = ["evil.example", "evil.example/metrics?x=", "a b", "[::1", "é", ""]


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    """One store is enough."""
    return sqlite_url


@pytest.mark.parametrize("host", HOSTS)
async def test_who_asks_is_who_has_the_token(gateway: GatewayUnderTest, host: str) -> None:
    """A stranger stays one, and an admin too, whatever else the head says."""
    headers = {**CLAIMS, "host": host.encode("latin-1")}
    asked = await send(gateway, json={"query": QUERY}, headers=headers)
    assert (200, "ADMIN") == (asked.status_code, asked.json()["data"]["viewer"]["role"])
    headers["authorization"] = b""
    stranger = await send(gateway, json={"query": QUERY}, headers=headers)
    plain = await send(gateway, json={"query": QUERY}, headers={"authorization": ""})
    assert (plain.status_code, plain.json()["data"]) == (
        stranger.status_code,
        stranger.json()["data"],
    )
    assert "ADMIN" != plain.json()["data"]["viewer"]["role"]


@pytest.mark.parametrize("host", HOSTS)
async def test_a_webhook_came_to_where_it_was_registered(
    gateway: GatewayUnderTest, shop: Toy, host: str
) -> None:
    """Some systems sign the address that they know; no header may change it."""
    body, signed = shop.delivery("d1", (Kind.ORDER, "1"))
    headers = {**signed, **CLAIMS, "host": host.encode("latin-1"), "authorization": ""}
    answer = await send(gateway, path="/webhooks/shop?a=b", content=body, headers=headers)
    assert 202 == answer.status_code
    assert ["http://127.0.0.1:8000/webhooks/shop?a=b"] == shop.addressed


async def test_nobody_is_sent_to_where_the_host_says(gateway: GatewayUnderTest) -> None:
    """A path that is nearly right is not there: it is not corrected to another site's."""
    for path in ("/graphql/", "/webhooks/shop/", "/metrics/"):
        answer = await send(gateway, "GET", path, headers={"host": "evil.example"})
        assert (404, None) == (answer.status_code, answer.headers.get("location"))


async def test_a_stranger_is_at_the_address_that_it_comes_from(store_url: str) -> None:
    """Over a real socket, where servers apply such headers: a budget is not had again for saying
    that one is somebody else."""
    budget = {"budget_anonymous": "2:1"}
    async with (
        gateway_over(store_url, **budget) as tested,
        served(tested) as running,
        httpx2.AsyncClient(base_url=running.url) as http,
    ):
        statuses = []
        for number in range(5):
            claims = {"x-forwarded-for": f"198.51.100.{number}", "x-forwarded-proto": "https"}
            answer = await http.post("/graphql", json={"query": QUERY}, headers=claims)
            statuses.append(answer.status_code)
    assert [200, 429, 429, 429, 429] == statuses
