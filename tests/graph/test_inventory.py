"""Stock by item and place: one number, whose word it is, and who says otherwise."""

from connectors.sdk.records import Quantities
from tests import records
from tests.gateways import GatewayUnderTest
from tests.toys import Toy

LEVELS = """{ inventoryLevels { nodes { sku available onHand isAgreed location { code }
  counts { connection quantities { onHand } } sourceRefs { connection } } } }"""


async def test_the_one_who_handles_the_stock_is_believed(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """A till counts before a shop shows; both counts are there to be compared."""
    for toy, on_hand in ((shop, 9), (till, 7)):
        toy.hold(records.location(), records.product(), records.level(on_hand))
        await gateway.backfill(toy.id)
    nodes = (await gateway.data(LEVELS))["inventoryLevels"]["nodes"]
    assert 1 == len(nodes)
    assert (7, False) == (nodes[0]["onHand"], nodes[0]["isAgreed"])
    assert [("till", 7), ("shop", 9)] == [
        (one["connection"], one["quantities"]["onHand"]) for one in nodes[0]["counts"]
    ]


async def test_available_is_worked_out_from_the_states(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """On hand less what is committed, reserved, kept back, looked at and damaged."""
    quantities = Quantities(
        on_hand=20, committed=5, reserved=2, safety_stock=1, quality_control=1, damaged=3
    )
    shop.hold(records.location(), records.product(), records.level(20, quantities=quantities))
    await gateway.backfill("shop")
    node = (await gateway.data(LEVELS))["inventoryLevels"]["nodes"][0]
    assert (20, 8) == (node["onHand"], node["available"])


async def test_stock_at_an_unknown_place_waits_until_the_place_is_known(
    gateway: GatewayUnderTest, shop: Toy
) -> None:
    """It is not guessed at, it is not lost, and it comes in by itself afterwards."""
    document = "{ connections { id backlog { quarantined } } exceptions { nodes { code } } }"
    shop.hold(records.product(), records.level(4))
    await gateway.backfill("shop")
    before = await gateway.data(document)
    assert [] == (await gateway.data(LEVELS))["inventoryLevels"]["nodes"]
    assert 1 == before["connections"][1]["backlog"]["quarantined"]
    assert [{"code": "QUARANTINED"}] == before["exceptions"]["nodes"]
    shop.hold(records.location())
    shop.hold(records.later(records.level(4)))
    await gateway.post("/webhooks/shop", *shop.delivery("d1", ("location", "at-DC-RENO")))
    await gateway.post("/webhooks/shop", *shop.delivery("d2", ("level", "v-TEE-BLK-S@at-DC-RENO")))
    await gateway.settle()
    after = await gateway.data(document)
    assert [4] == [
        one["onHand"] for one in (await gateway.data(LEVELS))["inventoryLevels"]["nodes"]
    ]
    assert 0 == after["connections"][1]["backlog"]["quarantined"]
    assert [] == after["exceptions"]["nodes"]


async def test_one_sku_is_one_variant_whatever_the_systems_call_it(
    gateway: GatewayUnderTest, shop: Toy, till: Toy
) -> None:
    """The SKU map: two systems' ids on one variant; case and stray spaces join too."""
    shop.hold(records.product("TEE-BLK-S"))
    odd = records.product("TEE-BLK-S")
    till.hold(
        records.replace(
            odd,
            external_id="item-9",
            variants=(records.replace(odd.variants[0], external_id="var-9", sku=" tee-blk-s "),),
        )
    )
    await gateway.backfill("shop")
    await gateway.backfill("till")
    document = """{ variant(sku: "TEE-BLK-S") { sku
      listings { connection externalId } product { title } } }"""
    found = (await gateway.data(document))["variant"]
    assert [("shop", "v-TEE-BLK-S"), ("till", "var-9")] == [
        (one["connection"], one["externalId"]) for one in found["listings"]
    ]
