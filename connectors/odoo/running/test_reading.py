"""What a running Odoo has, as the connector reads it; and what it says when it has it not."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from connectors.odoo.running.live import ADA, BEN, Live, only, pulled
from connectors.sdk.changes import Removed, Unreadable
from connectors.sdk.errors import Misconfigured
from connectors.sdk.records import (
    CustomerRecord,
    Kind,
    LevelRecord,
    LocationRecord,
    OrderRecord,
    ProductRecord,
    RefundRecord,
    ReturnRecord,
)
from connectors.sdk.records.states import (
    LocationType,
    Method,
    OrderStatus,
    ProductStatus,
    ReturnStatus,
    Stage,
    TransactionKind,
)
from connectors.sdk.values import Money

pytestmark = pytest.mark.systems

SKU = "TEE-WHT-M"
"""Costs 19.00, and 20.52 with the tax."""


def usd(amount: str) -> Money:
    return Money.of(Decimal(amount), "USD")


async def test_the_account_is_the_company(live: Live) -> None:
    """With the server's version."""
    account = await live.client.check()

    assert (account.name, account.version) == ("Northwind Outfitters", "11.0")


@pytest.mark.parametrize(
    ("setting", "says"), [("password", "user, password"), ("user", "user"), ("database", "data")]
)
async def test_a_wrong_credential_is_misconfigured(live: Live, setting: str, says: str) -> None:
    """Whichever of them it is."""
    with pytest.raises(Misconfigured, match=says):
        await live.opened(**{setting: "wrong"}).check()


async def test_warehouses_are_locations(live: Live) -> None:
    """Known by their names; those that a till sells from are stores."""
    changes, _ = await pulled(live.client, Kind.LOCATION, None)

    found = {one.code: one for one in changes if isinstance(one, LocationRecord)}
    assert {code: one.type for code, one in found.items()} == {
        "DC-RENO": LocationType.WAREHOUSE,
        "STORE-NYC": LocationType.STORE,
        "STORE-CHI": LocationType.STORE,
    }
    address = found["STORE-NYC"].address
    assert address is not None
    assert (address.line1, address.city) == ("120 Spring Street", "New York")
    assert (address.province, address.postal_code, address.country_code) == ("NY", "10012", "US")
    assert found["DC-RENO"].name == "Reno Distribution Center"
    assert len(changes) == len(found)


async def test_goods_are_products_with_their_variants(live: Live) -> None:
    """Grams, not kilograms; nothing rounded; services are none."""
    changes, _ = await pulled(live.client, Kind.PRODUCT, None)

    found = {
        variant.sku: (one, variant)
        for one in changes
        if isinstance(one, ProductRecord)
        for variant in one.variants
    }
    product, variant = found[SKU]
    assert (product.title, product.status) == ("Crew Tee White", ProductStatus.ACTIVE)
    assert (variant.title, variant.options) == ("Crew Tee White (M)", (("Size", "M"),))
    assert (variant.price, variant.weight_g) == (usd("19"), 180)
    assert (
        variant.barcode
        == (await live.staff.find("product.product", [["default_code", "=", SKU]], "barcode"))[0][
            "barcode"
        ]
    )
    assert "SHIPPING" not in found


async def test_what_is_archived_is_told_as_archived(live: Live) -> None:
    """A search of Odoo's own passes over it."""
    product = await live.staff.offer(f"OLD-{uuid4().hex[:8]}")
    template = product["product_tmpl_id"][0]
    await live.staff.call("product.template", "write", [template], {"active": False})

    found = only(ProductRecord, await live.client.fetch(Kind.PRODUCT, [str(template)]))

    assert (found.status, len(found.variants)) == (ProductStatus.ARCHIVED, 1)


async def test_customers_are_those_who_can_be_reached(live: Live) -> None:
    """Not the company, its warehouses, or suppliers; nothing is proven of anybody."""
    changes, _ = await pulled(live.client, Kind.CUSTOMER, None)

    found = {one.email: one for one in changes if isinstance(one, CustomerRecord)}
    ada = found[ADA]
    assert (ada.first_name, ada.last_name, ada.phone) == ("Ada", "Okafor", "+12125550101")
    assert (ada.email_verified, ada.phone_verified) == (False, False)
    assert [one.line1 for one in ada.addresses] == ["11 Bleecker Street"]
    assert BEN in found
    names = {one.last_name for one in found.values()}
    assert names.isdisjoint({"Outfitters", "Store", "Center", "Administrator"})


async def test_what_lies_on_the_shelf_and_is_promised(live: Live) -> None:
    """Bins count; another warehouse does not."""
    [bin] = await live.staff.find("stock.location", [["barcode", "=", "BIN-A-02"]])
    await live.staff.count(SKU, "DC-RENO", 3, location=bin["id"])
    before = (await live.level(SKU)).quantities
    await live.staff.sell(ADA, "DC-RENO", {SKU: 2})

    level = await live.level(SKU)

    assert level.quantities.on_hand == await live.staff.on_hand(SKU, "DC-RENO")
    assert level.quantities.on_hand == before.on_hand
    assert level.quantities.committed == (before.committed or 0) + 2
    assert level.quantities.available == (before.available or 0) - 2
    assert (level.sku, level.location_id) == (SKU, live.warehouse("DC-RENO"))


