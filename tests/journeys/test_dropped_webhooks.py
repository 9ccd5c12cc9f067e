"""One webhook in twenty never arrives. What it would have told is found by reading again, and
nothing is there twice."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from connectors.sdk.records import Kind
from gateway.systems.declared import Connection
from tests.gateways import GatewayUnderTest, gateway_over
from tests.journeys.asked import until
from tests.journeys.connected import pull
from tests.journeys.mailbox import Letter, Mailbox, mailbox
from tests.running import Running, System
from tests.shoppers import medusa

pytestmark = pytest.mark.systems

SKU = "TEE-BLK-M"
ORDERS = 20
ONE_IN = 20
"""5 %."""
SECRET = "medusa-webhook-secret"
HELD = "{ orders(first: 100) { nodes { number status sourceRefs { externalId } } } }"


@pytest.fixture
def boutique(running: Running) -> System:
    return running("medusa")


@pytest.fixture
async def gateway(boutique: System, sqlite_url: str) -> AsyncIterator[GatewayUnderTest]:
    """A gateway that has read the shop, and hears only what is posted to it by hand."""
    settings = {
        "url": boutique.url,
        "api_key": boutique.info["apiKey"],
        "webhook_secret": SECRET,
    }
    shop = Connection(id="boutique", connector="medusa", settings=settings)
    async with gateway_over(sqlite_url, [shop]) as connected:
        await connected.backfill("boutique")
        yield connected


async def test_what_dropped_webhooks_did_not_tell_is_healed_and_nothing_is_doubled(
    gateway: GatewayUnderTest, boutique: System
) -> None:
    """Each order once, as the shop has it; reading once more finds nothing."""
    before = await _held(gateway)
    bought: set[str] = set()
    async with mailbox() as box:
        await _post_to(boutique, "POST", box.url)
        try:
            for number in range(ORDERS):
                order = await medusa.buy(boutique, SKU, 1, f"shopper{number}@example.com")
                bought.add(order.id)
            await until(lambda: _placed(box), lambda found: found == bought)
        finally:
            await _post_to(boutique, "DELETE", box.url)
        dropped = _dropped(box)
        assert ORDERS // ONE_IN == len(dropped)
        for letter in box.letters:
            if letter.content["data"].get("id") not in dropped:
                headers = {name.lower(): value for name, value in letter.headers.items()}
                assert await gateway.post("/webhooks/boutique", letter.body, headers) in (200, 202)
    await gateway.settle()
    told = {id for id in await _held(gateway) if id in bought}
    assert bought - dropped == told

    await pull(gateway, "boutique", Kind.ORDER)
    healed = await _held(gateway)
    assert dict.fromkeys(bought, 1) == {id: healed.count(id) for id in bought}
    assert len(before) + ORDERS == len(healed)
    connected = gateway.gateway.systems.get("boutique")
    assert 0 == (await gateway.gateway.background.reconciler.run(connected)).healed


def _dropped(box: Mailbox) -> set[str]:
    """The orders of whom nothing is posted on: one in so many, the first of them."""
    placed = [one for one in box.letters if _is_placed(one)]
    return {one.content["data"]["id"] for one in placed[::ONE_IN]}


async def _placed(box: Mailbox) -> set[str]:
    return {one.content["data"]["id"] for one in box.letters if _is_placed(one)}


def _is_placed(letter: Letter) -> bool:
    return bool(letter.content["type"] == "order.placed")


async def _held(gateway: GatewayUnderTest) -> list[str]:
    nodes: list[Any] = (await gateway.data(HELD))["orders"]["nodes"]
    return [one["sourceRefs"][0]["externalId"] for one in nodes]


async def _post_to(boutique: System, method: str, to: str) -> None:
    """Have the shop post its webhooks to *to*, or no longer to anybody."""
    body = {"url": to, "secret": SECRET} if method == "POST" else None
    control: str = boutique.info["webhooks"]
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, control, json=body) as answer,
    ):
        assert answer.status < 300
