"""One command of every sort, and everything that a connector claims, about what nobody has."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from connectors.sdk.changes import Page
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
from connectors.sdk.conformance import claims
from connectors.sdk.conformance.subject import Client, Subject
from connectors.sdk.conformance.world import DEPOT, HOME
from connectors.sdk.manifest import NAME_OF
from connectors.sdk.records import Kind, Tracking
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

Call = Callable[[], Awaitable[object]]


def calls(subject: Subject, client: Client) -> Iterator[tuple[str, Call]]:
    """Give ``("pull order", call)`` for everything that sends something."""
    yield "check", client.check
    for kind in claims.pulled(subject):
        yield f"pull {kind}", partial(first_page, client, kind)
    for kind in claims.fetched(subject):
        yield f"fetch {kind}", partial(client.fetch, kind, [NOBODY])
    for name in subject.manifest.commands:
        yield name, partial(client.perform, SPECIMENS[name])


async def first_page(client: Client, kind: Kind) -> Page | None:
    """The first page of a pull of everything."""
    async for page in client.pull(kind, None):
        return page
    return None
