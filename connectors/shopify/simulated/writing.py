"""The mutations: what Shopify does when it is told to, and when it refuses.

Each takes its arguments by their GraphQL names and returns its payload; a refusal stands in
``userErrors`` and leaves everything as it was.
"""

from decimal import Decimal
from typing import Any

from connectors.shopify.simulated import news, payloads, selling
from connectors.shopify.simulated.shop import Node, Shop, on_hand

DONE = ("CLOSED", "CANCELLED", "INCOMPLETE")


def error(message: str, *field: str, code: str | None = None) -> Node:
    return {"message": message, "field": list(field) or None, "code": code}


def touch(shop: Shop, order: Node, topic: str) -> None:
    """Move the order's time and announce it, under *topic* and as updated."""
    order["updatedAt"] = shop.now()
    for one in (topic, "orders/updated"):
        shop.emit(one, lambda: payloads.order(shop, order))


def sent(order: Node, line: Node) -> int:
    """Units of a line that left."""
    return sum(
        item["quantity"]
        for one in order["fulfillments"]
        for item in one["fulfillmentLineItems"]
        if item["lineItem"] is line
    )


def fulfillment_create(shop: Shop, fulfillment: Node, **_: Any) -> Node:
    wanted: list[tuple[Node, Node, int]] = []
    for group in fulfillment["lineItemsByFulfillmentOrder"]:
        work = shop.nodes.get(group["fulfillmentOrderId"])
        if work is None or work["status"] in (*DONE, "ON_HOLD", "SCHEDULED"):
            return _refused("fulfillment", "Fulfillment order is not ready", "fulfillment")
        items = group.get("fulfillmentOrderLineItems") or [
            {"id": one["id"], "quantity": one["remainingQuantity"]} for one in work["lineItems"]
        ]
        wanted += [(work, shop.nodes[one["id"]], one["quantity"]) for one in items]
    if len({work["assignedLocation"]["location"]["id"] for work, _, _ in wanted}) != 1:
        return _refused("fulfillment", "All fulfillment orders must be at one location")
    if any(units < 1 or units > item["remainingQuantity"] for _, item, units in wanted):
        return _refused("fulfillment", "Invalid fulfillment order line item quantity requested.")
    for work, item, units in wanted:
        _send(shop, work, item, units)
    groups = list({work["id"]: work for work, _, _ in wanted}.values())
    units_sent = [(item["lineItem"], units) for _, item, units in wanted]
    made = selling.fulfill(
        shop, groups[0]["order"], groups, units_sent, fulfillment.get("trackingInfo") or {}
    )
    return {"fulfillment": made, "userErrors": []}


def _refused(name: str, message: str, *field: str) -> Node:
    return {name: None, "userErrors": [error(message, *field)]}


def _send(shop: Shop, work: Node, item: Node, units: int) -> None:
    item["remainingQuantity"] -= units
    left = any(one["remainingQuantity"] for one in work["lineItems"])
    work["status"] = "IN_PROGRESS" if left else "CLOSED"
    if item["lineItem"]["variant"]:
        place = work["assignedLocation"]["location"]
        shop.move(shop.level(item["lineItem"]["sku"], place), committed=-units)


def fulfillment_event_create(shop: Shop, **arguments: Any) -> Node:
    stated = arguments["fulfillmentEvent"]
    fulfillment = shop.nodes.get(stated["fulfillmentId"])
    if fulfillment is None:
        return _refused("fulfillmentEvent", "Fulfillment does not exist.", "fulfillmentId")
    event = {
        "fulfillment": fulfillment,
        "status": stated["status"],
        "message": stated.get("message"),
        "happenedAt": stated.get("happenedAt") or shop.now(),
    }
    shop.keep("FulfillmentEvent", event)
    fulfillment["displayStatus"] = stated["status"]
    fulfillment["updatedAt"] = shop.now()
    if stated["status"] == "DELIVERED":
        fulfillment["deliveredAt"] = event["happenedAt"]
    shop.emit("fulfillment_events/create", lambda: news.fulfillment_event(event))
    shop.emit("fulfillments/update", lambda: payloads.fulfillment(shop, fulfillment))
    return {"fulfillmentEvent": event, "userErrors": []}


def inventory_set_quantities(shop: Shop, **arguments: Any) -> Node:
    stated, changes = arguments["input"], []
    for at, one in enumerate(stated["quantities"]):
        level = shop.levels.get((one["inventoryItemId"], one["locationId"]))
        refusal = _inventory_refusal(stated, one, level, str(at))
        if refusal is not None or level is None:
            return {"inventoryAdjustmentGroup": None, "userErrors": [refusal]}
        now = on_hand(level) if stated["name"] == "on_hand" else level["amounts"]["available"]
        changes.append((level, one["quantity"] - now))
    for level, delta in changes:
        if delta:
            shop.move(level, available=delta)
    if not any(delta for _, delta in changes):
        return {"inventoryAdjustmentGroup": None, "userErrors": []}
    group = shop.keep("InventoryAdjustmentGroup", {"reason": stated["reason"]})
    return {"inventoryAdjustmentGroup": group, "userErrors": []}


