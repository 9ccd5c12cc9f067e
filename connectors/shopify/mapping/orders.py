"""A GraphQL Order, with all that hangs on it, as records."""

from collections import Counter
from datetime import datetime
from itertools import chain

from connectors.sdk.changes import Change
from connectors.sdk.records import (
    OrderLineRecord,
    OrderRecord,
    TotalsRecord,
    TransactionRecord,
)
from connectors.sdk.records.states import (
    Method,
    OrderStatus,
    TransactionKind,
    TransactionStatus,
)
from connectors.sdk.values import Money
from connectors.shopify.mapping import parts, words
from connectors.shopify.mapping.answer import Answer, address
from connectors.shopify.mapping.counting import Moved, Ordered, counters


def changes(order: Answer, read_at: datetime) -> list[Change]:
    """The order, its fulfillment orders, shipments, refunds and returns, all as of *read_at*.

    Not as of ``updatedAt``: whether a hold, a scan or a returned parcel moves it is not documented.
    """
    order_id = order["id"].text
    returns = order["returns"].nodes
    refunds = (parts.refund(one, order_id, read_at) for one in order["refunds"].items)
    return [
        record(order, read_at),
        *(parts.work(one, order_id, read_at) for one in order["fulfillmentOrders"].nodes),
        *(parts.shipment(one, order_id, read_at) for one in order["fulfillments"].items),
        *chain.from_iterable(refunds),
        *(parts.returned(one, order_id, _sole_line(order), read_at) for one in returns),
    ]


def life(
    *, is_canceled: bool, is_closed: bool, financial: str | None, has_shipped: bool
) -> tuple[OrderStatus, str]:
    """Our status and a raw one: Shopify has dates and a payment status, but no single word.

    Unpaid orders are PENDING until something ships: cash on delivery stays unpaid to the end.
    """
    if is_canceled:
        return OrderStatus.CANCELED, "cancelled"
    if is_closed:
        return OrderStatus.COMPLETED, "closed"
    if financial is None:
        return OrderStatus.CONFIRMED, "open"
    status = words.OPEN_ORDER.get(financial, OrderStatus.UNKNOWN)
    if status is OrderStatus.PENDING and has_shipped:
        status = OrderStatus.CONFIRMED
    return status, f"open/{financial}"


def record(order: Answer, read_at: datetime) -> OrderRecord:
    """The order alone."""
    moved = _moved(order)
    lines = _lines(order, moved)
    status, raw_status = life(
        is_canceled=bool(order["cancelledAt"]),
        is_closed=bool(order["closedAt"]),
        financial=order["displayFinancialStatus"].text_or_none,
        has_shipped=moved.shipped.total() > 0,
    )
    return OrderRecord(
        external_id=order["id"].text,
        revised_at=read_at,
        number=order["name"].text,
        status=status,
        raw_status=raw_status,
        placed_at=order["processedAt"].time,
        currency=order["presentmentCurrencyCode"].text,
        totals=_totals(order),
        lines=lines,
        transactions=_transactions(order),
        customer_id=order["customer"]["id"].text_or_none,
        email=order["email"].text_or_none,
        phone=order["phone"].text_or_none,
        shipping_address=address(order["shippingAddress"]),
        billing_address=address(order["billingAddress"]),
        shipping_method=order["shippingLine"]["title"].text_or_none,
        location_id=order["retailLocation"]["id"].text_or_none,
        canceled_at=order["cancelledAt"].time_or_none,
        cancel_reason=order["cancelReason"].text_or_none,
        note=order["note"].text_or_none,
    )


def _totals(order: Answer) -> TotalsRecord:
    """Totals of all units ordered. *subtotal* is before discounts (``subtotalPriceSet`` is after
    them), so it is added up from the lines. Tips, duties and fees are in *total* only."""
    currency, lines = order["presentmentCurrencyCode"].text, order["lineItems"].nodes
    gross = sum(_unit_price(line).minor * line["quantity"].whole for line in lines)
    zero = Money(minor=0, currency=currency)
    return TotalsRecord(
        subtotal=Money(minor=gross, currency=currency),
        discount=order["totalDiscountsSet"].shown if order["totalDiscountsSet"] else zero,
        shipping=order["totalShippingPriceSet"].shown,
        tax=order["totalTaxSet"].shown if order["totalTaxSet"] else zero,
        total=order["totalPriceSet"].shown,
        tax_included=order["taxesIncluded"].flag,
    )


