"""Records as systems might state them: small, valid, and changed by keyword."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.sdk.commands import RequestReturn
from connectors.sdk.records import (
    CustomerRecord,
    LevelRecord,
    LineCounters,
    LocationRecord,
    OrderLineRecord,
    OrderRecord,
    ProductRecord,
    Quantities,
    ReturnRecord,
    ShipmentRecord,
    TotalsRecord,
    TrackerRecord,
    Tracking,
    TrackingEventRecord,
    TransactionRecord,
    VariantRecord,
)
from connectors.sdk.records.states import (
    LocationType,
    OrderStatus,
    ProductStatus,
    ReturnStatus,
    ShipmentStatus,
    TrackingStatus,
    TransactionKind,
    TransactionStatus,
)
from connectors.sdk.values import Address, LineQuantity, Money

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADDRESS = Address(
    name="Ada Okafor",
    line1="11 Bleecker Street",
    city="New York",
    province="NY",
    postal_code="10012",
    country_code="US",
    phone="+12125550101",
)


def usd(minor: int) -> Money:
    return Money(minor=minor, currency="USD")


def line(external_id: str = "l1", quantity: int = 1, **given: Any) -> OrderLineRecord:
    """One line of units at 10 dollars."""
    facts: dict[str, Any] = {
        "sku": "TEE-BLK-S",
        "variant_id": "v-TEE-BLK-S",
        "title": "Black tee, S",
        "counters": LineCounters(ordered=quantity),
        "unit_price": usd(1000),
        "total": usd(1000 * quantity),
    }
    return OrderLineRecord(external_id=external_id, **{**facts, **given})


def order(external_id: str, minutes: int = 0, **given: Any) -> OrderRecord:
    """An order placed *minutes* after noon, paid, with one line."""
    lines = given.get("lines", (line(),))
    total = usd(sum(one.total.minor for one in lines))
    facts: dict[str, Any] = {
        "revised_at": NOON + timedelta(minutes=minutes),
        "number": f"#{external_id}",
        "status": OrderStatus.CONFIRMED,
        "raw_status": "open",
        "placed_at": NOON + timedelta(minutes=minutes),
        "currency": "USD",
        "totals": TotalsRecord(
            subtotal=total, discount=usd(0), shipping=usd(0), tax=usd(0), total=total
        ),
        "lines": lines,
        "transactions": (paid(total),),
        "customer_id": "c1",
        "email": "ada@example.com",
        "shipping_address": ADDRESS,
    }
    return OrderRecord(external_id=external_id, **{**facts, **given})


def paid(amount: Money, external_id: str = "t1") -> TransactionRecord:
    return TransactionRecord(
        external_id=external_id,
        kind=TransactionKind.SALE,
        status=TransactionStatus.SUCCESS,
        raw_status="settled",
        amount=amount,
        gateway="card",
        occurred_at=NOON,
    )


def later(record: Any, minutes: int = 1, **changed: Any) -> Any:
    """The same subject as it is *minutes* later."""
    return replace(record, revised_at=record.revised_at + timedelta(minutes=minutes), **changed)


def customer(external_id: str = "c1", **given: Any) -> CustomerRecord:
    facts: dict[str, Any] = {
        "revised_at": NOON,
        "email": "ada@example.com",
        "email_verified": True,
        "first_name": "Ada",
        "last_name": "Okafor",
    }
    return CustomerRecord(external_id=external_id, **{**facts, **given})


def product(*skus: str, **given: Any) -> ProductRecord:
    """A product with one variant a SKU, called ``v-<sku>`` by the system."""
    wanted = skus or ("TEE-BLK-S",)
    variants = tuple(
        VariantRecord(external_id=f"v-{sku}", sku=sku, title=sku.title(), price=usd(1000))
        for sku in wanted
    )
    facts: dict[str, Any] = {
        "revised_at": NOON,
        "title": "Tee",
        "status": ProductStatus.ACTIVE,
        "raw_status": "active",
        "variants": variants,
    }
    return ProductRecord(external_id=f"p-{wanted[0]}", **{**facts, **given})


def location(code: str = "DC-RENO", **given: Any) -> LocationRecord:
    facts: dict[str, Any] = {
        "revised_at": NOON,
        "name": code.title(),
        "type": LocationType.WAREHOUSE,
        "address": ADDRESS,
    }
    return LocationRecord(external_id=f"at-{code}", code=code, **{**facts, **given})


def level(on_hand: int, sku: str = "TEE-BLK-S", code: str = "DC-RENO", **given: Any) -> LevelRecord:
    facts: dict[str, Any] = {
        "revised_at": NOON,
        "item_id": f"v-{sku}",
        "sku": sku,
        "location_id": f"at-{code}",
        "quantities": Quantities(on_hand=on_hand),
    }
    return LevelRecord(external_id=f"v-{sku}@at-{code}", **{**facts, **given})


def shipment(external_id: str, order_id: str | None, number: str, **given: Any) -> ShipmentRecord:
    facts: dict[str, Any] = {
        "revised_at": NOON,
        "status": ShipmentStatus.SHIPPED,
        "raw_status": "shipped",
        "tracking": (Tracking(number=number, carrier="acme"),),
        "lines": (LineQuantity(line_id="l1", sku="TEE-BLK-S", quantity=1),),
    }
    return ShipmentRecord(external_id=external_id, order_id=order_id, **{**facts, **given})


def scan(status: TrackingStatus, minutes: int) -> TrackingEventRecord:
    return TrackingEventRecord(
        occurred_at=NOON + timedelta(minutes=minutes), status=status, raw_status=status.lower()
    )


def tracker(number: str, *scans: TrackingEventRecord, minutes: int = 0) -> TrackerRecord:
    last = max(scans, key=lambda one: one.occurred_at) if scans else None
    return TrackerRecord(
        external_id=f"trk-{number}",
        revised_at=NOON + timedelta(minutes=minutes),
        tracking_number=number,
        carrier="acme",
        status=last.status if last else TrackingStatus.UNKNOWN,
        raw_status=last.raw_status if last else "unknown",
        events=scans,
    )


def coming_back(command: RequestReturn) -> ReturnRecord:
    """The return that a request makes."""
    return ReturnRecord(
        external_id=f"b-{command.key}",
        revised_at=NOON,
        order_id=command.order_id,
        status=ReturnStatus.REQUESTED,
        raw_status="asked",
        lines=command.lines,
        reason=command.reason,
        reference=command.key,
        location_id=command.location_id,
    )


def arrived(held: ReturnRecord) -> ReturnRecord:
    """A return once its goods are here."""
    return replace(
        held,
        revised_at=held.revised_at + timedelta(minutes=1),
        status=ReturnStatus.RECEIVED,
        raw_status="here",
    )
