"""The demo: five systems over HTTP, one picture of them, and nothing in it twice."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.demo import running
from gateway.demo.running import Demo, Options
from gateway.demo.town import MARKET, SHOP, TILL, WAREHOUSE
from gateway.demo.world import SHOPPERS, UNLISTED
from gateway.web import server
from tests.integration.cli.processes import command

DEADLINE_S = 90.0
PURCHASES = 12
OPTIONS = Options(orders=6, seed=11, speed=20.0)

ORDERS = """{ orders(first: 250) { nodes { id number fulfillmentStatus lines { sku }
  exceptions { code } sourceRefs { connection } fulfillmentOrders { fulfiller }
  shipments { tracking { number } sourceRefs { connection } deliveries { status } } } } }"""
CONNECTIONS = "{ connections { id backlog { deliveries effects failedEffects unknownEffects } } }"
WHO = "{ viewer { role } }"
MINE = "{ viewer { role } orders { nodes { customer { email } sourceRefs { connection } } } }"


class Visitor:
    """Somebody with the demo's tokens, over HTTP."""

    def __init__(self, demo: Demo, http: httpx2.AsyncClient) -> None:
        self.demo = demo
        self._http = http

    async def ask(self, query: str, role: str = "admin") -> Any:
        headers = {"authorization": f"Bearer {self.demo.tokens[role]}"}
        address = f"{self.demo.url}/graphql"
        answer = await self._http.post(address, json={"query": query}, headers=headers)
        stated = answer.json()
        assert "errors" not in stated, stated["errors"]
        return stated["data"]

    async def orders(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ask(ORDERS))["orders"]["nodes"]
        return found

    async def waiting(self) -> int:
        """Return how much is still to be taken in or sent out."""
        found = (await self.ask(CONNECTIONS))["connections"]
        return sum(sum(one["backlog"].values()) for one in found)


@asynccontextmanager
async def visiting(options: Options) -> AsyncIterator[Visitor]:
    """Run the demo in this process."""
    listener = server.listen("127.0.0.1", 0)
    async with running.opened(options, listener) as demo:
        stop, is_ready = asyncio.Event(), asyncio.Event()
        manners = server.Manners(on_ready=is_ready.set, on_close=demo.gateway.readiness.close)
        tasks = [asyncio.ensure_future(one) for one in demo.loops(stop, manners)]
        await is_ready.wait()
        try:
            async with httpx2.AsyncClient(timeout=30) as http:
                yield Visitor(demo, http)
            assert [] == [task for task in tasks if task.done()]
        finally:
            stop.set()
            await tasks[0]
            for task in tasks[1:]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def seller(order: dict[str, Any]) -> str:
    """The connection that sold it."""
    found: str = order["sourceRefs"][0]["connection"]
    return found


def is_delivered(order: dict[str, Any]) -> bool:
    """It has arrived; what Amazon sends itself it only says to have sent."""
    is_amazons = seller(order) == MARKET and not order["shipments"]
    return bool(order["fulfillmentStatus"] in ("DELIVERED", is_amazons and "FULFILLED"))


def is_stuck(order: dict[str, Any]) -> bool:
    """People have to look at it: the warehouse does not know what was sold."""
    return UNLISTED in {one["sku"] for one in order["lines"]}


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not await condition():
            await asyncio.sleep(0.2)


async def test_what_five_systems_do_is_one_picture_with_nothing_twice() -> None:
    """Bought in three systems, shipped by a fourth, followed at a fifth; webhooks came twice."""
    async with visiting(OPTIONS) as visitor:
        demo = visitor.demo
        before = demo.town.bought.total()

        async def is_enough() -> bool:
            return demo.town.bought.total() >= before + PURCHASES

        await until(is_enough)
        demo.life.is_buying = False

        async def is_all_there() -> bool:
            found = await visitor.orders()
            is_over = all(is_stuck(one) or is_delivered(one) for one in found)
            return is_over and await visitor.waiting() == 0

        await until(is_all_there)
        orders = await visitor.orders()

    connections = Counter(map(seller, orders))
    assert demo.town.bought == connections
    assert demo.life.sent.doubled > 0

    assert [] == [line for order in orders for line in order["lines"] if not line["sku"]]
    stuck = [one for one in orders if is_stuck(one)]
    raised = {code["code"] for order in orders for code in order["exceptions"]}
    assert raised <= {"NOT_FULFILLABLE", "UNMAPPED_SKU"}
    for order in stuck:
        assert "NOT_FULFILLABLE" in {one["code"] for one in order["exceptions"]}
    fulfilled = [
        order
        for order in orders
        if WAREHOUSE in {one["fulfiller"] for one in order["fulfillmentOrders"]}
    ]
    assert len(fulfilled) == len(demo.town.warehouse.warehouse.orders) > 0
    parcels = [(order, one) for order in fulfilled for one in order["shipments"]]
    for order, parcel in parcels:
        assert {seller(order), WAREHOUSE} == {one["connection"] for one in parcel["sourceRefs"]}
        assert ["DELIVERED"] == [one["status"] for one in parcel["deliveries"]]
    numbers = [one["number"] for _, parcel in parcels for one in parcel["tracking"]]
    assert len(fulfilled) == len(numbers) == len(set(numbers))
    written_back = Counter(len(one["fulfillments"]) for one in demo.town.shop.shop.orders)
    assert {0: len(stuck), 1: demo.town.bought[SHOP] - len(stuck)} == {0: 0, **written_back}


async def test_a_person_who_buys_online_and_in_a_store_is_one_customer() -> None:
    """And sees the orders of both, and nobody else's."""
    async with visiting(Options(orders=6, speed=0.01)) as visitor:
        answer = await visitor.ask(MINE, role="shopper")
    mine = answer["orders"]["nodes"]
    assert "SHOPPER" == answer["viewer"]["role"]
    assert {SHOP, TILL} == {one["sourceRefs"][0]["connection"] for one in mine}
    assert {SHOPPERS[0].email} == {one["customer"]["email"] for one in mine}


@pytest.mark.parametrize("role", ["admin", "agent", "associate", "shopper", "partner"])
async def test_every_role_has_a_token(role: str, visitor: Visitor) -> None:
    """It says who they are."""
    assert role.upper() == (await visitor.ask(WHO, role))["viewer"]["role"]


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    """A quiet demo."""
    async with visiting(Options(orders=2, speed=0.01)) as one:
        yield one


async def test_the_page_of_the_demo_holds_a_token(visitor: Visitor) -> None:
    """Nobody has to type anything."""
    async with httpx2.AsyncClient() as http:
        page = (await http.get(f"{visitor.demo.url}/")).text
    assert f'content="{visitor.demo.tokens["admin"]}"' in page


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_is_ready_and_ends_without_a_trace(told: int, tmp_path: Path) -> None:
    """Exit code 0, no folder left behind, no traceback."""
    env = {"TMPDIR": str(tmp_path)}
    async with command("demo", "--port", "0", "--orders", "4", env=env) as demo:
        stated = await demo.ready()
        assert {"url", "graphql", "console", "tokens"} == set(stated)
        assert {"admin", "agent", "associate", "shopper", "partner"} == set(stated["tokens"])
        assert 1 == len(os.listdir(tmp_path))
        assert 0 == await demo.end(told, within_s=10)
        assert [] == os.listdir(tmp_path)
        assert [] == [line for line in demo.said if "Traceback" in line]
