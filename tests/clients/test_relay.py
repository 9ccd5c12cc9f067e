"""relay-compiler and relay-runtime: all connections and nodes, as Relay's clients use them."""

import json
from collections.abc import Iterator
from pathlib import Path

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
from tests.gateways import ADMIN, GatewayUnderTest
from tests.toys import Toy

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
    """Compile `fragments` in *folder* and return where what became of them is."""
    source, made = folder / "src", folder / "made"
    source.mkdir()
    made.mkdir()
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


async def test_a_store_is_filled_page_after_page(
    node: Node, gateway: GatewayUnderTest, shop: Toy, tmp_path: Path
) -> None:
    """At the root, and of a node that is fetched again by its id; what is no id is said so."""
    made = await compiled(tmp_path)
    shop.hold(records.customer("c1"), *(records.order(str(one), one) for one in range(5)))
    await gateway.backfill("shop")
    customer = customer_id("shop:c1")
    said = await node(
        "relay.mjs",
        stdin={
            "url": f"{gateway.url}/graphql",
            "token": gateway.token(ADMIN),
            "artifacts": str(made),
            "customer": customer,
        },
    )
    newest = [order_id("shop", str(one)) for one in (4, 3, 2, 1, 0)]
    assert [newest[:2], newest[:4], newest] == said["root"]
    assert [newest[:2], newest[:4], newest] == said["node"]
    assert {"__typename": "Customer", "__isNode": "Customer", "id": customer} == said["again"]
    assert ["not an id of this graph"] == [one["message"] for one in said["wrong"]]
