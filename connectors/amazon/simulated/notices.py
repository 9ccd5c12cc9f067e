"""Notifications as Amazon words them, in EventBridge's envelope.

Source: amazon-sp-api/notification-schemas (v0's words for an order's state, and small letters
nowhere).
"""

import uuid
from datetime import datetime
from typing import Any

from connectors.amazon.simulated.model import Holding, Item, Order
from connectors.amazon.simulated.seller import MARKETPLACE
from connectors.amazon.simulated.views import asin, time
from connectors.sdk.simulator import Good

SELLER_ID = "A3SIMULATED0SELLER"
_APPLICATION = "amzn1.sellerapps.app.simulated"

# The same states in v0's words, which notifications kept.
_STATUS = {
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
}


def id_of(number: int, what: str) -> str:
    """Give an id that only the number decides."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"simulated-amazon:{what}:{number}"))


def envelope(number: int, topic: str, detail: dict[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "version": "0",
        "id": id_of(number, "event"),
        "detail-type": topic,
        "source": f"aws.partner/sellingpartnerapi.amazon.com/{_APPLICATION}",
        "account": "123456789012",
        "time": time(now),
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


def order_change(number: int, found: Order, now: datetime) -> dict[str, Any]:
    payload = {
        "NotificationLevel": "OrderLevel",
        "SellerId": SELLER_ID,
        "AmazonOrderId": found.id,
        "OrderChangeType": "OrderStatusChange",
        "OrderChangeTrigger": {"TimeOfOrderChange": time(now), "ChangeReason": "Status"},
        "Summary": {
            "MarketplaceId": MARKETPLACE,
            "OrderStatus": _STATUS[found.status],
            "PurchaseDate": time(found.created_at),
            "DestinationPostalCode": found.shopper.address.postal_code if found.shopper else None,
            "FulfillmentType": "AFN" if found.by == "AMAZON" else "MFN",
            "OrderType": "StandardOrder",
            "NumberOfItemsShipped": sum(item.shipped for item in found.items),
            "NumberOfItemsUnshipped": sum(item.waiting for item in found.items),
            "OrderItems": [_item(item) for item in found.items],
        },
    }
    return _notification("ORDER_CHANGE", {"OrderChangeNotification": payload}, now, number)


def _item(item: Item) -> dict[str, Any]:
    return {
        "OrderItemId": item.id,
        "SellerSKU": item.good.sku,
        "SupplySourceId": None,
        "Quantity": item.ordered,
        "QuantityShipped": item.shipped,
    }


def outbound(number: int, found: Order, now: datetime) -> dict[str, Any]:
    payload = {
        "SellerId": SELLER_ID,
        "AmazonOrderId": found.id,
        "AmazonShipmentId": f"S{number:08d}",
        "ShipmentStatus": "Shipped",
    }
    topic = "FBA_OUTBOUND_SHIPMENT_STATUS"
    return _notification(topic, {"FBAOutboundShipmentStatusNotification": payload}, now, number)


def availability(number: int, good: Good, held: Holding, now: datetime) -> dict[str, Any]:
    """The one notification whose schema has no NotificationMetadata."""
    inventory = {
        "InboundQuantityBreakdown": {
            "Working": held.announced,
            "Shipped": held.on_the_way,
            "Receiving": held.receiving,
        },
        "Fulfillable": held.fulfillable,
        "Unfulfillable": held.unsellable,
        "Researching": held.researching,
        "ReservedQuantityBreakdown": {
            "WarehouseProcessing": held.processing,
            "WarehouseTransfer": held.between_centers,
            "PendingCustomerOrder": held.for_orders,
        },
        "FutureSupplyBuyable": 0,
        "PendingCustomerOrderInTransit": 0,
    }
    payload = {
        "SellerId": SELLER_ID,
        "FNSKU": f"X{good.barcode}",
        "ASIN": asin(good),
        "SKU": good.sku,
        "FulfillmentInventoryByMarketplace": [
            {
                "MarketplaceId": MARKETPLACE,
                "ItemName": good.title,
                "FulfillmentInventory": inventory,
            }
        ],
    }
    notification = _notification("FBA_INVENTORY_AVAILABILITY_CHANGES", payload, now, number)
    del notification["NotificationMetadata"]
    return notification


def _notification(
    topic: str, payload: dict[str, Any], now: datetime, number: int
) -> dict[str, Any]:
    return {
        "NotificationVersion": "1.0",
        "NotificationType": topic,
        "PayloadVersion": "1.0",
        "EventTime": time(now),
        "Payload": payload,
        "NotificationMetadata": {
            "ApplicationId": _APPLICATION,
            "SubscriptionId": id_of(0, "subscription"),
            "PublishTime": time(now),
            "NotificationId": id_of(number, "notification"),
        },
    }
