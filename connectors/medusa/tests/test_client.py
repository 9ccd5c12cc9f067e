"""The client over a wire: what it sends, and what it makes of answers that no shop should give."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from connectors.medusa.tests import samples
from connectors.medusa.tests.conftest import Answer, Asked, Connect
from connectors.medusa.tests.running.work import returning
from connectors.sdk.changes import Removed, Unreadable
from connectors.sdk.commands import CancelOrder, CreateRefund
from connectors.sdk.errors import (
    Ambiguous,
    Conflict,
    Malformed,
    Misconfigured,
    Missing,
    Rejected,
    Unavailable,
)
from connectors.sdk.records import Kind, OrderRecord, ProductRecord
from connectors.sdk.values import Money

CANCEL = CancelOrder(key="k1", order_id="order_71", reason="x")


def _json(value: object) -> web.Response:
    return web.json_response(value)


def _refused(status: int, kind: str, message: str = "no") -> web.Response:
    return web.json_response({"type": kind, "message": message}, status=status)


def _order_or(answer: Callable[[], web.Response]) -> Answer:
    """Give the sample's order to whoever reads, and *answer* to whoever writes."""
    given = samples.load("order_placed")["given"]
    return lambda asked: _json(given) if asked.method == "GET" else answer()


async def test_every_request_carries_the_key(connect: Connect) -> None:
    """As a user's name without a password; the address may end as in the documentation."""
    seen: list[Asked] = []
    answer = {"stores": [{"name": "Northwind"}], "orders": [], "payments": []}
    client = await connect(lambda _: _json(answer | {"inventory_items": []}), seen)
    assert "Northwind" == (await client.check()).name
    expected = "Basic " + base64.b64encode(b"sk_1:").decode()
    assert [expected] * 4 == [each.headers["Authorization"] for each in seen]
    assert ["/admin/stores", "/admin/orders", "/admin/payments", "/admin/inventory-items"] == [
        each.path for each in seen
    ]


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: web.Response(text="<html>a login page</html>"),
        lambda _: web.Response(status=404, text="Cannot GET /admin/stores"),
        lambda _: _json([]),
        lambda _: web.json_response({"error": "another system"}, status=400),
    ],
)
async def test_check_says_when_no_admin_api_is_there(connect: Connect, answer: Answer) -> None:
    """Whatever else answers at the address."""
    client = await connect(answer)
    with pytest.raises(Misconfigured, match="url: "):
        await client.check()


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (404, "not_found", Missing),
        (400, "not_allowed", Conflict),
        (409, "conflict", Conflict),
        (422, "duplicate_error", Conflict),
        (400, "invalid_data", Rejected),
        (422, "payment_authorization_error", Rejected),
        (400, "a_new_word", Rejected),
    ],
)
async def test_refusal_of_a_write_is_told_in_the_shops_words(
    connect: Connect, status: int, kind: str, expected: type[Rejected]
) -> None:
    """By who must act next."""
    client = await connect(_order_or(lambda: _refused(status, kind, "not now")))
    with pytest.raises(Rejected, match="not now") as refusal:
        await client.perform(CANCEL)
    assert (expected, kind) == (refusal.type, refusal.value.code)


@pytest.mark.parametrize(
    "fails",
    [
        lambda: web.Response(text="<html>the proxy's page</html>"),
        lambda: web.Response(status=502),
        lambda: _refused(500, "invalid_argument"),
        lambda: _json([]),
    ],
)
async def test_write_whose_answer_is_lost_is_ambiguous(
    connect: Connect, fails: Callable[[], web.Response]
) -> None:
    """It was sent once, and nobody knows; it is not sent again here."""
    seen: list[Asked] = []
    client = await connect(_order_or(fails), seen)
    with pytest.raises(Ambiguous):
        await client.perform(CANCEL)
    assert ["/admin/orders/order_71/cancel"] == [
        each.path for each in seen if each.method == "POST"
    ]


