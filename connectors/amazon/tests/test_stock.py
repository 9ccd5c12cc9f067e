"""Stock: what Amazon holds, and what places of ours have for it."""

from urllib.parse import parse_qs

import pytest

from connectors.amazon.mapping import inventory as mapping
from connectors.amazon.reading import Node
from connectors.amazon.requests import inventory
from connectors.amazon.tests.conftest import Rig, told
from connectors.sdk.changes import Change, Removed
from connectors.sdk.conformance import shape
from connectors.sdk.conformance.stage import Clock
from connectors.sdk.errors import Malformed, Misconfigured
from connectors.sdk.records import Kind, LevelRecord, LocationRecord, Quantities
from connectors.sdk.records.states import LocationType

HOME = "ATVPDKIKX0DER"
SUMMARIES = "/fba/inventory/v1/summaries"
BATCH = "/externalFulfillment/inventory/2024-09-11/inventories"


def _quantities(changes: list[Change]) -> list[Quantities]:
    return [one.quantities for one in changes if isinstance(one, LevelRecord)]


async def test_what_is_on_its_way_in_is_not_on_hand(rig: Rig) -> None:
    """Amazon's total counts it; what is only announced lies with the seller, and is neither."""
    [found] = _quantities(await rig.client.fetch(Kind.LEVEL, [f"TEE-S@{HOME}"]))
    held = rig.amazon.seller.fba["TEE-S"]
    assert (held.announced, held.on_the_way, held.receiving) == (40, 20, 10)
    assert found == Quantities(
        on_hand=515, available=500, committed=0, quality_control=11, damaged=4, incoming=30
    )


async def test_an_order_that_amazon_ships_is_committed_until_it_left(rig: Rig) -> None:
    """Sold and there; then gone."""
    rig.order("AMAZON")
    sold = _quantities(await rig.client.fetch(Kind.LEVEL, [f"TEE-S@{HOME}"]))
    rig.amazon.advance()
    gone = _quantities(await rig.client.fetch(Kind.LEVEL, [f"TEE-S@{HOME}"]))
    counted = [
        (one.on_hand, one.available, one.committed, one.quality_control) for one in sold + gone
    ]
    assert counted == [(515, 498, 2, 11), (513, 498, 0, 11)]


async def test_fba_stock_is_read_for_one_marketplace(rig: Rig) -> None:
    """The same units are shown in each marketplace that they can be sold in: added up, they would
    be counted as often."""
    client = rig.client_of(marketplace_ids=f"{HOME}, A2EUQ1WTGCTBG2")
    changes = [change async for page in client.pull(Kind.LEVEL, None) for change in page.changes]
    assert shape.ids(Kind.LEVEL, changes) == [f"TEE-S@{HOME}", f"TEE-XL@{HOME}"]
    assert [parse_qs(one.query)["marketplaceIds"] for one in rig.sent("GET", SUMMARIES)] == [[HOME]]


async def test_no_change_of_stock_is_left_to_a_filter(rig: Rig) -> None:
    """startDateTime does not see what comes in: every pull asks for all there is."""
    [page] = await rig.pages(Kind.LEVEL)
    await rig.pages(Kind.LEVEL, page.checkpoint)
    assert ["startDateTime" in one.query for one in rig.sent("GET", SUMMARIES)] == [False, False]


async def test_a_token_that_ended_begins_the_pull_again(rig: Rig) -> None:
    """FBA's last 30 seconds: a pull that goes on later starts over, and has everything."""
    rig.amazon.operations.most_per_page = 1
    first = await anext(rig.client.pull(Kind.LEVEL, None))
    rig.turn(seconds=31)
    rest = await rig.pull(Kind.LEVEL, first.checkpoint)
    assert shape.ids(Kind.LEVEL, rest) == [f"TEE-S@{HOME}", f"TEE-XL@{HOME}"]
    assert len(rig.sent("GET", SUMMARIES)) == 4


