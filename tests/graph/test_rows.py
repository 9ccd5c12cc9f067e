"""Whose rows everybody is shown, and that nobody learns of what is not theirs."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from graphql import get_named_type

from connectors.sdk.records import Kind, RefundRecord, ReturnRecord
from connectors.sdk.records.states import RefundStatus, ReturnStatus
from connectors.sdk.values import LineQuantity
from gateway import ids
from gateway.auth.principal import Principal
from gateway.auth.scopes import MOST, Role, Scope
from gateway.domain.customers.model import customer_id
from gateway.domain.inventory.model import location_id
from gateway.domain.orders.model import order_id
from gateway.sync.origins import channel_id
from resolvers.entities.finders import FINDERS
from resolvers.schema import SCHEMA
from tests import records, trading
from tests.gateways import ADMIN, GatewayUnderTest
from tests.toys import Toy
from tests.trading import Trade


@pytest.fixture
def trade() -> Trade:
    return Trade()


@pytest.fixture
async def gateway(store_url: str, trade: Trade) -> AsyncIterator[GatewayUnderTest]:
    """Two buyers, two channels, two places: of everything one that is A's and one that is B's."""
    market = Toy(id="market")
    async with trading.open_over(store_url, trade, market) as tested:
        shop, depot = trade.shop, trade.depot
        for toy in (shop, depot):
            toy.hold(records.location("STORE-9"), records.level(3, code="STORE-9"))
        ben = {"customer_id": "c2", "email": "ben@example.com"}
        shop.hold(records.customer("c1"))
        shop.hold(records.customer("c2", email="ben@example.com", first_name="Ben"))
        for toy in (depot, shop):
            await tested.backfill(toy.id)
        await trade.sell(tested, "A")
        await trade.sell(tested, "B", **ben)
        market.hold(records.order("M", customer_id=None, email="mia@example.com"))
        for order, toy in (("A", shop), ("B", shop), ("M", market)):
            toy.hold(
                records.shipment(f"s{order}", order, f"1Z{order}"), refund(order), comes_back(order)
            )
        await tested.backfill("shop")
        await tested.backfill("market")
        yield tested


def refund(order: str) -> RefundRecord:
    return RefundRecord(
        external_id=f"r{order}",
        revised_at=records.NOON,
        order_id=order,
        status=RefundStatus.SUCCEEDED,
        raw_status="done",
        amount=records.usd(100),
    )


def comes_back(order: str) -> ReturnRecord:
    return ReturnRecord(
        external_id=f"b{order}",
        revised_at=records.NOON,
        order_id=order,
        status=ReturnStatus.REQUESTED,
        raw_status="asked",
        lines=(LineQuantity(line_id="l1", sku="TEE-BLK-S", quantity=1),),
    )


A, B, M = order_id("shop", "A"), order_id("shop", "B"), order_id("market", "M")
ADA = Principal(
    role=Role.SHOPPER, subject="ada", scopes=MOST[Role.SHOPPER], customer_id=customer_id("shop:c1")
)
STORE = Principal(
    role=Role.ASSOCIATE,
    subject="sam",
    scopes=MOST[Role.ASSOCIATE],
    location_ids=frozenset({location_id("STORE-9")}),
)
RENO = replace(STORE, subject="rob", location_ids=frozenset({location_id("DC-RENO")}))
SELLER = Principal(
    role=Role.PARTNER,
    subject="pia",
    scopes=MOST[Role.PARTNER],
    channel_ids=frozenset({channel_id("market")}),
)
NOTHING = replace(SELLER, subject="nemo", channel_ids=frozenset())
ORDERS = "{ orders { nodes { number } } }"


@pytest.mark.parametrize(
    ("who", "expected"),
    [(ADMIN, "ABM"), (ADA, "A"), (STORE, ""), (RENO, "AB"), (SELLER, "M"), (NOTHING, "")],
    ids=lambda one: one.subject if isinstance(one, Principal) else one,
)
async def test_everybody_sees_their_own_orders(
    gateway: GatewayUnderTest, who: Principal, expected: str
) -> None:
    """A shopper theirs, a store its work, a partner its channels'; none is never all."""
    answer = await gateway.query(ORDERS, as_=who)
    seen = {node["number"] for node in answer["data"]["orders"]["nodes"]}
    assert {f"#{one}" for one in expected} == seen


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A query that takes an id: what it asks for, and of what."""

    document: str
    prefix: str


BY_ANY_ID = {
    "node": "query($id: ID!) { found: node(id: $id) { id __typename } }",
    "nodes": "query($id: ID!) { found: nodes(ids: [$id]) { id __typename } }",
    "_entities": """query($id: ID!) {
      found: _entities(representations: [{__typename: "Noun", id: $id}]) { __typename } }""",
}
BY_ID = {
    "order": Ask(document="query($id: ID!) { found: order(id: $id) { id } }", prefix=ids.ORDER),
    "customer": Ask(
        document="query($id: ID!) { found: customer(id: $id) { id } }", prefix=ids.CUSTOMER
    ),
    "location": Ask(
        document="query($id: ID!) { found: location(id: $id) { id } }", prefix=ids.LOCATION
    ),
    "return": Ask(document="query($id: ID!) { found: return(id: $id) { id } }", prefix=ids.RETURN),
    **{
        f"{name}({prefix})": Ask(
            document=document.replace("Noun", FINDERS[prefix].name), prefix=prefix
        )
        for name, document in BY_ANY_ID.items()
        for prefix in FINDERS.keys() - {ids.PRODUCT, ids.VARIANT}
    },
    **{
        name: Ask(
            document=f"query($id: ID!) {{ found: {name}({argument}: $id) {{ nodes {{ id }} }} }}",
            prefix=prefix,
        )
        for name, argument, prefix in (
            ("returns", "orderId", ids.ORDER),
            ("deliveries", "orderId", ids.ORDER),
            ("fulfillmentOrders", "locationId", ids.LOCATION),
            ("inventoryLevels", "locationId", ids.LOCATION),
        )
    },
}


async def ids_of(gateway: GatewayUnderTest, order: str) -> dict[str, list[str]]:
    """Return the ids of *order* and of all that belongs to it, by prefix."""
    document = """query($id: ID!) { order(id: $id) { id customer { id }
      fulfillmentOrders { id location { id } } shipments { id deliveries { id } }
      refunds { id } returns { id } exceptions { id } } }"""
    data = await gateway.data(document, {"id": order})
    levels = await gateway.data("{ inventoryLevels { nodes { id } } exceptions { nodes { id } } }")
    found: dict[str, list[str]] = {}
    waiting: list[Any] = [data, levels]
    while waiting:
        match waiting.pop():
            case dict(fields):
                waiting += fields.values()
            case list(items):
                waiting += items
            case str(id) if "_" in id:
                found.setdefault(ids.prefix_of(id), []).append(id)
    return found


@pytest.mark.parametrize("stranger", [ADA, STORE, SELLER, NOTHING], ids=lambda one: one.subject)
async def test_what_is_not_yours_looks_like_what_is_not_there(
    gateway: GatewayUnderTest, stranger: Principal
) -> None:
    """Every query that takes an id, byte for byte, and the ids of everything that B's order has."""
    found = await ids_of(gateway, B)
    asked = 0
    for name, ask in BY_ID.items():
        nobody = {"id": ids.derive(ask.prefix, "nobody")}
        absent = said(await gateway.query(ask.document, nobody, as_=stranger))
        for id in found.get(ask.prefix, ()):
            if ask.prefix in (ids.LEVEL, ids.EXCEPTION, ids.LOCATION) and stranger is STORE:
                continue  # some of them are the store's own
            answer = await gateway.query(ask.document, {"id": id}, as_=stranger)
            assert (name, absent) == (name, said(answer))
            asked += 1
    assert 12 <= asked


