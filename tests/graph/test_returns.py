"""Goods and money going back, as the systems state them."""

import pytest

from connectors.sdk.records import RefundRecord, ReturnRecord
from connectors.sdk.records.states import RefundStatus, ReturnStatus
from connectors.sdk.values import LineQuantity
from tests import records
from tests.gateways import GatewayUnderTest
from tests.toys import Toy

ORDER = """{ orders { nodes { returnStatus paymentStatus refundable { minor }
  lines { counters { returned } } returns { status lines { quantity } }
  refunds { status amount { minor } } } } }"""


def returned(status: ReturnStatus, quantity: int = 1) -> ReturnRecord:
    return ReturnRecord(
        external_id="r1",
        revised_at=records.NOON,
        order_id="1",
        status=status,
        raw_status=status.lower(),
        lines=(LineQuantity(line_id="l1", quantity=quantity),),
    )


def refunded(external_id: str, minor: int, status: RefundStatus) -> RefundRecord:
    return RefundRecord(
        external_id=external_id,
        revised_at=records.NOON,
        order_id="1",
        status=status,
        raw_status=status.lower(),
        amount=records.usd(minor),
    )


@pytest.mark.parametrize(
    ("status", "units", "roll_up"),
    [
        (ReturnStatus.APPROVED, 0, "NONE"),
        (ReturnStatus.RECEIVED, 1, "PARTIALLY_RETURNED"),
        (ReturnStatus.CANCELED, 0, "NONE"),
    ],
)
async def test_units_count_as_returned_once_they_were_received(
    gateway: GatewayUnderTest, shop: Toy, status: ReturnStatus, units: int, roll_up: str
) -> None:
    """An announced return is no returned unit, and a canceled one never becomes one."""
    line = records.line(quantity=2, counters=records.LineCounters(ordered=2, fulfilled=2))
    shop.hold(records.order("1", lines=(line,)), returned(status))
    await gateway.backfill("shop")
    node = (await gateway.data(ORDER))["orders"]["nodes"][0]
    assert (units, roll_up) == (node["lines"][0]["counters"]["returned"], node["returnStatus"])
    assert [{"status": status, "lines": [{"quantity": 1}]}] == node["returns"]


async def test_only_refunds_that_succeeded_lower_what_can_be_refunded(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """A pending and a failed one are shown and count for nothing."""
    shop.hold(records.order("1"))
    shop.hold(refunded("a", 300, RefundStatus.SUCCEEDED), refunded("b", 200, RefundStatus.PENDING))
    shop.hold(refunded("c", 100, RefundStatus.FAILED))
    await gateway.backfill("shop")
    node = (await gateway.data(ORDER))["orders"]["nodes"][0]
    assert ("PARTIALLY_REFUNDED", 700) == (node["paymentStatus"], node["refundable"]["minor"])
    assert {300, 200, 100} == {one["amount"]["minor"] for one in node["refunds"]}
