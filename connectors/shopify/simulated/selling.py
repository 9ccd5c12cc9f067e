"""A shopper buys: an order with its payment, its work, and the stock it takes."""

from decimal import Decimal
from functools import partial

from connectors.sdk.simulator import Good, Purchase, Shopper
from connectors.shopify.simulated import news, payloads
from connectors.shopify.simulated.shop import Node, Shop

SHIPPING = Decimal("5.00")
TAX_RATE = Decimal("0.08")
CUSTOM_PRICE_MINOR = 1000
"""What a SKU that is not in the catalogue costs, sold as a custom item. Units: cents."""


def buy(shop: Shop, purchase: Purchase) -> Node:
    """Place and pay an order. Over a counter (*place*) the goods are handed out at once; else they
    wait at the locations that have them. Stock may go below zero: the shop sells on."""
    order = _new_order(shop, purchase)
    for sku, quantity in purchase.items:
        order["lineItems"].append(_line(shop, sku, quantity))
    _price(shop, order, is_shipped=purchase.place is None)
    _pay(shop, order)
    shop.orders.append(order)
    shop.emit("orders/create", lambda: payloads.order(shop, order))
    shop.emit("orders/paid", lambda: payloads.order(shop, order))
    if purchase.place is None:
        _assign(shop, order)
    else:
        _hand_out(shop, order, shop.location(purchase.place))
    return order


def _new_order(shop: Shop, purchase: Purchase) -> Node:
    shopper, now = purchase.shopper, shop.now()
    shop.last_order_number += 1
    at_till = purchase.place is not None
    address = _address(shop, shopper) if shopper and not at_till else None
    order: Node = {
        "name": f"#{shop.last_order_number}",
        "processedAt": now,
        "createdAt": now,
        "updatedAt": now,
        "cancelledAt": None,
        "cancelReason": None,
        "closedAt": None,
        "displayFinancialStatus": "PENDING",
        "taxesIncluded": False,
        "presentmentCurrencyCode": shop.currency,
        "email": shopper.email if shopper else None,
        "phone": shopper.phone if shopper else None,
        "note": None,
        "customer": None if purchase.as_guest or not shopper else customer(shop, shopper),
        "retailLocation": shop.location(purchase.place) if purchase.place else None,
        "shippingAddress": address,
        "billingAddress": address,
        "shippingLine": None if at_till else {"title": "Standard"},
        "lineItems": [],
        "transactions": [],
        "fulfillments": [],
        "fulfillmentOrders": [],
        "refunds": [],
        "returns": [],
        "metafields": {},
    }
    return shop.keep("Order", order)


def customer(shop: Shop, shopper: Shopper) -> Node:
    """The shopper's account, opened on the first purchase."""
    for one in shop.customers:
        if one["defaultEmailAddress"]["emailAddress"] == shopper.email:
            return one
    account = {
        "firstName": shopper.first_name,
        "lastName": shopper.last_name,
        "state": "ENABLED",
        "verifiedEmail": True,
        "createdAt": shop.now(),
        "updatedAt": shop.now(),
        "defaultEmailAddress": {"emailAddress": shopper.email},
        "defaultPhoneNumber": {"phoneNumber": shopper.phone},
        "addressesV2": [_address(shop, shopper)],
    }
    shop.customers.append(shop.keep("Customer", account))
    shop.emit("customers/create", lambda: payloads.customer(account, shop.currency))
    return account


def _address(shop: Shop, shopper: Shopper) -> Node:
    return shop.address(shopper.address, f"{shopper.first_name} {shopper.last_name}")


def _line(shop: Shop, sku: str, quantity: int) -> Node:
    variant = shop.variants.get(sku)
    good: Good | None = variant["good"] if variant else None
    price = Decimal(good.price_minor if good else CUSTOM_PRICE_MINOR) / 100
    line: Node = {
        "sku": sku,
        "title": good.product if good else sku,
        "variantTitle": good.option or None if good else None,
        "quantity": quantity,
        "currentQuantity": quantity,
        "requiresShipping": True,
        "variant": variant,
        "price": Decimal(shop.amount(price)),
        "grams": good.weight_g if good else 0,
        "originalUnitPriceSet": shop.bag(price),
        "discountAllocations": [],
    }
    return shop.keep("LineItem", line)


def _price(shop: Shop, order: Node, *, is_shipped: bool) -> None:
    subtotal = sum((one["price"] * one["quantity"] for one in order["lineItems"]), Decimal(0))
    shipping = Decimal(shop.amount(SHIPPING)) if is_shipped else Decimal(0)
    tax = Decimal(shop.amount(subtotal * TAX_RATE))
    order["totals"] = {
        "subtotal": subtotal,
        "shipping": shipping,
        "tax": tax,
        "total": subtotal + shipping + tax,
    }
    order["totalDiscountsSet"] = shop.bag(Decimal(0))
    order["totalShippingPriceSet"] = shop.bag(shipping)
    order["totalTaxSet"] = shop.bag(tax)
    order["totalPriceSet"] = shop.bag(subtotal + shipping + tax)


