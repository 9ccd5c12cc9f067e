"""Pulls of orders over many pages: cut, resumed, and while rows come and go."""

import pytest

from connectors.flexmarket.connector import Client
from connectors.flexmarket.tests import rows
from connectors.flexmarket.tests.conftest import Connect, Lists
from connectors.sdk.changes import Page, Removed, Unreadable
from connectors.sdk.records import Kind, OrderRecord
from connectors.sdk.records.states import OrderStatus

ORDERS = "/api/vendors/me/orders/"


async def _pages(client: Client, since: str | None = None) -> list[Page]:
    return [page async for page in client.pull(Kind.ORDER, since)]


def _numbers(pages: list[Page]) -> list[str]:
    """The numbers of all orders given, in order, each as often as it came."""
    found = [change for page in pages for change in page.changes]
    return [change.number for change in found if isinstance(change, OrderRecord)]


def _named(*numbers: int) -> set[str]:
    return {f"FC{number}" for number in numbers}


async def test_first_pull_gives_every_order_once(connect: Connect, lists: Lists) -> None:
    """Three pages, and each says how many there are in all."""
    lists.rows[ORDERS] = rows.newest_first(*range(230))
    pages = await _pages(await connect())
    assert (230, _named(*range(230))) == (len(_numbers(pages)), set(_numbers(pages)))
    assert [(100, 230), (100, 230), (30, 230)] == [
        (len(each.changes), each.total) for each in pages
    ]


async def test_pull_that_was_cut_goes_on_after_any_page(connect: Connect, lists: Lists) -> None:
    """Orders placed and one deleted meanwhile move the pages: none is passed over."""
    for cut in range(3):
        lists.rows[ORDERS] = rows.newest_first(*range(230))
        client = await connect()
        before = (await _pages(client))[: cut + 1]
        del lists.rows[ORDERS][5]
        after = await _pages(client, before[-1].checkpoint)
        gone = {"FC224"}
        assert _named(*range(230)) - gone <= set(_numbers(before + after))
        lists.rows[ORDERS] = [rows.order(300), rows.order(299), *lists.rows[ORDERS]]
        after += await _pages(client, after[-1].checkpoint)
        assert _named(*range(230), 299, 300) - gone <= set(_numbers(before + after))


@pytest.mark.parametrize(("page", "there"), [(2, 230), (3, 230), (3, 201)])
async def test_list_that_gets_shorter_while_it_is_read_hides_nothing(
    page: int, there: int, connect: Connect, lists: Lists
) -> None:
    """An order is deleted ahead of a page: the first of that page moves up onto the one before; it
    may have been all of the last page."""
    lists.rows[ORDERS] = rows.newest_first(*range(there))

    def delete(asked: str) -> None:
        if f"page={page}&" in asked and len(lists.rows[ORDERS]) == there:
            del lists.rows[ORDERS][0]

    lists.before = delete
    pages = await _pages(await connect())
    assert _named(*range(there)) == set(_numbers(pages))
    assert there - 1 == len(lists.rows[ORDERS])


async def test_later_pull_gives_the_new_the_open_and_the_ended_alone(
    connect: Connect, lists: Lists
) -> None:
    """Of 230 orders: one is new, one stays open, one has ended; and those of the last minute."""
    lists.rows[ORDERS] = rows.newest_first(*range(230))
    for number in (3, 4):
        lists.rows[ORDERS][229 - number] = rows.order(number)
    client = await connect()
    held = (await _pages(client))[-1].checkpoint
    lists.rows[ORDERS][229 - 3] = rows.order(3, "delivered")
    lists.rows[ORDERS].insert(0, rows.order(230))
    pages = await _pages(client, held)
    first_page = _named(*range(131, 231))
    assert first_page | _named(3, 4) == set(_numbers(pages))
    assert {held} == {page.checkpoint for page in pages[:-1]}
    assert () == pages[-1].changes
    lists.seen.clear()
    again = await _pages(client, pages[-1].checkpoint)
    assert first_page | _named(4) == set(_numbers(again))
    assert ["", "pending", "confirmed", "shipped"] == [
        asked.partition("status=")[2].partition("&")[0] for asked in lists.seen
    ]


async def test_order_that_ended_and_was_deleted_is_removed(connect: Connect, lists: Lists) -> None:
    """It was open, and is in no list any more; it is looked for once."""
    lists.rows[ORDERS] = rows.newest_first(*range(120))
    lists.rows[ORDERS][-1] = rows.order(0)
    client = await connect()
    held = (await _pages(client))[-1].checkpoint
    del lists.rows[ORDERS][-1]
    pages = await _pages(client, held)
    gone = Removed(kind=Kind.ORDER, external_id=rows.order_id(0))
    assert [gone] == [each for page in pages for each in page.changes if isinstance(each, Removed)]
    assert rows.order_id(0) not in pages[-1].checkpoint


async def test_order_in_a_status_of_the_marketplaces_own_is_read_each_time(
    connect: Connect, lists: Lists
) -> None:
    """No list of open ones has it; it may still move."""
    lists.rows[ORDERS] = rows.newest_first(*range(120))
    lists.rows[ORDERS][-1] = rows.order(0, "on_review")
    client, held = await connect(), None
    for _ in range(3):
        pages = await _pages(client, held)
        held = pages[-1].checkpoint
        [seen] = {
            (each.status, each.raw_status)
            for page in pages
            for each in page.changes
            if isinstance(each, OrderRecord) and each.number == "FC0"
        }
        assert (OrderStatus.UNKNOWN, "on_review") == seen


async def test_order_that_cannot_be_read_stops_no_other(connect: Connect, lists: Lists) -> None:
    """It is set aside with its id and the reason, and read again while it is open."""
    lists.rows[ORDERS] = rows.newest_first(1, 2, 3)
    lists.rows[ORDERS][1] = rows.order(2, items="none")
    lists.rows[ORDERS].append(7)
    client = await connect()
    pages = await _pages(client)
    aside = [each for each in pages[0].changes if isinstance(each, Unreadable)]
    assert [rows.order_id(2), None] == [each.external_id for each in aside]
    assert "order.items is not a list but str" == aside[0].reason
    assert _named(1, 3) == set(_numbers(pages))
    assert rows.order_id(2) in pages[-1].checkpoint


async def test_no_orders_are_no_trouble(connect: Connect, lists: Lists) -> None:
    """A page with a checkpoint comes, from which the first order is found later."""
    client = await connect()
    [page] = await _pages(client)
    lists.rows[ORDERS] = [rows.order(1)]
    assert {"FC1"} == set(_numbers(await _pages(client, page.checkpoint)))


async def test_order_that_ended_lately_is_not_kept_in_mind(connect: Connect, lists: Lists) -> None:
    """It is among the newest, and so is seen before anybody looks for what has ended."""
    lists.rows[ORDERS] = [rows.order(1)]
    client = await connect()
    held = (await _pages(client))[-1].checkpoint
    assert rows.order_id(1) in held
    lists.rows[ORDERS] = [rows.order(1, "delivered")]
    assert rows.order_id(1) not in (await _pages(client, held))[-1].checkpoint
