"""Connector and simulator against Shopify's published contract. Skipped where it is absent."""

import json
from typing import Any

import graphql
import pytest
from graphql.validation import NoDeprecatedCustomRule

from connectors.sdk.capabilities import RawDelivery
from connectors.sdk.errors import SignatureInvalid
from connectors.sdk.records import OrderRecord
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.values import Money
from connectors.shopify import webhooks
from connectors.shopify.mapping import words
from connectors.shopify.requests.documents import FOLDER as QUERIES
from connectors.shopify.requests.documents import operations
from connectors.shopify.requests.reads import LEVELS_A_FETCH, LEVELS_A_PAGE, SOURCES
from connectors.shopify.simulated import cost, engine
from connectors.shopify.tests import contract

pytestmark = contract.needed

DOCUMENTS = sorted(path.name for path in QUERIES.glob("*.graphql"))
IDS = [f"gid://shopify/Order/{number}" for number in range(250)]


def parsed(name: str) -> graphql.DocumentNode:
    return graphql.parse((QUERIES / name).read_text())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_valid_against_the_vendors_schema(name: str) -> None:
    """By every rule of GraphQL, and without anything deprecated."""
    document = parsed(name)
    assert graphql.validate(contract.schema(), document) == []
    assert graphql.validate(contract.schema(), document, [NoDeprecatedCustomRule]) == []


def sizes() -> dict[str, dict[str, Any]]:
    """The variables, as far as they count, that each read is sent with."""
    pages = {source.page: {"first": source.size} for source in SOURCES.values()}
    fetches = {source.by_id: {"ids": IDS[: source.size]} for source in SOURCES.values()}
    return {
        **pages,
        **fetches,
        "LevelsPage": {"first": LEVELS_A_PAGE},
        "LevelsAt": {"ids": IDS[:LEVELS_A_FETCH]},
        "Owners": {"ids": IDS},
    }


@pytest.mark.parametrize("name", sorted(operations()))
def test_a_request_costs_less_than_shopify_runs_at_once(name: str) -> None:
    """At the sizes that are asked for: 1,000 points, by the vendor's published costs."""
    operation = operations()[name]
    document = graphql.parse(operation.document)
    points = cost.of(contract.schema(), document, name, sizes().get(name, {}))
    assert 0 < points <= engine.MAX_COST


def test_every_nested_connection_can_be_read_to_its_end() -> None:
    """Each has its own More operation; the connection of a page goes on by its cursor."""
    missing = []
    for name in DOCUMENTS:
        document = parsed(name)
        info = graphql.TypeInfo(contract.schema())
        finder = _Connections(info)
        graphql.visit(document, graphql.TypeInfoVisitor(info, finder))
        missing += [one for one in finder.found if one not in operations()]
    assert missing == []


class _Connections(graphql.Visitor):
    """Finds the name that each nested connection's More operation must have."""

    def __init__(self, info: graphql.TypeInfo) -> None:
        super().__init__()
        self._info = info
        self.found: set[str] = set()

    def enter_field(self, node: graphql.FieldNode, *_: Any) -> None:
        kind, parent = self._info.get_type(), self._info.get_parent_type()
        if kind is None or parent is None or parent.name in ("QueryRoot", "Mutation"):
            return
        # Of a shipment's fulfillment orders one is enough; levels are paged by their location.
        name = f"{parent.name}.{node.name.value}"
        if name in ("Fulfillment.fulfillmentOrders", "Location.inventoryLevels"):
            return
        if graphql.get_named_type(kind).name.endswith("Connection"):
            field = node.name.value
            self.found.add(f"More{parent.name}{field[0].upper()}{field[1:]}")


def declared(kind: Any) -> dict[str, tuple[str, dict[str, str]]]:
    """Fields of a type: the type of each, and of each of its arguments."""
    fields = getattr(kind, "fields", {})
    return {
        name: (
            str(one.type),
            {key: str(arg.type) for key, arg in getattr(one, "args", {}).items()},
        )
        for name, one in fields.items()
    }


def test_the_simulators_schema_is_a_part_of_the_vendors() -> None:
    """Field by field and argument by argument: same type, same nullability; enums word by word."""
    wrong = []
    for name, kind in engine.schema().type_map.items():
        if name.startswith("__") or name in contract.TRIMMED_AWAY:
            continue
        theirs = contract.schema().type_map[name]
        if isinstance(kind, graphql.GraphQLEnumType):
            wrong += [] if list(kind.values) == list(theirs.values) else [name]  # type: ignore[attr-defined]
            continue
        real = declared(theirs)
        for field, (stated, arguments) in declared(kind).items():
            their_type, their_arguments = real.get(field, ("", {}))
            if stated != their_type or not arguments.items() <= their_arguments.items():
                wrong.append(f"{name}.{field}")
    assert wrong == []


