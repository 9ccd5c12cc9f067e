"""Webhook bodies: the same facts in REST's shape, as Shopify sends them.

Source: the schemas under webhook-schemas (webhooks 2026-07); a test validates every body.
"""

from decimal import Decimal

from connectors.shopify.simulated.shop import Node, Shop, number_of

SHOP_NUMBER = 548380009
_NEVER = dict.fromkeys(
    "app_id browser_ip cart_token checkout_token client_details closed_at company "
    "confirmation_number current_total_additional_fees_set current_total_duties_set device_id "
    "landing_site landing_site_ref merchant_of_record_app_id original_total_additional_fees_set "
    "original_total_duties_set payment_terms po_number reference referring_site source_identifier "
    "source_url user_id".split()
)
"""Fields of an order that this shop never fills."""


def order(shop: Shop, node: Node) -> Node:
    shipped = _units(node)
    return {
        **_NEVER,
        **_order_money(shop, node, node["totals"]),
        **_order_names(shop, node),
        **_order_times(node),
        "billing_address": _address(node["billingAddress"]),
        "customer": customer(node["customer"], shop.currency) if node["customer"] else None,
        "discount_applications": [],
        "discount_codes": [],
        "fulfillments": [fulfillment(shop, one) for one in node["fulfillments"]],
        "line_item_groups": [],
        "line_items": [
            line_item(shop, one) | _line_state(one, shipped) for one in node["lineItems"]
        ],
        "location_id": number_of(node["retailLocation"]["id"]) if node["retailLocation"] else None,
        # The contract's schema was inferred from examples without refunds or returns.
        "refunds": [],
        "returns": [],
        "shipping_address": _address(node["shippingAddress"]),
        "shipping_lines": _shipping_lines(shop, node),
        "tax_lines": [],
        "total_weight": sum(one["grams"] * one["quantity"] for one in node["lineItems"]),
        **dict.fromkeys(_NO, False),
    }


_NO = ("buyer_accepts_marketing", "duties_included", "estimated_taxes", "tax_exempt", "test")


def _order_names(shop: Shop, node: Node) -> Node:
    """What the order is called, and whose it is."""
    number, email = number_of(node["id"]), node["email"] or "nobody@example.com"
    return {
        "id": number,
        "admin_graphql_api_id": node["id"],
        "contact_email": email,
        "currency": shop.currency,
        "customer_locale": "en",
        "email": email,
        "merchant_business_entity_id": "MTU0ODM4MDAwOQ",
        "name": node["name"],
        "note": node["note"],
        "note_attributes": [],
        "number": int(node["name"][1:]) - 1000,
        "order_number": int(node["name"][1:]),
        "order_status_url": f"https://simulated.myshopify.com/orders/{number}",
        "payment_gateway_names": ["shopify_payments"],
        "phone": node["phone"],
        "presentment_currency": shop.currency,
        "source_name": "pos" if node["retailLocation"] else "web",
        "tags": "",
        "taxes_included": False,
        "token": f"{number:x}",
    }


def _order_times(node: Node) -> Node:
    """When things happened to it, and what state it is in."""
    cancelled = node["cancelReason"]
    return {
        "cancel_reason": cancelled.lower() if cancelled else None,
        "cancelled_at": node["cancelledAt"],
        "confirmed": True,
        "created_at": node["createdAt"],
        "financial_status": node["displayFinancialStatus"].lower(),
        "fulfillment_status": _fulfillment_status(node),
        "processed_at": node["processedAt"],
        "updated_at": node["updatedAt"],
    }


def _order_money(shop: Shop, node: Node, totals: dict[str, Decimal]) -> Node:
    zero, gone = Decimal(0), _gone(node)
    sets = {
        "subtotal_price": totals["subtotal"],
        "total_line_items_price": totals["subtotal"],
        "total_discounts": zero,
        "total_tax": totals["tax"],
        "total_price": totals["total"],
        "current_subtotal_price": totals["subtotal"] - gone,
        "current_total_discounts": zero,
        "current_total_tax": totals["tax"],
        "current_total_price": totals["total"] - gone,
    }
    only_sets = {
        "current_shipping_price_set": totals["shipping"],
        "total_shipping_price_set": totals["shipping"],
        "total_cash_rounding_payment_adjustment_set": zero,
        "total_cash_rounding_refund_adjustment_set": zero,
    }
    return {
        **{name: shop.amount(value) for name, value in sets.items()},
        **{f"{name}_set": money_set(shop, value) for name, value in sets.items()},
        **{name: money_set(shop, value) for name, value in only_sets.items()},
        "total_outstanding": shop.amount(zero),
        "total_tip_received": shop.amount(zero),
    }


def _gone(node: Node) -> Decimal:
    lines = node["lineItems"]
    return sum(
        (one["price"] * (one["quantity"] - one["currentQuantity"]) for one in lines), Decimal(0)
    )


def money_set(shop: Shop, value: Decimal) -> Node:
    """An amount as REST states it, for the shop and for the customer."""
    money = {"amount": shop.amount(value), "currency_code": shop.currency}
    return {"shop_money": money, "presentment_money": money}


def _units(node: Node) -> dict[str, int]:
    """Units sent, by line id."""
    sent: dict[str, int] = {}
    for one in node["fulfillments"]:
        for item in one["fulfillmentLineItems"]:
            line_id = item["lineItem"]["id"]
            sent[line_id] = sent.get(line_id, 0) + item["quantity"]
    return sent


def _fulfillment_status(node: Node) -> str | None:
    sent = sum(_units(node).values())
    if not sent:
        return None
    return "fulfilled" if sent >= sum(one["quantity"] for one in node["lineItems"]) else "partial"


