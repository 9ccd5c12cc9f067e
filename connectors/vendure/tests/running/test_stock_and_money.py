"""Stock and refunds at the running shop: done, done again, looked up, taken up again half-way."""

import pytest

from connectors.sdk.commands import (
    SetInventory,
)
from connectors.sdk.errors import Conflict, Missing, Rejected
from connectors.sdk.records import (
    Kind,
    LevelRecord,
    RefundRecord,
)
from connectors.sdk.records.states import RefundStatus
from connectors.sdk.values import LineQuantity
from connectors.vendure.connector import Client
from connectors.vendure.tests.running.staff import Staff
from connectors.vendure.tests.running.work import (
    refunding,
)
from tests.running import System
from tests.shoppers import vendure

pytestmark = pytest.mark.systems

SKU = "SNKR-WHT-9"


async def _variant_id(client: Client, sku: str) -> str:
    async for page in client.pull(Kind.LEVEL, None):
        for level in page.changes:
            if isinstance(level, LevelRecord) and level.sku == sku:
                return level.item_id
    raise LookupError(sku)


def setting(item_id: str, quantity: int, expected: int | None = None) -> SetInventory:
    return SetInventory(
        key=f"stock-{quantity}",
        item_id=item_id,
        sku="SNKR-WHT-11",
        location_id="2",
        quantity=quantity,
        expected=expected,
    )


async def test_stock_is_set_absolutely_and_once(client: Client, staff: Staff) -> None:
    """One location of one variant; the same number again writes nothing."""
    item_id = await _variant_id(client, "SNKR-WHT-11")
    before = await staff.stock("SNKR-WHT-11")
    held = before["2"][0]
    outcome = await client.perform(setting(item_id, held + 7, expected=held))
    (level,) = outcome.changes
    assert isinstance(level, LevelRecord)
    assert (f"{item_id}@2", held + 7) == (level.external_id, level.quantities.on_hand)
    moved = await _movements(staff, item_id)
    again = await client.perform(setting(item_id, held + 7, expected=held))
    assert (outcome.external_id, moved) == (again.external_id, await _movements(staff, item_id))
    after = before | {"2": (held + 7, before["2"][1])}
    assert after == await staff.stock("SNKR-WHT-11")


async def _movements(staff: Staff, variant_id: str) -> int:
    found = await staff.ask(
        "query ($id: ID!) { productVariant(id: $id) { stockMovements { totalItems } } }",
        id=variant_id,
    )
    count: int = found["stockMovements"]["totalItems"]
    return count


async def test_stock_other_than_expected_is_left_alone(client: Client, staff: Staff) -> None:
    """The number that is there is told."""
    item_id = await _variant_id(client, "SNKR-WHT-11")
    before = await staff.stock("SNKR-WHT-11")
    held = before["2"][0]
    with pytest.raises(Conflict, match=f"stock on hand is {held}, not {held + 1}"):
        await client.perform(setting(item_id, 1, expected=held + 1))
    with pytest.raises(Rejected):
        await client.perform(setting(item_id, -1))
    assert before == await staff.stock("SNKR-WHT-11")


async def test_stock_of_an_unknown_variant_or_location_is_missing(client: Client) -> None:
    """Where Vendure would answer with its database's complaint."""
    item_id = await _variant_id(client, "SNKR-WHT-11")
    for command in (
        SetInventory(key="stock", item_id="999999", sku=None, location_id="1", quantity=1),
        SetInventory(key="stock", item_id=item_id, sku=None, location_id="999999", quantity=1),
    ):
        with pytest.raises(Missing):
            await client.perform(command)


async def test_stock_is_set_where_the_variant_never_lay(client: Client, staff: Staff) -> None:
    """A new location has no level until the first unit."""
    made = await staff.ask(
        "mutation ($i: CreateStockLocationInput!) { createStockLocation(input: $i) { id } }",
        i={"name": "STORE-NEW", "description": ""},
    )
    item_id = await _variant_id(client, "SNKR-WHT-11")
    command = SetInventory(
        key="stock-new",
        item_id=item_id,
        sku=None,
        location_id=made["id"],
        quantity=5,
        expected=0,
    )
    outcome = await client.perform(command)
    (level,) = outcome.changes
    assert isinstance(level, LevelRecord)
    assert 5 == level.quantities.on_hand
    await client.perform(
        SetInventory(
            key="stock-gone", item_id=item_id, sku=None, location_id=made["id"], quantity=0
        )
    )


