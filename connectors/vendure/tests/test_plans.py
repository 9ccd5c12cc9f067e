"""The next step of each command, from every state that an earlier attempt may have left."""

import pytest

from connectors.sdk.commands import (
    CancelOrder,
    RecordShipment,
)
from connectors.sdk.errors import Conflict, Missing, Rejected, Unsupported
from connectors.sdk.records import Tracking
from connectors.sdk.values import LineQuantity
from connectors.vendure.plans import Done, plan_of
from connectors.vendure.tests.states import (
    CANCEL,
    DELIVER,
    REFUND,
    SHIP,
    Given,
    asked_for,
    decided,
    made_cancellation,
    made_fulfillment,
    made_note,
    order_of,
)


def test_whole_order_is_canceled_line_by_line(given_order: Given) -> None:
    """Lines are always named, shipping goes with the last of them, the key behind the reason."""
    expected = {
        "orderId": "71",
        "lines": [
            {"orderLineId": "201", "quantity": 2},
            {"orderLineId": "202", "quantity": 1},
        ],
        "cancelShipping": True,
        "reason": "changed mind [ref:k1]",
    }
    assert ("cancel_order", expected, True) == asked_for(decided(given_order, CANCEL))


def test_cancel_spares_what_is_in_a_fulfillment(given_order: Given) -> None:
    """Asked to cancel without lines, Vendure would cancel delivered units too."""
    order_of(given_order)["fulfillments"] = [made_fulfillment(_201=2, state="Delivered")]
    _, asked, _ = asked_for(decided(given_order, CANCEL))
    assert [{"orderLineId": "202", "quantity": 1}] == asked["lines"]
    assert not asked["cancelShipping"]


def test_units_of_a_canceled_fulfillment_can_be_canceled(given_order: Given) -> None:
    """A fulfillment taken back holds no units."""
    order_of(given_order)["fulfillments"] = [made_fulfillment(_201=2, state="Cancelled")]
    _, asked, _ = asked_for(decided(given_order, CANCEL))
    assert {"orderLineId": "201", "quantity": 2} in asked["lines"]


def test_cancel_done_before_is_found_by_its_key(given_order: Given) -> None:
    """The reason in the history ends in our key: nothing is sent a second time."""
    order_of(given_order)["history"]["items"] = [made_cancellation("changed mind [ref:k1]")]
    assert Done() == decided(given_order, CANCEL)


def test_another_cancellation_is_not_taken_for_ours(given_order: Given) -> None:
    """The same words under another key, or under none, are someone else's."""
    order_of(given_order)["history"]["items"] = [
        made_cancellation("changed mind [ref:k2]"),
        made_cancellation("changed mind"),
    ]
    assert "cancel_order" == asked_for(decided(given_order, CANCEL))[0]


def test_canceling_a_canceled_order_is_done(given_order: Given) -> None:
    """Whoever canceled it, what was asked for is true."""
    order_of(given_order)["state"] = "Cancelled"
    assert Done() == decided(given_order, CANCEL)


@pytest.mark.parametrize(
    ("lines", "kind", "code"),
    [
        ((LineQuantity(line_id="201", quantity=3),), Conflict, "NOT_OPEN"),
        (
            (LineQuantity(line_id="201", quantity=2), LineQuantity(sku="KETTLE-BLU", quantity=1)),
            Conflict,
            "NOT_OPEN",
        ),
        ((LineQuantity(line_id="999", quantity=1),), Missing, "ORDER_LINE_NOT_FOUND"),
        ((LineQuantity(sku="NONE", quantity=1),), Missing, "ORDER_LINE_NOT_FOUND"),
        ((LineQuantity(quantity=1),), Missing, "ORDER_LINE_NOT_FOUND"),
        ((LineQuantity(line_id="201", quantity=-1),), Rejected, "QUANTITY"),
        ((LineQuantity(line_id="201", quantity=0),), Rejected, "QUANTITY"),
    ],
)
def test_lines_that_cannot_be_canceled_are_refused(
    given_order: Given, lines: tuple[LineQuantity, ...], kind: type[Rejected], code: str
) -> None:
    """Too many, unknown or none: refused before Vendure, which takes -1 for one unit more."""
    command = CancelOrder(key="k1", order_id="71", lines=lines, reason="x")
    with pytest.raises(kind) as refusal:
        decided(given_order, command)
    assert (kind, code) == (type(refusal.value), refusal.value.code)


def test_canceling_what_is_all_fulfilled_conflicts(given_order: Given) -> None:
    """Nothing is left to cancel, and nothing is sent."""
    order_of(given_order)["fulfillments"] = [made_fulfillment(_201=2, _202=1)]
    with pytest.raises(Conflict, match="everything is fulfilled or canceled already"):
        decided(given_order, CANCEL)


def test_cancel_without_restocking_is_unsupported() -> None:
    """Vendure puts stock back whether one likes it or not: refused before anything is sent."""
    plan = plan_of(CancelOrder(key="k1", order_id="71", reason="x", restock=False))
    with pytest.raises(Unsupported):
        plan.look()


