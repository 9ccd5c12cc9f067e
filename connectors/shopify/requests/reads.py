"""How each kind is read, whichever way: what to ask for, how much at once, and how to map it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from connectors.sdk import changes
from connectors.sdk.changes import Change
from connectors.sdk.records import Kind
from connectors.shopify.mapping import catalog, orders
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.requests.documents import Call

MAX_IDS = 250
"""Members of an array argument. Source: shopify.dev/docs/api/usage/limits, input limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a kind comes from: *page* and *by_id* are operations, *root* the connection in a page's
    data, *size* records a request, so that it costs less than 1,000 points (a test counts them)."""

    kind: Kind
    node: str
    page: str
    by_id: str
    root: str
    size: int


SOURCES = {
    source.kind: source
    for source in (
        Source(
            kind=Kind.ORDER,
            node="Order",
            page="OrdersPage",
            by_id="OrdersById",
            root="orders",
            size=4,
        ),
        Source(
            kind=Kind.PRODUCT,
            node="Product",
            page="ProductsPage",
            by_id="ProductsById",
            root="products",
            size=15,
        ),
        Source(
            kind=Kind.CUSTOMER,
            node="Customer",
            page="CustomersPage",
            by_id="CustomersById",
            root="customers",
            size=80,
        ),
        Source(
            kind=Kind.LOCATION,
            node="Location",
            page="LocationsPage",
            by_id="LocationsById",
            root="locations",
            size=200,
        ),
    )
}

LEVELS_A_PAGE = 200
LEVELS_A_FETCH = 150

PARTS = frozenset({Kind.FULFILLMENT_ORDER, Kind.SHIPMENT, Kind.REFUND, Kind.RETURN})
"""Kinds that are read by reading the order they belong to."""


def is_gid(external_id: str, node: str | None = None) -> bool:
    """True for a gid, of type *node* where given. Shopify refuses a whole request for one id that
    is none, so such an id is never sent: nothing can be there under it."""
    return external_id.startswith(f"gid://shopify/{node}/" if node else "gid://shopify/")


def chunks(ids: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(ids), min(size, MAX_IDS)):
        yield list(ids[start : start + size])


def records(source: Source, node: Answer, data: Answer, read_at: datetime) -> list[Change]:
    """Map one record of *data*; an unreadable one is said to be, and spoils nothing else."""

    def mapping() -> list[Change]:
        match source.kind:
            case Kind.ORDER:
                return orders.changes(node, read_at)
            case Kind.PRODUCT:
                return [catalog.product(node, data["shop"]["currencyCode"].text, read_at)]
            case Kind.CUSTOMER:
                return [catalog.customer(node, read_at)]
            case _:
                return [catalog.location(node, read_at)]

    return changes.read(source.kind, node["id"].text_or_none, _payload(node), mapping)


def level(node: Answer, read_at: datetime) -> list[Change]:
    """Map one stock level, as `records` does."""
    is_named = node["item"]["id"] and node["location"]["id"]
    level_id = level_id_of(node) if is_named else None
    return changes.read(
        Kind.LEVEL, level_id, _payload(node), lambda: [catalog.level(node, read_at)]
    )


def level_id_of(node: Answer) -> str:
    return catalog.level_id(node["item"]["id"].text, node["location"]["id"].text)


def _payload(node: Answer) -> str:
    return msgspec.json.encode(node.value).decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A nested connection that has more: *connection* is the JSON to be extended with *field* of
    what *more* brings."""

    field: str
    more: Call
    connection: dict[str, Any]

    def extend(self, data: dict[str, Any]) -> None:
        """Take in what *more* brought; an owner that is gone by now has no more.

        Raises: Malformed for a connection that promises more and gives nothing, which never ends.
        """
        owner = Answer(data)["node"]
        rest = owner[self.field]
        if owner and not rest.nodes:
            rest.fail("the rest of a connection")
        self.connection["nodes"] += [one.value for one in rest.nodes] if owner else []
        self.connection["pageInfo"] = rest["pageInfo"].value


def unfinished(value: object) -> Iterator[Unfinished]:
    """Every nested connection of *value* that does not end, wherever it hangs.

    Its owner states ``__typename`` and ``id``; the operation More<Type><Field> goes on with it. A
    page's own connection has no such owner and is not one of them.
    """
    if isinstance(value, list):
        for one in value:
            yield from unfinished(one)
    elif isinstance(value, dict):
        for name, child in value.items():
            if "__typename" in value and _has_more(child):
                yield _rest(value, name, child)
            yield from unfinished(child)


def _has_more(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("nodes"), list):
        return False
    info = value.get("pageInfo")
    return isinstance(info, dict) and info.get("hasNextPage") is True


def _rest(owner: dict[str, Any], name: str, connection: dict[str, Any]) -> Unfinished:
    variables = {"id": owner.get("id"), "after": connection["pageInfo"].get("endCursor")}
    operation = f"More{owner['__typename']}{name[0].upper()}{name[1:]}"
    more = Call(name=operation, variables=variables)
    return Unfinished(field=name, more=more, connection=connection)