async def test_refund_is_made_and_settled_once(client: Client, shop: System, staff: Staff) -> None:
    """For a line, under our key; the second time it is found."""
    bought = await vendure.buy(shop.url, SKU, 2, "refunds@example.com")
    lines = (LineQuantity(sku=SKU, quantity=1),)
    command = refunding("refund-1", bought.id, 500, lines=lines)
    assert await client.look_up(command) is None
    outcome = await client.perform(command)
    again = await client.perform(command)
    found = await client.look_up(command)
    assert found
    assert outcome.external_id == again.external_id == found.external_id
    (refund,) = [each for each in outcome.changes if isinstance(each, RefundRecord)]
    assert (RefundStatus.SUCCEEDED, 500, "dented", "refund-1", 1) == (
        refund.status,
        refund.amount.minor,
        refund.reason,
        refund.reference,
        refund.lines[0].quantity,
    )
    (payment,) = (await staff.order(bought.id))["payments"]
    assert ["refund-1"] == [each["transactionId"] for each in payment["refunds"]]


async def test_refund_begun_before_is_settled_and_not_made_again(
    client: Client, shop: System, staff: Staff
) -> None:
    """An attempt that died after its first step left a pending refund with our key."""
    bought = await vendure.buy(shop.url, SKU, 1, "refunds-half@example.com")
    (payment,) = (await staff.order(bought.id))["payments"]
    await staff.ask(
        """mutation ($i: RefundOrderInput!) {
          refundOrder(input: $i) { ... on Refund { id } ... on ErrorResult { errorCode } }
        }""",
        i={
            "paymentId": payment["id"],
            "amount": 300,
            "lines": [],
            "shipping": 0,
            "adjustment": 0,
            "reason": "dented [ref:refund-2]",
        },
    )
    command = refunding("refund-2", bought.id, 300)
    assert await client.look_up(command) is None
    await client.perform(command)
    (payment,) = (await staff.order(bought.id))["payments"]
    assert [("Settled", 300)] == [(each["state"], each["total"]) for each in payment["refunds"]]


async def test_two_refunds_alike_are_two(client: Client, shop: System, staff: Staff) -> None:
    """The same amount for the same reason under two keys."""
    bought = await vendure.buy(shop.url, SKU, 1, "refunds-twice@example.com")
    for key in ("refund-3", "refund-4", "refund-3"):
        await client.perform(refunding(key, bought.id, 200))
    (payment,) = (await staff.order(bought.id))["payments"]
    assert [200, 200] == [each["total"] for each in payment["refunds"]]


async def test_refunding_too_much_changes_nothing(
    client: Client, shop: System, staff: Staff
) -> None:
    """More than was paid, of a payment that is not the order's, of money never taken."""
    bought = await vendure.buy(shop.url, SKU, 1, "refunds-too-much@example.com")
    early = await vendure.buy(
        shop.url, SKU, 1, "refunds-early@example.com", vendure.Checkout(payment=vendure.AUTHORIZED)
    )
    before = await staff.order(bought.id), await staff.order(early.id)
    (payment,) = before[0]["payments"]
    more = bought.total_minor + 1
    with pytest.raises(Conflict, match=rf"at most {bought.total_minor}\)"):
        await client.perform(refunding("refund-5", bought.id, more, payment_id=payment["id"]))
    with pytest.raises(Conflict, match="no payment has that much left"):
        await client.perform(refunding("refund-6", bought.id, more))
    with pytest.raises(Missing):
        await client.perform(refunding("refund-7", early.id, 1, payment_id=payment["id"]))
    with pytest.raises(Conflict):
        await client.perform(refunding("refund-8", early.id, 1))
    assert before == (await staff.order(bought.id), await staff.order(early.id))
