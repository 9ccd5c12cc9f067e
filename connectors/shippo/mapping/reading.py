"""One JSON object of Shippo's, read with care for its types. Pure.

Money is a decimal string beside a currency; times are ISO 8601 in UTC, with Z or with nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from connectors.sdk.errors import Malformed
from connectors.sdk.values import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An object, and where in the answer it stands: ``$.results[3].rate``."""

    value: Mapping[str, Any]
    path: str

    @classmethod
    def of(cls, value: object, path: str = "$") -> Self:
        if not isinstance(value, dict):
            raise Malformed(f"{path}: not an object")
        return cls(value=value, path=path)

    def text(self, key: str) -> str:
        found = self.value.get(key)
        if not isinstance(found, str) or not found:
            raise Malformed(f"{self.path}.{key}: not a text")
        return found

    def maybe_text(self, key: str) -> str | None:
        """Read a text; null, absent and empty are None: Shippo writes any of them."""
        return None if self.value.get(key) in (None, "") else self.text(key)

    def maybe_flag(self, key: str) -> bool | None:
        found = self.value.get(key)
        if found is not None and not isinstance(found, bool):
            raise Malformed(f"{self.path}.{key}: not true or false")
        return found

    def time(self, key: str) -> datetime:
        text = self.text(key)
        try:
            found = datetime.fromisoformat(text)
            return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Malformed(f"{self.path}.{key}: not a time: {text[:40]!r}") from error

    def maybe_time(self, key: str) -> datetime | None:
        return None if self.value.get(key) in (None, "") else self.time(key)

    def money(self, key: str, currency_key: str) -> Money:
        """Read ``{"amount": "5.5", "currency": "USD"}``."""
        try:
            return Money.of(self.text(key), self.text(currency_key))
        except ValueError as error:
            raise Malformed(f"{self.path}.{key}: not an amount of money") from error

    def node(self, key: str) -> "Node":
        return Node.of(self.value.get(key), f"{self.path}.{key}")

    def maybe_node(self, key: str) -> "Node | None":
        return None if self.value.get(key) is None else self.node(key)

    def nodes(self, key: str) -> "list[Node]":
        found = self.value.get(key)
        if not isinstance(found, list):
            raise Malformed(f"{self.path}.{key}: not a list")
        return [Node.of(item, f"{self.path}.{key}[{i}]") for i, item in enumerate(found)]
