"""Apollo's composition and gateway: this graph as a subgraph beside another."""

from typing import Any

from connectors.sdk.records import Kind
from gateway.domain.orders.model import order_id
from tests import records
from tests.clients.conftest import Node
from tests.gateways import ADMIN, GatewayUnderTest
from tests.toys import Toy

NUMBERS = ["1", "2"]


async def test_a_supergraph(node: Node, gateway: GatewayUnderTest, shop: Toy) -> None:
    """It composes, alone and beside another Relay subgraph; what either refers to is found in the
    other, all at once; and an event of ours has what the other adds."""
    shop.hold(*(records.order(one, int(one)) for one in NUMBERS))
    await gateway.backfill("shop")
    shop.hold(records.order("3", 3))
    body, headers = shop.delivery("d1", (Kind.ORDER, "3"))
    orders = [order_id("shop", one) for one in [*NUMBERS, "absent", "3"]]
    said = await node(
        "federation.mjs",
        stdin={
            "url": f"{gateway.url}/graphql",
            "token": gateway.token(ADMIN),
            "after": gateway.gateway.services.cursors.seal("events", 1),
            "orders": orders,
            "purchase": {"path": "/webhooks/shop", "body": body.decode(), "headers": headers},
        },
    )
    assert [[], []] == said["errors"]
    last = {"hasNextPage": False}
    nodes = [{"number": f"#{one}", "reviews": read(int(one) - 1)} for one in ("2", "1")]
    assert {
        "answer": {"data": {"orders": {"nodes": nodes, "pageInfo": last}}},
        "asked": [["commerce", False], ["reviews", True]],
    } == said["theirs"]
    assert [{"text": f"read {place}", "order": held} for place, held in enumerate(HELD)] == (
        said["ours"]["answer"]["data"]["reviews"]
    )
    there_and_here = [["reviews", False], ["commerce", True]]
    assert there_and_here == said["ours"]["asked"]
    assert {
        "answer": {"data": {"node": {"id": orders[0], "number": "#1"}}},
        "asked": there_and_here,
    } == said["node"]
    assert "Execution of subscriptions not supported by gateway" == said["refused"]
    assert [
        ["commerce", "reviews", "#2", {"reviews": read(1)}],
        ["commerce", "reviews", "#3", {"reviews": read(3)}],
    ] == said["live"]


HELD: list[Any] = [
    {"number": "#1", "lines": [{"sku": "TEE-BLK-S"}]},
    {"number": "#2", "lines": [{"sku": "TEE-BLK-S"}]},
    None,
    None,
]


def read(place: int) -> dict[str, Any]:
    """The other's review of an order."""
    edges = [{"node": {"text": f"read {place}"}}]
    return {"edges": edges, "pageInfo": {"hasNextPage": False}}