async def test_the_location_is_what_stock_is_added_up_by(rig: Rig) -> None:
    """One for all of Amazon's warehouses; of ours it has no list."""
    [found] = await rig.pull(Kind.LOCATION)
    assert isinstance(found, LocationRecord)
    assert (found.external_id, found.type) == (HOME, LocationType.MARKETPLACE_FC)


async def test_places_of_ours_are_asked_for_ten_at_once(rig: Rig) -> None:
    """Eleven and one that is not there: two requests, and what is not there is Removed."""
    places = [(sku, place) for sku, place in rig.amazon.seller.counts][:8]
    ids = [mapping.level_id(*one) for one in places] + [f"NO-{one}@DC-1" for one in range(4)]
    changes = await rig.client.fetch(Kind.LEVEL, ids)
    gone = [one.external_id for one in changes if isinstance(one, Removed)]
    assert (shape.ids(Kind.LEVEL, changes), gone) == (ids[:8], ids[8:])
    assert [len(body["requests"]) for body in told(rig, "POST", BATCH)] == [10, 2]  # type: ignore[arg-type]


async def test_an_order_that_we_ship_is_committed_where_it_lies(rig: Rig) -> None:
    """At the one location of a seller who ships from one place."""
    rig.order("MERCHANT")
    [found] = _quantities(await rig.client.fetch(Kind.LEVEL, ["TEE-S@DEFAULT"]))
    assert found == Quantities(on_hand=100, available=98, committed=2)


def test_a_sku_with_a_comma_is_asked_for_alone() -> None:
    """The others fifty at once: a list is parted by commas."""
    skus = [f"SKU-{one}" for one in range(60)]
    asks = inventory.summaries_of(HOME, [*skus, "A,B"])
    asked = [dict(one.request.query) for one in asks]
    assert [one.get("sellerSkus", "").count(",") for one in asked] == [49, 9, 0]
    assert asked[2]["sellerSku"] == "A,B"


def test_a_sku_is_written_as_an_address_has_it() -> None:
    """Blanks, slashes and signs: whatever a seller's SKU holds is part of it."""
    body = inventory.counts([("TEE S/1+&2", "EXSB")], HOME).request.json
    uri = "/inventory/fetch?locationId=EXSB&skuId=TEE%20S%2F1%2B%262"
    assert [one["uri"] for one in body["requests"]] == [uri]


@pytest.mark.parametrize(
    ("external_id", "place"),
    [("A@B@C", ("A@B", "C")), ("A@", None), ("@C", None), ("A", None), ("", None)],
)
def test_a_level_is_named_by_its_sku_and_location(
    external_id: str, place: tuple[str, str] | None
) -> None:
    """A SKU may hold an @; a location does not."""
    assert mapping.place_of(external_id) == place


def test_stock_without_details_is_not_taken_for_none() -> None:
    """Amazon leaves them out where they were not asked for: that is not 0 units."""
    with pytest.raises(Malformed, match="fulfillableQuantity"):
        mapping.fba_level(Node({"sellerSku": "TEE-S"}), HOME, Clock().now)


def test_a_batch_about_something_else_is_malformed() -> None:
    """Counts are never taken for another place's."""
    body = {"skuId": "OTHER", "locationId": "DC-1", "sellableQuantity": 1}
    answer = Node({"responses": [{"status": {"statusCode": 200}, "body": body}]})
    with pytest.raises(Malformed, match="another SKU"):
        mapping.answers(answer, [("TEE-S", "DC-1")])
    with pytest.raises(Malformed, match="1 of 2"):
        mapping.answers(answer, [("OTHER", "DC-1"), ("TEE-S", "DC-1")])


async def test_a_marketplace_of_somebody_else_is_named(rig: Rig) -> None:
    """Every one of them is asked for, and the check says which is wrong."""
    client = rig.client_of(marketplace_ids=f"{HOME},A2EUQ1WTGCTBG2")
    with pytest.raises(Misconfigured, match="marketplace_ids: A2EUQ1WTGCTBG2"):
        await client.check()
    assert len(rig.sent("GET", SUMMARIES)) == 2
