"""What is asked of a shop: documents (files under ``queries/``) and their variables. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from connectors.sdk.http import Request
from connectors.sdk.records import Kind
from connectors.vendure import windows
from connectors.vendure.mapping import customers, history
from connectors.vendure.windows import Window

_QUERIES = Path(__file__).parent / "queries"


def _documents(folder: str) -> dict[str, str]:
    """Return the documents of a folder by name, without their comments, which are for us."""
    return {
        path.stem: "".join(
            line
            for line in path.read_text().splitlines(keepends=True)
            if not line.lstrip().startswith("#")
        )
        for path in sorted(_QUERIES.glob(f"{folder}/*.graphql"))
    }


READS = _documents("reads")
WRITES = _documents("writes")

PATH = "/admin-api"

IDS_AT_ONCE = 100
"""How many subjects one request names: an answer stays below a second and some 300 kB."""

HANDLER = "manual-fulfillment"
"""Vendure's own fulfillment handler, which does nothing but keep the method and the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One document with its variables; *document* is its file's name."""

    document: str
    variables: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_safe(self) -> bool:
        """True for what changes nothing at the shop."""
        return self.document in READS

    def request(self) -> Request:
        query = READS[self.document] if self.is_safe else WRITES[self.document]
        body = {"query": query, "variables": self.variables}
        return Request(method="POST", path=PATH, is_safe=self.is_safe, json=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A list that a walk goes through in order of the time *time*, *take* rows a page.

    *only*: a filter on it. *name*: under which a checkpoint keeps how far the walk has come.
    """

    name: str
    document: str
    time: str
    take: int
    only: Mapping[str, object] = field(default_factory=dict)

    def page(self, window: Window) -> Call:
        """Ask for the page that *window* describes."""
        options = windows.options(window, self.time, self.take, self.only)
        return _list(self.document, options)


_IS_PLACED = {"orderPlacedAt": {"isNull": False}}
"""Leaves out carts and drafts, and carts that were canceled (which are no longer "active")."""

PLACED = List(name="placed", document="orders", time="orderPlacedAt", take=100)
"""Placing an order does not move its updatedAt, which is when the cart last changed."""
UPDATED = List(
    name="updated",
    document="orders",
    time="updatedAt",
    take=100,
    only=_IS_PLACED,
)
CUSTOMERS = List(name="customers", document="customers", time="updatedAt", take=200)
PRODUCTS = List(name="products", document="products", time="updatedAt", take=100)
VARIANTS = List(name="variants", document="variants", time="updatedAt", take=500)

DOCUMENTS = {
    Kind.ORDER: "orders",
    Kind.CUSTOMER: "customers",
    Kind.PRODUCT: "products",
    Kind.LEVEL: "levels",
    Kind.LOCATION: "locations",
}
"""The document that lists a kind."""

ROOT = {
    "orders": "orders",
    "customers": "customers",
    "products": "products",
    "variants": "productVariants",
    "levels": "productVariants",
    "locations": "stockLocations",
}
"""Where in its answer a document's list stands."""

LEVELS_TAKE = 200
"""Variants a request: what a request costs is its API key, not its rows."""
LOCATIONS_TAKE = 250


def check() -> Call:
    return Call(document="check")


def shop() -> Call:
    return Call(document="shop")


def newest_order() -> Call:
    return Call(document="newest_order")


def by_ids(document: str, ids: Sequence[str]) -> Call:
    """Ask for these subjects, at most IDS_AT_ONCE; what is not there is left out of the answer."""
    return _list(document, {"take": IDS_AT_ONCE, "filter": {"id": {"in": list(ids)}}})


def by_skip(document: str, skip: int, take: int) -> Call:
    """Ask for one page of a list that is read whole each time."""
    return _list(document, {"take": take, "skip": skip, "sort": {"id": "ASC"}})


def order_for_command(order_id: str) -> Call:
    """Ask for one order with staff's notes, among them ours, and its variants' stock."""
    variables: dict[str, object] = {
        "options": {"take": 1, "filter": {"id": {"eq": order_id}}},
        "history": [*history.READ, "ORDER_NOTE"],
        "withStock": True,
    }
    return Call(document="orders", variables=variables)


def level(variant_id: str, location_id: str) -> Call:
    return Call(document="level", variables={"variantId": variant_id, "locationId": location_id})


def cancel_order(
    order_id: str, lines: Mapping[str, int], reason: str, *, with_shipping: bool
) -> Call:
    return _write(
        "cancel_order",
        orderId=order_id,
        lines=_order_lines(lines),
        cancelShipping=with_shipping,
        reason=reason,
    )


def add_fulfillment(lines: Mapping[str, int], method: str, tracking_number: str) -> Call:
    arguments = [
        {"name": "method", "value": method},
        {"name": "trackingCode", "value": tracking_number},
    ]
    handler = {"code": HANDLER, "arguments": arguments}
    return _write("add_fulfillment", lines=_order_lines(lines), handler=handler)


def move_fulfillment(fulfillment_id: str, state: str) -> Call:
    return Call(document="move_fulfillment", variables={"id": fulfillment_id, "state": state})


def add_note(order_id: str, note: str) -> Call:
    """Write a note that staff see and shoppers do not."""
    return _write("add_note", id=order_id, note=note, isPublic=False)


def refund_order(payment_id: str, amount: int, lines: Mapping[str, int], reason: str) -> Call:
    """Ask for a refund of *amount*, in Vendure's integers.

    *shipping*, *adjustment* and *lines* are deprecated, and without them the server fails with
    "NOT NULL constraint failed: refund.shipping". Source: Vendure 3.7.3, RefundOrderInput.
    """
    return _write(
        "refund_order",
        paymentId=payment_id,
        amount=amount,
        lines=_order_lines(lines),
        shipping=0,
        adjustment=0,
        reason=reason,
    )


def settle_refund(refund_id: str, transaction_id: str) -> Call:
    return _write("settle_refund", id=refund_id, transactionId=transaction_id)


def set_stock(variant_id: str, location_id: str, quantity: int) -> Call:
    levels = [{"stockLocationId": location_id, "stockOnHand": quantity}]
    variants = [{"id": variant_id, "stockLevels": levels}]
    return Call(document="set_stock", variables={"input": variants})


def _list(document: str, options: Mapping[str, object]) -> Call:
    variables: dict[str, object] = {"options": options}
    if document == "orders":
        variables |= {"history": list(history.READ), "withStock": False}
    if document == "customers":
        variables |= {"history": list(customers.HISTORY)}
    return Call(document=document, variables=variables)


def _write(document: str, **values: object) -> Call:
    return Call(document=document, variables={"input": values})


def _order_lines(lines: Mapping[str, int]) -> list[dict[str, object]]:
    return [{"orderLineId": line_id, "quantity": lines[line_id]} for line_id in lines]
