"""What command tests share: a refusal leaves everything as it was, and writes are counted."""

from copy import deepcopy

import pytest

from connectors.sdk.commands import CancelOrder, Command, CreateRefund, RecordShipment, SetInventory
from connectors.sdk.errors import ConnectorError
from connectors.sdk.records import Tracking
from connectors.sdk.simulator import Purchase
from connectors.sdk.values import LineQuantity, Money
from connectors.square.simulated.wire import Json
from connectors.square.tests.conftest import ADA, Rig

TEES = Purchase(shopper=ADA, items=(("TEE-S", 2), ("TEE-M", 1)))
UPDATE, VOID, REFUND, COUNT = "/v2/orders/", "/cancel", "/v2/refunds", "/changes/batch-create"


def held(rig: Rig) -> Json:
    """Everything that a command could change."""
    books = rig.simulator.books
    state = (books.orders, books.payments, books.refunds, books.counts, books.changes)
    return {str(place): deepcopy(one) for place, one in enumerate(state)}


async def refused(rig: Rig, command: Command, error: type[ConnectorError]) -> ConnectorError:
    """Perform *command*; it is refused with exactly *error*, and nothing has changed."""
    before = held(rig)
    with pytest.raises(error) as caught:
        await rig.client.perform(command)
    assert type(caught.value) is error
    assert before == held(rig)
    return caught.value


def writes(rig: Rig) -> int:
    """How many requests reached Square that could have changed something."""
    ends = (VOID, REFUND, COUNT)
    return sum(
        one.method == "PUT" or (one.method == "POST" and one.path.endswith(ends))
        for one in rig.recorder.exchanges
    )


def cancel(order_id: str) -> CancelOrder:
    return CancelOrder(key="cancel-1", order_id=order_id, reason="Changed my mind")


def ship(order_id: str, lines: tuple[LineQuantity, ...], number: str = "1Z999") -> RecordShipment:
    tracking = Tracking(number=number, carrier="UPS", url=f"https://ups.example/{number}")
    return RecordShipment(key="ship-1", order_id=order_id, lines=lines, tracking=tracking)


def all_lines(rig: Rig, order_id: str) -> tuple[LineQuantity, ...]:
    return tuple(
        LineQuantity(line_id=line["uid"], quantity=int(line["quantity"]))
        for line in rig.simulator.books.orders[order_id]["line_items"]
    )


def give_back(rig: Rig, order_id: str, minor: int, currency: str = "USD") -> CreateRefund:
    tender = rig.simulator.books.orders[order_id]["tenders"][0]
    return CreateRefund(
        key="refund-1",
        order_id=order_id,
        payment_id=tender["payment_id"],
        amount=Money(minor=minor, currency=currency),
        reason="Scratched",
    )


def count(rig: Rig, quantity: int, expected: int | None = None) -> SetInventory:
    return SetInventory(
        key="count-1",
        item_id=rig.item("TEE-S"),
        sku="TEE-S",
        location_id=rig.place(),
        quantity=quantity,
        expected=expected,
    )
