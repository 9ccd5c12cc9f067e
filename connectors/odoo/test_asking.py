"""How Odoo is asked, how it says no, and what a checkpoint remembers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from connectors.odoo import errors, feeds, requests
from connectors.odoo.connector.door import Door
from connectors.odoo.connector.pulling import Puller
from connectors.odoo.connector.reading import Reader
from connectors.odoo.feeds import Checkpoint, Cursor, Feed
from connectors.odoo.mapping.wire import Row
from connectors.odoo.requests import Call, Login, Search
from connectors.sdk import errors as sdk
from connectors.sdk.http import Bounds, Http
from connectors.sdk.records import Kind

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOGIN = Login(database="odoo", user="gateway", password="hush")


def failed(name: str, message: str) -> Any:
    """An error as Odoo answers it, with HTTP 200."""
    data = {"name": name, "message": f"{message}\nNone", "debug": "Traceback ..."}
    return {"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "message": "x", "data": data}}


USER_ERROR = "odoo.exceptions.UserError"


@pytest.mark.parametrize(
    ("name", "message", "error", "code"),
    [
        (
            USER_ERROR,
            "You cannot cancel a stock move that has been set to 'Done'.",
            sdk.Conflict,
            "done",
        ),
        (
            USER_ERROR,
            "You cannot have two inventory adjustements in state 'in Progress' with ...",
            sdk.Conflict,
            "being_counted",
        ),
        (USER_ERROR, "You may only return Done pickings", sdk.Conflict, "not_done"),
        (
            USER_ERROR,
            "You cannot validate a transfer if you have not processed any quantity.",
            sdk.Conflict,
            "nothing_done",
        ),
        (
            USER_ERROR,
            "You need to supply a lot/serial number for Desk Lamp.",
            sdk.Rejected,
            "lot_number",
        ),
        (USER_ERROR, "Nothing to check the availability for.", sdk.Conflict, "nothing_to_do"),
        (USER_ERROR, "Something that nobody has seen yet.", sdk.Rejected, "user_error"),
        ("odoo.exceptions.MissingError", "Record does not exist.", sdk.Missing, "missing"),
        ("odoo.exceptions.ValidationError", "Barcode taken", sdk.Rejected, "validation"),
        ("odoo.exceptions.RedirectWarning", "Go there", sdk.Rejected, "redirect_warning"),
        ("odoo.exceptions.Warning", "Not loaded", sdk.Rejected, "warning"),
        ("odoo.exceptions.except_orm", "Old", sdk.Rejected, "except_orm"),
        ("builtins.ValueError", "Invalid field 'x'", sdk.Rejected, "builtins.ValueError"),
        ("psycopg2.DataError", "too long", sdk.Rejected, "psycopg2.DataError"),
    ],
)
def test_each_refusal_is_its_error(
    name: str, message: str, error: type[sdk.Rejected], code: str
) -> None:
    """One table; exactly that class, not a wider one."""
    with pytest.raises(sdk.Rejected) as caught:
        errors.result(failed(name, message))

    assert (type(caught.value), caught.value.code) == (error, code)


@pytest.mark.parametrize(
    ("name", "message", "error", "says"),
    [
        ("odoo.exceptions.AccessDenied", "Access denied", sdk.Misconfigured, "user, password"),
        ("odoo.exceptions.AccessError", "Sorry, Ada", sdk.Misconfigured, "rights"),
        (USER_ERROR, "Object pos.order doesn't exist", sdk.Misconfigured, "pos.order"),
        (
            "psycopg2.OperationalError",
            'FATAL:  database "x" does not exist',
            sdk.Misconfigured,
            "database",
        ),
        ("psycopg2.OperationalError", "server closed", sdk.Unavailable, "psycopg2"),
        (
            "psycopg2.extensions.TransactionRollbackError",
            "could not serialize access",
            sdk.Unavailable,
            "quicker",
        ),
    ],
)
def test_failures_that_are_no_refusal_say_who_must_act(
    name: str, message: str, error: type[sdk.ConnectorError], says: str
) -> None:
    """The operator, or nobody: a moment later it works."""
    with pytest.raises(error) as caught:
        errors.result(failed(name, message))

    assert type(caught.value) is error
    assert says in str(caught.value)


@pytest.mark.parametrize("answer", [[], {}, None, {"result": 1}, {"jsonrpc": "2.0", "error": {}}])
def test_what_is_no_answer_is_malformed(answer: object) -> None:
    """Of JSON-RPC, that is."""
    with pytest.raises(sdk.Malformed):
        errors.result(answer)


def test_a_method_that_returns_nothing_has_succeeded() -> None:
    """Some answers have no result at all."""
    assert errors.result({"jsonrpc": "2.0", "id": 1}) is None
    assert errors.result({"jsonrpc": "2.0", "id": 1, "result": False}) is False


def test_a_refusal_names_nobody() -> None:
    """Odoo names records and people in its messages."""
    said = "The partner 'Ada Okafor' (ada@example.com) has \"two\" names, bo@x.example\nMore"

    refused = errors.refusal(USER_ERROR, said)

    assert str(refused) == "The partner … … has … names, …"


def test_what_odoo_has_no_class_for_is_not_told() -> None:
    """It may quote anything."""
    assert "Ada" not in str(errors.refusal("builtins.KeyError", "Ada"))


def test_every_call_asks_for_english() -> None:
    """Refusals are told apart by their text."""
    searched = requests.search(LOGIN, 1, Search(model="res.partner", fields=("name",)))
    called = requests.call(LOGIN, 1, Call(model="sale.order", method="action_confirm", args=[[7]]))

    for request, is_safe in ((searched, True), (called, False)):
        *_, given = request.json["params"]["args"]
        assert given["context"]["lang"] == "en_US"
        assert (request.path, request.is_safe) == ("/jsonrpc", is_safe)


def test_a_login_does_not_print_its_password() -> None:
    """Nor does what holds it."""
    assert "hush" not in repr(LOGIN)


def test_times_are_written_in_utc_without_a_zone() -> None:
    """In whole seconds."""
    there = datetime(2026, 11, 22, 14, 0, 0, 999_999, tzinfo=UTC).astimezone()

    assert requests.time(there) == "2026-11-22 14:00:00"


def test_signs_of_a_pattern_stand_for_themselves() -> None:
    """A key with an underscore does not find its neighbors."""
    assert requests.like("a_b%c\\") == "a\\_b\\%c\\\\"


FEED = Feed(model="stock.move", names="product_id", of="product.product")


def rows(*ids: int) -> list[Row]:
    return [Row({"id": id, "product_id": [id * 10, "x"]}) for id in ids]


def test_a_scan_overlaps_and_looks_for_new_ids() -> None:
    """A minute behind the beginning of the last one."""
    search = feeds.changed(FEED, Cursor(newest_id=7, known_until=NOON))

    assert search.domain == [
        ["id", ">", 0],
        "|",
        ["id", ">", 7],
        ["write_date", ">=", "2026-11-22 11:59:00"],
        ["product_id", "!=", False],
    ]
    assert (search.order, search.size) == ("id", requests.PAGE)


def test_a_scan_of_many_pages_ends_before_its_time_moves_on() -> None:
    """Ten thousand records of one transaction have one time: pages go by id."""
    start = Cursor(newest_id=7, known_until=NOON)
    later = NOON + timedelta(minutes=5)

    middle = start.advance(rows(*range(1, requests.PAGE + 1)), later)
    end = middle.advance(rows(900), later + timedelta(minutes=1))

    assert (middle.after, middle.began_at, middle.known_until) == (requests.PAGE, later, NOON)
    assert end == Cursor(newest_id=900, known_until=later)


def test_an_empty_page_ends_a_scan() -> None:
    """And moves its time on."""
    later = NOON + timedelta(minutes=5)

    assert Cursor(newest_id=7, known_until=NOON).advance([], later) == Cursor(
        newest_id=7, known_until=later
    )


def test_what_a_feed_names_is_read_once() -> None:
    """Three moves of two products."""
    moved = [*rows(1, 2), Row({"id": 3, "product_id": [10, "x"]})]

    assert feeds.named(FEED, moved) == [10, 20]
    assert feeds.named(FEED, [Row({"id": 4, "product_id": False})]) == []


@pytest.mark.parametrize("kind", sorted(feeds.PLANS))
def test_a_checkpoint_is_read_back(kind: Kind) -> None:
    """As it was written; one of another plan, or of no version of ours, begins anew."""
    plan = feeds.PLANS[kind]
    cursors = {feeds.key(feed): Cursor(newest_id=1, known_until=NOON) for feed in plan.feeds}
    held = Checkpoint(cursors=cursors, backfill=(0, 100))

    assert len(cursors) == len(plan.feeds)
    assert feeds.decode(held.encode(), plan) == held
    assert feeds.decode("{}", plan) is None
    assert feeds.decode(Checkpoint(cursors={}).encode(), plan) is None


Answer = Callable[[web.Request], Awaitable[web.Response]]
HASTY = Bounds(request_s=5, safe_attempts=1)


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[Door]:
    """A door to something that answers everything with *answer*."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = "http://{}:{}".format(*runner.addresses[0][:2])
        async with aiohttp.ClientSession() as session:
            yield Door(Http(session, url, bounds=HASTY), LOGIN)
    finally:
        await runner.cleanup()


