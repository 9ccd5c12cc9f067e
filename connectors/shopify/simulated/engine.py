"""GraphQL over the shop's state: execution, cost, the bucket of points, idempotency keys."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import graphql
from graphql import GraphQLError, GraphQLResolveInfo

from connectors.shopify.simulated import cost, returning, writing
from connectors.shopify.simulated.shop import Node, Shop, on_hand, seconds_since

MAX_FIRST = 250
MAX_COST = 1000
MAX_DEPTH = 25_000
"""Source: shopify.dev/docs/api/usage/limits."""
KEY_LIFE = timedelta(hours=24)
"""Source: shopify.dev/docs/api/usage/implementing-idempotency."""

Info = GraphQLResolveInfo[Any]
Mutation = Callable[..., Node]
_MUTATIONS: Mapping[str, Mutation] = {
    "fulfillmentCreate": writing.fulfillment_create,
    "fulfillmentEventCreate": writing.fulfillment_event_create,
    "inventorySetQuantities": writing.inventory_set_quantities,
    "metafieldsSet": writing.metafields_set,
    "orderCancel": writing.order_cancel,
    "orderEditBegin": writing.order_edit_begin,
    "orderEditCommit": writing.order_edit_commit,
    "orderEditSetQuantity": writing.order_edit_set_quantity,
    "refundCreate": writing.refund_create,
    "returnCreate": returning.create,
    "reverseFulfillmentOrderDispose": returning.dispose,
}
_NEED_KEY = frozenset({"inventorySetQuantities", "refundCreate"})
"""Source: shopify.dev/changelog, "Making idempotency mandatory", 2026-04."""


@cache
def schema() -> graphql.GraphQLSchema:
    return graphql.build_schema((Path(__file__).parent / "schema.graphql").read_text())


@cache
def _parsed(text: str) -> graphql.DocumentNode:
    return graphql.parse(text)


@cache
def _refusals(text: str) -> tuple[GraphQLError, ...]:
    return tuple(graphql.validate(schema(), _parsed(text)))


class Engine:
    """Answers one shop's GraphQL requests, one after another."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.capacity = Decimal(20_000)
        self.restore_rate = Decimal(1_000)
        """Points, and points a second: those of Shopify Plus."""
        self.points = self.capacity
        self.max_cost = MAX_COST
        self.max_depth = MAX_DEPTH
        self._seen_at: datetime = shop.clock()
        self._keys: dict[str, tuple[datetime, str, Node]] = {}

    def answer(self, body: Mapping[str, Any]) -> Node:
        """Answer one request body, in Shopify's form."""
        text, name = body["query"], body.get("operationName")
        variables = body.get("variables") or {}
        if refusals := _refusals(text):
            return {"errors": [one.formatted for one in refusals]}
        document = _parsed(text)
        requested = cost.of(schema(), document, name, variables)
        if requested > self.max_cost:
            message = f"Query cost is {requested}, which exceeds the single query max cost limit"
            return _error(f"{message} ({self.max_cost}).", "MAX_COST_EXCEEDED")
        if not self._take(requested):
            return _error("Throttled", "THROTTLED") | self._extensions(requested, None)
        result = graphql.execute_sync(
            schema(),
            document,
            self,
            variable_values=variables,
            operation_name=name,
            field_resolver=_resolve,
            type_resolver=_type_of,
        )
        for one in result.errors or ():
            if one.original_error and not isinstance(one.original_error, GraphQLError):
                raise one.original_error  # a mistake of the simulator's own
        actual = min(requested, cost.spent(result.data)) if requested > cost.MUTATION else requested
        self.points += requested - actual
        return {**result.formatted, **self._extensions(requested, actual)}

    def drain(self) -> None:
        """Leave no points: the next request is throttled until some are restored."""
        self._restore()
        self.points = Decimal(0)

    def _restore(self) -> None:
        now = self.shop.clock()
        passed = Decimal(str((now - self._seen_at).total_seconds()))
        self.points = min(self.capacity, self.points + passed * self.restore_rate)
        self._seen_at = now

    def _take(self, points: int) -> bool:
        self._restore()
        if points > self.points:
            return False
        self.points -= points
        return True

    def _extensions(self, requested: int, actual: int | None) -> Node:
        status = {
            "maximumAvailable": float(self.capacity),
            "currentlyAvailable": int(self.points),
            "restoreRate": float(self.restore_rate),
        }
        spent = {"requestedQueryCost": requested, "actualQueryCost": actual}
        return {"extensions": {"cost": {**spent, "throttleStatus": status}}}

    def mutate(self, info: Info, arguments: Node) -> Node:
        """Run a mutation, once for a key: the same again answers with the first one's objects."""
        name, key = info.field_name, _key(info)
        if name in _NEED_KEY and not key:
            raise GraphQLError(
                f"{name} needs the @idempotent directive", extensions={"code": "BAD_REQUEST"}
            )
        if key is None:
            return _MUTATIONS[name](self.shop, **arguments)
        digest = hashlib.sha256(json.dumps([name, arguments], sort_keys=True).encode()).hexdigest()
        now = self.shop.clock()
        at, first, payload = self._keys.get(key, (now, digest, None))
        if payload is None or now - at > KEY_LIFE:
            payload = _MUTATIONS[name](self.shop, **arguments)
            if not payload["userErrors"]:
                self._keys[key] = (now, digest, payload)
        elif first != digest:
            message = "The same idempotency key cannot be used with different operation parameters."
            refusal = writing.error(message, code="IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
            return {"userErrors": [refusal]}
        return payload

    def query(self, name: str, arguments: Node) -> object:
        """A field of the query root."""
        shop = self.shop
        match name:
            case "shop":
                return {**shop.info, "currencyCode": shop.currency}
            case "node" | "order" | "location":
                return self._node(arguments["id"])
            case "nodes":
                return [self._node(one) for one in arguments["ids"]]
            case "locations":
                return page(shop.locations, arguments)
            case "returnReasonDefinitions":
                return page(returning.reasons(shop, arguments["handles"]), arguments)
        rows: list[Node] = {
            "orders": shop.orders,
            "products": shop.products,
            "customers": shop.customers,
        }[name]
        return self._search(rows, arguments)

    def _node(self, gid: str) -> Node | None:
        if not re.fullmatch(r"gid://shopify/\w+/[\w?=]+", gid):
            raise GraphQLError(f"Invalid global id '{gid}'", extensions={"code": "INVALID_ID"})
        node = self.shop.nodes.get(gid)
        if node and node["__typename"] == "OrderCancelJobResult":
            writing.run_job(self.shop, node)
        return node

    def _search(self, rows: list[Node], arguments: Node) -> Node:
        """Rows by time, as of what the search index has seen."""
        found = self.matching(rows, arguments.get("query"))
        found.sort(key=_by_time)
        del found[self.max_depth :]
        return page(found, arguments, key=_by_time)

    def matching(self, rows: list[Node], query: str | None) -> list[Node]:
        """Rows that the search finds; without a search, all."""
        if not query:
            return list(rows)
        match = re.fullmatch(r"updated_at:>='([^']+)'", query)
        if match is None:
            raise GraphQLError(f"this simulator does not know the search {query!r}")
        now, since = self.shop.clock(), datetime.fromisoformat(match[1])
        return [
            one
            for one in rows
            if datetime.fromisoformat(one["updatedAt"]) >= since
            and seconds_since(one["updatedAt"], now) >= self.shop.search_lag_s
        ]


def _by_time(row: Node) -> list[str]:
    return [row["updatedAt"], row["id"]]


def _error(message: str, code: str) -> Node:
    return {"errors": [{"message": message, "extensions": {"code": code}}]}


def _key(info: Info) -> str | None:
    directive = info.schema.get_directive("idempotent")
    assert directive
    given = graphql.get_directive_values(directive, info.field_nodes[0], info.variable_values)
    return str(given["key"]).strip() if given else None


def _type_of(value: Node, _info: Info, _type: object) -> str:
    kind: str = value["__typename"]
    return kind


def _resolve(source: Any, info: Info, **arguments: Any) -> object:
    if isinstance(source, Engine):
        if info.parent_type.name == "Mutation":
            return source.mutate(info, arguments)
        return source.query(info.field_name, arguments)
    special = _FIELDS.get(info.field_name)
    if special is not None:
        return special(info.root_value, source, arguments)
    value = source.get(info.field_name)
    if graphql.get_named_type(info.return_type).name.endswith("Connection"):
        return value if isinstance(value, dict) else page(value, arguments)
    return value


def _quantities(_engine: Engine, level: Node, arguments: Node) -> list[Node]:
    amounts = {**level["amounts"], "on_hand": on_hand(level)}
    return [
        {"id": f"{level['id']}&name={name}", "name": name, "quantity": amounts[name]}
        for name in arguments["names"]
    ]


def _level(engine: Engine, item: Node, arguments: Node) -> Node | None:
    return engine.shop.levels.get((item["id"], arguments["locationId"]))


def _levels(engine: Engine, location: Node, arguments: Node) -> Node:
    rows = [one for one in engine.shop.levels.values() if one["location"] is location]
    found = engine.matching(rows, arguments.get("query"))
    return page(sorted(found, key=lambda one: str(one["id"])), arguments, lambda one: one["id"])


def _metafield(_engine: Engine, owner: Node, arguments: Node) -> Node | None:
    found: Node | None = owner["metafields"].get((arguments["namespace"], arguments["key"]))
    return found


_FIELDS: Mapping[str, Callable[[Engine, Node, Node], object]] = {
    "quantities": _quantities,
    "inventoryLevel": _level,
    "inventoryLevels": _levels,
    "metafield": _metafield,
}


def page(rows: list[Node], arguments: Node, key: Callable[[Node], Any] | None = None) -> Node:
    """A connection over *rows*. With *key*, which they are sorted by, a cursor names the last row
    seen and stays good while rows come and go; without, its place."""
    first = arguments.get("first")
    if first is None or not 0 < first <= MAX_FIRST:
        raise GraphQLError("you must provide a `first` of 1 to 250")
    after = arguments.get("after")
    places: list[Any] = [key(row) if key else at for at, row in enumerate(rows)]
    start = 0
    if after is not None:
        seen = _decoded(after)
        start = sum(1 for one in places if one <= seen)
    shown = rows[start : start + first]
    last = _cursor(places[start + len(shown) - 1]) if shown else None
    info = {"hasNextPage": start + first < len(rows), "endCursor": last}
    return {"nodes": shown, "pageInfo": info}


def _cursor(place: Any) -> str:
    return base64.b64encode(json.dumps(place).encode()).decode()


def _decoded(cursor: str) -> Any:
    try:
        return json.loads(base64.b64decode(cursor, validate=True))
    except ValueError as error:
        message = "Invalid cursor for current pagination sort."
        raise GraphQLError(message, extensions={"code": "INVALID_CURSOR"}) from error
