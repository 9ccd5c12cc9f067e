"""relay-compiler and relay-runtime: all connections and nodes, as Relay's clients use them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    build_schema,
)

from gateway.domain.customers.model import customer_id
from gateway.domain.orders.model import order_id
from tests import records
from tests.clients.conftest import HERE, Node, run
from tests.gateways import ADMIN, gateway_over, served
from tests.toys import Toy, outside

FILE = HERE.parent.parent / "schema.graphql"
TYPES = [
    one
    for one in build_schema(FILE.read_text()).type_map.values()
    if isinstance(one, GraphQLObjectType | GraphQLInterfaceType)
]
CONNECTIONS = [
    (type_, name, field)
    for type_ in TYPES
    for name, field in type_.fields.items()
    if "first" in field.args
]
NODES = [
    one for one in TYPES if one.name == "Node" or "Node" in {each.name for each in one.interfaces}
]
FORWARD = ("first", "after", "")
BACKWARD = ("last", "before", "Backward")


def fragments() -> Iterator[str]:
    """Yield a refetchable fragment of each connection, in each direction that it has, and
    of each type of nodes."""
    for type_, name, field in CONNECTIONS:
        for size, place, suffix in (FORWARD, BACKWARD):
            if place in field.args:
                yield f"""fragment Every_{type_}_{name}{suffix} on {type_}
                  @refetchable(queryName: "Every{type_}{name[0].upper()}{name[1:]}{suffix}Query")
                  @argumentDefinitions({size}: {{type: "Int", defaultValue: 2}},
                    {place}: {{type: "String"}}) {{
                  {connection(type_, name, (size, place, suffix))} }}"""
    for one in NODES:
        yield f"""fragment Every_{one} on {one} @refetchable(queryName: "Every{one}Query") {{
          id __typename }}"""


def connection(type_: GraphQLNamedType, name: str, direction: tuple[str, str, str]) -> str:
    size, place, suffix = direction
    return f"""{name}({size}: ${size}, {place}: ${place})
      @connection(key: "Every_{type_}{suffix}_{name}") {{ edges {{ node {{ __typename }} }} }}"""


async def compiled(folder: Path) -> Path:
    """Compile `fragments` in *folder*; return where what became of them is. A manifest of their
    texts is in ``trusted``."""
    source, made = folder / "src", folder / "made"
    for one in (source, made, folder / "trusted"):
        one.mkdir()
    (folder / "trusted/relay.json").write_text("{}")
    texts = [f"graphql`{one}`;" for one in fragments()]
    (source / "Every.js").write_text("\n".join(texts))
    (folder / "package.json").write_text('{"type": "module"}')
    configuration = {
        "src": "./src",
        "schema": "./schema.graphql",
        "artifactDirectory": "./made",
        "language": "javascript",
        "eagerEsModules": True,
        "noSourceControl": True,
        "persistConfig": {"file": "./trusted/relay.json", "include_query_text": True},
    }
    (folder / "schema.graphql").write_text(FILE.read_text())
    (folder / "relay.config.json").write_text(json.dumps(configuration))
    compiler = HERE / "node_modules/relay-compiler/cli.js"
    await run("node", str(compiler), "relay.config.json", cwd=folder)
    return made


async def test_every_connection_and_every_node_compiles(node: Node, tmp_path: Path) -> None:
    """With @connection and @refetchable, as schema.graphql has them."""
    made = await compiled(tmp_path)
    assert {"Query", "Order", "Customer"} == {type_.name for type_, _, _ in CONNECTIONS}
    assert 12 <= len(CONNECTIONS)
    assert 14 <= len(NODES)
    wanted = len(list(fragments()))
    assert (wanted, wanted) == (
        len(list(made.glob("Every*Query.graphql.js"))),
        len(list(made.glob("Every_*.graphql.js"))),
    )


@pytest.mark.parametrize("are_trusted_only", [False, True])
async def test_a_store_is_filled_page_after_page(
    node: Node, sqlite_url: str, shop: Toy, tmp_path: Path, are_trusted_only: bool
) -> None:
    """At the root, and of a node that is fetched again by its id; what is no id is said so. The
    documents are sent, or named by what the compiler's manifest calls them."""
    made = await compiled(tmp_path)
    trust = {"trusted_documents": tmp_path / "trusted", "trusted_documents_only": True}
    settings: dict[str, Any] = trust if are_trusted_only else {}
    shop.hold(records.customer("c1"), *(records.order(str(one), one) for one in range(5)))
    customer = customer_id("shop:c1")
    async with (
        gateway_over(sqlite_url, [shop.connection], outside=outside(shop), **settings) as tested,
        served(tested) as gateway,
    ):
        await gateway.backfill("shop")
        given = {
            "url": f"{gateway.url}/graphql",
            "token": gateway.token(ADMIN),
            "artifacts": str(made),
            "customer": customer,
            "named": are_trusted_only,
        }
        said = await node("relay.mjs", stdin=given)
    newest = [order_id("shop", str(one)) for one in (4, 3, 2, 1, 0)]
    assert [newest[:2], newest[:4], newest] == said["root"]
    assert [newest[:2], newest[:4], newest] == said["node"]
    assert {"__typename": "Customer", "__isNode": "Customer", "id": customer} == said["again"]
    assert ["not an id of this graph"] == [one["message"] for one in said["wrong"]]
