"""Webhook bodies of what happens to an order: scans, refunds, payments, edits, work, returns.

Source: the schemas under webhook-schemas (webhooks 2026-07); a test validates every body.
"""

from decimal import Decimal

from connectors.shopify.simulated.payloads import SHOP_NUMBER, line_item, money_set
from connectors.shopify.simulated.shop import Node, Shop, number_of


def fulfillment_event(event: Node) -> Node:
    node = event["fulfillment"]
    return {
        "id": number_of(event["id"]),
        "admin_graphql_api_id": event["id"],
        "fulfillment_id": number_of(node["id"]),
        "order_id": number_of(node["order"]["id"]),
        "shop_id": SHOP_NUMBER,
        "status": event["status"].lower(),
        "message": event["message"] or "",
        "happened_at": event["happenedAt"],
        "created_at": event["happenedAt"],
        "updated_at": event["happenedAt"],
        "estimated_delivery_at": None,
        "country": "US",
        **dict.fromkeys(("address1", "city", "province", "zip", "latitude", "longitude")),
    }


def refund(shop: Shop, node: Node) -> Node:
    order_node = node["order"]
    return {
        "id": number_of(node["id"]),
        "admin_graphql_api_id": node["id"],
        "order_id": number_of(order_node["id"]),
        "created_at": node["createdAt"],
        "processed_at": node["createdAt"],
        "note": node["note"] or "",
        "duties": [],
        "order_adjustments": [],
        "refund_line_items": [_refund_line(shop, one) for one in node["refundLineItems"]],
        "refund_shipping_lines": [],
        "restock": any(one["restockType"] != "NO_RESTOCK" for one in node["refundLineItems"]),
        "return": None,
        "total_duties_set": money_set(shop, Decimal(0)),
        "transactions": [_in_refund(shop, order_node, one) for one in node["transactions"]],
        "user_id": SHOP_NUMBER,
    }


def _in_refund(shop: Shop, order_node: Node, node: Node) -> Node:
    """A payment as a refund repeats it: without the card."""
    stated = transaction(shop, order_node, node)
    del stated["payment_details"]
    return stated


def _refund_line(shop: Shop, item: Node) -> Node:
    subtotal = item["lineItem"]["price"] * item["quantity"]
    return {
        "id": item["number"],
        "line_item": line_item(shop, item["lineItem"]),
        "line_item_id": number_of(item["lineItem"]["id"]),
        "location_id": None,
        "quantity": item["quantity"],
        "restock_type": item["restockType"].lower(),
        # JSON numbers, here and nowhere else.
        "subtotal": float(subtotal),
        "subtotal_set": money_set(shop, subtotal),
        "total_tax": 0,
        "total_tax_set": money_set(shop, Decimal(0)),
    }


_CARD = {
    **dict.fromkeys(
        "avs_result_code buyer_action_info credit_card_bin credit_card_expiration_month "
        "credit_card_expiration_year credit_card_name credit_card_wallet cvv_result_code".split()
    ),
    "credit_card_company": "Visa",
    "credit_card_number": "\u2022\u2022\u2022\u2022 0000",
    "payment_method_name": "visa",
}


def transaction(shop: Shop, order_node: Node, node: Node) -> Node:
    parent = node["parentTransaction"]
    nothing = {"amount": shop.amount(Decimal(0)), "currency": shop.currency}
    return {
        "id": number_of(node["id"]),
        "admin_graphql_api_id": node["id"],
        "order_id": number_of(order_node["id"]),
        "parent_id": number_of(parent["id"]) if parent else None,
        "amount": shop.amount(node["value"]),
        "amount_rounding": None,
        "authorization": "1001",
        "created_at": node["processedAt"],
        "processed_at": node["processedAt"],
        "currency": shop.currency,
        "device_id": None,
        "error_code": None,
        "gateway": node["gateway"],
        "kind": node["kind"].lower(),
        "location_id": None,
        "manual_payment_gateway": False,
        "message": None,
        "payment_id": f"{order_node['name']}.{order_node['transactions'].index(node) + 1}",
        "payment_details": _CARD,
        "receipt": {},
        "source_name": "web",
        "status": node["status"].lower(),
        "test": False,
        "total_unsettled_set": {"shop_money": nothing, "presentment_money": nothing},
        "user_id": None,
    }


def edit(shop: Shop, node: Node, removed: dict[str, int], note: str | None) -> Node:
    removals = [{"id": number_of(line), "delta": units} for line, units in removed.items()]
    stated: Node = {
        "id": shop.number(),
        "app_id": None,
        "created_at": shop.now(),
        "committed_at": shop.now(),
        "notify_customer": False,
        "order_id": number_of(node["id"]),
        "staff_note": note or "",
        "user_id": None,
        "line_items": {"additions": [], "removals": removals},
        "discounts": {"line_item": {"additions": [], "removals": []}},
        "shipping_lines": {"additions": [], "removals": []},
    }
    return {"order_edit": stated}


def work(node: Node) -> Node:
    return {"fulfillment_order": {"id": node["id"], "status": node["status"].lower()}}


def back(node: Node) -> Node:
    """A return that was asked for or approved."""
    order_node = node["order"]
    return {
        "id": number_of(node["id"]),
        "admin_graphql_api_id": node["id"],
        "status": node["status"].lower(),
        "order": {"id": number_of(order_node["id"]), "admin_graphql_api_id": order_node["id"]},
        "total_return_line_items": len(node["returnLineItems"]),
        "name": None,
        "return_line_items": [],
        "return_shipping_fees": [],
        "exchange_line_items": [],
        "total_exchange_line_items": 0,
    }


def deleted(gid: str) -> Node:
    return {"id": number_of(gid)}


def disposed(work_node: Node, item: Node) -> Node:
    """What became of units that came back."""
    done = item["dispositions"][-1]
    stated = {
        "reverse_fulfillment_order_line_item": _named(item),
        "reverse_delivery_line_item": None,
        "type": done["type"].lower(),
        "location": _named(done["location"]),
        "quantity": done["quantity"],
    }
    return {**_named(work_node), "dispositions": [stated], "total_dispositions": 1}


def _named(node: Node) -> Node:
    return {"id": number_of(node["id"]), "admin_graphql_api_id": node["id"]}
