"""graphql-ws, graphql-sse, Apollo Client, urql and meros: one answer, a refusal, an answer in
parts, and a purchase that arrives while they listen."""

from typing import Any

import pytest

from connectors.sdk.records import Kind
from gateway.domain.orders.model import order_id
from gateway.web import websocket
from tests import records
from tests.clients.conftest import Node
from tests.gateways import ADMIN, GatewayUnderTest
from tests.toys import Toy

LINES = [{"sku": f"SKU-{n}"} for n in (1, 2, 3)]
ORDERS = {"orders": {"nodes": [{"number": "#1", "lines": LINES}]}}
NUMBERS = {"orders": {"nodes": [{"number": "#1"}]}}
ONE_LINE = {"orders": {"nodes": [{"number": "#1", "lines": LINES[:1]}]}}
REFUSED = {"orderCancel": {"userErrors": [{"code": "NOT_FOUND"}]}}
PLACED = [
    {"type": "order.placed", "sequence": 1, "subject": order_id("shop", number)}
    for number in ("1", "2")
]


@pytest.fixture
async def given(gateway: GatewayUnderTest, shop: Toy) -> dict[str, Any]:
    """What each client is told: one order is known, and another is bought when it says so."""
    lines = tuple(records.line(f"l{n}", sku=f"SKU-{n}") for n in (1, 2, 3))
    shop.hold(records.order("1", lines=lines))
    await gateway.backfill("shop")
    shop.hold(records.order("2", 1))
    body, headers = shop.delivery("d1", (Kind.ORDER, "2"))
    return {
        "url": f"{gateway.url}/graphql",
        "token": gateway.token(ADMIN),
        "after": gateway.gateway.services.cursors.seal("events", 0),
        "order": order_id("shop", "nothing"),
        "purchase": {"path": "/webhooks/shop", "body": body.decode(), "headers": headers},
    }


def plain(found: Any) -> Any:
    """Return *found* without what is another each time, and what caches add."""
    match found:
        case dict():
            return {
                name: plain(value)
                for name, value in found.items()
                if name not in ("id", "cursor", "__typename")
            }
        case list():
            return [plain(one) for one in found]
        case _:
            return found


async def test_graphql_ws(
    node: Node, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it is cut off, slow to begin, or shows a token that proves nothing."""
    monkeypatch.setattr(websocket, "INIT_TIMEOUT_S", 0.2)
    said = await node("graphql_ws.mjs", stdin=given)
    assert ORDERS == plain(said["query"])
    assert REFUSED == said["refusal"]
    assert ["GRAPHQL_VALIDATION_FAILED"] == [one["extensions"]["code"] for one in said["invalid"]]
    assert PLACED == plain(said["live"])
    assert {"renewed": True} == said["renewed"]
    assert 4499 == said["again"][0]
    assert said["live"][1] == said["again"][1]
    assert ({"viewer": {"role": "ADMIN"}}, [4408, 1000]) == (said["slow"], said["codes"])
    assert 4403 == said["forbidden"]


async def test_graphql_sse(node: Node, given: dict[str, Any]) -> None:
    """Every answer is a stream, which ends by itself when there is no more."""
    said = await node("graphql_sse.mjs", stdin=given)
    assert [ORDERS] == plain(said["query"])
    assert [REFUSED] == said["refusal"]
    assert PLACED == plain(said["live"])
    assert said["live"][1] == said["again"]


async def test_apollo_client(node: Node, given: dict[str, Any]) -> None:
    """Documents by their hash; both of the formats that it reads parts in, and each is shown."""
    said = await node("apollo.mjs", stdin=given)
    assert ORDERS == plain(said["query"])
    assert REFUSED == plain(said["refusal"])
    assert [ORDERS, ORDERS] == plain(said["persisted"])
    assert [0, 1, 0] == said["sent"]
    for spec, format in (("legacy", "deferSpec=20220824"), ("current", "incrementalSpec=v0.2")):
        types = [f'multipart/mixed; boundary="-"; {format}']
        assert {"types": types, "states": [NUMBERS, ORDERS]} == plain(said["deferred"][spec])
        assert {"types": types, "states": [ONE_LINE, ORDERS]} == plain(said["streamed"][spec])
    assert PLACED == plain(said["live"])


async def test_apollo_client_without_a_socket(node: Node, given: dict[str, Any]) -> None:
    """It takes events as parts of one answer; heartbeats are none of them."""
    said = await node("apollo_http.mjs", stdin=given)
    assert ['multipart/mixed; boundary="graphql"; subscriptionSpec=1.0'] == said["types"]
    assert PLACED == plain(said["live"])


async def test_urql(node: Node, given: dict[str, Any]) -> None:
    """It takes everything, and is given JSON, or parts when something is put off."""
    said = await node("urql.mjs", stdin=given)
    assert ORDERS == plain(said["query"])
    assert REFUSED == plain(said["refusal"])
    accept, given_type = said["accept"]
    assert {"text/event-stream", "multipart/mixed"} <= set(accept.split(", "))
    assert "application/graphql-response+json; charset=utf-8" == given_type
    assert [NUMBERS, ORDERS] == plain(said["deferred"])
    assert PLACED == plain(said["live"])


async def test_meros(node: Node, given: dict[str, Any]) -> None:
    """Each part is JSON, and what is one answer is not in parts."""
    said = await node("meros.mjs", stdin=given)
    first, last = said["parts"]
    assert (NUMBERS, True) == (plain(first["data"]), first["hasNext"])
    assert ([{"data": {"lines": LINES}}], False) == (plain(last["incremental"]), last["hasNext"])
    assert ORDERS == plain(said["whole"])
