"""Raw JSON, read value by value, so that what has the wrong shape is named by its path."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn, Self

import msgspec

from connectors.sdk.errors import Malformed


@dataclass(frozen=True, slots=True)
class Node:
    """One value of an answer and where it stands: ``Node({"id": "7"}, "order")``.

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

    def items(self) -> list[Self]:
        """Return the elements of a list; null counts as an empty one, as Vendure writes it."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            self._refuse("a list")
        return [type(self)(each, f"{self.path}[{at}]") for at, each in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value:
            self._refuse("a text")
        return self.value

    def optional(self, name: str) -> str | None:
        """Return the text *name*; None when absent, null or, as Vendure often writes it, empty."""
        member = self.find(name)
        return member.text().strip() or None if member and member.value else None

    def whole(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            self._refuse("a whole number")
        return self.value

    def count(self) -> int:
        """Return a number of units. Raises: Malformed when it is negative."""
        if self.whole() < 0:
            raise Malformed(f"{self.path} is negative")
        return self.whole()

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self._refuse("true or false")
        return self.value

    def time(self) -> datetime:
        """Return an aware UTC time."""
        try:
            moment = datetime.fromisoformat(self.text())
        except ValueError as error:
            raise Malformed(f"{self.path} is not a time") from error
        if moment.tzinfo is None:
            raise Malformed(f"{self.path} is a time without a zone")
        return moment.astimezone(UTC)

    def json(self) -> str:
        """Return the value as JSON, for the quarantine."""
        return msgspec.json.encode(self.value).decode()

    def _refuse(self, wanted: str) -> NoReturn:
        raise Malformed(f"{self.path} is not {wanted} but {type(self.value).__name__}")
