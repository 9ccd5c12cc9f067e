"""Opening returns: of what left, in one shipment, once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from connectors.sdk.changes import Touched
from connectors.sdk.commands import RequestFulfillment, RequestReturn
from connectors.sdk.errors import Ambiguous, Conflict, Missing, Rejected, Unavailable
from connectors.sdk.faults import Fault, Planned
from connectors.sdk.records import Kind, ReturnRecord
from connectors.sdk.records.states import ReturnReason, ReturnStatus
from connectors.sdk.values import LineQuantity
from connectors.shipbob.mapping import Node, sent_back
from connectors.shipbob.tests.conftest import Rig, line

Ask = Callable[..., RequestFulfillment]
RETURN = "/2026-01/return"
STEPS = 5
"""From taken to delivered."""


def back(order_id: str | None, units: int = 1, **parts: Any) -> RequestReturn:
    whole: dict[str, Any] = {
        "key": uuid4().hex,
        "order_id": order_id or "",
        "lines": (LineQuantity(sku="TEE-S", quantity=units),),
        "reason": ReturnReason.UNWANTED,
        **parts,
    }
    return RequestReturn(**whole)


async def delivered(rig: Rig, ask: Ask, **parts: object) -> str:
    """An order that the customer has."""
    outcome = await rig.client.perform(ask(lines=(line(quantity=2),), **parts))
    for _ in range(STEPS):
        rig.shipbob.advance()
    return outcome.external_id or ""


async def test_a_return_is_announced_and_the_warehouse_receives_it(rig: Rig, ask: Ask) -> None:
    """At the place that sent it; stock moves when the warehouse has looked at it."""
    order_id = await delivered(rig, ask)
    before = rig.stock()
    outcome = await rig.client.perform(back(order_id))
    announced = rig.stock()
    [found] = await rig.client.fetch(Kind.RETURN, [outcome.external_id or ""])
    assert isinstance(found, ReturnRecord)
    assert outcome.changes == (Touched(kind=Kind.RETURN, external_id=found.external_id),)
    assert (found.status, found.location_id) == (ReturnStatus.APPROVED, "1")
    assert found.lines == (LineQuantity(sku="TEE-S", quantity=1),)
    assert found.reference == "fo-1"
    assert announced == before
    for _ in range(STEPS):
        rig.shipbob.advance()
    assert rig.stock() != before


async def test_a_return_comes_to_the_place_that_is_named(rig: Rig, ask: Ask) -> None:
    """Another fulfillment center than the one that sent it."""
    order_id = await delivered(rig, ask)
    outcome = await rig.client.perform(back(order_id, location_id="2"))
    [found] = await rig.client.fetch(Kind.RETURN, [outcome.external_id or ""])
    assert isinstance(found, ReturnRecord)
    assert found.location_id == "2"


async def test_the_same_key_announces_one_return(rig: Rig, ask: Ask) -> None:
    """And looking it up finds it."""
    command = back(await delivered(rig, ask))
    nothing = await rig.client.look_up(command)
    first = await rig.client.perform(command)
    again = await rig.client.perform(command)
    assert nothing is None
    assert again.external_id == first.external_id
    assert await rig.client.look_up(command) == again
    assert len(rig.sent("POST", RETURN)) == 1


async def test_a_return_whose_answer_is_lost_is_found_again(rig: Rig, ask: Ask) -> None:
    """By its reference; nothing is sent a second time."""
    command = back(await delivered(rig, ask))
    rig.shipbob.faults.plan(Planned(fault=Fault.CUT_AFTER, path=RETURN, method="POST"))
    with pytest.raises(Ambiguous):
        await rig.client.perform(command)
    found = await rig.client.look_up(command)
    assert found is not None
    assert await rig.client.perform(command) == found
    assert len(rig.shipbob.warehouse.returns) == 1


async def test_a_look_up_in_trouble_is_unavailable(rig: Rig, ask: Ask) -> None:
    """It cannot tell, and does not say that there is none."""
    command = back(await delivered(rig, ask))
    rig.keeps_contract = False
    rig.shipbob.faults.plan(Planned(fault=Fault.NOT_JSON, path=RETURN, method="GET"))
    with pytest.raises(Unavailable):
        await rig.client.look_up(command)


@pytest.mark.parametrize(
    "lines",
    [
        (LineQuantity(sku="TEE-S", quantity=3),),
        (LineQuantity(sku="NOBODY", quantity=1),),
        (LineQuantity(line_id="7", quantity=1),),
        (LineQuantity(quantity=1),),
    ],
)
async def test_what_the_customer_has_not_got_is_a_conflict(
    rig: Rig, ask: Ask, lines: tuple[LineQuantity, ...]
) -> None:
    """More than there was, or something else; nothing is sent."""
    order_id = await delivered(rig, ask)
    with pytest.raises(Conflict) as caught:
        await rig.client.perform(back(order_id, lines=lines))
    assert caught.value.code == "not_sent"
    assert rig.sent("POST", RETURN) == []


async def test_what_has_not_left_does_not_come_back(rig: Rig, ask: Ask) -> None:
    """It can be canceled instead."""
    asked = await rig.client.perform(ask())
    with pytest.raises(Conflict):
        await rig.client.perform(back(asked.external_id))
    assert len(rig.shipbob.warehouse.returns) == 0


async def test_a_place_that_is_none_is_refused(rig: Rig, ask: Ask) -> None:
    """By ShipBob, or before it is asked when it cannot be an id of its."""
    order_id = await delivered(rig, ask)
    for place, code in (("99", "unprocessable"), ("DC-1", "invalid")):
        with pytest.raises(Rejected) as caught:
            await rig.client.perform(back(order_id, location_id=place))
        assert caught.value.code == code
    assert len(rig.shipbob.warehouse.returns) == 0


@pytest.mark.parametrize("order_id", ["99999", "gone"])
async def test_an_order_that_is_not_there_is_missing(rig: Rig, order_id: str) -> None:
    """Nothing is sent."""
    with pytest.raises(Missing):
        await rig.client.perform(back(order_id))
    assert rig.sent("POST", RETURN) == []


def order(*products: tuple[str, tuple[tuple[int, int], ...]]) -> Node:
    """One shipment that left; products by SKU, each with its (inventory id, quantity)."""
    packed = [
        {"id": 5, "sku": sku, "inventory_items": [{"id": a, "quantity": b} for a, b in items]}
        for sku, items in products
    ]
    shipment = {"id": 1, "status": "Completed", "location": {"id": 8}, "products": packed}
    return Node({"shipments": [shipment]})


def test_a_bundle_comes_back_as_what_is_in_it() -> None:
    """Two of three bundles of a mug and two coasters."""
    found = sent_back(order(("SET", ((1, 3), (2, 6)))), [LineQuantity(sku="SET", quantity=2)])
    assert found is not None
    assert found.items == {"1": 2, "2": 4}


def test_units_of_several_lots_come_back_when_all_do() -> None:
    """Of some nobody can say which lot they are; their sum is what a return names."""
    held = order(("TEE", ((1, 2), (1, 1))))
    all_of_it = sent_back(held, [LineQuantity(sku="TEE", quantity=3)])
    assert all_of_it is not None
    assert all_of_it.items == {"1": 3}
