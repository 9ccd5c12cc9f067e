"""The requests that are sent to ShipBob, and how its lists are walked. Pure.

Source: openapi-2026-01.json.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import NAMESPACE_URL, uuid5

import msgspec

from connectors.sdk.commands import RequestedLine, RequestFulfillment, RequestReturn
from connectors.sdk.errors import Malformed, Rejected
from connectors.sdk.http import Request, Response
from connectors.sdk.records import Kind
from connectors.sdk.values import Address, Money
from connectors.shipbob.checkpoints import Query
from connectors.shipbob.mapping import Node, SentBack

VERSION = "2026-01"
_API = f"/{VERSION}"
CHANNEL_HEADER = "shipbob_channel_id"

OVERLAP = timedelta(minutes=5)
"""How far a pull reaches back behind its checkpoint: clocks differ, and ShipBob promises nothing on
how soon a change shows up in its lists."""
PAGE = 250
"""The most that GET /order (Limit) and GET /product (PageSize) give at once."""
LEVELS_PAGE = 50
"""Items at once: each comes with every fulfillment center that has it."""
IDS_AT_ONCE = 50
"""Ids in one query: the contract names no limit, an address line of 8 kB would hold about 500."""
TRACKINGS_AT_ONCE = 25
"""Source: GET /shipments-tracking, "between 1 and 25 shipment IDs per request"."""
CANCELED_RETURNS = timedelta(days=180)
"""Canceled returns can be asked for by the day they were made only; none is open for longer."""
DEFAULT_SHIPPING_METHOD = "Standard"
"""What ShipBob itself takes a method for that it does not know (POST /order, shipping_method)."""
LONGEST_REFERENCE = 300


def channels() -> Request:
    return _get("/channel", ("RecordsPerPage", "250"))


def order(order_id: str, channel_id: str) -> Request:
    return _get(f"/order/{order_id}", channel_id=channel_id)


def orders(channel_id: str, *filters: tuple[str, str]) -> Request:
    """Ask for the first page of the orders of a channel.

    No end date, ever: an order that changes while its list is walked would leave the list, the rest
    would move up, and the walk would step over one.
    """
    return _get("/order", ("Page", "1"), ("Limit", str(PAGE)), *filters, channel_id=channel_id)


def orders_by_id(order_ids: Sequence[str], channel_id: str) -> Request:
    return orders(channel_id, ("IDs", ",".join(order_ids)))


def orders_by_reference(reference: str, channel_id: str | None) -> Request:
    """Ask for the orders with *reference*: of a channel, or (None) of all that we may read."""
    query = (("Page", "1"), ("Limit", str(PAGE)), ("ReferenceIds", reference))
    return _get("/order", *query, channel_id=channel_id)


def shipment(shipment_id: str, channel_id: str | None = None) -> Request:
    return _get(f"/shipment/{shipment_id}", channel_id=channel_id)


def trackings(shipment_ids: Sequence[str]) -> Request:
    return _get("/shipments-tracking", ("ShipmentIds", ",".join(shipment_ids)))


def locations() -> Request:
    """Ask for the places we may use, closed ones too: that one closed is news."""
    return _get("/location", ("IncludeInactive", "true"), ("AccessGranted", "true"))


def product(product_id: str) -> Request:
    return _get(f"/product/{product_id}")


def products(*filters: tuple[str, str]) -> Request:
    return _get("/product", ("PageSize", str(PAGE)), *filters)


def levels(*filters: tuple[str, str]) -> Request:
    return _get("/inventory-level/locations", ("PageSize", str(LEVELS_PAGE)), *filters)


def levels_of(inventory_ids: Sequence[str]) -> Request:
    return levels(("InventoryIds", ",".join(inventory_ids)))


def returns(*filters: tuple[str, str]) -> Request:
    """Ask for returns, of all channels: most are made by ShipBob or a returns service."""
    return _get("/return", ("Limit", str(PAGE)), *filters)


def returns_by_id(return_ids: Sequence[str]) -> Request:
    return returns(("Ids", ",".join(return_ids)))


def returns_by_reference(reference: str) -> Request:
    return returns(("ReferenceIds", reference))


def return_reference(key: str) -> str:
    """Name a return: 50 characters at most, and it "must appear on the box label as RMA"."""
    return f"RMA-{uuid5(NAMESPACE_URL, key).hex}"


def take_back(command: RequestReturn, back: SentBack, channel_id: str) -> Request:
    """Announce that goods come back, to be dealt with as is the account's default for them.

    Raises: Rejected when there is nowhere to send them; nothing is sent then.
    """
    place = _required(command.location_id or back.location_id, "location_id")
    body = {
        "reference_id": return_reference(command.key),
        "fulfillment_center": {"id": int(_number(place, "location_id"))},
        "original_shipment_id": int(back.shipment_id),
        "inventory": [
            {"id": int(item), "quantity": quantity, "requested_action": "Default"}
            for item, quantity in back.items.items()
        ],
    }
    headers = {CHANNEL_HEADER: channel_id}
    return Request(method="POST", path=f"{_API}/return", is_safe=False, json=body, headers=headers)


def passes(kind: Kind, since: datetime | None, channel_id: str) -> tuple[Request, ...]:
    """Return the lists to walk, one after the other, for all that changed since (None: for all).

    An order has two clocks: LastUpdate for the warehouse's work, LastTrackingUpdate for the
    carrier's. Neither is said to move the other, so shipments follow both.
    """
    start = _time(since - OVERLAP) if since else None
    match kind:
        case Kind.LOCATION:
            return (locations(),)
        case Kind.LEVEL:
            return (levels(),)
        case Kind.PRODUCT:
            return (products(("LastUpdatedTimestamp", start)) if start else products(),)
        case Kind.FULFILLMENT_ORDER | Kind.SHIPMENT | Kind.TRACKER:
            return tuple(orders(channel_id, *each) for each in _order_passes(kind, start))
        case Kind.RETURN:
            return tuple(returns(*each) for each in _return_passes(since))
        case _:
            return ()


def _order_passes(kind: Kind, start: str | None) -> tuple[Query, ...]:
    if start is None:
        return ((("HasTracking", "true"),),) if kind is Kind.TRACKER else ((),)
    worked, tracked = ("LastUpdateStartDate", start), ("LastTrackingUpdateStartDate", start)
    match kind:
        case Kind.FULFILLMENT_ORDER:
            return ((worked,),)
        case Kind.TRACKER:
            return ((tracked,),)
        case _:
            return ((worked,), (tracked,))


def _return_passes(since: datetime | None) -> tuple[Query, ...]:
    """Returns have no time of change: read the open ones, and those that were closed since."""
    if since is None:
        return ((),)
    start = since - OVERLAP
    return (
        (("Status", "AwaitingArrival,Arrived,Processing"),),
        (("CompletedStartDate", _time(start)),),
        (("Status", "Cancelled"), ("StartDate", _time(start - CANCELED_RETURNS))),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One answer of a list, and the request for the one after it."""

    items: tuple[Node, ...]
    following: Request | None


