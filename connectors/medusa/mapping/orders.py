"""Orders, and the shipments, refunds and returns that one order's JSON states."""

from datetime import timedelta

from connectors.medusa.mapping import lines, payments, shipments, states
from connectors.medusa.mapping.address import address
from connectors.medusa.mapping.reading import Reading
from connectors.medusa.mapping.returns import returns
from connectors.medusa.mapping.shape import Node
from connectors.sdk.changes import Change
from connectors.sdk.records import OrderRecord, TotalsRecord
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.values import Money

FORGOTTEN_AFTER = timedelta(days=30)
"""How long after its last change an order is re-read for money that moves no time. Authorizations
end within a month at the latest; a refund owed for longer is somebody's decision."""


def order(node: Node, reading: Reading) -> list[Change]:
    """Return an order with all that belongs to it."""
    return [
        _order(node, reading),
        *shipments.shipments(node, reading),
        *payments.refunds(node, reading),
        *returns(node, reading),
    ]


def is_settled(node: Node, reading: Reading) -> bool:
    """Say whether every further change of an order moves a time that a pull follows.

    Neither a capture of a part nor a refund that is owed does: until an order's money is taken in
    full, and what is owed given back, it is read again.
    """
    is_old = node["updated_at"].time() < reading.read_at - FORGOTTEN_AFTER
    if is_old or node.find("canceled_at"):
        return True
    is_owed = node["summary"].amount("pending_difference") < 0
    return not is_owed and not any(map(payments.is_awaited, payments.payments(node)))


def _order(node: Node, reading: Reading) -> OrderRecord:
    word = node["status"].text()
    shipping_address = address(node.find("shipping_address"))
    return OrderRecord(
        external_id=node["id"].text(),
        revised_at=reading.read_at,
        number=_number(node),
        status=_status(node, word),
        raw_status=word,
        placed_at=node["created_at"].time(),
        currency=node["currency_code"].text().upper(),
        totals=_totals(node),
        lines=lines.lines(node, reading),
        transactions=payments.transactions(node),
        customer_id=node.optional("customer_id"),
        email=node.optional("email"),
        phone=shipping_address.phone if shipping_address else None,
        shipping_address=shipping_address,
        billing_address=address(node.find("billing_address")),
        shipping_method=lines.shipping_method(node),
        canceled_at=node.time_of("canceled_at"),
    )


def _number(node: Node) -> str:
    """Return what people see: the shop's own number where it makes one, else ``#7``."""
    return node.optional("custom_display_id") or f"#{node['display_id'].whole()}"


def _status(node: Node, word: str) -> OrderStatus:
    """Return the life cycle. A pending order is confirmed once money stands behind it, as Medusa
    has then put the stock aside; an edit may take the authorization away again."""
    status = states.ORDER.get(word, OrderStatus.UNKNOWN)
    if word == "archived" and node.find("canceled_at"):
        return OrderStatus.CANCELED
    if word != "pending" or node.amount("total") == 0:
        return status
    is_paid = any(map(payments.is_authorized, payments.payments(node)))
    return status if is_paid else OrderStatus.PENDING


def _totals(node: Node) -> TotalsRecord:
    """Return the totals as they are now: what came back is no longer in them.

    Credit lines, by which Medusa books refunds that it did not owe, are none of the order's price:
    the total is that without them. Parts are rounded each; what that leaves over to the total, a
    cent at most, goes to the tax, or where prices include it to the discount.
    """
    currency = node["currency_code"].text()
    total = Money.of(node.amount("total") + node.amount("credit_line_total"), currency)
    is_taxed = any(map(lines.is_taxed, node.items("items")))
    names = ("original_item_total", "original_shipping_total", "discount_total")
    if not is_taxed:
        names = ("item_subtotal", "shipping_subtotal", "discount_subtotal")
    subtotal, shipping, discount = (node.money(name, currency) for name in names)
    if is_taxed:
        tax = node.money("tax_total", currency)
        discount = _less(subtotal.minor + shipping.minor - total.minor, currency)
    else:
        tax = _less(total.minor - subtotal.minor - shipping.minor + discount.minor, currency)
    return TotalsRecord(
        subtotal=subtotal,
        discount=discount,
        shipping=shipping,
        tax=tax,
        total=total,
        tax_included=is_taxed,
    )


def _less(minor: int, currency: str) -> Money:
    return Money(minor=minor, currency=currency.upper())
