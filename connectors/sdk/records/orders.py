"""Orders, their lines, money and payments, as one system states them."""

from dataclasses import dataclass
from datetime import datetime

from connectors.sdk.records.states import (
    Method,
    OrderStatus,
    RefundStatus,
    ReturnStatus,
    TransactionKind,
    TransactionStatus,
)
from connectors.sdk.values import Address, LineQuantity, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCounters:
    """Units of one line: ``delivered <= fulfilled <= ordered - canceled``, and ``returned <=
    delivered`` where the system tracks delivery. These numbers are the truth, not any status."""

    ordered: int
    canceled: int = 0
    reserved: int = 0
    fulfilled: int = 0
    delivered: int = 0
    return_requested: int = 0
    returned: int = 0
    written_off: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineRecord:
    """One line. *sku* is None where the system states none; *variant_id* is its own variant id."""

    external_id: str
    sku: str | None = None
    variant_id: str | None = None
    title: str
    counters: LineCounters
    unit_price: Money
    """What the customer pays for one unit, before order discounts; tax as the system shows it."""
    total: Money
    """What the customer pays for all units ordered of this line, discounts allocated."""
    method: Method = Method.SHIPPING
    external_sku: str | None = None
    """The system's own SKU, where the operator's map gave it ours. No connector sets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalsRecord:
    """One currency throughout. ``total = subtotal - discount + shipping + tax`` when tax is not
    included in prices; a system that includes it states tax as information (*tax_included*)."""

    subtotal: Money
    discount: Money
    shipping: Money
    tax: Money
    total: Money
    tax_included: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRecord:
    """One movement of money, append-only at the source. *amount* > 0; *kind* says which way."""

    external_id: str
    kind: TransactionKind
    status: TransactionStatus
    raw_status: str
    amount: Money
    gateway: str | None = None
    """The processor or method: ``"stripe"``, ``"cash"``. Never a card number."""
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """One order as one system states it, shipments, refunds and returns being records of their own.

    *number* is what people see (``"#1001"``, ``"W6HTQNPBPL6EKAEQ"``). *customer_id* is the
    system's own id, None for a guest in whatever form the system says guest (null, 0, "0", "").
    """

    external_id: str
    revised_at: datetime
    """As of when these facts hold: the source's own change time where every change moves it, else
    the time the request that read them began. Older than held is ignored."""
    number: str
    status: OrderStatus
    raw_status: str
    placed_at: datetime
    currency: str
    totals: TotalsRecord
    lines: tuple[OrderLineRecord, ...]
    transactions: tuple[TransactionRecord, ...] = ()
    customer_id: str | None = None
    email: str | None = None
    phone: str | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: str | None = None
    location_id: str | None = None
    """The system's location that took the order (a till's store), where it says so."""
    seller: str | None = None
    """Who sold it, where a marketplace names the seller of record."""
    commission: Money | None = None
    """What the marketplace keeps of the total."""
    canceled_at: datetime | None = None
    cancel_reason: str | None = None
    note: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRecord:
    """Money going back. *payment_id* is the transaction refunded, where the system says so."""

    external_id: str
    revised_at: datetime
    order_id: str | None
    """The system's order id; None for a refund of a payment without an order (Square has them)."""
    status: RefundStatus
    raw_status: str
    amount: Money
    reason: str | None = None
    payment_id: str | None = None
    lines: tuple[LineQuantity, ...] = ()
    created_at: datetime | None = None
    reference: str | None = None
    """Our idempotency key, where the system keeps it: how an unknown outcome is looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRecord:
    """Goods coming back. *lines*: all that is to come."""

    external_id: str
    revised_at: datetime
    order_id: str | None
    status: ReturnStatus
    raw_status: str
    lines: tuple[LineQuantity, ...]
    reason: str | None = None
    created_at: datetime | None = None
    location_id: str | None = None
    reference: str | None = None
    """Our reference, as in FulfillmentOrderRecord: of the request whose goods come back."""
