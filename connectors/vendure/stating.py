"""How Vendure states an order of given facts, in each of its forms, as samples: for kit.py."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connectors.sdk.conformance.kit import OrderFacts

Json = dict[str, Any]

LINE_PRICES = ("discountedUnitPrice", "proratedUnitPrice", "linePrice", "proratedLinePrice")
TOTALS = ("subTotal", "total")


def orders(facts: OrderFacts) -> Iterator[Json]:
    """Prices with tax and without, as the channel shows them; and integers of as many digits as
    the shop is set to: of two, which is how Vendure comes, and of those that the price has."""
    digits = -int(facts.unit_price.as_tuple().exponent)
    for precision in {max(2, digits), max(3, digits)}:
        for includes_tax in (False, True):
            yield _sample(facts, precision, includes_tax=includes_tax)


def _sample(facts: OrderFacts, precision: int, *, includes_tax: bool) -> Json:
    path = Path(__file__).with_name("samples") / "order_placed.json"
    sample: Json = json.loads(path.read_text())
    given = sample["given"]
    given["activeChannel"]["pricesIncludeTax"] = includes_tax
    given["globalSettings"]["serverConfig"]["moneyStrategyPrecision"] = precision
    (order,) = given["orders"]["items"]
    price = int(facts.unit_price.scaleb(precision))
    order |= {
        "id": facts.id or "71",
        "state": facts.status or "PaymentSettled",
        "orderPlacedAt": f"{facts.placed_at:%Y-%m-%dT%H:%M:%S.000Z}",
        "currencyCode": facts.currency,
        "surcharges": [],
        "payments": [],
        **_amounts(TOTALS, price * facts.lines),
    }
    if facts.is_guest:
        order["customer"] = None  # a shop that lets orders through without one
    order["shippingAddress"]["fullName"] = facts.person
    line = order["lines"][0] | {"quantity": 1, "orderPlacedQuantity": 1}
    line |= _amounts(LINE_PRICES, price)
    line["productVariant"] |= {"name": facts.title}
    order["lines"] = [{**line, "id": str(place)} for place in range(facts.lines)]
    return sample


def _amounts(names: tuple[str, ...], price: int) -> dict[str, int]:
    """Each amount, without and with tax: here the same."""
    return {f"{name}{tax}": price for name in names for tax in ("", "WithTax")}