def _inventory_refusal(stated: Node, one: Node, level: Node | None, at: str) -> Node | None:
    path = ("input", "quantities", at)
    if stated["name"] not in ("available", "on_hand"):
        return error("The quantity name is invalid.", "input", "name", code="INVALID_NAME")
    if level is None:
        return error("The item is not stocked here.", *path, code="INVALID_INVENTORY_ITEM")
    if one["quantity"] < 0:
        return error(
            "The quantity can't be negative.",
            *path,
            "quantity",
            code="INVALID_QUANTITY_NEGATIVE",
        )
    now = on_hand(level) if stated["name"] == "on_hand" else level["amounts"]["available"]
    if one["changeFromQuantity"] not in (None, now):
        return error(
            "The changeFromQuantity argument no longer matches the persisted quantity.",
            *path,
            "changeFromQuantity",
            code="CHANGE_FROM_QUANTITY_STALE",
        )
    return None


def metafields_set(shop: Shop, metafields: list[Node]) -> Node:
    for one in metafields:
        owner = shop.nodes.get(one["ownerId"])
        if owner is None:
            return {"userErrors": [error("Owner does not exist.", "ownerId", code="INVALID")]}
        metafield = shop.keep("Metafield", {"value": one["value"]})
        owner["metafields"][one["namespace"], one["key"]] = metafield
    return {"userErrors": []}


def order_cancel(shop: Shop, **arguments: Any) -> Node:
    order = shop.nodes.get(arguments["orderId"])
    message = None
    if order is None or order["__typename"] != "Order":
        refusal = error("Order does not exist", "orderId", code="NOT_FOUND")
        return {"jobResult": None, "orderCancelUserErrors": [refusal]}
    if order["cancelledAt"]:
        message = "Order has already been cancelled"
    elif order["fulfillments"]:
        message = "Cannot cancel an order that has fulfilled items"
    if message:
        refusal = error(message, "orderId", code="INVALID")
        return {"jobResult": None, "orderCancelUserErrors": [refusal]}
    job = {"order": order, "arguments": arguments, "polls": shop.job_polls}
    job |= {"done": False, "status": "STARTED", "errors": []}
    shop.keep("OrderCancelJobResult", job)
    run_job(shop, job)
    return {"jobResult": job, "orderCancelUserErrors": []}


def run_job(shop: Shop, job: Node) -> None:
    """Go on with a cancellation; it is done after as many looks as `Shop.job_polls` says."""
    if job["done"]:
        return
    if job["polls"] > 0:
        job["polls"] -= 1
        return
    order, arguments = job["order"], job["arguments"]
    for work in order["fulfillmentOrders"]:
        for item in work["lineItems"]:
            _take_off(shop, work, item, item["remainingQuantity"], restock=arguments["restock"])
        work["status"] = "CANCELLED"
    restock = "CANCEL" if arguments["restock"] else "NO_RESTOCK"
    lines = [(line, line["currentQuantity"], restock) for line in order["lineItems"]]
    _refund(shop, order, lines, None, [])
    order["cancelledAt"], order["cancelReason"] = shop.now(), arguments["reason"]
    job["done"], job["status"] = True, "SUCCEEDED"
    touch(shop, order, "orders/cancelled")


def _take_off(shop: Shop, work: Node, item: Node, units: int, *, restock: bool) -> None:
    """These units will not be sent: the stock they held is free, or written off."""
    item["remainingQuantity"] -= units
    item["totalQuantity"] -= units
    if item["lineItem"]["variant"] and units:
        level = shop.level(item["lineItem"]["sku"], work["assignedLocation"]["location"])
        shop.move(level, committed=-units, available=units if restock else 0)


def order_edit_begin(shop: Shop, id: str) -> Node:
    order = shop.nodes.get(id)
    if order is None or order["cancelledAt"]:
        return _refused("orderEditSession", "The order cannot be edited.", "id")
    session = shop.keep("OrderEditSession", {"order": order, "left": {}, "restock": {}})
    return {"orderEditSession": session, "userErrors": []}


def order_edit_set_quantity(shop: Shop, **arguments: Any) -> Node:
    session = shop.nodes.get(arguments["id"])
    line_id = arguments["lineItemId"].replace("/CalculatedLineItem/", "/LineItem/")
    line = shop.nodes.get(line_id)
    if session is None or line is None:
        return {"userErrors": [error("Line item does not exist.", "lineItemId")]}
    open_units = sum(item["remainingQuantity"] for _, item in _items(session["order"], line))
    if arguments["quantity"] < line["currentQuantity"] - open_units:
        return {"userErrors": [error("Fulfilled units cannot be removed.", "quantity")]}
    session["left"][line_id] = arguments["quantity"]
    session["restock"][line_id] = bool(arguments.get("restock"))
    return {"userErrors": []}


