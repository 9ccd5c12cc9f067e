"""Square's operations on the books, as far as the connector uses them."""

from collections.abc import Iterable
from copy import deepcopy
from decimal import Decimal

from connectors.square.simulated import till
from connectors.square.simulated.books import Books, Handler
from connectors.square.simulated.wire import Json, Refused

ENDED = ("COMPLETED", "CANCELED", "FAILED")
_STAMPS = {
    "RESERVED": "in_progress_at",
    "PREPARED": "packaged_at",
    "COMPLETED": "shipped_at",
    "CANCELED": "canceled_at",
    "FAILED": "failed_at",
}


def merchant(books: Books, asked: Json) -> Json:
    return {
        "merchant": {
            "id": books.merchant_id,
            "business_name": "Northwind Tills",
            "country": "US",
            "currency": books.currency,
            "status": "ACTIVE",
        }
    }


def locations(books: Books, asked: Json) -> Json:
    return {"locations": list(books.locations.values())}


def search_catalog(books: Books, asked: Json) -> Json:
    kinds, begin = asked.get("object_types", ["ITEM"]), asked.get("begin_time", "")
    found = [
        one
        for one in _catalog(books, kinds)
        if one["updated_at"] > begin
        and (asked.get("include_deleted_objects") or not one["is_deleted"])
    ]
    answer = books.cursors.page(asked, found, "objects", 1000)
    if asked.get("include_related_objects"):
        answer["related_objects"] = _options_of(books, answer.get("objects", []))
    return {**answer, "latest_time": books.now()}


def retrieve_catalog(books: Books, asked: Json) -> Json:
    wanted = asked["object_ids"]
    found = [
        one
        for one in _catalog(books, ["ITEM", "ITEM_VARIATION"])
        if one["id"] in wanted and (asked.get("include_deleted_objects") or not one["is_deleted"])
    ]
    return {"objects": found, "related_objects": _options_of(books, found)}


def search_customers(books: Books, asked: Json) -> Json:
    query = asked.get("query", {})
    start = query.get("filter", {}).get("updated_at", {}).get("start_at", "")
    found = [one for one in books.customers.values() if one["updated_at"] >= start]
    found.sort(key=lambda one: (one["created_at"], one["id"]))
    return books.cursors.page(asked, found, "customers", 100)


def retrieve_customers(books: Books, asked: Json) -> Json:
    responses: Json = {}
    for one in asked["customer_ids"]:
        profile = books.customers.get(one)
        missing = Refused("NOT_FOUND").body
        responses[one] = missing if profile is None else {"customer": profile}
    return {"responses": responses}


def retrieve_counts(books: Books, asked: Json) -> Json:
    found = [
        one
        for one in books.counts.values()
        if _allows(asked, "catalog_object_ids", one["catalog_object_id"])
        and _allows(asked, "location_ids", one["location_id"])
        and _allows(asked, "states", one["state"])
        and one["calculated_at"] > asked.get("updated_after", "")
    ]
    found.sort(key=lambda one: str(one["calculated_at"]), reverse=True)
    return books.cursors.page(asked, found, "counts", 1000)


def retrieve_changes(books: Books, asked: Json) -> Json:
    found = [
        one
        for one in books.changes
        if _allows(asked, "catalog_object_ids", one["physical_count"]["catalog_object_id"])
        and _allows(asked, "location_ids", one["physical_count"]["location_id"])
        and one["physical_count"]["created_at"] > asked.get("updated_after", "")
    ]
    return books.cursors.page(asked, found, "changes", 1000)


def create_changes(books: Books, asked: Json) -> Json:
    earlier = books.keys.earlier("inventory", asked)
    if earlier is not None:
        return earlier
    for change in asked["changes"]:
        _require_countable(books, change["physical_count"])
    ignored = asked.get("ignore_unchanged_counts", True)
    made = [count for one in asked["changes"] if (count := _count(books, one, ignored))]
    books.changes.extend(made)
    stated = [one["physical_count"] for one in asked["changes"]]
    keys = [(one["catalog_object_id"], one["location_id"], one["state"]) for one in stated]
    counts = [dict(books.counts[key]) for key in keys if key in books.counts]
    return books.keys.keep("inventory", asked, {"counts": counts, "changes": made})


