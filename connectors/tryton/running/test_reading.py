"""Every read, against what the staff of the same Tryton see."""

import re

import pytest

from connectors.sdk.changes import Removed, Unreadable
from connectors.sdk.errors import Misconfigured
from connectors.sdk.records import (
    CustomerRecord,
    Kind,
    LevelRecord,
    LocationRecord,
    OrderRecord,
    ProductRecord,
    Quantities,
    ShipmentRecord,
)
from connectors.sdk.records.states import LocationType, ProductStatus
from connectors.sdk.values import Money
from connectors.tryton.connector import pulling
from connectors.tryton.running.live import ADA, Live, latest, only, pulled

pytestmark = pytest.mark.systems


def usd(minor: int) -> Money:
    return Money(minor=minor, currency="USD")


async def test_check_names_the_company_and_the_version(live: Live) -> None:
    """Address, database, key and company are proven at once."""
    account = await live.client.check()

    assert (account.name, account.version) == ("Northwind Outfitters", "8.2")


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("rest_key", "0" * 128, "HTTP 401"),
        ("company", "99", "company: there is no company 99"),
        ("database", "nowhere", "url, database: there is no such database"),
    ],
)
async def test_check_names_the_setting_that_is_wrong(
    live: Live, setting: str, value: str, named: str
) -> None:
    """An operator is told which setting to mend."""
    with pytest.raises(Misconfigured, match=re.escape(named)):
        await live.opened(**{setting: value}).check()


async def test_locations_are_the_warehouses_and_a_till_makes_one_a_store(live: Live) -> None:
    """Bins and zones are no locations; their warehouses are, by their codes."""
    changes, _ = await pulled(live.client, Kind.LOCATION, None)

    found = [one for one in changes if isinstance(one, LocationRecord)]
    seeded = [one for one in found if not one.code.startswith("CORNER-")]
    assert {one.code: (one.external_id, one.name, one.type) for one in seeded} == {
        "DC-RENO": ("5", "Reno Distribution Center", LocationType.WAREHOUSE),
        "STORE-NYC": ("13", "New York Flagship", LocationType.STORE),
        "STORE-CHI": ("18", "Chicago Loop Store", LocationType.STORE),
    }
    assert {one.address.city if one.address else None for one in seeded} == {
        "Reno",
        "New York",
        "Chicago",
    }


async def test_products_are_templates_with_their_variants(live: Live) -> None:
    """Everything on the shelves is there, and the carrier's price is no merchandise."""
    changes, _ = await pulled(live.client, Kind.PRODUCT, None)

    found = [one for one in changes if isinstance(one, ProductRecord)]
    skus = [variant.sku or "" for one in found for variant in one.variants]
    goods = await live.staff.find("product.product", [["type", "=", "goods"]], "code")
    assert sorted(skus) == sorted(row["code"] for row in goods)
    assert "SHIPPING" not in skus
    tee = next(one for one in found if one.title == "Crew Tee Black")
    small = next(variant for variant in tee.variants if variant.sku == "TEE-BLK-S")
    assert (small.price, small.barcode, small.weight_g) == (usd(1900), "2001000000012", 180)


async def test_an_archived_product_says_so(live: Live) -> None:
    """Tryton's own searches leave it out; we ask for what is hidden, too."""
    template = (await live.staff.offer("SCARF-RED-OS"))["template"]
    on_sale = await live.client.fetch(Kind.PRODUCT, [str(template)])
    await live.staff.call("PUT", f"product.template/{template}", {"active": False})
    archived = await live.client.fetch(Kind.PRODUCT, [str(template)])

    assert only(ProductRecord, on_sale).status is ProductStatus.ACTIVE
    found = only(ProductRecord, archived)
    assert (found.status, found.raw_status) == (ProductStatus.ARCHIVED, "inactive")


async def test_customers_are_the_parties_that_can_be_reached(live: Live) -> None:
    """The company, its warehouses and its carrier are parties as well, and no customers."""
    changes, _ = await pulled(live.client, Kind.CUSTOMER, None)

    found = {one.email: one for one in changes if isinstance(one, CustomerRecord)}
    ada = found[ADA]
    assert (ada.first_name, ada.last_name, ada.phone) == ("Ada", "Okafor", "+12125550101")
    assert (ada.email_verified, ada.phone_verified) == (False, False)
    assert [(one.city, one.province, one.country_code) for one in ada.addresses] == [
        ("New York", "NY", "US")
    ]
    assert all(one.email or one.phone for one in found.values())
    assert not {"Northwind Outfitters", "Acme Parcel"} & {one.first_name for one in found.values()}


async def test_levels_are_what_the_staff_count(live: Live) -> None:
    """One for each SKU and warehouse, and each number is Tryton's own."""
    changes, _ = await pulled(live.client, Kind.LEVEL, None)

    found = [one for one in changes if isinstance(one, LevelRecord)]
    goods = await live.staff.find("product.product", [["type", "=", "goods"]], "code")
    pairs = {(row["code"], id) for row in goods for id in ("5", "13", "18")}
    assert len(found) == len(changes)
    assert pairs <= {(one.sku, one.location_id) for one in found}
    codes = {str(id): code for code, id in live.staff.info["warehouses"].items()}
    for level in found[::10]:
        counted = await live.staff.on_hand(level.sku or "", codes[level.location_id])
        assert level.quantities.on_hand == counted


