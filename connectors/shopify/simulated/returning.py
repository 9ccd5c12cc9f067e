"""Goods come back: asked for by the customer or opened by the merchant, approved, received."""

from collections import Counter
from functools import partial
from typing import Any

from connectors.shopify.simulated import news
from connectors.shopify.simulated.shop import Node, Shop
from connectors.shopify.simulated.writing import error

REASONS = ("arrived-late", "comfort", "too-small", "color-too-bright", "quality")
"""A few of Shopify's library: some are published as examples of handles."""


def reasons(shop: Shop, handles: list[str]) -> list[Node]:
    """The definitions of these handles, as far as the library has them."""
    return [_reason(shop, one) for one in handles if one in REASONS]


def _reason(shop: Shop, handle: str) -> Node:
    kept = [one for one in shop.nodes.values() if one["__typename"] == "ReturnReasonDefinition"]
    found = next((one for one in kept if one["handle"] == handle), None)
    return found or shop.keep("ReturnReasonDefinition", {"handle": handle})


def request(shop: Shop, order: Node, units: dict[str, int]) -> Node:
    """The customer asks to send units back, by line id."""
    back: Node = {"order": order, "status": "REQUESTED", "createdAt": shop.now()}
    back |= {"units": units, "reverseFulfillmentOrders": []}
    asked = {"returnReasonDefinition": _reason(shop, "too-small"), "returnReasonNote": ""}
    back["returnLineItems"] = [
        shop.keep("ReturnLineItem", {"quantity": one, **asked}) for one in units.values()
    ]
    order["returns"].append(shop.keep("Return", back))
    order["updatedAt"] = shop.now()
    shop.emit("returns/request", lambda: news.back(back))
    return back


def approve(shop: Shop, back: Node) -> None:
    """The merchant expects the goods: now it is said which."""
    sent = [item for one in back["order"]["fulfillments"] for item in one["fulfillmentLineItems"]]
    items = {item["lineItem"]["id"]: item for item in reversed(sent)}
    _expect(shop, back, [(items[line_id], units) for line_id, units in back["units"].items()])
    shop.emit("returns/approve", lambda: news.back(back))


def _expect(shop: Shop, back: Node, items: list[tuple[Node, int]]) -> None:
    work: Node = {"order": back["order"], "return": back, "lineItems": []}
    for sent, units in items:
        item = {"totalQuantity": units, "fulfillmentLineItem": sent, "dispositions": []}
        work["lineItems"].append(shop.keep("ReverseFulfillmentOrderLineItem", item))
    back["reverseFulfillmentOrders"].append(shop.keep("ReverseFulfillmentOrder", work))
    back["status"] = "OPEN"


def create(shop: Shop, **arguments: Any) -> Node:
    """The merchant opens a return, which needs no approval."""
    stated = arguments["returnInput"]
    order, lines = shop.nodes.get(stated["orderId"]), stated["returnLineItems"]
    if order is None:
        return _refused("return", "Order does not exist", "NOT_FOUND")
    items = [(shop.nodes.get(one["fulfillmentLineItemId"]), one["quantity"]) for one in lines]
    found = [(item, units) for item, units in items if item]
    if len(found) < len(items) or any(units > _returnable(order, one) for one, units in found):
        return _refused("return", "Quantity is not available to return", "INVALID")
    back: Node = {"order": order, "createdAt": shop.now(), "reverseFulfillmentOrders": []}
    back["returnLineItems"] = [_line(shop, one) for one in lines]
    order["returns"].append(shop.keep("Return", back))
    order["updatedAt"] = shop.now()
    _expect(shop, back, found)
    shop.emit("returns/approve", lambda: news.back(back))
    return {"return": back, "userErrors": []}


def _line(shop: Shop, stated: Node) -> Node:
    reason = shop.nodes.get(stated.get("returnReasonDefinitionId") or "")
    line = {"quantity": stated["quantity"], "returnReasonDefinition": reason}
    line["returnReasonNote"] = stated.get("returnReasonNote") or ""
    return shop.keep("ReturnLineItem", line)


def _returnable(order: Node, item: Node) -> int:
    """Units of a fulfillment's line that are in no return yet."""
    lines = [
        line
        for back in order["returns"]
        for work in back["reverseFulfillmentOrders"]
        for line in work["lineItems"]
    ]
    taken = [one["totalQuantity"] for one in lines if one["fulfillmentLineItem"] is item]
    left: int = item["quantity"] - sum(taken)
    return left


def dispose(shop: Shop, **arguments: Any) -> Node:
    """Say what becomes of units of open returns: all of them, or none when one cannot be."""
    stated = arguments["dispositionInputs"]
    units: Counter[str] = Counter()
    for one in stated:
        units[one["reverseFulfillmentOrderLineItemId"]] += one["quantity"]
        item = shop.nodes.get(one["reverseFulfillmentOrderLineItemId"])
        if item is None or units[item["id"]] > _left(item):
            return _refused("reverseFulfillmentOrderLineItems", "Invalid quantity", "INVALID")
        if one["dispositionType"] == "RESTOCKED" and one.get("locationId") not in shop.nodes:
            return _refused("reverseFulfillmentOrderLineItems", "Location is needed", "INVALID")
    for one in stated:
        _dispose(shop, one)
    items = [shop.nodes[item_id] for item_id in units]
    return {"reverseFulfillmentOrderLineItems": items, "userErrors": []}


def _left(item: Node) -> int:
    left: int = item["totalQuantity"] - sum(one["quantity"] for one in item["dispositions"])
    return left


def _dispose(shop: Shop, stated: Node) -> None:
    item = shop.nodes[stated["reverseFulfillmentOrderLineItemId"]]
    works = [one for one in shop.nodes.values() if one["__typename"] == "ReverseFulfillmentOrder"]
    work = next(one for one in works if item in one["lineItems"])
    place = shop.nodes.get(stated.get("locationId") or "")
    kept = {"type": stated["dispositionType"], "quantity": stated["quantity"], "location": place}
    item["dispositions"].append(shop.keep("ReverseFulfillmentOrderDisposition", kept))
    if stated["dispositionType"] == "RESTOCKED" and place:
        sku = item["fulfillmentLineItem"]["lineItem"]["sku"]
        shop.move(shop.level(sku, place), available=stated["quantity"])
    shop.emit("reverse_fulfillment_orders/dispose", partial(news.disposed, work, item))


def _refused(name: str, message: str, code: str) -> Node:
    return {name: None, "userErrors": [error(message, code=code)]}


def receive(shop: Shop, back: Node, line_id: str, units: int, place: str) -> None:
    """Units arrive at a location and go back on its shelf."""
    for work in back["reverseFulfillmentOrders"]:
        for item in work["lineItems"]:
            if item["fulfillmentLineItem"]["lineItem"]["id"] == line_id:
                stated = {"reverseFulfillmentOrderLineItemId": item["id"], "quantity": units}
                stated |= {"dispositionType": "RESTOCKED", "locationId": shop.location(place)["id"]}
                _dispose(shop, stated)
                return
