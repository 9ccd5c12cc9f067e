"""What is unlike what one would expect of this shop's goods and returns. Each test first shows the
trap at the shop itself, then that the connector does not fall into it."""

import pytest

from connectors.medusa.connector import Client
from connectors.medusa.tests.running.staff import Staff
from connectors.medusa.tests.running.work import all_of, only, order_of, pull, returning, shipping
from connectors.sdk.commands import ReceiveReturn, SetInventory
from connectors.sdk.errors import Missing, Rejected
from connectors.sdk.records import (
    Kind,
    LevelRecord,
    LineCounters,
    OrderRecord,
    ReturnRecord,
    ShipmentRecord,
)
from connectors.sdk.records.states import OrderStatus, ReturnStatus, ShipmentStatus
from connectors.sdk.values import LineQuantity
from tests.running import System
from tests.shoppers import medusa

pytestmark = pytest.mark.systems

SKU = "HOOD-GRY-XL"


async def test_lists_sort_by_one_field_and_ignore_some_filters(staff: Staff) -> None:
    """Two fields to sort by are a failure of the server, and orders are filtered by no status of
    payment; so walks sort by time alone, and filter by nothing else."""
    status, _ = await staff.answer("GET", "/admin/orders?order=updated_at,id&fields=id")
    assert 500 == status
    everything = await staff.get("/admin/orders", limit="1", fields="id")
    filtered = await staff.get(
        "/admin/orders", limit="1", fields="id", payment_status="no_such_status"
    )
    assert everything["count"] == filtered["count"]


async def test_stock_moves_no_time_that_can_be_asked_for(
    client: Client, staff: Staff, reno: str
) -> None:
    """Inventory items cannot be asked for by time: they are given whole."""
    status, answer = await staff.answer(
        "GET", "/admin/inventory-items?updated_at[$gte]=2026-01-01T00:00:00.000Z"
    )
    assert (400, "invalid_data") == (status, answer["type"])
    item = await staff.item("GIFT-WRAP")
    _, checkpoint = await pull(client, Kind.LEVEL)
    held = (await staff.stock("GIFT-WRAP"))[reno][0]
    await staff.set_stock(item["id"], {reno: held + 7})
    changes, _ = await pull(client, Kind.LEVEL, checkpoint)
    levels = {each.external_id: each.quantities for each in all_of(LevelRecord, changes)}
    assert held + 7 == levels[f"{item['id']}@{reno}"].on_hand


async def test_level_at_a_place_that_does_not_exist_is_made(client: Client, staff: Staff) -> None:
    """The shop makes it without a word; we look for the place first, and nothing is made."""
    item = await staff.item("MUG-ENML-OS")
    nowhere = {"inventory_item_id": item["id"], "location_id": "sloc_staff", "stocked_quantity": 1}
    await staff.post("/admin/inventory-items/location-levels/batch", create=[nowhere])
    before = await staff.stock("MUG-ENML-OS")
    assert (1, 0) == before["sloc_staff"]
    command = SetInventory(
        key="nowhere-1", item_id=item["id"], sku=None, location_id="sloc_nowhere", quantity=3
    )
    with pytest.raises(Missing):
        await client.perform(command)
    assert before == await staff.stock("MUG-ENML-OS")


async def test_units_leave_from_where_they_are_reserved(
    client: Client, shop: System, staff: Staff
) -> None:
    """The shop reserves where it likes and takes from any place it is told, moving what remains of
    the reservation there. We take them from where they are: nothing else moves."""
    bought = await medusa.buy(shop, SKU, 2, "reserved@example.com")
    line = bought.lines[SKU]
    held = {"line_item_id[]": line}
    (reserved,) = (await staff.get("/admin/reservations", **held))["reservations"]
    before = await staff.stock(SKU)
    outcome = await client.perform(shipping("reserved-1", bought.id, 1, "1Z-R1", SKU))
    place = reserved["location_id"]
    assert place == only(ShipmentRecord, outcome.changes).location_id
    on_hand, committed = before[place]
    assert before | {place: (on_hand - 1, committed - 1)} == await staff.stock(SKU)
    assert {each: counts[0] for each, counts in (await staff.stock(SKU)).items()} == {
        each.location_id: each.quantities.on_hand for each in all_of(LevelRecord, outcome.changes)
    }


async def test_canceled_fulfillment_leaves_the_order_open(
    client: Client, shop: System, staff: Staff, reno: str
) -> None:
    """The shop calls all of the order's fulfillment canceled; the units are open again."""
    bought = await medusa.buy(shop, SKU, 1, "unpacked@example.com")
    parcel = await staff.fulfill(bought.id, {bought.lines[SKU]: 1}, reno)
    await staff.post(f"/admin/orders/{bought.id}/fulfillments/{parcel}/cancel")
    query = {"id": bought.id, "fields": "id,fulfillment_status"}
    (listed,) = (await staff.get("/admin/orders", **query))["orders"]
    assert "canceled" == listed["fulfillment_status"]
    changes = await client.fetch(Kind.ORDER, [bought.id])
    order = only(OrderRecord, changes)
    assert (OrderStatus.CONFIRMED, LineCounters(ordered=1), ShipmentStatus.CANCELED) == (
        order.status,
        order.lines[0].counters,
        only(ShipmentRecord, changes).status,
    )


