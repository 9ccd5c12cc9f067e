"""Shoppers at a running Medusa shop, through its store API.

    bought = await medusa.buy(system, "CAP-NVY-OS", 2, "ada@example.com")
    bought.id, bought.number, bought.lines     # "order_01M8…", "#7", {"CAP-NVY-OS": "ordli_01M8…"}
    await medusa.buy(system, "CAP-NVY-OS", 1, "ada@example.com", Checkout(has_account=True))

The shop authorizes; staff capture.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.running import System

PASSWORD = "shopper-test"
PROVIDER = "pp_system_default"
"""The payment provider that authorizes anything."""
TIMEOUT = aiohttp.ClientTimeout(total=60)

ADDRESS = {
    "first_name": "Ada",
    "last_name": "Okafor",
    "address_1": "12 Lake Street",
    "city": "Reno",
    "province": "NV",
    "postal_code": "89501",
    "country_code": "us",
    "phone": "+17755550101",
}


class ShopSaidNo(Exception):
    """The shop refused a step; *code* is its word: ``"not_allowed"``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order as the shopper sees it. *lines*: ids of its lines by SKU."""

    id: str
    number: str
    lines: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """How someone buys: as a guest unless *has_account* (which is made when there is none); *more*
    is what else they buy, by SKU; *shipping* begins the name of the way it is shipped."""

    has_account: bool = False
    shipping: str = "Standard"
    address: Mapping[str, str] = field(default_factory=lambda: ADDRESS)
    more: Mapping[str, int] = field(default_factory=dict)


async def buy(
    shop: System,
    sku: str,
    quantity: int = 1,
    email: str = "ada.okafor@example.com",
    how: Checkout | None = None,
) -> Bought:
    """Buy *quantity* of *sku*. Raises: ShopSaidNo, LookupError when the shop sells no such SKU."""
    how = how or Checkout()
    async with Shopper(shop) as shopper:
        if how.has_account:
            await shopper.sign_in(email)
        await shopper.fill({sku: quantity, **how.more}, email, how.address)
        await shopper.choose_shipping(how.shipping)
        return await shopper.pay()


class Shopper:
    """One person with one cart."""

    def __init__(self, shop: System) -> None:
        self._url = shop.url
        self._region = shop.info["region"]
        self._headers = {"x-publishable-api-key": shop.info["publishableKey"]}
        self._cart = ""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send one request. Raises: ShopSaidNo."""
        url, json = self._url + path, None if body is None else dict(body)
        sending = self._session.request(method, url, json=json, headers=self._headers)
        async with sending as answer:
            found = await answer.json()
        if answer.status >= 400:
            raise ShopSaidNo(found.get("type", "?"), found.get("message", ""))
        return found

    async def sign_in(self, email: str) -> None:
        """Sign in; register first where the shop does not know the account."""
        credentials = {"email": email, "password": PASSWORD}
        try:
            token = await self.ask("POST", "/auth/customer/emailpass", credentials)
        except ShopSaidNo:
            made = await self.ask("POST", "/auth/customer/emailpass/register", credentials)
            self._headers["authorization"] = f"Bearer {made['token']}"
            person = {name: ADDRESS[name] for name in ("first_name", "last_name", "phone")}
            await self.ask("POST", "/store/customers", {"email": email, **person})
            del self._headers["authorization"]
            token = await self.ask("POST", "/auth/customer/emailpass", credentials)
        self._headers["authorization"] = f"Bearer {token['token']}"

    async def fill(
        self, units: Mapping[str, int], email: str, address: Mapping[str, str] = ADDRESS
    ) -> None:
        """Take a cart with these units by SKU. Raises: ShopSaidNo, LookupError."""
        variants = await self._variants()
        if unknown := set(units) - set(variants):
            raise LookupError(f"the shop sells no {', '.join(sorted(unknown))}")
        body = {
            "region_id": self._region,
            "email": email,
            "shipping_address": dict(address),
            "billing_address": dict(address),
            "items": [{"variant_id": variants[sku], "quantity": units[sku]} for sku in units],
        }
        self._cart = (await self.ask("POST", "/store/carts", body))["cart"]["id"]

    async def _variants(self) -> dict[str, str]:
        """Return the ids of all variants by SKU."""
        path = "/store/products?limit=200&fields=variants.id,variants.sku"
        products = (await self.ask("GET", path))["products"]
        return {each["sku"]: each["id"] for one in products for each in one["variants"]}

    async def choose_shipping(self, name: str = "Standard") -> None:
        path = f"/store/shipping-options?cart_id={self._cart}"
        options = (await self.ask("GET", path))["shipping_options"]
        chosen = next(each["id"] for each in options if each["name"].startswith(name))
        body = {"option_id": chosen}
        await self.ask("POST", f"/store/carts/{self._cart}/shipping-methods", body)

    async def pay(self) -> Bought:
        """Have it authorized and so place the order."""
        made = await self.ask("POST", "/store/payment-collections", {"cart_id": self._cart})
        path = f"/store/payment-collections/{made['payment_collection']['id']}/payment-sessions"
        await self.ask("POST", path, {"provider_id": PROVIDER})
        done = await self.ask("POST", f"/store/carts/{self._cart}/complete", {})
        if done["type"] != "order":
            raise ShopSaidNo(done["error"].get("type", "?"), done["error"]["message"])
        order = done["order"]
        return Bought(
            id=order["id"],
            number=f"#{order['display_id']}",
            lines={each["variant_sku"]: each["id"] for each in order["items"]},
        )
