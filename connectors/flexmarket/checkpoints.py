"""Where a pull of orders or returns stands. Pure.

Neither list tells what changed since a time. So a pull reads what is newer than the newest seen,
and everything that is not over yet; what was open last time and is not any more has ended in
between, and is read once more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self

import msgspec

from connectors.sdk.errors import Malformed

OVERLAP = timedelta(seconds=60)
"""How far behind the newest a pull looks: an order is dated when its checkout begins, and is to be
seen when that ends. As in the manifest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a pull keeps in mind of one row: whose time of creation *at* never changes."""

    id: str
    at: datetime
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """*newest*: when the newest row seen was made. *open*: what was not over, by id. *page*: where
    to go on with the first pull, which reads everything; None once it is through."""

    newest: datetime | None = None
    open: dict[str, datetime] = field(default_factory=dict)
    page: int | None = None

    def seen(self, rows: list[Seen]) -> Self:
        """Return this with what *rows* say, which is newer."""
        known = [self.newest] if self.newest else []
        held = {**self.open, **{row.id: row.at for row in rows if row.is_open}}
        for row in rows:
            if not row.is_open:
                held.pop(row.id, None)
        newest = max([*known, *(row.at for row in rows)], default=None)
        return replace(self, newest=newest, open=held)

    def closed(self, ids: Iterable[str]) -> Self:
        """Return this without rows that are over, or gone."""
        over = set(ids)
        return replace(self, open={own: at for own, at in self.open.items() if own not in over})

    @property
    def since(self) -> datetime | None:
        """Return back to when new rows are looked for."""
        return self.newest - OVERLAP if self.newest else None

    def dump(self) -> str:
        return msgspec.json.encode(self).decode()

    @classmethod
    def load(cls, text: str) -> Self:
        """Raises: Malformed when it is none of ours."""
        try:
            return msgspec.json.decode(text, type=cls)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise Malformed(f"checkpoint: {error}") from error