async def test_return_received_in_two_goes_stays_partial(
    client: Client, shop: System, staff: Staff, reno: str
) -> None:
    """And counts the units of the last time only, at an unmoved time. The order's lines tell that
    all are here; nothing more is expected of it."""
    bought = await medusa.buy(shop, SKU, 2, "two-goes@example.com")
    line = bought.lines[SKU]
    await staff.deliver(bought.id, {line: 2}, reno)
    own_id = await staff.request_return(bought.id, {line: 2}, reno)
    await staff.receive_return(own_id, {line: 1})
    (partly,) = await client.fetch(Kind.RETURN, [own_id])
    assert isinstance(partly, ReturnRecord)
    assert ReturnStatus.PARTIALLY_RECEIVED == partly.status
    outcome = await client.perform(ReceiveReturn(key="two-goes-1", return_id=own_id))
    (found,) = (await staff.order(bought.id))["returns"]
    assert ("partially_received", 1) == (found["status"], found["items"][0]["received_quantity"])
    record = only(ReturnRecord, outcome.changes)
    assert (ReturnStatus.RECEIVED, "partially_received") == (record.status, record.raw_status)
    assert 2 == only(OrderRecord, outcome.changes).lines[0].counters.returned
    changes, _ = await pull(client, Kind.RETURN)
    assert (
        ReturnStatus.RECEIVED
        == {each.external_id: each.status for each in all_of(ReturnRecord, changes)}[own_id]
    )


async def test_return_without_a_place_cannot_be_received(
    client: Client, shop: System, staff: Staff, reno: str
) -> None:
    """The shop lets it be asked for, and then fails. Ours is to come back to where the goods left
    from; one of somebody else's is refused without a place, and received at the one we are told."""
    bought = await medusa.buy(shop, SKU, 2, "placeless@example.com")
    line = bought.lines[SKU]
    await staff.deliver(bought.id, {line: 2}, reno)
    begun = await staff.post("/admin/returns", order_id=bought.id)
    path = f"/admin/returns/{begun['return']['id']}"
    await staff.post(f"{path}/request-items", items=[{"id": line, "quantity": 1}])
    await staff.post(f"{path}/request")
    own_id = begun["return"]["id"]
    log = await staff.changes(bought.id)
    with pytest.raises(Rejected, match="no place"):
        await client.perform(ReceiveReturn(key="placeless-1", return_id=own_id))
    assert log == await staff.changes(bought.id)
    before = await staff.stock(SKU)
    chicago = shop.info["locations"]["STORE-CHI"]
    await client.perform(ReceiveReturn(key="placeless-2", return_id=own_id, location_id=chicago))
    on_hand, committed = before[chicago]
    assert before | {chicago: (on_hand + 1, committed)} == await staff.stock(SKU)
    outcome = await client.perform(returning("placeless-3", bought.id, 1, SKU))
    places = {each.external_id: each.location_id for each in all_of(ReturnRecord, outcome.changes)}
    assert reno == places[str(outcome.external_id)]


async def test_fulfillment_counts_inventory_items_and_not_units(
    client: Client, shop: System, staff: Staff
) -> None:
    """A box of three mugs: two boxes are six of the item in the fulfillment, and two units here."""
    mug = await staff.item("MUG-ENML-OS")
    await _sell_boxes(staff, shop, mug["id"])
    bought = await medusa.buy(shop, "MUG-BOX-3", 2, "boxes@example.com")
    outcome = await client.perform(shipping("boxes-1", bought.id, 2, "1Z-BOX", "MUG-BOX-3"))
    ((parcel,),) = [each["items"] for each in (await staff.order(bought.id))["fulfillments"]]
    assert 6 == parcel["quantity"]
    shipped = only(ShipmentRecord, outcome.changes)
    line = LineQuantity(line_id=bought.lines["MUG-BOX-3"], sku="MUG-BOX-3", quantity=2)
    assert (line,) == shipped.lines
    assert 2 == only(OrderRecord, outcome.changes).lines[0].counters.fulfilled
    assert (await order_of(client, bought.id)).lines[0].counters.fulfilled == 2


async def _sell_boxes(staff: Staff, shop: System, item_id: str) -> None:
    """Put a product on sale of which a unit is three of an inventory item."""
    profiles = (await staff.get("/admin/shipping-profiles"))["shipping_profiles"]
    await staff.post(
        "/admin/products",
        title="Box of mugs",
        status="published",
        shipping_profile_id=profiles[0]["id"],
        sales_channels=[{"id": shop.info["salesChannel"]}],
        options=[{"title": "Model", "values": ["Standard"]}],
        variants=[
            {
                "title": "Standard",
                "sku": "MUG-BOX-3",
                "manage_inventory": True,
                "options": {"Model": "Standard"},
                "prices": [{"currency_code": "usd", "amount": 36}],
                "inventory_items": [{"inventory_item_id": item_id, "required_quantity": 3}],
            }
        ],
    )
