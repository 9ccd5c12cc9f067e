"""What happens at the till: sales, goods that come back, money that goes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from connectors.sdk.simulator import Purchase, Shopper
from connectors.square.simulated.books import Books, address
from connectors.square.simulated.wire import Json, Refused, money, stamp

SETTLES_AFTER = timedelta(seconds=5)
"""How long a card refund stays PENDING."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """An order made through the API, to be shipped or picked up. *paid*: a card payment's status,
    None for none yet."""

    kind: str = "SHIPMENT"
    paid: str | None = "CAPTURED"


def sell(books: Books, purchase: Purchase) -> str:
    """Sell over the counter: completed and paid at once, no version, stock gone."""
    order = _order(books, purchase)
    quantities = {sku: Decimal(units) for sku, units in purchase.items}
    return _hand_over(books, order, quantities)


def sell_measured(books: Books, purchase: Purchase, quantity: str) -> str:
    """Sell *quantity* pounds (``"1.500"``) of the purchase's one SKU over the counter."""
    order = _order(books, purchase)
    sku = purchase.items[0][0]
    measure = {"weight_unit": "IMPERIAL_POUND", "type": "TYPE_WEIGHT"}
    line = _line(books, sku, Decimal(quantity))
    line |= {
        "quantity": quantity,
        "quantity_unit": {"measurement_unit": measure, "precision": 3},
    }
    order["line_items"] = [line]
    return _hand_over(books, order, {sku: Decimal(quantity)})


def order_ahead(books: Books, purchase: Purchase, ahead: Ahead) -> str:
    """Take an order that is still to be fulfilled."""
    order = _order(books, purchase)
    _total(books, order)
    order |= {"state": "OPEN", "version": 1}
    order["fulfillments"] = [_fulfillment(books, purchase.shopper, ahead.kind)]
    if ahead.paid is not None:
        _pay(books, order, ahead.paid)
    _file(books, order)
    return str(order["id"])


def take_back(books: Books, order_id: str, quantities: Mapping[str, str]) -> str:
    """Take goods back over the counter, by line uid; return the id of the return order."""
    sale = books.orders[order_id]
    sold = {line["uid"]: line for line in sale["line_items"]}
    lines: list[Json] = []
    for uid, quantity in quantities.items():
        line = sold[uid]
        share = Decimal(quantity) / Decimal(line["quantity"])
        minor = _round(line["total_money"]["amount"] * share)
        extra = {
            key: line[key]
            for key in ("name", "variation_name", "catalog_object_id", "quantity_unit")
            if key in line
        }
        lines.append(
            {
                "uid": books.ids.new(),
                "source_line_item_uid": uid,
                "quantity": quantity,
                "item_type": "ITEM",
                "total_money": money(minor, books.currency),
                **extra,
            }
        )
        states = ("UNLINKED_RETURN", "IN_STOCK")
        books.move(line["catalog_object_id"], sale["location_id"], Decimal(quantity), states)
    total = sum(line["total_money"]["amount"] for line in lines)
    payment = books.payments[sale["tenders"][0]["payment_id"]]
    refund = give_back(books, payment, total, "Returned goods", lines)
    return str(refund["order_id"])


def give_back(
    books: Books, payment: Json, minor: int, reason: str, lines: list[Json] | None = None
) -> Json:
    """Refund part of a payment. Square makes an order of it: of goods, or of a custom amount."""
    refund = {
        "id": f"{payment['id']}_{books.ids.new()}",
        "status": "PENDING",
        "location_id": payment["location_id"],
        "amount_money": money(minor, books.currency),
        "payment_id": payment["id"],
        "reason": reason,
        "created_at": books.now(),
        "updated_at": books.now(),
    }
    refund["order_id"] = _return_order(books, payment, refund, lines)
    books.refunds[refund["id"]] = refund
    paid_back = payment.get("refunded_money", {"amount": 0})["amount"] + minor
    payment |= {
        "refunded_money": money(paid_back, books.currency),
        "refund_ids": [*payment.get("refund_ids", []), refund["id"]],
        "updated_at": books.now(),
    }
    books.post("refund.created", "refund", refund["id"], {"refund": refund})
    books.post("payment.updated", "payment", payment["id"], {"payment": payment})
    return refund