def line_item(shop: Shop, line: Node) -> Node:
    """A line as orders, fulfillments and refunds all repeat it."""
    variant, title = line["variant"], line["variantTitle"]
    return {
        "id": number_of(line["id"]),
        "admin_graphql_api_id": line["id"],
        "discount_allocations": [],
        "duties": [],
        "fulfillable_quantity": line["currentQuantity"],
        "fulfillment_service": "manual",
        "fulfillment_status": None,
        "gift_card": False,
        "grams": line["grams"],
        "name": f"{line['title']} - {title}" if title else line["title"],
        "price": shop.amount(line["price"]),
        "price_set": money_set(shop, line["price"]),
        "product_exists": variant is not None,
        "product_id": number_of(variant["product"]["id"]) if variant else None,
        "properties": [],
        "quantity": line["quantity"],
        "requires_shipping": line["requiresShipping"],
        "sku": line["sku"],
        "tax_lines": [],
        "taxable": True,
        "title": line["title"],
        "total_discount": shop.amount(Decimal(0)),
        "total_discount_set": money_set(shop, Decimal(0)),
        "variant_id": number_of(variant["id"]) if variant else None,
        "variant_inventory_management": "shopify" if variant else None,
        "variant_title": title,
        "vendor": "Simulated",
    }


def _line_state(line: Node, shipped: dict[str, int]) -> Node:
    sent = shipped.get(line["id"], 0)
    status = None if not sent else "fulfilled" if sent >= line["quantity"] else "partial"
    return {
        "attributed_staffs": [],
        "current_quantity": line["currentQuantity"],
        "fulfillable_quantity": max(0, line["currentQuantity"] - sent),
        "fulfillment_status": status,
    }


def _shipping_lines(shop: Shop, node: Node) -> list[Node]:
    if node["shippingLine"] is None:
        return []
    price = node["totals"]["shipping"]
    return [
        {
            "id": number_of(node["id"]),
            "carrier_identifier": None,
            "code": node["shippingLine"]["title"],
            "current_discounted_price_set": money_set(shop, price),
            "discount_allocations": [],
            "discounted_price": shop.amount(price),
            "discounted_price_set": money_set(shop, price),
            "is_removed": False,
            "phone": None,
            "price": shop.amount(price),
            "price_set": money_set(shop, price),
            "requested_fulfillment_service_id": None,
            "source": "shopify",
            "tax_lines": [],
            "title": node["shippingLine"]["title"],
        }
    ]


def _address(node: Node | None) -> Node | None:
    if node is None:
        return None
    first, _, last = (node["name"] or "").partition(" ")
    return {
        "first_name": first,
        "last_name": last,
        "name": node["name"] or "",
        "company": node["company"],
        "address1": node["address1"] or "",
        "address2": node["address2"],
        "city": node["city"] or "",
        "province": node["provinceCode"] or "",
        "province_code": node["provinceCode"] or "",
        "zip": node["zip"] or "",
        "country": node["countryCodeV2"] or "",
        "country_code": node["countryCodeV2"] or "",
        "phone": node["phone"] or "",
        "latitude": None,
        "longitude": None,
    }


def customer(node: Node, currency: str) -> Node:
    number, address = number_of(node["id"]), _address(node["addressesV2"][0]) or {}
    for absent in ("latitude", "longitude"):
        address.pop(absent, None)
    home = {
        **address,
        "id": number_of(node["addressesV2"][0]["id"]),
        "customer_id": number,
        "country_name": address["country"],
        "default": True,
    }
    return {
        "id": number,
        "admin_graphql_api_id": node["id"],
        "addresses": [],
        "created_at": node["createdAt"],
        "updated_at": node["updatedAt"],
        "currency": currency,
        "default_address": home,
        "email": node["defaultEmailAddress"]["emailAddress"],
        "first_name": node["firstName"],
        "last_name": node["lastName"],
        "multipass_identifier": None,
        "note": "",
        "phone": node["defaultPhoneNumber"]["phoneNumber"],
        "state": node["state"].lower(),
        "tax_exempt": False,
        "tax_exemptions": [],
        "verified_email": node["verifiedEmail"],
    }


_TRACKING_STATUS = {"DELIVERED": "delivered"}


def fulfillment(shop: Shop, node: Node) -> Node:
    order_node, tracking = node["order"], node["trackingInfo"][0]
    number = tracking["number"] or ""
    url = tracking["url"] or f"https://track.example.com/{number}"
    return {
        "id": number_of(node["id"]),
        "admin_graphql_api_id": node["id"],
        "order_id": number_of(order_node["id"]),
        "name": f"{order_node['name']}.{order_node['fulfillments'].index(node) + 1}",
        "created_at": node["createdAt"],
        "updated_at": node["updatedAt"],
        "destination": _address(order_node["shippingAddress"]),
        "email": order_node["email"] or "nobody@example.com",
        "line_items": [
            line_item(shop, one["lineItem"])
            | {"quantity": one["quantity"], "fulfillment_status": "fulfilled"}
            for one in node["fulfillmentLineItems"]
        ],
        "location_id": number_of(node["location"]["id"]),
        "origin_address": {},
        "receipt": {},
        "service": "manual",
        "shipment_status": _TRACKING_STATUS.get(node["displayStatus"]),
        "status": node["status"].lower(),
        "tracking_company": tracking["company"] or "",
        "tracking_number": number,
        "tracking_numbers": [number] if number else [],
        "tracking_url": url,
        "tracking_urls": [url] if number else [],
    }
