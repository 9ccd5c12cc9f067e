"""Tryton's JSON, read with care: every value by its name, its shape checked, its place named.

Both APIs write ``{"__class__": "Decimal", "decimal": "19.00"}`` for amounts and ``{"__class__":
"datetime", "year": 2026, ...}`` for times (UTC, microseconds). Quantities are JSON numbers with a
point (``130.0``), a Many2One is an id or, asked for by a dotted path, an object; a Reference is
``"sale.line,3"``. SQLite databases say 1 and 0 where PostgreSQL says true and false.

Source: trytond 8.2 protocols/jsonrpc.py (JSONEncoder).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from connectors.sdk.errors import Malformed

T = TypeVar("T")

_TIME = ("year", "month", "day", "hour", "minute", "second", "microsecond")


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it came. *path* says where in the answer it stands (``$[3].lines[0]``).

    Raises: Malformed, from every method, naming the place, when the value is not what it must be.
    """

    data: Mapping[str, Any]
    path: str = "$"

    @property
    def id(self) -> int:
        return self.integer("id")

    def integer(self, name: str) -> int:
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(name, "a whole number")
        return value

    def text(self, name: str) -> str:
        return _needed(self.find_text(name), self._wrong(name, "a text"))

    def find_text(self, name: str) -> str | None:
        """Return None for null and for a text of nothing but blanks."""
        value = self._get(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, "a text")
        return (value or "").strip() or None

    def flag(self, name: str) -> bool:
        value = self._get(name)
        if value not in (None, True, False, 0, 1):
            raise self._wrong(name, "true or false")
        return bool(value)

    def amount(self, name: str) -> Decimal:
        return _needed(self.find_amount(name), self._wrong(name, "a decimal"))

    def find_amount(self, name: str) -> Decimal | None:
        value = self._get(name)
        try:
            return None if value is None else Decimal(value["decimal"])
        except (TypeError, KeyError, ArithmeticError) as error:
            raise self._wrong(name, "a decimal") from error

    def units(self, name: str) -> int:
        """Read a quantity, which must be whole: records count pieces."""
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
            raise self._wrong(name, "a whole number of units")
        return int(value)

    def number(self, name: str) -> Decimal | None:
        value = self._get(name)
        if value is not None and not isinstance(value, int | Decimal):
            raise self._wrong(name, "a number")
        return None if value is None else Decimal(value)

    def moment(self, name: str) -> datetime:
        return _needed(self.find_moment(name), self._wrong(name, "a time"))

    def find_moment(self, name: str) -> datetime | None:
        value = self._get(name)
        try:
            return None if value is None else _time(value)
        except (TypeError, KeyError, ValueError) as error:
            raise self._wrong(name, "a time") from error

    def row(self, name: str) -> "Row":
        return _needed(self.find_row(name), self._wrong(name, "a record"))

    def find_row(self, name: str) -> "Row | None":
        value = self._get(name)
        return None if value is None else self._row(value, f"{self.path}.{name}")

    def rows(self, name: str) -> "list[Row]":
        value = self._get(name)
        if not isinstance(value, list):
            raise self._wrong(name, "a list")
        return [self._row(one, f"{self.path}.{name}[{i}]") for i, one in enumerate(value)]

    def ids(self, name: str) -> list[int]:
        """Read an x2many that was asked for by its plain name: ``[77, 78]``."""
        value = self._get(name)
        if not isinstance(value, list) or not all(isinstance(one, int) for one in value):
            raise self._wrong(name, "a list of ids")
        return value

    def link(self, name: str) -> int | None:
        """Read the id of a Many2One, however deep it was asked for."""
        value = self._get(name)
        if isinstance(value, dict):
            return self.row(name).id
        return None if value is None else self.integer(name)

    def reference(self, name: str) -> tuple[str, int] | None:
        """Read a Reference: ``("sale.line", 3)``; None when it is empty or its target is gone."""
        value = self.find_text(name)
        if value is None:
            return None
        model, _, number = value.partition(",")
        if not number.isdecimal():
            raise self._wrong(name, "a reference")
        return model, int(number)

    def _get(self, name: str) -> Any:
        if name not in self.data:
            raise self._wrong(name, "there")
        return self.data[name]

    def _row(self, value: object, path: str) -> "Row":
        if not isinstance(value, dict):
            raise Malformed(f"{path}: not a record")
        return Row(value, path)

    def _wrong(self, name: str, wanted: str) -> Malformed:
        return Malformed(f"{self.path}.{name}: not {wanted}")


def rows(answer: Any) -> list[Row]:
    """Read the answer of a search. Raises: Malformed."""
    if not isinstance(answer, list) or not all(isinstance(one, dict) for one in answer):
        raise Malformed("$: not a list of records")
    return [Row(one, f"$[{i}]") for i, one in enumerate(answer)]


def row(answer: Any) -> Row:
    """Read the answer of a create, a write or a button. Raises: Malformed."""
    if not isinstance(answer, dict):
        raise Malformed("$: not a record")
    return Row(answer)


def name(model: str, id: int) -> str:
    """Write an id as Tryton's references do: ``"sale.sale,7"``. Our external ids, where records of
    one kind come from several models."""
    return f"{model},{id}"


def parse_name(external_id: str) -> tuple[str, int] | None:
    """Read ``"sale.sale,7"``; None when it is no such name."""
    model, _, number = external_id.partition(",")
    return (model, int(number)) if number.isdecimal() else None


def _time(value: Mapping[str, int]) -> datetime:
    year, month, day, hour, minute, second, microsecond = (value[part] for part in _TIME)
    return datetime(year, month, day, hour, minute, second, microsecond, UTC)


def _needed(value: T | None, error: Malformed) -> T:
    if value is None:
        raise error
    return value
