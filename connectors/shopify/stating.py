"""How Shopify states an order of given facts, in each of its forms, as samples: for kit.py.

Each is a sample of this folder with the facts in place of its own.
"""

import json
from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from connectors.sdk.conformance.kit import OrderFacts

Json = dict[str, Any]

_SAMPLES = Path(__file__).with_name("samples")
_ID = "7001"


def orders(facts: OrderFacts) -> Iterator[Json]:
    """The Admin API's form; and a webhook's, with the exact id and with the number alone."""
    number = facts.id or _ID
    yield _answer(facts, number)
    payload = _payload(facts, int(number))
    yield _webhook(payload)
    yield _webhook({**payload, "admin_graphql_api_id": f"gid://shopify/Order/{number}", "id": 1})
    if facts.is_guest:
        yield _webhook({name: one for name, one in payload.items() if name != "customer"})


def _answer(facts: OrderFacts, number: str) -> Json:
    sample: Json = json.loads((_SAMPLES / "records/order_guest_discounted.json").read_text())
    given = sample["given"]
    price = _set(facts, "presentmentMoney", "currencyCode")
    line, *_ = given["lineItems"]["nodes"]
    given |= {
        "id": f"gid://shopify/Order/{number}",
        "processedAt": f"{facts.placed_at:%Y-%m-%dT%H:%M:%SZ}",
        "displayFinancialStatus": facts.status or "PAID",
        "presentmentCurrencyCode": facts.currency,
        "customer": None if facts.is_guest else {"id": "gid://shopify/Customer/81"},
        **dict.fromkeys(
            ("totalDiscountsSet", "totalShippingPriceSet", "totalTaxSet", "totalPriceSet"), price
        ),
        "transactions": [],
    }
    given["shippingAddress"]["name"] = facts.person
    alike: Json = {
        "title": facts.title,
        "variantTitle": None,
        "originalUnitPriceSet": price,
        "discountAllocations": [],
    }
    given["lineItems"]["nodes"] = [
        {**line, **alike, "id": f"gid://shopify/LineItem/{place}"} for place in range(facts.lines)
    ]
    return sample


def _payload(facts: OrderFacts, number: int) -> Json:
    """An order without ``admin_graphql_api_id``; its times have the shop's own offset."""
    sample = json.loads((_SAMPLES / "webhooks/new_order.json").read_text())
    payload: Json = sample["given"]["payload"]
    (line,) = payload["line_items"]
    price = _set(facts, "presentment_money", "currency_code")
    shop = timezone(timedelta(hours=-8))
    alike: Json = {
        "title": facts.title,
        "variant_title": None,
        "price_set": price,
        "discount_allocations": [],
    }
    del payload["admin_graphql_api_id"], line["admin_graphql_api_id"]
    return {
        **payload,
        "id": number,
        "processed_at": facts.placed_at.astimezone(shop).isoformat(),
        "financial_status": facts.status or "paid",
        "presentment_currency": facts.currency,
        "customer": None if facts.is_guest else payload["customer"],
        "shipping_address": {"name": facts.person},
        **dict.fromkeys(
            (
                "total_discounts_set",
                "total_shipping_price_set",
                "total_tax_set",
                "total_price_set",
            ),
            price,
        ),
        "line_items": [{**line, **alike, "id": place} for place in range(facts.lines)],
    }


def _webhook(payload: Json) -> Json:
    return {"kind": "webhook", "given": {"topic": "orders/create", "payload": payload}}


def _set(facts: OrderFacts, side: str, currency: str) -> Json:
    """A MoneyBag; the shop's own side is of another currency."""
    shop = {"shop_money": {"amount": "1.00", "currency_code": "EUR"}}
    return {**shop, side: {"amount": str(facts.unit_price), currency: facts.currency}}
