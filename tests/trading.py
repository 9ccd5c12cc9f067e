"""A shop, a warehouse and a carrier that work together, and a clock that only tests turn.

    async with trading.open_over(store_url, trade) as gateway:
        id = await trade.sell(gateway, "1001")

The systems carry commands out as real ones do: what they did shows in what they state afterwards.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from connectors.sdk.commands import (
    BuyLabel,
    CancelOrder,
    Command,
    CreateRefund,
    Outcome,
    ReceiveReturn,
    RequestFulfillment,
    RequestReturn,
    SetInventory,
)
from connectors.sdk.manifest import Delivery, SystemKind
from connectors.sdk.records import (
    FulfillmentOrderRecord,
    Kind,
    LineCounters,
    Record,
    RefundRecord,
    ReturnRecord,
    ShipmentRecord,
    Tracking,
)
from connectors.sdk.records.states import (
    FulfillmentOrderStatus,
    OrderStatus,
    RefundStatus,
    RequestStatus,
    ShipmentStatus,
)
from connectors.sdk.values import LineQuantity
from gateway.domain.orders.model import order_id
from tests import records
from tests.gateways import GatewayUnderTest, gateway_over
from tests.toys import Toy, outside

CONFIGURATION = """
[locations.DC-RENO]
name = "Reno"
authority = "depot"