def said(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the whole answer; only what is left of the caller's budget changes as they ask."""
    cost = answer.get("extensions", {}).get("cost")
    if cost:
        del cost["throttle"]["available"]
    return answer


async def test_a_tracking_number_or_a_systems_id_opens_nothing_by_itself(
    gateway: GatewayUnderTest,
) -> None:
    """What can be guessed shows only what is one's own."""
    delivery = "query($n: String!) { delivery(trackingNumber: $n) { id } }"
    ref = "query($r: SourceRefInput!) { order(ref: $r) { id } }"
    for stranger in (ADA, STORE, SELLER, NOTHING):
        absent = said(await gateway.query(delivery, {"n": "nobody"}, as_=stranger))
        assert absent == said(await gateway.query(delivery, {"n": "1ZB"}, as_=stranger))
        nobody = {"r": {"system": "shop", "externalId": "nobody"}}
        other = {"r": {"system": "shop", "externalId": "B"}}
        absent = said(await gateway.query(ref, nobody, as_=stranger))
        assert absent == said(await gateway.query(ref, other, as_=stranger))
    own = await gateway.query(delivery, {"n": "1ZA"}, as_=ADA)
    assert own["data"]["delivery"]["id"].startswith("delivery_")


async def test_a_store_sees_its_own_stock_and_work(gateway: GatewayUnderTest) -> None:
    """Places, levels and tasks of one's locations; no place is none of them."""
    document = """{ locations { nodes { code } } inventoryLevels { nodes { location { code } } }
      fulfillmentOrders { nodes { location { code } } } variant(sku: "TEE-BLK-S") {
      inventoryLevels { location { code } } } }"""
    answer = (await gateway.query(document, as_=STORE))["data"]
    store = [{"location": {"code": "STORE-9"}}]
    assert [{"code": "STORE-9"}] == answer["locations"]["nodes"]
    assert store == answer["inventoryLevels"]["nodes"]
    assert store == answer["variant"]["inventoryLevels"]
    assert [] == answer["fulfillmentOrders"]["nodes"]
    nobody = replace(STORE, location_ids=frozenset())
    for who in (nobody, NOTHING):
        empty = (await gateway.query(document, as_=who))["data"]
        assert ([], [], []) == (
            empty["locations"]["nodes"],
            empty["inventoryLevels"]["nodes"],
            empty["fulfillmentOrders"]["nodes"],
        )


async def test_names_and_addresses_need_a_scope_of_their_own(gateway: GatewayUnderTest) -> None:
    """Without pii:read they are null or empty, wherever they are reached."""
    document = """query($id: ID!) { order(id: $id) { email phone shippingAddress { name }
      billingAddress { name } customer { email phone firstName lastName addresses { name } } } }"""
    blind = replace(ADMIN, scopes=MOST[Role.ADMIN] - {Scope.PII_READ})
    seen = (await gateway.query(document, {"id": A}))["data"]["order"]
    assert ("ada@example.com", "Ada") == (seen["email"], seen["customer"]["firstName"])
    hidden = (await gateway.query(document, {"id": A}, as_=blind))["data"]["order"]
    assert (None, None, None, None) == (
        hidden["email"],
        hidden["phone"],
        hidden["shippingAddress"],
        hidden["billingAddress"],
    )
    assert {
        "email": None,
        "phone": None,
        "firstName": None,
        "lastName": None,
        "addresses": [],
    } == hidden["customer"]


GUEST = "query($t: String!) { order(token: $t) { number email } }"


async def test_a_guests_link_opens_its_one_order(gateway: GatewayUnderTest) -> None:
    """To whoever holds it, without an account: that order, without names, and nothing beside."""
    links = gateway.gateway.services.links
    token = links.mint(M, timedelta(days=1))
    answer = await gateway.query(GUEST, {"t": token}, as_=None)
    assert {"data": {"order": {"number": "#M", "email": None}}} == {"data": answer["data"]}
    both = "query($t: String!) { order(token: $t) { number } orders { nodes { number } } }"
    beside = await gateway.query(both, {"t": token}, as_=None)
    assert "FORBIDDEN" == beside["errors"][0]["extensions"]["code"]
    buyer = "query($t: String!) { order(token: $t) { customer { id } } }"
    assert "errors" in await gateway.query(buyer, {"t": token}, as_=None)


async def test_a_link_that_is_none_opens_nothing(gateway: GatewayUnderTest, trade: Trade) -> None:
    """Made up, of another purpose, or expired: the same answer."""
    links = gateway.gateway.services.links
    expired = links.mint(M, timedelta(days=1))
    trade.clock.turn(days=2)
    answers = [
        await gateway.query(GUEST, {"t": token}, as_=None)
        for token in ("rubbish", gateway.token(ADMIN), expired)
    ]
    assert ["UNAUTHENTICATED"] * 3 == [one["errors"][0]["extensions"]["code"] for one in answers]
    sly = "query($id: ID!, $t: String) { order(id: $id, token: $t) { number } }"
    narrow = replace(ADA, scopes=frozenset({Scope.CATALOG_READ}))
    for who in (None, narrow):
        for document in ("{ order { number } }", GUEST.replace("String!", "String"), sly):
            answer = await gateway.query(document, {"id": A}, as_=who)
            assert "FORBIDDEN" == answer["errors"][0]["extensions"]["code"]


async def test_a_shopper_who_turns_out_to_be_another_stays_themselves(
    gateway: GatewayUnderTest, trade: Trade
) -> None:
    """Two accounts are joined by proof: the token of either shows the one person, and all."""
    ben = replace(ADA, subject="ben", customer_id=customer_id("shop:c2"))
    twin = records.customer("c2", email="ada@example.com", first_name="Ben")
    trade.shop.hold(records.later(twin))
    await trading.hear(gateway, trade.shop, (Kind.CUSTOMER, "c2"))
    me = "query($id: ID!) { customer(id: $id) { identities { externalId } } }"
    for who in (ADA, ben):
        seen = (await gateway.query(ORDERS, as_=who))["data"]["orders"]["nodes"]
        assert {"#A", "#B"} == {node["number"] for node in seen}
        found = (await gateway.query(me, {"id": who.customer_id}, as_=who))["data"]["customer"]
        assert ["c1", "c2"] == sorted(one["externalId"] for one in found["identities"])


def test_every_query_that_takes_an_id_is_put_to_strangers() -> None:
    """A new one is not forgotten: what takes an id of a noun is in the table above, or here."""
    query = SCHEMA._schema.query_type
    assert query
    takes_ids = {
        f"{name}.{argument}"
        for name, field in query.fields.items()
        for argument, one in field.args.items()
        if get_named_type(one.type).name in ("ID", "_Any")
    }
    asked = {
        "order.id", "customer.id", "location.id", "return.id", "node.id", "nodes.ids",
        "_entities.representations", "returns.orderId", "deliveries.orderId",
        "fulfillmentOrders.locationId", "inventoryLevels.locationId",
    }  # fmt: skip
    public = {"product.id"}
    assert takes_ids == asked | public


async def test_five_thousand_guesses_find_nothing(gateway: GatewayUnderTest) -> None:
    """Ids of what is there, each with one character another, and ids of things that never were."""
    draw = random.Random(39)
    known = [id for found in (await ids_of(gateway, B)).values() for id in found]
    guesses = [_mutated(draw.choice(known), draw) for _ in range(GUESSES)]
    for start in range(0, GUESSES, A_DOCUMENT):
        some = guesses[start : start + A_DOCUMENT]
        fields = " ".join(f'g{n}: node(id: "{id}") {{ id }}' for n, id in enumerate(some))
        answer = await gateway.query(f"{{ {fields} }}", as_=ADA)
        found = {name: node for name, node in answer["data"].items() if node}
        assert ({}, A_DOCUMENT) == (found, len(answer["data"]))


GUESSES = 5_000
A_DOCUMENT = 50
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def _mutated(id: str, draw: random.Random) -> str:
    prefix, _, rest = id.partition("_")
    place = draw.randrange(len(rest))
    other = draw.choice([one for one in _ALPHABET if one != rest[place]])
    return f"{prefix}_{rest[:place]}{other}{rest[place + 1 :]}"