async def test_half_a_piece_is_put_aside(live: Live) -> None:
    """Records count whole units; the other warehouses' levels are read all the same."""
    product = await live.staff.offer(f"CHEESE-{uuid4().hex[:8]}")
    await live.staff.count(product["default_code"], "STORE-CHI", 1.5)

    ids = [f"{product['id']}@{live.warehouse(code)}" for code in ("STORE-CHI", "STORE-NYC")]
    half, whole = await live.client.fetch(Kind.LEVEL, ids)

    assert isinstance(half, Unreadable)
    assert half.external_id == ids[0]
    assert isinstance(whole, LevelRecord)


async def test_a_sale_of_the_office_is_an_order(live: Live) -> None:
    """With its customer, addresses, postage and tax; postage is no line."""
    shipping = await live.staff.product("SHIPPING")
    postage = {"product_id": shipping["id"], "product_uom_qty": 1, "price_unit": 5.99}
    product = await live.staff.product(SKU)
    goods = {"product_id": product["id"], "product_uom_qty": 3, "price_unit": 19, "discount": 10}
    rows = [[0, 0, goods], [0, 0, postage | {"is_delivery": True}]]
    carrier = live.staff.info["carriers"]["Acme Standard"]
    sale = await live.staff.draft(ADA, "DC-RENO", {}, order_line=rows, carrier_id=carrier)
    row = await live.staff.read("sale.order", sale, "name", "date_order", "amount_total")

    order = await live.order(sale)

    assert (order.external_id, order.number) == (f"sale:{sale}", row["name"])
    assert (order.status, order.raw_status) == (OrderStatus.DRAFT, "draft")
    placed_at = datetime.strptime(row["date_order"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    assert order.placed_at == placed_at
    totals = order.totals
    assert (totals.subtotal, totals.shipping) == (usd("51.30"), usd("5.99"))
    assert totals.total == Money.of(row["amount_total"], "USD")
    parts = (totals.subtotal, totals.shipping, totals.tax)
    assert sum(one.minor for one in parts) - totals.discount.minor == totals.total.minor
    [line] = order.lines
    assert (line.sku, line.unit_price, line.total) == (SKU, usd("17.10"), usd("51.30"))
    assert order.email == ADA
    assert order.customer_id == str(await live.staff.partner(ADA))
    assert order.shipping_address is not None
    assert order.shipping_address.province == "NY"
    assert order.shipping_method == "Acme Standard"


async def test_counters_follow_the_goods_not_the_state(live: Live) -> None:
    """Sent in two parts, one of them back again, and the rest given up; Odoo says sale throughout,
    and its own count of what was delivered has forgotten what came back."""
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 5})
    [first] = await live.staff.deliveries_of(sale)
    await live.staff.ship(first, "1Z1", most=2)
    [rest] = [one for one in await live.staff.deliveries_of(sale) if one != first]
    sent = (await live.order(sale)).lines[0].counters
    back = await live.staff.agree_return(first, 1)
    coming = (await live.order(sale)).lines[0].counters
    await live.staff.process(back)
    await live.staff.call("stock.picking", "action_cancel", [rest])

    order = await live.order(sale)

    over = order.lines[0].counters
    assert (sent.ordered, sent.fulfilled, sent.canceled) == (5, 2, 0)
    assert (coming.fulfilled, coming.return_requested, coming.returned) == (2, 1, 0)
    assert (over.fulfilled, over.returned, over.return_requested) == (2, 1, 0)
    assert (over.canceled, order.raw_status) == (3, "sale")
    record = await live.coming_back(back)
    assert (record.status, record.order_id) == (ReturnStatus.RECEIVED, f"sale:{sale}")
    assert record.lines[0].line_id == order.lines[0].external_id


async def test_a_locked_sale_is_completed_when_all_has_left(live: Live) -> None:
    """Locking is a setting; it says nothing of the goods."""
    await live.staff.count(SKU, "STORE-CHI", 20)
    sale = await live.staff.sell(ADA, "STORE-CHI", {SKU: 1})
    await live.staff.call("sale.order", "action_done", [sale])
    locked = await live.order(sale)
    [delivery] = await live.staff.deliveries_of(sale)
    await live.staff.ship(delivery, "1Z1")
    gone = await live.order(sale)

    assert (locked.raw_status, locked.status) == ("done", OrderStatus.CONFIRMED)
    assert (gone.raw_status, gone.status) == ("done", OrderStatus.COMPLETED)


