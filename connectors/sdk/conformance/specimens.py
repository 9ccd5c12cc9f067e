"""One command of every sort, about subjects that nobody has."""

from connectors.sdk.commands import (
    BuyLabel,
    CancelFulfillment,
    CancelOrder,
    Command,
    CreateRefund,
    ReceiveReturn,
    RecordDelivery,
    RecordShipment,
    RequestedLine,
    RequestFulfillment,
    RequestReturn,
    SetInventory,
    ShipFulfillmentOrder,
    VoidLabel,
)
from connectors.sdk.conformance.world import DEPOT, HOME
from connectors.sdk.manifest import NAME_OF
from connectors.sdk.records import Tracking
from connectors.sdk.records.states import ReturnReason
from connectors.sdk.values import LineQuantity, Money, Parcel

NOBODY = "nobody-has-this-id"
KEY = "conformance-specimen"
_TRACKING = Tracking(number="1ZNOBODY", carrier="UPS")
_LINES = (LineQuantity(line_id=NOBODY, sku="TEE-S", quantity=1),)
_PRICE = Money(minor=1999, currency="USD")

_SPECIMENS: tuple[Command, ...] = (
    CancelOrder(key=KEY, order_id=NOBODY, reason="customer"),
    RequestFulfillment(
        key=KEY,
        reference="conformance-reference",
        order_number="#1001",
        location_id=NOBODY,
        lines=(
            RequestedLine(item_id=NOBODY, sku="TEE-S", quantity=1, title="Tee", unit_price=_PRICE),
        ),
        ship_to=HOME,
    ),
    CancelFulfillment(key=KEY, fulfillment_order_id=NOBODY, reason="customer"),
    ShipFulfillmentOrder(key=KEY, fulfillment_order_id=NOBODY, tracking=_TRACKING),
    BuyLabel(
        key=KEY,
        reference="conformance-reference",
        ship_from=DEPOT,
        ship_to=HOME,
        parcels=(Parcel(weight_g=453),),
    ),
    VoidLabel(key=KEY, label_id=NOBODY),
    RecordShipment(key=KEY, order_id=NOBODY, lines=_LINES, tracking=_TRACKING),
    RecordDelivery(key=KEY, order_id=NOBODY, shipment_id=NOBODY),
    SetInventory(key=KEY, item_id=NOBODY, sku="TEE-S", location_id=NOBODY, quantity=7),
    CreateRefund(key=KEY, order_id=NOBODY, payment_id=NOBODY, amount=_PRICE, reason="goodwill"),
    RequestReturn(key=KEY, order_id=NOBODY, lines=_LINES, reason=ReturnReason.UNWANTED),
    ReceiveReturn(key=KEY, return_id=NOBODY),
)

SPECIMENS: dict[str, Command] = {NAME_OF[type(one)]: one for one in _SPECIMENS}
"""By the name that a manifest declares."""

CREATING = ("request_fulfillment", "buy_label")
"""Commands about nothing that is there yet."""
