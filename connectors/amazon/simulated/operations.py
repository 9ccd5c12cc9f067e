"""What each operation answers."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from connectors.amazon.simulated import views
from connectors.amazon.simulated.model import Order, Planned
from connectors.amazon.simulated.seller import MARKETPLACE, AlreadyFulfilled, Seller
from connectors.amazon.simulated.wire import (
    Handler,
    Refusal,
    answer,
    bad,
    body_of,
    moment,
    number,
    only,
    parts_of,
    token,
    words,
)
from connectors.sdk.simulator import Clock

PARTS = (
    *("BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION", "FULFILLMENT"),
    *("PACKAGES", "TAX", "PAYMENT", "FULFILLMENT_ORDERS"),
)
TOKEN_LIFE = timedelta(seconds=30)
"""Source: fbaInventory.json nextToken, "will expire 30 seconds after being created"."""
_ORDER_ID = re.compile(r"[A-Z0-9]{3}-\d{7}-\d{7}")


class Operations:
    """The operations of one account. *most_per_page* caps every list, to page with few records.
    *lag* is how late a change shows in a search."""

    def __init__(self, seller: Seller, clock: Clock) -> None:
        self._seller, self._clock = seller, clock
        self.most_per_page = 100
        self.lag = timedelta()

    def table(self) -> list[tuple[str, str, Handler]]:
        orders, planned = "/orders/2026-01-01/orders", "/externalFulfillment/2024-09-11/shipments"
        inventories = "/externalFulfillment/inventory/2024-09-11/inventories"
        return [
            ("GET", orders, self.search),
            ("GET", f"{orders}/{{id}}", self.order),
            ("POST", "/orders/v0/orders/{id}/shipmentConfirmation", self.confirm),
            ("GET", "/fba/inventory/v1/summaries", self.summaries),
            ("POST", inventories, self.batch),
            ("GET", f"{planned}/{{id}}", self.shipment),
            ("PUT", f"{planned}/{{id}}/shipLabels", self.label),
            ("PATCH", f"{planned}/{{id}}/packages/{{package_id}}", self.package),
        ]

    async def search(self, request: Request) -> Response:
        """Give orders, those that changed first first; a token says after which to go on."""
        only(
            request,
            *("createdAfter", "lastUpdatedAfter", "lastUpdatedBefore", "fulfillmentStatuses"),
            *("marketplaceIds", "maxResultsPerPage", "paginationToken", "includedData"),
        )
        after = moment(request, "lastUpdatedAfter")
        if after is None or "createdAfter" in request.query_params:
            raise bad("Give exactly one of createdAfter and lastUpdatedAfter")
        _require_ours(words(request, "marketplaceIds"))
        size = min(number(request, "maxResultsPerPage", 100, range(1, 101)), self.most_per_page)
        shown_until, last = self._clock() - self.lag, ("", "")
        if "paginationToken" in request.query_params:
            until, *rest = parts_of(request.query_params["paginationToken"], 3)
            shown_until, last = datetime.fromisoformat(until), (rest[0], rest[1])
        found = sorted((_key(one), one.id) for one in self._seller.orders.values())
        left = [
            (key, id)
            for key, id in found
            if (key, id) > last and after <= datetime.fromisoformat(key) <= shown_until
        ]
        page = left[:size]
        view: dict[str, Any] = {
            "orders": [views.order(self._seller.orders[id], _included(request)) for _, id in page],
            "lastUpdatedBefore": views.time(shown_until),
        }
        if len(left) > size:
            view["pagination"] = {"nextToken": token(shown_until.isoformat(), *page[-1])}
        return answer(view)

    async def order(self, request: Request) -> Response:
        only(request, "includedData")
        return answer({"order": views.order(self._order(request), _included(request))})

    def _order(self, request: Request) -> Order:
        order_id = request.path_params["id"]
        if not _ORDER_ID.fullmatch(order_id):
            raise bad("Invalid Input")
        if order_id not in self._seller.orders:
            raise Refusal(404, "NotFound", "The order is not found")
        return self._seller.orders[order_id]

    async def confirm(self, request: Request) -> Response:
        """Take the word that a package left."""
        order, body = self._order(request), await body_of(request)
        package = body.get("packageDetail", {})
        wanted = ("packageReferenceId", "carrierCode", "trackingNumber", "shipDate", "orderItems")
        if not all(package.get(name) for name in wanted) or not body.get("marketplaceId"):
            raise bad("Invalid Input")
        reference = package["packageReferenceId"]
        if not isinstance(reference, str) or not reference.isdecimal() or int(reference) < 1:
            raise bad("PackageReferenceId: is invalid, must be a positive numeric value.")
        if package["carrierCode"] == "Other" and not package.get("carrierName"):
            raise bad("carrierName is required")
        if order.by == "AMAZON" or not order.is_paid:
            raise bad("The order is not one that can be confirmed")
        lines = [(one["orderItemId"], one["quantity"]) for one in package["orderItems"]]
        carrier = package.get("carrierName") or package["carrierCode"]
        try:
            self._seller.ship(order, reference, (carrier, package["trackingNumber"]), lines)
        except KeyError:
            raise bad("OrderItemId is invalid") from None
        except AlreadyFulfilled:
            message = "Failed to create package: no matching package, or order already fulfilled."
            raise bad(message) from None
        return Response(status_code=204)

    async def summaries(self, request: Request) -> Response:
        only(
            request,
            *("details", "granularityType", "granularityId", "startDateTime"),
            *("sellerSkus", "sellerSku", "nextToken", "marketplaceIds"),
        )
        asked = request.query_params
        marketplaces = words(request, "marketplaceIds")
        if asked.get("granularityType") != "Marketplace" or len(marketplaces) != 1:
            raise bad("Give one marketplace, and its granularity")
        _require_ours([*marketplaces, asked.get("granularityId", "")])
        skus = words(request, "sellerSkus") or [asked["sellerSku"]] if _names_skus(asked) else None
        held = [sku for sku in sorted(self._seller.fba) if skus is None or sku in skus]
        start = self._start(asked.get("nextToken"))
        end = start + min(50, self.most_per_page)
        view: dict[str, Any] = {
            "payload": {
                "granularity": {"granularityType": "Marketplace", "granularityId": MARKETPLACE},
                "inventorySummaries": [
                    views.summary(
                        self._seller.goods[sku],
                        self._seller.fba[sku],
                        with_details=asked.get("details") == "true",
                    )
                    for sku in held[start:end]
                ],
            }
        }
        if end < len(held):
            view["pagination"] = {"nextToken": token(str(end), self._clock().isoformat())}
        return answer(view)

    def _start(self, text: str | None) -> int:
        if text is None:
            return 0
        start, made_at = parts_of(text, 2)
        if self._clock() - datetime.fromisoformat(made_at) > TOKEN_LIFE:
            raise bad("The token has expired")
        return int(start)

    async def batch(self, request: Request) -> Response:
        entries = (await body_of(request)).get("requests", [])
        if len(entries) > 10:
            raise Refusal(400, "BATCH_SIZE_EXCEED", "At most 10 requests in a batch.")
        if not entries:
            raise bad("No requests")
        return answer({"responses": [self._entry(one) for one in entries]}, 207)

    def _entry(self, entry: dict[str, Any]) -> dict[str, Any]:
        uri = urlsplit(entry["uri"])
        query = {name: values[0] for name, values in parse_qs(uri.query).items()}
        sku, location_id = query.get("skuId", ""), query.get("locationId", "")
        held, body = self._seller.counts.get((sku, location_id)), entry.get("body", {})
        if held is None:
            word = "INVALID_SKU" if sku not in self._seller.goods else "INVALID_LOCATION"
            return views.no_count(sku, location_id, word)
        if uri.path == "/inventory/update":
            sequence = body.get("clientSequenceNumber", 0)
            self._seller.count(sku, location_id, body["quantity"], sequence)
        return views.count(sku, location_id, held)

    def _planned(self, request: Request) -> tuple[Order, Planned]:
        wanted = request.path_params["id"]
        for order in self._seller.orders.values():
            if order.planned and order.planned.id == wanted:
                return order, order.planned
        message = f"Requested Entity with 'shipmentId' '{wanted}' is not found"
        raise Refusal(404, "NotFound", message)

    async def shipment(self, request: Request) -> Response:
        order, planned = self._planned(request)
        return answer(views.shipment(planned, order))

    async def label(self, request: Request) -> Response:
        only(request, "operation", "shippingOptionId")
        _, planned = self._planned(request)
        body = await body_of(request)
        if request.query_params.get("operation") != "GENERATE" or not planned.package_id:
            raise bad("Invalid Input.")
        if body.get("packageIds") != [planned.package_id]:
            raise bad("Invalid Input.")
        if planned.status not in ("PACKAGE_CREATED", "SHIPLABEL_GENERATED"):
            raise Refusal(409, "Conflict", "The shipment is past its label")
        parcel = body["courierSupportedAttributes"]
        self._seller.label(planned, parcel["carrierName"], parcel["trackingId"])
        return answer({"packageShipLabelList": [views.label(planned)]})

    async def package(self, request: Request) -> Response:
        order, planned = self._planned(request)
        body = await body_of(request)
        if request.path_params["package_id"] != planned.package_id:
            raise Refusal(404, "NotFound", "The package is not found")
        if body.get("status") != "SHIPPED":
            raise bad("Invalid Input.")
        if planned.status != "SHIPLABEL_GENERATED":
            raise Refusal(409, "Conflict", f"The package is {planned.status}")
        self._seller.hand_over(order, planned)
        return Response(status_code=204)


def _key(order: Order) -> str:
    return order.updated_at.astimezone(UTC).isoformat()


def _included(request: Request) -> list[str]:
    found = words(request, "includedData")
    if not set(found) <= set(PARTS):
        raise bad("includedData has an unknown part")
    return found


def _names_skus(asked: Any) -> bool:
    return "sellerSkus" in asked or "sellerSku" in asked


def _require_ours(marketplaces: list[str]) -> None:
    if any(one != MARKETPLACE for one in marketplaces):
        raise bad("Invalid Input: marketplace")