[channels.web]
kind = "WEB"
connection = "shop"
fulfill_at = "DC-RENO"
carrier = "post"
"""
_SHOP_READS = tuple(kind for kind in Kind if kind is not Kind.FULFILLMENT_ORDER)


@dataclass
class Hands:
    """A clock that stands still until it is turned."""

    now: datetime = records.NOON - timedelta(hours=1)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        self.now += timedelta(**by)


def _askable(*names: str) -> dict[str, Delivery]:
    return dict.fromkeys(names, Delivery.ASKABLE)


@dataclass
class Trade:
    """The three systems, and what they answer."""

    clock: Hands = field(default_factory=Hands)
    refund_status: RefundStatus = RefundStatus.SUCCEEDED
    shop: Toy = field(init=False)
    depot: Toy = field(init=False)
    post: Toy = field(init=False)

    def __post_init__(self) -> None:
        self.shop = Toy(
            id="shop",
            reads=_SHOP_READS,
            commands=_askable(
                "cancel_order",
                "create_refund",
                "record_shipment",
                "set_inventory",
                "request_return",
                "receive_return",
            ),
            outcome=self._carried_out,
        )
        self.depot = Toy(
            id="depot",
            kinds=(SystemKind.WAREHOUSE,),
            reads=(Kind.LOCATION, Kind.PRODUCT, Kind.LEVEL, Kind.FULFILLMENT_ORDER, Kind.SHIPMENT),
            commands=_askable("request_fulfillment", "ship_fulfillment_order", "set_inventory"),
            outcome=self._carried_out,
        )
        self.post = Toy(
            id="post",
            kinds=(SystemKind.CARRIER,),
            reads=(Kind.SHIPMENT, Kind.TRACKER),
            commands=_askable("buy_label", "void_label"),
            outcome=self._carried_out,
        )
        self.depot.hold(records.location(), records.product(), records.level(40))
        self.shop.hold(records.location(), records.product(), records.level(40))

    @property
    def toys(self) -> tuple[Toy, ...]:
        return (self.shop, self.depot, self.post)

    @property
    def performed(self) -> list[Command]:
        """What really happened in any of them, system by system."""
        return [command for toy in self.toys for command in toy.performed]

    async def sell(self, gateway: GatewayUnderTest, number: str, **given: Any) -> str:
        """Have the shop take an order and the gateway hear of it; return our id of it."""
        self.shop.hold(records.order(number, **given))
        await hear(gateway, self.shop, (Kind.ORDER, number))
        return order_id("shop", number)

    def _carried_out(self, command: Command) -> Outcome:
        match command:
            case CancelOrder():
                return self._canceled(command)
            case CreateRefund():
                return self._refunded(command)
            case SetInventory():
                return Outcome(changes=(self._counted(command),))
            case RequestReturn():
                return self._returned(f"b-{command.key}", records.coming_back(command))
            case ReceiveReturn():
                held: Any = self.shop.records[Kind.RETURN, command.return_id]
                return self._returned(command.return_id, records.arrived(held))
            case RequestFulfillment():
                return Outcome(external_id=f"w-{command.reference}", changes=(_asked(command),))
            case BuyLabel():
                return Outcome(external_id=f"lbl-{command.key}", changes=(_label(command),))
            case _:
                return Outcome(external_id=command.key)

    def _canceled(self, command: CancelOrder) -> Outcome:
        held: Any = self.shop.records[Kind.ORDER, command.order_id]
        lines = tuple(
            replace(one, counters=LineCounters(ordered=1, canceled=1)) for one in held.lines
        )
        order = records.later(
            replace(held, lines=lines, status=OrderStatus.CANCELED, raw_status="canceled")
        )
        return Outcome(external_id=command.order_id, changes=(order,))

    def _refunded(self, command: CreateRefund) -> Outcome:
        refund = RefundRecord(
            external_id=f"r-{command.key}",
            revised_at=records.NOON,
            order_id=command.order_id,
            status=self.refund_status,
            raw_status=self.refund_status.lower(),
            amount=command.amount,
            reason=command.reason,
            lines=command.lines,
        )
        return Outcome(external_id=refund.external_id, changes=(refund,))

    def _returned(self, id: str, record: ReturnRecord) -> Outcome:
        record = replace(record, external_id=id)
        self.shop.hold(record)
        return Outcome(external_id=id, changes=(record,))

    def _counted(self, command: SetInventory) -> Record:
        level = records.level(command.quantity)
        return records.replace(level, revised_at=self.clock() + timedelta(days=365))


def _asked(command: RequestFulfillment) -> FulfillmentOrderRecord:
    return FulfillmentOrderRecord(
        external_id=f"w-{command.reference}",
        revised_at=records.NOON,
        order_id=None,
        reference=command.reference,
        status=FulfillmentOrderStatus.OPEN,
        raw_status="open",
        request_status=RequestStatus.ACCEPTED,
        location_id=command.location_id,
        lines=tuple(LineQuantity(sku=one.sku, quantity=one.quantity) for one in command.lines),
    )


def _label(command: BuyLabel) -> ShipmentRecord:
    return ShipmentRecord(
        external_id=f"lbl-{command.key}",
        revised_at=records.NOON,
        order_id=None,
        reference=command.reference,
        status=ShipmentStatus.LABEL_PURCHASED,
        raw_status="purchased",
        tracking=(Tracking(number=f"1Z{abs(hash(command.key)) % 10**9}", carrier="acme"),),
    )


def open_over(
    store_url: str, trade: Trade, *more: Toy
) -> AbstractAsyncContextManager[GatewayUnderTest]:
    """Put a gateway over the three (and *more*) together: they are configured, nothing is read."""
    toys = (*trade.toys, *more)
    return gateway_over(
        store_url,
        [toy.connection for toy in toys],
        CONFIGURATION,
        trade.clock,
        outside(*toys, clock=trade.clock),
    )


async def hear(gateway: GatewayUnderTest, toy: Toy, *touched: tuple[Kind, str]) -> None:
    """Let *toy* tell, by webhook, what moved, and the gateway take it in."""
    id = f"d{len(toy.changed_at)}-{sum(toy.changed_at.values())}"
    assert await gateway.post(f"/webhooks/{toy.id}", *toy.delivery(id, *touched)) in (200, 202)
    await gateway.settle()


@asynccontextmanager
async def working(gateway: GatewayUnderTest) -> AsyncIterator[None]:
    """Keep every loop of *gateway* turning meanwhile, as its worker process would."""

    stop = asyncio.Event()

    async def work() -> None:
        while not stop.is_set():
            await gateway.settle()
            await asyncio.sleep(0.005)

    task = asyncio.create_task(work())
    try:
        yield
    finally:
        stop.set()
        await task
