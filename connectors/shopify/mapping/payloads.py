"""An order as webhooks state it: REST's shape (snake case, numeric ids), as a record.

It lacks payments and fulfillment orders, so it is taken for a new order only; see webhooks.py.
Source: webhook-schemas/orders__cancelled.json, the one schema of orders/create and its kin.
"""

from connectors.sdk.records import OrderLineRecord, OrderRecord, TotalsRecord
from connectors.sdk.records.states import Method
from connectors.sdk.values import Address, Money
from connectors.shopify.mapping import words
from connectors.shopify.mapping.answer import Answer
from connectors.shopify.mapping.counting import Moved, Ordered, counters
from connectors.shopify.mapping.orders import life


def gid(kind: str, number: int) -> str:
    """``gid("Order", 7)`` is ``"gid://shopify/Order/7"``, the id that GraphQL knows."""
    return f"gid://shopify/{kind}/{number}"


def id_of(stated: Answer, kind: str) -> str:
    """The exact gid of *stated*. The numeric ``id`` passes through JavaScript on its way into
    Shopify's own examples and loses digits beyond 2^53; ``admin_graphql_api_id`` does not."""
    exact = stated["admin_graphql_api_id"].text_or_none
    return exact or gid(kind, stated["id"].whole)


def order(stated: Answer) -> OrderRecord:
    """The order as of its ``updated_at``."""
    moved = _moved(stated)
    canceled = bool(stated["cancelled_at"])
    status, raw_status = life(
        is_canceled=canceled,
        is_closed=bool(stated["closed_at"]),
        financial=_financial(stated),
        has_shipped=moved.shipped.total() > 0,
    )
    location, customer = stated["location_id"], stated["customer"]
    reason, shipping = stated["cancel_reason"].text_or_none, stated["shipping_lines"].items
    return OrderRecord(
        external_id=id_of(stated, "Order"),
        revised_at=stated["updated_at"].time,
        number=stated["name"].text,
        status=status,
        raw_status=raw_status,
        placed_at=stated["processed_at"].time,
        currency=stated["presentment_currency"].text,
        totals=_totals(stated),
        lines=tuple(_line(one, moved, is_canceled=canceled) for one in stated["line_items"].items),
        customer_id=id_of(customer, "Customer") if customer else None,
        email=stated["email"].text_or_none,
        phone=stated["phone"].text_or_none,
        shipping_address=_address(stated["shipping_address"]),
        billing_address=_address(stated["billing_address"]),
        shipping_method=shipping[0]["title"].text_or_none if shipping else None,
        location_id=gid("Location", location.whole) if location else None,
        canceled_at=stated["cancelled_at"].time_or_none,
        cancel_reason=reason.upper() if reason else None,
        note=stated["note"].text_or_none,
    )


def _financial(stated: Answer) -> str | None:
    """REST's word as the Admin API writes it; one that nobody documents as it came."""
    word = stated["financial_status"].text_or_none
    known = (word or "").upper()
    return known if known in words.OPEN_ORDER else word


def _shown(money_set: Answer) -> Money:
    money = money_set["presentment_money"]
    return money["amount"].money(money["currency_code"].text)


def _totals(stated: Answer) -> TotalsRecord:
    return TotalsRecord(
        subtotal=_gross(stated),
        discount=_shown(stated["total_discounts_set"]),
        shipping=_shown(stated["total_shipping_price_set"]),
        tax=_shown(stated["total_tax_set"]),
        total=_shown(stated["total_price_set"]),
        tax_included=stated["taxes_included"].flag,
    )


def _gross(stated: Answer) -> Money:
    lines = stated["line_items"].items
    gross = sum(_shown(one["price_set"]).minor * one["quantity"].whole for one in lines)
    return Money(minor=gross, currency=stated["presentment_currency"].text)


def _line(line: Answer, moved: Moved, *, is_canceled: bool) -> OrderLineRecord:
    line_id, quantity, price = id_of(line, "LineItem"), line["quantity"].whole, line["price_set"]
    off = sum(_shown(one["amount_set"]).minor for one in line["discount_allocations"].items)
    unit = _shown(price)
    variant, title = line["variant_id"], line["variant_title"].text_or_none
    units = Ordered(
        line_id=line_id,
        ordered=quantity,
        current=line["current_quantity"].whole,
        is_canceled=is_canceled,
    )
    return OrderLineRecord(
        external_id=line_id,
        sku=line["sku"].text_or_none,
        variant_id=gid("ProductVariant", variant.whole) if variant else None,
        title=line["title"].text if title is None else f"{line['title'].text} - {title}",
        counters=counters(units, moved),
        unit_price=unit,
        total=Money(minor=unit.minor * quantity - off, currency=unit.currency),
        method=Method.SHIPPING if line["requires_shipping"].flag else Method.DIGITAL,
    )


def _moved(stated: Answer) -> Moved:
    moved = Moved()
    for one in stated["fulfillments"].items:
        if one["status"].text_or_none == "success":
            _count_shipment(one, moved)
    for refund in stated["refunds"].items:
        for line in refund["refund_line_items"].items:
            key = (id_of(line["line_item"], "LineItem"), line["restock_type"].text.upper())
            moved.refunded[key] += line["quantity"].whole
    return moved


def _count_shipment(shipment: Answer, moved: Moved) -> None:
    is_delivered = shipment["shipment_status"].text_or_none == "delivered"
    for line in shipment["line_items"].items:
        units = {id_of(line, "LineItem"): line["quantity"].whole}
        moved.shipped.update(units)
        if is_delivered:
            moved.delivered.update(units)


def _address(stated: Answer) -> Address | None:
    if not stated:
        return None
    return Address(
        name=stated["name"].text_or_none,
        company=stated["company"].text_or_none,
        line1=stated["address1"].text_or_none,
        line2=stated["address2"].text_or_none,
        city=stated["city"].text_or_none,
        province=stated["province_code"].text_or_none,
        postal_code=stated["zip"].text_or_none,
        country_code=stated["country_code"].text_or_none,
        phone=stated["phone"].text_or_none,
    )
