"""Checkpoints: how far a pull has come, as the text that the gateway keeps.

A text that cannot be read (of an older version, say) counts as none: everything is read again.
"""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Self, TypeVar

import msgspec

from connectors.vendure.windows import EPOCH

OVERLAP = timedelta(seconds=10)
"""How far behind its checkpoint a pull begins: a row is dated when its transaction begins and seen
when it ends, in whole seconds, and servers of one shop differ a little. As in the manifest."""


class Walks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the walks of a pull have come, by the name of their list.

    *open*: orders that were not final when last read. One that has become final since moves no
    time at all, so these are read once more.
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
    """A list that is read whole each time: *skip* rows of it so far, 0 at its end."""

    skip: int


_Checkpoint = TypeVar("_Checkpoint", Walks, Whole)


def parse(text: str | None, kind: type[_Checkpoint]) -> _Checkpoint | None:
    """Read *text*; None when there is none, or none of this *kind*."""
    try:
        return msgspec.json.decode(text or "", type=kind)
    except msgspec.DecodeError:
        return None


def write(checkpoint: Walks | Whole) -> str:
    """``{"open":["12","7"],"walks":{"placed":"2026-11-22T10:05:30.988Z", ...}}``"""
    return msgspec.json.encode(checkpoint, order="deterministic").decode()