def give_back_unlinked(books: Books, minor: int, place: str | None) -> str:
    """Refund a payment that Square never saw: no payment, no order."""
    refund: Json = {
        "id": books.ids.new(),
        "status": "COMPLETED",
        "location_id": books.location_id(place),
        "unlinked": True,
        "destination_type": "CASH",
        "amount_money": money(minor, books.currency),
        "created_at": books.now(),
        "updated_at": books.now(),
    }
    books.refunds[refund["id"]] = refund
    books.post("refund.created", "refund", refund["id"], {"refund": refund})
    return str(refund["id"])


def settle(books: Books) -> None:
    """Complete the refunds whose time has come, as of that time."""
    for refund in books.refunds.values():
        due = datetime.fromisoformat(refund["created_at"]) + SETTLES_AFTER
        if refund["status"] == "PENDING" and books.clock() >= due:
            refund |= {"status": "COMPLETED", "updated_at": stamp(due)}
            books.post("refund.updated", "refund", refund["id"], {"refund": refund})


def void(books: Books, payment_id: str) -> Json:
    """Cancel an approved payment. Raises: Refused."""
    payment = books.payments.get(payment_id)
    if payment is None:
        raise Refused("NOT_FOUND", status=404)
    if payment["status"] != "APPROVED":
        raise Refused("BAD_REQUEST", field="payment_id")
    payment |= {"status": "CANCELED", "updated_at": books.now()}
    payment["card_details"]["status"] = "VOIDED"
    order = books.orders[payment["order_id"]]
    order["tenders"][0]["card_details"]["status"] = "VOIDED"
    books.post("payment.updated", "payment", payment_id, {"payment": payment})
    revise(books, order)
    return payment


def revise(books: Books, order: Json) -> None:
    """Move an order's version and tell of it."""
    order["updated_at"] = books.now()
    if "version" in order:
        order["version"] += 1
    _tell(books, order, "updated")


def _order(books: Books, purchase: Purchase) -> Json:
    order: Json = {
        "id": books.ids.new(28),
        "location_id": books.location_id(purchase.place),
        "source": {"name": "Point of Sale"},
        "line_items": [_line(books, sku, Decimal(units)) for sku, units in purchase.items],
        "created_at": books.now(),
        "updated_at": books.now(),
    }
    if purchase.shopper is not None and not purchase.as_guest:
        order["customer_id"] = books.customer(purchase.shopper)
    return order


def _line(books: Books, sku: str, quantity: Decimal) -> Json:
    item, variation = books.variation(sku)
    price = variation["item_variation_data"]["price_money"]["amount"]
    total, nothing = money(_round(price * quantity), books.currency), money(0, books.currency)
    return {
        "uid": books.ids.new(),
        "name": item["item_data"]["name"],
        "variation_name": variation["item_variation_data"]["name"],
        "catalog_object_id": variation["id"],
        "catalog_version": variation["version"],
        "quantity": str(quantity),
        "item_type": "ITEM",
        "base_price_money": money(price, books.currency),
        "variation_total_price_money": total,
        "gross_sales_money": total,
        "total_tax_money": nothing,
        "total_discount_money": nothing,
        "total_service_charge_money": nothing,
        "total_money": total,
    }


def _hand_over(books: Books, order: Json, quantities: Mapping[str, Decimal]) -> str:
    _total(books, order)
    order |= {"state": "COMPLETED", "closed_at": books.now()}
    _pay(books, order, "CAPTURED")
    _file(books, order)
    for sku, quantity in quantities.items():
        _, variation = books.variation(sku)
        books.move(variation["id"], order["location_id"], quantity, ("IN_STOCK", "SOLD"))
    return str(order["id"])


def _total(books: Books, order: Json) -> None:
    total = sum(line["total_money"]["amount"] for line in order["line_items"])
    zero = money(0, books.currency)
    names = ("total_tax", "total_discount", "total_tip", "total_service_charge")
    order |= {f"{name}_money": zero for name in names}
    order["total_money"] = money(total, books.currency)
    order["net_amount_due_money"] = money(total, books.currency)


