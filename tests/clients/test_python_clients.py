"""gql and ariadne-codegen against the gateway."""

import json
from pathlib import Path
from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from connectors.sdk.records import Kind
from gateway.domain.orders.model import order_id
from tests import records
from tests.clients.conftest import HERE, run
from tests.gateways import ADMIN, GatewayUnderTest
from tests.toys import Toy

SCHEMA = HERE.parent.parent / "schema.graphql"
ORDERS = "query Orders { orders { nodes { number placedAt lines { sku unitPrice { amount } } } } }"
CANCEL = """mutation Cancel($input: OrderCancelInput!) {
  orderCancel(input: $input) { order { number } userErrors { code retryable } } }"""
PLACED = """subscription Placed($after: String) {
  events(types: ["order.placed"], after: $after) { cursor subject } }"""
INPUT = {"idempotencyKey": "k", "id": order_id("shop", "nothing"), "reason": "CUSTOMER"}
HELD = {
    "nodes": [
        {
            "number": "#1",
            "placedAt": "2026-11-20T12:00:00+00:00",
            "lines": [{"sku": "TEE-BLK-S", "unitPrice": {"amount": "10.00"}}],
        }
    ]
}
REFUSED = {"order": None, "userErrors": [{"code": "NOT_FOUND", "retryable": False}]}


@pytest.fixture(autouse=True)
async def _sold(gateway: GatewayUnderTest, shop: Toy) -> None:
    """One order is known."""
    shop.hold(records.order("1"))
    await gateway.backfill("shop")


def ask(document: str, **variables: Any) -> GraphQLRequest:
    return GraphQLRequest(document, variable_values=variables)


def over_http(gateway: GatewayUnderTest) -> Client:
    headers = {"authorization": f"Bearer {gateway.token(ADMIN)}"}
    transport = AIOHTTPTransport(url=f"{gateway.url}/graphql", headers=headers, ssl=False)
    return Client(transport=transport, fetch_schema_from_transport=True)


def over_socket(gateway: GatewayUnderTest) -> Client:
    """It offers the legacy subprotocol too."""
    payload = {"authorization": f"Bearer {gateway.token(ADMIN)}"}
    url = f"{gateway.url.replace('http', 'ws')}/graphql"
    return Client(transport=WebsocketsTransport(url=url, init_payload=payload))


async def test_gql_asks_over_http_and_over_a_socket(gateway: GatewayUnderTest) -> None:
    """What it is told is the same; a document that is not valid is its own kind of error."""
    for client in (over_http(gateway), over_socket(gateway)):
        async with client as session:
            assert {"orders": HELD} == await session.execute(ask(ORDERS))
            assert {"orderCancel": REFUSED} == await session.execute(ask(CANCEL, input=INPUT))
            client.schema = None  # or it finds out by itself
            with pytest.raises(TransportQueryError) as refused:
                await session.execute(ask("{ nothing }"))
            code = (refused.value.errors or [{}])[0]["extensions"]["code"]
            assert "GRAPHQL_VALIDATION_FAILED" == code


async def test_gql_hears_of_a_purchase(gateway: GatewayUnderTest, shop: Toy) -> None:
    """And goes on by its cursor on another socket."""
    begin = gateway.gateway.services.cursors.seal("events", 0)
    async with over_socket(gateway) as session:
        live = session.subscribe(ask(PLACED, after=begin))
        first = (await anext(live))["events"]
        shop.hold(records.order("2", 1))
        delivery = shop.delivery("d1", (Kind.ORDER, "2"))
        assert 202 == await gateway.post("/webhooks/shop", *delivery)
        second = (await anext(live))["events"]
        await live.aclose()
    assert [order_id("shop", "1"), order_id("shop", "2")] == [first["subject"], second["subject"]]
    async with over_socket(gateway) as session:
        again = session.subscribe(ask(PLACED, after=first["cursor"]))
        assert second == (await anext(again))["events"]
        await again.aclose()


CONFIGURATION = f"""
[tool.ariadne-codegen]
schema_path = {json.dumps(str(SCHEMA))}
queries_path = "documents.graphql"
target_package_name = "shop"
"""


async def test_a_client_that_ariadne_codegen_makes_of_the_schema(
    gateway: GatewayUnderTest, ariadne_codegen: Path, tmp_path: Path
) -> None:
    """Typed by schema.graphql, and what the gateway answers is of these types."""
    (tmp_path / "documents.graphql").write_text(f"{ORDERS}\n{CANCEL}")
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION)
    given = {"url": f"{gateway.url}/graphql", "token": gateway.token(ADMIN), "input": INPUT}
    await run(str(ariadne_codegen), cwd=tmp_path)
    python = str(ariadne_codegen.with_name("python"))
    said = await run(
        python, str(HERE / "generated_client.py"), cwd=tmp_path, stdin=json.dumps(given).encode()
    )
    assert {"orders": HELD, "refused": REFUSED} == json.loads(said)