def _items(order: Node, line: Node) -> list[tuple[Node, Node]]:
    """(fulfillment order, its item) of every open item of a line."""
    return [
        (work, item)
        for work in order["fulfillmentOrders"]
        for item in work["lineItems"]
        if item["lineItem"] is line and work["status"] not in DONE
    ]


def order_edit_commit(shop: Shop, **arguments: Any) -> Node:
    session = shop.nodes.pop(arguments["id"], None)
    if session is None:
        return {"userErrors": [error("The edit does not exist.", "id")]}
    order, removed = session["order"], {}
    for line_id, left in session["left"].items():
        line = shop.nodes[line_id]
        removed[line_id] = line["currentQuantity"] - left
        _remove(shop, order, line, removed[line_id], restock=session["restock"][line_id])
    order["updatedAt"] = shop.now()
    note = arguments.get("staffNote")
    shop.emit("orders/edited", lambda: news.edit(shop, order, removed, note))
    shop.emit("orders/updated", lambda: payloads.order(shop, order))
    return {"userErrors": []}


def _remove(shop: Shop, order: Node, line: Node, units: int, *, restock: bool) -> None:
    line["currentQuantity"] -= units
    for work, item in _items(order, line):
        taken = min(units, item["remainingQuantity"])
        units -= taken
        _take_off(shop, work, item, taken, restock=restock)
        if not any(one["remainingQuantity"] for one in work["lineItems"]):
            work["status"] = "CLOSED"


def refund_create(shop: Shop, **arguments: Any) -> Node:
    stated = arguments["input"]
    order = shop.nodes.get(stated["orderId"])
    if order is None:
        return _refused("refund", "Order does not exist", "orderId")
    lines = [
        (shop.nodes[one["lineItemId"]], one["quantity"], one.get("restockType") or "NO_RESTOCK")
        for one in stated.get("refundLineItems") or []
    ]
    if any(units > line["currentQuantity"] for line, units, _ in lines):
        return _refused("refund", "Quantity cannot refund more items than were purchased")
    amount = sum((Decimal(one["amount"]) for one in stated["transactions"]), Decimal(0))
    if amount > refundable(order):
        return _refused("refund", "Refund amount exceeds what was paid", "transactions")
    refund = _refund(shop, order, lines, stated.get("note"), stated["transactions"])
    for line, units, _ in lines:
        extra = units - min(units, sent(order, line))
        _remove_open(shop, order, line, extra)
    _settle(order)
    touch(shop, order, "orders/updated")
    return {"refund": refund, "userErrors": []}


def _remove_open(shop: Shop, order: Node, line: Node, units: int) -> None:
    """Refunded units that had not left will not leave."""
    for work, item in _items(order, line):
        taken = min(units, item["remainingQuantity"])
        units -= taken
        _take_off(shop, work, item, taken, restock=False)


def refundable(order: Node) -> Decimal:
    paid = Decimal(0)
    for one in order["transactions"]:
        if one["status"] == "SUCCESS":
            paid += one["value"] if one["kind"] in ("SALE", "CAPTURE") else -one["value"]
    return paid


def _settle(order: Node) -> None:
    left = refundable(order)
    if left == 0:
        order["displayFinancialStatus"] = "REFUNDED"
    elif any(one["kind"] == "REFUND" for one in order["transactions"]):
        order["displayFinancialStatus"] = "PARTIALLY_REFUNDED"


def _refund(
    shop: Shop,
    order: Node,
    lines: list[tuple[Node, int, str]],
    note: str | None,
    payments: list[Node],
) -> Node:
    """Write a refund down: of units, of money, or of both. Source: Shopify's word for both."""
    refund: Node = {"order": order, "note": note, "createdAt": shop.now(), "return": None}
    refund["refundLineItems"] = [
        {"lineItem": line, "quantity": units, "restockType": kind, "number": shop.number()}
        for line, units, kind in lines
    ]
    for line, units, _ in lines:
        line["currentQuantity"] -= units
    refund["transactions"] = [_pay_back(shop, order, one) for one in payments]
    order["refunds"].append(shop.keep("Refund", refund))
    shop.emit("refunds/create", lambda: news.refund(shop, refund))
    return refund


def _pay_back(shop: Shop, order: Node, stated: Node) -> Node:
    value = Decimal(stated["amount"])
    payment = {
        "kind": "REFUND",
        "status": "SUCCESS",
        "gateway": stated["gateway"],
        "processedAt": shop.now(),
        "value": value,
        "amountSet": shop.bag(value),
        "parentTransaction": shop.nodes.get(stated.get("parentId") or ""),
    }
    order["transactions"].append(shop.keep("OrderTransaction", payment))
    shop.emit("order_transactions/create", lambda: news.transaction(shop, order, payment))
    return payment