def search_orders(books: Books, asked: Json) -> Json:
    places = asked.get("location_ids", [])
    if not 1 <= len(places) <= 10:
        raise Refused("INVALID_VALUE", field="location_ids")
    query = asked.get("query", {})
    times = query.get("filter", {}).get("date_time_filter", {})
    field = query.get("sort", {}).get("sort_field", "CREATED_AT").lower()
    if set(times) - {field}:
        raise Refused("BAD_REQUEST", field="query.sort.sort_field")
    start = times.get(field, {}).get("start_at", "")
    found = [
        one
        for one in books.orders.values()
        if one["location_id"] in places and one.get(field, "") >= start
    ]
    is_descending = query.get("sort", {}).get("sort_order", "DESC") == "DESC"
    found.sort(key=lambda one: (str(one.get(field, "")), one["id"]), reverse=is_descending)
    return books.cursors.page(asked, found, "orders", 1000)


def retrieve_orders(books: Books, asked: Json) -> Json:
    found = [deepcopy(books.orders[one]) for one in asked["order_ids"] if one in books.orders]
    for order in found:
        if books.meddling.get(order["id"], 0) > 0:
            books.meddling[order["id"]] -= 1
            till.revise(books, books.orders[order["id"]])
    return {"orders": found} if found else {}


def update_order(books: Books, asked: Json) -> Json:
    """Change an order; under a used key answer with the order as it is, and change nothing."""
    order = books.orders.get(asked.pop("order_id"))
    if order is None:
        raise Refused("NOT_FOUND", status=404)
    place, sparse = f"order {order['id']}", asked["order"]
    try:
        if books.keys.earlier(place, asked) is not None:
            return {"order": order}
    except Refused:
        return {"order": order}
    if "version" not in order or order["state"] in ENDED:
        raise Refused("BAD_REQUEST", field="order.state")
    if sparse.get("version") != order["version"]:
        raise Refused("VERSION_MISMATCH", field="order.version")
    moved = _fulfill(books, order, sparse.get("fulfillments", []))
    if sparse.get("state") == "CANCELED":
        _require_cancelable(order)
        order |= {"state": "CANCELED", "closed_at": books.now()}
        books.closings[order["id"]] += 1
    till.revise(books, order)
    if moved:
        _tell_fulfillment(books, order, moved)
    return books.keys.keep(place, asked, {"order": order})


def retrieve_payment(books: Books, asked: Json) -> Json:
    payment = books.payments.get(asked["payment_id"])
    if payment is None:
        raise Refused("NOT_FOUND", status=404)
    return {"payment": payment}


def cancel_payment(books: Books, asked: Json) -> Json:
    return {"payment": till.void(books, asked["payment_id"])}


def list_refunds(books: Books, asked: Json) -> Json:
    begin, changed = asked.get("begin_time", ""), asked.get("updated_at_begin_time", "")
    found = [
        one
        for one in books.refunds.values()
        if one["created_at"] >= begin and one["updated_at"] >= changed
    ]
    found.sort(key=lambda one: (str(one["updated_at"]), one["id"]))
    return books.cursors.page(asked, found, "refunds", 100)


def retrieve_refund(books: Books, asked: Json) -> Json:
    refund = books.refunds.get(asked["refund_id"])
    if refund is None:
        raise Refused("NOT_FOUND", status=404)
    return {"refund": refund}


def create_refund(books: Books, asked: Json) -> Json:
    earlier = books.keys.earlier("refund", asked)
    if earlier is not None:
        return earlier
    payment = books.payments.get(asked.get("payment_id", ""))
    if payment is None:
        raise Refused("NOT_FOUND", status=404, field="payment_id")
    amount = asked["amount_money"]
    left = payment["total_money"]["amount"] - payment.get("refunded_money", {"amount": 0})["amount"]
    if payment["status"] != "COMPLETED":
        raise Refused("REFUND_ERROR_PAYMENT_NEEDS_COMPLETION", category="REFUND_ERROR")
    if amount["currency"] != payment["total_money"]["currency"]:
        raise Refused("CURRENCY_MISMATCH", field="amount_money.currency")
    if not 0 < amount["amount"] <= left:
        raise Refused("REFUND_AMOUNT_INVALID", category="REFUND_ERROR")
    if books.declines_refunds:
        declined = Refused("REFUND_DECLINED", category="REFUND_ERROR").body
        refused = {"id": books.ids.new(), "status": "FAILED", "amount_money": amount}
        return books.keys.keep("refund", asked, {**declined, "refund": refused})
    refund = till.give_back(books, payment, amount["amount"], asked.get("reason", "Refund via API"))
    return books.keys.keep("refund", asked, {"refund": dict(refund)})


