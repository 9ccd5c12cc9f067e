"""Odoo's JSON, read with care: every value by its name, its shape checked, its place named.

``false`` stands for null in every field but a boolean. A time is ``"2026-11-22 08:10:00"``: UTC,
without a zone, in whole seconds. A many2one is ``[7, "its name"]``, an x2many a list of ids.
Quantities and amounts are JSON numbers with a point.

Source: odoo 11.0 odoo/fields.py (convert_to_read).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from connectors.sdk.errors import Malformed
from connectors.sdk.values import Money

T = TypeVar("T")

TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Row:
    """One record as it came. *path* says where in the answer it stands (``$[3]``).

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
        """Return None for false and for a text of nothing but blanks."""
        value = self._get(name)
        if value is not False and not isinstance(value, str):
            raise self._wrong(name, "a text")
        return (value or "").strip() or None

    def flag(self, name: str) -> bool:
        value = self._get(name)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def number(self, name: str) -> Decimal:
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self._wrong(name, "a number")
        return Decimal(value)

    def units(self, name: str) -> int:
        """Read a quantity, which must be whole: records count pieces."""
        value = self.number(name)
        if value != int(value):
            raise self._wrong(name, "a whole number of units")
        return int(value)

    def moment(self, name: str) -> datetime:
        return _needed(self.find_moment(name), self._wrong(name, "a time"))

    def find_moment(self, name: str) -> datetime | None:
        text = self.find_text(name)
        try:
            return None if text is None else datetime.strptime(text, TIME).replace(tzinfo=UTC)
        except ValueError as error:
            raise self._wrong(name, "a time") from error

    def link(self, name: str) -> int | None:
        """Read the id of a many2one."""
        pair = self._pair(name)
        return None if pair is None else pair[0]

    def link_name(self, name: str) -> str | None:
        """Read the name that a many2one goes by."""
        pair = self._pair(name)
        return None if pair is None else pair[1].strip() or None

    def ids(self, name: str) -> list[int]:
        """Read an x2many: ``[77, 78]``."""
        value = self._get(name)
        if not isinstance(value, list) or not all(isinstance(one, int) for one in value):
            raise self._wrong(name, "a list of ids")
        return value

    def _pair(self, name: str) -> tuple[int, str] | None:
        match self._get(name):
            case False:
                return None
            case [int() as id, str() as text]:
                return id, text
            case _:
                raise self._wrong(name, "a link")

    def _get(self, name: str) -> Any:
        if name not in self.data:
            raise self._wrong(name, "there")
        return self.data[name]

    def _wrong(self, name: str, wanted: str) -> Malformed:
        return Malformed(f"{self.path}.{name}: not {wanted}")


class Tables:
    """Rows by model and id, as several searches gave them: what a record is put together of."""

    def __init__(self, rows: Mapping[str, Iterable[Row]]) -> None:
        self._rows = {model: {row.id: row for row in some} for model, some in rows.items()}
        self._owned: dict[tuple[str, str], dict[int, list[Row]]] = {}

    def rows(self, model: str) -> list[Row]:
        return list(self._rows.get(model, {}).values())

    def find(self, model: str, id: int | None) -> Row | None:
        return None if id is None else self._rows.get(model, {}).get(id)

    def get(self, model: str, id: int | None) -> Row:
        """Raises: Malformed: what is referred to was not given, so that nothing is guessed."""
        return _needed(self.find(model, id), Malformed(f"$: there is no {model} {id}"))

    def owned(self, model: str, link: str, id: int) -> Sequence[Row]:
        """Return the rows of *model* whose many2one *link* is *id*, in the order they came."""
        key = (model, link)
        if key not in self._owned:
            found: dict[int, list[Row]] = {}
            for row in self.rows(model):
                owner = row.link(link)
                if owner is not None:
                    found.setdefault(owner, []).append(row)
            self._owned[key] = found
        return self._owned[key].get(id, ())


def rows(answer: Any) -> list[Row]:
    """Read the answer of a search. Raises: Malformed."""
    if not isinstance(answer, list) or not all(isinstance(one, dict) for one in answer):
        raise Malformed("$: not a list of records")
    return [Row(one, f"$[{i}]") for i, one in enumerate(answer)]


def money(amount: Decimal, currency: str | None) -> Money:
    """Raises: Malformed, where `Money.of` says that something is wrong."""
    try:
        return Money.of(amount, currency or "")
    except ValueError as error:
        raise Malformed(f"$: {error}") from error


def name(prefix: str, id: int) -> str:
    """Write ``"sale:7"``: our external ids, where records of one kind come from several models."""
    return f"{prefix}:{id}"


def parse_name(external_id: str) -> tuple[str, int] | None:
    """Read ``"sale:7"``; None when it is no such name."""
    prefix, _, number = external_id.partition(":")
    return (prefix, int(number)) if is_id(number) else None


def is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _needed(value: T | None, error: Malformed) -> T:
    if value is None:
        raise error
    return value
