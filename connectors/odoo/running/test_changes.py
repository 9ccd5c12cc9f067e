"""Whatever the staff do, the next pull after a checkpoint tells it; and nothing else, twice."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from connectors.odoo import feeds, requests
from connectors.odoo.connector import pulling
from connectors.odoo.running.live import ADA, Live, marked, only, pulled
from connectors.sdk.changes import Change
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
)
from connectors.sdk.records.states import Stage

pytestmark = pytest.mark.systems

SKU = "SOCK-GRY-OS"
BLIND = timedelta(seconds=2)
"""After a checkpoint, as these tests make it: what happens within is not told."""
Act = Callable[[], Awaitable[object]]


@pytest.fixture(autouse=True)
def no_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the overlap everything is told again, whatever the feeds miss: so there is none. Two
    seconds, because Odoo tells its time in whole ones."""
    monkeypatch.setattr(feeds, "OVERLAP", -BLIND)


async def told(live: Live, kind: Kind, act: Act) -> list[Change]:
    """What a pull tells of *act*, done long enough after the checkpoint."""
    since = await marked(live.client, kind)
    marked_at = datetime.now(UTC)
    while datetime.now(UTC) <= marked_at + BLIND:
        await live.staff.rpc("common", "version")
    await act()
    changes, then = await pulled(live.client, kind, since)
    assert then != since
    return changes


async def test_when_nothing_happens_nothing_is_told(live: Live) -> None:
    """Of any kind."""

    async def nothing() -> None:
        return

    for kind in feeds.PLANS:
        assert await told(live, kind, nothing) == []


async def test_a_sale_at_the_till_is_told_of_orders_and_levels(live: Live) -> None:
    """The product is not written by it: its level is found by the stock move."""
    sales: list[int] = []

    async def sell() -> None:
        sales.append(await live.staff.sell_at_till("STORE-NYC", {SKU: 1}))

    orders = await told(live, Kind.ORDER, sell)
    levels = await told(live, Kind.LEVEL, sell)

    assert only(OrderRecord, orders).external_id == f"pos:{sales[0]}"
    found = {(one.sku, one.location_id) for one in levels if isinstance(one, LevelRecord)}
    assert found == {(SKU, live.warehouse(code)) for code in ("DC-RENO", "STORE-NYC", "STORE-CHI")}


async def test_a_refund_at_the_till_is_told_with_its_sale(live: Live) -> None:
    """The sale itself is not written by it."""
    order = await live.staff.sell_at_till("STORE-NYC", {SKU: 1})

    changes = await told(live, Kind.ORDER, lambda: live.staff.refund_at_till(order, "STORE-NYC"))

    assert only(OrderRecord, changes).lines[0].counters.returned == 1
    assert only(RefundRecord, changes).order_id == f"pos:{order}"
    assert only(ReturnRecord, changes).order_id == f"pos:{order}"


async def test_a_till_that_is_closed_tells_its_sales(live: Live) -> None:
    """They are in the books then."""
    order = await live.staff.sell_at_till("STORE-NYC", {SKU: 1})

    changes = await told(live, Kind.ORDER, lambda: live.staff.close_till("STORE-NYC"))

    states = {one.external_id: one.raw_status for one in changes if isinstance(one, OrderRecord)}
    assert states[f"pos:{order}"] == "done"


async def test_picking_is_told_of_the_delivery_and_of_the_level(live: Live) -> None:
    """The delivery waits for it, and the goods are off the shelf."""
    sale = await live.staff.sell(ADA, "DC-RENO", {SKU: 1})
    [delivery] = await live.staff.deliveries_of(sale)

    changes = await told(live, Kind.FULFILLMENT_ORDER, lambda: live.staff.pick(sale))

    work = only(FulfillmentOrderRecord, changes)
    assert (work.external_id, work.stage) == (f"picking:{delivery}", Stage.PICKED)


async def test_goods_that_leave_are_told_of_order_and_delivery(live: Live) -> None:
    """Through their transfer: the sale itself says nothing."""
    sales = [await live.staff.sell(ADA, "DC-RENO", {SKU: 1}) for _ in range(2)]
    deliveries = [(await live.staff.deliveries_of(sale))[0] for sale in sales]
    for sale in sales:
        await live.staff.pick(sale)

    orders = await told(live, Kind.ORDER, lambda: live.staff.ship(deliveries[0], "1Z1"))
    works = await told(live, Kind.FULFILLMENT_ORDER, lambda: live.staff.ship(deliveries[1], "1Z2"))

    order = only(OrderRecord, orders)
    assert (order.external_id, order.lines[0].counters.fulfilled) == (f"sale:{sales[0]}", 1)
    assert only(ShipmentRecord, works).tracking[0].number == "1Z2"


