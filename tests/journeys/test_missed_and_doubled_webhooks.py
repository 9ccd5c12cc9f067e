"""Webhooks get lost, come late, come twice, and come from somebody else: nothing is missed, nothing
is done twice, and nothing is believed that the shop did not say."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from connectors.sdk.records import Kind
from connectors.vendure.tests.running.staff import Staff as ShopStaff
from tests.gateways import GatewayUnderTest
from tests.journeys.asked import happened_since, now_in_log, order_of, until
from tests.journeys.connected import SHOP, Systems, pull, shop_heard, still
from tests.journeys.mailbox import Letter, Mailbox, mailbox
from tests.shoppers import vendure as shop

pytestmark = pytest.mark.systems

SKU = "CAP-NVY-OS"
PATH = f"/webhooks/{SHOP}"


@pytest.fixture
async def gateway(systems: Systems, sqlite_url: str) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that the shop posts nothing to."""
    async with still(sqlite_url, {"vendure": systems["vendure"]}) as connected:
        yield connected


@pytest.fixture
async def box(systems: Systems) -> AsyncIterator[Mailbox]:
    """Where the shop's webhooks go instead."""
    async with mailbox() as opened, shop_heard(systems["vendure"], opened.url):
        yield opened


async def test_what_no_webhook_told_is_found_and_late_webhooks_change_nothing(
    gateway: GatewayUnderTest, systems: Systems, box: Mailbox, shop_staff: ShopStaff
) -> None:
    """One order was sent and one was placed unheard: reconciliation finds the one, the next pull
    the other. Then all that was lost in the post arrives after all."""
    url = systems["vendure"].url
    known = await shop.buy(url, SKU, 1, email="mei.tanaka@example.com")
    await pull(gateway, SHOP, Kind.ORDER, Kind.LEVEL)
    [line] = (await shop_staff.order(known.id))["lines"]
    sent = await shop_staff.fulfill({line["id"]: 1}, "1ZUNHEARD")
    await shop_staff.move_fulfillment(sent, "Shipped")
    unknown = await shop.buy(url, SKU, 2, email="mei.tanaka@example.com")
    assert "UNFULFILLED" == (await order_of(gateway, known.id))["fulfillmentStatus"]
    assert await order_of(gateway, unknown.id) is None
    before = await now_in_log(gateway)

    connected = gateway.gateway.systems.get(SHOP)
    drift = await gateway.gateway.background.reconciler.run(connected)
    assert drift.checked > 0
    assert drift.healed > 0
    healed = await order_of(gateway, known.id)
    assert "FULFILLED" == healed["fulfillmentStatus"]
    assert ["1ZUNHEARD"] == [
        one["number"] for sent in healed["shipments"] for one in sent["tracking"]
    ]
    assert 1 == (await happened_since(gateway, before)).count("shipment.shipped")

    await pull(gateway, SHOP, Kind.CUSTOMER, Kind.ORDER)
    found = await order_of(gateway, unknown.id)
    assert ("CONFIRMED", "PAID") == (found["status"], found["paymentStatus"])
    assert 1 == (await happened_since(gateway, before)).count("order.placed")

    await until(
        lambda: _letters(box), lambda _: box.about("order.placed", unknown.id) and box.letters
    )
    late = list(box.letters)
    at_rest = await now_in_log(gateway)
    assert {202} == {await _post(gateway, one) for one in late}
    await gateway.settle()
    assert [] == await happened_since(gateway, at_rest)
    assert found == await order_of(gateway, unknown.id)
    assert 0 == (await gateway.gateway.background.reconciler.run(connected)).healed


async def test_a_webhook_counts_once_and_a_forged_one_not_at_all(
    gateway: GatewayUnderTest, systems: Systems, box: Mailbox
) -> None:
    """The first time it is new, the second time it is known; what was touched on the way, or is
    signed by somebody else, is refused and not even kept."""
    bought = await shop.buy(systems["vendure"].url, SKU, 1, email="mei.tanaka@example.com")
    await until(lambda: _letters(box), lambda _: box.about("order.placed", bought.id))
    [letter] = box.about("order.placed", bought.id)
    before = await now_in_log(gateway)

    forged = [
        Letter(headers=letter.headers, body=letter.body.replace(b"order.placed", b"order.state")),
        Letter(
            headers=_with(letter, "x-vendure-signature", "sha256=" + "0" * 64), body=letter.body
        ),
        Letter(headers=_without(letter, "x-vendure-signature"), body=letter.body),
        Letter(headers=_with(letter, "x-vendure-timestamp", "1600000000"), body=letter.body),
    ]
    assert [401, 401, 401, 401] == [await _post(gateway, one) for one in forged]
    await gateway.settle()
    assert 0 == await _kept(gateway)
    assert [] == await happened_since(gateway, before)
    assert await order_of(gateway, bought.id) is None

    assert 202 == await _post(gateway, letter)
    await gateway.settle()
    found = await order_of(gateway, bought.id)
    assert ("CONFIRMED", "PAID") == (found["status"], found["paymentStatus"])
    assert 1 == (await happened_since(gateway, before)).count("order.placed")

    at_rest = await now_in_log(gateway)
    assert 200 == await _post(gateway, letter)
    renamed = Letter(headers=_with(letter, "x-vendure-delivery", "another"), body=letter.body)
    assert 200 == await _post(gateway, renamed)
    await gateway.settle()
    assert 1 == await _kept(gateway)
    assert [] == await happened_since(gateway, at_rest)
    assert found == await order_of(gateway, bought.id)


async def _letters(box: Mailbox) -> list[str]:
    return [one.content["type"] for one in box.letters]


async def _post(gateway: GatewayUnderTest, letter: Letter) -> int:
    return await gateway.post(PATH, letter.body, letter.headers)


async def _kept(gateway: GatewayUnderTest) -> int:
    """Deliveries in the inbox, done or not."""
    async with gateway.gateway.units.read() as unit:
        return int(await unit.connection.scalar(text("SELECT count(*) FROM inbox")) or 0)


def _with(letter: Letter, name: str, value: str) -> dict[str, str]:
    return _without(letter, name) | {name: value}


def _without(letter: Letter, name: str) -> dict[str, str]:
    return {key: one for key, one in letter.headers.items() if key.lower() != name}
