"""Shoppers at a running Vendure shop, through its shop API.

    order = await vendure.buy(system.url, "CAP-NVY-OS", 2, "ada@example.com")
    order.id, order.code, order.state      # "7", "W6HTQNPBPL6EKAEQ", "PaymentSettled"
    await vendure.buy(system.url, "CAP-NVY-OS", 1, "ada@example.com", Checkout(has_account=True))

or step by step, for a story that stops in the middle:

    async with vendure.Shopper(system.url) as ada:
        await ada.add("CAP-NVY-OS", 2)
        await ada.check_out(email="ada@example.com")
        order = await ada.pay(vendure.AUTHORIZED)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import aiohttp

CAPTURED = "test-card"
"""The payment method that captures at once."""
AUTHORIZED = "test-authorize"
"""The payment method that authorizes; staff settle later."""

PASSWORD = "shopper-test"
TIMEOUT = aiohttp.ClientTimeout(total=30)

ADDRESS = {
    "fullName": "Ada Okafor",
    "streetLine1": "12 Lake Street",
    "city": "Reno",
    "province": "NV",
    "postalCode": "89501",
    "countryCode": "US",
    "phoneNumber": "+17755550101",
}

_FAILED = "... on ErrorResult { errorCode message }"
_ORDER = "id code state totalWithTax currencyCode"


class ShopSaidNo(Exception):
    """The shop refused a step; *code* is its word: ``"INSUFFICIENT_STOCK_ERROR"``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order as the shopper sees it. Units: *total_minor* in the currency's minor units."""

    id: str
    code: str
    state: str
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """How someone buys: as a guest unless *has_account* (which is made when there is none); *more*
    is what else they buy, by SKU."""

    has_account: bool = False
    payment: str = CAPTURED
    shipping: str = "standard"
    address: Mapping[str, str] = field(default_factory=lambda: ADDRESS)
    more: Mapping[str, int] = field(default_factory=dict)


async def buy(
    shop_url: str,
    sku: str,
    quantity: int = 1,
    email: str = "ada.okafor@example.com",
    how: Checkout | None = None,
) -> Bought:
    """Buy *quantity* of *sku* and pay. *shop_url* is the server's base address.

    Raises: ShopSaidNo, LookupError when the shop sells no such SKU.
    """
    how = how or Checkout()
    async with Shopper(shop_url) as shopper:
        if how.has_account:
            await shopper.sign_in(email)
        for each, units in {sku: quantity, **how.more}.items():
            await shopper.add(each, units)
        guest = None if how.has_account else email
        await shopper.check_out(email=guest, shipping=how.shipping, address=how.address)
        return await shopper.pay(how.payment)


