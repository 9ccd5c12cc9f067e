"""Documents as JSON text. Dataclasses in, the same dataclasses out, checked field by field."""

from collections import OrderedDict
from functools import cache
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

REMEMBERED_CHARACTERS = 4_000_000
"""Of the texts whose objects are kept: some thousand documents, about 20 MB with their objects."""

_encoder = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def encode(value: object) -> str:
    """Return *value* as JSON text. Equal values give equal text."""
    return _encoder.encode(value).decode()


def decode(type_: type[T], text: str | bytes) -> T:
    """Return the *type_* that `encode` wrote. Raises: msgspec.ValidationError (a bug)."""
    return _decoder(type_).decode(text)  # type: ignore[no-any-return, arg-type]


class Remembered:
    """Decodes, and keeps what it decoded last: the same text gives the same object, which must
    never change. A document is read far more often than it is written.

    Concurrency: one event loop.
    """

    def __init__(self, limit: int = REMEMBERED_CHARACTERS) -> None:
        self._limit = limit
        self._held: OrderedDict[tuple[type, str], Any] = OrderedDict()
        self.characters = 0

    def decode(self, type_: type[T], text: str) -> T:
        key = (type_, text)
        found: T | None = self._held.get(key)
        if found is not None:
            self._held.move_to_end(key)
            return found
        made = decode(type_, text)
        self._held[key] = made
        self.characters += len(text)
        while self.characters > self._limit:
            (_, dropped), _ = self._held.popitem(last=False)
            self.characters -= len(dropped)
        return made


@cache
def _decoder(type_: type) -> msgspec.json.Decoder:  # type: ignore[type-arg]
    return msgspec.json.Decoder(type_)
