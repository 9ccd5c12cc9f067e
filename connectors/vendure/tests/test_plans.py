"""The next step of each command, from every state that an earlier attempt may have left."""

import copy
from typing import Any

import pytest

from connectors.sdk.commands import (
    CancelOrder,
    Command,
    CreateRefund,
    RecordDelivery,
    RecordShipment,
    SetInventory,
    VoidLabel,
)
from connectors.sdk.errors import Conflict, Missing, Rejected, Unsupported
from connectors.sdk.records import Tracking
from connectors.sdk.values import LineQuantity, Money
from connectors.vendure.kit import READ_AT
from connectors.vendure.mapping import Node, Options, Reading
from connectors.vendure.plans import Do, Done, plan_of
from connectors.vendure.tests import samples

Given = dict[str, Any]

CANCEL = CancelOrder(key="k1", order_id="71", reason="changed mind")
SHIP = RecordShipment(
    key="k1",
    order_id="71",
    lines=(LineQuantity(sku="KETTLE-BLU", quantity=2),),
    tracking=Tracking(number="1Z9", carrier="UPS Ground"),
)
DELIVER = RecordDelivery(key="k1", order_id="71", shipment_id="81")
STOCK = SetInventory(key="k1", item_id="19", sku=None, location_id="1", quantity=42, expected=40)
REFUND = samples.REFUND


@pytest.fixture
def given_order() -> Given:
    """Two kettles (line 201) and a spoon (line 202), paid, nothing sent."""
    return copy.deepcopy(samples.load("order_placed")["given"])


def _order(given_order: Given) -> Given:
    found: Given = given_order["orders"]["items"][0]
    return found


def _fulfillment(number: str = "1Z9", state: str = "Pending", **units: int) -> Given:
    lines = [{"orderLineId": line[1:], "quantity": count} for line, count in units.items()]
    times = {"createdAt": "2026-11-20T12:00:00Z", "updatedAt": "2026-11-20T12:00:00Z"}
    fixed = {"id": "81", "method": "UPS Ground", **times}
    return fixed | {"state": state, "trackingCode": number, "lines": lines}


def _note(key: str, fulfillment_id: str = "81") -> Given:
    note = f"Shipment recorded as fulfillment {fulfillment_id} [ref:{key}]"
    return {"type": "ORDER_NOTE", "createdAt": "2026-11-20T12:01:00Z", "data": {"note": note}}


def _canceled(reason: str) -> Given:
    data = {"reason": reason, "lines": []}
    return {"type": "ORDER_CANCELLATION", "createdAt": "2026-11-20T12:01:00Z", "data": data}


def _refund(**changed: Any) -> Given:
    refund = {
        "id": "9",
        "state": "Pending",
        "total": 500,
        "reason": "dented [ref:k1]",
        "transactionId": None,
        "createdAt": "2026-11-20T12:01:00Z",
        "lines": [],
    }
    return refund | changed


def _decide(given_: Given, command: Command, **options: Any) -> Do | Done:
    plan = plan_of(command)
    plan.look()
    root = Node(given_, "data")
    return plan.decide(root, Reading.of(root, Options(**options), READ_AT))


def _asked(step: Do | Done) -> Any:
    assert isinstance(step, Do)
    variables = step.call.variables
    return step.call.document, variables.get("input", variables), step.is_last


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
    assert ("cancel_order", expected, True) == _asked(_decide(given_order, CANCEL))


def test_cancel_spares_what_is_in_a_fulfillment(given_order: Given) -> None:
    """Asked to cancel without lines, Vendure would cancel delivered units too."""
    _order(given_order)["fulfillments"] = [_fulfillment(_201=2, state="Delivered")]
    _, asked, _ = _asked(_decide(given_order, CANCEL))
    assert [{"orderLineId": "202", "quantity": 1}] == asked["lines"]
    assert not asked["cancelShipping"]


def test_units_of_a_canceled_fulfillment_can_be_canceled(given_order: Given) -> None:
    """A fulfillment taken back holds no units."""
    _order(given_order)["fulfillments"] = [_fulfillment(_201=2, state="Cancelled")]
    _, asked, _ = _asked(_decide(given_order, CANCEL))
    assert {"orderLineId": "201", "quantity": 2} in asked["lines"]


