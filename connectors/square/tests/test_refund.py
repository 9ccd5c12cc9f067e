"""Giving money back: once under one key."""

from dataclasses import replace

import pytest

from connectors.sdk.errors import Ambiguous, Missing, Rejected
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import (
    Kind,
    RefundRecord,
)
from connectors.sdk.values import Money
from connectors.square.simulated.till import Ahead
from connectors.square.simulator import Simulator
from connectors.square.tests.commanding import REFUND, TEES, give_back, refused, writes
from connectors.square.tests.conftest import Clock, Rig, judged, world


async def test_a_refund_is_of_the_sale(rig: Rig) -> None:
    """Its record is the one that a fetch gives, and names the sale, not the return order."""
    order_id = rig.simulator.buy(TEES)
    outcome = await rig.client.perform(give_back(rig, order_id, 500))
    [refund] = outcome.changes
    assert isinstance(refund, RefundRecord)
    assert (order_id, "PENDING", 500) == (refund.order_id, refund.status, refund.amount.minor)
    assert outcome.external_id == refund.external_id
    assert refund == await rig.one(Kind.REFUND, refund.external_id)


async def test_a_refund_of_yen(rig: Rig) -> None:
    """500 are 500 yen."""
    clock = Clock()
    async with judged(Simulator(world(), clock, currency="JPY"), clock) as yen:
        order_id = yen.simulator.buy(TEES)
        outcome = await yen.client.perform(give_back(yen, order_id, 500, "JPY"))
        [refund] = outcome.changes
        assert isinstance(refund, RefundRecord)
        assert Money(minor=500, currency="JPY") == refund.amount


@pytest.mark.parametrize("fault", [None, Fault.CUT_AFTER, Fault.SERVER_ERROR_AFTER, Fault.NOT_JSON])
async def test_a_refund_performed_again_is_made_once(rig: Rig, fault: Fault | None) -> None:
    """The same key gets the same answer, whether or not the first one arrived."""
    order_id = rig.simulator.buy(TEES)
    command = give_back(rig, order_id, 500)
    if fault is None:
        await rig.client.perform(command)
    else:
        rig.simulator.faults.plan(Planned(fault=fault, path=REFUND))
        with pytest.raises(Ambiguous):
            await rig.client.perform(command)
    outcome = await rig.client.perform(command)
    assert [outcome.external_id] == list(rig.simulator.books.refunds)
    [payment] = rig.simulator.books.payments.values()
    assert 500 == payment["refunded_money"]["amount"]


async def test_a_key_used_for_another_refund_is_refused(rig: Rig) -> None:
    """Square compares the bodies."""
    order_id = rig.simulator.buy(TEES)
    await rig.client.perform(give_back(rig, order_id, 500))
    error = await refused(rig, give_back(rig, order_id, 501), Rejected)
    assert isinstance(error, Rejected)
    assert "IDEMPOTENCY_KEY_REUSED" == error.code


async def test_the_only_payment_need_not_be_named(rig: Rig) -> None:
    """One payment: it is that one; none: say so before anything is sent."""
    order_id = rig.simulator.buy(TEES)
    command = replace(give_back(rig, order_id, 500), payment_id=None)
    outcome = await rig.client.perform(command)
    [refund] = rig.simulator.books.refunds.values()
    assert outcome.external_id == refund["id"]
    unpaid = rig.simulator.order_ahead(TEES, Ahead(paid="AUTHORIZED"))
    error = await refused(rig, replace(command, order_id=unpaid), Rejected)
    assert isinstance(error, Rejected)
    assert "PAYMENT_NOT_NAMED" == error.code
    assert 1 == writes(rig)


@pytest.mark.parametrize(
    ("minor", "currency", "code"),
    [
        (9_999_999, "USD", "REFUND_AMOUNT_INVALID"),
        (0, "USD", "REFUND_AMOUNT_INVALID"),
        (500, "EUR", "CURRENCY_MISMATCH"),
    ],
)
async def test_a_refund_that_cannot_be_is_refused_with_squares_word(
    rig: Rig, minor: int, currency: str, code: str
) -> None:
    """More than was paid, nothing, another currency."""
    command = give_back(rig, rig.simulator.buy(TEES), minor, currency)
    error = await refused(rig, command, Rejected)
    assert isinstance(error, Rejected)
    assert code == error.code


async def test_a_payment_that_is_not_taken_or_not_there_is_not_refunded(rig: Rig) -> None:
    """An authorization is voided instead; an unknown payment is missing."""
    command = give_back(rig, rig.simulator.order_ahead(TEES, Ahead(paid="AUTHORIZED")), 5)
    error = await refused(rig, command, Rejected)
    assert isinstance(error, Rejected)
    assert "REFUND_ERROR_PAYMENT_NEEDS_COMPLETION" == error.code
    await refused(rig, replace(command, key="refund-2", payment_id="NOPE"), Missing)


async def test_a_declined_refund_is_refused_though_answered_200(rig: Rig) -> None:
    """Square may answer with a refund in state FAILED."""
    rig.simulator.books.declines_refunds = True
    error = await refused(rig, give_back(rig, rig.simulator.buy(TEES), 500), Rejected)
    assert isinstance(error, Rejected)
    assert "REFUND_DECLINED" == error.code
