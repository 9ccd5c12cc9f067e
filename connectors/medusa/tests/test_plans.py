"""The next step of each command, from every state that an earlier attempt may have left."""

from typing import Any

import pytest

from connectors.medusa.mapping import Node
from connectors.medusa.plans import Do, Done, plan_of
from connectors.medusa.tests import samples
from connectors.medusa.tests.samples import Given
from connectors.sdk.commands import (
    CancelOrder,
    Command,
    CreateRefund,
    ReceivedLine,
    ReceiveReturn,
    RecordDelivery,
    RecordShipment,
    RequestReturn,
    SetInventory,
)
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records import Tracking
from connectors.sdk.records.states import Disposition, ReturnReason
from connectors.sdk.values import LineQuantity, Money

KETTLES = LineQuantity(sku="KETTLE-BLU", quantity=2)
CANCEL = CancelOrder(key="k1", order_id="order_71", reason="changed mind")
SHIP = RecordShipment(
    key="k1",
    order_id="order_71",
    lines=(KETTLES,),
    tracking=Tracking(number="1Z9", carrier="UPS Ground", url="javascript:alert(1)"),
)
DELIVER = RecordDelivery(key="k1", order_id="order_71", shipment_id="ful_9")
STOCK = SetInventory(
    key="k1", item_id="iitem_KETTLE", sku=None, location_id="sloc_RENO", quantity=42, expected=40
)
REFUND = CreateRefund(
    key="k1",
    order_id="order_71",
    payment_id=None,
    amount=Money(minor=500, currency="USD"),
    reason="dented",
)
RETURN = RequestReturn(
    key="k1",
    order_id="order_71",
    lines=(KETTLES,),
    reason=ReturnReason.SIZE_TOO_SMALL,
    note="too small",
)
RECEIVE = ReceiveReturn(key="k1", return_id="return_9")
DAMAGED = ReceivedLine(line_id="ordli_201", quantity=1, disposition=Disposition.DAMAGED)

KETTLE = {"id": "iitem_KETTLE", "location_levels": [{"location_id": "sloc_RENO"}]}


def _decided(command: Command, *seen: Given) -> Do | Done:
    """Return the next step from what is seen; the plan must want to see just that."""
    plan = plan_of(command)
    nodes: list[Node] = []
    for each in seen:
        assert plan.look(nodes) is not None
        nodes.append(samples.node(each))
    assert plan.look(nodes) is None
    return plan.decide(nodes)


def _asked(step: Do | Done) -> tuple[str, Any, bool]:
    """Return the end of the path, the body, and whether it is the last step."""
    assert isinstance(step, Do)
    return step.call.path.rpartition("/")[2], step.call.body, step.is_last


def _orders(order: Given) -> Given:
    return {"orders": [order]}


def _parcel(**changed: Any) -> Given:
    items = [{"line_item_id": "ordli_201", "inventory_item_id": "iitem_KETTLE", "quantity": 2}]
    return {"id": "ful_9", "metadata": {"gateway_key": "k1"}, "items": items, **changed}


def _left(status: str | None = None, **changed: Any) -> Given:
    """The order with both kettles sent from Reno, and a return of ours in that *status*."""
    order = samples.order()
    order["items"][0]["detail"] |= {"fulfilled_quantity": 2}
    order["fulfillments"] = [_parcel(metadata=None, location_id="sloc_RENO")]
    own: Given = {"id": "return_9", "metadata": {"gateway_key": "k1"}, "items": []}
    order["returns"] = [own | {"status": status} | changed] if status else []
    return order


def _change(kind: str, status: str = "pending", **units: int) -> Given:
    """A change of the return's, with actions: ``RETURN_ITEM=2``."""
    details = [{"quantity": count, "reference_id": "ordli_201"} for count in units.values()]
    return {
        "change_type": kind,
        "return_id": "return_9",
        "status": status,
        "internal_note": "[ref:k1]",
        "actions": [
            {"action": word, "details": each} for word, each in zip(units, details, strict=True)
        ],
    }


def test_order_is_canceled_whole_and_once() -> None:
    """Nothing is said of money: the shop gives it back by itself."""
    order = samples.order()
    assert ("cancel", {}, True) == _asked(_decided(CANCEL, _orders(order)))
    order["canceled_at"] = "2026-02-26T12:00:00Z"
    assert Done() == _decided(CANCEL, _orders(order))