def _pay(shop: Shop, order: Node) -> None:
    total = order["totals"]["total"]
    payment = {
        "kind": "SALE",
        "status": "SUCCESS",
        "gateway": "shopify_payments",
        "processedAt": shop.now(),
        "value": total,
        "amountSet": shop.bag(total),
        "parentTransaction": None,
    }
    order["transactions"].append(shop.keep("OrderTransaction", payment))
    order["displayFinancialStatus"] = "PAID"


def _assign(shop: Shop, order: Node) -> None:
    """Give each line to a location: one that has everything, else the one that has most of it."""
    work: dict[str, Node] = {}
    for line in order["lineItems"]:
        place = _place_for(shop, order, line)
        if place["id"] not in work:
            work[place["id"]] = _work(shop, order, place, "SHIPPING")
        _add_work_line(shop, work[place["id"]], line, line["quantity"])
        if line["variant"]:
            level = shop.level(line["sku"], place)
            shop.move(level, available=-line["quantity"], committed=line["quantity"])
    for one in work.values():
        shop.emit("fulfillment_orders/order_routing_complete", partial(news.work, one))


def _place_for(shop: Shop, order: Node, line: Node) -> Node:
    """Warehouses come before stores; ties go to the first."""
    warehouses = [one for one in shop.locations if one["localPickupSettingsV2"] is None]
    places = warehouses or shop.locations
    stocked = [one for one in order["lineItems"] if one["variant"]]
    for place in places:
        if all(_available(shop, one["sku"], place) >= one["quantity"] for one in stocked):
            return place
    if not line["variant"]:
        return places[0]
    return max(shop.locations, key=lambda place: _available(shop, line["sku"], place))


def _available(shop: Shop, sku: str, place: Node) -> int:
    level = shop.levels.get((shop.variants[sku]["inventoryItem"]["id"], place["id"]))
    return level["amounts"]["available"] if level else 0


def _work(shop: Shop, order: Node, place: Node, method: str) -> Node:
    work = {
        "order": order,
        "status": "OPEN",
        "requestStatus": "UNSUBMITTED",
        "createdAt": shop.now(),
        "assignedLocation": {"location": place},
        "deliveryMethod": shop.keep("DeliveryMethod", {"methodType": method}),
        "lineItems": [],
    }
    order["fulfillmentOrders"].append(shop.keep("FulfillmentOrder", work))
    return work


def _add_work_line(shop: Shop, work: Node, line: Node, quantity: int) -> None:
    item = {"lineItem": line, "totalQuantity": quantity, "remainingQuantity": quantity}
    work["lineItems"].append(shop.keep("FulfillmentOrderLineItem", item))


def _hand_out(shop: Shop, order: Node, place: Node) -> None:
    """A sale over the counter: the goods are gone before the order is written."""
    work = _work(shop, order, place, "RETAIL")
    work["status"] = "CLOSED"
    units = []
    for line in order["lineItems"]:
        _add_work_line(shop, work, line, line["quantity"])
        work["lineItems"][-1]["remainingQuantity"] = 0
        units.append((line, line["quantity"]))
        if line["variant"]:
            shop.move(shop.level(line["sku"], place), available=-line["quantity"])
    fulfill(shop, order, [work], units, {})


def fulfill(
    shop: Shop, order: Node, work: list[Node], units: list[tuple[Node, int]], tracking: Node
) -> Node:
    """Write the fulfillment of *units* down, and announce it."""
    fulfillment: Node = {
        "order": order,
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "createdAt": shop.now(),
        "updatedAt": shop.now(),
        "deliveredAt": None,
        "location": work[0]["assignedLocation"]["location"],
        "trackingInfo": [{**dict.fromkeys(("number", "company", "url")), **tracking}],
        "fulfillmentOrders": work,
        "fulfillmentLineItems": [],
    }
    order["fulfillments"].append(shop.keep("Fulfillment", fulfillment))
    for line, quantity in units:
        item = shop.keep("FulfillmentLineItem", {"lineItem": line, "quantity": quantity})
        fulfillment["fulfillmentLineItems"].append(item)
    order["updatedAt"] = shop.now()
    shop.emit("fulfillments/create", lambda: payloads.fulfillment(shop, fulfillment))
    left = any(
        one["remainingQuantity"] for w in order["fulfillmentOrders"] for one in w["lineItems"]
    )
    topic = "orders/partially_fulfilled" if left else "orders/fulfilled"
    shop.emit(topic, lambda: payloads.order(shop, order))
    shop.emit("orders/updated", lambda: payloads.order(shop, order))
    return fulfillment