async def test_a_wrong_password_answers_false() -> None:
    """It is no error of JSON-RPC."""

    async def deny(request: web.Request) -> web.Response:
        return web.json_response({"jsonrpc": "2.0", "id": 1, "result": False})

    async with answering(deny) as door:
        with pytest.raises(sdk.Misconfigured, match="user, password"):
            await door.uid()


async def test_another_web_site_is_no_odoo() -> None:
    """404, and an answer of 200 that is something else."""

    async def absent(request: web.Request) -> web.Response:
        return web.Response(status=404, text="<html>")

    async def other(request: web.Request) -> web.Response:
        return web.json_response({"jsonrpc": "2.0", "id": 1, "result": "hello"})

    for answer in (absent, other):
        async with answering(answer) as door:
            with pytest.raises(sdk.Misconfigured, match="url"):
                await door.version()


async def test_a_write_that_is_answered_by_a_proxy_is_in_doubt() -> None:
    """A page of HTML with 200 in front of Odoo does not say whether Odoo heard; a read was none."""

    async def answer(request: web.Request) -> web.Response:
        params = (await request.json())["params"]
        if params["method"] == "authenticate":
            return web.json_response({"jsonrpc": "2.0", "id": 1, "result": 2})
        return web.Response(text="<html>", content_type="text/html")

    async with answering(answer) as door:
        with pytest.raises(sdk.Ambiguous):
            await door.press("sale.order", "action_confirm", [7])
        with pytest.raises(sdk.Malformed):
            await door.search(Search(model="sale.order", fields=("name",)))