def test_shipment_is_made_where_the_units_are_reserved() -> None:
    """In one place: it is named. In two: each is taken where it is. An address that is none is left
    out, as the shop would refuse it."""
    reserved = {"line_item_id": "ordli_201", "location_id": "sloc_RENO"}
    other = {"line_item_id": "ordli_202", "location_id": "sloc_NYC"}
    seen = {"reservations": [reserved, other]}
    body = {
        "items": [{"id": "ordli_201", "quantity": 2}],
        "metadata": {"gateway_key": "k1", "carrier": "UPS Ground"},
        "no_notification": False,
    }
    order = samples.order()
    named = body | {"location_id": "sloc_RENO"}
    assert ("fulfillments", named, False) == _asked(_decided(SHIP, _orders(order), seen))
    seen["reservations"][1]["line_item_id"] = "ordli_201"
    assert ("fulfillments", body, False) == _asked(_decided(SHIP, _orders(order), seen))
    order["fulfillments"] = [_parcel()]
    label = {"tracking_number": "1Z9", "tracking_url": "", "label_url": ""}
    shipped = {"items": body["items"], "labels": [label], "no_notification": False}
    assert ("shipments", shipped, True) == _asked(_decided(SHIP, _orders(order), seen))
    order["fulfillments"] = [_parcel(shipped_at="2026-02-26T12:00:00Z")]
    assert Done() == _decided(SHIP, _orders(order), seen)


def test_shipment_that_was_unpacked_is_not_made_again() -> None:
    """Somebody decided otherwise. A parcel of another key is none of ours."""
    order = samples.order()
    order["fulfillments"] = [_parcel(canceled_at="2026-02-26T12:00:00Z")]
    with pytest.raises(Conflict, match="was canceled"):
        _decided(SHIP, _orders(order), {"reservations": []})
    order["fulfillments"][0]["metadata"] = {"gateway_key": "k2"}
    assert "fulfillments" == _asked(_decided(SHIP, _orders(order), {"reservations": []}))[0]


def test_order_without_a_shipping_option_cannot_be_shipped() -> None:
    """The shop would fail, and nobody would know what had happened."""
    order = samples.order()
    order["shipping_methods"][0]["shipping_option_id"] = None
    with pytest.raises(Rejected, match="shipping option"):
        _decided(SHIP, _orders(order), {"reservations": []})


def test_delivery_is_recorded_once() -> None:
    """A parcel that is not the order's is missing."""
    order = samples.order()
    with pytest.raises(Missing):
        _decided(DELIVER, _orders(order))
    order["fulfillments"] = [_parcel()]
    assert ("mark-as-delivered", {}, True) == _asked(_decided(DELIVER, _orders(order)))
    order["fulfillments"] = [_parcel(delivered_at="2026-02-26T12:00:00Z")]
    assert Done() == _decided(DELIVER, _orders(order))


@pytest.mark.parametrize(("held", "way"), [(40, "update"), (None, "create")])
def test_stock_is_set_where_it_is_and_made_where_it_is_not(held: int | None, way: str) -> None:
    """What is expected of a place without a level is nothing."""
    levels = [] if held is None else [{"location_id": "sloc_RENO", "stocked_quantity": held}]
    seen = {"inventory_items": [{"id": "iitem_KETTLE", "location_levels": levels}]}
    place = {"stock_locations": [{"id": "sloc_RENO"}]}
    command = SetInventory(
        key="k1",
        item_id="iitem_KETTLE",
        sku=None,
        location_id="sloc_RENO",
        quantity=42,
        expected=held or 0,
    )
    level = {
        "inventory_item_id": "iitem_KETTLE",
        "location_id": "sloc_RENO",
        "stocked_quantity": 42,
    }
    assert ("batch", {way: [level]}, True) == _asked(_decided(command, seen, place))


def test_stock_that_is_not_as_expected_is_left_alone() -> None:
    """Unless it is what it shall be already."""
    level = {"location_id": "sloc_RENO", "stocked_quantity": 41}
    seen = {"inventory_items": [{"id": "iitem_KETTLE", "location_levels": [level]}]}
    place = {"stock_locations": [{"id": "sloc_RENO"}]}
    with pytest.raises(Conflict, match="is 41, not 40"):
        _decided(STOCK, seen, place)
    level["stocked_quantity"] = 42
    assert Done() == _decided(STOCK, seen, place)


