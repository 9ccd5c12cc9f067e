"""What is asked of a shop: paths, fields and bodies. Pure.

``fields=id,*items,+metadata``: ``*`` expands a relation, ``+`` adds to the default fields.
Source: Medusa 2.21.2, Admin API, https://docs.medusajs.com/api/admin
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

import msgspec

from connectors.medusa import windows
from connectors.medusa.windows import Window
from connectors.sdk.http import Request

IDS_AT_ONCE = 50
"""How many subjects one request names: 2 kB of ids, an answer of some 600 kB for orders."""

_ORDER = (
    "id,display_id,custom_display_id,status,created_at,updated_at,canceled_at,currency_code,email,"
    "customer_id,total,item_subtotal,original_item_total,discount_subtotal,discount_total,"
    "shipping_subtotal,original_shipping_total,tax_total,credit_line_total,*summary,"
    "*shipping_address,*billing_address,*items,*items.detail,items.variant.manage_inventory,"
    "items.variant.inventory_items.inventory_item_id,"
    "items.variant.inventory_items.required_quantity,"
    "*shipping_methods,*fulfillments,*fulfillments.items,*fulfillments.labels,"
    "*payment_collections.payments,*payment_collections.payments.captures,"
    "*payment_collections.payments.refunds,*payment_collections.payments.refunds.refund_reason,"
    "*returns,*returns.items"
)
_CUSTOMER = "id,email,first_name,last_name,phone,has_account,created_at,updated_at,*addresses"
_PRODUCT = (
    "id,title,status,description,updated_at,*variants,*variants.options,*variants.options.option,"
    "*variants.prices,*variants.inventory_items"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request: a read without a *body*, a write with one (which may be empty)."""

    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Mapping[str, object] | None = None

    @property
    def is_safe(self) -> bool:
        """True for what changes nothing at the shop."""
        return self.body is None

    def request(self) -> Request:
        method = "GET" if self.is_safe else "POST"
        return Request(
            method=method, path=self.path, is_safe=self.is_safe, query=self.query, json=self.body
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A list of the Admin API; *name* is the member of the answer that holds it, and under which
    a checkpoint keeps how far a walk has come. *take*: rows a page."""

    name: str
    path: str
    fields: str
    take: int

    def page(self, window: Window) -> Call:
        """Ask for the page that *window* describes."""
        return self._call(windows.query(window, self.take))

    def newest(self) -> Call:
        return self._call((("limit", "1"), ("order", "-updated_at")))

    def by_offset(self, offset: int) -> Call:
        """Ask for one page of a list that is read whole each time."""
        page = (("limit", str(self.take)), ("offset", str(offset)), ("order", "id"))
        return self._call(page)

    def by_ids(self, ids: Sequence[str], name: str = "id[]") -> Call:
        """Ask for these, at most IDS_AT_ONCE; what is not there is left out of the answer."""
        named = tuple((name, each) for each in ids)
        return self._call((("limit", str(max(self.take, len(ids)))), *named))

    def all(self) -> Call:
        """Ask for a list that is short by nature."""
        return self._call((("limit", str(self.take)),))

    def _call(self, query: tuple[tuple[str, str], ...]) -> Call:
        return Call(path=self.path, query=(*query, ("fields", self.fields)))


ORDERS = List(name="orders", path="/admin/orders", fields=_ORDER, take=50)
PAYMENTS = List(
    name="payments",
    path="/admin/payments",
    fields="id,updated_at,payment_collection.order.id",
    take=200,
)
"""A capture moves the payment's time and not the order's."""
RETURNS = List(
    name="returns",
    path="/admin/returns",
    fields="id,order_id,status,location_id,updated_at",
    take=50,
)
CUSTOMERS = List(name="customers", path="/admin/customers", fields=_CUSTOMER, take=200)
PRODUCTS = List(name="products", path="/admin/products", fields=_PRODUCT, take=50)
VARIANTS = List(
    name="variants",
    path="/admin/product-variants",
    fields="id,product_id,updated_at",
    take=200,
)
"""A variant's change does not move its product's time."""
ITEMS = List(
    name="inventory_items",
    path="/admin/inventory-items",
    fields="id,sku,*location_levels",
    take=100,
)
LOCATIONS = List(
    name="stock_locations",
    path="/admin/stock-locations",
    fields="id,name,*address",
    take=100,
)
RESERVATIONS = List(
    name="reservations",
    path="/admin/reservations",
    fields="id,line_item_id,location_id,inventory_item_id,quantity",
    take=1000,
)
RETURN_REASONS = List(
    name="return_reasons",
    path="/admin/return-reasons",
    fields="id,value,label,*return_reason_children",
    take=1000,
)


def store() -> Call:
    return Call(path="/admin/stores", query=(("limit", "1"), ("fields", "id,name")))


def changes(order_id: str) -> Call:
    """Ask for the log of an order: what was done to it, by change, with each change's actions."""
    return Call(path=f"/admin/orders/{quote(order_id, safe='')}/changes")


def cancel_order(order_id: str) -> Call:
    return _write("orders", order_id, "cancel")


def fulfill(
    order_id: str,
    lines: Mapping[str, int],
    location_id: str | None,
    metadata: Mapping[str, str],
    *,
    notifies: bool,
) -> Call:
    """Put units into a fulfillment. Without a location each unit is taken where it is reserved."""
    where = {"location_id": location_id} if location_id else {}
    body = {"items": _items(lines), "metadata": metadata, "no_notification": not notifies}
    return _write("orders", order_id, "fulfillments", **body, **where)


def ship(
    order_id: str,
    fulfillment_id: str,
    lines: Mapping[str, int],
    label: Mapping[str, str] | None,
    *,
    notifies: bool,
) -> Call:
    body = {"items": _items(lines), "labels": [label] if label else []}
    path = ("orders", order_id, "fulfillments", fulfillment_id, "shipments")
    return _write(*path, **body, no_notification=not notifies)


def deliver(order_id: str, fulfillment_id: str) -> Call:
    return _write("orders", order_id, "fulfillments", fulfillment_id, "mark-as-delivered")


def set_stock(item_id: str, location_id: str, quantity: int, *, is_new: bool) -> Call:
    level = {
        "inventory_item_id": item_id,
        "location_id": location_id,
        "stocked_quantity": quantity,
    }
    way = "create" if is_new else "update"
    return _write("inventory-items", "location-levels", "batch", **{way: [level]})


def refund(payment_id: str, amount: Decimal, note: str) -> Call:
    """Give *amount* back. Units: major. The API takes a JSON number, and never was it a float."""
    number = msgspec.Raw(format(amount, "f").encode())
    return _write("payments", payment_id, "refund", amount=number, note=note)


def begin_return(order_id: str, location_id: str, key: Mapping[str, str]) -> Call:
    return _write("returns", order_id=order_id, location_id=location_id, metadata=key)


def request_items(return_id: str, items: Sequence[Mapping[str, object]]) -> Call:
    return _write("returns", return_id, "request-items", items=list(items))


def request_return(return_id: str) -> Call:
    return _write("returns", return_id, "request")


def begin_receipt(return_id: str, note: str) -> Call:
    return _write("returns", return_id, "receive", internal_note=note)


def move_return(return_id: str, location_id: str) -> Call:
    """Say where the goods of a return have come to."""
    return _write("returns", return_id, location_id=location_id)


def receive_items(return_id: str, lines: Mapping[str, int]) -> Call:
    """Take units in that go on sale again."""
    return _write("returns", return_id, "receive-items", items=_items(lines))


def dismiss_items(return_id: str, lines: Mapping[str, int]) -> Call:
    """Take units in that are damaged: stock does not move."""
    return _write("returns", return_id, "dismiss-items", items=_items(lines))


def confirm_receipt(return_id: str) -> Call:
    return _write("returns", return_id, "receive", "confirm")


def _write(*parts: str, **body: object) -> Call:
    path = "/".join(quote(part, safe="") for part in parts)
    return Call(path=f"/admin/{path}", body=body)


def _items(lines: Mapping[str, int]) -> list[dict[str, object]]:
    return [{"id": line_id, "quantity": quantity} for line_id, quantity in lines.items()]
