"""Things found again by their ids: nodes for Relay, entities for a federation router."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    print_ast,
)

from connectors.sdk.records import RefundRecord, ReturnRecord
from connectors.sdk.records.states import RefundStatus, ReturnStatus
from connectors.sdk.values import LineQuantity
from gateway import ids
from gateway.auth.principal import Principal
from gateway.auth.scopes import MOST, Role, Scope
from gateway.domain.customers.model import customer_id
from gateway.domain.orders.model import order_id
from resolvers.entities import subgraph
from resolvers.entities.finders import FINDERS
from resolvers.schema import SCHEMA
from tests import records
from tests.gateways import ADMIN, GatewayUnderTest, gateway_over
from tests.graph.counting import statements
from tests.toys import Toy

NODES = "query($ids: [ID!]!) { found: nodes(ids: $ids) { __typename id } }"
ENTITIES = """query($of: [_Any!]!) { found: _entities(representations: $of) {
  __typename ... on Node { id } } }"""
SDL = "{ _service { sdl } }"
ALL = """{
  orders(first: 60) {
    nodes { id shipments { id deliveries { id } } refunds { id } returns { id } } }
  customers { nodes { id } } products { nodes { id variants { id } } } locations { nodes { id } }
  inventoryLevels { nodes { id } } fulfillmentOrders { nodes { id } }
  exceptions { nodes { id } } }"""
ADA = Principal(
    role=Role.SHOPPER, subject="ada", scopes=MOST[Role.SHOPPER], customer_id=customer_id("shop:c1")
)


def things(number: int) -> list[Any]:
    """One more of what there are many of."""
    name = str(number)
    return [
        records.order(name, number),
        records.shipment(f"s{name}", name, f"1Z{name}"),
        RefundRecord(
            external_id=f"r{name}",
            revised_at=records.NOON,
            order_id=name,
            status=RefundStatus.SUCCEEDED,
            raw_status="done",
            amount=records.usd(100),
        ),
        ReturnRecord(
            external_id=f"b{name}",
            revised_at=records.NOON,
            order_id=name,
            status=ReturnStatus.REQUESTED,
            raw_status="asked",
            lines=(LineQuantity(line_id="l1", sku="TEE-BLK-S", quantity=1),),
        ),
    ]


async def stocked(gateway: GatewayUnderTest, shop: Toy, orders: int) -> list[str]:
    """Have the shop hold *orders* with all that belongs to them; return every id of a node."""
    shop.hold(records.location(), records.product(), records.level(7), records.customer())
    for number in range(orders):
        shop.hold(*things(number))
    await gateway.backfill("shop")
    found: list[str] = []
    waiting: list[Any] = [await gateway.data(ALL)]
    while waiting:
        match waiting.pop():
            case dict(fields):
                waiting += fields.values()
            case list(items):
                waiting += items
            case str(id):
                found.append(id)
    return found


def named(id: str) -> dict[str, str]:
    return {"__typename": FINDERS[ids.prefix_of(id)].name, "id": id}


async def test_statements_do_not_grow_with_the_entities(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """Of every type that the shop states: each comes back, in the order that was asked for."""
    known = await stocked(gateway, shop, 40)
    few = [next(id for id in known if ids.prefix_of(id) == prefix) for prefix in prefixes(known)]
    assert 9 <= len(few) < 100 < len(known)
    for document, given in ((NODES, "ids"), (ENTITIES, "of")):
        seen: list[list[str]] = []
        for asked in (few, known):
            of: Sequence[Any] = asked if given == "ids" else [named(id) for id in asked]
            with statements() as ran:
                data = await gateway.data(document, {given: of})
            assert [named(id) for id in asked] == data["found"]
            seen.append([one for one in ran if one.startswith("SELECT")])
        assert len(seen[0]) == len(seen[1]) <= len(few) + 2


def prefixes(known: list[str]) -> list[str]:
    return sorted({ids.prefix_of(id) for id in known})


async def test_each_is_answered_for_itself(gateway: GatewayUnderTest, shop: Toy) -> None:
    """Null for what is not there, and for what is not one's own; an error besides for no id."""
    shop.hold(records.customer("c1"), records.customer("c2", email="ben@example.com"))
    shop.hold(records.order("A"), records.order("B", customer_id="c2", email="ben@example.com"))
    await gateway.backfill("shop")
    own, other = order_id("shop", "A"), order_id("shop", "B")
    absent = order_id("shop", "absent")
    answer = await gateway.query(NODES, {"ids": [other, own, "x" * 5_000, absent]}, as_=ADA)
    assert [None, named(own), None, None] == answer["data"]["found"]
    assert [("INVALID_INPUT", ["found", 2])] == told(answer)
    wrong = [
        {"__typename": "Customer", "id": own},
        {"__typename": "Channel", "id": ids.derive(ids.CHANNEL, "web")},
        {"__typename": ["Order"], "id": own},
        {"__typename": "Order", "id": 7},
        {"__typename": "Order"},
        {"id": own},
        {},
        {"__typename": "Order", "id": "x" * 5_000},
    ]
    of = [named(other), named(own), named(absent), *wrong]
    answer = await gateway.query(ENTITIES, {"of": of}, as_=ADA)
    assert [None, named(own), None, *[None] * len(wrong)] == answer["data"]["found"]
    assert [("INVALID_INPUT", ["found", 3 + at]) for at in range(len(wrong))] == told(answer)
    assert all(len(one["message"]) <= 200 for one in answer["errors"])