def _captured(*amounts: str, **changed: Any) -> Given:
    order = samples.order()
    (payment,) = order["payment_collections"][0]["payments"]
    payment["captures"] = [
        {"id": f"capt_{at}", "raw_amount": {"value": each}} for at, each in enumerate(amounts)
    ]
    order["payment_collections"][0]["payments"][0] |= changed
    return order


def test_refund_carries_our_key_and_a_plain_number() -> None:
    """5.00 and not 5.0 of a float's making."""
    name, body, is_last = _asked(_decided(REFUND, _orders(_captured("91.7676"))))
    assert ("refund", "dented [ref:k1]", b"5.00", True) == (
        name,
        body["note"],
        bytes(body["amount"]),
        is_last,
    )


def test_refund_of_all_that_is_left_sends_all_digits() -> None:
    """70 and 21.7676 were captured, 5 went back: 86.7676 are left."""
    refunds = [{"id": "ref_1", "note": None, "raw_amount": {"value": "5"}}]
    order = _captured("70", "21.7676", refunds=refunds)
    rest = CreateRefund(
        key="k1",
        order_id="order_71",
        payment_id="capt_1",
        amount=Money(minor=8677, currency="USD"),
        reason="x",
    )
    assert b"86.7676" == bytes(_asked(_decided(rest, _orders(order)))[1]["amount"])
    more = CreateRefund(
        key="k1",
        order_id="order_71",
        payment_id="capt_1",
        amount=Money(minor=8678, currency="USD"),
        reason="x",
    )
    with pytest.raises(Conflict, match=r"at most 86\.77 USD"):
        _decided(more, _orders(order))


def test_refund_made_before_is_found_by_its_key() -> None:
    """Nothing is sent a second time, whatever is left."""
    refunds = [{"id": "ref_1", "note": "dented [ref:k1]", "raw_amount": {"value": "5"}}]
    order = _captured("5", refunds=refunds)
    assert Done() == _decided(REFUND, _orders(order))


REASON = {"id": "rr_1", "value": "size_too_small", "label": "Too small"}


@pytest.mark.parametrize("value", ["size_too_small", "SIZE_TOO_SMALL", "other"])
def test_return_is_begun_filled_and_asked_for(value: str) -> None:
    """To where the goods left from, with the shop's own reason where it has one of that name."""
    reasons = {"return_reasons": [REASON | {"value": value}]}
    items = {"inventory_items": [KETTLE]}
    begun = _decided(RETURN, _orders(_left()), {"order_changes": []}, reasons, items)
    body = {
        "order_id": "order_71",
        "location_id": "sloc_RENO",
        "metadata": {"gateway_key": "k1"},
    }
    assert ("returns", body, False) == _asked(begun)
    under_way = {"order_changes": [_change("return_request")]}
    filled = _decided(RETURN, _orders(_left("open")), under_way, reasons, items)
    line = {"id": "ordli_201", "quantity": 2, "internal_note": "too small"}
    more = {} if value == "other" else {"reason_id": "rr_1"}
    assert ("request-items", {"items": [line | more]}, False) == _asked(filled)
    under_way = {"order_changes": [_change("return_request", RETURN_ITEM=2)]}
    asked = _decided(RETURN, _orders(_left("open")), under_way, reasons, items)
    assert ("request", {}, True) == _asked(asked)
    done = _decided(RETURN, _orders(_left("requested")), {"order_changes": []}, reasons, items)
    assert Done() == done


def test_group_of_reasons_is_no_reason() -> None:
    """The shop refuses one that has reasons under it."""
    group = {"return_reasons": [REASON | {"return_reason_children": [{"id": "rr_2"}]}]}
    under_way = {"order_changes": [_change("return_request")]}
    items = {"inventory_items": [KETTLE]}
    filled = _decided(RETURN, _orders(_left("open")), under_way, group, items)
    assert "reason_id" not in _asked(filled)[1]["items"][0]


def _receipt(command: ReceiveReturn, *changes: Given, **changed: Any) -> Do | Done:
    """Decide on a receipt of two kettles that are to come back to Reno."""
    items = [{"item_id": "ordli_201", "quantity": 2}]
    row = {"id": "return_9", "order_id": "order_71", "status": "requested"}
    row |= {"location_id": "sloc_RENO"} | changed
    return _decided(
        command,
        {"returns": [row]},
        _orders(_left("requested", items=items)),
        {"order_changes": list(changes)},
        {"inventory_items": [KETTLE]},
    )