def _pay(books: Books, order: Json, status: str) -> None:
    """Pay the whole order by card: CAPTURED, or AUTHORIZED only."""
    payment_id = books.ids.new(30)
    is_taken = status == "CAPTURED"
    card = {"card_brand": "VISA", "last_4": "1111"}
    details = {"status": status, "card": card, "entry_method": "EMV"}
    payment: Json = {
        "id": payment_id,
        "created_at": books.now(),
        "updated_at": books.now(),
        "amount_money": order["total_money"],
        "total_money": order["total_money"],
        "approved_money": order["total_money"],
        "status": "COMPLETED" if is_taken else "APPROVED",
        "source_type": "CARD",
        "card_details": dict(details),
        "location_id": order["location_id"],
        "order_id": order["id"],
        "receipt_number": payment_id[:4],
        "version_token": books.ids.new(32),
    }
    tender = {
        "id": payment_id,
        "payment_id": payment_id,
        "location_id": order["location_id"],
        "transaction_id": order["id"],
        "created_at": books.now(),
        "amount_money": order["total_money"],
        "type": "CARD",
        "card_details": dict(details),
    }
    if "customer_id" in order:
        payment["customer_id"] = tender["customer_id"] = order["customer_id"]
    order["tenders"] = [tender]
    if is_taken:
        order["net_amount_due_money"] = money(0, books.currency)
    books.payments[payment_id] = payment
    books.post("payment.created", "payment", payment_id, {"payment": payment})


def _fulfillment(books: Books, shopper: Shopper | None, kind: str) -> Json:
    details: Json = {"placed_at": books.now()}
    if kind == "PICKUP":
        details |= {"schedule_type": "ASAP", "pickup_at": books.now()}
    if shopper is not None:
        details["recipient"] = {
            "display_name": f"{shopper.first_name} {shopper.last_name}",
            "email_address": shopper.email,
            "phone_number": shopper.phone,
            "address": address(shopper.address),
        }
    return {
        "uid": books.ids.new(22),
        "type": kind,
        "state": "PROPOSED",
        "line_item_application": "ALL",
        f"{kind.lower()}_details": details,
    }


def _return_order(books: Books, payment: Json, refund: Json, lines: list[Json] | None) -> str:
    amount, zero = refund["amount_money"], money(0, books.currency)
    custom = {
        "uid": books.ids.new(),
        "quantity": "1",
        "item_type": "CUSTOM_AMOUNT",
        "base_price_money": amount,
        "total_money": amount,
    }
    order_id = books.ids.new(28)
    in_order = {
        "id": refund["id"],
        "location_id": refund["location_id"],
        "transaction_id": order_id,
        "tender_id": payment["id"],
        "created_at": refund["created_at"],
        "reason": refund["reason"],
        "amount_money": amount,
        "status": "APPROVED",
    }
    order = {
        "id": order_id,
        "location_id": refund["location_id"],
        "source": {"name": "Point of Sale"},
        "state": "COMPLETED",
        "created_at": books.now(),
        "updated_at": books.now(),
        "closed_at": books.now(),
        "total_money": zero,
        "return_amounts": {"total_money": amount},
        "net_amounts": {"total_money": money(-amount["amount"], books.currency)},
        "refunds": [in_order],
        "returns": [
            {
                "uid": books.ids.new(),
                "source_order_id": payment["order_id"],
                "return_line_items": lines or [custom],
                "return_amounts": {"total_money": amount},
            }
        ],
    }
    _file(books, order)
    return order_id


def _file(books: Books, order: Json) -> None:
    books.orders[order["id"]] = order
    _tell(books, order, "created")
    _tell(books, order, "updated")


def _tell(books: Books, order: Json, what: str) -> None:
    """Tell of an order by its ids and state: Square's order events carry no more."""
    kept = ("location_id", "state", "created_at", *(("updated_at",) if what == "updated" else ()))
    stated = {"order_id": order["id"], **{key: order[key] for key in kept}}
    if "version" in order:
        stated["version"] = order["version"]
    books.post(f"order.{what}", f"order_{what}", order["id"], {f"order_{what}": stated})


def _round(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_UP))