def told(answer: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(one["extensions"]["code"], one.get("path")) for one in answer["errors"]]


@pytest.mark.parametrize("document", [NODES, ENTITIES])
async def test_more_than_can_be_looked_up_at_once_are_refused(
    gateway: GatewayUnderTest, document: str
) -> None:
    """One more than the limit, and nothing is read."""
    of = [order_id("shop", str(number)) for number in range(251)]
    variables = {"ids": of, "of": [named(id) for id in of]}
    with statements() as ran:
        answer = await gateway.query(document, variables)
    said = answer["errors"][0]["extensions"]
    assert {"code": "LIMIT_EXCEEDED", "limit": "items", "max": 250, "actual": 251} == said
    assert [] == ran


@pytest.mark.parametrize("of", ['["order"]', "[7]", "[null]", "[[{}]]"])
async def test_what_is_no_representation_is_refused(gateway: GatewayUnderTest, of: str) -> None:
    """Before anything runs."""
    document = f"{{ _entities(representations: {of}) {{ __typename }} }}"
    answer = await gateway.query(document)
    assert "GRAPHQL_VALIDATION_FAILED" == answer["errors"][0]["extensions"]["code"]
    assert "data" not in answer


async def test_an_id_opens_nothing_without_the_scope_of_its_query(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """By whichever of the three fields: it is as if there were no such thing."""
    known = await stocked(gateway, shop, 1)
    assert {ids.ORDER, ids.PRODUCT, ids.VARIANT, ids.LOCATION} <= set(prefixes(known))
    nobody = replace(ADMIN, scopes=frozenset({Scope.AVAILABILITY_READ}))
    of = {"ids": known, "of": [named(id) for id in known]}
    for document in (NODES, ENTITIES):
        with statements() as ran:
            answer = await gateway.query(document, of, as_=nobody)
        assert {"found": [None] * len(known)} == answer["data"]
        assert [] == ran
    one = await gateway.query(f'{{ node(id: "{known[0]}") {{ id }} }}', as_=nobody)
    assert {"node": None} == one["data"]


async def test_fields_of_an_entity_need_their_own_scopes(gateway: GatewayUnderTest) -> None:
    """A router that asks for more than its caller may is refused, like everybody."""
    document = "{ _entities(representations: []) { ... on Order { customer { id } } } }"
    narrow = replace(ADMIN, scopes=MOST[Role.ADMIN] - {Scope.CUSTOMERS_READ})
    answer = await gateway.query(document, as_=narrow)
    assert [("FORBIDDEN", None)] == told(answer)


@pytest.mark.parametrize(
    "document",
    [SDL, "{ a: _service { __typename } }", "{ ...s } fragment s on Query { _service { sdl } }"],
)
async def test_the_subgraphs_schema_is_told_to_whom_introspection_is(
    gateway: GatewayUnderTest, sqlite_url: str, document: str
) -> None:
    """Not to strangers, and to nobody where introspection is off."""
    assert [("FORBIDDEN", None)] == told(await gateway.query(document, as_=None))
    assert "errors" not in await gateway.query(document, as_=ADA)
    async with gateway_over(sqlite_url, introspection=False) as silent:
        assert [("FORBIDDEN", None)] == told(await silent.query(document))


async def test_the_subgraphs_schema_stands_by_itself(gateway: GatewayUnderTest) -> None:
    """It builds as it is; what has an id is an entity, and what only we know of is not in it."""
    sdl = (await gateway.data(SDL))["_service"]["sdl"]
    assert sdl == subgraph.sdl(SCHEMA)
    built, whole = build_schema(sdl), build_schema(SCHEMA.as_str())
    machinery = {"_Any", "_Entity", "_Service"}
    federations = {"link__Purpose", "link__Import", "federation__FieldSet"}
    assert names(whole) - machinery == names(built) - federations
    queries = {"node", "nodes", "_entities", "_service"}
    assert fields(whole, "Query") - queries == fields(built, "Query")
    assert {"link", "key", "shareable", "freshness"} == {
        one.name for one in built.directives if one.ast_node
    }
    finders = {one.name for one in FINDERS.values()}
    keys = {f'{name} @key(fields: "id")' for name in finders}
    channel = 'Channel @key(fields: "id", resolvable: false)'
    assert keys | {channel, "PageInfo @shareable"} == set(directed(built))


def names(schema: GraphQLSchema) -> set[str]:
    return {name for name, type_ in schema.type_map.items() if not is_introspection_type(type_)}


def fields(schema: GraphQLSchema, type_name: str) -> set[str]:
    type_ = schema.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType)
    return set(type_.fields)


def directed(schema: GraphQLSchema) -> list[str]:
    """Return every directive on an object type, with the type."""
    return [
        f"{type_.name} {print_ast(directive)}"
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and type_.ast_node
        for directive in type_.ast_node.directives or ()
    ]
