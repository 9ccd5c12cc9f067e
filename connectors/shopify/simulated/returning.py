"""Goods come back: asked for, approved, received."""

from functools import partial

from connectors.shopify.simulated import news
from connectors.shopify.simulated.shop import Node, Shop


def request(shop: Shop, order: Node, units: dict[str, int]) -> Node:
    """The customer asks to send units back, by line id."""
    back: Node = {"order": order, "status": "REQUESTED", "createdAt": shop.now()}
    back |= {"units": units, "reverseFulfillmentOrders": []}
    handle = shop.keep("ReturnReasonDefinition", {"handle": "size-too-small"})
    back["returnLineItems"] = [
        shop.keep("ReturnLineItem", {"quantity": one, "returnReasonDefinition": handle})
        for one in units.values()
    ]
    order["returns"].append(shop.keep("Return", back))
    order["updatedAt"] = shop.now()
    shop.emit("returns/request", lambda: news.back(back))
    return back


def approve(shop: Shop, back: Node) -> None:
    """The merchant expects the goods: now it is said which."""
    work: Node = {"order": back["order"], "return": back, "lineItems": []}
    for line_id, units in back["units"].items():
        sent = next(
            item
            for one in back["order"]["fulfillments"]
            for item in one["fulfillmentLineItems"]
            if item["lineItem"]["id"] == line_id
        )
        item = {"totalQuantity": units, "fulfillmentLineItem": sent, "dispositions": []}
        work["lineItems"].append(shop.keep("ReverseFulfillmentOrderLineItem", item))
    back["reverseFulfillmentOrders"].append(shop.keep("ReverseFulfillmentOrder", work))
    back["status"] = "OPEN"
    shop.emit("returns/approve", lambda: news.back(back))


def receive(shop: Shop, back: Node, line_id: str, units: int, place: str) -> None:
    """Units arrive at a location and go back on its shelf."""
    location = shop.location(place)
    for work in back["reverseFulfillmentOrders"]:
        for item in work["lineItems"]:
            line = item["fulfillmentLineItem"]["lineItem"]
            if line["id"] == line_id:
                kept = {"type": "RESTOCKED", "quantity": units, "location": location}
                disposition = shop.keep("ReverseFulfillmentOrderDisposition", kept)
                item["dispositions"].append(disposition)
                shop.move(shop.level(line["sku"], location), available=units)
                body = partial(news.disposed, work, item)
                shop.emit("reverse_fulfillment_orders/dispose", body)
                return
