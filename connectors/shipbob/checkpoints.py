"""Checkpoints: where a pull is to go on, as the text that the gateway keeps for us."""

from datetime import datetime

import msgspec

from connectors.sdk.errors import Malformed

Query = tuple[tuple[str, str], ...]


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """What has been read.

    *since*: everything that changed before this time; None: nothing. The rest is set in the middle
    of a pull only: when it *began* (the next pull's *since*), which of its passes it is in
    (*step*), and the *query* of the page to go on with.
    """

    since: datetime | None = None
    began: datetime | None = None
    step: int = 0
    query: Query = ()

    @property
    def is_midway(self) -> bool:
        return self.began is not None


def write(mark: Mark) -> str:
    """Return *mark* as text: ``{"since":"2026-01-05T10:00:00Z"}``."""
    return msgspec.json.encode(mark).decode()


def read(checkpoint: str | None) -> Mark:
    """Return what `write` was given. Raises: Malformed for a text that it did not write."""
    if checkpoint is None:
        return Mark()
    try:
        return msgspec.json.decode(checkpoint, type=Mark)
    except msgspec.DecodeError as error:
        raise Malformed(f"not a checkpoint of this connector: {error}") from error
