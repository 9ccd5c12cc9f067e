"""Rows as the marketplace writes them, written by us."""

from datetime import UTC, datetime, timedelta
from typing import Any

PLACED_AT = datetime(2026, 10, 21, 9, tzinfo=UTC)
"""When the first order was placed; each later one a minute after."""


def order(number: int, status: str = "confirmed", **values: Any) -> dict[str, Any]:
    """One seller's order of two kettles."""
    return {
        "id": order_id(number),
        "order_number": f"FC{number}",
        "status": status,
        "gross_amount": "76.00",
        "commission_rate": "0.1000",
        "commission_amount": "7.60",
        "refunded_amount": "0.00",
        "net_amount": "68.40",
        "delivered_at": "2026-10-23T09:00:00Z" if status == "delivered" else None,
        "items": [item(f"line-{number}", "KETTLE-2L", 2)],
        "shipping_address": {"first_name": "Mara", "last_name": "Lindqvist"},
        "customer_note": "",
        "created_at": placed_at(number).isoformat(),
    } | values


def order_id(number: int) -> str:
    return f"0f6a1d0e-0000-4000-8000-{number:012}"


def placed_at(number: int) -> datetime:
    return PLACED_AT + timedelta(minutes=number)


def item(line_id: str, sku: str, quantity: int, sent: int = 0) -> dict[str, Any]:
    """One line of a seller's order."""
    return {
        "order_item_id": line_id,
        "name": "Copper Kettle",
        "sku": sku,
        "quantity": quantity,
        "quantity_shipped": sent,
        "unit_price": "38.00",
        "line_total": f"{38 * quantity}.00",
    }


def newest_first(*numbers: int, status: str = "delivered") -> list[dict[str, Any]]:
    """Orders as the list has them."""
    return [order(number, status) for number in sorted(numbers, reverse=True)]


def listing(number: int, vendor_id: str) -> dict[str, Any]:
    """One product, as the list has it."""
    return {
        "id": f"product-{number}",
        "name": f"Kettle {number}",
        "short_description": "",
        "vendor_id": vendor_id,
        "status": "active",
    }


def variant(number: int) -> dict[str, Any]:
    """The one variant of a product."""
    return {
        "id": f"variant-{number}",
        "product": f"product-{number}",
        "sku": f"KETTLE-{number}",
        "name": "",
        "attributes": {},
        "price": "38.00",
        "weight": "1.250",
        "barcode": "",
    }


def stock(number: int, **values: Any) -> dict[str, Any]:
    """What is counted of one variant."""
    return {
        "id": f"stock-{number}",
        "product_id": f"variant-{number}",
        "sku": f"KETTLE-{number}",
        "on_hand": number,
        "reserved": 0,
        "available": number,
    } | values