async def test_prices_with_the_tax_in_them_are_shown_so(live: Live) -> None:
    """As the shopper saw them; the sums add up."""
    values = {"name": f"VAT {uuid4().hex[:6]}", "amount": 20.0, "price_include": True}
    tax = await live.staff.call("account.tax", "create", values | {"type_tax_use": "sale"})
    product = await live.staff.product(SKU)
    line = {"product_id": product["id"], "product_uom_qty": 3, "price_unit": 9.99}
    rows = [[0, 0, line | {"tax_id": [[6, 0, [tax]]]}]]

    order = await live.order(await live.staff.draft(ADA, "DC-RENO", {}, order_line=rows))

    assert order.totals.tax_included is True
    assert (order.totals.subtotal, order.totals.total) == (usd("29.97"), usd("29.97"))
    assert (order.lines[0].unit_price, order.lines[0].total) == (usd("9.99"), usd("29.97"))
    assert order.totals.tax.minor == 499


async def test_how_far_the_work_has_come(live: Live) -> None:
    """Two steps: set aside, picked, sent."""
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 1})
    [delivery] = await live.staff.deliveries_of(sale)
    stages = [(await live.work(delivery)).stage]
    await live.staff.pick(sale)
    stages.append((await live.work(delivery)).stage)
    await live.staff.ship(delivery, "1Z-A, 1Z-B")
    stages.append((await live.work(delivery)).stage)

    parcel = await live.parcel(delivery)

    assert stages == [Stage.NEW, Stage.PICKED, Stage.SHIPPED]
    assert [one.number for one in parcel.tracking] == ["1Z-A", "1Z-B"]
    assert (parcel.order_id, parcel.reference) == (f"sale:{sale}", None)


async def test_a_sale_at_the_till_is_an_order_handed_over(live: Live) -> None:
    """With and without a customer; cash changed is no refund."""
    known = await live.staff.sell_at_till("STORE-NYC", {SKU: 2}, customer=ADA)
    unknown = await live.staff.sell_at_till(
        "STORE-NYC", {SKU: 1}, method="cash", handed=Decimal(50)
    )

    changes = await live.client.fetch(Kind.ORDER, [f"pos:{known}", f"pos:{unknown}"])

    first, second = (one for one in changes if isinstance(one, OrderRecord))
    assert len(changes) == 2
    assert (first.status, first.totals.total) == (OrderStatus.COMPLETED, usd("41.04"))
    assert first.placed_at == datetime(2026, 11, 22, 8, 10, tzinfo=UTC)
    assert first.location_id == live.warehouse("STORE-NYC")
    assert (first.lines[0].counters.delivered, first.lines[0].method) == (2, Method.IN_STORE)
    assert first.customer_id == str(await live.staff.partner(ADA))
    assert second.customer_id is None
    for order, amount in ((first, "41.04"), (second, "20.52")):
        [payment] = order.transactions
        assert (payment.kind, payment.amount) == (TransactionKind.SALE, usd(amount))


async def test_a_refund_at_the_till_belongs_to_its_sale(live: Live) -> None:
    """A part of it: the money, the goods, and the counters of the sale; reading the refund tells
    the sale too. An exchange is a sale, and a return of nobody knows what."""
    order = await live.staff.sell_at_till("STORE-NYC", {SKU: 3}, customer=ADA)
    refund = await live.staff.refund_at_till(order, "STORE-NYC", keep={SKU: 2})
    exchange = await live.staff.sell_at_till(
        "STORE-NYC", {"MUG-ENML-OS": 1, SKU: -1}, method="cash"
    )

    changes = await live.client.fetch(Kind.ORDER, [f"pos:{refund}"])
    others = await live.client.fetch(Kind.ORDER, [f"pos:{exchange}"])

    sold = only(OrderRecord, changes)
    assert sold.external_id == f"pos:{order}"
    assert (sold.lines[0].counters.delivered, sold.lines[0].counters.returned) == (3, 1)
    money = only(RefundRecord, changes)
    assert (money.order_id, money.amount) == (f"pos:{order}", usd("20.52"))
    back = only(ReturnRecord, changes)
    assert (back.external_id, back.order_id) == (f"pos:{refund}", f"pos:{order}")
    assert [(one.line_id, one.quantity) for one in back.lines] == [(sold.lines[0].external_id, 1)]
    assert only(OrderRecord, others).lines[0].sku == "MUG-ENML-OS"
    assert only(ReturnRecord, others).order_id is None


@pytest.mark.parametrize(
    ("kind", "external_id"),
    [
        (Kind.LOCATION, "99999"),
        (Kind.PRODUCT, "99999"),
        (Kind.CUSTOMER, "99999"),
        (Kind.CUSTOMER, "ada"),
        (Kind.LEVEL, "99999@1"),
        (Kind.LEVEL, "4@99999"),
        (Kind.ORDER, "sale:99999"),
        (Kind.ORDER, "pos:99999"),
        (Kind.ORDER, "picking:1"),
        (Kind.FULFILLMENT_ORDER, "picking:99999"),
        (Kind.SHIPMENT, "sale:1"),
        (Kind.RETURN, "picking:99999"),
    ],
)
async def test_what_is_not_there_is_removed(live: Live, kind: Kind, external_id: str) -> None:
    """And nothing else is said of it."""
    found = await live.client.fetch(kind, [external_id])

    assert found == [Removed(kind=kind, external_id=external_id)]
