"""What a 3PL's warehouses hold and do: items, stock, orders, shipments, returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.sdk.simulator import Good

CHANNEL_ID = 128944

Detail = tuple[int, str, str]
"""A status detail's id, name and description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a shipment: ShipBob's status and detail, and the carrier's word for it."""

    status: str = "Processing"
    detail: Detail | None = None
    carrier: tuple[str, str] | None = None
    topic: str | None = None


# Source: developer.shipbob.com/status-reference for details, openapi-2026-01.json for the rest.
STEPS = (
    Step(),
    Step(detail=(100, "Picked", "Picking Completed")),
    Step(detail=(101, "Packed", "Packing Completed")),
    Step(
        status="Completed",
        detail=(201, "InTransit", "Shipment In Transit"),
        carrier=("InTransit", "DepartedFacility"),
        topic="order.shipped",
    ),
    Step(
        status="Completed",
        detail=(202, "OutForDelivery", "Shipment Out For Delivery"),
        carrier=("InTransit", "OutForDelivery"),
        topic="order.shipment.tracking.updated",
    ),
    Step(
        status="Completed",
        detail=(203, "Delivered", "Shipment Delivered"),
        carrier=("Delivered", "Delivered"),
        topic="order.shipment.delivered",
    ),
)
SHIPPED = 3
"""The step with which goods leave."""
DELIVERED = len(STEPS) - 1
OUT_OF_STOCK = (303, "OutOfStock", "No Stock On Hand For Sku")
UNKNOWN_SKU = (304, "UnknownSku", "No Sku History")
ON_HOLD = (401, "InvalidAddress", "Invalid Address")

RETURN_STEPS = ("Awaiting Arrival", "Arrived", "Processing", "Completed")


@dataclass(slots=True, kw_only=True)
class Item:
    """One SKU. ShipBob has four ids for it: product, variant, inventory and the product id of old,
    which orders go by."""

    sku: str
    title: str
    good: Good | None
    product_id: int
    variant_id: int
    inventory_id: int
    legacy_id: int
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Stock:
    on_hand: int = 0
    committed: int = 0
    awaiting: int = 0

    @property
    def fulfillable(self) -> int:
        return self.on_hand - self.committed


@dataclass(slots=True, kw_only=True)
class Shipment:
    id: int
    order_id: int
    reference_id: str
    location_id: int
    lines: list[tuple[Item, int]]
    created_at: datetime
    updated_at: datetime
    step: int = 0
    stopped: tuple[str, Detail | None] | None = None
    """Exception, OnHold or Cancelled, and the detail, in place of the step's status."""
    tracked_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    scans: list[tuple[datetime, str, str]] = field(default_factory=list)

    @property
    def status(self) -> str:
        return self.stopped[0] if self.stopped else STEPS[self.step].status

    @property
    def detail(self) -> Detail | None:
        return self.stopped[1] if self.stopped else STEPS[self.step].detail

    @property
    def is_recallable(self) -> bool:
        """Source: openapi-2026-01.json, batchCancel: "not picked, packed, or shipped yet"."""
        return self.status != "Cancelled" and self.step == 0


@dataclass(slots=True, kw_only=True)
class Order:
    id: int
    channel_id: int
    body: Mapping[str, Any]
    """As it was posted."""
    lines: list[tuple[Item, int]]
    created_at: datetime
    shipments: list[Shipment] = field(default_factory=list)

    @property
    def reference_id(self) -> str:
        return str(self.body["reference_id"])

    @property
    def status(self) -> str:
        """Source: developer.shipbob.com/status-reference: imputed from the shipments'."""
        words = [each.status for each in self.shipments if each.status != "Cancelled"]
        if not words:
            return "Cancelled"
        if set(words) == {"Completed"}:
            return "Fulfilled"
        if "Completed" in words:
            return "PartiallyFulfilled"
        return "Exception" if {"Exception", "OnHold"} & set(words) else "Processing"

    @property
    def updated_at(self) -> datetime:
        return max((each.updated_at for each in self.shipments), default=self.created_at)

    @property
    def tracked_at(self) -> datetime | None:
        return max((each.tracked_at for each in self.shipments if each.tracked_at), default=None)


@dataclass(slots=True, kw_only=True)
class GoodsBack:
    """A return: *lines* of a shipment, to a place."""

    id: int
    shipment: Shipment
    reference_id: str
    location_id: int
    lines: list[tuple[Item, int]]
    created_at: datetime
    step: int = 0
    is_canceled: bool = False
    history: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def status(self) -> str:
        return "Cancelled" if self.is_canceled else RETURN_STEPS[self.step]

    def reached(self, status: str) -> datetime | None:
        return next((at for word, at in self.history if word == status), None)