def test_cancel_done_before_is_found_by_its_key(given_order: Given) -> None:
    """The reason in the history ends in our key: nothing is sent a second time."""
    _order(given_order)["history"]["items"] = [_canceled("changed mind [ref:k1]")]
    assert Done() == _decide(given_order, CANCEL)


def test_another_cancellation_is_not_taken_for_ours(given_order: Given) -> None:
    """The same words under another key, or under none, are someone else's."""
    _order(given_order)["history"]["items"] = [
        _canceled("changed mind [ref:k2]"),
        _canceled("changed mind"),
    ]
    assert "cancel_order" == _asked(_decide(given_order, CANCEL))[0]


def test_canceling_a_canceled_order_is_done(given_order: Given) -> None:
    """Whoever canceled it, what was asked for is true."""
    _order(given_order)["state"] = "Cancelled"
    assert Done() == _decide(given_order, CANCEL)


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
        _decide(given_order, command)
    assert (kind, code) == (type(refusal.value), refusal.value.code)


def test_canceling_what_is_all_fulfilled_conflicts(given_order: Given) -> None:
    """Nothing is left to cancel, and nothing is sent."""
    _order(given_order)["fulfillments"] = [_fulfillment(_201=2, _202=1)]
    with pytest.raises(Conflict, match="everything is fulfilled or canceled already"):
        _decide(given_order, CANCEL)


def test_cancel_without_restocking_is_unsupported() -> None:
    """Vendure puts stock back whether one likes it or not: refused before anything is sent."""
    plan = plan_of(CancelOrder(key="k1", order_id="71", reason="x", restock=False))
    with pytest.raises(Unsupported):
        plan.look()


def test_shipment_goes_step_by_step(given_order: Given) -> None:
    """Make the fulfillment, claim it with the key, ship it, and then nothing."""
    order = _order(given_order)
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
    assert ("add_fulfillment", make, False) == _asked(_decide(given_order, SHIP))
    order["fulfillments"] = [_fulfillment(_201=2)]
    claim = {
        "id": "71",
        "note": "Shipment recorded as fulfillment 81 [ref:k1]",
        "isPublic": False,
    }
    assert ("add_note", claim, False) == _asked(_decide(given_order, SHIP))
    order["history"]["items"] = [_note("k1")]
    ship = {"id": "81", "state": "Shipped"}
    assert ("move_fulfillment", ship, True) == _asked(_decide(given_order, SHIP))
    for state in ("Shipped", "Delivered"):
        order["fulfillments"] = [_fulfillment(_201=2, state=state)]
        assert Done() == _decide(given_order, SHIP)


def test_twin_shipment_of_another_key_is_not_taken_for_ours(given_order: Given) -> None:
    """The same units in the same parcel, claimed by another command: make our own."""
    order = _order(given_order)
    order["lines"][0] |= {"quantity": 4, "orderPlacedQuantity": 4}
    order["fulfillments"] = [_fulfillment(_201=2, state="Shipped")]
    order["history"]["items"] = [_note("k2")]
    assert "add_fulfillment" == _asked(_decide(given_order, SHIP))[0]


@pytest.mark.parametrize(
    "other",
    [
        _fulfillment(_201=1),
        _fulfillment(_201=1, _202=1),
        _fulfillment(number="1Z8", _201=2),
        _fulfillment(_201=2, state="Cancelled"),
    ],
    ids="fewer-units other-lines other-parcel canceled".split(),
)
def test_other_shipment_is_not_taken_for_ours(given_order: Given, other: Given) -> None:
    """Parcel and units must both be the same, and the fulfillment stand."""
    order = _order(given_order)
    order["lines"][0] |= {"quantity": 4, "orderPlacedQuantity": 4}
    order["fulfillments"] = [other]
    assert "add_fulfillment" == _asked(_decide(given_order, SHIP))[0]


def test_shipment_whose_fulfillment_was_canceled_since_conflicts(given_order: Given) -> None:
    """Someone took back what we recorded: a person decides, it is not sent again."""
    order = _order(given_order)
    order["fulfillments"] = [_fulfillment(_201=2, state="Cancelled")]
    order["history"]["items"] = [_note("k1")]
    with pytest.raises(Conflict, match="fulfillment 81 was canceled"):
        _decide(given_order, SHIP)


