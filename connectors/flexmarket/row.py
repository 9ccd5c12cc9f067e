"""Raw JSON, read value by value, so that what has the wrong shape is named by its path."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Self

from connectors.sdk.errors import Malformed
from connectors.sdk.values import Money

MOST_DIGITS = 15
"""Before the point: the marketplace's columns have 14 digits in all."""


@dataclass(frozen=True, slots=True)
class Row:
    """One object of an answer and where it stands: ``Row.of({"id": "7"}).text("id") == "7"``.

    Raises: Malformed from every reader, naming path and type, never the value (it may be a
    person's).
    """

    fields: Mapping[str, object]
    path: str

    @classmethod
    def of(cls, value: object, path: str = "answer") -> Self:
        if not isinstance(value, dict):
            raise Malformed(f"{path} is not an object but {type(value).__name__}")
        return cls(value, path)

    def text(self, name: str) -> str:
        found = self.maybe(name)
        if found is None:
            raise Malformed(f"{self.path}.{name} is missing")
        return found

    def maybe(self, name: str) -> str | None:
        """Return a text; None for null and, as the marketplace mostly writes it, for ""."""
        value = self.fields.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value.strip() or None

    def count(self, name: str) -> int:
        """Return a number of units, which is not negative."""
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong(name, "a number of units")
        return value

    def time(self, name: str) -> datetime:
        found = self.time_or_none(name)
        if found is None:
            raise Malformed(f"{self.path}.{name} is missing")
        return found

    def time_or_none(self, name: str) -> datetime | None:
        """Return an aware UTC time; the marketplace writes its own zone's."""
        value = self.maybe(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise Malformed(f"{self.path}.{name} is a time without a zone")
            return moment.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Malformed(f"{self.path}.{name} is not a time") from error

    def number(self, name: str) -> Decimal:
        """Return one of the marketplace's decimal numbers, which are texts: ``"19.00"``."""
        try:
            number = Decimal(self.text(name))
        except InvalidOperation as error:
            raise self._wrong(name, "a decimal") from error
        if not number.is_finite() or number.adjusted() > MOST_DIGITS:
            raise self._wrong(name, "a decimal")
        return number

    def money(self, name: str, currency: str) -> Money:
        return Money.of(self.number(name), currency)

    def row(self, name: str) -> Self:
        """Return the object *name*; an empty one for null, or where it is absent."""
        value = self.fields.get(name)
        return type(self).of({} if value is None else value, f"{self.path}.{name}")

    def rows(self, name: str) -> list[Self]:
        """Return the objects of a list."""
        return [
            type(self).of(value, f"{self.path}.{name}[{at}]")
            for at, value in enumerate(self.values(name))
        ]

    def values(self, name: str) -> list[object]:
        """Return the elements of a list, whatever they are."""
        value = self.fields.get(name)
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return value

    def _wrong(self, name: str, wanted: str) -> Malformed:
        found = type(self.fields.get(name)).__name__
        return Malformed(f"{self.path}.{name} is not {wanted} but {found}")
