"""Reading parsed JSON: every value with the path it was found at, so that errors say where."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from connectors.sdk.errors import Malformed
from connectors.sdk.values import Money

LARGEST_COUNT = 10**9
"""More units than any seller has of one item, and less than what a database's integer holds."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a payload: ``Node(order)["packages"]`` knows that it is ``$.packages``.

    What is absent and what is null read alike: Amazon's files require next to nothing.

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

    def text(self) -> str | None:
        """Return text, None for null and for nothing but blanks."""
        if self.value is None:
            return None
        if not isinstance(self.value, str):
            self._refuse("text")
        return self.value.strip() or None

    def id(self) -> str:
        found = self.text()
        if found is None:
            self._refuse("an id")
        return found

    def count(self) -> int:
        """Return a number of units."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self._refuse("a whole number")
        if not 0 <= self.value <= LARGEST_COUNT:
            self._refuse("a number of units")
        return self.value

    def optional_count(self) -> int | None:
        return None if self.value is None else self.count()

    def sequence(self) -> int:
        """Return a number that only grows, which may be a time in milliseconds; 0 for null."""
        if self.value is None:
            return 0
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self._refuse("a whole number")
        return self.value

    def money(self) -> Money | None:
        """Return an amount: ``{"amount": "19.99", "currencyCode": "USD"}``; None for null."""
        if self.value is None:
            return None
        amount, currency = self["amount"].text(), self["currencyCode"].text()
        if amount is None or currency is None:
            self._refuse("an amount and its currency")
        try:
            return Money.of(amount, currency)
        except ValueError:
            self._refuse("an amount of money")

    def moment(self) -> datetime:
        """Return a time in UTC; one without an offset is UTC already (External Fulfillment's)."""
        text = self.text()
        try:
            found = datetime.fromisoformat(text or "")
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self._refuse("a time")

    def optional_moment(self) -> datetime | None:
        return None if self.text() is None else self.moment()

    def _refuse(self, expected: str) -> NoReturn:
        """Say where and what; never the value, which may be a person's."""
        raise Malformed(f"{self.path}: expected {expected}, found {type(self.value).__name__}")