def _unit_price(line: Answer) -> Money:
    return line["originalUnitPriceSet"].shown


def _lines(order: Answer, moved: Moved) -> tuple[OrderLineRecord, ...]:
    methods = {
        item["lineItem"]["id"].text: parts.method(work)
        for work in order["fulfillmentOrders"].nodes
        for item in work["lineItems"].nodes
    }
    canceled = bool(order["cancelledAt"])
    return tuple(
        _line(line, methods, moved, is_canceled=canceled) for line in order["lineItems"].nodes
    )


def _line(
    line: Answer, methods: dict[str, Method], moved: Moved, *, is_canceled: bool
) -> OrderLineRecord:
    line_id, quantity, price = line["id"].text, line["quantity"].whole, _unit_price(line)
    off = sum(one["allocatedAmountSet"].shown.minor for one in line["discountAllocations"].items)
    without_work = Method.SHIPPING if line["requiresShipping"].flag else Method.DIGITAL
    units = Ordered(
        line_id=line_id,
        ordered=quantity,
        current=line["currentQuantity"].whole,
        is_canceled=is_canceled,
    )
    return OrderLineRecord(
        external_id=line_id,
        sku=line["sku"].text_or_none,
        variant_id=line["variant"]["id"].text_or_none,
        title=_title(line),
        counters=counters(units, moved),
        unit_price=price,
        total=Money(minor=price.minor * quantity - off, currency=price.currency),
        method=methods.get(line_id, without_work),
    )


def _title(line: Answer) -> str:
    variant = line["variantTitle"].text_or_none
    return line["title"].text if variant is None else f"{line['title'].text} - {variant}"


def _moved(order: Answer) -> Moved:
    moved = Moved()
    for shipment in order["fulfillments"].items:
        if shipment["status"].text_or_none == "SUCCESS":
            _count_shipment(shipment, moved)
    for refund in order["refunds"].items:
        for line in refund["refundLineItems"].nodes:
            key = (line["lineItem"]["id"].text, line["restockType"].text)
            moved.refunded[key] += line["quantity"].whole
    for back in order["returns"].nodes:
        _count_return(back, _sole_line(order), moved)
    return moved


def _count_shipment(shipment: Answer, moved: Moved) -> None:
    units: Counter[str] = Counter()
    for line in parts.line_quantities(shipment["fulfillmentLineItems"], "quantity"):
        units[line.line_id or ""] += line.quantity
    moved.shipped.update(units)
    if parts.is_delivered(shipment):
        moved.delivered.update(units)


def _count_return(back: Answer, sole_line: str | None, moved: Moved) -> None:
    is_open = back["status"].text in ("REQUESTED", "OPEN")
    if is_open:
        for asked in parts.return_lines(back, sole_line):
            moved.returning[asked.line_id or ""] += asked.quantity
    for line in parts.coming_back(back):
        line_id = line["fulfillmentLineItem"]["lineItem"]["id"].text_or_none or ""
        moved.received[line_id] += parts.arrived(line)
        moved.returning[line_id] -= parts.arrived(line) if is_open else 0


def _sole_line(order: Answer) -> str | None:
    lines = order["lineItems"].nodes
    return lines[0]["id"].text if len(lines) == 1 else None


def _transactions(order: Answer) -> tuple[TransactionRecord, ...]:
    return tuple(
        _transaction(one)
        for one in order["transactions"].items
        if one["kind"].text != words.NOT_A_MOVEMENT
    )


def _transaction(stated: Answer) -> TransactionRecord:
    kind, status = stated["kind"].text, stated["status"].text
    known = kind in words.TRANSACTION_KIND
    return TransactionRecord(
        external_id=stated["id"].text,
        kind=words.TRANSACTION_KIND.get(kind, TransactionKind.ADJUSTMENT),
        status=_status(status) if known else TransactionStatus.UNKNOWN,
        raw_status=status if known else f"{kind} {status}",
        amount=stated["amountSet"].shown,
        gateway=stated["gateway"].text_or_none,
        occurred_at=stated["processedAt"].time_or_none,
    )


def _status(word: str) -> TransactionStatus:
    return words.TRANSACTION_STATUS.get(word, TransactionStatus.UNKNOWN)
