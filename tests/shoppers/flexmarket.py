"""Shoppers at a running flexcommerce marketplace, through its cart and checkout.

    order = await flexmarket.buy(system.info, "CAP-NVY-OS", 2)
    order.id, order.number, order.status    # "acb3...", "FC26120185193848", "confirmed"
    await flexmarket.buy(system.info, "CAP-NVY-OS", 1, "ben.larsen", how)

The order is the shopper's, with every seller's goods; a seller is shown a part of it under another
id and the same number. *info* is what the start script said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import aiohttp

ON_DELIVERY = "pay_on_delivery"
"""The payment method with which an order is confirmed at once."""
TRANSFER = "bank_transfer"
"""The payment method with which an order waits until staff mark it paid."""

TIMEOUT = aiohttp.ClientTimeout(total=60)
_variants: dict[tuple[str, str], str] = {}
"""Ids by marketplace and SKU: finding one takes a request for each listing."""
VARIANT = "flexcommerce_catalog.productvariant"


class MarketSaidNo(Exception):
    """The marketplace refused a step: *status*, and its word: ``"insufficient_stock"``."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(f"HTTP {status}: {text[:500]}")
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order as the shopper sees it. *lines*: the marketplace's line ids by SKU. Units:
    *total_minor* in cents."""

    id: str
    number: str
    status: str
    total_minor: int
    lines: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """How someone buys; *more* is what else they buy, by SKU. *key* makes a checkout that is sent
    twice one order."""

    payment: str = ON_DELIVERY
    shipping: str = "standard"
    more: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    key: str | None = None


async def buy(
    info: Mapping[str, Any],
    sku: str,
    quantity: int = 1,
    who: str = "ada.okafor",
    how: Checkout | None = None,
) -> Bought:
    """Buy *quantity* of *sku*. Raises: MarketSaidNo, LookupError when nobody sells such a SKU."""
    how = how or Checkout()
    async with Shopper(info, who) as shopper:
        for each, units in {sku: quantity, **how.more}.items():
            await shopper.add(each, units)
        return await shopper.check_out(how)


class Shopper:
    """One of the people with an account at the marketplace, and their one cart."""

    def __init__(self, info: Mapping[str, Any], who: str = "ada.okafor") -> None:
        self._info = info
        self._who = who

    async def __aenter__(self) -> Self:
        headers = {"authorization": f"Token {self._info['tokens'][self._who]}"}
        self._session = aiohttp.ClientSession(headers=headers, timeout=TIMEOUT)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send one request and return its answer. Raises: MarketSaidNo."""
        async with self._session.request(method, self._info["api"] + path, json=body) as answer:
            text = await answer.text()
            if answer.status < 400:
                return await answer.json(content_type=None)
            said = await answer.json(content_type=None) if text.startswith("{") else {}
            raise MarketSaidNo(answer.status, str(said.get("error", "")), text)

    async def variant_id(self, sku: str) -> str:
        """Find a variant by its SKU. Raises: LookupError."""
        api = self._info["api"]
        if (api, sku) not in _variants:
            _variants[api, sku] = await self._find_variant(sku)
        return _variants[api, sku]

    async def _find_variant(self, sku: str) -> str:
        products = await self.call("GET", "catalog/products/?page_size=100")
        for product in products["results"]:
            details = await self.call("GET", f"catalog/products/{product['id']}/")
            for variant in details["variants"]:
                if variant["sku"] == sku:
                    return str(variant["id"])
        raise LookupError(f"the marketplace sells no {sku}")

    async def add(self, sku: str, quantity: int = 1) -> None:
        """Put units into the cart."""
        variant_id = await self.variant_id(sku)
        body = {"product_id": variant_id, "product_type": VARIANT, "quantity": quantity}
        await self.call("POST", "cart/add/", body)

    async def check_out(self, how: Checkout) -> Bought:
        """Place the order, to the shopper's own address."""
        address = (await self.call("GET", "addresses/"))["results"][0]
        body = {
            "payment_method": how.payment,
            "shipping_address_id": address["id"],
            "shipping_method_id": self._info["shipping_methods"][how.shipping],
            "customer_note": how.note,
            "idempotency_key": how.key or uuid4().hex,
        }
        order = (await self.call("POST", "checkout/", body))["order"]
        return Bought(
            id=order["id"],
            number=order["order_number"],
            status=order["status"],
            total_minor=int(Decimal(order["grand_total"]) * 100),
            lines={item["product_sku"]: item["id"] for item in order["items"]},
        )

    async def send_back(self, order_id: str, units: Mapping[str, int], why: str = "") -> str:
        """Ask to return *units* by line id of a delivered order; return the return's id."""
        items = [{"order_item_id": line, "quantity": count} for line, count in units.items()]
        body = {"reason_code": "damaged", "reason": why, "items": items}
        return str((await self.call("POST", f"orders/{order_id}/return/", body))["id"])

    async def cancel(self, order_id: str, why: str = "") -> None:
        """Cancel an order of which nothing has left."""
        await self.call("POST", f"orders/{order_id}/cancel/", {"reason": why})
