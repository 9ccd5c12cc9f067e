"""Nouns of the seller's account, as they stand at Amazon."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from connectors.sdk.simulator import Good, Shopper

ON_THE_WAY = (
    ("SHIPPED", "PICKED_UP"),
    ("IN_TRANSIT", "AT_DESTINATION_FC"),
    ("IN_TRANSIT", "OUT_FOR_DELIVERY"),
    ("DELIVERED", "DELIVERED"),
)
"""A package's statuses, step by step."""


@dataclass(slots=True, kw_only=True)
class Item:
    """Units of one SKU in an order. *canceled* units will never leave."""

    id: str
    good: Good
    ordered: int
    shipped: int = 0
    canceled: int = 0

    @property
    def waiting(self) -> int:
        return self.ordered - self.shipped - self.canceled


@dataclass(slots=True, kw_only=True)
class Package:
    """A parcel of an order. *step*: how far along ON_THE_WAY."""

    reference: str
    carrier: str
    number: str
    shipped_at: datetime
    created_at: datetime
    lines: list[tuple[str, int]]
    step: int = 0


@dataclass(slots=True, kw_only=True)
class Planned:
    """A shipment of External Fulfillment, with the one package that was made for it (or none)."""

    id: str
    location_id: str
    status: str
    package_id: str | None = None
    carrier: str = ""
    number: str = ""
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Order:
    """One order. *by*: ``AMAZON`` or ``MERCHANT``. Its status follows from its units."""

    id: str
    by: str
    shopper: Shopper | None
    items: list[Item]
    is_paid: bool
    created_at: datetime
    updated_at: datetime
    channel: str = "AMAZON"
    packages: list[Package] = field(default_factory=list)
    planned: Planned | None = None

    @property
    def status(self) -> str:
        waiting = sum(item.waiting for item in self.items)
        shipped = sum(item.shipped for item in self.items)
        if waiting and shipped:
            return "PARTIALLY_SHIPPED"
        if waiting:
            return "UNSHIPPED" if self.is_paid else "PENDING"
        return "SHIPPED" if shipped else "CANCELLED"

    @property
    def goods_minor(self) -> int:
        return sum(item.good.price_minor * item.ordered for item in self.items)

    @property
    def carriage_minor(self) -> int:
        return 499 if self.by == "MERCHANT" else 0


@dataclass(slots=True, kw_only=True)
class Holding:
    """What Amazon holds of one SKU."""

    fulfillable: int
    for_orders: int = 0
    between_centers: int = 0
    processing: int = 0
    researching: int = 0
    unsellable: int = 0
    announced: int = 0
    on_the_way: int = 0
    receiving: int = 0
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Count:
    """What a place of the seller's has of one SKU. *updates*: every one that was applied."""

    on_hand: int
    reserved: int = 0
    sequence: int = 0
    updates: list[int] = field(default_factory=list)


def dollars(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2))
