"""Whatever the staff do, the next pull after a checkpoint tells it; and nothing else, twice."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from connectors.sdk.records import (
    CustomerRecord,
    FulfillmentOrderRecord,
    Kind,
    LevelRecord,
    OrderRecord,
    ProductRecord,
    RefundRecord,
    ReturnRecord,
    ShipmentRecord,
    Tracking,
)
from connectors.sdk.records.states import FulfillmentOrderStatus, OrderStatus
from connectors.sdk.values import Money
from connectors.tryton import feeds, requests
from connectors.tryton.running.live import ADA, BEN, Live, latest, marked, only, pulled
from tests.shoppers.tryton import Staff

pytestmark = pytest.mark.systems


async def told(live: Live, kind: Kind, since: str, external_id: str) -> list[object]:
    """What a pull after *since* says of one subject."""
    changes, _ = await pulled(live.client, kind, since)
    return [*latest(changes, external_id)]


async def test_a_new_sale_is_told(live: Live) -> None:
    """Creations are not in the journal; they are found by their ids."""
    since = await marked(live.client, Kind.ORDER)
    sale = await live.staff.draft(ADA, "DC-RENO", {"TEE-BLK-L": 1})

    order = only(OrderRecord, await told(live, Kind.ORDER, since, f"sale.sale,{sale}"))

    assert order.status is OrderStatus.DRAFT


async def test_a_line_that_changed_is_told(live: Live) -> None:
    """Writing a line does not touch its sale."""
    sale = await live.staff.draft(ADA, "DC-RENO", {"TEE-BLK-L": 1})
    [line] = (await live.staff.read("sale.sale", sale, "lines"))["lines"]
    since = await marked(live.client, Kind.ORDER)
    before = await live.staff.read("sale.sale", sale, "write_date")
    await live.staff.call("PUT", f"sale.line/{line}", {"quantity": 3})

    order = only(OrderRecord, await told(live, Kind.ORDER, since, f"sale.sale,{sale}"))

    assert (await live.staff.read("sale.sale", sale, "write_date")) == before
    assert order.lines[0].counters.ordered == 3


async def test_goods_that_leave_are_told_of_the_order(live: Live) -> None:
    """Shipping does not touch the sale: it is found through its shipment."""
    sale = await live.staff.sell(ADA, "DC-RENO", {"TEE-BLK-L": 1})
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.bring_to(shipment, "packed")
    since = await marked(live.client, Kind.ORDER)
    before = await live.staff.read("sale.sale", sale, "write_date")
    await live.staff.advance(shipment)

    order = only(OrderRecord, await told(live, Kind.ORDER, since, f"sale.sale,{sale}"))

    assert (await live.staff.read("sale.sale", sale, "write_date")) == before
    assert order.lines[0].counters.fulfilled == 1


async def test_a_return_is_told_and_its_order_again(live: Live) -> None:
    """Receiving goods does not touch the sale that they came from."""
    sale = await live.staff.sell(BEN, "DC-RENO", {"TEE-BLK-L": 1})
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.bring_to(shipment, "done")
    back = await live.staff.agree_return(sale, {"TEE-BLK-L": 1})
    since = await marked(live.client, Kind.ORDER)
    await live.staff.receive_return(back)

    changes, _ = await pulled(live.client, Kind.ORDER, since)

    assert [type(one) for one in latest(changes, f"sale.sale,{back}")] == [ReturnRecord]
    order = only(OrderRecord, latest(changes, f"sale.sale,{sale}"))
    assert order.lines[0].counters.returned == 1


async def test_what_the_tills_do_is_told(live: Live) -> None:
    """A sale, and goods brought back, from the same feed as the office's orders."""
    since = await marked(live.client, Kind.ORDER)
    sold = await live.staff.sell_at_till("STORE-CHI", "MUG-ENML-OS")
    back = await live.staff.sell_at_till("STORE-CHI", "MUG-ENML-OS", -1, method="Cash")

    changes, _ = await pulled(live.client, Kind.ORDER, since)

    order = only(OrderRecord, latest(changes, f"sale.point.sale,{sold}"))
    assert order.location_id == live.warehouse("STORE-CHI")
    assert [type(one) for one in latest(changes, f"sale.point.sale,{back}")] == [ReturnRecord]
    assert [one for one in changes if isinstance(one, RefundRecord)] != []


