"""Stock: Amazon's own warehouses as one location, and places of ours that Amazon sells from."""

from collections.abc import Sequence
from datetime import datetime

from connectors.amazon.reading import Node
from connectors.sdk.errors import Malformed
from connectors.sdk.records import LevelRecord, LocationRecord, Quantities
from connectors.sdk.records.states import LocationType

Place = tuple[str, str]
"""A SKU and the location it lies at."""


def level_id(sku: str, location_id: str) -> str:
    return f"{sku}@{location_id}"


def place_of(external_id: str) -> Place | None:
    """Return the SKU and the location of a level's id: a SKU may hold an @, a location does not."""
    sku, at, location_id = external_id.rpartition("@")
    return (sku, location_id) if at and sku and location_id else None


def location(answer: Node, read_at: datetime) -> LocationRecord:
    """Return Amazon's warehouses: all that fulfill for one marketplace, which is how Amazon adds up
    what is in them (granularity)."""
    marketplace_id = answer["payload"]["granularity"]["granularityId"].id()
    return LocationRecord(
        external_id=marketplace_id,
        revised_at=read_at,
        code=f"FBA-{marketplace_id}",
        name=f"Fulfillment by Amazon ({marketplace_id})",
        type=LocationType.MARKETPLACE_FC,
    )


def fba_level(summary: Node, home: str, read_at: datetime) -> LevelRecord:
    """Return what Amazon holds of one SKU.

    Source: fbaInventory.json InventorySummary, InventoryDetails. totalQuantity is not on hand: it
    counts what is on its way in as well. Nor is inboundWorkingQuantity incoming: "for which you
    have notified Amazon", and still lying with the seller, who counts it himself.
    """
    sku, details = summary["sellerSku"].id(), summary["inventoryDetails"]
    fulfillable = details["fulfillableQuantity"].count()
    reserved = details["reservedQuantity"]
    all_reserved = reserved["totalReservedQuantity"].optional_count() or 0
    for_orders = reserved["pendingCustomerOrderQuantity"].optional_count()
    committed = all_reserved if for_orders is None else for_orders
    looked_at = details["researchingQuantity"]["totalResearchingQuantity"].optional_count() or 0
    unsellable = details["unfulfillableQuantity"]["totalUnfulfillableQuantity"]
    damaged = unsellable.optional_count() or 0
    shipped = details["inboundShippedQuantity"].optional_count() or 0
    receiving = details["inboundReceivingQuantity"].optional_count() or 0
    return LevelRecord(
        external_id=level_id(sku, home),
        revised_at=read_at,
        item_id=sku,
        sku=sku,
        location_id=home,
        quantities=Quantities(
            on_hand=fulfillable + max(all_reserved, committed) + looked_at + damaged,
            available=fulfillable,
            committed=committed,
            quality_control=max(0, all_reserved - committed) + looked_at,
            damaged=damaged,
            incoming=shipped + receiving,
        ),
    )


def answers(answer: Node, places: Sequence[Place]) -> list[Node]:
    """Return a batch's responses, one for each of *places*, in their order.

    Raises: Malformed when they are not as many, or about others.
    """
    found = list(answer["responses"])
    if len(found) != len(places):
        raise Malformed(f"$.responses: {len(found)} of {len(places)}")
    for one, (sku, location_id) in zip(found, places, strict=True):
        body = one["body"]
        stated = (body["skuId"].text() or sku, body["locationId"].text() or location_id)
        if stated != (sku, location_id):
            raise Malformed(f"{one.path}: about another SKU or location")
    return found


def status(response: Node) -> int:
    """Return the HTTP status of one response of a batch."""
    return response["status"]["statusCode"].count()


def reason(response: Node) -> tuple[str, str]:
    """Return the word and the sentence for what one request of a batch was refused for."""
    for one in response["body"]["actionableErrors"]:
        word = one["errorType"].text()
        if word:
            return word, one["errorSubType"].text() or word
    word = response["status"]["reasonPhrase"].text() or f"HTTP {status(response)}"
    return word, word


def our_level(response: Node, place: Place, read_at: datetime) -> LevelRecord:
    """Return what a place of ours has for Amazon: what can be sold, and what is sold and has not
    left. Source: externalFulfillmentInventory_2024-09-11.json InventoryResponseBody."""
    body = response["body"]
    sellable = body["sellableQuantity"].count()
    reserved = body["reservedQuantity"].optional_count() or 0
    sku, location_id = place
    return LevelRecord(
        external_id=level_id(sku, location_id),
        revised_at=read_at,
        item_id=sku,
        sku=sku,
        location_id=location_id,
        quantities=Quantities(on_hand=sellable + reserved, available=sellable, committed=reserved),
    )