def test_shipment_goes_step_by_step(given_order: Given) -> None:
    """Make the fulfillment, claim it with the key, ship it, and then nothing."""
    order = order_of(given_order)
    make = {
        "lines": [{"orderLineId": "201", "quantity": 2}],
        "handler": {
            "code": "manual-fulfillment",
            "arguments": [
                {"name": "method", "value": "UPS Ground"},
                {"name": "trackingCode", "value": "1Z9"},
            ],
        },
    }
    assert ("add_fulfillment", make, False) == asked_for(decided(given_order, SHIP))
    order["fulfillments"] = [made_fulfillment(_201=2)]
    claim = {
        "id": "71",
        "note": "Shipment recorded as fulfillment 81 [ref:k1]",
        "isPublic": False,
    }
    assert ("add_note", claim, False) == asked_for(decided(given_order, SHIP))
    order["history"]["items"] = [made_note("k1")]
    ship = {"id": "81", "state": "Shipped"}
    assert ("move_fulfillment", ship, True) == asked_for(decided(given_order, SHIP))
    for state in ("Shipped", "Delivered"):
        order["fulfillments"] = [made_fulfillment(_201=2, state=state)]
        assert Done() == decided(given_order, SHIP)


def test_twin_shipment_of_another_key_is_not_taken_for_ours(given_order: Given) -> None:
    """The same units in the same parcel, claimed by another command: make our own."""
    order = order_of(given_order)
    order["lines"][0] |= {"quantity": 4, "orderPlacedQuantity": 4}
    order["fulfillments"] = [made_fulfillment(_201=2, state="Shipped")]
    order["history"]["items"] = [made_note("k2")]
    assert "add_fulfillment" == asked_for(decided(given_order, SHIP))[0]


@pytest.mark.parametrize(
    "other",
    [
        made_fulfillment(_201=1),
        made_fulfillment(_201=1, _202=1),
        made_fulfillment(number="1Z8", _201=2),
        made_fulfillment(_201=2, state="Cancelled"),
    ],
    ids="fewer-units other-lines other-parcel canceled".split(),
)
def test_other_shipment_is_not_taken_for_ours(given_order: Given, other: Given) -> None:
    """Parcel and units must both be the same, and the fulfillment stand."""
    order = order_of(given_order)
    order["lines"][0] |= {"quantity": 4, "orderPlacedQuantity": 4}
    order["fulfillments"] = [other]
    assert "add_fulfillment" == asked_for(decided(given_order, SHIP))[0]


def test_shipment_whose_fulfillment_was_canceled_since_conflicts(given_order: Given) -> None:
    """Someone took back what we recorded: a person decides, it is not sent again."""
    order = order_of(given_order)
    order["fulfillments"] = [made_fulfillment(_201=2, state="Cancelled")]
    order["history"]["items"] = [made_note("k1")]
    with pytest.raises(Conflict, match="fulfillment 81 was canceled"):
        decided(given_order, SHIP)


def test_shipment_of_more_than_is_left_conflicts(given_order: Given) -> None:
    """One kettle left of two: nothing is sent."""
    order_of(given_order)["fulfillments"] = [made_fulfillment(number="1Z8", _201=1)]
    with pytest.raises(Conflict, match="fewer units are left to ship"):
        decided(given_order, SHIP)


def test_shipment_without_lines_is_refused() -> None:
    """What left must be said."""
    plan = plan_of(
        RecordShipment(key="k1", order_id="71", lines=(), tracking=Tracking(number="1Z9"))
    )
    with pytest.raises(Rejected):
        plan.look()


@pytest.mark.parametrize("state", ["Pending", "Shipped"])
def test_delivery_moves_the_fulfillment_once(given_order: Given, state: str) -> None:
    """From wherever it is; delivered already, nothing is sent."""
    order = order_of(given_order)
    order["fulfillments"] = [made_fulfillment(_201=2, state=state)]
    expected = ("move_fulfillment", {"id": "81", "state": "Delivered"}, True)
    assert expected == asked_for(decided(given_order, DELIVER))
    order["fulfillments"][0]["state"] = "Delivered"
    assert Done() == decided(given_order, DELIVER)


def test_delivery_of_another_orders_fulfillment_is_missing(given_order: Given) -> None:
    """The shipment must be of the order that the command names."""
    with pytest.raises(Missing, match="order 71 has no fulfillment 81"):
        decided(given_order, DELIVER)


def test_delivery_of_a_canceled_fulfillment_conflicts(given_order: Given) -> None:
    """What was taken back cannot arrive."""
    order_of(given_order)["fulfillments"] = [made_fulfillment(_201=2, state="Cancelled")]
    with pytest.raises(Conflict):
        decided(given_order, DELIVER)


def test_order_that_is_not_there_is_missing(given_order: Given) -> None:
    """Every command about an order says so."""
    given_order["orders"]["items"] = []
    for command in (CANCEL, SHIP, DELIVER, REFUND):
        with pytest.raises(Missing, match="there is no order 71"):
            decided(given_order, command)
