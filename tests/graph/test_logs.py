"""Nothing secret and nobody's data in any log line, whatever happens."""

import io
from collections.abc import Iterator

import pytest
import structlog

from connectors.sdk.errors import Rejected
from connectors.sdk.values import Address
from gateway.telemetry import logs
from tests import records
from tests.gateways import SECRET_KEY, GatewayUnderTest
from tests.toys import SECRET, Toy

CANARIES = {
    "email": "canary.person@example.com",
    "phone": "+12125550177",
    "name": "Canarius Birdwell",
    "street": "77 Canary Wharf Lane",
}


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged, as production writes it."""
    stream = io.StringIO()
    logs.configure("debug", "json", stream=stream)
    yield stream
    structlog.reset_defaults()


async def test_a_persons_data_and_secrets_are_in_no_log_line(
    written: io.StringIO, gateway: GatewayUnderTest, shop: Toy
) -> None:
    """Through webhooks, quarantine, a refused command, a bug and a wrong token."""
    address = Address(
        name=CANARIES["name"], line1=CANARIES["street"], country_code="US", phone=CANARIES["phone"]
    )
    held = records.order("1", email=CANARIES["email"], shipping_address=address)
    shop.hold(held, records.customer("c1", email=CANARIES["email"], phone=CANARIES["phone"]))
    for number, more in enumerate(({}, {"is_malformed": True}, {"is_bug": True})):
        body, headers = shop.delivery(f"d{number}", ("order", "1"), **more)
        assert 202 == await gateway.post("/webhooks/shop", body, headers)
        assert 401 == await gateway.post("/webhooks/shop", body, {"x-toy-signature": SECRET})
    await gateway.settle()
    shop.failures.append(Rejected(f"no {CANARIES['email']} here", code="NO"))
    id = (await gateway.data("{ orders { nodes { id email } } }"))["orders"]["nodes"][0]["id"]
    await _cancel(gateway, id)
    await gateway.query('{ orders(query: "canary.person@example.com") { nodes { id } } }')
    text = written.getvalue()
    assert "webhook.forged" in text
    assert "inbox.put_off" in text
    for canary in (*CANARIES.values(), SECRET, SECRET_KEY):
        assert canary not in text


async def _cancel(gateway: GatewayUnderTest, id: str) -> None:
    """Ask, and carry the effect out while the mutation waits for it."""
    import asyncio

    document = """mutation($input: OrderCancelInput!) {
      orderCancel(input: $input) { userErrors { code } } }"""
    variables = {"input": {"idempotencyKey": "k", "id": id, "reason": CANARIES["email"]}}
    asked = asyncio.create_task(gateway.data(document, variables))
    while not asked.done():
        await gateway.settle()
        await asyncio.sleep(0)
    errors = (await asked)["orderCancel"]["userErrors"]
    assert [{"code": "UPSTREAM_REJECTED"}] == errors