async def test_a_payment_on_an_open_basket_is_told(live: Live) -> None:
    """A payment is a record of its own, and does not touch the sale."""
    basket = await live.staff.open_basket("STORE-CHI", "MUG-ENML-OS")
    since = await marked(live.client, Kind.ORDER)
    body = {"sale": basket, "method": live.staff.info["payment_methods"]["Card"]}
    amount = {"__class__": "Decimal", "decimal": "1.00"}
    await live.staff.call("POST", "sale.point.payment", body | {"amount": amount})

    order = only(OrderRecord, await told(live, Kind.ORDER, since, f"sale.point.sale,{basket}"))

    assert [one.amount for one in order.transactions] == [Money(minor=100, currency="USD")]


async def test_a_sale_at_the_till_is_told_of_the_level(live: Live) -> None:
    """Stock moves without a word in the product: the moves are followed."""
    product = await live.staff.product("MUG-ENML-OS")
    since = await marked(live.client, Kind.LEVEL)
    before = await live.staff.read("product.product", product["id"], "write_date")
    await live.staff.sell_at_till("STORE-CHI", "MUG-ENML-OS")

    changes, _ = await pulled(live.client, Kind.LEVEL, since)

    assert (await live.staff.read("product.product", product["id"], "write_date")) == before
    level = f"{product['id']}@{live.warehouse('STORE-CHI')}"
    found = only(LevelRecord, latest(changes, level))
    assert found.quantities.on_hand == await live.staff.on_hand("MUG-ENML-OS", "STORE-CHI")


async def _reserve(staff: Staff) -> None:
    await staff.sell(ADA, "DC-RENO", {"SOCK-GRY-OS": 1})


async def _count(staff: Staff) -> None:
    held = await staff.on_hand("SOCK-GRY-OS", "DC-RENO")
    await staff.count("SOCK-GRY-OS", "DC-RENO", held + 5)


@pytest.mark.parametrize("deed", [_reserve, _count])
async def test_whatever_moves_stock_is_told_of_the_level(
    live: Live, deed: Callable[[Staff], Awaitable[None]]
) -> None:
    """A sale that is not sent yet, and a physical inventory."""
    before = (await live.level("SOCK-GRY-OS")).quantities
    since = await marked(live.client, Kind.LEVEL)
    await deed(live.staff)

    product = (await live.staff.product("SOCK-GRY-OS"))["id"]
    found = only(LevelRecord, await told(live, Kind.LEVEL, since, f"{product}@5"))

    assert found.quantities != before
    assert found.quantities == (await live.level("SOCK-GRY-OS")).quantities


async def test_a_price_that_changed_is_told(live: Live) -> None:
    """A price is a value per company, kept in a table of its own."""
    product = await live.staff.product("TOTE-NAT-OS")
    since = await marked(live.client, Kind.PRODUCT)
    price = {"__class__": "Decimal", "decimal": "17.50"}
    [row] = await live.staff.find("product.list_price", [["template", "=", product["template"]]])
    await live.staff.call("PUT", f"product.list_price/{row['id']}", {"list_price": price})

    found = only(ProductRecord, await told(live, Kind.PRODUCT, since, str(product["template"])))
    await live.staff.call(
        "PUT", f"product.list_price/{row['id']}", {"list_price": product["list_price_used"]}
    )

    assert [one.price for one in found.variants] == [Money(minor=1750, currency="USD")]


async def test_a_barcode_that_was_added_is_told(live: Live) -> None:
    """Identifiers hang on the variant, which hangs on the template that is told."""
    product = await live.staff.product("CAP-NVY-OS")
    since = await marked(live.client, Kind.PRODUCT)
    body = {"product": product["id"], "type": "brand", "code": "TWC-NVY"}
    await live.staff.call("POST", "product.identifier", body)

    found = await told(live, Kind.PRODUCT, since, str(product["template"]))

    assert [type(one) for one in found] == [ProductRecord]


async def test_a_new_address_of_a_customer_is_told(live: Live) -> None:
    """An address is a record of its own, and does not touch the party."""
    [party] = await live.staff.find("party.party", [["name", "=", "Elena Rossi"]])
    since = await marked(live.client, Kind.CUSTOMER)
    body = {"party": party["id"], "street_unstructured": "9 Oak Street\nFloor 2"}
    await live.staff.call("POST", "party.address", body | {"city": "Boston", "country": 1})

    found = only(CustomerRecord, await told(live, Kind.CUSTOMER, since, str(party["id"])))

    streets = [(one.line1, one.line2, one.city) for one in found.addresses]
    assert ("9 Oak Street", "Floor 2", "Boston") in streets