def listing(request: Request, response: Response) -> Listing:
    """Read a list's answer. Raises: Malformed when it is no list, or leads back to itself.

    Orders are paged by number and headers, everything else by a link. Only the link's query is
    followed: it comes as a path or as an address, and an address could lead our token elsewhere.
    """
    body = Node(response.json())
    if isinstance(body.value, list):
        items = tuple(body)
        return Listing(items=items, following=_next_number(request, response, len(items)))
    link = body["next"].text()
    if link is None:
        return Listing(items=tuple(body["items"]), following=None)
    query = tuple(parse_qsl(urlsplit(link).query))
    if query == request.query:
        raise Malformed("$.next: leads to the page it is on")
    return Listing(items=tuple(body["items"]), following=replace(request, query=query))


def _next_number(request: Request, response: Response, found: int) -> Request | None:
    """Return the next page by number, when Total-Pages says (or a full page hints) there is one."""
    asked = dict(request.query)
    if "Page" not in asked or not found:
        return None
    page, total = int(asked["Page"]), response.headers.get("total-pages", "")
    has_more = page < int(total) if total.isdecimal() else found >= int(asked["Limit"])
    if not has_more:
        return None
    query = tuple((k, str(page + 1) if k == "Page" else v) for k, v in request.query)
    return replace(request, query=query)


