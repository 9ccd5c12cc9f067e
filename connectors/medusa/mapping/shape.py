"""Raw JSON, read value by value, so that what has the wrong shape is named by its path."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import NoReturn, Self

import msgspec

from connectors.sdk.errors import Malformed
from connectors.sdk.values import Money

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Node:
    """One value of an answer and where it stands: ``Node({"id": "order_01"}, "order")``.

    Raises: Malformed from every reader, naming path and type, never the value (it may be a
    person's).
    """

    value: object
    path: str

    def __getitem__(self, name: str) -> Self:
        """Return the member *name*, which must be there; it may be null."""
        if not isinstance(self.value, Mapping):
            self._refuse("an object")
        if name not in self.value:
            raise Malformed(f"{self.path}.{name} is missing")
        return type(self)(self.value[name], f"{self.path}.{name}")

    def find(self, name: str) -> Self | None:
        """Return the member *name*, or None when it is absent or null."""
        if not isinstance(self.value, Mapping) or self.value.get(name) is None:
            return None
        return self[name]

    def items(self, name: str) -> list[Self]:
        """Return the elements of the list *name*, without those that are null, as a relation to a
        row that was deleted is; an absent or null list counts as empty."""
        member = self.find(name)
        if member is None:
            return []
        if not isinstance(member.value, list):
            member._refuse("a list")
        return [
            type(self)(each, f"{member.path}[{at}]")
            for at, each in enumerate(member.value)
            if each is not None
        ]

    def rows(self, name: str) -> list[Self]:
        """Return the elements of the list *name* of an answer: one without it is no empty list."""
        self[name]
        return self.items(name)

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value:
            self._refuse("a text")
        return self.value

    def optional(self, name: str) -> str | None:
        """Return the text *name*; None when absent, null or empty."""
        member = self.find(name)
        return member.text().strip() or None if member and member.value != "" else None

    def flag(self, name: str) -> bool:
        """Return whether *name* is true; absent or null is not."""
        member = self.find(name)
        if member is None:
            return False
        if not isinstance(member.value, bool):
            member._refuse("true or false")
        return member.value

    def units(self, name: str) -> int:
        """Return a number of units, none for null: 2, or 2.0 as a numeric column may be written.

        Raises: Malformed when it is a fraction or below zero.
        """
        member = self.find(name)
        if member is None:
            return 0
        if member.whole() < 0:
            raise Malformed(f"{member.path} is negative")
        return member.whole()

    def whole(self) -> int:
        """Return a whole number, which may be below zero."""
        found = self.decimal()
        if found != found.to_integral_value():
            self._refuse("a whole number")
        return int(found)

    def decimal(self) -> Decimal:
        if isinstance(self.value, bool) or not isinstance(self.value, int | Decimal):
            self._refuse("a number")
        return Decimal(self.value)

    def amount(self, name: str) -> Decimal:
        """Return an amount in major units, with all digits: those of ``raw_<name>``, a text, where
        Medusa states it, since ``<name>`` went through a float there. None counts as zero."""
        raw = self.find(f"raw_{name}")
        if raw is None:
            member = self.find(name)
            return member.decimal() if member else _ZERO
        value = raw["value"]
        try:
            return Decimal(value.value if isinstance(value.value, str) else value.decimal())
        except ArithmeticError as error:
            raise Malformed(f"{value.path} is not an amount") from error

    def money(self, name: str, currency: str) -> Money:
        """Return an amount rounded half up to what *currency* has.

        Raises: Malformed when *currency* is no currency code.
        """
        try:
            return Money.of(self.amount(name), currency)
        except ValueError as error:
            raise Malformed(f"{self.path}.{name}: {error}") from error

    def time(self) -> datetime:
        """Return an aware UTC time."""
        try:
            moment = datetime.fromisoformat(self.text())
        except ValueError as error:
            raise Malformed(f"{self.path} is not a time") from error
        if moment.tzinfo is None:
            raise Malformed(f"{self.path} is a time without a zone")
        return moment.astimezone(UTC)

    def time_of(self, name: str) -> datetime | None:
        """Return the time *name*, or None when it is absent or null."""
        member = self.find(name)
        return member.time() if member else None

    def json(self) -> str:
        """Return the value as JSON, for the quarantine."""
        return msgspec.json.encode(self.value).decode()

    def _refuse(self, wanted: str) -> NoReturn:
        raise Malformed(f"{self.path} is not {wanted} but {type(self.value).__name__}")
