"""Pulls that end after any page and go on from its checkpoint."""

import copy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from connectors.sdk.changes import Change
from connectors.sdk.records import Kind, LevelRecord, OrderRecord
from connectors.vendure import windows
from connectors.vendure.kit import READ_AT
from connectors.vendure.tests import samples
from connectors.vendure.tests.conftest import Connect


@dataclass
class Shop:
    """A shop of *count* orders, one a second, as its lists answer: filtered, sorted and cut."""

    count: int
    orders: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        (model, *_) = samples.load("order_placed")["given"]["orders"]["items"]
        start = READ_AT - timedelta(days=1)
        for number in range(self.count):
            at = windows.text(start + timedelta(seconds=number))
            order = copy.deepcopy(model)
            own = {"id": f"{number:04}", "updatedAt": at, "orderPlacedAt": at}
            self.orders.append(order | own)

    def answer(self, body: dict[str, Any]) -> web.Response:
        settings = samples.load("order_placed")["given"]
        asked = body["variables"].get("options", {"take": 1, "sort": {"updatedAt": "DESC"}})
        rows = [each for each in self.orders if _is_in(each, asked.get("filter", {}))]
        (name, way) = next(iter(asked.get("sort", {"id": "ASC"}).items()))
        rows.sort(key=lambda each: str(each[name]), reverse=way == "DESC")
        skip = asked.get("skip", 0)
        found = {"items": rows[skip : skip + asked["take"]]}
        return web.json_response({"data": settings | {"orders": found}})


def _is_in(order: dict[str, Any], asked: dict[str, Any]) -> bool:
    for name, rule in asked.items():
        value = order[name]
        if "after" in rule and not value > rule["after"]:
            return False
        if "between" in rule and not rule["between"]["start"] <= value <= rule["between"]["end"]:
            return False
        if "in" in rule and value not in rule["in"]:
            return False
    return True


@pytest.mark.parametrize(("pages", "read"), [(1, 100), (2, 199), (3, 250)])
async def test_interrupted_pull_of_orders_loses_nothing(
    connect: Connect, pages: int, read: int
) -> None:
    """Whatever page was the last one taken in, the next pull gives all the others; each page
    begins with the second that the one before ended in."""
    shop = Shop(count=250)
    client = await connect(shop.answer)
    given, checkpoint = set[str](), ""
    taken = 0
    async for page in client.pull(Kind.ORDER, None):
        given |= {each.external_id for each in page.changes if isinstance(each, OrderRecord)}
        checkpoint, taken = page.checkpoint, taken + 1
        if taken == pages:
            break
    first = set(given)
    async for page in client.pull(Kind.ORDER, checkpoint):
        given |= {each.external_id for each in page.changes if isinstance(each, OrderRecord)}
    assert {order["id"] for order in shop.orders} == given
    assert read == len(first)


async def test_orders_that_became_final_are_given_once_more_and_deleted_ones_gone(
    connect: Connect,
) -> None:
    """The checkpoint remembers what was open: one was canceled without moving any time, one is no
    longer there. The pull after that remembers neither."""
    shop = Shop(count=3)
    client = await connect(shop.answer)
    checkpoint = ""
    async for page in client.pull(Kind.ORDER, None):
        checkpoint = page.checkpoint
    shop.orders[0]["state"] = "Cancelled"
    for order in shop.orders:
        order["updatedAt"] = order["orderPlacedAt"] = windows.text(READ_AT - timedelta(days=9))
    gone = shop.orders.pop()
    changes: list[Change] = []
    async for page in client.pull(Kind.ORDER, checkpoint):
        changes += page.changes
        checkpoint = page.checkpoint
    states = {
        each.external_id: each.raw_status for each in changes if isinstance(each, OrderRecord)
    }
    assert {"0000": "Cancelled", "0001": "PaymentSettled"} == states
    assert [gone["id"]] == [
        each.external_id for each in changes if not isinstance(each, OrderRecord)
    ]
    again = [page async for page in client.pull(Kind.ORDER, checkpoint)]
    assert ["0001"] == [
        each.external_id for page in again for each in page.changes if isinstance(each, OrderRecord)
    ]


async def test_interrupted_pull_of_stock_goes_on_where_it_was(connect: Connect) -> None:
    """By number of rows; the next pull begins anew."""
    given = samples.load("levels")["given"]
    (model, *_) = given["productVariants"]["items"]
    variants = [model | {"id": f"{number:04}"} for number in range(250)]

    def answer(body: dict[str, Any]) -> web.Response:
        asked = body["variables"].get("options", {"skip": 0, "take": 0})
        rows = variants[asked["skip"] : asked["skip"] + asked["take"]]
        return web.json_response({"data": given | {"productVariants": {"items": rows}}})

    client = await connect(answer)
    checkpoints, counts = [], []
    async for page in client.pull(Kind.LEVEL, None):
        assert all(isinstance(each, LevelRecord) for each in page.changes)
        checkpoints.append(page.checkpoint)
        counts.append(len(page.changes))
    assert [250, 150, 100] == counts
    assert ["", '{"skip":200}', '{"skip":0}'] == checkpoints
    rest = [len(page.changes) async for page in client.pull(Kind.LEVEL, checkpoints[1])]
    assert [100] == rest