@pytest.mark.parametrize(
    ("enum", "known"),
    [
        ("OrderDisplayFinancialStatus", set(words.OPEN_ORDER)),
        ("OrderTransactionKind", {*words.TRANSACTION_KIND, words.NOT_A_MOVEMENT}),
        ("OrderTransactionStatus", set(words.TRANSACTION_STATUS)),
        ("FulfillmentStatus", set(words.FULFILLMENT)),
        ("FulfillmentDisplayStatus", set(words.SENT)),
        ("FulfillmentOrderStatus", set(words.WORK)),
        ("FulfillmentOrderRequestStatus", set(words.REQUEST)),
        ("DeliveryMethodType", set(words.METHOD)),
        ("ReturnStatus", set(words.RETURN)),
        ("ProductStatus", set(words.PRODUCT)),
    ],
)
def test_every_word_of_the_vendor_has_a_meaning(enum: str, known: set[str]) -> None:
    """No state of the contract falls to UNKNOWN, and no word of ours is made up."""
    stated = contract.schema().type_map[enum]
    assert isinstance(stated, graphql.GraphQLEnumType)
    assert set(stated.values) == known


def vectors() -> list[dict[str, str]]:
    path = contract.CONTRACTS / "webhook-signature-vectors.json"
    if not path.is_file():
        return []
    return [one for one in json.loads(path.read_text()) if one["vendor"] == "shopify"]


@pytest.mark.parametrize("vector", vectors())
def test_a_golden_signature_is_genuine_and_only_over_its_body(vector: dict[str, str]) -> None:
    """With letters beyond ASCII in the body; one more blank and it is not."""
    header, body = vector["header"].lower(), vector["body"].encode()
    given = RawDelivery(url="https://x.example", headers={header: vector["signature"]}, body=body)
    assert webhooks.verify(given, [vector["key"]]).topic == ""
    other = RawDelivery(url=given.url, headers=given.headers, body=body + b" ")
    with pytest.raises(SignatureInvalid):
        webhooks.verify(other, [vector["key"]])


def topics() -> list[str]:
    return sorted(contract.examples()) if contract.FOLDER.is_dir() else []


@pytest.mark.parametrize("topic", topics())
def test_every_recorded_payload_decodes_under_its_topic(topic: str) -> None:
    """None of the vendor's examples is malformed; one that we ask for says something, too."""
    example = contract.examples()[topic]
    if not example:
        pytest.skip("the vendor gives no example")
    body = (contract.FOLDER / "examples" / "webhooks" / example).read_bytes()
    found = webhooks.decode(
        RawDelivery(url="https://x.example", headers={webhooks.TOPIC: topic}, body=body)
    )
    assert bool(found) == (topic in webhooks.TOPICS)


def test_every_example_belongs_to_a_topic() -> None:
    """So that the test before this one has read them all."""
    stored = {path.name for path in (contract.FOLDER / "examples" / "webhooks").glob("*.json")}
    assert stored - set(contract.examples().values()) == set()


def test_every_topic_of_the_vendor_is_known() -> None:
    """All that can be subscribed to is either understood or of no interest; none is a surprise."""
    stated = contract.schema().type_map["WebhookSubscriptionTopic"]
    assert isinstance(stated, graphql.GraphQLEnumType)
    known = {one.replace("/", "_").upper() for one in [*webhooks.TOPICS, *webhooks.IGNORED_TOPICS]}
    resources = tuple(f"{one.upper()}_" for one in webhooks.IGNORED)
    strange = [one for one in stated.values if one not in known and not one.startswith(resources)]
    assert strange == []


def test_the_recorded_order_is_read_as_it_stands() -> None:
    """Its id exactly, where the number beside it was rounded; its totals; that it is canceled."""
    path = contract.FOLDER / "examples" / "webhooks" / "orders__cancelled.json"
    headers = {webhooks.TOPIC: "orders/create"}
    order, _ = webhooks.decode(
        RawDelivery(url="https://x.example", headers=headers, body=path.read_bytes())
    )
    assert isinstance(order, OrderRecord)
    assert order.external_id == "gid://shopify/Order/820982911946154508"
    assert order.customer_id == "gid://shopify/Customer/115310627314723954"
    assert order.status is OrderStatus.CANCELED
    assert [line.counters.canceled for line in order.lines] == [1, 1, 1, 1, 1]
    assert order.totals.subtotal == Money(minor=41495, currency="USD")
    assert order.totals.discount == Money(minor=2000, currency="USD")
    assert order.totals.total == Money(minor=40495, currency="USD")
