"""Orders. Source: orders_2026-01-01.json Order."""

from connectors.amazon.mapping import amounts, packages, work
from connectors.amazon.reading import Node
from connectors.sdk.changes import Change
from connectors.sdk.errors import Malformed
from connectors.sdk.records import LineCounters, OrderLineRecord, OrderRecord
from connectors.sdk.records.states import Method, OrderStatus
from connectors.sdk.values import Address

_STATUS = {
    "PENDING_AVAILABILITY": OrderStatus.PENDING,
    "PENDING": OrderStatus.PENDING,
    "UNSHIPPED": OrderStatus.CONFIRMED,
    "PARTIALLY_SHIPPED": OrderStatus.CONFIRMED,
    "CANCELLED": OrderStatus.CANCELED,
    "UNFULFILLABLE": OrderStatus.CANCELED,
}
"""SHIPPED is COMPLETED or CONFIRMED: see `_status`."""
_NOTHING = "null"
"""What recorded addresses have in place of nothing, as a text of four letters."""


def changes(order: Node, home: str) -> list[Change]:
    """Return all that one order states: itself, its packages, and work that is not ours.

    Nothing of an order of another shop that Amazon only fulfills: that shop has the sale. *home*:
    the location that stands for Amazon's warehouses. Raises: Malformed.
    """
    if order["salesChannel"]["channelName"].text() == "NON_AMAZON":
        return []
    sold = record(order)
    return [sold, *work.records(order, sold, home), *packages.records(order)]


def record(order: Node) -> OrderRecord:
    """Return the order. Amazon never says who the buyer is: no customer, and an address for mail
    that is Amazon's own and leads to the buyer."""
    word = order["fulfillment"]["fulfillmentStatus"].text() or ""
    status = _status(order, word)
    currency = amounts.currency_of(order)
    address = order["recipient"]["deliveryAddress"]
    method = _method(order, address)
    return OrderRecord(
        external_id=order["orderId"].id(),
        revised_at=order["lastUpdatedTime"].moment(),
        number=order["orderId"].id(),
        status=status,
        raw_status=word,
        placed_at=order["createdTime"].moment(),
        currency=currency,
        totals=amounts.totals(order, currency),
        lines=tuple(_line(order, item, currency, method) for item in order["orderItems"]),
        email=order["buyer"]["buyerEmail"].text(),
        shipping_address=_address(address),
        shipping_method=order["fulfillment"]["fulfillmentServiceLevel"].text(),
        cancel_reason=_cancel_reason(order) if status is OrderStatus.CANCELED else None,
    )


def _status(order: Node, word: str) -> OrderStatus:
    """Return COMPLETED once all is shipped and no package is under way any more. Of what Amazon
    ships it lists no packages: there the last word is that it was shipped."""
    if word != "SHIPPED":
        return _STATUS.get(word, OrderStatus.UNKNOWN)
    is_over = all(packages.status(one) in packages.OVER for one in order["packages"])
    return OrderStatus.COMPLETED if is_over else OrderStatus.CONFIRMED


def _line(order: Node, item: Node, currency: str, method: Method) -> OrderLineRecord:
    counters = _counters(order, item)
    price, total = amounts.line(item, currency, counters.ordered)
    product = item["product"]
    sku = product["sellerSku"].text()
    return OrderLineRecord(
        external_id=item["orderItemId"].id(),
        sku=sku,
        variant_id=sku,
        title=product["title"].text() or sku or product["asin"].text() or item["orderItemId"].id(),
        counters=counters,
        unit_price=price,
        total=total,
        method=method,
    )


def _counters(order: Node, item: Node) -> LineCounters:
    """Return the units. Amazon states what left and what is still to leave: the rest of what was
    ordered was canceled. Without either count, packages say what left, and nothing is canceled.

    Raises: Malformed when more left, or is to leave, than was ordered.
    """
    ordered = item["quantityOrdered"].count()
    in_packages, arrived = packages.units(order, item["orderItemId"].id())
    stated = item["fulfillment"]["quantityFulfilled"].optional_count()
    left = min(in_packages, ordered) if stated is None else stated
    waiting = item["fulfillment"]["quantityUnfulfilled"].optional_count()
    canceled = 0 if waiting is None else ordered - left - waiting
    if canceled < 0 or left > ordered:
        raise Malformed(f"{item.path}: more units left, or are to leave, than were ordered")
    return LineCounters(
        ordered=ordered, canceled=canceled, fulfilled=left, delivered=min(arrived, left)
    )


def _method(order: Node, address: Node) -> Method:
    if "IN_STORE_PICK_UP" in [one.text() for one in order["programs"]]:
        return Method.PICKUP
    is_point = address["addressType"].text() == "PICKUP_POINT"
    return Method.PICKUP_POINT if is_point else Method.SHIPPING


def _address(raw: Node) -> Address | None:
    """Return where it goes; None where we are not shown it."""
    second = [_words(raw, "addressLine2"), _words(raw, "addressLine3")]
    found = Address(
        name=_words(raw, "name"),
        company=_words(raw, "companyName"),
        line1=_words(raw, "addressLine1"),
        line2=", ".join(filter(None, second)) or None,
        city=_words(raw, "city") or _words(raw, "municipality") or _words(raw, "districtOrCounty"),
        province=_words(raw, "stateOrRegion"),
        postal_code=_words(raw, "postalCode"),
        country_code=_words(raw, "countryCode"),
        phone=_words(raw, "phone"),
    )
    return found if found != Address() else None


def _words(raw: Node, name: str) -> str | None:
    found = raw[name].text()
    return None if found == _NOTHING else found


def _cancel_reason(order: Node) -> str | None:
    for item in order["orderItems"]:
        found = item["cancellation"]["cancellationExecution"]["cancelReason"].text()
        if found:
            return found
    return None
