"""What each command does next, in states that a running marketplace is seldom in."""

from dataclasses import replace
from typing import Any

import pytest

from connectors.flexmarket.kit import SHOP
from connectors.flexmarket.mapping import LOCATION, shipment_id
from connectors.flexmarket.plans import Do, State, plan_of
from connectors.flexmarket.row import Row
from connectors.flexmarket.tests import rows
from connectors.sdk.commands import (
    CancelOrder,
    ReceiveReturn,
    RecordDelivery,
    RecordShipment,
    SetInventory,
)
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records import Tracking
from connectors.sdk.values import LineQuantity

OWN_ID = rows.order_id(1)
ITEMS = [rows.item("one", "KETTLE", 2), rows.item("two", "KETTLE", 1), rows.item("three", "CUP", 4)]


def _order(status: str = "confirmed", items: list[dict[str, Any]] | None = None) -> Row:
    return Row.of(rows.order(1, status, items=items or ITEMS))


def _parent(*parcels: dict[str, Any], others: tuple[str, ...] = ()) -> Row:
    own = [{"id": each["order_item_id"], "vendor_id": SHOP.id} for each in ITEMS]
    theirs = [{"id": line, "vendor_id": "another"} for line in others]
    return Row.of(
        {"id": "whole", "status": "shipped", "items": own + theirs, "shipments": list(parcels)}
    )


def _parcel(own_id: str, status: str, *lines: str, number: str = "AP-1") -> dict[str, Any]:
    items = [{"order_item_id": line, "quantity": 1} for line in lines]
    return {"id": own_id, "status": status, "tracking_number": number, "items": items}


def _shipping(*lines: LineQuantity, number: str = "AP-1") -> RecordShipment:
    return RecordShipment(
        key="k", order_id=OWN_ID, lines=lines, tracking=Tracking(number=number, carrier="Acme")
    )


ALL = (LineQuantity(sku="KETTLE", quantity=3), LineQuantity(line_id="three", quantity=4))
SENT = [{**each, "quantity_shipped": each["quantity"]} for each in ITEMS]
ARRIVING = RecordDelivery(key="k", order_id=OWN_ID, shipment_id=shipment_id(OWN_ID))


def _path(step: Do | None) -> str:
    assert step
    return step.ask.request.path


def test_lines_of_one_sku_are_shipped_together() -> None:
    """Three kettles are two of one line and one of another."""
    step = plan_of(_shipping(*ALL)).decide(State(shop=SHOP, order=_order()))
    assert step
    assert f"/vendors/me/orders/{OWN_ID}/ship/" == _path(step)
    assert ({"carrier": "Acme", "tracking_number": "AP-1"}, False, True) == (
        step.ask.request.json,
        step.ask.by_staff,
        step.is_last,
    )


@pytest.mark.parametrize(
    ("lines", "error", "code"),
    [
        (ALL[:1], Rejected, "PART"),
        ((LineQuantity(sku="KETTLE", quantity=4), ALL[1]), Conflict, "NOT_OPEN"),
        ((LineQuantity(sku="SPOON", quantity=1),), Missing, "ORDER_LINE_NOT_FOUND"),
        ((LineQuantity(line_id="four", quantity=1),), Missing, "ORDER_LINE_NOT_FOUND"),
    ],
)
def test_shipment_of_anything_but_all_is_refused(
    lines: tuple[LineQuantity, ...], error: type[Rejected], code: str
) -> None:
    """A part, more than is left, what the order has not."""
    with pytest.raises(Rejected) as refused:
        plan_of(_shipping(*lines)).decide(State(shop=SHOP, order=_order()))
    assert (error, code) == (type(refused.value), refused.value.code)


def test_quantities_tell_that_all_was_shipped_whatever_the_status_says() -> None:
    """The marketplace writes the status after the parcel, in a step of its own."""
    state = State(shop=SHOP, order=_order("confirmed", SENT))
    assert plan_of(_shipping(*ALL)).decide(state) is None


@pytest.mark.parametrize(("number", "is_ours"), [("AP-1", True), (" AP-1 ", True), ("AP-2", False)])
def test_shipment_is_ours_by_its_number_where_parcels_are_seen(number: str, is_ours: bool) -> None:
    """A parcel of the same number that holds another seller's goods is not."""
    theirs = _parcel("p-2", "dispatched", "one", "lamp", number="AP-2")
    parent = _parent(_parcel("p-1", "dispatched", "one"), theirs, others=("lamp",))
    state = State(shop=SHOP, order=_order("shipped", SENT), parent=parent)
    plan = plan_of(_shipping(*ALL, number=number))
    if is_ours:
        assert plan.decide(state) is None
    else:
        with pytest.raises(Conflict):
            plan.decide(state)


