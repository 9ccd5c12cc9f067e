"""Orders: one of Square's may be a sale, a return of other sales, or both (an exchange)."""

from collections.abc import Mapping
from datetime import datetime

from connectors.sdk.changes import Change
from connectors.sdk.errors import Malformed
from connectors.sdk.records import OrderRecord, TotalsRecord
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.values import Address, Money
from connectors.square.mapping import customers, fulfillments, lines, payments, returns
from connectors.square.reading import Node

_STATUS = {
    "DRAFT": OrderStatus.DRAFT,
    "COMPLETED": OrderStatus.COMPLETED,
    "CANCELED": OrderStatus.CANCELED,
}
"""OPEN is PENDING or CONFIRMED: see `_open`."""


def changes(order: Node, sources: Mapping[str, Node], as_of: datetime) -> list[Change]:
    """Return all that one order states: the sale with its fulfillments, and what came back.

    *as_of* is when the request that read it began. updated_at would not do: nothing promises that
    it moves when a payment behind a tender is captured or voided.

    Raises: Malformed.
    """
    found: list[Change] = []
    if is_sale(order):
        sold = lines.read(order)
        found.append(_sale(order, sold, as_of))
        found.extend(fulfillments.records(order, sold, as_of))
    found.extend(returns.records(order, sources, as_of))
    return found


def is_sale(order: Node) -> bool:
    """False for an order that only takes back: it sells nothing and must not count as a sale."""
    return bool(order.nodes("line_items")) or not order.nodes("returns")


def is_amount_only(order: Node) -> bool:
    """True for an order that Square made of a refund of money alone; False for a broken one."""
    try:
        return not is_sale(order) and not returns.has_goods(order)
    except Malformed:
        return False


def _sale(order: Node, sold: lines.Lines, as_of: datetime) -> OrderRecord:
    state = order.optional_text("state") or ""
    totals = _totals(order)
    contact = _recipient(order)
    is_canceled = state == "CANCELED"
    return OrderRecord(
        external_id=order.text("id"),
        revised_at=as_of,
        number=order.optional_text("reference_id") or order.text("id"),
        status=_open(order) if state == "OPEN" else _STATUS.get(state, OrderStatus.UNKNOWN),
        raw_status=state,
        # Always there in Square's answers, though its schema (and an old example) allow otherwise.
        placed_at=order.optional_moment("created_at") or as_of,
        currency=totals.total.currency,
        totals=totals,
        lines=tuple(
            lines.record(
                line,
                fulfillments.counters(order, line, sold),
                fulfillments.method(order, line, sold),
            )
            for line in sold.values()
        ),
        transactions=payments.transactions(order),
        customer_id=_customer_id(order),
        email=contact.email if contact else None,
        phone=contact.phone if contact else None,
        shipping_address=contact if contact and contact.line1 else None,
        shipping_method=_first_detail(order, "shipping_type"),
        location_id=order.text("location_id"),
        canceled_at=order.optional_moment("closed_at") if is_canceled else None,
        cancel_reason=_first_detail(order, "cancel_reason") if is_canceled else None,
    )


def _open(order: Node) -> OrderStatus:
    """Return PENDING while the store has not accepted an OPEN order, or nobody has paid it."""
    states = [fulfillments.state(one) for one in order.nodes("fulfillments")]
    if states:
        waits = set(states) == {"PROPOSED"}
    else:
        due = order.optional_money("net_amount_due_money")
        waits = due.minor > 0 if due else not order.nodes("tenders")
    return OrderStatus.PENDING if waits else OrderStatus.CONFIRMED


def _totals(order: Node) -> TotalsRecord:
    """Return the totals, adding up: ``total = subtotal - discount + shipping + tax``.

    Shipping and every other service charge are one thing at Square, and tips have no place of
    their own: both are stated as shipping. What rounding to coins adds is left in the subtotal.
    """
    total = order.money("total_money")
    extra = _minor(order, "total_service_charge_money") + _minor(order, "total_tip_money")
    discount = _minor(order, "total_discount_money")
    included, tax = _tax(order)
    subtotal = total.minor + discount - extra - (0 if included else tax)
    amounts = (
        Money(minor=one, currency=total.currency) for one in (subtotal, discount, extra, tax)
    )
    goods, less, carriage, taxes = amounts
    return TotalsRecord(
        subtotal=goods,
        discount=less,
        shipping=carriage,
        tax=taxes,
        total=total,
        tax_included=included,
    )


def _tax(order: Node) -> tuple[bool, int]:
    """Return whether tax is included in prices, and the tax in minor units.

    Where both kinds meet in one order, the included part stays within the prices.
    """
    taxes = order.nodes("taxes")
    kinds = {tax.optional_text("type") for tax in taxes}
    if kinds == {"INCLUSIVE"}:
        return True, _minor(order, "total_tax_money")
    if "INCLUSIVE" not in kinds:
        return False, _minor(order, "total_tax_money")
    added = (tax for tax in taxes if tax.optional_text("type") != "INCLUSIVE")
    return False, sum(_minor(tax, "applied_money") for tax in added)


def _minor(node: Node, key: str) -> int:
    money = node.optional_money(key)
    return money.minor if money else 0


def _customer_id(order: Node) -> str | None:
    """Return the order's customer, else the one whose card paid; None for a guest."""
    stated = order.optional_text("customer_id")
    paid = (tender.optional_text("customer_id") for tender in order.nodes("tenders"))
    return stated or next((one for one in paid if one), None)


def _recipient(order: Node) -> Address | None:
    for fulfillment in order.nodes("fulfillments"):
        stated = fulfillments.details(fulfillment).optional_node("recipient")
        if stated is not None:
            return customers.recipient(stated)
    return None


def _first_detail(order: Node, key: str) -> str | None:
    details = (fulfillments.details(one) for one in order.nodes("fulfillments"))
    return next((text for text in (one.optional_text(key) for one in details) if text), None)
