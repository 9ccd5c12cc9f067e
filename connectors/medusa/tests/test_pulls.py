"""Pulls that end after any page and go on from its checkpoint."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from connectors.medusa import checkpoints, windows
from connectors.medusa.checkpoints import Walks
from connectors.medusa.tests import samples
from connectors.medusa.tests.conftest import Asked, Connect
from connectors.sdk.changes import Change, Removed
from connectors.sdk.records import Kind, LevelRecord, OrderRecord, ReturnRecord

Row = dict[str, Any]
START = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
"""Yesterday: older orders are forgotten."""


def _at(second: int) -> str:
    return windows.text(START + timedelta(seconds=second))


@dataclass
class Shop:
    """Lists as the shop answers them: filtered, sorted and cut."""

    lists: dict[str, list[Row]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def answer(self, asked: Asked) -> web.Response:
        name = asked.path.rpartition("/")[2].replace("-", "_")
        name = "variants" if name == "product_variants" else name
        self.seen.append(name)
        query = {key: values[0] for key, values in asked.query.items()}
        rows = [each for each in self.lists.get(name, []) if _is_in(each, query, asked.query)]
        sort = query.get("order", "id")
        rows.sort(key=lambda row: str(row[sort.removeprefix("-")]), reverse=sort.startswith("-"))
        begin = int(query.get("offset", "0"))
        return web.json_response({name: rows[begin : begin + int(query["limit"])]})


def _is_in(row: Row, query: dict[str, str], whole: dict[str, list[str]]) -> bool:
    if "id[]" in whole:
        return row["id"] in whole["id[]"]
    at = str(row.get("updated_at", ""))
    return query.get("updated_at[$gte]", "") <= at < query.get("updated_at[$lt]", "9")


def _order(number: int, **changed: Any) -> Row:
    """An order of that second, whose money is taken."""
    order = samples.order("order_returned")
    own = {"id": f"order_{number:04}", "updated_at": _at(number), "created_at": _at(number)}
    return order | own | {"returns": [], "fulfillments": []} | changed


def _payment(number: int, order: int | None) -> Row:
    named = {"order": {"id": f"order_{order:04}"}} if order is not None else {}
    return {"id": f"pay_{number}", "updated_at": _at(number), "payment_collection": named}


def _ids(changes: list[Change]) -> list[str]:
    return [each.external_id for each in changes if isinstance(each, OrderRecord)]


async def _pull(
    client: Any, kind: Kind, since: str | None, pages: int = 99
) -> tuple[list[Change], str]:
    changes: list[Change] = []
    checkpoint = since or ""
    async for page in client.pull(kind, since):
        changes += page.changes
        checkpoint = page.checkpoint
        pages -= 1
        if not pages:
            break
    return changes, checkpoint


@pytest.mark.parametrize("pages", [1, 2, 3])
async def test_interrupted_pull_of_orders_loses_nothing(connect: Connect, pages: int) -> None:
    """Whatever page was the last one taken in, the next pull gives all the others; what changed
    since an order was read comes again."""
    shop = Shop({"orders": [_order(number) for number in range(120)]})
    client = await connect(shop.answer)
    first, checkpoint = await _pull(client, Kind.ORDER, None, pages)
    shop.lists["orders"][0]["updated_at"] = _at(500)
    second, _ = await _pull(client, Kind.ORDER, checkpoint)
    everything = {f"order_{number:04}" for number in range(120)}
    assert everything == {*_ids(first), *_ids(second)}
    assert "order_0000" in _ids(second)


async def test_captured_order_is_read_though_its_own_time_stood_still(connect: Connect) -> None:
    """Orders of payments that moved since; a cart's payment leads nowhere; what came with the first
    walk is not read twice."""
    orders = [_order(number) for number in range(100)]
    shop = Shop({"orders": orders, "payments": [_payment(-100, 1), _payment(-10, None)]})
    client = await connect(shop.answer)
    _, checkpoint = await _pull(client, Kind.ORDER, None)
    shop.lists["payments"] += [_payment(200, 7), _payment(201, 99)]
    changes, checkpoint = await _pull(client, Kind.ORDER, checkpoint)
    assert [*(f"order_{number:04}" for number in range(69, 100)), "order_0007"] == _ids(changes)
    changes, _ = await _pull(client, Kind.ORDER, checkpoint)
    assert "order_0007" in _ids(changes)  # the overlap of 30 s


async def test_open_order_is_read_until_it_is_settled_or_gone(connect: Connect) -> None:
    """One owes, one waits to be captured; then one is paid back, and one is deleted."""
    owing = _order(0, summary={"pending_difference": -5})
    waiting = _order(1)
    (payment,) = waiting["payment_collections"][0]["payments"]
    payment["captures"] = []
    shop = Shop({"orders": [owing, waiting, *(_order(number) for number in range(2, 99))]})
    client = await connect(shop.answer)
    _, checkpoint = await _pull(client, Kind.ORDER, None)
    point = checkpoints.parse(checkpoint, Walks)
    assert point
    assert {"order_0000", "order_0001"} == point.open
    owing["summary"] = {"pending_difference": 0}
    del shop.lists["orders"][1]
    changes, checkpoint = await _pull(client, Kind.ORDER, checkpoint)
    assert "order_0000" in _ids(changes)
    assert Removed(kind=Kind.ORDER, external_id="order_0001") in changes
    point = checkpoints.parse(checkpoint, Walks)
    assert point
    assert not point.open


async def test_returns_are_read_by_their_orders(connect: Connect) -> None:
    """Only those that moved, of an order that has others; one that is gone is removed."""
    own = {"status": "requested", "created_at": _at(1), "items": []}
    rows = [{"id": f"return_{at}", **own} for at in range(2)]
    listed = [{"id": each["id"], "order_id": "order_0001", "updated_at": _at(9)} for each in rows]
    shop = Shop({"orders": [_order(1, returns=rows)], "returns": listed[:1]})
    client = await connect(shop.answer)
    changes, checkpoint = await _pull(client, Kind.RETURN, None)
    assert ["return_0"] == [each.external_id for each in changes if isinstance(each, ReturnRecord)]
    point = checkpoints.parse(checkpoint, Walks)
    assert point
    assert START + timedelta(seconds=9) == point.of("returns")
    found, gone = await client.fetch(Kind.RETURN, ["return_0", "return_9"])
    assert isinstance(found, ReturnRecord)
    assert Removed(kind=Kind.RETURN, external_id="return_9") == gone


async def test_reasons_of_returns_are_asked_for_where_an_order_names_one(
    connect: Connect,
) -> None:
    """Once a page; an order without a return asks for nothing more."""
    item = {"item_id": "ordli_211", "quantity": 1, "reason_id": "rr_2", "note": "n"}
    own = {"id": "return_0", "status": "requested", "created_at": _at(1), "items": [item]}
    orders = [_order(1), _order(2, returns=[own]), _order(3, returns=[own])]
    shop = Shop({"orders": orders, "return_reasons": [{"id": "rr_2", "label": "Too long"}]})
    client = await connect(shop.answer)
    changes = await client.fetch(Kind.ORDER, ["order_0001", "order_0002", "order_0003"])
    reasons = [each.reason for each in changes if isinstance(each, ReturnRecord)]
    assert (["Too long"] * 2, ["orders", "return_reasons"]) == (reasons, shop.seen)
    await client.fetch(Kind.ORDER, ["order_0001"])
    assert ["orders", "return_reasons", "orders"] == shop.seen


async def test_whole_pull_goes_on_from_its_page_and_begins_anew_at_its_end(
    connect: Connect,
) -> None:
    """250 items with a level each are three pages; at the end the checkpoint is that of the
    beginning."""
    level = {"location_id": "sloc_1", "stocked_quantity": 1, "reserved_quantity": 0}
    items = [{"id": f"iitem_{at:03}", "location_levels": [level]} for at in range(250)]
    client = await connect(Shop({"inventory_items": items}).answer)
    first, checkpoint = await _pull(client, Kind.LEVEL, None, pages=1)
    rest, end = await _pull(client, Kind.LEVEL, checkpoint)
    assert (100, 150, '{"offset":0}') == (len(first), len(rest), end)
    found = {each.item_id for each in (*first, *rest) if isinstance(each, LevelRecord)}
    assert 250 == len(found)


async def test_order_of_many_parts_is_cut_into_pages(connect: Connect) -> None:
    """No page holds more than 250 records, and only the last of a batch has its checkpoint."""
    parcel = samples.order("order_returned")["fulfillments"][0]
    parcels = [parcel | {"id": f"ful_{at}"} for at in range(600)]
    client = await connect(Shop({"orders": [_order(1, fulfillments=parcels)]}).answer)
    sizes, points = [], []
    async for page in client.pull(Kind.ORDER, None):
        sizes.append(len(page.changes))
        points.append(page.checkpoint)
    assert [250, 250, 102] == sizes[:3]
    assert ["", "", True] == [*points[:2], bool(points[2])]
