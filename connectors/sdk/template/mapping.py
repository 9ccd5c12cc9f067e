"""Acme's JSON -> records. Pure, so that a sample proves it.

The classes with an underscore are the contract, as far as we rely on it. What does not fit them is
Malformed, with the place: ``$.items[0].price``.

Source: acme.example/docs/orders, REST v1.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from connectors.sdk import changes
from connectors.sdk.capabilities import Account
from connectors.sdk.changes import Change
from connectors.sdk.errors import Malformed
from connectors.sdk.records import Kind, LineCounters, OrderLineRecord, OrderRecord, TotalsRecord
from connectors.sdk.records.states import OrderStatus
from connectors.sdk.values import Address, Money

T = TypeVar("T")
_Time = Annotated[datetime, msgspec.Meta(tz=True)]  # one without a zone could be any hour

# A word that is not here becomes UNKNOWN, never a guess.
# Source: acme.example/docs/orders#status.
STATUS = {
    "pending": OrderStatus.PENDING,
    "open": OrderStatus.CONFIRMED,
    "completed": OrderStatus.COMPLETED,
    "canceled": OrderStatus.CANCELED,
}


class _Item(msgspec.Struct):
    id: int
    title: str
    quantity: int
    canceled: int
    shipped: int
    price: str
    total: str
    sku: str | None = None


class _Totals(msgspec.Struct):
    subtotal: str
    discount: str
    shipping: str
    tax: str
    total: str


class _Address(msgspec.Struct):
    name: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None


class _Cancellation(msgspec.Struct):
    at: _Time
    reason: str | None = None


class _Order(msgspec.Struct):
    id: int
    number: str
    status: str
    created_at: _Time
    updated_at: _Time
    currency: str
    items: list[_Item]
    totals: _Totals
    customer_id: int | None = None
    email: str | None = None
    ship_to: _Address | None = None
    cancellation: _Cancellation | None = None


class _Page(msgspec.Struct):
    orders: list[Any]  # read one by one, so that a bad one does not spoil its page
    next_cursor: str | None = None


class _Account(msgspec.Struct):
    name: str
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of orders. *reached* is the latest change on it, by the shop's clock."""

    changes: tuple[Change, ...]
    cursor: str | None
    reached: datetime | None


def account(given: object) -> Account:
    stated = read(given, _Account)
    return Account(name=stated.name, version=stated.version)


def listing(given: object) -> Listing:
    page = read(given, _Page)
    found = tuple(readable(Kind.ORDER, one, order) for one in page.orders)
    times = [one.revised_at for one in found if isinstance(one, OrderRecord)]
    return Listing(changes=found, cursor=page.next_cursor, reached=max(times, default=None))


def readable(kind: Kind, given: object, mapping: Callable[[object], Change]) -> Change:
    """The record, or an Unreadable in its place: the gateway sets that aside and goes on."""
    id = given.get("id") if isinstance(given, dict) else None
    external_id, payload = None if id is None else str(id), msgspec.json.encode(given).decode()
    [found] = changes.read(kind, external_id, payload, lambda: [mapping(given)])
    return found


def order(given: object) -> OrderRecord:
    """Raises: Malformed."""
    stated = read(given, _Order)
    gone = stated.cancellation
    return OrderRecord(
        external_id=str(stated.id),
        revised_at=stated.updated_at.astimezone(UTC),
        number=stated.number,
        status=STATUS.get(stated.status, OrderStatus.UNKNOWN),
        raw_status=stated.status,
        placed_at=stated.created_at.astimezone(UTC),
        currency=stated.currency,
        totals=_totals(stated.totals, stated.currency),
        lines=tuple(_line(item, stated.currency) for item in stated.items),
        # A guest is null in orders of the web shop, and 0 in those taken by telephone.
        customer_id=str(stated.customer_id) if stated.customer_id else None,
        email=stated.email or None,
        shipping_address=_address(stated.ship_to) if stated.ship_to else None,
        canceled_at=gone.at.astimezone(UTC) if gone else None,
        cancel_reason=gone.reason if gone else None,
    )


def _line(item: _Item, currency: str) -> OrderLineRecord:
    return OrderLineRecord(
        external_id=str(item.id),
        sku=item.sku or None,
        title=item.title,
        # From quantities, line by line: the order's status does not know of halves.
        counters=LineCounters(
            ordered=item.quantity, canceled=item.canceled, fulfilled=item.shipped
        ),
        unit_price=_money(item.price, currency),
        total=_money(item.total, currency),
    )


def _totals(totals: _Totals, currency: str) -> TotalsRecord:
    return TotalsRecord(
        subtotal=_money(totals.subtotal, currency),
        discount=_money(totals.discount, currency),
        shipping=_money(totals.shipping, currency),
        tax=_money(totals.tax, currency),
        total=_money(totals.total, currency),
    )


def _address(stated: _Address) -> Address:
    """An empty text is how the shop says that it does not know."""
    return Address(
        name=stated.name or None,
        line1=stated.street or None,
        city=stated.city or None,
        province=stated.state or None,
        postal_code=stated.zip or None,
        country_code=stated.country or None,
    )


def _money(amount: str, currency: str) -> Money:
    """Amounts are decimal texts of major units; a float would lose cents."""
    try:
        return Money.of(amount, currency)
    except ValueError as error:
        raise Malformed(str(error)) from error


def read(given: object, promised: type[T]) -> T:
    """Return *given* as what the contract promises. Raises: Malformed, saying where it differs."""
    try:
        return msgspec.convert(given, promised)
    except msgspec.ValidationError as error:
        raise Malformed(str(error)) from error