async def test_who_we_are_is_asked_once() -> None:
    """For any number of calls."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        params = (await request.json())["params"]
        asked.append(params["method"])
        result: Any = 2 if params["method"] == "authenticate" else []
        return web.json_response({"jsonrpc": "2.0", "id": 1, "result": result})

    async with answering(answer) as door:
        for _ in range(3):
            await door.search(Search(model="sale.order", fields=("name",)))

    assert asked == ["authenticate", *["execute_kw"] * 3]


async def test_an_idle_pull_costs_a_search_for_each_feed() -> None:
    """And nothing more; its time moves on."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        params = (await request.json())["params"]
        result: Any = 2
        if params["method"] != "authenticate":
            asked.append(params["args"][3])
            result = []
        return web.json_response({"jsonrpc": "2.0", "id": 1, "result": result})

    async with answering(answer) as door:
        puller = Puller(door, Reader(door))
        for kind, plan in feeds.PLANS.items():
            asked.clear()
            cursors = {
                feeds.key(feed): Cursor(newest_id=1, known_until=NOON) for feed in plan.feeds
            }
            since = Checkpoint(cursors=cursors).encode()
            [page] = [page async for page in puller.pull(kind, since)]

            then = feeds.decode(page.checkpoint, plan)
            assert asked == [feed.model for feed in plan.feeds]
            assert page.changes == ()
            assert then is not None
            assert all(cursor.known_until > NOON for cursor in then.cursors.values())
