"""One person buys in Vendure, in Medusa and at an Odoo till. Two of them have proof of the address,
so the orders are one list at once; staff say who bought at the till, and can take it back."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from connectors.sdk.records import Kind
from gateway.systems.declared import Connection
from tests.gateways import AGENT, GatewayUnderTest, gateway_over
from tests.journeys.connected import pull
from tests.running import Running, System
from tests.shoppers import medusa, vendure
from tests.shoppers.odoo import Staff

pytestmark = pytest.mark.systems

SKU = "HOOD-GRY-M"
WHO = """query($email: String) { customers(email: $email) { nodes { id
  identities { id system evidence isGuest } suggestions { id identities { system } } } } }"""
PERSON = """query($id: ID!, $after: String) { customer(id: $id) {
  identities { id system evidence }
  orders(first: 2, after: $after) { pageInfo { hasNextPage endCursor }
    edges { cursor node { number channel { kind name } lines { sku quantity }
      sourceRefs { system connection externalId stale } } } } } }"""
LINK = """mutation($input: CustomerLinkInput!) { answer: customerLink(input: $input) {
  customer { id } userErrors { code message } } }"""
UNLINK = """mutation($input: CustomerUnlinkInput!) { answer: customerUnlink(input: $input) {
  separated { id orders { nodes { channel { name } } } } userErrors { code message } } }"""
CONFIGURATION = """
[channels.web]
kind = "WEB"
name = "Web shop"
connection = "web"
[channels.boutique]
kind = "WEB"
name = "Boutique"
connection = "boutique"
[channels.stores]
kind = "POS"
name = "Stores"
connection = "stores"
"""


@pytest.fixture
def email() -> str:
    """Somebody whom none of the systems knows yet."""
    return f"dara.{uuid4().hex[:8]}@example.com"


@pytest.fixture
def three(running: Running) -> dict[str, System]:
    return {name: running(name) for name in ("vendure", "medusa", "odoo11")}


@pytest.fixture
async def tills(three: dict[str, System]) -> AsyncIterator[Staff]:
    async with aiohttp.ClientSession() as http:
        yield Staff(http, three["odoo11"].info)


@pytest.fixture
async def gateway(three: dict[str, System], store_url: str) -> AsyncIterator[GatewayUnderTest]:
    """A gateway over the two shops, which let nobody in without proof, and the tills."""
    web, boutique, stores = three["vendure"], three["medusa"], three["odoo11"]
    proof = {"verifies_email": "yes"}
    connections = [
        Connection(
            id="web",
            connector="vendure",
            settings={"url": web.url, "api_key": web.info["apiKey"], **proof},
        ),
        Connection(
            id="boutique",
            connector="medusa",
            settings={"url": boutique.url, "api_key": boutique.info["apiKey"], **proof},
        ),
        Connection(
            id="stores",
            connector="odoo",
            settings={
                "url": stores.url,
                "database": stores.info["database"],
                "user": "admin",
                "password": stores.info["password"],
            },
        ),
    ]
    async with gateway_over(store_url, connections, CONFIGURATION) as connected:
        yield connected


async def test_three_orders_of_one_person_are_one_list_and_staff_decide_what_proof_cannot(
    gateway: GatewayUnderTest, three: dict[str, System], tills: Staff, email: str
) -> None:
    """Merged by proof, newest first and paged; the till's by hand, and back again."""
    how = medusa.Checkout(has_account=True)
    await vendure.buy(three["vendure"].url, SKU, 1, email, vendure.Checkout(has_account=True))
    await medusa.buy(three["medusa"], SKU, 2, email, how)
    await tills.call("res.partner", "create", {"name": "Dara Finch", "email": email})
    await tills.sell_at_till("STORE-NYC", {SKU: 3}, customer=email)
    for connection in ("web", "boutique", "stores"):
        await gateway.backfill(connection)

    proven, alone = await _people(gateway, email)
    assert {"vendure", "medusa"} == {one["system"] for one in proven["identities"]}
    assert {"SAME_ACCOUNT", "VERIFIED_EMAIL"} == {one["evidence"] for one in proven["identities"]}
    assert {"odoo"} == {one["system"] for one in alone["identities"]}
    assert alone["id"] in [one["id"] for one in proven["suggestions"]]
    assert [("vendure", 1), ("medusa", 2)] == sorted(
        [_system_and_units(one) for one in await _orders(gateway, proven["id"])], reverse=True
    )

    joined = await _say(gateway, LINK, customerId=proven["id"], otherId=alone["id"])
    assert [] == joined["userErrors"]
    orders = await _orders(gateway, proven["id"])
    assert [("medusa", 2), ("odoo", 3), ("vendure", 1)] == sorted(map(_system_and_units, orders))
    assert {"Web shop", "Boutique", "Stores"} == {one["channel"]["name"] for one in orders}
    assert [1, 1, 1] == [len(one["sourceRefs"]) for one in orders]
    [alike] = await _people(gateway, email)
    assert proven["id"] == alike["id"]

    at_till = next(one["id"] for one in alike["identities"] if one["system"] == "odoo")
    apart = await _say(gateway, UNLINK, customerId=proven["id"], identityId=at_till)
    assert [{"channel": {"name": "Stores"}}] == apart["separated"]["orders"]["nodes"]
    assert 2 == len(await _orders(gateway, proven["id"]))
    await pull(gateway, "stores", Kind.CUSTOMER, Kind.ORDER)
    assert 2 == len(await _people(gateway, email))


async def _people(gateway: GatewayUnderTest, email: str) -> Any:
    """Everybody of that address: who has more identities first."""
    answer = await gateway.query(WHO, {"email": email}, as_=AGENT)
    assert "errors" not in answer, answer["errors"]
    found = answer["data"]["customers"]["nodes"]
    return sorted(found, key=lambda one: -len(one["identities"]))


async def _orders(gateway: GatewayUnderTest, id: str) -> list[Any]:
    """All orders of a person, two a page."""
    found: list[Any] = []
    after = None
    while True:
        answer = await gateway.query(PERSON, {"id": id, "after": after}, as_=AGENT)
        assert "errors" not in answer, answer["errors"]
        page = answer["data"]["customer"]["orders"]
        found += [edge["node"] for edge in page["edges"]]
        assert len(page["edges"]) <= 2
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def _system_and_units(order: Any) -> tuple[str, int]:
    [source], [line] = order["sourceRefs"], order["lines"]
    return source["system"], line["quantity"]


async def _say(gateway: GatewayUnderTest, document: str, **given: str) -> Any:
    variables = {"input": {"idempotencyKey": "dara", **given}}
    answer = await gateway.query(document, variables, as_=AGENT)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]["answer"]
