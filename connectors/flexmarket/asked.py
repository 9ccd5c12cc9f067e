"""Which orders are asked for: by their own id, or by the number that a webhook names. Pure.

A webhook speaks of the shopper's whole order, whose id no seller is shown; only its number stands
in the seller's order too. With the time at which it was placed, newest first, a look for an order
of somebody else ends after the few orders placed since, and not at the end of the list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from connectors.flexmarket.row import Row

_NUMBER = "number:"

MARGIN = timedelta(seconds=60)
"""How much earlier than the shopper's order a seller's may say it is: they are made in one
transaction, the seller's part last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """*text* is what was asked for; *since*: no older order can be it."""

    text: str
    number: str | None = None
    since: datetime | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        if not text.startswith(_NUMBER):
            return cls(text=text)
        number, at, time = text.removeprefix(_NUMBER).rpartition("@")
        try:
            since = datetime.fromisoformat(time) if at else None
        except ValueError:
            since = None
        if since is None or since.tzinfo is None:
            return cls(text=text, number=text.removeprefix(_NUMBER))
        return cls(text=text, number=number, since=since - MARGIN)

    @classmethod
    def of(cls, parent: Row) -> Self:
        """Name the seller's part of a shopper's whole order."""
        return cls.parse(by_number(parent.text("order_number"), parent.time("created_at")))

    @property
    def is_an_id(self) -> bool:
        return self.number is None

    def is_met_by(self, row: Mapping[str, object]) -> bool:
        if self.number is not None:
            return row.get("order_number") == self.number
        return row.get("id") == self.text


def by_number(number: str, placed_at: datetime) -> str:
    """Return what to fetch for a shopper's order."""
    return f"{_NUMBER}{number}@{placed_at.isoformat()}"
