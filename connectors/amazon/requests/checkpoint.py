"""Checkpoints: where a pull is to go on, as the text that the gateway keeps for us."""

from datetime import UTC, datetime

import msgspec

from connectors.sdk.errors import Malformed


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """What has been read.

    *since*: everything that changed before this time; None: nothing. Set in the middle of a pull
    only: *until*, the next pull's *since*, and the *token* of the page to go on with.
    """

    since: datetime | None = None
    until: datetime | None = None
    token: str | None = None


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


def stamp(moment: datetime) -> str:
    """Return a time as Amazon takes it: ``2026-01-05T10:00:00Z``, never later than *moment*."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
