"""Commands: what a connector is told to do. Ids are the target system's own.

Each carries *key*, the idempotency key: sent where the system takes one, or written into the
system's reference field, so that an unknown outcome can be looked up.
"""

from dataclasses import dataclass

from connectors.sdk.changes import Change
from connectors.sdk.records.fulfillment import Tracking
from connectors.sdk.records.states import Disposition, ReturnReason
from connectors.sdk.values import Address, LineQuantity, Money, Parcel


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOrder:
    """Cancel what is not fulfilled; *lines* empty means the whole order. Refunds nothing."""

    key: str
    order_id: str
    lines: tuple[LineQuantity, ...] = ()
    reason: str
    restock: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedLine:
    """What a warehouse is asked to send. *item_id* is the warehouse's own variant id."""

    item_id: str | None
    sku: str
    quantity: int
    title: str
    unit_price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFulfillment:
    """Ask a warehouse or 3PL to fulfill another system's order.

    *reference* is ours and unique: it must come back as FulfillmentOrderRecord.reference.
    """

    key: str
    reference: str
    order_number: str
    location_id: str
    lines: tuple[RequestedLine, ...]
    ship_to: Address
    shipping_method: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelFulfillment:
    """Take a request back, before it ships."""

    key: str
    fulfillment_order_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipFulfillmentOrder:
    """The goods of one fulfillment order leave now, with this parcel's number."""

    key: str
    fulfillment_order_id: str
    tracking: Tracking
    lines: tuple[LineQuantity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyLabel:
    """Buy postage. *service* None means the cheapest that fits. *reference* is ours and unique."""

    key: str
    reference: str
    ship_from: Address
    ship_to: Address
    parcels: tuple[Parcel, ...]
    service: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidLabel:
    """Give a label back; the carrier may still refuse the refund later."""

    key: str
    label_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordShipment:
    """Tell the shop that these units left, with this tracking."""

    key: str
    order_id: str
    fulfillment_order_id: str | None = None
    """The shop's own fulfillment order, where it has them."""
    lines: tuple[LineQuantity, ...]
    tracking: Tracking
    notify_customer: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDelivery:
    """Tell the shop that this shipment of its own (RecordShipment's outcome) arrived."""

    key: str
    order_id: str
    shipment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInventory:
    """Make on-hand stock *quantity* units. With *expected*, only if it still is that many:
    else Conflict; a connector whose system has no compare-and-set reads before it writes."""

    key: str
    item_id: str
    sku: str | None
    location_id: str
    quantity: int
    expected: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRefund:
    """Give money back on one payment. *lines* say what for; stock is not touched."""

    key: str
    order_id: str
    payment_id: str | None
    amount: Money
    lines: tuple[LineQuantity, ...] = ()
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReturn:
    """Open a return of units that the customer has, at the system that sold them.

    *location_id*: where they are to come back to, by the system's own id; None leaves it to the
    system. Nothing is refunded and no stock moves yet. The outcome's external_id is the return's.
    """

    key: str
    order_id: str
    lines: tuple[LineQuantity, ...]
    reason: ReturnReason
    note: str | None = None
    location_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedLine:
    """Units of one order line that are here, and what becomes of them."""

    line_id: str
    sku: str | None = None
    quantity: int
    disposition: Disposition = Disposition.RESTOCKED


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveReturn:
    """The goods of a return have arrived. Stock moves as each line's disposition says; a
    disposition that the system cannot state is Rejected before anything is sent. *lines* empty:
    all that was to come, back on sale. Refunds nothing.
    """

    key: str
    return_id: str
    lines: tuple[ReceivedLine, ...] = ()
    location_id: str | None = None


Command = (
    CancelOrder
    | RequestFulfillment
    | CancelFulfillment
    | ShipFulfillmentOrder
    | BuyLabel
    | VoidLabel
    | RecordShipment
    | RecordDelivery
    | SetInventory
    | CreateRefund
    | RequestReturn
    | ReceiveReturn
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """Postage bought. *id* is what VoidLabel takes."""

    id: str
    tracking: Tracking
    service: str
    cost: Money
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a command did: the id of what it made, and the records as they are now.

    *changes* are taken in exactly as if the system had reported them.
    """

    external_id: str | None = None
    changes: tuple[Change, ...] = ()
    label: Label | None = None