async def test_a_metre_and_a_half_is_put_aside_and_the_rest_is_read(live: Live) -> None:
    """Records count pieces; one that cannot be read does not keep the others from coming."""
    [meter] = await live.staff.find("product.uom", [["name", "=", "Meter"]])
    await live.staff.offer("ROPE", default_uom=meter["id"], sale_uom=meter["id"])
    rope, tee = [(await live.staff.product(sku))["id"] for sku in ("ROPE", "TEE-BLK-S")]
    await live.staff.count("ROPE", "DC-RENO", 1.5)

    found = await live.client.fetch(Kind.LEVEL, [f"{rope}@5", f"{tee}@5"])

    bad, good = only(Unreadable, found), only(LevelRecord, found)
    assert (bad.kind, bad.external_id) == (Kind.LEVEL, f"{rope}@5")
    assert bad.reason.endswith(".quantity: not a whole number of units")
    assert good.sku == "TEE-BLK-S"
    await live.staff.count("ROPE", "DC-RENO", 2)


async def test_a_level_says_what_is_promised_and_what_is_coming(live: Live) -> None:
    """On hand falls when goods leave; committed rises when they are sold."""
    before = (await live.level("HOOD-GRY-L")).quantities
    sale = await live.staff.sell(ADA, "DC-RENO", {"HOOD-GRY-L": 4})
    sold = (await live.level("HOOD-GRY-L")).quantities
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.bring_to(shipment, "picked")
    picked = (await live.level("HOOD-GRY-L")).quantities
    await live.staff.bring_to(shipment, "done")
    left = (await live.level("HOOD-GRY-L")).quantities
    await live.staff.agree_return(sale, {"HOOD-GRY-L": 1})
    coming = (await live.level("HOOD-GRY-L")).quantities

    on_hand, available = before.on_hand or 0, before.available or 0
    assert sold == Quantities(on_hand=on_hand, committed=4, available=available - 4, incoming=0)
    assert picked == sold
    assert left == Quantities(on_hand=on_hand - 4, committed=0, available=available - 4, incoming=0)
    assert (coming.incoming, coming.available) == (1, available - 4)


@pytest.mark.parametrize(
    ("kind", "external_id"),
    [
        (Kind.LOCATION, "3"),
        (Kind.LOCATION, "nowhere"),
        (Kind.PRODUCT, "99999"),
        (Kind.CUSTOMER, "99999"),
        (Kind.LEVEL, "99999@5"),
        (Kind.LEVEL, "1@99999"),
        (Kind.LEVEL, "1"),
        (Kind.ORDER, "sale.sale,99999"),
        (Kind.ORDER, "sale.point.sale,99999"),
        (Kind.ORDER, "party.party,1"),
        (Kind.RETURN, "sale.sale,99999"),
        (Kind.SHIPMENT, "stock.shipment.out,99999"),
        (Kind.FULFILLMENT_ORDER, "stock.shipment.out,99999"),
        (Kind.FULFILLMENT_ORDER, "1"),
    ],
)
async def test_what_is_not_there_is_removed(live: Live, kind: Kind, external_id: str) -> None:
    """Ids that never were, ids of something else, and what is no id at all."""
    found = await live.client.fetch(kind, [external_id])

    assert found == [Removed(kind=kind, external_id=external_id)]


async def test_a_first_reading_that_is_broken_off_goes_on_where_it_was(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page's checkpoint is enough; nothing is left out and nothing comes twice."""
    monkeypatch.setattr(pulling, "AT_ONCE", 2)
    whole, _ = await pulled(live.client, Kind.PRODUCT, None)

    read: list[str | None] = []
    since = None
    while since is None or '"backfill":null' not in since:
        page = await anext(live.client.pull(Kind.PRODUCT, since))
        assert len(page.changes) <= 2
        read += [change.external_id for change in page.changes]
        since = page.checkpoint

    assert read == [change.external_id for change in whole]


async def test_pages_are_bounded(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three levels a product: what is read together is cut into pages."""
    monkeypatch.setattr(pulling, "RECORDS", 30)

    sizes = [len(page.changes) async for page in live.client.pull(Kind.LEVEL, None)]

    assert set(sizes[:-1]) == {30}
    assert sum(sizes) >= live.staff.info["skus"] * 3


async def test_a_key_without_administration_reads_everything(live: Live) -> None:
    """Only the journal is closed to it; what changed is found all the same."""
    client = live.opened(**await live.staff.hire())
    since = (await pulled(client, Kind.ORDER, None))[1]
    sale = await live.staff.sell(ADA, "DC-RENO", {"TEE-WHT-S": 1})

    changes, _ = await pulled(client, Kind.ORDER, since)

    assert [type(one) for one in latest(changes, f"sale.sale,{sale}")] == [OrderRecord]
    [shipment] = await live.staff.shipments_of(sale)
    await live.staff.bring_to(shipment, "done")
    found = await client.fetch(Kind.SHIPMENT, [f"stock.shipment.out,{shipment}"])
    assert only(ShipmentRecord, found).shipped_at is not None
