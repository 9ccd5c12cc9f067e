"""Real deliveries of the webhook plugin: genuine, readable, about what happened."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.changes import Change, Touched
from connectors.sdk.errors import SignatureInvalid
from connectors.sdk.records import CustomerRecord, Kind, OrderRecord, ProductRecord
from connectors.vendure.connector import Client
from connectors.vendure.tests.running.staff import Staff, until
from tests.running import System
from tests.shoppers import vendure

pytestmark = pytest.mark.systems

SECRET = "a secret of this test"
SKU = "CAP-NVY-OS"


@dataclass
class Inbox:
    """What the shop posted, and when it came."""

    deliveries: list[tuple[RawDelivery, datetime]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        delivery = RawDelivery(url=str(request.url), headers=headers, body=body)
        self.deliveries.append((delivery, datetime.now(UTC)))
        return web.Response(status=202)

    def changes(self, client: Client) -> list[Change]:
        """Verify and decode every delivery."""
        found: list[Change] = []
        for delivery, at in self.deliveries:
            client.verify(delivery, [SECRET], at)
            found += client.decode(delivery, at)
        return found

    def topics(self, client: Client) -> list[str]:
        return [client.verify(delivery, [SECRET], at).topic for delivery, at in self.deliveries]

    async def wait_for(self, client: Client, topic: str) -> None:
        async def has_come() -> bool:
            return topic in self.topics(client)

        await until(has_come)


@pytest.fixture
async def inbox(shop: System, session: aiohttp.ClientSession) -> AsyncIterator[Inbox]:
    """An address that the shop posts to while the test runs."""
    inbox = Inbox()
    app = web.Application()
    app.router.add_post("/hook", inbox.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    target = {"url": url, "secret": SECRET}
    async with session.post(shop.info["webhooks"], json=target) as answer:
        assert 201 == answer.status
    yield inbox
    async with session.delete(shop.info["webhooks"]) as answer:
        assert 200 == answer.status
    await runner.cleanup()


async def test_order_from_cart_to_delivery_is_told_by_events(
    client: Client, shop: System, staff: Staff, inbox: Inbox
) -> None:
    """Placed, paid, fulfilled, refunded: each event is genuine and names the order, or its stock
    at its location; what is fetched by that name is the order."""
    bought = await vendure.buy(shop.url, SKU, 1, "events@example.com")
    order = await staff.order(bought.id)
    parcel = await staff.fulfill({order["lines"][0]["id"]: 1}, "1Z-E")
    await staff.move_fulfillment(parcel, "Shipped")
    await staff.ask(
        """mutation ($i: RefundOrderInput!) {
          refundOrder(input: $i) { ... on Refund { id } ... on ErrorResult { errorCode } }
        }""",
        i={
            "paymentId": order["payments"][0]["id"],
            "amount": 100,
            "lines": [],
            "shipping": 0,
            "adjustment": 0,
        },
    )
    await inbox.wait_for(client, "refund.created")
    expected = {
        "order.placed",
        "order.state",
        "payment.state",
        "fulfillment.created",
        "fulfillment.state",
        "refund.created",
        "stock.moved",
    }
    assert expected <= set(inbox.topics(client))
    changes = inbox.changes(client)
    variant = order["lines"][0]["productVariant"]["id"]
    touched = {(each.kind, each.external_id) for each in changes if isinstance(each, Touched)}
    assert (Kind.ORDER, bought.id) in touched
    assert {f"{variant}@{place}" for place in await staff.stock(SKU)} >= {
        own_id for kind, own_id in touched if kind is Kind.LEVEL
    }
    found, *_ = await client.fetch(Kind.ORDER, [bought.id])
    assert isinstance(found, OrderRecord)
    assert "Shipped" == found.raw_status


async def test_people_and_products_are_told_by_events(
    client: Client, shop: System, staff: Staff, inbox: Inbox
) -> None:
    """A new customer, a product's name, a variant's price: each leads to what changed."""
    await vendure.buy(shop.url, SKU, 1, "events-new@example.com")
    listed = await staff.ask(
        '{ productVariants(options: { filter: { sku: { eq: "TREK-POLES" } } }) '
        "{ items { id productId price } } }"
    )
    (variant,) = listed["items"]
    await staff.ask(
        "mutation ($i: UpdateProductInput!) { updateProduct(input: $i) { id } }",
        i={"id": variant["productId"], "enabled": True},
    )
    await staff.ask(
        "mutation ($i: [UpdateProductVariantInput!]!) { updateProductVariants(input: $i) { id } }",
        i=[{"id": variant["id"], "price": variant["price"] + 1}],
    )
    await inbox.wait_for(client, "variant.updated")
    touched = {
        (each.kind, each.external_id) for each in inbox.changes(client) if isinstance(each, Touched)
    }
    assert {
        (Kind.PRODUCT, variant["productId"]),
        (Kind.PRODUCT, f"variant:{variant['id']}"),
    } <= touched
    (product,) = await client.fetch(Kind.PRODUCT, [f"variant:{variant['id']}"])
    assert isinstance(product, ProductRecord)
    (price,) = [each.price for each in product.variants if each.external_id == variant["id"]]
    assert price
    assert variant["price"] + 1 == price.minor
    customers = await client.fetch(
        Kind.CUSTOMER, [own_id for kind, own_id in touched if kind is Kind.CUSTOMER]
    )
    assert "events-new@example.com" in {
        each.email for each in customers if isinstance(each, CustomerRecord)
    }


async def test_cart_is_no_order_for_events_either(
    client: Client, shop: System, inbox: Inbox
) -> None:
    """What a shopper puts into a cart makes events, and no change of ours."""
    async with vendure.Shopper(shop.url) as ada:
        await ada.add(SKU)
        await inbox.wait_for(client, "order.state")
    assert [] == [
        each
        for each in inbox.changes(client)
        if isinstance(each, Touched) and each.kind is Kind.ORDER
    ]


async def test_real_delivery_changed_on_the_way_is_refused(
    client: Client, shop: System, inbox: Inbox
) -> None:
    """One byte more, another secret, five minutes later: not genuine any more."""
    await vendure.buy(shop.url, SKU, 1, "events-forged@example.com")
    await inbox.wait_for(client, "order.placed")
    delivery, at = inbox.deliveries[0]
    sent_at = datetime.fromtimestamp(int(delivery.headers["x-vendure-timestamp"]), UTC)
    for forged, secret, now in (
        (replace(delivery, body=delivery.body + b" "), SECRET, at),
        (delivery, "another secret", at),
        (delivery, SECRET, sent_at.replace(year=sent_at.year + 1)),
    ):
        with pytest.raises(SignatureInvalid):
            client.verify(forged, [secret], now)
    assert client.verify(delivery, ["another secret", SECRET], at).id
