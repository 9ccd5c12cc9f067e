"""Webhooks: proved, kept once, answered; what cannot be read waits visibly."""

import random
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from connectors.sdk.changes import Touched
from connectors.sdk.records import Kind
from gateway.sync import inbox
from gateway.web.webhooks import MAX_BODY_BYTES as MAX_WEBHOOK_BYTES
from tests import records
from tests.gateways import GatewayUnderTest
from tests.graph.sending import send
from tests.toys import SECRET, Toy, sign

KEPT = "SELECT count(*) FROM inbox"
BACKLOG = """{ connections { id backlog { deliveries quarantined } }
  exceptions { nodes { code message } } orders { nodes { number version } } }"""


async def kept(gateway: GatewayUnderTest) -> int:
    async with gateway.gateway.units.read() as unit:
        return await unit.connection.scalar(text(KEPT)) or 0


async def test_only_the_very_body_with_its_own_signature_is_taken(
    gateway: GatewayUnderTest,
) -> None:
    """Missing, empty, cut, foreign and altered signatures: 401, and nothing is kept."""
    draw = random.Random(7)
    for number in range(200):
        body = draw.randbytes(draw.randrange(200))
        genuine = sign(body)
        spot = draw.randrange(len(genuine))
        wrong = (
            None,
            "",
            genuine[:spot],
            sign(body, SECRET + "x"),
            sign(body + b" "),
            genuine.upper() if genuine.upper() != genuine else "",
            genuine[:spot] + ("0" if genuine[spot] != "0" else "1") + genuine[spot + 1 :],
            draw.randbytes(32).hex(),
        )[number % 8]
        headers = {} if wrong is None else {"x-toy-signature": wrong}
        assert 401 == await gateway.post("/webhooks/shop", body, headers)
    assert 0 == await kept(gateway)


async def test_a_delivery_that_comes_again_changes_nothing(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """202 the first time, 200 each time after."""
    shop.hold(records.order("1"))
    delivery = shop.delivery("d1", (Kind.ORDER, "1"))
    assert [202, 200, 200] == [await gateway.post("/webhooks/shop", *delivery) for _ in range(3)]
    await gateway.settle()
    assert 200 == await gateway.post("/webhooks/shop", *delivery)
    await gateway.settle()
    assert 1 == await kept(gateway)
    assert [{"number": "#1", "version": 1}] == (await gateway.data(BACKLOG))["orders"]["nodes"]


async def test_nobodys_webhooks_are_refused(gateway: GatewayUnderTest, shop: Toy) -> None:
    """404 for a connection that is not here, 413 for what is too large."""
    delivery = shop.delivery("d1", (Kind.ORDER, "1"))
    large = b"x" * (MAX_WEBHOOK_BYTES + 1)
    assert 404 == await gateway.post("/webhooks/nobody", *delivery)
    assert 413 == await gateway.post("/webhooks/shop", large, {"x-toy-signature": sign(large)})
    assert 405 == (await send(gateway, "GET", "/webhooks/shop")).status_code
    assert 0 == await kept(gateway)


@pytest.mark.parametrize("fault", ["is_malformed", "is_bug"])
async def test_a_delivery_that_cannot_be_read_waits_visibly_and_is_taken_in_after_a_fix(
    gateway: GatewayUnderTest, shop: Toy, till: Toy, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the connector's contract or the connector itself that is broken: others go on."""
    shop.hold(records.order("1"), records.order("2"))
    till.hold(records.order("3"))
    deliveries = (
        shop.delivery("good", (Kind.ORDER, "1")),
        shop.delivery("bad", (Kind.ORDER, "2"), **{fault: True}),
    )
    for delivery in deliveries:
        assert 202 == await gateway.post("/webhooks/shop", *delivery)
    assert 202 == await gateway.post("/webhooks/till", *till.delivery("d", (Kind.ORDER, "3")))
    await gateway.settle()
    shown = await gateway.data(BACKLOG)
    backlog = {one["id"]: one["backlog"]["quarantined"] for one in shown["connections"]}
    assert {"market": 0, "shop": 1, "till": 0} == backlog
    assert {"#1", "#3"} == {one["number"] for one in shown["orders"]["nodes"]}
    raised = [one for one in shown["exceptions"]["nodes"] if one["code"] == "QUARANTINED"]
    assert 1 == len(raised)
    assert "shop" in raised[0]["message"]

    mended = [Touched(kind=Kind.ORDER, external_id="2")]
    monkeypatch.setattr(shop, "decode", lambda *_: mended)
    async with gateway.gateway.units.write() as unit:
        assert 1 == await inbox.retry(unit, "shop", gateway.gateway.services.clock())
    await gateway.settle()
    after = await gateway.data(BACKLOG)
    assert {"#1", "#2", "#3"} == {one["number"] for one in after["orders"]["nodes"]}
    assert [] == [one for one in after["exceptions"]["nodes"] if one["code"] == "QUARANTINED"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"id": null}',
        b'{"id":"x","touched":[["fish","1"]]}',
    ],
)
async def test_a_genuine_delivery_of_rubbish_is_kept_for_people_to_see(
    gateway: GatewayUnderTest, body: bytes
) -> None:
    """The sender is told that it arrived, or it would send it for ever."""
    assert 202 == await gateway.post("/webhooks/shop", body, {"x-toy-signature": sign(body)})
    await gateway.settle()
    shown = await gateway.data(BACKLOG)
    assert (
        1
        == next(one for one in shown["connections"] if one["id"] == "shop")["backlog"][
            "quarantined"
        ]
    )
    assert "QUARANTINED" in [one["code"] for one in shown["exceptions"]["nodes"]]


