"""One JSON object of an answer, read with its place at hand: what is wrong is named by its path."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Self

from connectors.sdk.errors import Malformed

MOST_DIGITS = 15
"""Before the point. ``1e999999999`` is valid JSON and would fill the memory as an integer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """``Document.of({"id": "shp_1"}).text("id") == "shp_1"``. Absent, null and "" are all None."""

    fields: Mapping[str, object]
    path: str

    @classmethod
    def of(cls, value: object, path: str = "$") -> Self:
        """Raises: Malformed when *value* is no object."""
        if not isinstance(value, dict):
            raise Malformed(f"{path}: not an object")
        return cls(fields=value, path=path)

    def text(self, name: str) -> str:
        """Raises: Malformed when there is none."""
        found = self.text_or_none(name)
        if found is None:
            raise Malformed(f"{self.path}.{name}: missing")
        return found

    def text_or_none(self, name: str) -> str | None:
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise Malformed(f"{self.path}.{name}: not a text")
        return value

    def number_or_none(self, name: str) -> Decimal | None:
        value = self.fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
            raise Malformed(f"{self.path}.{name}: not a number")
        try:
            number = Decimal(value)
        except InvalidOperation as error:
            raise Malformed(f"{self.path}.{name}: not a number") from error
        if not number.is_finite() or number.adjusted() > MOST_DIGITS:
            raise Malformed(f"{self.path}.{name}: not a number of this world")
        return number

    def time_or_none(self, name: str) -> datetime | None:
        """An ISO 8601 time, as aware UTC; without a zone it is taken as UTC."""
        value = self.text_or_none(name)
        if value is None:
            return None
        try:
            time = datetime.fromisoformat(value)
            return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Malformed(f"{self.path}.{name}: not a time") from error

    def flag(self, name: str) -> bool:
        return self.fields.get(name) is True

    def one(self, name: str) -> "Document":
        """The object under *name*, empty when there is none."""
        value = self.fields.get(name)
        return Document.of({} if value is None else value, f"{self.path}.{name}")

    def many(self, name: str) -> "tuple[Document, ...]":
        """The objects in the list under *name*."""
        return tuple(
            Document.of(item, f"{self.path}.{name}[{index}]")
            for index, item in enumerate(self.values(name))
        )

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(item for item in self.values(name) if isinstance(item, str) and item)

    def values(self, name: str) -> list[object]:
        """The list under *name* as it is, empty when there is none."""
        value = self.fields.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Malformed(f"{self.path}.{name}: not a list")
        return value