async def test_one_line_that_is_given_up_is_told(live: Live) -> None:
    """Of two in a delivery, which goes on as it was."""
    sale = await live.staff.sell(ADA, "STORE-NYC", {SKU: 1, "TOTE-NAT-OS": 1})
    [delivery] = await live.staff.deliveries_of(sale)
    domain = [["picking_id", "=", delivery], ["product_id.default_code", "=", SKU]]
    [move] = await live.staff.find("stock.move", domain)
    gone = {"state": "cancel"}

    changes = await told(
        live, Kind.ORDER, lambda: live.staff.call("stock.move", "write", [move["id"]], gone)
    )

    counted = {one.sku: one.counters.canceled for one in only(OrderRecord, changes).lines}
    assert counted == {SKU: 1, "TOTE-NAT-OS": 0}


async def test_what_comes_back_is_told_of_the_order(live: Live) -> None:
    """As a return, and on its line."""
    await live.staff.count(SKU, "STORE-CHI", 20)
    sale = await live.staff.sell(ADA, "STORE-CHI", {SKU: 1})
    [delivery] = await live.staff.deliveries_of(sale)
    await live.staff.ship(delivery, "1Z1")

    changes = await told(live, Kind.ORDER, lambda: live.staff.agree_return(delivery, 1))

    assert only(OrderRecord, changes).lines[0].counters.return_requested == 1
    assert only(ReturnRecord, changes).order_id == f"sale:{sale}"


async def test_stock_that_was_counted_is_told(live: Live) -> None:
    """Its product is not written by it."""
    changes = await told(live, Kind.LEVEL, lambda: live.staff.count(SKU, "STORE-CHI", 77))

    found = {
        one.location_id: one.quantities.on_hand
        for one in changes
        if isinstance(one, LevelRecord) and one.sku == SKU
    }
    assert found[live.warehouse("STORE-CHI")] == 77


async def test_a_variant_that_changed_is_told_of_its_product(live: Live) -> None:
    """Writing a variant does not write the product."""
    product = await live.staff.product(SKU)
    weight = {"weight": 0.17}

    changes = await told(
        live,
        Kind.PRODUCT,
        lambda: live.staff.call("product.product", "write", [product["id"]], weight),
    )

    [variant] = only(ProductRecord, changes).variants
    assert (variant.sku, variant.weight_g) == (SKU, 170)


async def test_an_address_that_was_added_is_told_of_its_owner(live: Live) -> None:
    """And is no customer itself."""
    person = {"name": "Iris Holm", "email": f"{uuid4().hex}@example.com", "street": "2 Bay"}
    owner = await live.staff.call("res.partner", "create", person)
    body = {"parent_id": owner, "type": "delivery", "name": "Porter", "street": "1 Gate"}

    changes = await told(
        live, Kind.CUSTOMER, lambda: live.staff.call("res.partner", "create", body)
    )

    customer = only(CustomerRecord, changes)
    assert customer.external_id == str(owner)
    assert [one.line1 for one in customer.addresses] == ["2 Bay", "1 Gate"]
    assert len(changes) == 1


async def test_a_pull_may_be_gone_on_from_any_page(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first reading, and what changed since: pages of one, broken off after each."""
    monkeypatch.setattr(pulling, "AT_ONCE", 3)
    whole, _ = await pulled(live.client, Kind.PRODUCT, None)
    found: dict[str, Change] = {}
    since: str | None = None
    for _ in range(len(whole)):
        async for page in live.client.pull(Kind.PRODUCT, since):
            found |= {str(one.external_id): one for one in page.changes}
            since = page.checkpoint
            break

    assert found.keys() == {str(one.external_id) for one in whole}
    assert len(found) == len(whole)


async def test_more_changes_than_a_page_holds_are_all_told(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of one transaction, and so of one time; told to a pull that is broken off, too."""
    monkeypatch.setattr(requests, "PAGE", 2)
    rows = await live.staff.find("product.template", [["type", "=", "product"]])
    ids = [row["id"] for row in rows][:7]

    async def touch() -> None:
        await live.staff.call("product.template", "write", ids, {"description_sale": "New"})

    since = await marked(live.client, Kind.PRODUCT)
    changes = await told(live, Kind.PRODUCT, touch)

    assert {one.external_id for one in changes} == {str(id) for id in ids}
    broken: set[str | None] = set()
    for _ in range(3):
        async for page in live.client.pull(Kind.PRODUCT, since):
            broken |= {one.external_id for one in page.changes}
            since = page.checkpoint
            break
    rest, _ = await pulled(live.client, Kind.PRODUCT, since)
    broken |= {one.external_id for one in rest}
    assert broken >= {str(id) for id in ids}