def create(command: RequestFulfillment, channel_id: str) -> Request:
    """Ask ShipBob to fulfill. *reference* is what it keeps unique, so it is the idempotency key.

    Raises: Rejected when ShipBob could not take the request; nothing is sent then.
    """
    reference = _required(command.reference, "reference")
    if len(reference) > LONGEST_REFERENCE or "," in reference:
        # ReferenceIds is a list separated by commas: an order with one could never be found again.
        raise Rejected("no reference of ShipBob's", code="invalid", field="reference")
    if not command.lines:
        raise Rejected("nothing to fulfill", code="invalid", field="lines")
    body = {
        "reference_id": reference,
        "order_number": command.order_number or reference,
        "type": "DTC",
        "shipping_method": command.shipping_method or DEFAULT_SHIPPING_METHOD,
        "location_id": int(_number(command.location_id, "location_id")),
        "recipient": _recipient(command.ship_to),
        "products": [_ordered(line) for line in command.lines],
    }
    headers = {CHANNEL_HEADER: channel_id}
    return Request(method="POST", path=f"{_API}/order", is_safe=False, json=body, headers=headers)


def cancel(order_id: str, channel_id: str) -> Request:
    path = f"{_API}/order/{order_id}:cancel"
    return Request(method="POST", path=path, is_safe=False, headers={CHANNEL_HEADER: channel_id})


def private_words(command: RequestFulfillment) -> tuple[str, ...]:
    """Return the words of a request that are a person's, so that no error repeats them."""
    to = command.ship_to
    words = (to.name, to.company, to.line1, to.line2, to.phone, to.email, to.postal_code)
    return tuple(filter(None, words))


def _recipient(to: Address) -> dict[str, Any]:
    address = {
        "address1": _required(to.line1, "ship_to.line1"),
        "address2": to.line2,
        "city": _required(to.city, "ship_to.city"),
        "company_name": to.company,
        "country": _required(to.country_code, "ship_to.country_code"),
        "state": to.province,
        "zip_code": to.postal_code,
    }
    person = {
        "name": _required(to.name or to.company, "ship_to.name")[:300],
        "email": to.email,
        "phone_number": to.phone[:50] if to.phone else None,
    }
    return {"address": _stated(address), **_stated(person)}


def _ordered(line: RequestedLine) -> dict[str, Any]:
    """Name a product by its reference, which is its SKU: the way that ShipBob recommends.

    (Its other way takes a product id, and what we hold are variant ids.) An unknown reference is
    not refused: ShipBob makes a new product of it, and the order waits for stock as Exception.
    """
    sku = _required(line.sku, "lines.sku")
    if line.quantity < 1:
        raise Rejected("nothing of a line", code="invalid", field="lines.quantity")
    product = {
        "reference_id": sku,
        "sku": sku,
        "name": line.title or sku,
        "quantity": line.quantity,
        "unit_price": _dollars(line.unit_price),
    }
    return _stated(product)


def _dollars(price: Money) -> msgspec.Raw | None:
    """Write a price as a JSON number, exactly. There is no field for its currency, and totals are
    "in USD": prices in another are left out."""
    return msgspec.Raw(str(price.amount).encode()) if price.currency == "USD" else None


def _stated(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _required(value: str | None, field: str) -> str:
    if not value:
        raise Rejected(f"ShipBob needs {field}", code="missing", field=field)
    return value


def _number(value: str, field: str) -> str:
    if not is_id(value):
        raise Rejected("no id of ShipBob's", code="invalid", field=field)
    return value


def is_id(text: str) -> bool:
    """True for what could be an id here: they are all numbers of 32 bits, a few of 64."""
    return text.isascii() and text.isdecimal() and len(text) < 20


def _get(path: str, *query: tuple[str, str], channel_id: str | None = None) -> Request:
    headers = {CHANNEL_HEADER: channel_id} if channel_id else {}
    return Request(method="GET", path=_API + path, is_safe=True, query=query, headers=headers)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
