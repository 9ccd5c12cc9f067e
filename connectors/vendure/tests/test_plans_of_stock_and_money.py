"""The next step of stock counts and refunds, from every state an earlier attempt may have left."""

from typing import Any

import pytest

from connectors.sdk.commands import (
    CreateRefund,
    SetInventory,
    VoidLabel,
)
from connectors.sdk.errors import Conflict, Missing, Rejected, Unsupported
from connectors.sdk.values import LineQuantity, Money
from connectors.vendure.plans import Done, plan_of
from connectors.vendure.tests import samples
from connectors.vendure.tests.states import (
    REFUND,
    STOCK,
    Given,
    asked_for,
    decided,
    made_refund,
    order_of,
)


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
    assert expected == asked_for(decided(_level(40), STOCK))


def test_stock_that_is_right_already_is_left_alone() -> None:
    """So the same command twice writes once, whatever was expected."""
    assert Done() == decided(_level(42), STOCK)


def test_stock_that_moved_meanwhile_conflicts_and_says_what_it_is() -> None:
    """The number found is in the message, for the caller to decide again."""
    with pytest.raises(Conflict, match="stock on hand is 39, not 40"):
        decided(_level(39), STOCK)


def test_stock_never_counted_at_a_location_is_none_there() -> None:
    """Vendure has no level before the first unit: zero is what may be expected."""
    with pytest.raises(Conflict, match="stock on hand is 0, not 40"):
        decided(_level(None), STOCK)


@pytest.mark.parametrize(
    ("absent", "code"),
    [("productVariant", "VARIANT_NOT_FOUND"), ("stockLocation", "LOCATION_NOT_FOUND")],
)
def test_stock_of_what_is_not_there_is_missing(absent: str, code: str) -> None:
    """Found out beforehand: the write would come back as a complaint of the database."""
    with pytest.raises(Missing) as refusal:
        decided(_level(40) | {absent: None}, STOCK)
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
    assert ("refund_order", expected, False) == asked_for(decided(given_order, REFUND))


def test_refund_that_no_processor_made_is_settled_under_our_key(given_order: Given) -> None:
    """Unless the operator leaves that to staff."""
    order_of(given_order)["payments"][0]["refunds"] = [made_refund()]
    expected = ("settle_refund", {"id": "9", "transactionId": "k1"}, True)
    assert expected == asked_for(decided(given_order, REFUND))
    assert Done() == decided(given_order, REFUND, settles_refunds=False)


@pytest.mark.parametrize("changed", [{"state": "Settled"}, {"transactionId": "re_1"}])
def test_refund_made_before_is_found_by_its_key(given_order: Given, changed: Given) -> None:
    """Settled, or pending at a processor whose word settles it: nothing is left to do."""
    order_of(given_order)["payments"][0]["refunds"] = [made_refund(**changed)]
    assert Done() == decided(given_order, REFUND)


def test_refund_of_the_same_words_without_our_key_is_not_ours(given_order: Given) -> None:
    """A person's refund for the same reason and amount does not swallow ours."""
    order_of(given_order)["payments"][0]["refunds"] = [made_refund(reason="dented")]
    assert "refund_order" == asked_for(decided(given_order, REFUND))[0]


def test_refund_that_the_processor_refused_is_rejected(given_order: Given) -> None:
    """It stays so however often it is asked."""
    order_of(given_order)["payments"][0]["refunds"] = [made_refund(state="Failed")]
    with pytest.raises(Rejected) as refusal:
        decided(given_order, REFUND)
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
    declined = order_of(given_order)["payments"][0] | {"id": "60", "state": "Declined"}
    order_of(given_order)["payments"].insert(0, declined)
    _, asked, _ = asked_for(decided(given_order, _refund_of(payment_id=payment_id)))
    assert "61" == asked["paymentId"]


def test_refund_names_the_lines_it_is_for(given_order: Given) -> None:
    """By line id or by SKU."""
    command = _refund_of(lines=(LineQuantity(sku="SPOON-TI", quantity=1),))
    _, asked, _ = asked_for(decided(given_order, command))
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
        decided(given_order, _refund_of(**changed))
    assert (kind, code) == (type(refusal.value), refusal.value.code)


def test_refund_of_a_payment_that_was_never_captured_conflicts(given_order: Given) -> None:
    """Vendure does not look, and would give back money that never came."""
    order_of(given_order)["payments"][0]["state"] = "Authorized"
    with pytest.raises(Conflict, match="took no money"):
        decided(given_order, REFUND)


def test_command_that_vendure_cannot_take_is_unsupported() -> None:
    """Before any request."""
    with pytest.raises(Unsupported, match="VoidLabel"):
        plan_of(VoidLabel(key="k1", label_id="1"))
