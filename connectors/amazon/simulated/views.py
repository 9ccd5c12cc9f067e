"""How Amazon shows orders and stock. Source: orders_2026-01-01.json, fbaInventory.json,
externalFulfillmentShipments_2024-09-11.json, externalFulfillmentInventory_2024-09-11.json."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from connectors.amazon.simulated.model import (
    ON_THE_WAY,
    Count,
    Holding,
    Item,
    Order,
    Package,
    Planned,
    dollars,
)
from connectors.amazon.simulated.seller import MARKETPLACE
from connectors.sdk.simulator import Good

TAX_PERCENT = 8


def time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def order(found: Order, included: Collection[str]) -> dict[str, Any]:
    """An order with the parts that were asked for, and those that it always has."""
    channel: dict[str, Any] = {"channelName": found.channel}
    if found.channel == "AMAZON":
        channel |= {"marketplaceId": MARKETPLACE, "marketplaceName": "Amazon.com"}
    parts: dict[str, dict[str, Any]] = {
        "BUYER": {"buyer": _buyer(found)},
        "RECIPIENT": {"recipient": {"deliveryAddress": _address(found)}},
        "PROCEEDS": {"proceeds": _proceeds(found)},
        "FULFILLMENT": {"fulfillment": _fulfillment(found)},
        "PACKAGES": {"packages": [_package(one) for one in found.packages]},
        "FULFILLMENT_ORDERS": {
            "fulfillmentOrders": [{"fulfillmentOrderId": one.id} for one in (found.planned,) if one]
        },
    }
    view = {
        "orderId": found.id,
        "createdTime": time(found.created_at),
        "lastUpdatedTime": time(found.updated_at),
        "salesChannel": channel,
        "orderItems": [_item(found, item, included) for item in found.items],
    }
    for name, value in parts.items():
        if name in included:
            view |= {key: one for key, one in value.items() if one}
    return view


def _buyer(found: Order) -> dict[str, Any]:
    """What Amazon tells of a buyer: of its own orders nothing that leads to one."""
    if found.shopper is None or found.by == "AMAZON":
        return {}
    return {
        "buyerName": f"{found.shopper.first_name} {found.shopper.last_name}",
        "buyerEmail": f"{found.id.replace('-', '')}@marketplace.amazon.com",
    }


def _address(found: Order) -> dict[str, Any]:
    if found.shopper is None:
        return {}
    shopper, at = found.shopper, found.shopper.address
    stated = {
        "name": at.name or f"{shopper.first_name} {shopper.last_name}",
        "addressLine1": at.line1,
        "addressLine2": at.line2,
        "city": at.city,
        "stateOrRegion": at.province,
        "postalCode": at.postal_code,
        "countryCode": at.country_code,
        "phone": at.phone,
        "addressType": "RESIDENTIAL",
    }
    hidden = ("name", "addressLine1", "addressLine2", "phone") if found.by == "AMAZON" else ()
    return {name: value for name, value in stated.items() if value and name not in hidden}


def _money(minor: int) -> dict[str, str]:
    return {"amount": dollars(minor), "currencyCode": "USD"}


def _tax(minor: int) -> int:
    return (minor * TAX_PERCENT + 50) // 100


def _proceeds(found: Order) -> dict[str, Any]:
    """The money of an order; nothing while it is pending."""
    if found.status == "PENDING":
        return {}
    tax = sum(_tax(item.good.price_minor * item.ordered) for item in found.items)
    parts = {"ITEM": found.goods_minor, "SHIPPING": found.carriage_minor, "TAX": tax}
    return {
        "grandTotal": _money(sum(parts.values())),
        "breakdowns": [
            {"type": name, "subtotal": _money(minor)} for name, minor in parts.items() if minor
        ],
    }


def _fulfillment(found: Order) -> dict[str, Any]:
    return {
        "fulfillmentStatus": found.status,
        "fulfilledBy": found.by,
        "fulfillmentServiceLevel": "STANDARD",
    }


def _item(found: Order, item: Item, included: Collection[str]) -> dict[str, Any]:
    product: dict[str, Any] = {
        "asin": asin(item.good),
        "title": item.good.title,
        "sellerSku": item.good.sku,
    }
    view: dict[str, Any] = {
        "orderItemId": item.id,
        "quantityOrdered": item.ordered,
        "product": product,
    }
    if found.status != "PENDING":
        goods = item.good.price_minor * item.ordered
        product["price"] = {"unitPrice": _money(item.good.price_minor)}
        if "PROCEEDS" in included:
            parts = [("ITEM", goods), ("TAX", _tax(goods))]
            view["proceeds"] = {
                "proceedsTotal": _money(goods + _tax(goods)),
                "breakdowns": [{"type": name, "subtotal": _money(one)} for name, one in parts],
            }
    if "FULFILLMENT" in included:
        view["fulfillment"] = {
            "quantityFulfilled": item.shipped,
            "quantityUnfulfilled": item.waiting,
        }
    if "CANCELLATION" in included and item.canceled:
        executed = {"cancelledBy": "BUYER", "cancelReason": "Ordered by mistake"}
        view["cancellation"] = {"cancellationExecution": executed}
    return view


def asin(good: Good) -> str:
    return f"B{sum(map(ord, good.sku)):09d}"


def _package(found: Package) -> dict[str, Any]:
    status, detail = ON_THE_WAY[found.step]
    return {
        "packageReferenceId": found.reference,
        "createdTime": time(found.created_at),
        "packageStatus": {"status": status, "detailedStatus": detail},
        "carrier": found.carrier,
        "shipTime": time(found.shipped_at),
        "shippingService": "Ground",
        "trackingNumber": found.number,
        "packageItems": [
            {"orderItemId": item_id, "quantity": units} for item_id, units in found.lines
        ],
    }


def summary(good: Good, held: Holding, *, with_details: bool) -> dict[str, Any]:
    """What Amazon holds of a SKU; its total counts what is on its way in as well."""
    reserved = held.for_orders + held.between_centers + held.processing
    here = held.fulfillable + reserved + held.researching + held.unsellable
    view: dict[str, Any] = {
        "asin": asin(good),
        "fnSku": f"X{good.barcode}",
        "sellerSku": good.sku,
        "condition": "NewItem",
        "lastUpdatedTime": time(held.updated_at),
        "productName": good.title,
        "totalQuantity": here + held.announced + held.on_the_way + held.receiving,
    }
    if with_details:
        view["inventoryDetails"] = {
            "fulfillableQuantity": held.fulfillable,
            "inboundWorkingQuantity": held.announced,
            "inboundShippedQuantity": held.on_the_way,
            "inboundReceivingQuantity": held.receiving,
            "reservedQuantity": {
                "totalReservedQuantity": reserved,
                "pendingCustomerOrderQuantity": held.for_orders,
                "pendingTransshipmentQuantity": held.between_centers,
                "fcProcessingQuantity": held.processing,
            },
            "researchingQuantity": {"totalResearchingQuantity": held.researching},
            "unfulfillableQuantity": {"totalUnfulfillableQuantity": held.unsellable},
        }
    return view


def count(sku: str, location_id: str, held: Count) -> dict[str, Any]:
    return {
        "status": {"statusCode": 200, "reasonPhrase": "Success"},
        "body": {
            "skuId": sku,
            "locationId": location_id,
            "sellableQuantity": max(0, held.on_hand - held.reserved),
            "reservedQuantity": held.reserved,
            "clientSequenceNumber": held.sequence,
            "actionableErrors": [],
        },
    }


def no_count(sku: str, location_id: str, word: str) -> dict[str, Any]:
    errors = [{"errorType": word, "errorSubType": f"{word}: see the seller's listings"}]
    return {
        "status": {"statusCode": 400, "reasonPhrase": "Invalid Input"},
        "body": {"skuId": sku, "locationId": location_id, "actionableErrors": errors},
    }


def shipment(found: Planned, order: Order) -> dict[str, Any]:
    """A planned shipment, with all that the contract requires of one."""
    charges = [_charge("TOTAL", order.goods_minor)]
    view: dict[str, Any] = {
        "id": found.id,
        "locationId": found.location_id,
        "marketplaceAttributes": {"marketplaceId": MARKETPLACE, "channelName": "MFN"},
        "shipmentInfo": {
            "shipmentType": "NEW",
            "numberOfUnits": sum(item.ordered for item in order.items),
            "priority": "LOW",
            "buyerOrderId": order.id,
        },
        "shipmentRequirements": {
            "pSlip": {"requirement": "NOT_REQUIRED"},
            "invoice": {"requirement": "NOT_REQUIRED"},
        },
        "charges": charges,
        "status": found.status,
        "lineItems": [
            {
                "shipmentLineItemId": str(number),
                "merchantSku": item.good.sku,
                "numberOfUnits": item.ordered,
                "charges": [_charge("PRODUCT", item.good.price_minor * item.ordered)],
                "complianceAttributes": dict.fromkeys(_COMPLIANCE, "DISALLOWED"),
            }
            for number, item in enumerate(order.items, start=1)
        ],
        "shippingInfo": {
            "expectedShippingDateTimeInUTC": time(order.created_at),
            "shippingType": "SELF",
        },
        "creationDateTime": time(order.created_at),
        "lastUpdatedDateTime": time(found.updated_at),
    }
    if found.package_id:
        view["packages"] = [_packed(found, order)]
    return view


_COMPLIANCE = (
    "serialNumberRequirement",
    "hazmatLabelsRequirement",
    "countryOfOriginRequirement",
    "itemValueRequirement",
)


def _packed(found: Planned, order: Order) -> dict[str, Any]:
    side = {"value": "20", "dimensionUnit": "CM"}
    status = "CREATED" if found.status == "PACKAGE_CREATED" else found.status
    return {
        "id": found.package_id,
        "dimensions": {"length": side, "width": side, "height": side},
        "weight": {"value": "450", "weightUnit": "G"},
        "packageLineItems": [
            {"packageLineItemId": str(number), "quantity": item.ordered}
            for number, item in enumerate(order.items, start=1)
        ],
        "status": status,
    }


def _charge(kind: str, minor: int) -> dict[str, Any]:
    def amounts(units: int) -> dict[str, Any]:
        stated = {"value": dollars(units), "currencyCode": "USD"}
        nothing = {"value": "0.00", "currencyCode": "USD"}
        return {"baseAmount": stated, "discountAmount": nothing, "netAmount": stated}

    return {
        "chargeType": kind,
        "baseCharge": amounts(minor),
        "totalCharge": amounts(minor),
        "totalTax": {"type": "TOTAL", "charge": amounts(0)},
    }


def label(found: Planned) -> dict[str, Any]:
    return {
        "packageId": found.package_id,
        "shipLabelMetadata": {"carrierName": found.carrier, "trackingId": found.number},
        "status": "SUCCESS",
    }
