"""Deliveries of the running shop's webhook subscriber."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from connectors.medusa.connector import Client
from connectors.medusa.tests.running.staff import Staff, until
from connectors.medusa.webhooks import TOPICS
from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Removed, Touched
from connectors.sdk.errors import SignatureInvalid
from connectors.sdk.records import Kind
from tests.running import System
from tests.shoppers import medusa

pytestmark = pytest.mark.systems

SKU = "SOCK-GRY-OS"
SECRET = "a-secret-of-this-test"


@pytest.fixture
async def heard(staff: Staff) -> AsyncIterator[list[RawDelivery]]:
    """All that the shop posts, as it comes."""
    deliveries: list[RawDelivery] = []

    async def receive(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        deliveries.append(RawDelivery(url=str(request.url), headers=headers, body=body))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await staff.post("/webhooks", url=url, secret=SECRET)
    yield deliveries
    await staff.answer("DELETE", "/webhooks")
    await runner.cleanup()


def _topic(delivery: RawDelivery) -> str:
    return str(json.loads(delivery.body)["type"])


async def test_everything_that_happens_is_told_and_can_be_read(
    client: Client, shop: System, staff: Staff, reno: str, heard: list[RawDelivery]
) -> None:
    """Each delivery is genuine, of a topic we know, and names what fetch gives. A sale, its money,
    its parcel, its return; stock, a person, a product, a place."""
    bought = await medusa.buy(shop, SKU, 2, "hears@example.com")
    lines = {bought.lines[SKU]: 1}
    await staff.capture(bought.id)
    await staff.deliver(bought.id, lines, reno)
    await staff.receive_return(await staff.request_return(bought.id, lines, reno), lines)
    await staff.refund(bought.id, 1)
    item = await staff.item(SKU)
    await staff.set_stock(item["id"], {reno: 50})
    person = (await staff.post("/admin/customers", email="heard@example.com"))["customer"]["id"]
    await staff.answer("DELETE", f"/admin/customers/{person}")
    query = {"sku": SKU, "fields": "id,product_id"}
    (variant,) = (await staff.get("/admin/product-variants", **query))["variants"]
    path = f"/admin/products/{variant['product_id']}"
    await staff.post(f"{path}/variants/{variant['id']}", title="Grey")

    async def all_told() -> bool:
        return "product-variant.updated" in map(_topic, heard)

    await until(all_told)
    touched = Counter[tuple[Kind, str]]()
    for delivery in heard:
        verified = client.verify(delivery, [SECRET], datetime.now(UTC))
        assert json.loads(delivery.body)["id"] == verified.id
        assert verified.topic in TOPICS
        for change in client.decode(delivery, datetime.now(UTC)):
            assert isinstance(change, Touched)
            touched[change.kind, change.external_id] += 1
    level = f"{item['id']}@{reno}"
    named = {
        (Kind.ORDER, bought.id),
        (Kind.LEVEL, level),
        (Kind.CUSTOMER, person),
        (Kind.PRODUCT, f"variant:{variant['id']}"),
    }
    assert named <= set(touched)
    # placed, captured, fulfilled, shipped, delivered, return asked for and received, refunded
    assert 8 == touched[Kind.ORDER, bought.id]
    for kind, own_id in touched:
        (found, *_) = await client.fetch(kind, [own_id])
        assert isinstance(found, Removed) == (own_id == person)


async def test_forged_and_stale_deliveries_are_refused(
    client: Client, staff: Staff, heard: list[RawDelivery]
) -> None:
    """Another secret, another body, another time."""
    await staff.post("/admin/customers", email="forged@example.com")

    async def is_told() -> bool:
        return bool(heard)

    await until(is_told)
    (delivery, *_) = heard
    now = datetime.now(UTC)
    other = RawDelivery(url=delivery.url, headers=delivery.headers, body=delivery.body + b" ")
    for given, secret, at in (
        (delivery, "another", now),
        (other, SECRET, now),
        (delivery, SECRET, now + timedelta(seconds=310)),
    ):
        with pytest.raises(SignatureInvalid):
            client.verify(given, [secret], at)
    assert "customer.created" == client.verify(delivery, ["old", SECRET], now).topic