async def test_each_step_of_a_shipment_is_told(live: Live) -> None:
    """Also the parcel's number, which is written on the package only."""
    sale = await live.staff.sell(ADA, "DC-RENO", {"TEE-BLK-L": 1})
    [shipment] = await live.staff.shipments_of(sale)
    name = f"stock.shipment.out,{shipment}"
    since = await marked(live.client, Kind.FULFILLMENT_ORDER)
    seen = []
    for state in ("assigned", "picked", "packed", "shipped", "done"):
        await live.staff.bring_to(shipment, state)
        if state == "picked":
            await live.staff.label(shipment, "1Z-TOLD")
        changes, since = await pulled(live.client, Kind.FULFILLMENT_ORDER, since)
        seen.append(only(FulfillmentOrderRecord, latest(changes, name)).raw_status)

    assert seen == ["assigned", "picked", "packed", "shipped", "done"]
    parcel = only(ShipmentRecord, latest(changes, name))
    assert parcel.tracking == (Tracking(number="1Z-TOLD", carrier="Acme Parcel"),)


async def test_a_parcels_number_that_comes_late_is_told(live: Live) -> None:
    """Writing a package does not touch its shipment."""
    sale = await live.staff.sell(ADA, "DC-RENO", {"TEE-BLK-L": 1})
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.ship(shipment, "1Z-WRONG")
    since = await marked(live.client, Kind.FULFILLMENT_ORDER)
    row = await live.staff.read("stock.shipment.out", shipment, "packages", "write_date")
    [package] = row["packages"]
    await live.staff.call("PUT", f"stock.package/{package}", {"shipping_reference": "1Z-RIGHT"})

    found = await told(live, Kind.FULFILLMENT_ORDER, since, f"stock.shipment.out,{shipment}")

    after = await live.staff.read("stock.shipment.out", shipment, "packages", "write_date")
    assert after == row
    assert [one.number for one in only(ShipmentRecord, found).tracking] == ["1Z-RIGHT"]


async def test_a_cancellation_in_the_warehouse_is_told_of_both(live: Live) -> None:
    """The shipment is canceled; the units count as canceled once the office has settled it."""
    sale = await live.staff.sell(ADA, "DC-RENO", {"TEE-BLK-L": 2})
    [shipment] = await live.staff.shipments_of(sale)
    since = await marked(live.client, Kind.FULFILLMENT_ORDER)
    await live.staff.press("stock.shipment.out", shipment, "cancel")

    name = f"stock.shipment.out,{shipment}"
    found = only(FulfillmentOrderRecord, await told(live, Kind.FULFILLMENT_ORDER, since, name))

    assert found.status is FulfillmentOrderStatus.CANCELED
    assert (await live.order(sale)).lines[0].counters.canceled == 0


@pytest.mark.parametrize("kind", [*feeds.PLANS])
async def test_what_is_told_is_told_once(
    live: Live, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the overlap, a pull after a pull has nothing to tell: one page, empty."""
    since = await marked(live.client, kind)
    await live.staff.sell_at_till("STORE-NYC", "TEE-BLK-M")
    await live.staff.sell(ADA, "DC-RENO", {"TEE-BLK-M": 1})
    _, since = await pulled(live.client, kind, since)

    # Tryton's clock is read to the second: two seconds on, nothing is new.
    monkeypatch.setattr(feeds, "OVERLAP", timedelta(seconds=-2))
    [page] = [page async for page in live.client.pull(kind, since)]

    assert page.changes == ()


async def test_a_burst_larger_than_a_page_is_told_wholly(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each feed is asked again until it is through; every checkpoint on the way is good."""
    monkeypatch.setattr(requests, "PAGE", 3)
    since = await marked(live.client, Kind.ORDER)
    sales = [await live.staff.draft(ADA, "DC-RENO", {"TEE-BLK-M": 1}) for _ in range(8)]

    changes, _ = await pulled(live.client, Kind.ORDER, since)
    resumed: set[str | None] = set()
    for _ in range(30):
        page = await anext(live.client.pull(Kind.ORDER, since))
        resumed |= {one.external_id for one in page.changes}
        since = page.checkpoint

    wanted = {f"sale.sale,{sale}" for sale in sales}
    assert wanted <= {one.external_id for one in changes}
    assert wanted <= resumed


async def test_a_checkpoint_of_an_older_version_begins_anew(live: Live) -> None:
    """Nothing is lost for a checkpoint that cannot be read any more."""
    whole, _ = await pulled(live.client, Kind.PRODUCT, None)

    again, _ = await pulled(live.client, Kind.PRODUCT, '{"seen": 7}')

    assert [one.external_id for one in again] == [one.external_id for one in whole]
