"""What the warehouses look like in ShipBob's JSON. Source: openapi-2026-01.json."""

from datetime import UTC, datetime
from typing import Any

from connectors.sdk.simulator import Place
from connectors.shipbob.simulated.model import (
    CHANNEL_ID,
    GoodsBack,
    Item,
    Order,
    Shipment,
    Stock,
)
from connectors.shipbob.simulated.warehouse import Warehouse

_CHANNEL = {"id": CHANNEL_ID, "name": "Unified gateway"}


def channels() -> list[dict[str, Any]]:
    """Our channel, after one that belongs to the account and may only be read."""
    reads = ["channels_read", "orders_read", "products_read", "inventory_read", "returns_read"]
    return [
        {"id": 1, "name": "ShipBob Default", "application_name": "ShipBob", "scopes": reads},
        {**_CHANNEL, "application_name": "SMA", "scopes": [*reads, "orders_write"]},
    ]


def location(location_id: int, place: Place) -> dict[str, Any]:
    address = {
        "name": place.name,
        "address1": place.address.line1,
        "address2": place.address.line2,
        "city": place.address.city,
        "state": place.address.province,
        "zip_code": place.address.postal_code,
        "country": place.address.country_code,
        "phone_number": place.address.phone,
        "email": place.address.email,
    }
    return {
        "id": location_id,
        "abbreviation": place.code,
        "name": place.name,
        "is_active": True,
        "is_receiving_enabled": True,
        "is_shipping_enabled": True,
        "access_granted": True,
        "attributes": [],
        "region": {"id": 1, "name": "North America"},
        "services": [{"service_type": "Receiving", "enabled": True, "address": address}],
        "timezone": "America/Los_Angeles",
    }


def product(items: list[Item], warehouse: Warehouse) -> dict[str, Any]:
    """One product with its variants."""
    first = items[0]
    return {
        "id": first.product_id,
        "name": first.good.product if first.good else first.title,
        "type": "Regular",
        "user_id": 386350,
        "created_on": _time(first.updated_at),
        "updated_on": _time(max(each.updated_at for each in items)),
        "variants": [_variant(each, warehouse) for each in items],
    }


def _variant(item: Item, warehouse: Warehouse) -> dict[str, Any]:
    on_hand = sum(
        stock.on_hand for (each, _), stock in warehouse.stock.items() if each == item.inventory_id
    )
    barcode = item.good.barcode if item.good else item.sku
    return {
        "id": item.variant_id,
        "name": item.title,
        "sku": item.sku,
        "status": "Active",
        "barcodes": [{"value": barcode, "sticker_url": None}],
        "inventory": {"inventory_id": item.inventory_id, "on_hand_qty": on_hand},
        "weight": {"weight": item.good.weight_g if item.good else 0, "unit": "g"},
        "is_digital": False,
        "upc": None,
        "gtin": None,
        "created_on": _time(item.updated_at),
        "updated_on": _time(item.updated_at),
        "channel_metadata": [],
        "bundle_definition": [],
    }


def level(item: Item, warehouse: Warehouse) -> dict[str, Any]:
    """One item's stock, by place."""
    return {
        "inventory_id": item.inventory_id,
        "name": item.title,
        "sku": item.sku,
        "locations": [
            _at(location_id, place, warehouse.stock[item.inventory_id, location_id])
            for location_id, place in warehouse.places.items()
            if (item.inventory_id, location_id) in warehouse.stock
        ],
    }


def _at(location_id: int, place: Place, stock: Stock) -> dict[str, Any]:
    return {
        "location_id": location_id,
        "name": place.name,
        "on_hand_quantity": stock.on_hand,
        "committed_quantity": stock.committed,
        "fulfillable_quantity": stock.fulfillable,
        "awaiting_quantity": stock.awaiting,
        "internal_transfer_quantity": 0,
    }


def order(found: Order, warehouse: Warehouse) -> dict[str, Any]:
    body = found.body
    return {
        "id": found.id,
        "channel": {**_CHANNEL, "id": found.channel_id},
        "created_date": _time(found.created_at),
        "purchase_date": body.get("purchase_date"),
        "reference_id": found.reference_id,
        "order_number": body.get("order_number") or found.reference_id,
        "status": found.status,
        "type": body["type"],
        "recipient": body["recipient"],
        "shipping_method": body["shipping_method"],
        "gift_message": None,
        "tags": body.get("tags"),
        "products": [
            _ordered(posted, item, units)
            for posted, (item, units) in zip(body["products"], found.lines, strict=True)
        ],
        "shipments": [shipment(each, warehouse) for each in found.shipments],
    }


def _ordered(posted: dict[str, Any], item: Item, units: int) -> dict[str, Any]:
    return {
        "id": item.legacy_id,
        "reference_id": item.sku,
        "sku": item.sku,
        "quantity": units,
        "unit_price": posted.get("unit_price"),
        "external_line_id": posted.get("external_line_id"),
        "gtin": None,
        "upc": None,
        "quantity_unit_of_measure_code": None,
    }