async def test_look_up_of_what_was_refused_or_begun_is_nothing(connect: Connect) -> None:
    """And one that cannot be answered says so."""
    client = await connect(_order_or(lambda: _json({})))
    assert await client.look_up(CANCEL) is None
    client = await connect(lambda _: _json({"orders": []}))
    assert await client.look_up(CANCEL) is None
    client = await connect(lambda _: web.Response(status=503))
    with pytest.raises(Unavailable):
        await client.look_up(CANCEL)


async def test_command_that_never_gets_done_stops(connect: Connect) -> None:
    """A shop that confirms and changes nothing does not keep us busy for ever."""
    sent: list[Asked] = []
    order = samples.order("order_returned")
    order["returns"] = []
    order["items"][0]["detail"] |= {"return_received_quantity": 0, "return_dismissed_quantity": 0}
    lists: dict[str, Any] = {"orders": [order], "order_changes": [], "return_reasons": []}
    stock = [{"location_id": "sloc_RENO"}]
    lists["inventory_items"] = [
        {"id": each, "location_levels": stock} for each in ("iitem_MUG", "iitem_SAUCER")
    ]

    def answer(asked: Asked) -> web.Response:
        if asked.method == "POST":
            sent.append(asked)
        return _json(lists)

    client = await connect(answer)
    with pytest.raises(Ambiguous, match="not done after 10 steps"):
        await client.perform(returning("k1", "order_72", 1, "TEA-SET"))
    assert ["/admin/returns"] * 10 == [each.path for each in sent]


async def test_amount_of_a_refund_goes_as_a_number(connect: Connect) -> None:
    """The API takes no text for it."""
    seen: list[Asked] = []
    order = samples.order("order_canceled")
    order["payment_collections"][0]["payments"][1]["refunds"] = []
    client = await connect(lambda _: _json({"orders": [order]}), seen)
    amount = Money(minor=1005, currency="USD")
    await client.perform(
        CreateRefund(
            key="k1", order_id="order_73", payment_id="capt_2", amount=amount, reason="dented"
        )
    )
    (sent,) = [each for each in seen if each.method == "POST"]
    assert "/admin/payments/pay_4/refund" == sent.path
    assert {"amount": 10.05, "note": "dented [ref:k1]"} == sent.body


async def test_ids_cannot_lead_elsewhere(connect: Connect) -> None:
    """They are quoted where they stand in a path."""
    seen: list[Asked] = []
    order = samples.order()
    answer = {"orders": [order], "inventory_items": []}
    client = await connect(lambda _: _json(answer), seen)
    command = CancelOrder(key="k1", order_id="../payments/p?x=1", reason="x")
    await client.perform(command)
    (sent,) = [each for each in seen if each.method == "POST"]
    assert "/admin/orders/..%2Fpayments%2Fp%3Fx=1/cancel" == sent.path


async def test_answer_without_its_list_is_no_empty_list(connect: Connect) -> None:
    """Nothing is taken for removed."""
    client = await connect(lambda _: _json({"rows": []}))
    with pytest.raises(Malformed, match=r"answer\.orders is missing"):
        await client.fetch(Kind.ORDER, ["order_71"])
    with pytest.raises(Malformed, match=r"answer\.orders is missing"):
        await client.look_up(CANCEL)


async def test_one_bad_order_leaves_the_others(connect: Connect) -> None:
    """It is set aside; what was asked for and is not there is removed."""
    given = samples.load("order_unreadable")["given"]
    client = await connect(lambda _: _json(given))
    bad, good, gone = await client.fetch(Kind.ORDER, ["order_75", "order_76", "order_77"])
    assert isinstance(bad, Unreadable)
    assert isinstance(good, OrderRecord)
    assert Removed(kind=Kind.ORDER, external_id="order_77") == gone


async def test_variants_are_read_by_their_product(connect: Connect) -> None:
    """Two of one product are one product."""
    products = samples.load("products")["given"]["products"][:1]
    variants = [{"id": f"variant_{at}", "product_id": "prod_1"} for at in range(2)]
    client = await connect(lambda _: _json({"variants": variants, "products": products}))
    (found,) = await client.fetch(Kind.PRODUCT, ["variant:variant_0", "variant:variant_1"])
    assert isinstance(found, ProductRecord)
    assert "prod_1" == found.external_id
