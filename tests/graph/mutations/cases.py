"""What the mutations take, what they tell whom, and how tests ask for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from connectors.sdk.commands import (
    BuyLabel,
    CancelOrder,
    Command,
    CreateRefund,
    ReceiveReturn,
    RequestReturn,
    SetInventory,
)
from connectors.sdk.records import Kind, LineCounters
from connectors.sdk.records.states import ReturnReason
from connectors.sdk.values import LineQuantity
from gateway import ids
from gateway.auth.principal import Principal
from gateway.auth.scopes import MOST, Role
from gateway.domain.inventory.model import location_id
from tests import records, trading
from tests.gateways import ADMIN, GatewayUnderTest
from tests.trading import Trade

Input = dict[str, Any]
ELSEWHERE = location_id("STORE-9")
EXCEPTIONS = "{ exceptions { nodes { code category } } }"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One mutation: what it takes, what it tells which system, and what it may say no to."""

    name: str
    noun: str
    input: Callable[["Ids"], Input]
    other: Input
    """What makes it another input."""
    does: type[Command]
    times: int = 1
    system: str = "shop"
    version: str = "expectedVersion"
    prefix: str = ids.ORDER
    foreigner: Principal | None = None
    id: str = "id"

    @property
    def document(self) -> str:
        type = self.name[0].upper() + self.name[1:] + "Input"
        return f"""mutation($input: {type}!) {{ answer: {self.name}(input: $input) {{ {self.noun}
          effects {{ state command }} userErrors {{ code message path retryable }} }} }}"""


@dataclass(frozen=True, kw_only=True)
class Ids:
    """*order* is open, with its *work*; *sent* has left whole: of its two lines *line* is still
    with the customer, and *coming_back* is the return of the other."""

    order: str
    work: str
    level: str
    sent: str
    line: str
    coming_back: str


CANCEL = Case(
    name="orderCancel",
    noun="order { id status version }",
    input=lambda known: {"id": known.order, "reason": "changed their mind"},
    other={"reason": "another"},
    does=CancelOrder,
    foreigner=Principal(
        role=Role.SHOPPER,
        subject="eve",
        scopes=MOST[Role.SHOPPER],
        customer_id=ids.derive(ids.CUSTOMER, "eve"),
    ),
)
REFUND = Case(
    name="refundCreate",
    noun="order { id refunded { minor } } refund { id status amount { minor } }",
    input=lambda known: {
        "orderId": known.order,
        "amount": {"amount": "5.00", "currencyCode": "USD"},
        "reason": "late",
    },
    other={"reason": "another"},
    does=CreateRefund,
    id="orderId",
)
SET = Case(
    name="inventorySet",
    noun="inventoryLevel { id onHand }",
    input=lambda known: {"id": known.level, "quantity": 7},
    other={"quantity": 8},
    does=SetInventory,
    times=2,
    system="depot",
    version="expected",
    prefix=ids.LEVEL,
    foreigner=Principal(
        role=Role.ASSOCIATE,
        subject="sam",
        scopes=MOST[Role.ASSOCIATE],
        location_ids=frozenset({ELSEWHERE}),
    ),
)
SHIP = Case(
    name="fulfillmentOrderShip",
    noun="fulfillmentOrder { id status version } shipment { id status }",
    input=lambda known: {"id": known.work},
    other={"service": "express"},
    does=BuyLabel,
    system="post",
    prefix=ids.FULFILLMENT_ORDER,
    foreigner=SET.foreigner,
)
RETURN = Case(
    name="returnRequest",
    noun="order { id returns { status } } return { status reason lines { quantity } }",
    input=lambda known: {
        "orderId": known.sent,
        "lines": [{"lineId": known.line, "quantity": 1}],
        "reason": "SIZE_TOO_SMALL",
    },
    other={"note": "another"},
    does=RequestReturn,
    id="orderId",
    foreigner=CANCEL.foreigner,
)
RECEIVE = Case(
    name="returnReceive",
    noun="return { id status version }",
    input=lambda known: {"id": known.coming_back},
    other={"locationId": location_id("DC-RENO")},
    does=ReceiveReturn,
    prefix=ids.RETURN,
    foreigner=SET.foreigner,
)
ALL = pytest.mark.parametrize(
    "case", (CANCEL, REFUND, SET, SHIP, RETURN, RECEIVE), ids=lambda case: case.name
)


async def begin(gateway: GatewayUnderTest, trade: Trade) -> None:
    await gateway.backfill("depot")
    await gateway.backfill("shop")
    gone = LineCounters(ordered=1, fulfilled=1, delivered=1)
    lines = (records.line("l1", counters=gone), records.line("l2", counters=gone))
    await trade.sell(gateway, "1000", minutes=-10, lines=lines)
    back = RequestReturn(
        key="shopper",
        order_id="1000",
        lines=(LineQuantity(line_id="l2", sku="TEE-BLK-S", quantity=1),),
        reason=ReturnReason.UNWANTED,
    )
    trade.shop.hold(records.coming_back(back))
    await trading.hear(gateway, trade.shop, (Kind.RETURN, "b-shopper"))
    await trade.sell(gateway, "1001", lines=(records.line("l1"), records.line("l2")))


async def ids_of(gateway: GatewayUnderTest) -> Ids:
    data = await gateway.data(
        """{ orders { nodes { id lines { id } returns { id } fulfillmentOrders { id } } }
        inventoryLevels { nodes { id } } }"""
    )
    order, sent = data["orders"]["nodes"]
    return Ids(
        order=order["id"],
        work=order["fulfillmentOrders"][0]["id"],
        level=data["inventoryLevels"]["nodes"][0]["id"],
        sent=sent["id"],
        line=sent["lines"][0]["id"],
        coming_back=sent["returns"][0]["id"],
    )


async def ask(
    gateway: GatewayUnderTest, case: Case, given: Input, *, key: str = "k", as_: Principal = ADMIN
) -> Any:
    """Ask with the loops turning; return the payload."""
    async with trading.working(gateway):
        response = await gateway.query(
            case.document, {"input": {"idempotencyKey": key, **given}}, as_=as_
        )
    await gateway.settle()
    assert "errors" not in response, response["errors"]
    return response["data"]["answer"]


async def facts(gateway: GatewayUnderTest, trade: Trade) -> dict[str, int]:
    """Everything that a refusal must not move."""
    async with gateway.gateway.units.read() as unit:
        counted = {
            table: await unit.connection.scalar(text(f"SELECT count(*) FROM {table}"))
            for table in ("events", "effects", "idempotency_keys", "issues")
        }
    return {**counted, "performed": len(trade.performed)}


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def outcome(payload: Any) -> Any:
    """What became of a request; the noun beside it goes on living."""
    return payload["effects"], payload["userErrors"]


def done(trade: Trade, type_: type[Command]) -> int:
    return sum(isinstance(one, type_) for one in trade.performed)


async def version(gateway: GatewayUnderTest, case: Case, known: Ids) -> int:
    data = await gateway.data(
        """query($order: ID!, $sent: ID!) { order(id: $order) { version
        fulfillmentOrders { version } } sent: order(id: $sent) { version returns { version } } }""",
        {"order": known.order, "sent": known.sent},
    )
    held = {
        SHIP.name: data["order"]["fulfillmentOrders"][0],
        RETURN.name: data["sent"],
        RECEIVE.name: data["sent"]["returns"][0],
    }
    found: int = held.get(case.name, data["order"])["version"]
    return found
