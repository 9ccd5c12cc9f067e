"""Reading parsed JSON: every value with the path it was found at, so that errors say where."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NoReturn

from connectors.sdk.errors import Malformed
from connectors.sdk.values import Money

MOST_DIGITS = 12
"""Before the point: more than any weight or amount, less than what arithmetic chokes on."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a payload: ``Node(order)["shipments"]`` knows that it is ``$.shipments``.

    A key that is absent and one that is null read alike: the contract requires next to nothing.

    Raises: Malformed, from every accessor, when the value has another shape.
    """

    value: object
    path: str = "$"

    def __getitem__(self, key: str) -> "Node":
        if self.value is None:
            return Node(None, f"{self.path}.{key}")
        if not isinstance(self.value, dict):
            self._refuse("an object")
        return Node(self.value.get(key), f"{self.path}.{key}")

    def __iter__(self) -> Iterator["Node"]:
        """Give the items of a list; none for null."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            self._refuse("a list")
        for place, item in enumerate(self.value):
            yield Node(item, f"{self.path}[{place}]")

    @property
    def is_null(self) -> bool:
        return self.value is None

    def id(self) -> str:
        """Return an id as text, whether it is stated as a number or as text."""
        found = self.optional_id()
        if found is None:
            self._refuse("an id")
        return found

    def optional_id(self) -> str | None:
        if self.value is None or self.value == "":
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int | str):
            self._refuse("an id")
        return str(self.value)

    def text(self) -> str | None:
        """Return text, None for null and for nothing but blanks."""
        if self.value is None:
            return None
        if not isinstance(self.value, str):
            self._refuse("text")
        return self.value.strip() or None

    def count(self) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self._refuse("a whole number")
        return self.value

    def decimal(self) -> Decimal | None:
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int | Decimal):
            self._refuse("a number")
        found = Decimal(self.value)
        if not found.is_finite() or found.adjusted() > MOST_DIGITS:
            self._refuse("a number that could be meant")
        return found

    def money(self, currency: str | None) -> Money | None:
        """Return an amount; None without a currency, or with what is no code of one."""
        amount = self.decimal()
        if amount is None or currency is None or len(currency) != 3 or not currency.isalpha():
            return None
        return Money.of(amount, currency)

    def flag(self, *, default: bool) -> bool:
        if self.value is None:
            return default
        if not isinstance(self.value, bool):
            self._refuse("true or false")
        return self.value

    def moment(self) -> datetime | None:
        """Return a time in UTC; one without an offset is UTC already.

        Year 1 is how .NET says "no time": None.
        """
        text = self.text()
        if text is None or text.startswith("0001-"):
            return None
        try:
            found = datetime.fromisoformat(text)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self._refuse("a time")

    def _refuse(self, expected: str) -> NoReturn:
        """Say where and what; never the value, which may be a person's."""
        raise Malformed(f"{self.path}: expected {expected}, found {type(self.value).__name__}")
