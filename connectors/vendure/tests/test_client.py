"""The client over a wire: what it sends, and what it makes of answers that no shop should give."""

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.sdk import registry
from connectors.sdk.changes import Page, Removed, Unreadable
from connectors.sdk.commands import CancelOrder
from connectors.sdk.errors import Ambiguous, Misconfigured, Unavailable, Unsupported
from connectors.sdk.http import Http
from connectors.sdk.records import Kind, LevelRecord, OrderRecord
from connectors.vendure import CONNECTOR, requests
from connectors.vendure.checkpoints import OVERLAP
from connectors.vendure.tests import samples
from connectors.vendure.tests.conftest import Answer, Connect


def _data(data: object) -> web.Response:
    return web.json_response({"data": data})


async def test_every_request_carries_key_and_channel(connect: Connect) -> None:
    """And goes to the one path of the Admin API."""
    seen: list[web.Request] = []

    def answer(_: dict[str, Any]) -> web.Response:
        return _data({"activeChannel": {"code": "eu-store", "token": "t0ken"}})

    client = await connect(answer, seen, channel_token="t0ken")
    assert "eu-store" == (await client.check()).name
    (request,) = seen
    assert ("a-key", "t0ken", "/admin-api") == (
        request.headers["vendure-api-key"],
        request.headers["vendure-token"],
        request.path,
    )


async def test_channel_that_the_shop_does_not_know_is_named(connect: Connect) -> None:
    """Vendure would work in the default channel instead."""
    answering = {"activeChannel": {"code": "__default_channel__", "token": "d3fault"}}
    client = await connect(lambda _: _data(answering), channel_token="t0ken")
    with pytest.raises(Misconfigured, match="channel_token: the shop has no such channel"):
        await client.check()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"api_key": "k"}, "url: is not set"),
        ({"url": "http://127.0.0.1", "api_key": " "}, "api_key: is not set"),
        ({"url": "http://127.0.0.1", "api_key": "k\r\nx: y"}, "api_key: holds characters"),
        ({"url": "shop.example", "api_key": "k"}, "url: not an http"),
        ({"url": "http://a", "api_key": "k", "channel_token": "é"}, "channel_token: holds"),
    ],
)
async def test_setting_that_is_wrong_is_named(settings: dict[str, str], message: str) -> None:
    """Before any request."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Misconfigured, match=message):
            CONNECTOR.open(settings, Http(session, "http://127.0.0.1"))


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: web.Response(text="<html>a login page</html>"),
        lambda _: web.Response(status=404, text="Cannot POST /admin-api"),
        lambda _: _data({"shop": "another system"}),
    ],
)
async def test_check_says_when_no_admin_api_is_there(connect: Connect, answer: Answer) -> None:
    """Whatever else answers at the address."""
    client = await connect(answer)
    with pytest.raises(Misconfigured, match="url: "):
        await client.check()


@pytest.mark.parametrize(
    "fails",
    [
        lambda: web.Response(text="<html>the proxy's page</html>"),
        lambda: web.Response(status=502),
        lambda: web.json_response({"errors": [{"message": "SQLITE_BUSY"}], "data": None}),
        lambda: web.json_response({"data": None}),
    ],
)
async def test_write_whose_answer_is_lost_is_ambiguous(
    connect: Connect, fails: Callable[[], web.Response]
) -> None:
    """It was sent once, and nobody knows; it is not sent again here."""
    sent: list[str] = []
    given = samples.load("order_placed")["given"]

    def answer(body: dict[str, Any]) -> web.Response:
        if body["query"].startswith("query"):
            return _data(given)
        sent.append(body["query"])
        return fails()

    client = await connect(answer)
    with pytest.raises(Ambiguous):
        await client.perform(CancelOrder(key="k1", order_id="71", reason="x"))
    assert 1 == len(sent)


async def test_command_that_never_gets_done_stops(connect: Connect) -> None:
    """A shop that confirms and changes nothing does not keep us busy for ever."""
    sent: list[str] = []
    given = samples.load("order_returned")["given"]
    refund = given["orders"]["items"][0]["payments"][0]["refunds"][0]

    def answer(body: dict[str, Any]) -> web.Response:
        if body["query"].startswith("query"):
            return _data(given)
        sent.append(body["query"])
        return _data({"refundOrder": {"id": "9"}})

    refund["reason"] = "nothing of ours"
    client = await connect(answer)
    with pytest.raises(Ambiguous, match="not done after 6 steps"):
        await client.perform(samples.REFUND)
    assert 6 == len(sent)


async def test_read_that_fails_is_unavailable(connect: Connect) -> None:
    """Nothing was changed: try again later."""
    client = await connect(lambda _: web.Response(status=503))
    with pytest.raises(Unavailable):
        await client.fetch(Kind.ORDER, ["71"])


def test_manifest_declares_what_the_connector_does() -> None:
    """Every kind that has a document is read, every command that has a plan is declared."""
    declared = registry.discover()["vendure"]
    assert CONNECTOR is registry.load("vendure")
    assert set(requests.DOCUMENTS) == set(declared.reads)
    assert {"cancel_order", "record_shipment", "record_delivery", "set_inventory"} | {
        "create_refund"
    } == set(declared.commands)
    overlaps = {read.overlap_s for read in declared.reads.values() if read.incremental != "none"}
    assert {OVERLAP.total_seconds()} == overlaps


async def test_kind_that_vendure_has_not_is_unsupported(connect: Connect) -> None:
    """Before any request."""
    seen: list[web.Request] = []
    client = await connect(lambda _: _data({}), seen)
    with pytest.raises(Unsupported):
        client.pull(Kind.TRACKER, None)
    with pytest.raises(Unsupported):
        await client.fetch(Kind.RETURN, ["1"])
    assert [] == seen


async def test_one_bad_order_does_not_hold_up_its_page(connect: Connect) -> None:
    """It comes as unreadable, in its place, and the pull goes on to its end."""
    given = samples.load("order_unreadable")["given"]
    given["orders"]["items"].pop()
    client = await connect(lambda _: _data(given))
    pages: list[Page] = [page async for page in client.pull(Kind.ORDER, None)]
    first = pages[0].changes
    assert [Unreadable, OrderRecord] == [type(change) for change in first]


async def test_many_records_are_given_in_pages_of_250(connect: Connect) -> None:
    """One order with 300 shipments: two pages, and only the second moves the checkpoint."""
    given = samples.load("order_placed")["given"]
    order = given["orders"]["items"][0]
    parcel = {
        "state": "Shipped",
        "method": "UPS",
        "trackingCode": "1Z",
        "createdAt": "2026-02-26T12:00:00Z",
        "updatedAt": "2026-02-26T12:00:00Z",
        "lines": [],
    }
    order["fulfillments"] = [parcel | {"id": str(number)} for number in range(300)]
    client = await connect(lambda _: _data(given))
    first, second = [page async for page in client.pull(Kind.ORDER, None)][:2]
    assert [250, 51] == [len(page.changes) for page in (first, second)]
    assert "" == first.checkpoint
    assert "2026-02-26T09:05:30.25" in second.checkpoint


async def test_level_of_a_variant_that_cannot_be_read_is_not_called_gone(connect: Connect) -> None:
    """Unreadable, not removed; its neighbours come through."""
    given = samples.load("levels")["given"]
    given["productVariants"]["items"][1]["stockLevels"][0]["stockOnHand"] = None
    client = await connect(lambda _: _data(given))
    changes = await client.fetch(Kind.LEVEL, ["19@2", "20@1", "19@9", "77@1"])
    assert [LevelRecord, Unreadable, Removed, Removed] == [type(change) for change in changes]