def test_shipment_of_more_than_is_left_conflicts(given_order: Given) -> None:
    """One kettle left of two: nothing is sent."""
    _order(given_order)["fulfillments"] = [_fulfillment(number="1Z8", _201=1)]
    with pytest.raises(Conflict, match="fewer units are left to ship"):
        _decide(given_order, SHIP)


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
    order = _order(given_order)
    order["fulfillments"] = [_fulfillment(_201=2, state=state)]
    expected = ("move_fulfillment", {"id": "81", "state": "Delivered"}, True)
    assert expected == _asked(_decide(given_order, DELIVER))
    order["fulfillments"][0]["state"] = "Delivered"
    assert Done() == _decide(given_order, DELIVER)


def test_delivery_of_another_orders_fulfillment_is_missing(given_order: Given) -> None:
    """The shipment must be of the order that the command names."""
    with pytest.raises(Missing, match="order 71 has no fulfillment 81"):
        _decide(given_order, DELIVER)


def test_delivery_of_a_canceled_fulfillment_conflicts(given_order: Given) -> None:
    """What was taken back cannot arrive."""
    _order(given_order)["fulfillments"] = [_fulfillment(_201=2, state="Cancelled")]
    with pytest.raises(Conflict):
        _decide(given_order, DELIVER)


def test_order_that_is_not_there_is_missing(given_order: Given) -> None:
    """Every command about an order says so."""
    given_order["orders"]["items"] = []
    for command in (CANCEL, SHIP, DELIVER, REFUND):
        with pytest.raises(Missing, match="there is no order 71"):
            _decide(given_order, command)


def _level(on_hand: int | None) -> Given:
    given_ = samples.load("levels")["given"]
    (variant, *_) = given_.pop("productVariants")["items"]
    level = {"stockOnHand": on_hand, "stockAllocated": 3, "stockLocation": {"id": "1"}}
    variant["stockLevels"] = [level] if on_hand is not None else []
    shown: Given = given_ | {"stockLocation": {"id": "1"}, "productVariant": variant}
    return shown


def test_stock_is_set_when_it_is_what_was_expected() -> None:
    """Absolute: the location and the number."""
    levels = [{"stockLocationId": "1", "stockOnHand": 42}]
    expected = ("set_stock", [{"id": "19", "stockLevels": levels}], True)
    assert expected == _asked(_decide(_level(40), STOCK))


def test_stock_that_is_right_already_is_left_alone() -> None:
    """So the same command twice writes once, whatever was expected."""
    assert Done() == _decide(_level(42), STOCK)


def test_stock_that_moved_meanwhile_conflicts_and_says_what_it_is() -> None:
    """The number found is in the message, for the caller to decide again."""
    with pytest.raises(Conflict, match="stock on hand is 39, not 40"):
        _decide(_level(39), STOCK)


def test_stock_never_counted_at_a_location_is_none_there() -> None:
    """Vendure has no level before the first unit: zero is what may be expected."""
    with pytest.raises(Conflict, match="stock on hand is 0, not 40"):
        _decide(_level(None), STOCK)


@pytest.mark.parametrize(
    ("absent", "code"),
    [("productVariant", "VARIANT_NOT_FOUND"), ("stockLocation", "LOCATION_NOT_FOUND")],
)
def test_stock_of_what_is_not_there_is_missing(absent: str, code: str) -> None:
    """Found out beforehand: the write would come back as a complaint of the database."""
    with pytest.raises(Missing) as refusal:
        _decide(_level(40) | {absent: None}, STOCK)
    assert code == refusal.value.code


def test_stock_below_zero_is_refused() -> None:
    """Vendure would take it."""
    plan = plan_of(SetInventory(key="k1", item_id="19", sku=None, location_id="1", quantity=-1))
    with pytest.raises(Rejected):
        plan.look()


def test_refund_states_the_deprecated_fields_and_the_key(given_order: Given) -> None:
    """Without shipping, adjustment and lines the server fails."""
    expected = {
        "paymentId": "61",
        "amount": 500,
        "lines": [],
        "shipping": 0,
        "adjustment": 0,
        "reason": "dented [ref:k1]",
    }
    assert ("refund_order", expected, False) == _asked(_decide(given_order, REFUND))


