"""Money of orders and items: what breakdowns add up to, and the currency where none is stated."""

from collections.abc import Iterable

from connectors.amazon.reading import Node
from connectors.sdk.errors import Malformed
from connectors.sdk.records import TotalsRecord
from connectors.sdk.values import Money

# The currency of each marketplace: a pending order states no amount, and so no currency.
# Source: developer-docs.amazon.com/sp-api/docs/marketplace-ids; ISO 4217 for the country.
_CURRENCY = {
    "A2EUQ1WTGCTBG2": "CAD",
    "ATVPDKIKX0DER": "USD",
    "A1AM78C64UM0Y8": "MXN",
    "A2Q3Y263D00KWC": "BRL",
    "A28R8C7NBKEWEA": "EUR",
    "A1RKKUPIHCS9HS": "EUR",
    "A1F83G8C2ARO7P": "GBP",
    "A13V1IB3VIYZZH": "EUR",
    "AMEN7PMS3EDWL": "EUR",
    "A1805IZSGTT6HS": "EUR",
    "A1PA6795UKMFR9": "EUR",
    "APJ6JRA9NG5V4": "EUR",
    "A2NODRKZP88ZB9": "SEK",
    "AE08WJ6YKNBMC": "ZAR",
    "A1C3SOZRARQ6R3": "PLN",
    "ARBP9OOSHTCHU": "EGP",
    "A33AVAJ2PDY3EV": "TRY",
    "A17E79C6D8DWNP": "SAR",
    "A2VIGQ35RCS4UG": "AED",
    "A21TJRUUN4KGV": "INR",
    "A19VAU5U5O7RUS": "SGD",
    "A39IBJ37TRP1C6": "AUD",
    "A1VC38T7YXB528": "JPY",
}


def currency_of(order: Node) -> str:
    """Return the order's currency: of its total, of an item, or of its marketplace.

    Raises: Malformed when none of them says it.
    """
    items = list(order["orderItems"])
    stated = [
        order["proceeds"]["grandTotal"],
        *(item["product"]["price"]["unitPrice"] for item in items),
        *(item["proceeds"]["proceedsTotal"] for item in items),
    ]
    for each in stated:
        found = each.money()
        if found is not None:
            return found.currency
    marketplace = order["salesChannel"]["marketplaceId"].text() or ""
    if marketplace not in _CURRENCY:
        raise Malformed(f"{order.path}: no amount, and a marketplace whose currency is not known")
    return _CURRENCY[marketplace]


def breakdown(proceeds: Node, currency: str) -> dict[str, int]:
    """Return minor units by category (``ITEM``, ``SHIPPING``, ``TAX`` ...), each added up.

    Raises: Malformed for another currency than the order's.
    """
    found: dict[str, int] = {}
    for each in proceeds["breakdowns"]:
        amount = each["subtotal"].money()
        if amount is not None:
            _require_currency(each, amount, currency)
            word = each["type"].text() or ""
            found[word] = found.get(word, 0) + amount.minor
    return found


def totals(order: Node, currency: str) -> TotalsRecord:
    """Return the totals, adding up: ``total = subtotal - discount + shipping + tax``.

    The order's own breakdown counts; where it has none, its items'. Whatever is neither discount,
    shipping nor tax (gift wrap, a tip, the fee for cash on delivery) is in the subtotal: Amazon
    states the total, and the total counts. A discount comes off, whichever sign it is stated with.
    """
    parts = breakdown(order["proceeds"], currency) or _added(
        breakdown(item["proceeds"], currency) for item in order["orderItems"]
    )
    stated = order["proceeds"]["grandTotal"].money()
    discount, shipping = abs(parts.pop("DISCOUNT", 0)), parts.pop("SHIPPING", 0)
    tax = parts.pop("TAX", 0)
    total = stated.minor if stated else sum(parts.values()) - discount + shipping + tax
    amounts = (total + discount - shipping - tax, discount, shipping, tax, total)
    goods, less, carriage, taxes, whole = (Money(minor=each, currency=currency) for each in amounts)
    return TotalsRecord(subtotal=goods, discount=less, shipping=carriage, tax=taxes, total=whole)


def _added(breakdowns: Iterable[dict[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in breakdowns:
        for word, minor in each.items():
            found[word] = found.get(word, 0) + minor
    return found


def line(item: Node, currency: str, units: int) -> tuple[Money, Money]:
    """Return what one unit costs, and all of them: goods less their discount, without tax.

    A pending order's items have no price: 0 until Amazon states one.
    """
    parts = breakdown(item["proceeds"], currency)
    price = item["product"]["price"]["unitPrice"].money()
    if price is None:
        minor = (2 * parts.get("ITEM", 0) + units) // (2 * units) if units else 0
        price = Money(minor=minor, currency=currency)
    _require_currency(item, price, currency)
    goods = parts.get("ITEM", price.minor * units)
    return price, Money(minor=goods - abs(parts.get("DISCOUNT", 0)), currency=currency)


def _require_currency(at: Node, amount: Money, currency: str) -> None:
    if amount.currency != currency:
        raise Malformed(f"{at.path}: an amount in {amount.currency}, the order is in {currency}")