def test_each_parcel_of_ours_arrives_and_no_shared_one() -> None:
    """The last of them ends the command."""
    shared = _parcel("p-0", "dispatched", "one", "lamp")
    parcels = [_parcel("p-1", "in_transit", "two"), _parcel("p-2", "pending", "three")]
    state = State(shop=SHOP, order=_order("shipped", SENT))
    paths = []
    for _ in range(3):
        parent = _parent(shared, *parcels, others=("lamp",))
        step = plan_of(ARRIVING).decide(replace(state, parent=parent))
        if step is None:
            break
        paths.append((_path(step), step.is_last))
        parcels[len(paths) - 1]["status"] = "delivered"
    assert [
        ("/orders/whole/shipments/p-1/events/", False),
        ("/orders/whole/shipments/p-2/events/", True),
    ] == paths


@pytest.mark.parametrize("status", ["failed", "returned", "lost_in_space"])
def test_parcel_that_came_back_has_not_arrived(status: str) -> None:
    """Nor one in a status that nobody documents."""
    parent = _parent(_parcel("p-1", status, "one"))
    with pytest.raises(Conflict):
        plan_of(ARRIVING).decide(State(shop=SHOP, order=_order("shipped", SENT), parent=parent))


def test_note_of_a_count_keeps_the_key_however_long_the_reason() -> None:
    """The marketplace takes a thousand characters."""
    command = SetInventory(
        key="k-1", item_id="v", sku="S", location_id=LOCATION, quantity=4, reason="x" * 3000
    )
    stock = Row.of({"id": "s", "product_id": "v", "on_hand": 5})
    step = plan_of(command).decide(State(shop=SHOP, stock=stock))
    assert step
    note = step.ask.request.json["note"]
    assert (1000, True) == (len(note), note.endswith("x [ref:k-1]"))


def test_count_that_is_there_already_writes_nothing() -> None:
    """Whatever was expected; and under our key whatever is there now."""
    command = SetInventory(
        key="k-1", item_id="v", sku="S", location_id=LOCATION, quantity=5, expected=9
    )
    stock, other = ({"id": "s", "product_id": "v", "on_hand": count} for count in (5, 7))
    assert plan_of(command).decide(State(shop=SHOP, stock=Row.of(stock))) is None
    moved = [Row.of({"note": "Counted [ref:k-1]"})]
    assert plan_of(command).decide(State(shop=SHOP, stock=Row.of(other), movements=moved)) is None
    moved = [Row.of({"note": "Counted [ref:k-11]"}), Row.of({"note": ""})]
    with pytest.raises(Conflict):
        plan_of(command).decide(State(shop=SHOP, stock=Row.of(other), movements=moved))


@pytest.mark.parametrize(
    ("status", "path"),
    [
        ("pending", "/returns/r/approve/"),
        ("approved", "/returns/r/receive/"),
        ("received", None),
        ("refunded", None),
    ],
)
def test_return_goes_on_from_where_it_is(status: str, path: str | None) -> None:
    """Approved first; taken in without a refund."""
    row = {"id": "r", "status": status, "items": [{"order_item_id": "one", "quantity": 1}]}
    state = State(shop=SHOP, returned=Row.of(row), parent=_parent())
    step = plan_of(ReceiveReturn(key="k", return_id="r")).decide(state)
    assert path == (step.ask.request.path if step else None)
    if status == "approved":
        assert {"restock": True, "refund": False} == (step.ask.request.json if step else None)


@pytest.mark.parametrize("status", ["rejected", "inspecting"])
def test_return_that_is_not_to_come_is_a_conflict(status: str) -> None:
    """Declined, or in a status that nobody documents."""
    row = {"id": "r", "status": status, "items": [{"order_item_id": "one", "quantity": 1}]}
    state = State(shop=SHOP, returned=Row.of(row), parent=_parent())
    with pytest.raises(Conflict):
        plan_of(ReceiveReturn(key="k", return_id="r")).decide(state)


def test_cancellation_of_all_lines_by_name_is_of_the_whole_order() -> None:
    """Its reason is cut to what the marketplace takes."""
    command = CancelOrder(key="k", order_id=OWN_ID, reason="x" * 300, lines=ALL)
    step = plan_of(command).decide(State(shop=SHOP, order=_order(), parent=_parent()))
    assert ("/orders/whole/cancel/", {"reason": "x" * 255}) == (
        _path(step),
        step.ask.request.json if step else None,
    )