def test_receipt_is_begun_filled_and_confirmed() -> None:
    """All that was to come, on sale again."""
    assert ("receive", {"internal_note": "[ref:k1]"}, False) == _asked(_receipt(RECEIVE))
    both = {"items": [{"id": "ordli_201", "quantity": 2}]}
    begun = _change("return_receive")
    assert ("receive-items", both, False) == _asked(_receipt(RECEIVE, begun))
    filled = _change("return_receive", RECEIVE_RETURN_ITEM=2)
    assert ("confirm", {}, True) == _asked(_receipt(RECEIVE, filled))
    done = _change("return_receive", "confirmed", RECEIVE_RETURN_ITEM=2)
    assert Done() == _receipt(RECEIVE, done)


def test_damaged_units_are_dismissed_after_the_good_ones() -> None:
    """Each is taken up where it was left."""
    good = ReceivedLine(line_id="ordli_201", quantity=1)
    command = ReceiveReturn(key="k1", return_id="return_9", lines=(DAMAGED, good))
    one = {"items": [{"id": "ordli_201", "quantity": 1}]}
    begun = _change("return_receive")
    assert ("receive-items", one, False) == _asked(_receipt(command, begun))
    half = _change("return_receive", RECEIVE_RETURN_ITEM=1)
    assert ("dismiss-items", one, False) == _asked(_receipt(command, half))
    only = ReceiveReturn(key="k1", return_id="return_9", lines=(DAMAGED,))
    assert ("dismiss-items", one, False) == _asked(_receipt(only, begun))


def test_receipt_elsewhere_says_so_first() -> None:
    """The shop restocks where the return is to be."""
    command = ReceiveReturn(key="k1", return_id="return_9", location_id="sloc_RENO")
    step = _receipt(command, _change("return_receive"), location_id="sloc_NYC")
    assert ("return_9", {"location_id": "sloc_RENO"}, False) == _asked(step)


def test_units_received_before_are_not_expected_again() -> None:
    """By the log; what was given up there counts for nothing."""
    first = _change("return_receive", "confirmed", RECEIVE_RETURN_ITEM=1)
    first["internal_note"] = "[ref:k0]"
    given_up = _change("return_receive", "canceled", RECEIVE_RETURN_ITEM=1)
    own = _change("return_receive")
    one = {"items": [{"id": "ordli_201", "quantity": 1}]}
    assert ("receive-items", one, False) == _asked(_receipt(RECEIVE, first, given_up, own))
    second = _change("return_receive", "confirmed", RECEIVE_DAMAGED_RETURN_ITEM=1)
    second["internal_note"] = None
    with pytest.raises(Conflict, match="everything of it is here"):
        _receipt(RECEIVE, first, second)


def test_change_of_somebody_else_is_waited_for() -> None:
    """An order has one change at a time."""
    other = _change("edit") | {"return_id": None, "internal_note": None}
    with pytest.raises(Conflict, match="under way"):
        _receipt(RECEIVE, other)
    with pytest.raises(Conflict, match="under way"):
        _decided(
            RETURN,
            _orders(_left()),
            {"order_changes": [other]},
            {"return_reasons": []},
            {"inventory_items": [KETTLE]},
        )


@pytest.mark.parametrize(
    "command",
    [
        CancelOrder(key="k1", order_id="o", reason="x", restock=False),
        CancelOrder(key="k1", order_id="o", reason="x", lines=(LineQuantity(quantity=0),)),
        RecordShipment(key="k1", order_id="o", lines=(), tracking=Tracking(number="1")),
        RequestReturn(key="k1", order_id="o", lines=(), reason=ReturnReason.OTHER),
        ReceiveReturn(
            key="k1",
            return_id="r",
            lines=(ReceivedLine(line_id="l", quantity=1, disposition=Disposition.QUARANTINE),),
        ),
    ],
)
def test_what_can_never_be_done_is_refused_before_anything_is_asked(command: Command) -> None:
    """Not even read."""
    with pytest.raises(Rejected):
        plan_of(command).look([])


def test_some_lines_of_an_order_are_not_canceled() -> None:
    """All of them are, however they are named."""
    some = CancelOrder(key="k1", order_id="order_71", reason="x", lines=(KETTLES,))
    with pytest.raises(Rejected, match="whole orders only"):
        _decided(some, _orders(samples.order()))
    spoon = LineQuantity(line_id="ordli_202", quantity=1)
    every = CancelOrder(key="k1", order_id="order_71", reason="x", lines=(KETTLES, spoon))
    assert "cancel" == _asked(_decided(every, _orders(samples.order())))[0]
