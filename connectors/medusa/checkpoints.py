"""Checkpoints: how far a pull has come, as the text that the gateway keeps.

A text that cannot be read (of an older version, say) counts as none: everything is read again.
"""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Self, TypeVar

import msgspec

from connectors.medusa.windows import EPOCH

OVERLAP = timedelta(seconds=30)
"""How far behind its checkpoint a pull begins: a row is dated when it is written and seen when its
transaction ends, and the servers of one shop differ a little. As in the manifest."""


class Walks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the walks of a pull have come, by the name of their list.

    *open*: orders that may yet change without moving any time; see ``mapping.is_settled``.
    """

    walks: dict[str, datetime] = {}
    open: frozenset[str] = frozenset()

    def of(self, name: str) -> datetime:
        return self.walks.get(name, EPOCH)

    def reached(self, name: str, at: datetime) -> Self:
        """Return it with the walk *name* at *at*; never back."""
        walks = {**self.walks, name: max(self.of(name), at)}
        return msgspec.structs.replace(self, walks=walks)

    def opened(self, ids: AbstractSet[str]) -> Self:
        return msgspec.structs.replace(self, open=self.open | ids)

    def closed(self, ids: AbstractSet[str]) -> Self:
        return msgspec.structs.replace(self, open=self.open - ids)


class Whole(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list that is read whole each time: *offset* rows of it so far, 0 at its end."""

    offset: int


_Checkpoint = TypeVar("_Checkpoint", Walks, Whole)


def parse(text: str | None, kind: type[_Checkpoint]) -> _Checkpoint | None:
    """Read *text*; None when there is none, or none of this *kind*."""
    try:
        return msgspec.json.decode(text or "", type=kind)
    except msgspec.DecodeError:
        return None


def write(checkpoint: Walks | Whole) -> str:
    """``{"open":["order_01"],"walks":{"orders":"2026-11-22T10:05:30.988Z", ...}}``"""
    return msgspec.json.encode(checkpoint, order="deterministic").decode()
