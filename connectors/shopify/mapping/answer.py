"""Answer: a piece of Shopify's JSON that knows its path, so that what is wrong can say where."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NoReturn

from connectors.sdk.errors import Malformed
from connectors.sdk.values import Address, Money


@dataclass(frozen=True, slots=True)
class Answer:
    """One value at *path*. Absent and null are the same: ``answer["a"]["b"]`` never fails, reading
    it as text, number or list does."""

    value: object
    path: str = "$"

    def __getitem__(self, key: str) -> "Answer":
        if self.value is None:
            return Answer(None, f"{self.path}.{key}")
        if not isinstance(self.value, dict):
            self.fail("an object")
        return Answer(self.value.get(key), f"{self.path}.{key}")

    def __bool__(self) -> bool:
        """False when absent or null."""
        return self.value is not None

    def fail(self, wanted: str) -> NoReturn:
        raise Malformed(f"{self.path}: expected {wanted}, found {type(self.value).__name__}")

    @property
    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value:
            self.fail("text")
        return self.value

    @property
    def text_or_none(self) -> str | None:
        """Text, or None when absent, null or empty."""
        if self.value is None or self.value == "":
            return None
        return self.text

    @property
    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.fail("true or false")
        return self.value

    @property
    def whole(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self.fail("a whole number")
        return self.value

    @property
    def decimal(self) -> Decimal:
        """A number, stated as a number or as text."""
        if not isinstance(self.value, int | str | Decimal) or isinstance(self.value, bool):
            self.fail("a decimal number")
        try:
            number = Decimal(self.value)
        except ArithmeticError:
            self.fail("a decimal number")
        if not number.is_finite():
            self.fail("a decimal number")
        return number

    @property
    def time(self) -> datetime:
        """An ISO 8601 time with its zone (``Z`` or an offset), as UTC."""
        try:
            stated = datetime.fromisoformat(self.text)
        except ValueError:
            self.fail("an ISO 8601 time")
        if stated.tzinfo is None:
            self.fail("a time with its zone")
        return stated.astimezone(UTC)

    @property
    def time_or_none(self) -> datetime | None:
        return self.time if self else None

    @property
    def items(self) -> tuple["Answer", ...]:
        """The members of a list."""
        if not isinstance(self.value, list):
            self.fail("a list")
        return tuple(Answer(one, f"{self.path}[{at}]") for at, one in enumerate(self.value))

    @property
    def nodes(self) -> tuple["Answer", ...]:
        """The members of a connection (``{"nodes": [...]}``)."""
        return self["nodes"].items

    def money(self, currency: str) -> Money:
        """This decimal in *currency*. Raises: Malformed, also for a code that is no currency."""
        return self._try("an amount of money", lambda: Money.of(self.decimal, currency))

    def _try(self, wanted: str, make: Callable[[], Money]) -> Money:
        try:
            return make()
        except ValueError:
            self.fail(wanted)

    @property
    def shown(self) -> Money:
        """The customer's side of a GraphQL MoneyBag, to the exact minor unit: ``"14319"`` JPY is
        14,319 yen, ``"5.125"`` KWD is 5,125 fils."""
        money = self["presentmentMoney"]
        return money["amount"].money(money["currencyCode"].text)


def address(stated: Answer) -> Address | None:
    """A MailingAddress or LocationAddress; None when there is none."""
    if not stated:
        return None
    country = stated["countryCodeV2"].text_or_none or stated["countryCode"].text_or_none
    return Address(
        name=stated["name"].text_or_none,
        company=stated["company"].text_or_none,
        line1=stated["address1"].text_or_none,
        line2=stated["address2"].text_or_none,
        city=stated["city"].text_or_none,
        province=stated["provinceCode"].text_or_none,
        postal_code=stated["zip"].text_or_none,
        country_code=country,
        phone=stated["phone"].text_or_none,
    )
