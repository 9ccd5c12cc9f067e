"""Stock: what Amazon's warehouses hold (FBA), and what ours hold for Amazon (External Fulfillment).

Source: fbaInventory.json getInventorySummaries; externalFulfillmentInventory_2024-09-11.json
batchInventory, whose requests inside are sent with POST, also those that only read.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from connectors.amazon.errors import Operation
from connectors.amazon.mapping.inventory import Place
from connectors.amazon.requests import Ask, get
from connectors.sdk.http import Request

SKUS_AT_ONCE = 50
"""Source: getInventorySummaries, sellerSkus "up to 50 SKUs"."""
BATCH = 10
"""Source: batchInventory, "up to 10 inventory requests"."""
MFN_LOCATION = "DEFAULT"
"""The one location of a seller who ships from one place.
Source: developer-docs.amazon.com/sp-api/docs/publish-location-level-inventory."""


def summaries(marketplace_id: str, *filters: tuple[str, str], with_details: bool = True) -> Ask:
    """Ask for a page of what Amazon holds for a marketplace.

    startDateTime is never used: "Changes in inboundWorkingQuantity, inboundShippedQuantity and
    inboundReceivingQuantity are not detected" by it.
    """
    query = (
        ("details", "true" if with_details else "false"),
        ("granularityType", "Marketplace"),
        ("granularityId", marketplace_id),
        ("marketplaceIds", marketplace_id),
        *filters,
    )
    return get(Operation.INVENTORY_SUMMARIES, "/fba/inventory/v1/summaries", *query)


def summaries_of(marketplace_id: str, skus: Sequence[str]) -> list[Ask]:
    """Ask for these SKUs. One with a comma goes alone: sellerSkus are parted by commas."""
    plain = [sku for sku in skus if "," not in sku]
    starts = range(0, len(plain), SKUS_AT_ONCE)
    batches = [plain[start : start + SKUS_AT_ONCE] for start in starts]
    filters = [("sellerSkus", ",".join(batch)) for batch in batches]
    filters += [("sellerSku", sku) for sku in skus if "," in sku]
    return [summaries(marketplace_id, one) for one in filters]


def counts(places: Sequence[Place], marketplace_id: str) -> Ask:
    """Ask for what lies at up to BATCH *places*. A POST that changes nothing."""
    asked = [_entry("fetch", place, _attributes(place, marketplace_id)) for place in places]
    return _batch(asked, is_safe=True)


def put(place: Place, marketplace_id: str, quantity: int, sequence: int) -> Ask:
    """Make *quantity* the stock of one place: "the absolute inventory quantity"."""
    body = {
        "quantity": quantity,
        "clientSequenceNumber": sequence,
        **_attributes(place, marketplace_id),
    }
    return _batch([_entry("update", place, body)], is_safe=False)


def _attributes(place: Place, marketplace_id: str) -> dict[str, Any]:
    """Say which channel is meant where every marketplace has a location of that name: "required
    only when multiple channels have the same location ID" (MarketplaceAttributes)."""
    if place[1] != MFN_LOCATION:
        return {}
    return {"marketplaceAttributes": {"marketplaceId": marketplace_id, "channelName": "MFN"}}


def _entry(action: str, place: Place, body: dict[str, Any]) -> dict[str, Any]:
    # A blank as %20: what is inside a text is not a form's query, where + would be one.
    query = urlencode({"locationId": place[1], "skuId": place[0]}, safe="", quote_via=quote)
    return {"method": "POST", "uri": f"/inventory/{action}?{query}", "body": body}


def _batch(entries: list[dict[str, Any]], *, is_safe: bool) -> Ask:
    path = "/externalFulfillment/inventory/2024-09-11/inventories"
    request = Request(method="POST", path=path, is_safe=is_safe, json={"requests": entries})
    return Ask(operation=Operation.BATCH_INVENTORY, request=request)