class Shopper:
    """One person with one cart."""

    def __init__(self, shop_url: str) -> None:
        self._url = shop_url.rstrip("/") + "/shop-api"
        self._token: str | None = None

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

    async def ask(self, query: str, **variables: object) -> Any:
        """Send one document and return its only field. Raises: ShopSaidNo."""
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        body = {"query": query, "variables": variables}
        async with self._session.post(self._url, json=body, headers=headers) as answer:
            self._token = answer.headers.get("vendure-auth-token") or self._token
            found = await answer.json()
        if found.get("errors"):
            error = found["errors"][0]
            raise ShopSaidNo(error.get("extensions", {}).get("code", "?"), error["message"])
        (result,) = found["data"].values()
        if isinstance(result, dict) and result.get("errorCode"):
            detail = result.get("transitionError") or result["message"]
            raise ShopSaidNo(result["errorCode"], detail)
        return result

    async def register(self, email: str) -> None:
        """Make an account; a guest of the same address becomes it."""
        await self.ask(
            f"""mutation ($input: RegisterCustomerInput!) {{
              registerCustomerAccount(input: $input) {{ ... on Success {{ success }} {_FAILED} }}
            }}""",
            input={
                "emailAddress": email,
                "firstName": "Ada",
                "lastName": "Okafor",
                "phoneNumber": "+17755550101",
                "password": PASSWORD,
            },
        )

    async def sign_in(self, email: str) -> None:
        """Sign in; register first where the shop does not know the account."""
        try:
            await self._log_in(email)
        except ShopSaidNo:
            await self.register(email)
            await self._log_in(email)

    async def _log_in(self, email: str) -> None:
        await self.ask(
            f"""mutation ($email: String!, $password: String!) {{
              login(username: $email, password: $password) {{
                ... on CurrentUser {{ id }} {_FAILED}
              }}
            }}""",
            email=email,
            password=PASSWORD,
        )

    async def variant_id(self, sku: str) -> str:
        """Find a variant by its SKU. Raises: LookupError."""
        products = await self.ask(
            "{ products(options: { take: 100 }) { items { variants { id sku } } } }"
        )
        for product in products["items"]:
            for variant in product["variants"]:
                if variant["sku"] == sku:
                    return str(variant["id"])
        raise LookupError(f"the shop sells no {sku}")

    async def add(self, sku: str, quantity: int = 1) -> str:
        """Put units into the cart; return the cart's order id."""
        order = await self.ask(
            f"""mutation ($id: ID!, $quantity: Int!) {{
              addItemToOrder(productVariantId: $id, quantity: $quantity) {{
                ... on Order {{ id }} {_FAILED}
              }}
            }}""",
            id=await self.variant_id(sku),
            quantity=quantity,
        )
        return str(order["id"])

    async def check_out(
        self,
        *,
        email: str | None = None,
        shipping: str = "standard",
        address: Mapping[str, str] = ADDRESS,
    ) -> None:
        """Go as far as arranging the payment; with *email* as a guest."""
        if email:
            await self._be_guest(email, address)
        for kind in ("Shipping", "Billing"):
            await self.ask(
                f"""mutation ($input: CreateAddressInput!) {{
                  setOrder{kind}Address(input: $input) {{ ... on Order {{ id }} {_FAILED} }}
                }}""",
                input=dict(address),
            )
        methods = await self.ask("{ eligibleShippingMethods { id code } }")
        (chosen,) = [each["id"] for each in methods if each["code"] == shipping]
        await self.ask(
            f"""mutation ($ids: [ID!]!) {{
              setOrderShippingMethod(shippingMethodId: $ids) {{ ... on Order {{ id }} {_FAILED} }}
            }}""",
            ids=[chosen],
        )
        await self.ask(
            f"""mutation {{
              transitionOrderToState(state: "ArrangingPayment") {{
                ... on Order {{ id }}
                {_FAILED}
                ... on OrderStateTransitionError {{ transitionError }}
              }}
            }}"""
        )

    async def _be_guest(self, email: str, address: Mapping[str, str]) -> None:
        first, _, last = address["fullName"].partition(" ")
        await self.ask(
            f"""mutation ($input: CreateCustomerInput!) {{
              setCustomerForOrder(input: $input) {{ ... on Order {{ id }} {_FAILED} }}
            }}""",
            input={
                "emailAddress": email,
                "firstName": first,
                "lastName": last,
                "phoneNumber": address["phoneNumber"],
            },
        )

    async def pay(self, method: str = CAPTURED, **metadata: object) -> Bought:
        """Pay and so place the order. ``shouldDecline=True`` makes the test card decline."""
        order = await self.ask(
            f"""mutation ($method: String!, $metadata: JSON!) {{
              addPaymentToOrder(input: {{ method: $method, metadata: $metadata }}) {{
                ... on Order {{ {_ORDER} }} {_FAILED}
              }}
            }}""",
            method=method,
            metadata=metadata,
        )
        return Bought(
            id=str(order["id"]),
            code=order["code"],
            state=order["state"],
            total_minor=order["totalWithTax"],
            currency=order["currencyCode"],
        )
