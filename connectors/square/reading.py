"""Reading Square's JSON: what is absent, or has the wrong shape, says where it stood.

Null and absent are one: Square's schemas mark most properties nullable and leave out the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Self

import msgspec

from connectors.sdk.errors import Malformed
from connectors.sdk.values import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One JSON object and its place: ``order.line_items[2]``."""

    fields: Mapping[str, object]
    at: str

    @classmethod
    def of(cls, value: object, at: str) -> Self:
        """Take *value* as an object. Raises: Malformed."""
        if not isinstance(value, dict):
            raise Malformed(f"{at}: not an object but {type(value).__name__}")
        return cls(fields=value, at=at)

    def text(self, key: str) -> str:
        """Raises: Malformed when it is absent, empty or no text."""
        value = self.optional_text(key)
        if value is None:
            raise Malformed(f"{self.at}.{key}: absent")
        return value

    def optional_text(self, key: str) -> str | None:
        """Return the text, None when absent or empty. Raises: Malformed."""
        value = self.fields.get(key)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Malformed(f"{self.at}.{key}: not a text but {type(value).__name__}")
        return value

    def flag(self, key: str) -> bool:
        """Return True only for true. Raises: Malformed."""
        value = self.fields.get(key)
        if value is not None and not isinstance(value, bool):
            raise Malformed(f"{self.at}.{key}: not a boolean but {type(value).__name__}")
        return value is True

    def optional_whole(self, key: str) -> int | None:
        """Return the integer, None when absent. Raises: Malformed."""
        value = self.fields.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise Malformed(f"{self.at}.{key}: not an integer but {type(value).__name__}")
        return value

    def optional_node(self, key: str) -> "Node | None":
        """Return the object, None when absent. Raises: Malformed."""
        value = self.fields.get(key)
        return None if value is None else Node.of(value, f"{self.at}.{key}")

    def node(self, key: str) -> "Node":
        """Return the object. Raises: Malformed when it is absent or no object."""
        return Node.of(self.fields.get(key), f"{self.at}.{key}")

    def nodes(self, key: str) -> "tuple[Node, ...]":
        """Return the objects of a list, none when it is absent. Raises: Malformed."""
        value = self.fields.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise Malformed(f"{self.at}.{key}: not a list but {type(value).__name__}")
        return tuple(Node.of(one, f"{self.at}.{key}[{i}]") for i, one in enumerate(value))

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of a list, none when it is absent. Raises: Malformed."""
        value = self.fields.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise Malformed(f"{self.at}.{key}: not a list of texts")
        return tuple(value)

    def money(self, key: str) -> Money:
        """Return ``{"amount": 1999, "currency": "USD"}`` as Money.

        Units: Square's smallest denomination is ISO 4217's minor unit (JPY 500 is 500 yen).

        Raises: Malformed when a part is absent or the amount is no integer.
        """
        node = self.node(key)
        amount = node.optional_whole("amount")
        if amount is None:
            raise Malformed(f"{node.at}.amount: absent")
        return Money(minor=amount, currency=node.text("currency"))

    def optional_money(self, key: str) -> Money | None:
        """Return the money, None when absent. Raises: Malformed."""
        return None if self.fields.get(key) is None else self.money(key)

    def moment(self, key: str) -> datetime:
        """Return an RFC 3339 time in UTC. Raises: Malformed when absent or without an offset."""
        value = self.optional_moment(key)
        if value is None:
            raise Malformed(f"{self.at}.{key}: absent")
        return value

    def optional_moment(self, key: str) -> datetime | None:
        """Return an RFC 3339 time in UTC, None when absent; digits after microseconds are dropped.

        Raises: Malformed.
        """
        text = self.optional_text(key)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise Malformed(f"{self.at}.{key}: not a time: {text!r}") from error
        if moment.tzinfo is None:
            raise Malformed(f"{self.at}.{key}: a time without an offset: {text!r}")
        return moment.astimezone(UTC)

    def quantity(self, key: str) -> Decimal:
        """Return a decimal text (``"1.500"``) exactly. Raises: Malformed."""
        text = self.text(key)
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise Malformed(f"{self.at}.{key}: not a number: {text!r}") from error
        if not number.is_finite():
            raise Malformed(f"{self.at}.{key}: not a number: {text!r}")
        return number


def is_whole(number: Decimal) -> bool:
    """True for ``2`` and ``2.000``, False for ``1.500``."""
    return number == number.to_integral_value()


def payload_of(*nodes: Node) -> str:
    """Return *nodes* as JSON text, for whoever has to look at what could not be read."""
    return msgspec.json.encode([node.fields for node in nodes]).decode()