@pytest.mark.parametrize("id", ["x" * 300, "a\0b", "é" * 255])
async def test_a_delivery_with_an_odd_id_is_kept_once(
    gateway: GatewayUnderTest, shop: Toy, id: str
) -> None:
    """Whatever a system calls its deliveries, they fit and are told apart."""
    shop.hold(records.order("1"))
    delivery = shop.delivery(id, (Kind.ORDER, "1"))
    other = shop.delivery(id + "2", (Kind.ORDER, "1"))
    posts = [await gateway.post("/webhooks/shop", *one) for one in (delivery, delivery, other)]
    assert ([202, 200, 202], 2) == (posts, await kept(gateway))


async def test_a_connector_that_breaks_while_verifying_is_named_and_alone(
    gateway: GatewayUnderTest, shop: Toy, till: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the sender's fault, who may send again; the log says whose it is."""

    def verify(*_: Any) -> None:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")

    monkeypatch.setattr(shop, "verify", verify)
    with structlog.testing.capture_logs() as log:
        assert 500 == await gateway.post("/webhooks/shop", *shop.delivery("d1"))
    assert ["shop"] == [one["connection"] for one in log if one.get("connection") == "shop"]
    assert 0 == await kept(gateway)
    assert 202 == await gateway.post("/webhooks/till", *till.delivery("d1", (Kind.ORDER, "1")))


async def test_the_address_is_handed_on_as_it_was_registered(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """With its query, by which some systems prove themselves, and under our own public name."""
    delivery = shop.delivery("d1", (Kind.ORDER, "1"))
    assert 202 == await gateway.post("/webhooks/shop?token=t%20x&a=1", *delivery)
    assert ["http://127.0.0.1:8000/webhooks/shop?token=t%20x&a=1"] == shop.addressed


async def test_a_delivery_is_kept_sealed_and_forgotten_once_it_was_read(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """What waits can be read by nobody else; of what was read only the id is left."""
    shop.hold(records.order("1"))
    body, headers = shop.delivery("d1", (Kind.ORDER, "1"))
    assert 202 == await gateway.post("/webhooks/shop", body, headers)
    query = text("SELECT url, headers, body FROM inbox")
    async with gateway.gateway.units.read() as unit:
        [row] = await unit.connection.execute(query)
    assert ("", "") == (row.url, row.headers)
    assert b"touched" not in row.body
    await gateway.settle()
    async with gateway.gateway.units.read() as unit:
        [row] = await unit.connection.execute(query)
    assert ("", "", b"") == (row.url, row.headers, row.body)
    assert 200 == await gateway.post("/webhooks/shop", body, headers)