def shipment(found: Shipment, warehouse: Warehouse) -> dict[str, Any]:
    recipient = warehouse.orders[found.order_id].body["recipient"]
    detail = found.detail
    return {
        "id": found.id,
        "order_id": found.order_id,
        "reference_id": found.reference_id,
        "status": found.status,
        "status_details": [_detail(*detail)] if detail else [],
        "location": {
            "id": found.location_id,
            "name": warehouse.places[found.location_id].name,
        },
        "created_date": _time(found.created_at),
        "last_update_at": _time(found.updated_at),
        "last_tracking_update_at": _time(found.tracked_at),
        "actual_fulfillment_date": _time(found.shipped_at),
        "delivery_date": _time(found.delivered_at),
        "ship_option": "Standard",
        "require_signature": False,
        "is_tracking_uploaded": False,
        "invoice_amount": None,
        "invoice_currency_code": None,
        "recipient": {**recipient, "full_name": recipient["name"]},
        "products": [_packed(item, units) for item, units in found.lines],
        "tracking": _tracking(found),
        "parent_cartons": [],
    }


def _detail(number: int, name: str, description: str) -> dict[str, Any]:
    return {
        "id": number,
        "name": name,
        "description": description,
        "inventory_id": None,
        "exception_fulfillment_center_id": None,
        "extra_information": {"validation_messages": []},
    }


def _packed(item: Item, units: int) -> dict[str, Any]:
    inventory = {
        "id": item.inventory_id,
        "name": item.title,
        "quantity": units,
        "quantity_committed": units,
        "lot": None,
        "expiration_date": None,
        "is_dangerous_goods": False,
        "serial_numbers": None,
    }
    return {
        "id": item.legacy_id,
        "name": item.title,
        "reference_id": item.sku,
        "sku": item.sku,
        "inventory_items": [inventory],
    }


def _tracking(found: Shipment) -> dict[str, Any]:
    number = tracking_number(found) if found.scans else None
    return {
        "tracking_number": number,
        "tracking_url": f"https://track.example/{number}" if number else None,
        "carrier": "USPS" if number else None,
        "carrier_service": "Priority" if number else None,
        "bol": None,
        "pro_number": None,
        "scac": None,
        "shipping_date": None,
    }


def tracking_number(found: Shipment) -> str:
    return f"9400{found.id:018d}"


def tracking(found: Shipment) -> dict[str, Any]:
    """All that the carrier said, the latest first."""
    last_at, status, substatus = found.scans[-1]
    return {
        "shipment_id": found.id,
        "tracking_id": tracking_number(found),
        "carrier_tracking_number": tracking_number(found),
        "carrier": "USPS",
        "service": "Priority",
        "status": status,
        "substatus": substatus,
        "message": substatus,
        "carrier_message": None,
        "location": "Reno, NV",
        "eta": None,
        "last_updated": _time(last_at),
        "public_tracking_url": f"https://track.example/{tracking_number(found)}",
        "history": [
            {
                "timestamp": _time(at),
                "status": word,
                "substatus": finer,
                "message": finer,
                "carrier_message": None,
                "location": "Reno, NV",
            }
            for at, word, finer in reversed(found.scans)
        ],
    }


def event(subject: Shipment | GoodsBack, warehouse: Warehouse) -> dict[str, Any]:
    """What a webhook carries: the subject as the API gives it."""
    if isinstance(subject, GoodsBack):
        return goods_back(subject, warehouse)
    return shipment(subject, warehouse)


def goods_back(found: GoodsBack, warehouse: Warehouse) -> dict[str, Any]:
    shipped = found.shipment
    return {
        "id": found.id,
        "reference_id": found.reference_id,
        "return_type": "Regular",
        "status": found.status,
        "status_history": [{"status": word, "timestamp": _time(at)} for word, at in found.history],
        "insert_date": _time(found.created_at),
        "arrived_date": _time(found.reached("Arrived")),
        "processing_date": _time(found.reached("Processing")),
        "completed_date": _time(found.reached("Completed")),
        "cancelled_date": _time(found.reached("Cancelled")),
        "original_shipment_id": shipped.id,
        "store_order_id": shipped.reference_id,
        "shipment_tracking_number": tracking_number(shipped),
        "tracking_number": None,
        "customer_name": "Northwind",
        "channel": _CHANNEL,
        "fulfillment_center": {
            "id": found.location_id,
            "name": warehouse.places[found.location_id].name,
        },
        "inventory": [
            {"id": item.inventory_id, "name": item.title, "sku": item.sku, "quantity": units}
            for item, units in found.lines
        ],
        "transactions": [],
    }


def return_order(found: GoodsBack, warehouse: Warehouse) -> dict[str, Any]:
    """What the making of a return is answered with: the return as version 1 had it."""
    whole = goods_back(found, warehouse)
    names = (
        *("id", "reference_id", "return_type", "status", "insert_date", "completed_date"),
        *("original_shipment_id", "store_order_id", "tracking_number", "customer_name"),
        *("channel", "fulfillment_center", "transactions"),
    )
    rows = [
        {"id": item.inventory_id, "name": item.title, "quantity": units}
        for item, units in found.lines
    ]
    return {**{name: whole[name] for name in names}, "inventory": rows, "invoice_amount": None}


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