OPERATIONS: dict[tuple[str, str], Handler] = {
    ("GET", "/v2/merchants/me"): merchant,
    ("GET", "/v2/locations"): locations,
    ("POST", "/v2/catalog/search"): search_catalog,
    ("POST", "/v2/catalog/batch-retrieve"): retrieve_catalog,
    ("POST", "/v2/customers/search"): search_customers,
    ("POST", "/v2/customers/bulk-retrieve"): retrieve_customers,
    ("POST", "/v2/inventory/counts/batch-retrieve"): retrieve_counts,
    ("POST", "/v2/inventory/changes/batch-retrieve"): retrieve_changes,
    ("POST", "/v2/inventory/changes/batch-create"): create_changes,
    ("POST", "/v2/orders/search"): search_orders,
    ("POST", "/v2/orders/batch-retrieve"): retrieve_orders,
    ("PUT", "/v2/orders/{order_id}"): update_order,
    ("GET", "/v2/payments/{payment_id}"): retrieve_payment,
    ("POST", "/v2/payments/{payment_id}/cancel"): cancel_payment,
    ("GET", "/v2/refunds"): list_refunds,
    ("GET", "/v2/refunds/{refund_id}"): retrieve_refund,
    ("POST", "/v2/refunds"): create_refund,
}


def _catalog(books: Books, kinds: Iterable[str]) -> list[Json]:
    """Items, and their variations as objects of their own."""
    found: list[Json] = []
    for item in books.items.values():
        if "ITEM" in kinds:
            found.append(item)
        if "ITEM_VARIATION" in kinds:
            found.extend(item["item_data"]["variations"])
    return found


def _options_of(books: Books, found: Iterable[Json]) -> list[Json]:
    wanted = {
        link["item_option_id"]
        for one in found
        for link in one.get("item_data", {}).get("item_options", [])
    }
    return [option for key, option in books.options.items() if key in wanted]


def _allows(asked: Json, key: str, value: str) -> bool:
    return not asked.get(key) or value in asked[key]


def _count(books: Books, change: Json, ignored: object) -> Json | None:
    """Take one physical count; None where it changes nothing and such are *ignored*."""
    stated = change["physical_count"]
    item, location = stated["catalog_object_id"], stated["location_id"]
    quantity = Decimal(stated["quantity"])
    if ignored and quantity == books.quantity(item, location, stated["state"]):
        return None
    books.put(item, location, quantity, stated["state"])
    made = {**stated, "id": books.ids.new(), "created_at": books.now()}
    return {"type": change["type"], "physical_count": made}


def _require_countable(books: Books, stated: Json) -> None:
    known = {one["id"] for one in _catalog(books, ["ITEM_VARIATION"])}
    if stated["catalog_object_id"] not in known:
        raise Refused("NOT_FOUND", status=404, field="catalog_object_id")
    if stated["location_id"] not in books.locations:
        raise Refused("NOT_FOUND", status=404, field="location_id")
    if Decimal(stated["quantity"]) < 0:
        raise Refused("INVALID_VALUE", field="quantity")


def _require_cancelable(order: Json) -> None:
    if any(one["state"] not in ENDED for one in order.get("fulfillments", [])):
        raise Refused("BAD_REQUEST", field="order.fulfillments")
    statuses = {tender["card_details"]["status"] for tender in order.get("tenders", [])}
    if statuses & {"CAPTURED", "AUTHORIZED"}:
        raise Refused("BAD_REQUEST", field="order.tenders")


def _fulfill(books: Books, order: Json, changed: list[Json]) -> list[Json]:
    """Merge sparse fulfillments into the order; return what changed state."""
    moved: list[Json] = []
    for sparse in changed:
        held = next(one for one in order["fulfillments"] if one["uid"] == sparse["uid"])
        if held["state"] in ENDED:
            raise Refused("BAD_REQUEST", field="order.fulfillments")
        details = f"{held['type'].lower()}_details"
        held[details] |= sparse.get(details, {})
        state = sparse.get("state", held["state"])
        if state != held["state"]:
            update = {"old_state": held["state"], "new_state": state}
            moved.append({"fulfillment_uid": held["uid"], **update})
            held["state"] = state
            books.closings[order["id"]] += state == "COMPLETED"
            if held["type"] == "SHIPMENT":
                held[details][_STAMPS[state]] = books.now()
    return moved


def _tell_fulfillment(books: Books, order: Json, moved: list[Json]) -> None:
    kept = ("location_id", "state", "version", "created_at", "updated_at")
    stated = {
        "order_id": order["id"],
        **{key: order[key] for key in kept},
        "fulfillment_update": moved,
    }
    about = {"order_fulfillment_updated": stated}
    books.post("order.fulfillment.updated", "order_fulfillment_updated", order["id"], about)