def test_refund_that_no_processor_made_is_settled_under_our_key(given_order: Given) -> None:
    """Unless the operator leaves that to staff."""
    _order(given_order)["payments"][0]["refunds"] = [_refund()]
    expected = ("settle_refund", {"id": "9", "transactionId": "k1"}, True)
    assert expected == _asked(_decide(given_order, REFUND))
    assert Done() == _decide(given_order, REFUND, settles_refunds=False)


@pytest.mark.parametrize("changed", [{"state": "Settled"}, {"transactionId": "re_1"}])
def test_refund_made_before_is_found_by_its_key(given_order: Given, changed: Given) -> None:
    """Settled, or pending at a processor whose word settles it: nothing is left to do."""
    _order(given_order)["payments"][0]["refunds"] = [_refund(**changed)]
    assert Done() == _decide(given_order, REFUND)


def test_refund_of_the_same_words_without_our_key_is_not_ours(given_order: Given) -> None:
    """A person's refund for the same reason and amount does not swallow ours."""
    _order(given_order)["payments"][0]["refunds"] = [_refund(reason="dented")]
    assert "refund_order" == _asked(_decide(given_order, REFUND))[0]


def test_refund_that_the_processor_refused_is_rejected(given_order: Given) -> None:
    """It stays so however often it is asked."""
    _order(given_order)["payments"][0]["refunds"] = [_refund(state="Failed")]
    with pytest.raises(Rejected) as refusal:
        _decide(given_order, REFUND)
    assert "REFUND_FAILED" == refusal.value.code


def _refund_of(**changed: Any) -> CreateRefund:
    values = {
        "key": "k1",
        "order_id": "71",
        "payment_id": None,
        "amount": Money(minor=500, currency="USD"),
        "reason": "dented",
    }
    return CreateRefund(**(values | changed))


@pytest.mark.parametrize("payment_id", [None, "61", "61:authorization"])
def test_refund_goes_to_the_payment_that_took_the_money(
    given_order: Given, payment_id: str | None
) -> None:
    """Named by any of its transactions, or found as the first with that much left."""
    declined = _order(given_order)["payments"][0] | {"id": "60", "state": "Declined"}
    _order(given_order)["payments"].insert(0, declined)
    _, asked, _ = _asked(_decide(given_order, _refund_of(payment_id=payment_id)))
    assert "61" == asked["paymentId"]


def test_refund_names_the_lines_it_is_for(given_order: Given) -> None:
    """By line id or by SKU."""
    command = _refund_of(lines=(LineQuantity(sku="SPOON-TI", quantity=1),))
    _, asked, _ = _asked(_decide(given_order, command))
    assert [{"orderLineId": "202", "quantity": 1}] == asked["lines"]


@pytest.mark.parametrize(
    ("changed", "kind", "code"),
    [
        ({"amount": Money(minor=500, currency="EUR")}, Rejected, "CURRENCY"),
        ({"amount": Money(minor=9571, currency="USD")}, Conflict, "REFUND_AMOUNT_ERROR"),
        ({"amount": Money(minor=0, currency="USD")}, Rejected, "AMOUNT"),
        ({"payment_id": "62"}, Missing, "PAYMENT_NOT_FOUND"),
        ({"lines": (LineQuantity(line_id="202", quantity=2),)}, Rejected, "QUANTITY"),
        ({"lines": (LineQuantity(line_id="999", quantity=1),)}, Missing, "ORDER_LINE_NOT_FOUND"),
    ],
)
def test_refund_that_cannot_be_is_refused(
    given_order: Given, changed: Given, kind: type[Rejected], code: str
) -> None:
    """Before anything is sent."""
    with pytest.raises(kind) as refusal:
        _decide(given_order, _refund_of(**changed))
    assert (kind, code) == (type(refusal.value), refusal.value.code)


def test_refund_of_a_payment_that_was_never_captured_conflicts(given_order: Given) -> None:
    """Vendure does not look, and would give back money that never came."""
    _order(given_order)["payments"][0]["state"] = "Authorized"
    with pytest.raises(Conflict, match="took no money"):
        _decide(given_order, REFUND)


def test_command_that_vendure_cannot_take_is_unsupported() -> None:
    """Before any request."""
    with pytest.raises(Unsupported, match="VoidLabel"):
        plan_of(VoidLabel(key="k1", label_id="1"))
